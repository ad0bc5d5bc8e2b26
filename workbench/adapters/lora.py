"""LoRA: a low-rank update beside each frozen linear layer (Hu et al., arXiv 2106.09685, equation 3)."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from workbench.core import options as core_options
from workbench.core.i18n import mark
from workbench.core.options import option
from workbench.core.registry import Adapter

ATTENTION = ("q_proj", "k_proj", "v_proj", "o_proj", "query", "key", "value", "qkv_proj", "c_attn")


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
        if name.endswith(".weight") and len(shape) == 2 and "embed" not in name and not name.startswith("lm_head")
    ]
    return [shape for name, shape in layers if options.targets == "all-linear" or name in ATTENTION]


def count(shapes: Mapping[str, tuple[int, ...]], options: Options) -> int:
    """Return rank * (inputs + outputs), summed over the adapted layers."""
    return sum(options.rank * sum(shape) for shape in _targets(shapes, options))


def attach(model: Any, options: Options, name: str) -> Any:
    """Put a fresh LoRA adapter on a causal language model."""
    from peft import LoraConfig, TaskType, get_peft_model

    present = {module_name.rsplit(".", 1)[-1] for module_name, _ in model.named_modules()}
    attention = [target for target in ATTENTION if target in present]
    config = LoraConfig(
        r=options.rank,
        lora_alpha=options.alpha,
        lora_dropout=options.dropout,
        target_modules="all-linear" if options.targets == "all-linear" else attention,
        task_type=TaskType.CAUSAL_LM,
    )
    return get_peft_model(model, config, adapter_name=name)


ADAPTER = Adapter(
    name="lora",
    label=mark("LoRA"),
    help=mark("Trains a small addition beside each layer and leaves the model itself as it is. The best first choice."),
    options=Options,
    count=count,
    attach=attach,
)
