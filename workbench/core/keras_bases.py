"""The bases of Keras image classification as the program knows them without loading Keras.

A base is named ``keras:vgg16`` after its application in Keras, or is a starter, ``efficientnet-lite0``. The engine
builds them (`workbench.engine.keras.bases`); its tests keep these numbers true.
"""

import os
from pathlib import Path

import msgspec

from workbench.core.errors import UserError
from workbench.core.i18n import tr

PREFIX = "keras:"

STARTER = "efficientnet-lite0"


class KerasBase(msgspec.Struct, frozen=True):
    """A convolutional network without its top.

    Attributes:
        name: What ``--model`` takes.
        label: What it is called in its paper.
        side: Length in pixels of the square images that its ImageNet weights were trained on.
        parameters: Its weights, those that normalise among them.
        layers: Layers that have weights.
        operations: Multiply-adds of its convolutions for one image of that side.
        activations: Values that its layers put out for one such image.
        channels: Of the maps that it puts out, whose sides are 32 times shorter than the image's.
        bf16: How many times faster it is in bf16 where the processor multiplies in it; 1 where that does not pay.
            Measured with avx512_bf16 and amx_bf16, batches of 32 (the others: 0.8 to 0.95 times).
    """

    name: str
    label: str
    side: int
    parameters: int
    layers: int
    operations: int
    activations: int
    channels: int
    bf16: float = 1.0


BASES = {
    base.name: base
    for base in (
        KerasBase("keras:vgg16", "VGG16", 224, 14_714_688, 13, 15_346_630_656, 15_378_944, 512, bf16=4.4),
        KerasBase("keras:vgg19", "VGG19", 224, 20_024_384, 16, 19_508_428_800, 16_683_520, 512, bf16=4.5),
        KerasBase("keras:resnet50-v2", "ResNet50V2", 224, 23_564_800, 102, 3_480_207_360, 31_528_684, 2048, bf16=1.7),
        KerasBase("keras:mobilenet-v2", "MobileNetV2", 224, 2_257_984, 104, 299_494_272, 21_964_208, 1280),
        KerasBase("keras:mobilenet-v3-small", "MobileNetV3Small", 224, 939_120, 86, 54_896_576, 5_355_584, 576),
        KerasBase("keras:mobilenet-v3-large", "MobileNetV3Large", 224, 2_996_352, 108, 214_080_960, 15_423_904, 960),
        KerasBase(
            "keras:efficientnet-v2-b0", "EfficientNetV2B0", 224, 5_919_312, 150, 716_806_176, 16_014_224, 1280, bf16=1.6
        ),
        KerasBase(
            "keras:efficientnet-v2-s",
            "EfficientNetV2S",
            384,
            20_331_360,
            280,
            8_364_337_152,
            123_154_680,
            1280,
            bf16=1.9,
        ),
        KerasBase("keras:convnext-tiny", "ConvNeXtTiny", 224, 27_820_128, 95, 4_266_904_320, 28_788_480, 768),
        KerasBase(STARTER, "EfficientNet-Lite0", 224, 3_413_024, 98, 383_907_552, 20_144_096, 1280, bf16=1.8),
    )
}
"""All bases by name, VGG16 first."""

APPLICATIONS = {name: base for name, base in BASES.items() if name.startswith(PREFIX)}
"""Those whose ImageNet weights Keras downloads."""

LABELS = {base.label: base.name for base in BASES.values()}


def application(name: str) -> KerasBase:
    """Return an application of Keras.

    Raises:
        UserError: There is none of that name.
    """
    if name not in APPLICATIONS:
        raise UserError(
            tr("There is no Keras base “{name}”; there are: {known}.", name=name, known=", ".join(APPLICATIONS))
        )
    return APPLICATIONS[name]


def downloads() -> Path:
    """Return the folder in which Keras keeps the weights that it downloads."""
    return Path(os.environ.get("KERAS_HOME", "~/.keras")).expanduser() / "models"
