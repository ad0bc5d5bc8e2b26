"""Bottleneck adapters as a PEFT method: importing this module makes PEFT know them.

After a linear layer, ``h + U f(D h + b) + c`` takes the place of its output ``h`` (Houlsby et al., arXiv 1902.00751,
section 2.1 and figure 2). Departures from the paper: U and c begin with zeros instead of small numbers, so that a fresh
adapter changes nothing at all; the norms of the base stay frozen; a dropout that the base has after the layer comes
after the adapter, too.

Letters: H width of the layer's output, M size of the bottleneck, D (M, H), U (H, M).
"""

from dataclasses import dataclass, field
from typing import Any

import torch
from peft import PeftConfig
from peft.tuners.tuners_utils import BaseTuner, BaseTunerLayer
from peft.utils import PeftType, register_peft_method
from torch import nn
from transformers.pytorch_utils import Conv1D

NAME = "bottleneck"

ACTIVATIONS: dict[str, type[nn.Module]] = {"gelu": nn.GELU, "relu": nn.ReLU, "silu": nn.SiLU}


@dataclass
class BottleneckConfig(PeftConfig):  # type: ignore[misc]
    """What an adapter is, as PEFT saves it.

    Attributes:
        target_modules: Names of the layers that it goes behind; an ending after a dot is enough.
        modules_to_save: Modules of the base that are trained as a whole.
        size: M.
        activation: Name of f.
    """

    target_modules: list[str] | set[str] | str | None = field(default=None)
    modules_to_save: list[str] | None = field(default=None)
    size: int = field(default=64)
    activation: str = field(default="gelu")

    def __post_init__(self) -> None:
        super().__post_init__()
        self.peft_type = PeftType[NAME.upper()]
        if isinstance(self.target_modules, list):
            self.target_modules = set(self.target_modules)


class BottleneckLinear(nn.Module, BaseTunerLayer):  # type: ignore[misc]
    """A linear layer with any number of adapters behind it; those that are active come one after the other."""

    base_layer: Any
    set_adapter: Any
    _move_adapter_to_device_of_base_layer: Any
    adapter_layer_names = ("bottleneck_down", "bottleneck_up")
    other_param_names = ("bottleneck_activation",)

    def __init__(self, base_layer: nn.Module, adapter_name: str, config: BottleneckConfig) -> None:
        super().__init__()
        self.base_layer = base_layer
        self.bottleneck_down = nn.ModuleDict()
        self.bottleneck_up = nn.ModuleDict()
        self.bottleneck_activation = nn.ModuleDict()
        self.merged_adapters: list[str] = []
        self._disable_adapters = False
        self._active_adapter = adapter_name
        self.add(adapter_name, config)

    def add(self, name: str, config: BottleneckConfig) -> None:
        """Put a fresh adapter beside those that are there."""
        width = _width(self.base_layer)
        self.bottleneck_down[name] = nn.Linear(width, config.size)
        self.bottleneck_up[name] = nn.Linear(config.size, width)
        self.bottleneck_activation[name] = ACTIVATIONS[config.activation]()
        for parameter in self.bottleneck_up[name].parameters():
            nn.init.zeros_(parameter)
        self._move_adapter_to_device_of_base_layer(name)
        self.set_adapter(self.active_adapters, inference_mode=config.inference_mode)

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """Return the layer's output (..., H) as the active adapters change it."""
        output: torch.Tensor = self.base_layer(inputs)
        active: Any = [] if self.disable_adapters else self.active_adapters
        for name in active:
            if name in self.bottleneck_down:
                parts: Any = (self.bottleneck_down, self.bottleneck_activation, self.bottleneck_up)
                down, bend, up = (part[name] for part in parts)
                output = output + up(bend(down(output.to(down.weight.dtype)))).to(output.dtype)
        return output


def _width(layer: Any) -> int:
    """Return how many numbers a linear layer gives for each place."""
    return int(layer.nf if isinstance(layer, Conv1D) else layer.out_features)


class BottleneckModel(BaseTuner):  # type: ignore[misc]
    """A model with bottleneck adapters behind some of its linear layers. They bend, so they cannot be merged."""

    prefix = f"{NAME}_"
    tuner_layer_cls = BottleneckLinear
    target_module_mapping: dict[str, list[str]] = {}  # noqa: RUF012  # whoever attaches one names the layers

    def _create_and_replace(
        self,
        config: BottleneckConfig,
        adapter_name: str,
        target: nn.Module,
        target_name: str,
        parent: nn.Module,
        current_key: str,
    ) -> None:
        if isinstance(target, BottleneckLinear):
            target.add(adapter_name, config)
            return
        if not isinstance(target, nn.Linear | Conv1D):
            raise TypeError(f"{current_key} is no linear layer")
        layer = BottleneckLinear(target, adapter_name, config)
        if adapter_name not in self.active_adapters:
            layer.requires_grad_(False)  # a further adapter is not trained unless it is made the active one
        self._replace_module(parent, target_name, layer, target)


def _register() -> None:
    """Make the method known; PEFT takes only those that its enumeration names, so the name is put there first."""
    name = NAME.upper()
    member = str.__new__(PeftType, name)
    member._name_ = member._value_ = name
    type.__setattr__(PeftType, name, member)
    PeftType._member_map_[name] = PeftType._value2member_map_[name] = member
    PeftType._member_names_.append(name)
    register_peft_method(name=NAME, config_cls=BottleneckConfig, model_cls=BottleneckModel)


_register()
