from typing import Any

import pytest

from tests.engine.keras import child
from workbench.core.keras_bases import BASES

LOOKED_AT = (
    "keras:vgg16",
    "keras:mobilenet-v2",
    "keras:mobilenet-v3-small",
    "keras:efficientnet-v2-b0",
    "efficientnet-lite0",
)
"""A base of each family but the largest, which take long to build."""

FACTS = """
import math
from keras import layers
from workbench.engine.keras import bases

def operations(layer):
    if isinstance(layer, layers.DepthwiseConv2D):
        return math.prod(layer.output.shape[1:]) * math.prod(layer.kernel_size)
    return math.prod(layer.output.shape[1:]) * math.prod(layer.kernel.shape[:3]) if hasattr(layer, "kernel") else 0

for name in sys.argv[1:]:
    base = bases.build(name, "none")
    told[name] = {
        "side": bases.default_side(name),
        "input": base.input.shape[1:],
        "parameters": base.count_params(),
        "layers": sum(bool(layer.weights) for layer in base.layers),
        "operations": sum(map(operations, base.layers)),
        "activations": sum(math.prod(layer.output.shape[1:]) for layer in base.layers),
        "output": base.output.shape[1:],
        "last": [bases.last_convolution(base), base.layers[-1].name],
    }
"""

PREPARED = """
import keras, numpy
from keras import applications
from workbench.engine.keras import bases

def distance(one, other):
    return float(numpy.abs(numpy.asarray(one) - numpy.asarray(other)).max())

images = numpy.random.default_rng(0).uniform(0, 255, (1, 64, 64, 3)).astype("float32")
for module, name in {
    applications.vgg16: "keras:vgg16",
    applications.resnet_v2: "keras:resnet50-v2",
    applications.mobilenet_v2: "keras:mobilenet-v2",
}.items():
    told[name] = distance(bases.preprocess(name, "own")(images), module.preprocess_input(images.copy()))
for make, name, first in [
    (applications.MobileNetV3Small, "keras:mobilenet-v3-small", "conv"),
    (applications.EfficientNetV2B0, "keras:efficientnet-v2-b0", "stem_conv"),
    (applications.ConvNeXtTiny, "keras:convnext-tiny", "convnext_tiny_stem"),
]:
    whole = make(weights=None, include_top=False)
    prepare = keras.Model(whole.input, whole.get_layer(first).input)
    told[name] = distance(bases.preprocess(name, "own")(images), prepare(images))
    if name == "keras:convnext-tiny":
        ours = bases.build(name, "none", 64)
        others = [layer for layer in whole.layers if layer.weights]
        for layer, other in zip([layer for layer in ours.layers if layer.weights], others, strict=True):
            other.set_weights([v.reshape(h.shape) for v, h in zip(layer.get_weights(), other.weights, strict=True)])
        told["depthwise"] = distance(ours(images), whole(images)) / float(numpy.abs(whole(images)).max())
        told["grouped"] = sum(getattr(layer, "groups", 1) > 1 for layer in ours.layers)
told["rescale"] = distance(bases.preprocess("keras:vgg16", "rescale")(images), images / 255)

plain = bases.build("keras:mobilenet-v3-small", "none", 64)
rescaled = bases.build("keras:mobilenet-v3-small", "none", 64, "rescale")
rescaled.set_weights(plain.get_weights())
told["built"] = distance(plain(images), rescaled((images / 127.5 - 1) * 255)) / float(numpy.abs(plain(images)).max())

bases.has_bf16 = lambda: True
base = bases.build("keras:vgg16", "none", 64)
fast = bases.fast(base, "keras:vgg16")(images)
told["fast"] = [str(fast.dtype), distance(fast, base(images)) / float(numpy.abs(base(images)).max())]
told["itself"] = bases.fast(plain, "keras:mobilenet-v3-small") is plain
bases.has_bf16 = lambda: False
told["itself"] = told["itself"] and bases.fast(base, "keras:vgg16") is base
"""


@pytest.fixture(scope="module")
def facts() -> dict[str, Any]:
    return child.run(FACTS, *LOOKED_AT)  # type: ignore[no-any-return]


def test_what_the_core_says_of_the_bases_is_true(facts: dict[str, Any]) -> None:
    for name in LOOKED_AT:
        base, seen = BASES[name], facts[name]
        assert (seen["side"], seen["input"]) == (base.side, [base.side, base.side, 3]), name
        assert (seen["parameters"], seen["layers"]) == (base.parameters, base.layers), name
        assert seen["output"] == [base.side // 32, base.side // 32, base.channels], name
        assert (seen["operations"], seen["activations"]) == (base.operations, base.activations), name


def test_the_maps_for_grad_cam_are_the_last_before_a_pooling(facts: dict[str, Any]) -> None:
    assert facts["keras:vgg16"]["last"] == ["block5_conv3", "block5_pool"]
    assert facts["efficientnet-lite0"]["last"] == ["head_relu6"] * 2
    assert facts["keras:mobilenet-v2"]["last"] == ["out_relu"] * 2


def test_images_are_prepared_as_keras_does_it_and_bf16_is_used_where_it_pays() -> None:
    told = child.run(PREPARED)
    kind, distance = told.pop("fast")
    assert kind == "<dtype: 'float32'>"
    assert 0 < distance < 0.05
    assert told.pop("itself") is True
    assert len(told) == 10
    assert max(told.values()) < 1e-4, told
