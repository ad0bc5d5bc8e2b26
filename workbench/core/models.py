"""Base models as files: where they are, what they are, whether they may be used. No weights are loaded."""

import json
import math
import re
from collections.abc import Collection
from pathlib import Path
from typing import Any

import msgspec

from workbench.core import (
    hub_download,
    hub_models,
    keras_bases,
    keras_files,
    model_refusals,
    safetensors_files,
    starters,
    vision_models,
)
from workbench.core.errors import UserError
from workbench.core.hub_download import Progress
from workbench.core.i18n import tr
from workbench.core.registry import Architecture

_CARD = re.compile(r"\A---\s*\n(.*?)\n---", re.DOTALL)
_LICENCE = re.compile(r"^(license(?:_name)?):[ \t]*[\"']?([^\s\"']+)", re.MULTILINE)


class ModelInfo(msgspec.Struct, frozen=True, kw_only=True):
    """What the files of a model tell.

    Attributes:
        path: Where it is: a folder, a ``.keras`` file, or the name of a base that Keras builds (``keras:vgg16``).
        licence: As its card (README.md) names it; "" if nothing says it.
        shapes: Shape of every weight by name, from the safetensors headers; none for models of Keras.
        bytes_per_parameter: Of the stored weights (2 for bf16).
        side: Length in pixels of the square images that an image model is made for; 0 if it is not known.
        patches: Tokens that an image is to an image classifier.
    """

    name: str
    path: str
    architecture: Architecture
    model_type: str
    parameters: int
    bytes_per_parameter: float
    layers: int = 0
    hidden_size: int = 0
    vocabulary: int = 0
    max_length: int = 0
    chat: bool = False
    side: int = 0
    patches: int = 0
    licence: str = ""
    shapes: dict[str, tuple[int, ...]] = {}


def offered(architectures: Collection[str]) -> list[str]:
    """Return the models of some architectures that need only be named: starters, and what Keras can build."""
    built = keras_bases.APPLICATIONS if "keras-cnn" in architectures else {}
    return [*starters.fitting(architectures), *built]


def locate(name: str) -> Path:
    """Return where a model's files are: those of a starter, of a local folder or a Hugging Face id already downloaded.

    A ``.keras`` file is its own place, also when it is named by the folder that holds nothing else of the sort. What
    Keras builds needs no files; its weights are where Keras keeps them.

    Raises:
        UserError: It is not on this computer.
    """
    if name.startswith(keras_bases.PREFIX):
        keras_bases.application(name)
        return keras_bases.downloads()
    if name in starters.MODELS:
        folder = starters.model_folder(name)
        if not starters.is_ready(name):
            raise UserError(
                tr(
                    "The starter model “{name}” is not here yet. Get it first: workbench starter get {name}",
                    name=name,
                )
            )
        return folder
    place = Path(name).expanduser()
    if place.is_dir():
        return (keras_files.only_one(place) or place).resolve()
    if place.is_file() and place.suffix == keras_files.SUFFIX:
        return place.resolve()
    return _downloaded(name)


def _downloaded(name: str) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:  # which of its files are there is looked at by `inspect`: others may have downloaded fewer or more
        return Path(snapshot_download(name, allow_patterns=[model_refusals.CONFIG], local_files_only=True))
    except (LocalEntryNotFoundError, HFValidationError, FileNotFoundError) as error:
        raise UserError(
            tr(
                "There is no model “{name}” on this computer: no starter, no folder, nothing downloaded.",
                name=name,
            ),
            str(error),
        ) from error


def download(name: str, progress: Progress | None = None) -> Path:
    """Download a model of the Hugging Face Hub, weights as safetensors only; takes up where it was interrupted.

    Args:
        name: ``owner/name``.
        progress: Told how far it is.

    Raises:
        UserError: There is no such model, it cannot be used (said before its weights are fetched), or no network.
    """
    return hub_download.download(hub_models.describe(name), progress)


def is_hub_name(name: str) -> bool:
    """Return whether a name is one that the Hugging Face Hub may know: neither a starter nor a file or folder."""
    is_here = name in starters.MODELS or name.startswith((".", "/", "~", keras_bases.PREFIX)) or Path(name).exists()
    return not is_here and name.count("/") == 1 and not name.endswith(keras_files.SUFFIX)


def is_whole(name: str) -> bool:
    """Return whether a model is on this computer with all its weights."""
    try:
        return bool(safetensors_files.read(locate(name)).shapes)
    except UserError:
        return False


def obtain(name: str, progress: Progress | None = None) -> Path:
    """Return the folder of a model as `locate` does; a Hugging Face id that is not here whole is downloaded first.

    Raises:
        UserError: It is not here and cannot be downloaded.
    """
    return download(name, progress) if is_hub_name(name) and not is_whole(name) else locate(name)


def inspect(name: str) -> ModelInfo:
    """Read what a model is from its configuration and the headers of its weights.

    Raises:
        UserError: It is not here, or its files are of a kind that is refused (pickled weights, a missing shard).
    """
    folder = locate(name)
    if name in keras_bases.APPLICATIONS:
        return _keras(name, name, keras_bases.APPLICATIONS[name])
    if folder.suffix == keras_files.SUFFIX:
        return _keras_file(name, folder)
    config = _config(folder)
    if config.get("model_type") in keras_bases.BASES:
        return _keras(name, str(folder), keras_bases.BASES[config["model_type"]])
    if reason := model_refusals.by_files(folder, _names(folder)) or model_refusals.by_config(folder, config):
        raise UserError(reason)
    weights = safetensors_files.read(folder)
    if reason := model_refusals.by_weights(folder, config, weights.shapes):
        raise UserError(reason)
    parameters = sum(math.prod(shape) for shape in weights.shapes.values())
    return ModelInfo(
        name=name,
        path=str(folder),
        architecture=model_refusals.architecture(config),
        model_type=config.get("model_type", ""),
        parameters=parameters,
        bytes_per_parameter=weights.bytes / max(parameters, 1),
        layers=vision_models.layers(config),
        hidden_size=vision_models.width(config),
        vocabulary=config.get("vocab_size", 0),
        max_length=config.get("max_position_embeddings", 0),
        chat=(folder / "chat_template.jinja").exists() or "chat_template" in _text(folder / "tokenizer_config.json"),
        side=vision_models.side(config),
        patches=vision_models.patches(config),
        licence=licence(name, folder),
        shapes=weights.shapes,
    )


def licence(name: str, folder: Path) -> str:
    """Return the licence of a model: of a starter, or what its card names; "" if nothing says it."""
    if name in starters.MODELS:
        return starters.MODELS[name].licence
    card = _CARD.match(_text(folder / "README.md"))
    told = dict(_LICENCE.findall(card[1])) if card else {}
    return str(told.get("license_name") if told.get("license") == "other" else told.get("license") or "")


def _keras(name: str, path: str, base: keras_bases.KerasBase) -> ModelInfo:
    return ModelInfo(
        name=name,
        path=path,
        licence=starters.MODELS[name].licence if name in starters.MODELS else "",
        architecture="keras-cnn",
        model_type=base.label,
        parameters=base.parameters,
        bytes_per_parameter=4,
        layers=base.layers,
        side=base.side,
    )


def _keras_file(name: str, file: Path) -> ModelInfo:
    found = keras_files.read(file)
    return ModelInfo(
        name=name,
        path=str(file),
        architecture="keras-cnn",
        model_type=found.name,
        parameters=found.parameters,
        bytes_per_parameter=4,
        side=found.side,
    )


def _text(path: Path) -> str:
    return path.read_text("utf-8", errors="replace") if path.exists() else ""


def _config(folder: Path) -> dict[str, Any]:
    """Read config.json; where there is none, the names of the files may tell why."""
    path = folder / model_refusals.CONFIG
    if not path.is_file():
        raise UserError(model_refusals.by_files(folder, _names(folder), _base(folder)))
    try:
        return msgspec.convert(json.loads(path.read_text("utf-8")), dict[str, Any])
    except (OSError, ValueError, msgspec.ValidationError) as error:
        raise UserError(model_refusals.without_config(folder), str(error)) from error


def _names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.is_file()]


def _base(folder: Path) -> str:
    """Return the model that an adapter was made for."""
    try:
        told = json.loads(_text(folder / model_refusals.ADAPTER_CONFIG))
    except ValueError:
        return ""
    return str(told.get("base_model_name_or_path") or "") if isinstance(told, dict) else ""
