"""The bases of image classification: networks of `keras.applications` and EfficientNet-Lite0, without their tops."""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import keras
from keras import applications, layers

from workbench.core import starters
from workbench.core.keras_bases import BASES as KNOWN
from workbench.engine.keras import efficientnet_lite0

Preprocessing = Literal["own", "rescale"]

MEANS, DEVIATIONS = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Of the pixels of ImageNet in red, green, blue, from 0 to 1."""


def _caffe(x: Any) -> Any:
    """Take the mean of ImageNet from blue, green, red, in that order."""
    return layers.Rescaling(1.0, [-103.939, -116.779, -123.68], name="own_scale")(keras.ops.flip(x, axis=-1))


def _scaled(scale: Any, offset: Any) -> Callable[[Any], Any]:
    return lambda x: layers.Rescaling(scale, offset, name="own_scale")(x)


_signed = _scaled(1 / 127.5, -1.0)
_standard = _scaled(
    [1 / (255 * deviation) for deviation in DEVIATIONS],
    [-mean / deviation for mean, deviation in zip(MEANS, DEVIATIONS, strict=True)],
)


@dataclass(frozen=True)
class Base:
    """How a base is made.

    Attributes:
        make: Builds it on a scaled image: ``make(input_tensor=, weights=) -> keras.Model``.
        own: The preprocessing that its ImageNet weights were trained with, on images (N, H, W, 3) of 0 to 255.
    """

    make: Callable[..., keras.Model]
    own: Callable[[Any], Any]


def _application(make: Callable[..., keras.Model], own: Callable[[Any], Any], **how: Any) -> Base:
    def made(input_tensor: Any, weights: str | None) -> keras.Model:
        return make(include_top=False, input_tensor=input_tensor, weights=weights, **how)

    return Base(made, own)


def _lite0(input_tensor: Any, weights: str | None) -> keras.Model:
    inputs = keras.utils.get_source_inputs(input_tensor)
    model = keras.Model(inputs, efficientnet_lite0.features(input_tensor), name="efficientnet-lite0")
    if weights == "imagenet":
        efficientnet_lite0.load(model, starters.get("efficientnet-lite0") / "model.safetensors")
    return model


_plain = {"include_preprocessing": False}
BASES = {
    "keras:vgg16": _application(applications.VGG16, _caffe),
    "keras:vgg19": _application(applications.VGG19, _caffe),
    "keras:resnet50-v2": _application(applications.ResNet50V2, _signed),
    "keras:mobilenet-v2": _application(applications.MobileNetV2, _signed),
    "keras:mobilenet-v3-small": _application(applications.MobileNetV3Small, _signed, **_plain),
    "keras:mobilenet-v3-large": _application(applications.MobileNetV3Large, _signed, **_plain),
    "keras:efficientnet-v2-b0": _application(applications.EfficientNetV2B0, _standard, **_plain),
    "keras:efficientnet-v2-s": _application(applications.EfficientNetV2S, _scaled(1 / 128, -1.0), **_plain),
    "keras:convnext-tiny": _application(applications.ConvNeXtTiny, _standard, **_plain),
    "efficientnet-lite0": Base(_lite0, _scaled(1 / 128, -127 / 128)),
}
"""How to build each base of `workbench.core.keras_bases`."""


def build(name: str, weights: str = "imagenet", side: int = 0, preprocessing: Preprocessing = "own") -> keras.Model:
    """Build a base without its top: images (N, side, side, 3) of 0 to 255 in red, green, blue to (N, h, w, channels).

    Preprocessing is part of the model, and all layers stand in one list, so that the last n are `Model.layers[-n:]`.

    Args:
        name: A name of `BASES`.
        weights: ``imagenet``, ``none`` (random), or a file of weights on this computer.
        side: Of the images in pixels; 0 is what the ImageNet weights were trained on.
        preprocessing: ``own`` is what belongs to the ImageNet weights, ``rescale`` brings values to 0 to 1.

    Raises:
        UserError: The weights cannot be had, or are for another network.
    """
    side = side or KNOWN[name].side
    inputs = keras.Input((side, side, 3), name="image")
    with _quiet():
        made = BASES[name].make(preprocess(name, preprocessing)(inputs), None if weights == "none" else weights)
    return keras.Model(inputs, made.output, name=made.name)  # which takes images as such, not a list of one


def preprocess(name: str, how: Preprocessing) -> Callable[[Any], Any]:
    """Return what a base does to images (N, H, W, 3) of 0 to 255 first."""
    return BASES[name].own if how == "own" else layers.Rescaling(1 / 255, name="rescale")


def last_convolution(base: keras.Model) -> str:
    """Return the name of the layer whose output Grad-CAM looks at: the last one before a pooling."""
    pooling = (layers.MaxPooling2D, layers.AveragePooling2D)
    return next(layer.name for layer in reversed(base.layers) if not isinstance(layer, pooling))


@contextmanager
def _quiet() -> Iterator[None]:
    """Leave out what MobileNet says of sides for which it has no weights of their own."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="`input_shape` is undefined or non-square")
        yield
