import math
from pathlib import Path

import pytest
import torch

from tests.engine.tiny import FP32, make_model, make_tokenizer
from workbench.core.datasets.dataset import Dataset
from workbench.core.datasets.writer import write_dataset
from workbench.engine import reward_training
from workbench.engine.losses import pair_margins, ranking_loss
from workbench.engine.reward import new_head
from workbench.engine.reward_training import RankingObjective
from workbench.tasks.reward_model import Options


def test_margins_by_hand() -> None:
    rewards, ranks = torch.tensor([1.0, 4.0, 2.0, -1.0]), torch.tensor([2, 1, 2, 3])
    assert sorted(pair_margins(rewards, ranks).tolist()) == sorted([4 - 1, 4 - 2, 4 + 1, 1 + 1, 2 + 1])


def test_loss_by_hand() -> None:
    def softplus(x: float) -> float:
        return math.log(1 + math.exp(-x))

    loss = ranking_loss(torch.tensor([0.0, 1.0, 3.0]), torch.tensor([3, 1, 2]))
    assert loss.item() == pytest.approx((softplus(1 - 3) + softplus(1 - 0) + softplus(3 - 0)) / 3, abs=1e-6)
    assert ranking_loss(torch.zeros(5), torch.arange(5)).item() == pytest.approx(math.log(2), abs=1e-6)
    assert ranking_loss(torch.tensor([500.0, -500.0]), torch.tensor([2, 1])).item() == pytest.approx(1000.0)


def test_ties_teach_nothing() -> None:
    rewards = torch.tensor([5.0, 1.0, 3.0], requires_grad=True)
    tied = ranking_loss(rewards, torch.tensor([1, 1, 1]))
    tied.backward()
    assert tied.item() == 0 and rewards.grad is not None and not rewards.grad.any()
    without_the_tie = ranking_loss(rewards[[0, 2]], torch.tensor([1, 2])) + ranking_loss(
        rewards[1:], torch.tensor([1, 2])
    )
    assert ranking_loss(rewards, torch.tensor([1, 1, 2])).item() == pytest.approx(without_the_tie.item() / 2)


def test_the_order_in_which_answers_stand_does_not_matter() -> None:
    rewards, ranks = torch.tensor([0.3, -1.0, 2.0, 0.7, 0.1]), torch.tensor([2, 5, 1, 2, 4])
    order = torch.tensor([4, 2, 0, 3, 1])
    torch.testing.assert_close(ranking_loss(rewards[order], ranks[order]), ranking_loss(rewards, ranks))


def test_a_ranking_of_k_answers_computes_each_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = ["aa", "bbb", "c", "dd d", "ee"]
    rows = [
        {"prompt": "hi", "responses": answers, "ranks": [1, 2, 3, 4, 5]},
        {"prompt": "tied", "responses": answers[:2], "ranks": [1, 1]},
    ]
    write_dataset(tmp_path / "d", "d", "ranking", rows, split=0.0)
    model, scored = make_model(), []
    dataset = Dataset(tmp_path / "d")
    objective = RankingObjective(model, new_head(32), make_tokenizer(), dataset, Options(), FP32)
    assert len(objective.examples) == 1, "a ranking that is all ties is left out"
    name = "score_together"
    score = getattr(reward_training, name)
    monkeypatch.setattr(reward_training, name, lambda *args: scored.append(len(args[2])) or score(*args))
    part = objective.loss([0])
    assert scored == [5]
    assert part.loss.requires_grad
    assert 0 <= part.right <= part.judged
