"""The bases of image classification: networks of `keras.applications`, EfficientNet-Lite0, and models of one's own."""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import keras
from keras import applications, layers

from workbench.core import keras_files, models
from workbench.core.errors import UserError
from workbench.core.hardware import has_bf16
from workbench.core.i18n import tr
from workbench.core.keras_bases import APPLICATIONS, LABELS, STARTER
from workbench.core.keras_bases import BASES as KNOWN
from workbench.core.models import ModelInfo
from workbench.engine.keras import efficientnet_lite0, weight_files

Preprocessing = Literal["own", "rescale"]

USUAL_SIDE = 224
"""Pixels, for a model that takes images of any size."""

MEANS, DEVIATIONS = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Of the pixels of ImageNet in red, green, blue, from 0 to 1."""


def _caffe(x: Any) -> Any:
    """Order the colours blue, green, red, as VGG had them, and take the mean of ImageNet from them."""
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
        make: Builds it on scaled images: ``make(images, weights) -> model``; weights are ``imagenet`` or None.
        own: What its ImageNet weights were trained with, done to images (N, H, W, 3) of 0 to 255.
    """

    make: Callable[[Any, str | None], keras.Model]
    own: Callable[[Any], Any]


def _application(make: Callable[..., keras.Model], own: Callable[[Any], Any], **how: Any) -> Base:
    def made(images: Any, stored: str | None) -> keras.Model:
        return make(include_top=False, input_tensor=images, weights=stored, **how)

    return Base(made, own)


def _lite0(images: Any, _: str | None) -> keras.Model:
    return keras.Model(keras.utils.get_source_inputs(images), efficientnet_lite0.features(images), name=STARTER)


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
    STARTER: Base(_lite0, _scaled(1 / 128, -127 / 128)),
}
"""How to build each base of `workbench.core.keras_bases`."""


def build(name: str, weights: str = "imagenet", side: int = 0, preprocessing: Preprocessing = "own") -> keras.Model:
    """Build a base without its top: images (N, side, side, 3) of 0 to 255 in red, green, blue to (N, h, w, channels).

    Preprocessing is part of the model. All layers stand in one list, so that the last n are ``layers[-n:]``.

    Args:
        name: A base, by its name or as the path of a `workbench.core.models.ModelInfo`.
        weights: ``imagenet``, ``none`` (random), or the path of a file of weights; a ``.keras`` file has its own.
        side: Of the images in pixels; 0 is `default_side`.
        preprocessing: ``own`` is what belongs to the ImageNet weights (nothing more than is in it, for a ``.keras``
            file); ``rescale`` brings values to 0 to 1.

    Raises:
        UserError: The base or its weights cannot be had, must not be loaded, or are for another network.
    """
    info = models.inspect(name)
    side = side or info.side or USUAL_SIDE
    images = keras.Input((side, side, 3), name="image")
    if Path(info.path).suffix == keras_files.SUFFIX:
        made = _own_model(Path(info.path), images, preprocessing)
    else:
        with _quiet():
            made = _known(info, preprocess(LABELS[info.model_type], preprocessing)(images), weights)
    return _depthwise(keras.Model(images, made.output, name=made.name))  # takes images as such, not a list of one


def default_side(name: str) -> int:
    """Return the length in pixels of the square images that a base is made for."""
    return models.inspect(name).side or USUAL_SIDE


def preprocess(name: str, how: Preprocessing) -> Callable[[Any], Any]:
    """Return what is done to images (N, H, W, 3) of 0 to 255 before a base of `BASES` sees them."""
    return BASES[name].own if how == "own" else layers.Rescaling(1 / 255, name="rescale")


def last_convolution(base: keras.Model) -> str:
    """Return the name of the layer whose output Grad-CAM looks at: the last one before a pooling."""
    pooling = (layers.MaxPooling2D, layers.AveragePooling2D)
    return str(next(layer.name for layer in reversed(base.layers) if not isinstance(layer, pooling)))


def fast(base: keras.Model, name: str) -> keras.Model:
    """Return a base as it computes its features soonest here: a copy in bf16 where that pays, else itself.

    The copy puts out fp32, and is not for saving: TFLite knows no bf16.

    Args:
        base: What `build` made, with its final weights.
        name: The name that it was built by.
    """
    known = KNOWN.get(LABELS.get(models.inspect(name).model_type, ""))
    if known is None or known.bf16 == 1 or not has_bf16():
        return base

    def in_bf16(layer: Any) -> Any:
        config = layer.get_config()
        if isinstance(layer, layers.Layer) and not isinstance(layer, layers.Rescaling):  # pixels stay exact
            config["dtype"] = "mixed_bfloat16"
        return layer.__class__.from_config(config)

    copy = keras.models.clone_model(base, clone_function=in_bf16)
    copy.set_weights(base.get_weights())
    return keras.Model(copy.input, keras.ops.cast(copy.output, "float32"), name=base.name)


def _known(info: ModelInfo, scaled: Any, weights: str) -> keras.Model:
    """Build a base of `BASES` on scaled images."""
    name = LABELS[info.model_type]
    if weights == "imagenet" and name in APPLICATIONS:
        return weight_files.imagenet(lambda: BASES[name].make(scaled, weights), info.model_type)
    made = BASES[name].make(scaled, None)
    if weights == "imagenet":
        efficientnet_lite0.load(made, Path(info.path) / "model.safetensors")
    elif weights != "none":
        weight_files.load(made, Path(weights).expanduser())
    return made


def _depthwise(model: keras.Model) -> keras.Model:
    """Put depthwise convolutions in the place of grouped ones with a group a channel, as ConvNeXt has them in Keras.

    They compute the same, but TensorFlow takes 150 times longer for the grouped ones on a processor.
    """

    def is_slow(layer: Any) -> bool:
        return isinstance(layer, layers.Conv2D) and layer.groups == layer.filters > 1 == layer.kernel.shape[2]

    def quick(layer: Any) -> Any:
        if is_slow(layer):
            kept = ("kernel_size", "strides", "padding", "dilation_rate", "activation", "use_bias", "name")
            return layers.DepthwiseConv2D(**{field: getattr(layer, field) for field in kept})
        return layer.__class__.from_config(layer.get_config())

    if not any(map(is_slow, model.layers)):
        return model
    made = keras.models.clone_model(model, clone_function=quick)
    for old, new in zip(model.layers, made.layers, strict=True):  # a kernel (7, 7, 1, C) becomes (7, 7, C, 1)
        new.set_weights([value.reshape(held.shape) for value, held in zip(old.get_weights(), new.weights, strict=True)])
    return made


def _own_model(file: Path, images: Any, preprocessing: Preprocessing) -> keras.Model:
    """Build what a whole model does up to its last map of features, on images of any side."""
    whole = weight_files.load_model(file)
    maps = [layer for layer in whole.layers[1:] if _makes_maps(layer)]
    if not maps or len(whole.inputs) != 1:
        raise UserError(tr("The model {file} has no convolutions of one image that could be a base.", file=file.name))
    trunk = keras.Model(whole.inputs[0], maps[-1].output, name=whole.name)
    scaled = images
    if preprocessing == "rescale":
        scaled = layers.Rescaling(1 / 255, name=f"rescale_{len(whole.layers)}")(images)  # it may have a “rescale”

    def call(layer: Any, *given: Any, **how: Any) -> Any:
        return layer(*keras.tree.map_structure(lambda x: scaled if x is images else x, given), **how)

    made = keras.models.clone_model(trunk, input_tensors=images, call_function=call)
    made.set_weights(trunk.get_weights())
    return made


def _makes_maps(layer: layers.Layer) -> bool:
    """Return whether a layer puts out (N, h, w, channels)."""
    output = getattr(layer, "output", None)  # a layer that is used twice has none
    return len(getattr(output, "shape", ())) == 4


@contextmanager
def _quiet() -> Iterator[None]:
    """Leave out what MobileNet says of sides for which it has no weights of their own."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="`input_shape` is undefined or non-square")
        yield
