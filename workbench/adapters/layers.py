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


def _is_pooler(name: str) -> bool:
    return "pooler" in name.split(".")


def pooler(shapes: Shapes) -> int:
    """Return the number of parameters of a classifier's pooler.

    The last layer of a classifier is not in it: how many classes there are is not known to its base.
    """
    return sum(math.prod(shape) for name, shape in shapes.items() if _is_pooler(name))


def linear(shapes: Shapes, which: Which) -> list[tuple[int, ...]]:
    """Return the shapes of the linear layers of a model's body."""
    layers = [
        (name.removesuffix(".weight").rsplit(".", 1)[-1], shape)
        for name, shape in shapes.items()
        if name.endswith(".weight") and len(shape) == 2 and "embed" not in name and not is_head(name)
    ]
    return [shape for name, shape in layers if which == "all-linear" or name in ATTENTION]


def head_settings(model: Any) -> dict[str, Any]:
    """Return what PEFT must know of the kind of a model; the head of a classifier is trained as a whole."""
    from peft import TaskType

    from workbench.engine.models import head_modules, is_classifier, sees

    if not is_classifier(model):
        return {"task_type": TaskType.CAUSAL_LM}
    # PEFT's class for sequence classifiers wants tokens, so what sees images gets the general one
    return {"modules_to_save": head_modules(model), "task_type": None if sees(model) else TaskType.SEQ_CLS}


def linear_modules(model: Any, which: Which) -> str | list[str]:
    """Return what the adapter goes on, as PEFT wants to have it; never a part of a classifier's head.

    Raises:
        UserError: The model has no attention of a known name.
    """
    from torch.nn import Linear

    from workbench.engine.models import is_classifier

    if which == "all-linear" and not is_classifier(model):
        return "all-linear"
    names = [name for name, module in body_modules(model) if isinstance(module, Linear)]
    wanted = [name for name in names if which == "all-linear" or name.rsplit(".", 1)[-1] in ATTENTION]
    if not wanted:
        raise UserError(tr("This model has no layers that LoRA knows as attention. Choose all linear layers."))
    return wanted


def body_modules(model: Any) -> list[tuple[str, Any]]:
    """Return the modules of a loaded model by name, without those of a classifier's head."""
    from workbench.engine.models import head_modules, is_classifier

    heads = head_modules(model) if is_classifier(model) else []
    inside = tuple(f"{head}." for head in heads)
    return [
        (name, module) for name, module in model.named_modules() if name not in heads and not name.startswith(inside)
    ]
