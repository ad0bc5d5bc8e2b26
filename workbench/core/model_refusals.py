"""Why a model cannot be used, told by the names of its files and its config.json: alike for a folder and the Hub."""

import re
from collections.abc import Collection, Mapping
from typing import Any

from workbench.core import model_families
from workbench.core.i18n import tr
from workbench.core.registry import Architecture

PICKLED = (".bin", ".pt", ".pth", ".ckpt", ".pkl")
SINGLE = "model.safetensors"
INDEX = "model.safetensors.index.json"
CONFIG = "config.json"
ADAPTER_CONFIG = "adapter_config.json"

_LAYER = re.compile(r"(?:^|\.)(?:layers?|h)\.(\d+)\.")
_WORDS = re.compile(r"(?:^|\.)(?:embed_tokens|word_embeddings|wte)\.weight$")


def architecture(config: Mapping[str, Any]) -> Architecture:
    """Return what kind of model a config.json describes; one without a known head reads."""
    names = " ".join(config.get("architectures") or [])
    if config.get("image_size") or "ImageClassification" in names:
        return "image-classifier"
    return "causal-lm" if "CausalLM" in names or "LMHead" in names else "sequence-classifier"


def by_files(folder: object, names: Collection[str], base: str = "") -> str:
    """Return why the files of a model cannot be used, "" if nothing in their names speaks against it.

    Args:
        folder: Where they are, as a person would name it.
        names: Those at the top of the folder or repository.
        base: For an adapter: the model that it was made for, if that is known.
    """
    weights = [name for name in names if name.endswith(".safetensors")]
    if ADAPTER_CONFIG in names and CONFIG not in names:
        return _adapter(folder, base)
    if not weights and (reason := _other_weights(folder, names)):
        return reason
    if CONFIG not in names:
        return without_config(folder)
    if not weights:
        return tr("There are no weights (.safetensors files) in {folder}.", folder=folder)
    if SINGLE not in names and INDEX not in names:
        return tr(
            "Of the weights in {folder} the list {index} is missing, so what is there ({files}) cannot be put "
            "together. Copy or download the whole model again.",
            folder=folder,
            index=INDEX,
            files=_listed(weights),
        )
    return ""


def _adapter(folder: object, base: str) -> str:
    if base:
        return tr(
            "{folder} holds an adapter (LoRA or the like), not a whole model. Choose the model that it was made for, "
            "“{base}”, or merge the two and save the result first.",
            folder=folder,
            base=base,
        )
    return tr(
        "{folder} holds an adapter (LoRA or the like), not a whole model. Choose the model that it was made for, "
        "or merge the two and save the result first.",
        folder=folder,
    )


def _other_weights(folder: object, names: Collection[str]) -> str:
    if pickled := [name for name in names if name.endswith(PICKLED)]:
        return tr(
            "The weights in {folder} are pickled ({files}), which can run hidden code; they are refused. "
            "Look for a version of the model with .safetensors files. If you trust whom it is from, open it once "
            "with transformers and save it with save_pretrained, which writes .safetensors.",
            folder=folder,
            files=_listed(pickled),
        )
    if gguf := [name for name in names if name.endswith(".gguf")]:
        return tr(
            "{folder} holds only GGUF files ({files}), which are for using a model, not for training it. "
            "Choose the model that they were made from, with .safetensors files.",
            folder=folder,
            files=_listed(gguf),
        )
    if other := [name for name in names if name.endswith((".h5", ".msgpack", ".onnx"))]:
        return tr(
            "The weights in {folder} are only there for other programs ({files}). "
            "Look for a version of the model with .safetensors files.",
            folder=folder,
            files=_listed(other),
        )
    return ""


def without_config(folder: object) -> str:
    """Return that there is no config.json, or none that can be read."""
    return tr("{folder} holds no readable config.json, so it is not a model that can be loaded.", folder=folder)


def _listed(names: Collection[str], most: int = 3) -> str:
    shown = sorted(names)[:most]
    return ", ".join([*shown, "…"] if len(names) > most else shown)


def by_config(folder: object, config: Mapping[str, Any]) -> str:
    """Return why a model with this config.json cannot be used, "" if nothing in it speaks against it.

    Args:
        folder: Where it is, as a person would name it.
        config: What the file holds.
    """
    family = str(config.get("model_type") or "")
    if "auto_map" in config:
        return _own_code(folder, family)
    if method := _quantised(config):
        return tr(
            "The weights in {folder} are quantised ({method}) and cannot be trained. "
            "Choose the model that they were made from, with its full weights.",
            folder=folder,
            method=method,
        )
    if config.get("is_encoder_decoder") or (family in model_families.with_two_stacks() and not _writes(config)):
        return tr(
            "The model in {folder} is an encoder-decoder (“{family}”), which cannot be trained here. "
            "Choose a model that writes (Llama, Qwen, SmolLM …) or one that reads (BERT and its kin).",
            folder=folder,
            family=family,
        )
    return _family(folder, family, architecture(config))


def _writes(config: Mapping[str, Any]) -> bool:
    return architecture(config) == "causal-lm"


def _own_code(folder: object, family: str) -> str:
    if family in model_families.known():
        return tr(
            "The model in {folder} wants to run code of its own; such models are refused. transformers knows its "
            "family “{family}” by now: if you have the files in a folder, delete “auto_map” from config.json, or look "
            "for a newer version of the model.",
            folder=folder,
            family=family,
        )
    return tr(
        "The model in {folder} wants to run code of its own; such models are refused. "
        "Choose one whose family is part of transformers.",
        folder=folder,
    )


def _quantised(config: Mapping[str, Any]) -> str:
    """Return the name of the method by which the weights were quantised, "" if they are not."""
    quantised = config.get("quantization_config")
    if quantised is None:
        return ""
    method = quantised.get("quant_method") if isinstance(quantised, Mapping) else None
    return str(method or "quantization_config")


def _family(folder: object, family: str, kind: Architecture) -> str:
    fitting = model_families.buildable(kind)
    if not fitting or family in fitting:
        return ""
    if not family:
        return tr(
            "The config.json in {folder} does not say which family the model is of (model_type), so it cannot be "
            "loaded. Copy or download the whole model again.",
            folder=folder,
        )
    if family not in model_families.known():
        return tr(
            "The model in {folder} is of a family that transformers does not know, “{family}”. Choose another one, or "
            "update the program.",
            folder=folder,
            family=family,
        )
    return tr(
        "Models of the family “{family}”, like the one in {folder}, can be made neither to write nor to sort texts or "
        "images here. Choose another one.",
        folder=folder,
        family=family,
    )


def by_weights(folder: object, config: Mapping[str, Any], shapes: Mapping[str, tuple[int, ...]]) -> str:
    """Return how the weights contradict the config.json, "" if they do not: transformers would invent what is missing.

    Args:
        folder: Where it is, as a person would name it.
        config: What config.json holds.
        shapes: Of every weight, by its name.
    """
    layers = {int(found[1]) for name in shapes if (found := _LAYER.search(name))}
    said = config.get("num_hidden_layers")
    if layers and isinstance(said, int) and len(layers) < said:
        what = tr("{said} layers are announced, {there} are there", said=said, there=len(layers))
        return _contradiction(folder, what)
    words = config.get("vocab_size")
    for name, shape in shapes.items():
        if _WORDS.search(name) and isinstance(words, int) and shape and shape[0] != words:
            what = tr(
                "a vocabulary of {said} is announced, “{weight}” has {there}", said=words, weight=name, there=shape[0]
            )
            return _contradiction(folder, what)
    return ""


def _contradiction(folder: object, what: str) -> str:
    return tr(
        "The weights in {folder} do not belong to its config.json: {what}. Copy or download the whole model again.",
        folder=folder,
        what=what,
    )
