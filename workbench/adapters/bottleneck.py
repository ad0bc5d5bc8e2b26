"""Bottleneck adapters: a small network behind the sub-layers of each block (Houlsby et al., arXiv 1902.00751)."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from workbench.adapters import layers
from workbench.core import options as core_options
from workbench.core.errors import UserError
from workbench.core.i18n import mark, tr
from workbench.core.options import option
from workbench.core.registry import Adapter


class Options(core_options.Options, frozen=True):
    """Settings of bottleneck adapters."""

    size: Annotated[
        int,
        option(
            mark("Bottleneck size"),
            mark("How much the adapter can learn: a wider bottleneck learns more and takes more memory."),
            source=mark("arXiv 1902.00751, section 3.2: 8, 64 or 256"),
            low=1,
            high=4096,
            basic=True,
        ),
    ] = 64
    variant: Annotated[
        Literal["houlsby", "pfeiffer"],
        option(
            mark("Variant"),
            mark(
                "“houlsby” puts one behind the attention and one behind the feed-forward network of each block, "
                "“pfeiffer” only the second, which takes half the memory."
            ),
            source=mark("arXiv 1902.00751, figure 2; arXiv 2005.00247"),
        ),
    ] = "houlsby"
    activation: Annotated[
        Literal["gelu", "relu", "silu"],
        option(mark("Non-linearity"), mark("What bends between the two layers of the adapter.")),
    ] = "gelu"


def _is_target(name: str, options: Options) -> bool:
    """Return whether adapters go behind a layer of a body."""
    return layers.is_feed_forward_output(name) or (options.variant == "houlsby" and layers.is_attention_output(name))


def count(shapes: Mapping[str, tuple[int, ...]], options: Options) -> int:
    """Return size * 2 * width + size + width, summed over the layers it goes behind, and a classifier's pooler."""
    names = {name: name.removesuffix(".weight") for name in shapes if name.endswith(".weight")}
    targets = [name for name, layer in names.items() if not layers.is_head(name) and _is_target(layer, options)]
    widths = [min(shapes[name]) if layers.is_transposed(names[name]) else shapes[name][0] for name in targets]
    return layers.pooler(shapes) + sum(options.size * (2 * width + 1) + width for width in widths)


def attach(model: Any, options: Options, name: str) -> Any:
    """Put a fresh bottleneck adapter on a model; the head of a classifier is trained as a whole.

    Raises:
        UserError: The model has no blocks of a known kind.
    """
    from peft import get_peft_model
    from torch.nn import Linear
    from transformers.pytorch_utils import Conv1D

    from workbench.engine.bottleneck import BottleneckConfig

    linear = [one for one, module in layers.body_modules(model) if isinstance(module, Linear | Conv1D)]
    targets = [one for one in linear if _is_target(one, options)]
    if not targets:
        raise UserError(tr("Bottleneck adapters do not know the layers of this model. Choose LoRA."))
    config = BottleneckConfig(
        size=options.size, activation=options.activation, target_modules=targets, **layers.head_settings(model)
    )
    return get_peft_model(model, config, adapter_name=name)


ADAPTER = Adapter(
    name="bottleneck",
    label=mark("Bottleneck adapter"),
    help=mark(
        "Puts small networks between the layers and leaves the model itself as it is. "
        "What comes out loads in this program only."
    ),
    options=Options,
    count=count,
    attach=attach,
    module="workbench.engine.bottleneck",
    merges=False,
)
