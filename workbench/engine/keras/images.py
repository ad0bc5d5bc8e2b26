"""Images of a data set on their way into a network: opened, brought to one size, altered, in a `tf.data` pipeline.

Letters: N images, V views of each, S the length of their sides in pixels.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray
from PIL.Image import Resampling

from workbench.core.datasets.dataset import Dataset
from workbench.core.datasets.images import BadImage, load_image
from workbench.core.datasets.kinds import Row

Alter = Callable[[Any, Any], Any]
"""Alters float images (N, S, S, 3) by chance; the number of the batch says how: the same number, the same way."""

AHEAD = 2
"""Batches that are made ready while the network works."""


@dataclass(frozen=True)
class Images:
    """Images and what they show.

    Attributes:
        paths: The files (N).
        names: Their paths below the folder of the data set (N).
        classes: Numbers of their classes (N,).
    """

    paths: list[Path]
    names: list[str]
    classes: NDArray[np.int32]

    @classmethod
    def of(cls, dataset: Dataset, rows: Sequence[Row], labels: Sequence[str]) -> "Images":
        """Take the images of some rows of a data set, all of whose labels are among those given."""
        numbers = {label: number for number, label in enumerate(labels)}
        names = [row["image"] for row in rows]
        classes = np.array([numbers[row["label"]] for row in rows], np.int32)
        return cls([dataset.path / name for name in names], names, classes)

    def __len__(self) -> int:
        return len(self.paths)

    def take(self, chosen: NDArray[np.intp]) -> "Images":
        """Return some of them, by their numbers."""
        places = chosen.tolist()
        return Images([self.paths[i] for i in places], [self.names[i] for i in places], self.classes[chosen])


def read(path: Path, side: int) -> NDArray[np.uint8]:
    """Return an image (S, S, 3) of 0 to 255 in red, green, blue; one that is no square is stretched to one.

    Raises:
        BadImage: It cannot be read.
    """
    image = load_image(path).resize((side, side), Resampling.BILINEAR)  # Pillow averages where it makes smaller
    return np.asarray(image, np.uint8)


def pipeline(
    paths: Sequence[Path], side: int, size: int, alter: Alter | None = None, views: int = 1, start: int = 0
) -> Any:
    """Return a `tf.data.Dataset` of batches: images (V, up to ``size``, S, S, 3) of 0 to 255, and which can be read.

    Args:
        paths: The images, in the order in which they come; one that cannot be read comes as a black one.
        side: Of the images in pixels.
        size: Images a batch.
        alter: Makes the views. The only view is an altered one; of several the first is the image itself.
        views: How many there are of each image.
        start: Images to leave out, whole batches of them; those after come as they would have come then.
    """

    def opened(names: Any) -> tuple[Any, Any]:
        images, readable = tf.numpy_function(lambda some: _read_all(some, side), [names], [tf.uint8, tf.bool])
        return tf.ensure_shape(images, (None, side, side, 3)), tf.ensure_shape(readable, (None,))

    def viewed(number: Any, batch: tuple[Any, Any]) -> tuple[Any, Any]:
        images, readable = tf.cast(batch[0], tf.float32), batch[1]
        if alter is None:
            return images[None], readable
        if views == 1:
            return alter(images, number)[None], readable
        return tf.stack([images, *(alter(images, number * views + view) for view in range(1, views))]), readable

    found = tf.data.Dataset.from_tensor_slices([str(path) for path in paths[start:]])
    batches = found.batch(size).map(opened, num_parallel_calls=tf.data.AUTOTUNE)
    return batches.enumerate(start // size).map(viewed).prefetch(AHEAD)


def _read_all(names: NDArray[Any], side: int) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    images, readable = np.zeros((len(names), side, side, 3), np.uint8), np.ones(len(names), bool)
    for place, name in enumerate(names):
        try:
            images[place] = read(Path(name.decode()), side)
        except BadImage:
            readable[place] = False
    return images, readable


def reason(path: Path) -> str:
    """Return why an image cannot be read, "" if it can."""
    try:
        load_image(path)
    except BadImage as bad:
        return str(bad)
    return ""
