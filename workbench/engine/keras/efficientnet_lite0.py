"""EfficientNet-Lite0 in Keras, and its ImageNet weights from the starter's safetensors.

EfficientNet-B0 (arXiv 1905.11946, table 1) without squeeze and excitation and with ReLU6 in place of swish:
https://github.com/tensorflow/tpu/tree/master/models/official/efficientnet/lite. The weights were made with TensorFlow,
so "same" padding is TensorFlow's: with stride 2 it puts more after an image than before. There is no drop connect:
a base is frozen, or tuned for a short while with a low rate.
"""

from pathlib import Path

import keras
import numpy as np
from keras import layers
from safetensors import SafetensorError
from safetensors.numpy import load_file

from workbench.core.errors import UserError
from workbench.core.i18n import tr

STAGES = (
    # blocks, kernel, stride, expansion, filters
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)
STEM, HEAD = 32, 1280

CONVOLUTIONS = {"expand": "_expand_conv", "depthwise": "_depthwise_conv", "project": "_project_conv"}
NORMS = {"expand": "_bn0", "depthwise": "_bn1", "project": "_bn2"}
"""Names in the file of weights, by ours."""


def features(x: keras.KerasTensor) -> keras.KerasTensor:
    """Return what the last convolution makes of scaled images: (N, H, W, 3) to (N, H / 32, W / 32, 1280)."""
    x = _convolve(x, "stem", layers.Conv2D(STEM, 3, 2, "same", use_bias=False, name="stem"))
    number = 0
    for blocks, kernel, stride, expansion, filters in STAGES:
        for repeat in range(blocks):
            x = _block(x, f"block{number}", kernel, stride if repeat == 0 else 1, expansion, filters)
            number += 1
    return _convolve(x, "head", layers.Conv2D(HEAD, 1, use_bias=False, name="head"))


def _convolve(x: keras.KerasTensor, name: str, convolution: layers.Layer, bend: bool = True) -> keras.KerasTensor:
    """Convolve, normalise and, unless it is the end of a block, cut off below 0 and above 6."""
    x = layers.BatchNormalization(momentum=0.99, epsilon=1e-3, name=f"{name}_norm")(convolution(x))
    return layers.ReLU(6.0, name=f"{name}_relu6")(x) if bend else x


def _block(
    x: keras.KerasTensor, name: str, kernel: int, stride: int, expansion: int, filters: int
) -> keras.KerasTensor:
    """Put an inverted residual block (arXiv 1801.04381, figure 4d) on ``x``."""
    before, channels = x, x.shape[-1]
    if expansion > 1:
        expand = f"{name}_expand"
        x = _convolve(x, expand, layers.Conv2D(channels * expansion, 1, use_bias=False, name=expand))
    depthwise = f"{name}_depthwise"
    x = _convolve(x, depthwise, layers.DepthwiseConv2D(kernel, stride, "same", use_bias=False, name=depthwise))
    project = f"{name}_project"
    x = _convolve(x, project, layers.Conv2D(filters, 1, use_bias=False, name=project), bend=False)
    return layers.Add(name=f"{name}_add")([before, x]) if stride == 1 and channels == filters else x


def load(model: keras.Model, file: Path) -> None:
    """Give a model that is made of `features` the ImageNet weights; a Dense layer named ``top`` gets its 1,000 classes.

    Raises:
        UserError: The file is damaged.
    """
    try:
        stored = load_file(file)
    except (OSError, SafetensorError) as error:
        raise UserError(
            tr("The weights file {file} is damaged or cut off. Copy or download it again.", file=file.name), str(error)
        ) from error
    for layer in model.layers:
        if not layer.weights:
            continue
        if isinstance(layer, layers.BatchNormalization):
            source = _norm_source(layer.name.removesuffix("_norm"))
            names = ("weight", "bias", "running_mean", "running_var")
            layer.set_weights([stored[f"{source}.{name}"] for name in names])
        elif layer.name == "top":
            layer.set_weights([stored["_fc.weight"].T, stored["_fc.bias"]])
        else:
            kernel = stored[f"{_source(layer.name)}.weight"]  # (outputs, inputs a group, height, width)
            order = (2, 3, 0, 1) if isinstance(layer, layers.DepthwiseConv2D) else (2, 3, 1, 0)
            layer.set_weights([np.transpose(kernel, order)])


def _source(name: str) -> str:
    """Return the name in the file of a convolution."""
    if name in ("stem", "head"):
        return f"_conv_{name}"
    block, part = name.removeprefix("block").split("_")
    return f"_blocks.{block}.{CONVOLUTIONS[part]}"


def _norm_source(name: str) -> str:
    """Return the name in the file of the normalisation after a convolution."""
    if name in ("stem", "head"):
        return {"stem": "_bn0", "head": "_bn1"}[name]
    block, part = name.removeprefix("block").split("_")
    return f"_blocks.{block}.{NORMS[part]}"
