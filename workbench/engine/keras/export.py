"""Exports a run's network as a folder that Keras, TensorFlow or TFLite load, and proves that they do."""

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from workbench.core import cards
from workbench.core.errors import RunFailed
from workbench.core.exporting import placed
from workbench.core.i18n import tr
from workbench.core.plan import result_folder
from workbench.core.project import Project
from workbench.core.registry import Exported
from workbench.engine.keras.judging import load
from workbench.engine.keras.quiet import quiet
from workbench.engine.keras.results import MODEL

TOLERANCE = 1e-3
"""Largest difference of a probability that is allowed; other kernels add in another order."""

COUNT = 8
"""Images that the live and the exported network look at when they are compared."""

Images = NDArray[np.float32]


def export(project: Project, run_id: str, format: str, target: Path, report: Callable[[str], None]) -> Exported:
    """Write a run's network as a folder, load it in a fresh process, compare, and only then put it in place.

    Args:
        project: The project of the run.
        run_id: A run with a result.
        format: ``keras``, ``savedmodel`` or ``tflite``.
        target: A new or empty folder.
        report: Told what is being done, in translated phrases.

    Raises:
        UserError: The run has no result, or the target is taken.
        RunFailed: What was written does not load, or does not give the answers of the live network.
    """
    run = project.run(run_id)
    file = result_folder(project, run.id) / MODEL
    with placed(target) as staging:
        report(tr("Writing the files"))
        network = load(run)
        with quiet():
            WRITERS[format](network, file, staging)
        labels: list[str] = run.result_info()["labels"]
        (staging / "labels.txt").write_text("".join(f"{label}\n" for label in labels), "utf-8")
        (staging / "README.md").write_text(cards.card(project, run, format), "utf-8")
        report(tr("Loading the export in a fresh process"))
        difference = _check(network, format, staging)
    return Exported(target.expanduser().resolve(), difference)


def _keras(_: keras.Model, file: Path, folder: Path) -> None:
    shutil.copy(file, folder / MODEL)


def _saved_model(network: keras.Model, _: Path, folder: Path) -> None:
    network.export(folder, "tf_saved_model", verbose=False)


def _tflite(network: keras.Model, _: Path, folder: Path) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        network.export(scratch, "tf_saved_model", verbose=False)
        (folder / "model.tflite").write_bytes(tf.lite.TFLiteConverter.from_saved_model(scratch).convert())


WRITERS: dict[str, Callable[[keras.Model, Path, Path], None]] = {
    "keras": _keras,
    "savedmodel": _saved_model,
    "tflite": _tflite,
}


def _check(network: keras.Model, format: str, folder: Path) -> float:
    """Return the largest difference between the probabilities of the live and of the exported network."""
    images = _images(network.input.shape[1])
    expected = network(images, training=False).numpy()
    difference = float(np.abs(expected - _fresh(format, folder, images)).max())
    if not difference <= TOLERANCE:  # written so that a NaN fails, too
        raise RunFailed(
            tr(
                "The exported model does not answer like the live one (by {difference}); nothing was kept.",
                difference=f"{difference:.3g}",
            )
        )
    return difference


def _images(side: int) -> Images:
    """Return images (COUNT, S, S, 3) of patches of colour, from few large ones to noise."""
    draw = np.random.default_rng(0)
    found = []
    for number in range(COUNT):
        patches = draw.integers(0, 256, (2 ** (number + 1), 2 ** (number + 1), 3))
        place = np.arange(side) * len(patches) // side
        found.append(patches[place][:, place])
    return np.stack(found).astype(np.float32)


def _fresh(format: str, folder: Path, images: Images) -> Images:
    with tempfile.TemporaryDirectory() as scratch:
        shown, out = Path(scratch) / "images.npy", Path(scratch) / "out.npy"
        np.save(shown, images)
        job = {"format": format, "folder": str(folder), "images": str(shown), "out": str(out)}
        command = [sys.executable, "-I", str(Path(__file__).with_name("reload_check.py"))]
        child = subprocess.run(command, input=json.dumps(job), capture_output=True, text=True, encoding="utf-8")
        if child.returncode != 0:
            detail = "\n".join(child.stderr.splitlines()[-30:])
            raise RunFailed(tr("The exported model could not be loaded again; nothing was kept."), detail)
        found: Images = np.load(out)
    return found
