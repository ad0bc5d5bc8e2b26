"""The bases of Keras image classification as the program knows them without loading Keras.

A base is named ``keras:vgg16`` after its application in Keras, or is a starter, ``efficientnet-lite0``. The engine
builds them (`workbench.engine.keras.bases`); its tests keep these numbers true.
"""

import msgspec

PREFIX = "keras:"


class KerasBase(msgspec.Struct, frozen=True, kw_only=True):
    """A convolutional network without its top.

    Attributes:
        name: What ``--model`` takes.
        label: What it is called in its paper.
        parameters: Weights without the top.
        side: Length in pixels of the square images that its ImageNet weights were trained on.
        operations: Multiplications with an addition for one image of that side, without the top.
        layers: Layers that have weights.
    """

    name: str
    label: str
    parameters: int
    side: int
    operations: float
    layers: int


_BASES = (
    KerasBase(name="keras:vgg16", label="VGG16", parameters=14_714_688, side=224, operations=0, layers=13),
    KerasBase(name="keras:vgg19", label="VGG19", parameters=0, side=224, operations=0, layers=0),
    KerasBase(name="keras:resnet50-v2", label="ResNet50V2", parameters=0, side=224, operations=0, layers=0),
    KerasBase(name="keras:mobilenet-v2", label="MobileNetV2", parameters=0, side=224, operations=0, layers=0),
    KerasBase(
        name="keras:mobilenet-v3-small", label="MobileNetV3Small", parameters=0, side=224, operations=0, layers=0
    ),
    KerasBase(
        name="keras:mobilenet-v3-large", label="MobileNetV3Large", parameters=0, side=224, operations=0, layers=0
    ),
    KerasBase(
        name="keras:efficientnet-v2-b0", label="EfficientNetV2B0", parameters=0, side=224, operations=0, layers=0
    ),
    KerasBase(name="keras:efficientnet-v2-s", label="EfficientNetV2S", parameters=0, side=384, operations=0, layers=0),
    KerasBase(name="keras:convnext-tiny", label="ConvNeXtTiny", parameters=0, side=224, operations=0, layers=0),
    KerasBase(name="efficientnet-lite0", label="EfficientNet-Lite0", parameters=0, side=224, operations=0, layers=0),
)

BASES = {base.name: base for base in _BASES}
"""All bases by name, VGG16 first."""
