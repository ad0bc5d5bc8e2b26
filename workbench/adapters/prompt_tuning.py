"""Prompt tuning: trained embeddings before every text (Lester et al., arXiv 2104.08691)."""

from collections.abc import Mapping
from typing import Annotated, Any

from workbench.adapters import layers, virtual
from workbench.core import options as core_options
from workbench.core.i18n import mark
from workbench.core.registry import Adapter


class Options(core_options.Options, frozen=True):
    """Settings of prompt tuning."""

    tokens: Annotated[int, virtual.TOKENS] = 20
    start: Annotated[str, virtual.START_TEXT] = virtual.START


def count(shapes: Mapping[str, tuple[int, ...]], options: Options) -> int:
    """Return tokens * width, and a classifier's pooler."""
    return layers.pooler(shapes) + options.tokens * virtual.width(shapes)


def attach(model: Any, options: Options, name: str) -> Any:
    """Put fresh virtual tokens before what a model reads; the head of a classifier is trained as a whole."""
    from peft import PromptTuningConfig, get_peft_model
    from torch import no_grad, tensor

    ids = virtual.of_text(model, options.start, options.tokens)
    peft = get_peft_model(model, PromptTuningConfig(**virtual.config(model, options.tokens)), adapter_name=name)
    with no_grad():
        start = model.get_input_embeddings()(tensor(ids, device=model.device))
        peft.prompt_encoder[name].embedding.weight.copy_(start)
    return peft


ADAPTER = Adapter(
    name="prompt-tuning",
    label=mark("Prompt tuning"),
    help=mark(
        "Trains a few words that nobody wrote, put before every text. The smallest adapter; wants a large model."
    ),
    options=Options,
    count=count,
    attach=attach,
    architectures=("causal-lm", "sequence-classifier"),
    merges=False,
    misfit=virtual.misfit,
)
