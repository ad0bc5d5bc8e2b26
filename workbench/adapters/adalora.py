"""AdaLoRA: LoRA whose ranks go, while it learns, to the layers that use them (Zhang et al., arXiv 2303.10512)."""

from collections.abc import Mapping
from typing import Annotated, Any

from workbench.adapters import layers
from workbench.core import options as core_options
from workbench.core.i18n import mark
from workbench.core.options import option
from workbench.core.registry import Adapter, Schedule

SURPLUS = 1.5
"""The ranks at the start are so many times those at the end (arXiv 2303.10512, section 3.3)."""


class Options(core_options.Options, frozen=True):
    """Settings of AdaLoRA."""

    rank: Annotated[
        int,
        option(
            mark("Rank at the end"),
            mark("The mean rank of the layers in the end; at the start it is one and a half times as much."),
            source=mark("arXiv 2303.10512, section 3.3"),
            low=1,
            high=256,
            basic=True,
        ),
    ] = 8
    alpha: Annotated[
        float,
        option(
            mark("Alpha"),
            mark("How strongly the adapter acts: it is scaled by alpha / rank at the start."),
            low=0.01,
            high=1024,
        ),
    ] = 16.0
    dropout: Annotated[
        float,
        option(
            mark("Dropout"),
            mark("The share of inputs that is left out at random in training, against learning by heart."),
            low=0.0,
            high=0.9,
        ),
    ] = 0.0
    start: Annotated[
        float,
        option(
            mark("Before ranks are taken away"),
            mark("The share of the steps in which every layer still has all its ranks."),
            source=mark("The authors' settings for SST-2 and MNLI: about 0.1"),
            low=0.0,
            high=0.4,
        ),
    ] = 0.1
    end: Annotated[
        float,
        option(
            mark("After ranks were taken away"),
            mark("The share of the steps, at the end, in which the ranks stay as they are."),
            source=mark("The authors' settings for SST-2 and MNLI: about 0.5"),
            low=0.0,
            high=0.5,
        ),
    ] = 0.5
    orthogonality: Annotated[
        float,
        option(
            mark("Orthogonality"),
            mark("How strongly the parts of the adapter are kept apart, so that one can go without the others."),
            source=mark("arXiv 2303.10512, equation 4: 0.1 to 0.5"),
            low=0.0,
            high=10.0,
        ),
    ] = 0.1
    targets: Annotated[layers.Which, layers.WHICH] = "all-linear"


def first_rank(options: Options) -> int:
    """Return the rank of every layer at the start: always above the mean one at the end."""
    return max(round(SURPLUS * options.rank), options.rank + 1)


def count(shapes: Mapping[str, tuple[int, ...]], options: Options) -> int:
    """Return rank * (inputs + outputs + 1) at the start, summed over the adapted layers, and a classifier's pooler."""
    sizes = (sum(shape) + 1 for shape in layers.linear(shapes, options.targets))
    return layers.pooler(shapes) + first_rank(options) * sum(sizes)


def attach(model: Any, options: Options, name: str) -> Any:
    """Put a fresh AdaLoRA adapter on a model; the head of a classifier is trained as a whole."""
    from peft import AdaLoraConfig, get_peft_model

    from workbench.engine.ranks import freeze_scale

    config = AdaLoraConfig(
        init_r=first_rank(options),
        target_r=options.rank,
        lora_alpha=options.alpha,
        lora_dropout=options.dropout,
        orth_reg_weight=options.orthogonality,
        total_step=1,  # not known before there are examples; `schedule` is told
        target_modules=layers.linear_modules(model, options.targets),
        **layers.head_settings(model),
    )
    return freeze_scale(get_peft_model(model, config, adapter_name=name))


def schedule(model: Any, options: Options, total: int) -> Schedule:
    """Follow a training; see `workbench.engine.ranks.Ranks`."""
    from workbench.engine.ranks import Ranks

    return Ranks(model, total, start=options.start, end=options.end)


ADAPTER = Adapter(
    name="adalora",
    label=mark("AdaLoRA"),
    help=mark("LoRA that finds out while it learns which layers need more of it. Pays off in longer trainings."),
    options=Options,
    count=count,
    attach=attach,
    schedule=schedule,
)
