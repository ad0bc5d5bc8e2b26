"""Files of whole Keras models (``.keras``): what they are, whether they may be loaded. Keras is not needed for it."""

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from workbench.core.errors import UserError
from workbench.core.i18n import tr

SUFFIX = ".keras"

LONGEST = 50_000_000
"""Bytes of the longest description that is read; the largest networks need about a megabyte."""

HIDDEN = ("Lambda", "__lambda__")
"""What Keras calls layers and values that are Python code."""


class KerasFile(msgspec.Struct, frozen=True):
    """What the description of a model tells.

    Attributes:
        name: The name that its maker gave it.
        side: Length in pixels of the square images that it takes; 0 if it takes any.
        parameters: Its weights, reckoned from their size in the file.
    """

    name: str
    side: int
    parameters: int


def only_one(folder: Path) -> Path | None:
    """Return the Keras model in a folder, if it holds just one and no model of another sort."""
    found = list(folder.glob(f"*{SUFFIX}"))
    return found[0] if len(found) == 1 and not (folder / "config.json").exists() else None


def read(path: Path) -> KerasFile:
    """Read what a file holds, without its weights.

    Raises:
        UserError: It is damaged, holds code of its own, or is no model of colour images.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            described = archive.getinfo("config.json")
            if described.file_size > LONGEST:
                raise ValueError("config.json is too long")
            config = json.loads(archive.read(described))
            size = archive.getinfo("model.weights.h5").file_size
        name, shape = str(config["config"]["name"]), _input_shape(config)
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        raise UserError(
            tr("The Keras model {file} is damaged or not one that Keras 3 has saved.", file=path.name), str(error)
        ) from error
    refuse_code(config, path)
    if len(shape) != 4 or shape[3] != 3 or shape[1] != shape[2]:
        raise UserError(
            tr("The model {file} does not take square colour images, so it can be no base here.", file=path.name),
            str(shape),
        )
    return KerasFile(name, shape[1] or 0, size // 4)


def refuse_code(config: Any, path: Path) -> None:
    """Refuse a model whose description holds Python code.

    Raises:
        UserError: It does.
    """
    if any(found in HIDDEN for found in _class_names(config)):
        raise UserError(
            tr(
                "The model {file} has a Lambda layer, which is code that would run when it is loaded; it is refused. "
                "Save the model without Lambda layers.",
                file=path.name,
            )
        )


def _class_names(value: Any) -> Iterator[str]:
    """Yield every name of a class in a description, however deep."""
    waiting = [value]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            if isinstance(value.get("class_name"), str):
                yield value["class_name"]
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)


def _input_shape(config: dict[str, Any]) -> list[int | None]:
    """Return the shape of the first input, the number of images first."""
    first = config["config"]["layers"][0]["config"]
    shape: list[int | None] = first.get("batch_shape") or first["batch_input_shape"]
    return shape
