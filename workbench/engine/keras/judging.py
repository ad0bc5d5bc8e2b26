"""What a trained network says of images: for measuring it, for predicting, for its report."""

import itertools
from collections.abc import Callable, Sequence
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from workbench.core import reports
from workbench.core.datasets.dataset import Dataset
from workbench.core.datasets.kinds import Row
from workbench.core.errors import UserError
from workbench.core.i18n import tr
from workbench.core.registry import Verdict
from workbench.core.runs import Run
from workbench.engine.classes import known_classes
from workbench.engine.keras import weight_files
from workbench.engine.keras.images import Images, pipeline, reason

TOGETHER = 32
"""Images that are judged at the same time."""

Probabilities = NDArray[np.float32]
"""How likely each class is for each image (N, classes)."""


def judge(
    network: keras.Model, paths: Sequence[Path], progress: Callable[[float], None] = lambda share: None
) -> tuple[Probabilities, NDArray[np.bool_]]:
    """Return what a network says of images (at least one), in their order, and which of them could be read (N,)."""
    images = tf.TensorSpec((None, *network.input.shape[1:]), tf.float32)
    answer = tf.function(lambda batch: network(batch, training=False), input_signature=[images])
    found: list[Probabilities] = []
    seen: list[NDArray[np.bool_]] = []
    done = 0
    for batch, readable in pipeline(paths, network.input.shape[1], TOGETHER):
        found.append(answer(batch[0]).numpy())
        seen.append(readable.numpy())
        done += len(seen[-1])
        progress(done / len(paths))
    return np.concatenate(found), np.concatenate(seen)


def measure(probabilities: Probabilities, truth: NDArray[np.int32]) -> dict[str, float]:
    """Return mean cross-entropy, accuracy, and the mean F1 of the classes of at least one image."""
    scores = reports.measure([(number,) for number in truth.tolist()], probabilities.astype(np.float64), several=False)
    return {"eval/loss": scores.loss, "eval/accuracy": scores.accuracy, "eval/macro_f1": scores.macro_f1}


def load(run: Run) -> keras.Model:
    """Load the network that a run has left: images (N, S, S, 3) of 0 to 255 to probabilities (N, classes)."""
    return weight_files.load_model(run.result / run.result_info()["model"])


def evaluate(run: Run, dataset: Dataset) -> dict[str, float]:
    """Return the metrics of a run's network on the held-out part of a data set, or on all of it.

    Raises:
        UserError: The data has labels that the run never learnt, or images that cannot be read.
    """
    images = Images.of(dataset, dataset.rows("validation") or dataset.rows(), known_classes(run, dataset))
    found, readable = judge(load(run), images.paths)
    bad = list(itertools.compress(images.names, ~readable))
    if bad:  # what is measured on fewer images cannot be compared
        raise UserError(tr("Images of “{data}” cannot be read.", data=dataset.name), "\n".join(bad))
    return measure(found, images.classes)


def predict(run: Run, rows: Sequence[Row], progress: Callable[[float], None]) -> list[Verdict]:
    """Return what images are taken for.

    Args:
        run: A run with a result.
        rows: Each has the path of an ``image``.
        progress: Told the share of the images that is done.

    Raises:
        UserError: An image cannot be read.
    """
    labels: list[str] = run.result_info()["labels"]
    if not rows:
        return []
    paths = [Path(row["image"]) for row in rows]
    shares, readable = judge(load(run), paths, progress)
    for path in itertools.compress(paths, ~readable):
        raise UserError(tr("{file} cannot be judged. {reason}", file=path, reason=reason(path)))
    return [
        Verdict(label=labels[int(share.argmax())], scores=dict(zip(labels, share.tolist(), strict=True)))
        for share in shares
    ]
