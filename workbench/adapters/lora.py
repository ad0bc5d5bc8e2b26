"""LoRA: a low-rank update beside each frozen linear layer (Hu et al., arXiv 2106.09685, equation 3)."""

import math
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from workbench.core import options as core_options
from workbench.core.errors import UserError
from workbench.core.i18n import mark, tr
from workbench.core.options import option
from workbench.core.registry import Adapter

ATTENTION = (
    *("q_proj", "k_proj", "v_proj", "o_proj", "qkv_proj", "c_attn"),
    *("query", "key", "value", "query_proj", "key_proj", "value_proj", "q_lin", "k_lin", "v_lin", "Wqkv"),
)
"""What layers of attention are called in the families of models."""

HEADS = ("lm_head", "cls.", "lm_predictions", "classifier", "score")
"""What begins the names of weights that are no part of a model's body."""


class Options(core_options.Options, frozen=True):
    """Settings of LoRA."""

    rank: Annotated[
        int,
        option(
            mark("LoRA rank"),
            mark("How much the adapter can learn: a higher rank learns more and takes more memory."),
            source=mark("arXiv 2106.09685, section 7.2"),
            low=1,
            high=512,
            basic=True,
        ),
    ] = 8
    alpha: Annotated[
        float,
        option(
            mark("Alpha"),
            mark("How strongly the adapter acts: it is scaled by alpha / rank. Twice the rank is a usual choice."),
            source=mark("arXiv 2106.09685, section 4.1"),
            low=0.01,
            high=1024,
        ),
    ] = 16.0
    dropout: Annotated[
        float,
        option(
            mark("Dropout"),
            mark("The share of inputs that is left out at random in training, against learning by heart."),
            source=mark("arXiv 2305.14314, appendix B (0.05 up to 33B)"),
            low=0.0,
            high=0.9,
        ),
    ] = 0.0
    targets: Annotated[
        Literal["all-linear", "attention"],
        option(
            mark("Layers"),
            mark("Which layers get an adapter: all linear ones learn best, attention alone is smaller."),
            source=mark("arXiv 2305.14314, section 4"),
        ),
    ] = "all-linear"


def _targets(shapes: Mapping[str, tuple[int, ...]], options: Options) -> list[tuple[int, ...]]:
    layers = [
        (name.removesuffix(".weight").rsplit(".", 1)[-1], shape)
        for name, shape in shapes.items()
        if name.endswith(".weight") and len(shape) == 2 and "embed" not in name and not _is_head(name)
    ]
    return [shape for name, shape in layers if options.targets == "all-linear" or name in ATTENTION]


def _is_head(name: str) -> bool:
    return name.startswith(HEADS) or _is_pooler(name)


def _is_pooler(name: str) -> bool:
    return "pooler" in name.split(".")


def count(shapes: Mapping[str, tuple[int, ...]], options: Options) -> int:
    """Return rank * (inputs + outputs), summed over the adapted layers, and a classifier's pooler.

    The last layer of a classifier is not in it: how many classes there are is not known to its base.
    """
    pooler = sum(math.prod(shape) for name, shape in shapes.items() if _is_pooler(name))
    return pooler + sum(options.rank * sum(shape) for shape in _targets(shapes, options))


def attach(model: Any, options: Options, name: str) -> Any:
    """Put a fresh LoRA adapter on a language model; the head of a classifier is trained as a whole."""
    from peft import LoraConfig, TaskType, get_peft_model

    from workbench.engine.models import head_modules, is_classifier

    heads = head_modules(model) if is_classifier(model) else []
    config = LoraConfig(
        r=options.rank,
        lora_alpha=options.alpha,
        lora_dropout=options.dropout,
        target_modules=_modules(model, options, heads),
        modules_to_save=heads or None,
        task_type=TaskType.SEQ_CLS if heads else TaskType.CAUSAL_LM,
    )
    return get_peft_model(model, config, adapter_name=name)


def _modules(model: Any, options: Options, heads: list[str]) -> str | list[str]:
    """Return what the adapter goes on, as PEFT wants to have it; never a part of a classifier's head."""
    from torch.nn import Linear

    if options.targets == "all-linear" and not heads:
        return "all-linear"
    inside = tuple(f"{head}." for head in heads)
    linear = [
        name
        for name, module in model.named_modules()
        if isinstance(module, Linear) and name not in heads and not name.startswith(inside)
    ]
    wanted = [name for name in linear if options.targets == "all-linear" or name.rsplit(".", 1)[-1] in ATTENTION]
    if not wanted:
        raise UserError(tr("This model has no layers that LoRA knows as attention. Choose all linear layers."))
    return wanted


ADAPTER = Adapter(
    name="lora",
    label=mark("LoRA"),
    help=mark("Trains a small addition beside each layer and leaves the model itself as it is. The best first choice."),
    options=Options,
    count=count,
    attach=attach,
)
