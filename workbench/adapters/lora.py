"""LoRA: a low-rank update beside each frozen linear layer (Hu et al., arXiv 2106.09685, equation 3)."""

from collections.abc import Mapping
from typing import Annotated, Any

from workbench.adapters import layers
from workbench.core import options as core_options
from workbench.core.i18n import mark
from workbench.core.options import option
from workbench.core.registry import Adapter


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
    targets: Annotated[layers.Which, layers.WHICH] = "all-linear"


def count(shapes: Mapping[str, tuple[int, ...]], options: Options) -> int:
    """Return rank * (inputs + outputs), summed over the adapted layers, and a classifier's pooler."""
    return layers.pooler(shapes) + sum(options.rank * sum(shape) for shape in layers.linear(shapes, options.targets))


def attach(model: Any, options: Options, name: str) -> Any:
    """Put a fresh LoRA adapter on a model; the head of a classifier is trained as a whole."""
    from peft import LoraConfig, get_peft_model

    config = LoraConfig(
        r=options.rank,
        lora_alpha=options.alpha,
        lora_dropout=options.dropout,
        target_modules=layers.linear_modules(model, options.targets),
        **layers.head_settings(model),
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
