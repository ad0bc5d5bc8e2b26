import pytest
import torch
from torch.nn.functional import cross_entropy

from tests.engine.tiny import make_model
from workbench.engine import token_loss
from workbench.engine.models import output_logits


@pytest.mark.parametrize("at_once", [1, 100, 2**25])
def test_in_parts_it_is_the_same_loss_with_the_same_gradients(monkeypatch: pytest.MonkeyPatch, at_once: int) -> None:
    model = make_model()
    states = torch.randn(23, 32, generator=torch.Generator().manual_seed(1)).requires_grad_(True)
    targets = torch.arange(23)
    found = []
    for in_parts in (True, False):
        monkeypatch.setattr(token_loss, "AT_ONCE", at_once if in_parts else 2**60)
        model.zero_grad()
        states.grad = None
        loss = token_loss.token_loss(model, states, targets)
        loss.backward()
        assert states.grad is not None and model.lm_head.weight.grad is not None
        found.append((loss.detach(), states.grad.clone(), model.lm_head.weight.grad.clone()))
    for one, other in zip(*found, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-5)
    with torch.no_grad():
        expected = cross_entropy(output_logits(model, states), targets, reduction="sum")
        torch.testing.assert_close(token_loss.token_loss(model, states, targets), expected)


def test_no_more_logits_are_held_than_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    model = make_model()
    vocabulary = model.config.vocab_size
    monkeypatch.setattr(token_loss, "AT_ONCE", 4 * vocabulary)
    seen: list[int] = []
    model.lm_head.register_forward_hook(lambda _module, _inputs, output: seen.append(output.shape[0]))
    states = torch.randn(10, 32, requires_grad=True)
    loss = token_loss.token_loss(model, states, torch.arange(10))
    assert seen == [4, 4, 2]
    saved: list[int] = []

    def note(tensor: torch.Tensor) -> torch.Tensor:
        saved.append(tensor.numel())
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        token_loss.token_loss(model, states, torch.arange(10))
    assert max(saved, default=0) < 4 * vocabulary, "no logits wait for the way back"
    seen.clear()
    loss.backward()
    assert sorted(seen) == [2, 4, 4]
