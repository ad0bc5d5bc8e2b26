"""What a frozen base makes of images, computed once and kept: the epochs of a head only read it.

Letters: N images, V views of each, D features.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

from workbench.engine.keras.images import Alter, Images, pipeline

TOGETHER = 32
"""Images that the base sees at the same time."""

HALVED = 2_000_000_000
"""Bytes from which on features of several views are kept in half precision."""

LARGEST = 65504.0
"""The largest number in half precision."""


@dataclass(frozen=True)
class Features:
    """Features of images.

    Attributes:
        values: (N, V, D), mapped from a file: only what is read is in memory.
        rows: Numbers of the images that could be read; the features of the others are no numbers.
    """

    values: NDArray[np.floating[Any]]
    rows: NDArray[np.intp]

    def live(self) -> NDArray[np.intp]:
        """Return the numbers of the features that are not zero in all views of all images, as many are after ReLU."""
        found = np.zeros(self.values.shape[-1], bool)
        for at in range(0, len(self.rows), TOGETHER):
            found |= (self.values[self.rows[at : at + TOGETHER]] != 0).any((0, 1))
        return np.flatnonzero(found)


class Trunk:
    """A frozen network, traced once for batches of any size.

    Args:
        model: Images (N, S, S, 3) to features (N, D).

    Attributes:
        side: S.
        width: D.
        see: Does what the network does.
    """

    def __init__(self, model: keras.Model) -> None:
        self.side: int = model.input.shape[1]
        self.width: int = model.output.shape[-1]
        images = tf.TensorSpec((None, *model.input.shape[1:]), tf.float32)
        seen = tf.function(lambda batch: model(batch, training=False), input_signature=[images])
        # as constants the weights are brought into the order that oneDNN wants once, not for every batch
        constant = convert_variables_to_constants_v2(seen.get_concrete_function())
        self.see: Callable[[Any], Any] = lambda batch: constant(batch)[0]


def compute(
    trunk: Trunk,
    images: Images,
    file: Path,
    tell: Callable[[int], None],
    alter: Alter | None = None,
    views: int = 1,
) -> Features:
    """Compute features, or take up those that an interrupted run has left in the file.

    Args:
        trunk: What sees them.
        images: What is to be seen.
        file: Where they are kept. Written to its end and only then mapped: a full disk is an error, not a crash.
        tell: Told after each batch how many images are done; may raise to interrupt.
        alter: Makes the views but the first, which is the image itself.
        views: How many there are of each image.
    """
    shape = (len(images), views, trunk.width)
    if not len(images):
        return Features(np.empty(shape, np.float32), np.empty(0, np.intp))
    values = views * trunk.width
    kind = np.float16 if views > 1 and len(images) * values * 4 > HALVED else np.float32
    record = values * np.dtype(kind).itemsize
    done = file.stat().st_size // record // TOGETHER * TOGETHER if file.exists() else 0
    with file.open("ab") as out:
        out.truncate(done * record)
        if done < len(images):
            for batch, readable in pipeline(images.paths, trunk.side, TOGETHER, alter, views, start=done):
                out.write(memoryview(_together(trunk, batch, readable, kind)))
                done += len(readable)
                tell(done)
    mapped = np.memmap(file, kind, "r", shape=shape)
    return Features(mapped, np.flatnonzero(~np.isnan(mapped[:, 0, 0])))


def _together(trunk: Trunk, batch: Any, readable: Any, kind: type[np.floating[Any]]) -> Any:
    """Return the features (N, V, D) of a batch (V, N, S, S, 3), a tensor; no numbers where nothing can be read (N,)."""
    found = tf.stack([trunk.see(view) for view in batch], 1)
    found = tf.clip_by_value(found, -LARGEST, LARGEST)
    return tf.cast(tf.where(readable[:, None, None], found, np.nan), kind)
