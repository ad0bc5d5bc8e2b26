"""Weights of a base from a file or from Keras's own store; nothing in a file is ever run."""

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import h5py
import keras

from workbench.core import keras_files
from workbench.core.errors import UserError
from workbench.core.i18n import tr
from workbench.core.keras_bases import STARTER
from workbench.core.model_refusals import PICKLED

PATIENCE = 20.0
"""Seconds without an answer after which a download is given up."""

UNREACHED = "URL fetch failure"
"""How Keras begins to say that a download failed; it raises a plain `Exception`."""


def load(model: keras.Model, path: Path) -> None:
    """Give a base the weights of a file: ``.weights.h5``, ``.h5`` or ``.keras``; those of a top are left out.

    Raises:
        UserError: There is no such file, it is of a kind that is refused, or its weights are for another network.
    """
    _check(path)
    try:
        if _is_legacy(path):
            model.load_weights(path, by_name=_has_all_names(model, path))
        else:
            model.load_weights(path)
    except (ValueError, KeyError, OSError) as error:
        raise UserError(
            tr("The weights in {file} are not those of “{base}”.", file=path.name, base=model.name), str(error)
        ) from error


def load_model(path: Path) -> keras.Model:
    """Load a whole model, with safe mode on.

    Raises:
        UserError: It is damaged or holds code of its own.
    """
    keras_files.read(path)
    try:
        return keras.saving.load_model(path, compile=False, safe_mode=True)
    except (ValueError, KeyError, TypeError, OSError) as error:
        raise UserError(tr("Keras cannot load the model {file}.", file=path.name), str(error)) from error


def imagenet(make: Callable[[], keras.Model], label: str) -> keras.Model:
    """Make a network of `keras.applications` with its ImageNet weights, which Keras downloads once.

    Raises:
        UserError: They are not on this computer and cannot be downloaded.
    """
    try:
        with _patience():
            return make()
    except Exception as error:
        if not isinstance(error, OSError) and not str(error).startswith(UNREACHED):
            raise
        raise UserError(
            tr(
                "The ImageNet weights of {base} could not be downloaded. Check the network, or choose the base "
                "“{starter}”, which needs none, a file of weights, or no weights (“none”).",
                base=label,
                starter=STARTER,
            ),
            str(error),
        ) from error


@contextmanager
def _patience() -> Iterator[None]:
    """Let connections fail when nothing answers; Keras would wait for ever."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(PATIENCE)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


def _check(path: Path) -> None:
    if path.suffix in PICKLED:
        raise UserError(
            tr(
                "The weights in {file} are pickled, which can run hidden code; they are refused. "
                "Use a .weights.h5, .h5 or .keras file.",
                file=path.name,
            )
        )
    if not path.is_file() or path.suffix not in (".h5", ".hdf5", keras_files.SUFFIX):
        raise UserError(
            tr(
                "There are no weights at “{path}”. Give the path of a .weights.h5, .h5 or .keras file.",
                path=path,
            )
        )
    if path.suffix == keras_files.SUFFIX:
        keras_files.read(path)
    elif _is_legacy(path):
        with _opened(path) as file:
            keras_files.refuse_code(json.loads(file.attrs.get("model_config", "{}")), path)


def _is_legacy(path: Path) -> bool:
    """Return whether a file is of the kind that Keras wrote before version 3, as its own ImageNet weights are."""
    return path.suffix in (".h5", ".hdf5") and not path.name.endswith(".weights.h5")


def _has_all_names(model: keras.Model, path: Path) -> bool:
    """Return whether every layer with weights is in a file by its name, as it is beside the layers of a top."""
    with _opened(path) as file:
        stored = file.get("model_weights", file)
        names = {name.decode() if isinstance(name, bytes) else name for name in stored.attrs.get("layer_names", [])}
    return {layer.name for layer in model.layers if layer.weights} <= names


def _opened(path: Path) -> h5py.File:
    try:
        return h5py.File(path, "r")
    except OSError as error:
        raise UserError(
            tr("The weights file {file} is damaged or cut off. Copy or download it again.", file=path.name), str(error)
        ) from error
