"""Altered views of an image: sheared, zoomed and mirrored by chance, the same chance for the same number.

The recipe is that of Chollet's "Building powerful image classification models using very little data" (Keras blog,
2016): shear 0.2, zoom 0.2, horizontal flip. What comes into view at an edge repeats the pixels there. One layer does
all: Keras' own (RandomShear, RandomZoom, RandomFlip) would draw each image three times and blur it more; and its
RandomShear slants about a corner, which shifts an image, too.
"""

from typing import Any

import keras
import tensorflow as tf
from keras import ops, random

DRAWS = 1 << 4
"""Random numbers that are left for a batch; the layer draws four times."""


class Augmentation(keras.layers.Layer):  # type: ignore[misc]
    """Alters batches of images; an `workbench.engine.keras.images.Alter`.

    Args:
        shear: Largest slant to either side, as a share of the height.
        zoom: Largest change of width and of height, each by itself, as a share.
        flip: Whether one image in two is mirrored.
        seed: Of the chance.
    """

    def __init__(self, shear: float, zoom: float, flip: bool, seed: int) -> None:
        super().__init__()
        self.shear, self.zoom, self.flip, self.seed = shear, zoom, flip, seed
        self.generator = random.SeedGenerator(seed)
        self.alter = tf.function(self._alter)  # traced once for all pipelines

    def call(self, images: Any, number: Any) -> Any:
        """Return altered images (N, S, S, 3), each altered in its own way."""
        return self.alter(images, tf.cast(number, tf.uint32))

    def _alter(self, images: Any, number: Any) -> Any:
        # what comes hangs on nothing but the seed and the number, so that a resumed run meets the same views
        self.generator.state.assign(tf.stack([tf.constant(self.seed, tf.uint32), number * DRAWS]))
        return ops.image.affine_transform(images, self._places(images), fill_mode="nearest")

    def _places(self, images: Any) -> Any:
        """Return (N, 8): where each pixel of an altered image comes from, as `keras.ops.image.affine_transform` asks.

        About the middle m of the image: x = m + wide (x' - m) + slant (y' - m), y = m + high (y' - m).
        """
        count, middle = ops.shape(images)[0], (images.shape[1] - 1) / 2

        def draw(low: float, high: float) -> Any:
            return random.uniform((count,), low, high, seed=self.generator)

        slant = draw(-self.shear, self.shear)
        high = draw(1 - self.zoom, 1 + self.zoom)
        wide = draw(1 - self.zoom, 1 + self.zoom)
        wide *= ops.where(draw(0.0, 1.0) < 0.5 * self.flip, -1.0, 1.0)
        none = ops.zeros_like(slant)
        x = [wide, slant, middle * (1 - wide - slant)]
        y = [none, high, middle * (1 - high)]
        return ops.stack([*x, *y, none, none], -1)
