"""What augmentation makes of a person's own images, as pictures to look at before anything is trained."""

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import tensorflow as tf
from PIL import Image

from workbench.core.datasets.dataset import Dataset
from workbench.core.datasets.images import BadImage
from workbench.core.errors import UserError
from workbench.core.i18n import tr
from workbench.engine.keras.augmentation import Augmentation
from workbench.engine.keras.images import read

if TYPE_CHECKING:
    from workbench.tasks.keras_image_classification import Options

USUAL_SIDE = 224
"""Pixels of a side where the base is to decide."""


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """An image of a data set, as a network sees it, and altered."""

    path: str
    label: str
    plain: str
    augmented: str


def preview(dataset: Dataset, folder: Path, count: int, options: "Options") -> list[Preview]:
    """Write images of a data set and altered views of them; from all over it, each as often as there is room for.

    Args:
        dataset: Images in classes.
        folder: Where the pictures go; it is made.
        count: How many altered ones.
        options: Settings of the task.

    Raises:
        UserError: An image cannot be read.
    """
    alter = Augmentation(options.shear, options.zoom, options.flip, options.seed)
    rows = dataset.rows()
    folder.mkdir(parents=True, exist_ok=True)
    found = []
    for number in range(count):
        row = rows[number * len(rows) // count]
        try:
            plain = read(dataset.path / row["image"], options.side or USUAL_SIDE)
        except BadImage as bad:
            raise UserError(tr("{file} cannot be read. {reason}", file=row["image"], reason=bad)) from bad
        altered = alter(tf.constant(plain[None], tf.float32), tf.constant(number)).numpy()[0]
        files = [folder / f"{number:03d}-{what}.png" for what in ("plain", "augmented")]
        for file, picture in zip(files, (plain, altered), strict=True):
            Image.fromarray(picture.round().astype(np.uint8)).save(file)
        path = str(dataset.path / row["image"])
        found.append(Preview(path=path, label=row["label"], plain=str(files[0]), augmented=str(files[1])))
    return found
