"""P-tuning: embeddings before every text that a small network makes (Liu et al., arXiv 2103.10385)."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from workbench.adapters import layers, virtual
from workbench.core import options as core_options
from workbench.core.i18n import mark
from workbench.core.options import option
from workbench.core.registry import Adapter


class Options(core_options.Options, frozen=True):
    """Settings of P-tuning."""

    tokens: Annotated[int, virtual.TOKENS] = 20
    hidden_size: Annotated[
        int,
        option(
            mark("Width of the network"),
            mark("Of the small network that makes the virtual tokens; it is needed in training only."),
            source=mark("PEFT's examples: 128"),
            low=1,
            high=4096,
        ),
    ] = 128
    encoder: Annotated[
        Literal["mlp", "lstm"],
        option(
            mark("Network"),
            mark("“lstm” reads the virtual tokens one after another as in the paper, “mlp” is faster and steadier."),
            source=mark("arXiv 2103.10385, section 2.2; PEFT's default: MLP"),
        ),
    ] = "mlp"


def count(shapes: Mapping[str, tuple[int, ...]], options: Options) -> int:
    """Return the parameters of embeddings and network, and of a classifier's pooler."""
    wide, inner = virtual.width(shapes), options.hidden_size
    if options.encoder == "mlp":
        network = (wide + 1) * inner + (inner + 1) * inner + (inner + 1) * wide
    else:
        lstm = 8 * inner * (wide + inner + 2) + 8 * inner * (3 * inner + 2)  # two layers, each in both directions
        network = lstm + (2 * inner + 1) * 2 * inner + (2 * inner + 1) * wide
    return layers.pooler(shapes) + options.tokens * wide + network


def attach(model: Any, options: Options, name: str) -> Any:
    """Put fresh virtual tokens before what a model reads; the head of a classifier is trained as a whole."""
    from peft import PromptEncoderConfig, get_peft_model

    config = PromptEncoderConfig(
        encoder_reparameterization_type=options.encoder.upper(),
        encoder_hidden_size=options.hidden_size,
        **virtual.config(model, options.tokens),
    )
    return get_peft_model(model, config, adapter_name=name)


ADAPTER = Adapter(
    name="p-tuning",
    label=mark("P-tuning"),
    help=mark("Prompt tuning whose virtual tokens come from a small network, which makes them easier to train."),
    options=Options,
    count=count,
    attach=attach,
    architectures=("causal-lm", "sequence-classifier"),
    merges=False,
    misfit=virtual.misfit,
)
