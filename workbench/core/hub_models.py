"""Models of the Hugging Face Hub: found, and described before a byte of their weights is fetched."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, get_args

import msgspec

from workbench.core import model_refusals
from workbench.core.datasets.hub_transfer import HubFile
from workbench.core.hub_errors import explained, gated
from workbench.core.i18n import tr
from workbench.core.model_refusals import CONFIG, INDEX, SINGLE
from workbench.core.registry import Architecture
from workbench.core.safetensors_files import bits

TIMEOUT = 10.0
"""Seconds that the Hub has for an answer."""

MOST = 20
"""Results of a search."""

KINDS: dict[Architecture, tuple[str, ...]] = {
    "causal-lm": ("text-generation",),
    "sequence-classifier": ("text-classification", "fill-mask"),
    "image-classifier": ("image-classification",),
}
"""What the Hub calls the tasks of models that can be used (``pipeline_tag``)."""

WANTED = (SINGLE, "model-*-of-*.safetensors", "*.json", "*.jinja", "*.model", "*.txt", "README.md", "LICENSE*")
"""What is downloaded of the files at the top of a repository: weights as safetensors, and texts. Nothing of folders:
there lie copies for other programs."""

_ASKED = ["cardData", "config", "downloads", "gated", "likes", "pipeline_tag", "safetensors", "sha", "tags"]


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A model that a search gave.

    Attributes:
        name: ``owner/name``.
        licence: As the Hub names it; "" if it does not.
        bytes: Of its weights, about; 0 if the Hub does not say.
        gated: Whether its terms must be accepted on the Hub first.
        kind: The Hub's name of what it does (``text-generation``).
    """

    name: str
    licence: str = ""
    bytes: int = 0
    parameters: int = 0
    downloads: int = 0
    likes: int = 0
    gated: bool = False
    kind: str = ""


class Described(Found, frozen=True, kw_only=True):
    """What the Hub says of a model.

    Attributes:
        bytes: Of all that would be downloaded.
        revision: The commit that its files are taken from.
        licence_link: Where the licence can be read.
        architecture: What kind of model it is; "" if it has no config.json that can be read.
        family: Its ``model_type``.
        files: All that would be downloaded.
        refusal: Why it cannot be used, as a sentence; "" if it can.
    """

    revision: str
    licence_link: str = ""
    architecture: str = ""
    family: str = ""
    files: list[HubFile] = []
    refusal: str = ""


def search(text: str, architectures: Collection[str] = get_args(Architecture)) -> list[Found]:
    """Find models whose name holds a text and that can be used; those most downloaded first.

    Args:
        text: What to look for; "" finds the most downloaded ones.
        architectures: What kinds of models are wanted.

    Raises:
        UserError: The Hub cannot be reached.
    """
    kinds = [kind for architecture in KINDS if architecture in architectures for kind in KINDS[architecture]]
    with answered(text):
        models = [model for kind in kinds for model in _listed(text.strip(), kind)]
    found = [_found(model) for model in models if not _is_unfit(model)]
    return sorted(found, key=lambda model: -model.downloads)[:MOST]


def _listed(text: str, kind: str) -> list[Any]:
    """Ask for models of one kind. `HfApi.list_models` asks the same, but would wait for an answer for ever."""
    from huggingface_hub import ModelInfo, constants, get_session
    from huggingface_hub.utils._headers import build_hf_headers
    from huggingface_hub.utils._http import hf_raise_for_status

    asked: dict[str, Any] = {
        "filter": ["safetensors", "transformers"],
        "pipeline_tag": kind,
        "sort": "downloads",
        "limit": MOST * 2,  # those that cannot be used are left out afterwards
        "expand": _ASKED,
    }
    if text:
        asked["search"] = text
    address = f"{constants.ENDPOINT}/api/models"
    answer = get_session().get(address, params=asked, headers=build_hf_headers(), timeout=TIMEOUT)
    hf_raise_for_status(answer)
    read: Any = ModelInfo
    return [read(**model) for model in answer.json()]


def _is_unfit(model: Any) -> bool:
    tags = set(model.tags or ())
    return bool(tags & {"custom_code", "peft", "gguf"} or model_refusals.by_config(model.id, model.config or {}))


def _found(model: Any) -> Found:
    weights = model.safetensors
    sizes: Mapping[str, int] = weights.parameters if weights else {}
    return Found(
        name=model.id,
        licence=_licence(model.card_data),
        bytes=sum(count * bits(dtype) // 8 for dtype, count in sizes.items()),
        parameters=weights.total if weights else 0,
        downloads=model.downloads or 0,
        likes=model.likes or 0,
        gated=bool(model.gated),
        kind=model.pipeline_tag or "",
    )


def describe(name: str) -> Described:
    """Ask the Hub what a model is; one that cannot be used is described too, with the reason.

    Args:
        name: ``owner/name``.

    Raises:
        UserError: The Hub cannot be reached, or there is no such model.
    """
    from huggingface_hub import HfApi

    with answered(name):
        model = HfApi().model_info(name, files_metadata=True, timeout=TIMEOUT)
        names = {file.rfilename for file in model.siblings or () if "/" not in file.rfilename}
        files = _wanted(model.siblings or ())
        config, refusal = _config(model, names)
    told = msgspec.structs.asdict(_found(model))
    base = getattr(model.card_data, "base_model", None)
    refusal = refusal or model_refusals.by_files(name, names, base if isinstance(base, str) else "")
    return Described(
        **{**told, "bytes": sum(file.size for file in files)},
        revision=model.sha or "main",
        licence_link=_licence_link(model, names),
        architecture=model_refusals.architecture(config) if config else "",
        family=str(config.get("model_type") or ""),
        files=files,
        refusal=refusal or (model_refusals.by_config(name, config) if config else ""),
    )


def _config(model: Any, names: Collection[str]) -> tuple[Mapping[str, Any], str]:
    """Return what config.json holds, nothing if there is none; and why it is not given, "" if it is."""
    from huggingface_hub import constants, get_session, hf_hub_url
    from huggingface_hub.errors import GatedRepoError
    from huggingface_hub.utils._headers import build_hf_headers
    from huggingface_hub.utils._http import hf_raise_for_status

    if CONFIG not in names:
        return {}, ""
    address = hf_hub_url(model.id, CONFIG, revision=model.sha, endpoint=constants.ENDPOINT)
    answer = get_session().get(address, headers=build_hf_headers(), timeout=TIMEOUT)
    try:
        hf_raise_for_status(answer)
        return msgspec.json.decode(answer.content, type=dict[str, Any]), ""
    except GatedRepoError:
        return {}, gated(model.id)
    except msgspec.DecodeError:
        return {}, model_refusals.without_config(model.id)


def _wanted(listed: Sequence[Any]) -> list[HubFile]:
    """Return what is to be downloaded; where the weights are there in one file, not their parts too."""
    names = {file.rfilename for file in listed}
    wanted = [
        HubFile(
            path=file.rfilename,
            target=file.rfilename,
            size=file.size or 0,
            sha256=file.lfs.sha256 if file.lfs else "",
        )
        for file in listed
        if "/" not in file.rfilename and any(fnmatch(file.rfilename, pattern) for pattern in WANTED)
    ]
    parts = SINGLE in names
    return [file for file in wanted if not (parts and (file.path == INDEX or fnmatch(file.path, WANTED[1])))]


def _licence(card: Any) -> str:
    told = getattr(card, "license", None) or ""
    name = getattr(card, "license_name", None) if told == "other" else None
    return ", ".join(told) if isinstance(told, list) else str(name or told)


def _licence_link(model: Any, names: Collection[str]) -> str:
    from huggingface_hub import constants

    page = f"{constants.ENDPOINT}/{model.id}"
    told = str(getattr(model.card_data, "license_link", None) or "")
    if told.startswith(("https://", "http://")):
        return told
    file = next((name for name in [told, "LICENSE", "LICENSE.md", "LICENSE.txt"] if name in names), "")
    return f"{page}/blob/{model.sha}/{file}" if file else page


@contextmanager
def answered(name: str) -> Iterator[None]:
    """Turn what is raised while the Hub is asked about a model into one sentence."""
    from huggingface_hub import constants

    missing = tr("There is no model “{name}” on Hugging Face, or it is private.", name=name)
    misnamed = tr("“{name}” cannot be a model of Hugging Face. Their names read owner/name.", name=name)
    with explained(name, Path(constants.HF_HUB_CACHE), missing=missing, misnamed=misnamed):
        yield
