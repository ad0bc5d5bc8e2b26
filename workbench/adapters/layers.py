"""Which layers of a model adapters go on, by the names of its weights, and by its modules once it is loaded."""

import math
from collections.abc import Mapping
from typing import Any, Literal

from workbench.core.errors import UserError
from workbench.core.i18n import mark, tr
from workbench.core.options import option

ATTENTION = (
    *("q_proj", "k_proj", "v_proj", "o_proj", "qkv_proj", "c_attn"),
    *("query", "key", "value", "query_proj", "key_proj", "value_proj", "q_lin", "k_lin", "v_lin", "Wqkv"),
)
"""What layers of attention are called in the families of models."""

HEADS = (
    *("lm_head", "cls.", "lm_predictions", "score"),
    *("classifier", "pre_classifier", "cls_classifier", "distillation_classifier"),
)
"""What begins the names of weights that are no part of a model's body."""

FEED_FORWARD_OUTPUTS = (
    *("down_proj", "fc2", "lin2", "output.dense", "ffn_output", "mlp.c_proj", "mlp.Wo"),
    *("dense_4h_to_h", "weights_out", "pwconv2"),
)
"""How the names of layers end from which the feed-forward network of a block returns, in the families of models."""

ATTENTION_OUTPUTS = (
    *("o_proj", "out_proj", "out_lin", "attn.c_proj", "attn.Wo", "attn.o"),
    *("attention.dense", "self_attn.dense", "attention.output.dense"),
)
"""The same for the attention of a block."""

TRANSPOSED = ("c_proj", "c_attn", "c_fc")
"""Layers of GPT-2, whose weights lie the other way round."""

Shapes = Mapping[str, tuple[int, ...]]
Which = Literal["all-linear", "attention"]

WHICH = option(
    mark("Layers"),
    mark("Which layers get an adapter: all linear ones learn best, attention alone is smaller."),
    source=mark("arXiv 2305.14314, section 4"),
)
"""Describes an option of the type `Which`."""


def is_head(name: str) -> bool:
    """Return whether a weight belongs to what is trained as a whole, a classifier's pooler included."""
    return name.startswith(HEADS) or _is_pooler(name)


def is_transposed(name: str) -> bool:
    """Return whether the weights of a layer may lie (inputs, outputs), as those of GPT-2 do."""
    return name.endswith(TRANSPOSED)


def is_attention_output(name: str) -> bool:
    """Return whether the attention of a block returns from a layer."""
    return f".{name}".endswith(tuple(f".{end}" for end in ATTENTION_OUTPUTS))


def is_feed_forward_output(name: str) -> bool:
    """Return whether the feed-forward network of a block returns from a layer; BERT's attention has a similar name."""
    return not is_attention_output(name) and f".{name}".endswith(tuple(f".{end}" for end in FEED_FORWARD_OUTPUTS))


def _is_pooler(name: str) -> bool:
    return "pooler" in name.split(".")


def pooler(shapes: Shapes) -> int:
    """Return the number of parameters of a classifier's pooler.

    The last layer of a classifier is not in it: how many classes there are is not known to its base.
    """
    return sum(math.prod(shape) for name, shape in shapes.items() if _is_pooler(name))


def listed(names: str) -> tuple[str, ...]:
    """Return the names of layers that a person has written with commas between them."""
    return tuple(name.strip() for name in names.split(",") if name.strip())


def _is_wanted(name: str, which: Which, only: tuple[str, ...]) -> bool:
    """Return whether a linear layer of a body is one of those asked for; ``only`` goes before ``which``."""
    if only:
        return f".{name}".endswith(tuple(f".{one}" for one in only))
    return which == "all-linear" or name.rsplit(".", 1)[-1] in ATTENTION


def linear(shapes: Shapes, which: Which, only: tuple[str, ...] = ()) -> list[tuple[int, ...]]:
    """Return the shapes of the linear layers of a model's body."""
    layers = [
        (name.removesuffix(".weight"), shape)
        for name, shape in shapes.items()
        if name.endswith(".weight") and len(shape) == 2 and "embed" not in name and not is_head(name)
    ]
    return [shape for name, shape in layers if _is_wanted(name, which, only)]


def head_settings(model: Any) -> dict[str, Any]:
    """Return what PEFT must know of the kind of a model; the head of a classifier is trained as a whole."""
    from peft import TaskType

    from workbench.engine.heads import head_modules, is_classifier, sees

    if not is_classifier(model):
        return {"task_type": TaskType.CAUSAL_LM}
    # PEFT's class for sequence classifiers wants tokens, so what sees images gets the general one
    return {"modules_to_save": head_modules(model), "task_type": None if sees(model) else TaskType.SEQ_CLS}


def linear_modules(model: Any, which: Which, only: tuple[str, ...] = ()) -> str | list[str]:
    """Return what the adapter goes on, as PEFT wants to have it; never a part of a classifier's head.

    Raises:
        UserError: The model has no attention of a known name, or none of the layers listed.
    """
    from torch.nn import Linear

    from workbench.engine.heads import is_classifier

    if which == "all-linear" and not only and not is_classifier(model):
        return "all-linear"
    linear_ones = [name for name, module in body_modules(model) if isinstance(module, Linear)]
    names = [name for name in linear_ones if "embed" not in name and not is_head(name)]
    missing = [one for one in only if not any(_is_wanted(name, which, (one,)) for name in names)]
    if missing:
        known = ", ".join(sorted({name.rsplit(".", 1)[-1] for name in names}))
        raise UserError(tr("This model has no layers “{name}”; it has: {known}.", name=missing[0], known=known))
    wanted = [name for name in names if _is_wanted(name, which, only)]
    if not wanted:
        raise UserError(tr("This model has no layers that LoRA knows as attention. Choose all linear layers."))
    return wanted


def body_modules(model: Any) -> list[tuple[str, Any]]:
    """Return the modules of a loaded model by name, without those of a classifier's head."""
    from workbench.engine.heads import head_modules, is_classifier

    heads = head_modules(model) if is_classifier(model) else []
    inside = tuple(f"{head}." for head in heads)
    return [
        (name, module) for name, module in model.named_modules() if name not in heads and not name.startswith(inside)
    ]
