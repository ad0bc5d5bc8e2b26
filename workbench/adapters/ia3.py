"""IA3: every key, value and inner feature of a layer is scaled by a trained number (Liu et al., arXiv 2205.05638)."""

from collections.abc import Mapping
from typing import Any

from workbench.adapters import layers, virtual
from workbench.core import options as core_options
from workbench.core.errors import UserError
from workbench.core.i18n import mark, tr
from workbench.core.registry import Adapter

FUSED = ("c_attn", "qkv_proj", "query_key_value", "Wqkv")
"""What a layer is called that makes queries, keys and values at once."""


class Options(core_options.Options, frozen=True):
    """Nothing to choose."""


def _scaled(name: str) -> str:
    """Return whether a layer's ``output`` or ``input`` is scaled; nothing for most layers."""
    if name.rsplit(".", 1)[-1] in (*virtual.KEYS_VALUES, *FUSED):
        return "output"
    return "input" if layers.is_feed_forward_output(name) else ""


def count(shapes: Mapping[str, tuple[int, ...]], options: Options) -> int:
    """Return one number for each output or input of a scaled layer, and a classifier's pooler."""
    total = layers.pooler(shapes)
    for name, shape in shapes.items():
        layer = name.removesuffix(".weight")
        if len(shape) == 2 and layer != name and not layers.is_head(name):
            outputs, inputs = shape[::-1] if layers.is_transposed(layer) else shape
            total += {"output": outputs, "input": inputs, "": 0}[_scaled(layer)]
    return total


def attach(model: Any, options: Options, name: str) -> Any:
    """Put fresh scales, all of them one, on a model; the head of a classifier is trained as a whole.

    Raises:
        UserError: The model has no layers of a known kind.
    """
    from peft import IA3Config, get_peft_model
    from torch.nn import Linear
    from transformers.pytorch_utils import Conv1D

    linear = {one: module for one, module in layers.body_modules(model) if isinstance(module, Linear | Conv1D)}
    targets = [one for one in linear if _scaled(one)]
    if not targets:
        raise UserError(tr("IA3 does not know the layers of this model. Choose LoRA."))
    config = IA3Config(
        target_modules=targets,
        feedforward_modules=[one for one in targets if _scaled(one) == "input"],
        fan_in_fan_out=isinstance(linear[targets[0]], Conv1D),
        **layers.head_settings(model),
    )
    return get_peft_model(model, config, adapter_name=name)


ADAPTER = Adapter(
    name="ia3",
    label=mark("IA3"),
    help=mark("Trains one number for each feature inside the layers: very small, and it can become part of the model."),
    options=Options,
    count=count,
    attach=attach,
)
