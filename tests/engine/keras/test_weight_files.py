"""Weights from files and whole models, what is refused of them, and ImageNet weights where there is no network."""

from typing import Any

import pytest

from tests.engine.keras import child

IN_KERAS = """
import os, pathlib, socket
import keras, numpy
from workbench.core.errors import UserError
from workbench.engine.keras import bases

folder = pathlib.Path(sys.argv[1])
os.environ["KERAS_HOME"] = str(folder / "home")
images = numpy.random.default_rng(0).uniform(0, 255, (1, 32, 32, 3)).astype("float32")
name = "keras:vgg16"

def distance(one, other):
    one, other = numpy.asarray(one), numpy.asarray(other)
    return float(numpy.abs(one - other).max() / numpy.abs(other).max())

def sentence(*how):
    try:
        bases.build(*how)
    except UserError as error:
        return error.sentence
    return ""

base = bases.build(name, "none", 32)
top = keras.layers.Dense(3, "softmax")(keras.layers.GlobalAveragePooling2D()(base.output))
whole = keras.Model(base.input, top)
base.save_weights(folder / "base.weights.h5")
whole.save_weights(folder / "whole.weights.h5")
base.save(folder / "base.h5")
whole.save(folder / "whole.h5")
whole.save(folder / "whole.keras")
files = ["base.weights.h5", "whole.weights.h5", "base.h5", "whole.h5", "whole.keras"]
told["same"] = [distance(bases.build(name, str(folder / file), 32)(images), base(images)) for file in files]
told["other"] = [sentence("keras:vgg19", str(folder / file), 32) for file in files]

own = bases.build(str(folder / "whole.keras"))
told["own"] = [own.input.shape[1:], own.output.shape[1:], distance(own(images), base(images))]
wide = bases.build(str(folder / "whole.keras"), side=64)
told["wide"] = [wide.input.shape[1:], wide.output.shape[1:]]
rescaled = bases.build(str(folder / "whole.keras"), preprocessing="rescale")
told["rescaled"] = distance(rescaled(images), base(images / 255))
told["layers"] = [len(own.layers), len(base.layers)]

flat = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Flatten(), keras.layers.Dense(2)])
flat.save(folder / "flat.keras")
told["flat"] = sentence(str(folder / "flat.keras"))
hidden = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Lambda(lambda x: x + 1), keras.layers.Conv2D(2, 3)])
hidden.save(folder / "hidden.keras")
hidden.save(folder / "hidden.h5")
told["hidden"] = [sentence(str(folder / "hidden.keras"))]
told["hidden"] += [sentence(name, str(folder / file), 32) for file in ("hidden.keras", "hidden.h5")]

(folder / "cut.h5").write_bytes((folder / "base.h5").read_bytes()[:5000])
told["cut"] = sentence(name, str(folder / "cut.h5"), 32)
told["pickled"] = sentence(name, str(folder / "weights.pt"), 32)
told["nowhere"] = sentence(name, "imagenett", 32)

def unreachable(*_arguments, **_keywords):
    raise OSError("no network here")

socket.getaddrinfo = unreachable
told["network"] = sentence(name)
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return child.run(IN_KERAS, tmp_path_factory.mktemp("weights"))  # type: ignore[no-any-return]


def test_weights_of_any_file_with_or_without_a_top(told: dict[str, Any]) -> None:
    assert told["same"] == [0.0] * 5


def test_weights_of_another_network_are_not_taken(told: dict[str, Any]) -> None:
    assert all("are not those of “vgg19”" in sentence for sentence in told["other"])


def test_a_keras_model_is_a_base_without_its_top(told: dict[str, Any]) -> None:
    assert told["own"] == [[32, 32, 3], [1, 1, 512], 0.0]
    assert told["wide"] == [[64, 64, 3], [2, 2, 512]]
    assert told["rescaled"] < 1e-5
    assert told["layers"][0] == told["layers"][1], "all layers stand in one list"
    assert "no convolutions" in told["flat"]


def test_what_could_run_code_or_is_damaged_is_refused(told: dict[str, Any]) -> None:
    assert len(told["hidden"]) == 3
    assert all("Lambda layer" in sentence for sentence in told["hidden"])
    assert "are pickled" in told["pickled"]
    assert "cut.h5 is damaged or cut off" in told["cut"]
    assert "no weights at “imagenett”" in told["nowhere"]


def test_without_a_network_a_way_out_is_named(told: dict[str, Any]) -> None:
    assert "ImageNet weights of VGG16 could not be downloaded" in told["network"]
    assert "efficientnet-lite0" in told["network"]
