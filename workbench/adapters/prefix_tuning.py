"""Prefix tuning: trained keys and values before every text, in every layer (Li and Liang, arXiv 2101.00190)."""

from collections.abc import Mapping
from typing import Annotated, Any

from workbench.adapters import layers, virtual
from workbench.core import options as core_options
from workbench.core.i18n import mark, tr
from workbench.core.registry import Adapter

REMEMBERING = ("bert", "roberta", "xlm-roberta", "camembert", "electra", "ernie", "data2vec-text")
"""Families of models that read whose attention takes keys and values from before."""


class Options(core_options.Options, frozen=True):
    """Settings of prefix tuning."""

    tokens: Annotated[int, virtual.TOKENS] = 20
    start: Annotated[str, virtual.START_TEXT] = virtual.START


def count(shapes: Mapping[str, tuple[int, ...]], options: Options) -> int:
    """Return tokens * keys and values of all layers, and a classifier's pooler."""
    return layers.pooler(shapes) + options.tokens * virtual.keys_and_values(shapes)


def misfit(info: Any) -> str:
    """Return why a model cannot have a prefix: many models that only read keep no keys and values."""
    if info.architecture == "sequence-classifier" and info.model_type not in REMEMBERING:
        return tr("This model keeps no keys and values of what it has read. Choose prompt tuning.")
    return virtual.misfit(info)


def attach(model: Any, options: Options, name: str) -> Any:
    """Put a prefix before what a model reads, the keys and values of a text; a classifier's head is trained as a whole.

    Departure from the paper: no network makes the prefix. It is there to steady a start at random (section 4.3), and
    this prefix starts as what the model itself makes of words.
    """
    from peft import PrefixTuningConfig, get_peft_model, initialize_kv_prefix_from_past_key_values
    from torch import no_grad, tensor
    from transformers import DynamicCache

    ids = virtual.of_text(model, options.start, options.tokens)
    cache = DynamicCache(config=model.config)
    with no_grad():
        body = getattr(model, model.base_model_prefix)
        body(input_ids=tensor([ids], device=model.device), past_key_values=cache, use_cache=True)
    peft = get_peft_model(model, PrefixTuningConfig(**virtual.config(model, options.tokens)), adapter_name=name)
    initialize_kv_prefix_from_past_key_values(
        peft, adapter_name=name, past_key_values=[(layer.keys, layer.values) for layer in cache.layers]
    )
    return peft


ADAPTER = Adapter(
    name="prefix-tuning",
    label=mark("Prefix tuning"),
    help=mark("Trains what every layer remembers of words that nobody wrote. Leaves the model itself as it is."),
    options=Options,
    count=count,
    attach=attach,
    architectures=("causal-lm", "sequence-classifier"),
    merges=False,
    misfit=misfit,
)
