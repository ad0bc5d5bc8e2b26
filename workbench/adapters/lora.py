"""LoRA: a low-rank update beside each frozen linear layer (Hu et al., arXiv 2106.09685, equation 3)."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from workbench.adapters import layers
from workbench.core import options as core_options
from workbench.core.i18n import mark
from workbench.core.options import option
from workbench.core.registry import Adapter, Schedule


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
    modules: Annotated[
        str,
        option(
            mark("Only these layers"),
            mark("Names of layers of the model, with commas between them, as q_proj, v_proj. Nothing: those above."),
            source=mark("arXiv 2106.09685, section 7.1: queries and values"),
        ),
    ] = ""
    variant: Annotated[
        Literal["lora", "dora", "rslora", "pissa"],
        option(
            mark("Variant"),
            mark(
                "“dora” trains length and direction of the weights apart: often better, slower. “rslora” lets high "
                "ranks act more strongly. “pissa” starts as the largest part of each layer, learns sooner, and takes "
                "twice the room."
            ),
            source=mark("arXiv 2106.09685; 2402.09353 (DoRA); 2312.03732 (rsLoRA); 2404.02948 (PiSSA)"),
        ),
    ] = "lora"


def _rank(options: Options) -> int:
    """Return how many ranks there are in memory."""
    return options.rank * (2 if options.variant == "pissa" else 1)


def count(shapes: Mapping[str, tuple[int, ...]], options: Options) -> int:
    """Return rank * (inputs + outputs), summed over the adapted layers, and a classifier's pooler.

    DoRA has one more number for each output, PiSSA twice the ranks.
    """
    adapted = layers.linear(shapes, options.targets, layers.listed(options.modules))
    lengths = sum(shape[0] for shape in adapted) if options.variant == "dora" else 0
    return layers.pooler(shapes) + lengths + sum(_rank(options) * sum(shape) for shape in adapted)


def attach(model: Any, options: Options, name: str) -> Any:
    """Put a fresh LoRA adapter on a model; the head of a classifier is trained as a whole.

    Raises:
        UserError: The model has no such layers.
    """
    from peft import LoraConfig, get_peft_model

    config = LoraConfig(
        r=_rank(options),
        lora_alpha=options.alpha * _rank(options) / options.rank,
        lora_dropout=options.dropout,
        use_dora=options.variant == "dora",
        use_rslora=options.variant == "rslora",
        target_modules=layers.linear_modules(model, options.targets, layers.listed(options.modules)),
        **layers.head_settings(model),
    )
    attached = get_peft_model(model, config, adapter_name=name)
    if options.variant == "pissa":
        from workbench.engine.principal import start

        start(attached, name)
    return attached


def schedule(model: Any, options: Options, total: int) -> Schedule:
    """Follow a training; see `workbench.engine.principal.SecondHalf`."""
    if options.variant != "pissa":
        return Schedule()
    from workbench.engine.principal import SecondHalf

    return SecondHalf(model)


ADAPTER = Adapter(
    name="lora",
    label=mark("LoRA"),
    help=mark("Trains a small addition beside each layer and leaves the model itself as it is. The best first choice."),
    options=Options,
    count=count,
    attach=attach,
    schedule=schedule,
)
