import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from workbench.core import keras_bases, keras_files, models, starters
from workbench.core.errors import UserError

LAYERS = [
    {"class_name": "InputLayer", "config": {"batch_shape": [None, 96, 96, 3]}},
    {"class_name": "Conv2D", "config": {"filters": 8}},
]


def write(path: Path, layers: Any = None, **more: object) -> Path:
    """Write a Keras model with 4,000 bytes of weights."""
    config = {"class_name": "Functional", "config": {"name": "mine", "layers": layers or LAYERS}, **more}
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", json.dumps(config))
        archive.writestr("model.weights.h5", bytes(4000))
    return path


def test_a_file_is_inspected_without_keras(tmp_path: Path) -> None:
    file = write(tmp_path / "mine.keras")
    info = models.inspect(str(file))
    assert (info.architecture, info.model_type, info.side, info.parameters) == ("keras-cnn", "mine", 96, 1000)
    assert info.path == str(file) == str(models.obtain(str(file)))


def test_a_folder_with_one_keras_file_is_that_file(tmp_path: Path) -> None:
    file = write(tmp_path / "mine.keras")
    assert models.inspect(str(tmp_path)).path == str(file)
    write(tmp_path / "other.keras")
    with pytest.raises(UserError, match=r"no readable config\.json"):
        models.inspect(str(tmp_path))


@pytest.mark.parametrize(
    "hidden",
    [
        {"class_name": "Lambda", "config": {}},
        {"class_name": "Functional", "config": {"layers": [{"class_name": "Lambda", "config": {}}]}},
        {"class_name": "Dense", "config": {"activation": {"class_name": "__lambda__", "config": {}}}},
    ],
)
def test_python_code_is_refused_however_deep(tmp_path: Path, hidden: dict[str, object]) -> None:
    with pytest.raises(UserError, match=r"mine.keras has a Lambda layer.*refused"):
        models.inspect(str(write(tmp_path / "mine.keras", [*LAYERS, hidden])))


@pytest.mark.parametrize("shape", [[None, 28, 28, 1], [None, 100], [None, 96, 64, 3]])
def test_other_than_square_colour_images_are_refused(tmp_path: Path, shape: list[int | None]) -> None:
    layers = [{"class_name": "InputLayer", "config": {"batch_shape": shape}}]
    with pytest.raises(UserError, match="square colour images"):
        keras_files.read(write(tmp_path / "mine.keras", layers))


def test_a_model_for_images_of_any_side(tmp_path: Path) -> None:
    layers = [{"class_name": "InputLayer", "config": {"batch_shape": [None, None, None, 3]}}]
    assert keras_files.read(write(tmp_path / "mine.keras", layers)).side == 0


def test_damaged_files_are_told(tmp_path: Path) -> None:
    whole = write(tmp_path / "whole.keras").read_bytes()
    (tmp_path / "cut.keras").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "text.keras").write_text("not a zip")
    with zipfile.ZipFile(tmp_path / "empty.keras", "w"):
        pass
    write(tmp_path / "odd.keras", "not layers")
    for name in ("cut", "text", "empty", "odd"):
        with pytest.raises(UserError, match=f"{name}.keras is damaged or not one that Keras 3 has saved"):
            models.inspect(str(tmp_path / f"{name}.keras"))


def test_what_keras_builds_needs_no_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    info = models.inspect("keras:vgg16")
    assert (info.architecture, info.path, info.parameters) == ("keras-cnn", "keras:vgg16", 14_714_688)
    assert models.obtain("keras:vgg16") == tmp_path / "models"
    for look in (models.inspect, models.locate, models.obtain):
        with pytest.raises(UserError, match=r"no Keras base “keras:alexnet”; there are: keras:vgg16, "):
            look("keras:alexnet")
    with pytest.raises(UserError, match="There is no model"):
        models.obtain("some/where.keras")  # which is not asked of the Hugging Face Hub


def test_the_starter_is_known_by_its_name_and_by_its_folder() -> None:
    folder = starters.get(keras_bases.STARTER)
    for name in (keras_bases.STARTER, str(folder)):
        info = models.inspect(name)
        assert (info.architecture, info.model_type) == ("keras-cnn", "EfficientNet-Lite0")
        assert (info.path, info.parameters, info.side) == (str(folder), 3_413_024, 224)


def test_what_is_offered_for_an_architecture() -> None:
    offered = models.offered(("keras-cnn",))
    assert offered[:2] == ["efficientnet-lite0", "keras:vgg16"]
    assert set(offered) == set(keras_bases.BASES)
    assert models.offered(("causal-lm",)) == ["smollm2-135m-instruct"]
