"""What a network looks at in an image: Grad-CAM (Selvaraju et al., arXiv 1610.02391, section 3).

Letters: N images, S the length of their sides in pixels, C classes, (h, w) the size of the maps of the last
convolution, K how many of them there are.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray
from PIL import Image
from PIL.Image import Resampling

from workbench.core.datasets.images import BadImage, load_image
from workbench.core.errors import UserError
from workbench.core.i18n import tr
from workbench.core.registry import Explained
from workbench.core.runs import Run
from workbench.engine.keras.images import read
from workbench.engine.keras.judging import load
from workbench.engine.keras.network import LOGITS

SMALLEST, LARGEST = 224, 1024
"""Pixels of the longer side of an overlay."""

COVER = 0.7
"""How much of an image is covered where the network looks most."""

GLOW = np.array([[0, 0, 4], [87, 16, 110], [188, 55, 84], [249, 142, 9], [252, 255, 164]], np.float32)
"""Colours from nothing to most, ever lighter, so that they are told apart in any sight: matplotlib's “inferno”."""


class GradCam:
    """Finds what speaks for a class.

    Args:
        network: Images (N, S, S, 3) of 0 to 255 to probabilities (N, C), with a layer `LOGITS`.
        convolution: Name of its last layer whose output has places, (N, h, w, K).
    """

    def __init__(self, network: keras.Model, convolution: str) -> None:
        outputs = [network.get_layer(convolution).output, network.get_layer(LOGITS).output]
        self._seen = keras.Model(network.inputs[0], outputs)

    def __call__(
        self, images: NDArray[np.float32], classes: NDArray[np.int32] | None = None
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return heat (N, h, w) from 0 to 1 (all 0 where nothing speaks for a class), and probabilities (N, C).

        Args:
            images: (N, S, S, 3), of 0 to 255.
            classes: Which class of each image is asked for (N,); the likeliest one unless given.
        """
        with tf.GradientTape() as tape:
            batch = tf.constant(images)
            tape.watch(batch)
            maps, logits = self._seen(batch, training=False)
            asked = tf.argmax(logits, -1, tf.int32) if classes is None else tf.constant(classes)
            scores = tf.gather(logits, asked, batch_dims=1)
        slopes: Any = tape.gradient(scores, maps)
        weights = tf.reduce_mean(slopes, (1, 2), keepdims=True)  # equation 1: the pooled slope of each map
        heat = tf.nn.relu(tf.reduce_sum(weights * maps, -1))  # equation 2
        most = tf.reduce_max(heat, (1, 2), keepdims=True)
        return tf.math.divide_no_nan(heat, most).numpy(), tf.nn.softmax(logits).numpy()


def explain(run: Run, paths: Sequence[Path], folder: Path, label: str = "") -> list[Explained]:
    """Write a picture for each image that shows what a run's network looks at.

    Args:
        run: A run with a result.
        paths: The images.
        folder: Where the pictures go; it is made.
        label: What is looked for, one of the run's labels; unless given, what the network takes each image for.

    Raises:
        UserError: An image cannot be read.
    """
    info = run.result_info()
    labels: list[str] = info["labels"]
    looked = GradCam(load(run), info["convolution"])
    asked = np.array([labels.index(label)], np.int32) if label else None
    folder.mkdir(parents=True, exist_ok=True)
    found = []
    for number, path in enumerate(paths):  # one by one: gradients of large images need much memory
        try:
            heat, shares = looked(read(path, info["side"])[None].astype(np.float32), asked)
            picture = overlay(load_image(path), heat[0])
        except BadImage as bad:
            raise UserError(tr("{file} cannot be judged. {reason}", file=path, reason=bad)) from bad
        place = labels.index(label) if label else int(shares[0].argmax())
        target = folder / f"{number:03d}-{path.stem}.png"
        picture.save(target)
        score = float(shares[0, place])
        found.append(Explained(path=str(path), label=labels[place], score=score, overlay=str(target)))
    return found


def overlay(image: Image.Image, heat: NDArray[np.float32]) -> Image.Image:
    """Return an image in which places glow.

    Args:
        image: In RGB, of any size; a very small or large one changes its size.
        heat: (h, w) from 0 to 1, for all of the image.
    """
    scale = min(max(1.0, SMALLEST / max(image.size)), LARGEST / max(image.size))
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    plain = np.asarray(image.resize(size, Resampling.BILINEAR), np.float32)
    spread = np.asarray(Image.fromarray(heat).resize(size, Resampling.BILINEAR)).clip(0, 1)
    colours = np.stack([np.interp(spread, np.linspace(0, 1, len(GLOW)), GLOW[:, channel]) for channel in range(3)], -1)
    cover = COVER * spread[..., None]
    return Image.fromarray((plain * (1 - cover) + colours * cover).round().astype(np.uint8))
