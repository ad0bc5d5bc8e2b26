import math
from typing import Any

import pytest
import torch

from workbench.engine import rl


def close(actual: torch.Tensor, expected: Any) -> None:
    torch.testing.assert_close(actual, torch.as_tensor(expected, dtype=actual.dtype), atol=1e-5, rtol=1e-5)


MASK = torch.tensor([[1.0, 1.0, 1.0], [1.0, 0.0, 0.0]])


def test_masked_mean_and_variance_by_hand() -> None:
    values = torch.tensor([[1.0, 2.0, 3.0], [6.0, 100.0, -100.0]])
    close(rl.masked_mean(values, MASK), 3.0)
    close(rl.masked_variance(values, MASK), (4 + 1 + 0 + 9) / 4)


def test_whiten_by_hand() -> None:
    values = torch.tensor([[1.0, 2.0, 3.0], [6.0, 100.0, -100.0]])
    deviation = math.sqrt(3.5)
    close(rl.whiten(values, MASK), [[-2 / deviation, -1 / deviation, 0.0], [3 / deviation, 0.0, 0.0]])


def test_whiten_gives_mean_0_and_variance_1_whatever_comes_in() -> None:
    generator = torch.Generator().manual_seed(1)
    values = 40 + 7 * torch.randn(8, 20, generator=generator)
    mask = (torch.rand(8, 20, generator=generator) < 0.6).float()
    white = rl.whiten(values, mask)
    chosen = white[mask.bool()]
    assert abs(chosen.mean().item()) < 1e-4
    assert abs(chosen.var(unbiased=False).item() - 1) < 1e-3
    assert torch.corrcoef(torch.stack([chosen, values[mask.bool()]]))[0, 1] > 0.999


def test_log_probs_and_entropy_by_hand() -> None:
    logits = torch.tensor([[0.0, math.log(3.0)], [5.0, 5.0]])
    close(rl.log_probs_of(logits, torch.tensor([1, 0])), [math.log(0.75), math.log(0.5)])
    close(rl.entropy(logits), [-0.75 * math.log(0.75) - 0.25 * math.log(0.25), math.log(2)])


def test_shaped_rewards_put_the_score_on_the_last_token() -> None:
    kl = rl.token_kl(torch.tensor([[-1.0, -2.0, -3.0], [-1.0, -9.0, -9.0]]), torch.full((2, 3), -2.0), MASK)
    close(kl, [[1.0, 0.0, -1.0], [1.0, 0.0, 0.0]])
    close(rl.shaped_rewards(torch.tensor([5.0, 7.0]), kl, MASK, 0.1), [[-0.1, 0.0, 5.1], [6.9, 0.0, 0.0]])


def test_gae_by_hand() -> None:
    rewards = torch.tensor([[1.0, 0.0, 2.0], [3.0, 0.0, 0.0]])
    values = torch.tensor([[0.5, 1.0, 1.5], [2.0, 50.0, 50.0]])
    # from the last to the first one: 2 - 1.5, then 0.9 * 1.5 - 1 + 0.72 * 0.5, then 1 + 0.9 - 0.5 + 0.72 * 0.71
    advantages, returns = rl.gae(rewards, values, MASK, gamma=0.9, lam=0.8)
    close(advantages, [[1.9112, 0.71, 0.5], [1.0, 0.0, 0.0]])
    close(returns, [[2.4112, 1.71, 2.0], [3.0, 0.0, 0.0]])


def test_gae_with_lambda_1_returns_the_sum_of_rewards() -> None:
    rewards = torch.tensor([[1.0, 2.0, 4.0]])
    _, returns = rl.gae(rewards, torch.randn(1, 3), torch.ones(1, 3), gamma=1.0, lam=1.0)
    close(returns, [[7.0, 6.0, 4.0]])


def test_policy_loss_by_hand() -> None:
    old = torch.zeros(1, 4)
    new = torch.log(torch.tensor([[1.5, 1.5, 0.5, 1.1]]))
    advantages = torch.tensor([[1.0, -1.0, -1.0, 2.0]])
    # gain stops at 1.2; a loss does not stop at 1.5; a loss stops improving at 0.8; inside the range nothing is bounded
    result = rl.policy_loss(new, old, advantages, torch.ones(1, 4), 0.2)
    close(result.loss, (-1.2 + 1.5 + 0.8 - 2.2) / 4)
    close(result.clip_fraction, 0.5)
    close(result.ratio, [[1.5, 1.5, 0.5, 1.1]])


def test_policy_loss_moves_the_policy_towards_what_was_better_and_only_inside_the_mask() -> None:
    log_probs = torch.zeros(2, 3, requires_grad=True)
    advantages = torch.tensor([[1.0, -1.0, 0.0], [2.0, 9.0, 9.0]])
    rl.policy_loss(log_probs, torch.zeros(2, 3), advantages, MASK, 0.2).loss.backward()
    close(log_probs.grad, [[-0.25, 0.25, 0.0], [-0.5, 0.0, 0.0]])


def test_value_loss_by_hand() -> None:
    values, old = torch.tensor([[1.0, 0.1]]), torch.zeros(1, 2)
    # the first value counts as 0.2 where that is worse, the second is inside the range
    close(rl.value_loss(values, old, torch.ones(1, 2), torch.ones(1, 2), 0.2), 0.5 * (0.64 + 0.81) / 2)


def test_explained_variance() -> None:
    returns, mask = torch.tensor([[1.0, 2.0, 3.0]]), torch.ones(1, 3)
    close(rl.explained_variance(returns, returns, mask), 1.0)
    close(rl.explained_variance(torch.full((1, 3), 7.0), returns, mask), 0.0)
    assert rl.explained_variance(-returns, returns, mask) < 0


def test_leave_one_out_by_hand() -> None:
    close(rl.leave_one_out(torch.tensor([[1.0, 2.0, 6.0], [0.0, 0.0, 0.0]])), [[-3.0, -1.5, 4.5], [0.0, 0.0, 0.0]])


@pytest.mark.parametrize(("kl", "expected"), [(6.0, 0.1), (6.6, 0.101), (60.0, 0.102), (-3.0, 0.098), (5.4, 0.099)])
def test_the_controller_follows_the_target_with_a_bounded_error(kl: float, expected: float) -> None:
    controller = rl.KLController(0.1, target=6.0)
    controller.update(kl)
    assert controller.coefficient == pytest.approx(expected)


def test_a_controller_without_a_target_is_fixed() -> None:
    controller = rl.KLController(0.1)
    controller.update(1000.0)
    assert controller.coefficient == 0.1
