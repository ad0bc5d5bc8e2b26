"""The defaults of text classification are those of the classic recipe, and training does what they say."""

from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.engine import tiny_classifier
from tests.engine.tiny import metrics, new_run, train
from workbench.core import registry
from workbench.core.project import Project
from workbench.engine.loop import learning_rate_at
from workbench.tasks.text_classification import Options

pytestmark = pytest.mark.usefixtures("plain_cpu")

TASK = "text-classification"


@pytest.fixture(scope="module")
def bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_classifier.save(tmp_path_factory.mktemp("tiny-bert"))


@pytest.fixture
def weather(project: Project) -> Project:
    tiny_classifier.write_weather(project)
    return project


def test_the_defaults() -> None:
    usual = Options()
    assert (usual.max_length, usual.batch_size, usual.epochs, usual.learning_rate) == (128, 16, 3.0, 2e-5)
    assert (usual.max_grad_norm, usual.weight_decay, usual.keep_best) == (1.0, 0.0, "accuracy")
    assert 0 < usual.warmup_ratio < 0.2
    assert not usual.several_labels


def test_full_tuning_takes_the_rate_as_it_is_and_adapters_a_higher_one(weather: Project, bert: Path) -> None:
    rates = {
        name: new_run(weather, TASK, "weather", model=str(bert), adapter=name).spec().options["learning_rate"]
        for name in registry.task(TASK).adapters
    }
    assert rates.pop("full") == 2e-5
    assert all(rate > 1e-4 for rate in rates.values())


def test_adamw_with_its_epsilon_and_every_gradient_clipped(
    weather: Project, bert: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A small epsilon and a gradient of length 1: what reaches the optimiser is measured, not what is asked for."""
    made: list[dict[str, Any]] = []
    reached: list[float] = []
    real = torch.optim.AdamW.step

    def step(self: torch.optim.AdamW) -> None:
        (group,) = self.param_groups
        made.append({name: group[name] for name in ("eps", "betas", "weight_decay")})
        reached.append(length(group["params"]))
        real(self)

    monkeypatch.setattr(torch.optim.AdamW, "step", step)
    run = train(weather, TASK, "weather", model=str(bert), adapter="full", learning_rate=1e-2)
    assert made and all(one == {"eps": 1e-8, "betas": (0.9, 0.999), "weight_decay": 0.0} for one in made)
    before = list(metrics(run)["gradient_norm"].values())
    assert max(before) > 1.0, "a run without a long gradient shows nothing"
    for was, now in zip(before, reached, strict=True):
        assert now == pytest.approx(min(was, 1.0), rel=1e-3)


def length(parameters: Iterable[torch.nn.Parameter]) -> float:
    return float(torch.cat([one.grad.flatten() for one in parameters if one.grad is not None]).norm())


def test_the_rate_rises_and_falls_in_lines(weather: Project, bert: Path) -> None:
    run = train(weather, TASK, "weather", model=str(bert), adapter="full", batch_size=1)
    rates = list(metrics(run)["learning_rate"].values())
    assert len(rates) == 54 and max(rates) == pytest.approx(2e-5)
    top = rates.index(max(rates))
    assert 0 < top < 6
    assert all(later > earlier for earlier, later in pairwise(rates[: top + 1]))
    falls = [earlier - later for earlier, later in pairwise(rates[top + 1 :])]
    assert falls == pytest.approx([falls[0]] * len(falls)) and falls[0] > 0
    assert rates == pytest.approx([learning_rate_at(step, 54, 2e-5, 0.06) for step in range(54)])


def test_every_epoch_is_measured_and_the_best_one_kept(weather: Project, bert: Path) -> None:
    run = train(weather, TASK, "weather", model=str(bert), adapter="full", batch_size=6, learning_rate=3e-2)
    found = metrics(run)
    for name in ("eval/loss", "eval/accuracy"):
        assert list(found[name]) == [0, 3, 6, 9], name
    assert list(found["train/loss"]) == list(range(1, 10))
    best = max((3, 6, 9), key=lambda step: (found["eval/accuracy"][step], -found["eval/loss"][step]))
    assert best != 9, "a run whose last epoch is the best shows nothing"
    assert run.result_info()["best_step"] == best
    assert run.result_info()["metrics"]["eval/accuracy"] == found["eval/accuracy"][best]
