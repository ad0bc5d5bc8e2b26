"""Each adapter counts what it will train without loading the model, and trains just that."""

import pytest

from tests.engine.tiny import make_model
from workbench.core import registry
from workbench.core.options import parse


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("full", {}),
        ("lora", {}),
        ("lora", {"rank": 3, "alpha": 6.0}),
        ("lora", {"targets": "attention"}),
    ],
)
def test_the_count_is_what_is_trained(name: str, settings: dict[str, object]) -> None:
    adapter = registry.adapter(name)
    options = parse(adapter.options, settings)
    base = make_model().requires_grad_(False)
    shapes = {name: tuple(weight.shape) for name, weight in base.named_parameters()}
    model = adapter.attach(base, options, "default")
    trained = sum(weight.numel() for weight in model.parameters() if weight.requires_grad)
    assert adapter.count(shapes, options) == trained > 0


def test_lora_by_hand() -> None:
    adapter = registry.adapter("lora")
    shapes = {
        "model.embed_tokens.weight": (100, 8),
        "model.layers.0.self_attn.q_proj.weight": (8, 8),
        "model.layers.0.mlp.up_proj.weight": (20, 8),
        "model.norm.weight": (8,),
        "lm_head.weight": (100, 8),
    }
    assert adapter.count(shapes, parse(adapter.options, {"rank": 2})) == 2 * (8 + 8) + 2 * (20 + 8)
    assert adapter.count(shapes, parse(adapter.options, {"rank": 2, "targets": "attention"})) == 2 * (8 + 8)
