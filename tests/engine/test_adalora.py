from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from tests.engine import tiny_classifier
from tests.engine.tiny import FP32, StopsAt, go, make_model, metrics, new_run, train
from workbench.adapters import adalora
from workbench.core import events, registry
from workbench.core.context import Stop
from workbench.core.judging import evaluate
from workbench.core.project import Project
from workbench.core.runs import Run
from workbench.engine.device import Device
from workbench.engine.models import load_run, load_trainable, trainable
from workbench.tasks import instruction_tuning

pytestmark = pytest.mark.usefixtures("plain_cpu")

LAYERS = 14
"""Linear layers of the tiny Llama's body: two blocks of seven."""

MORE: dict[str, Any] = {"batch_size": 4, "max_steps": 12, "eval_every": 4, "learning_rate": 1e-2, "adapter.rank": 2}


def ranks(model: Any) -> int:
    return sum(int((value != 0).sum()) for name, value in model.named_parameters() if "lora_E" in name)


def make(total: int, **settings: Any) -> tuple[Any, registry.Schedule]:
    options = adalora.Options(**settings)
    model = adalora.attach(make_model().requires_grad_(False), options, "default")
    return model, adalora.schedule(model, options, total)


def step(model: Any, schedule: registry.Schedule, number: int) -> None:
    ids = torch.arange(4, 24).view(2, 10)
    model(input_ids=ids).logits.log_softmax(-1)[..., 5].mean().neg().backward()
    with torch.no_grad():
        for value in model.parameters():
            if value.requires_grad:
                value -= 0.1 * value.grad
    schedule.after_step(number)
    model.zero_grad()


def test_ranks_fall_as_the_paper_has_it() -> None:
    """20 steps: all 3 * 14 ranks until the 2nd, 2 * 14 from the 10th on, in between the cubic of equation 12."""
    model, schedule = make(20, rank=2, start=0.1, end=0.5)
    assert adalora.first_rank(adalora.Options(rank=2)) == 3
    found = []
    for number in range(1, 21):
        step(model, schedule, number)
        found.append(ranks(model))
    cubic = [int(14 * (1 - (number - 2) / 8) ** 3 + 28) for number in range(3, 10)]
    assert cubic[3] == 29  # by hand: 14 / 8 + 28
    assert found == [42, 42, *cubic, *[28] * 11]


@pytest.mark.parametrize("total", [1, 2, 3])
def test_the_shortest_trainings_end_with_the_ranks_that_were_asked_for(total: int) -> None:
    """A single step only begins to take them away."""
    model, schedule = make(total, rank=1, start=0.4, end=0.5)
    for number in range(1, total + 1):
        step(model, schedule, number)
    assert ranks(model) == (LAYERS if total > 1 else int(LAYERS * (1 / 2) ** 3 + LAYERS))


def test_the_penalty_by_hand() -> None:
    """All parts orthonormal but one, which is twice as long: its Gram matrix is 4 I, and || 3 I || is 3 sqrt(3)."""
    model, schedule = make(10, rank=2, orthogonality=0.5)
    parts = [value for name, value in model.named_parameters() if "lora_A" in name or "lora_B" in name]
    with torch.no_grad():
        for value in parts:
            value.copy_(torch.eye(*value.shape))
        assert float(schedule.penalty()) == 0
        parts[0].mul_(2)
    penalty = schedule.penalty()
    assert penalty is not None
    assert float(penalty) == pytest.approx(0.5 * 3 * 3**0.5 / (2 * LAYERS))
    penalty.backward()
    assert parts[0].grad.abs().sum() > 0


def kept(run: Run) -> dict[str, torch.Tensor]:
    return load_file(run.result / "adapter" / "adapter_model.safetensors")


@pytest.mark.parametrize("at", [5, 9])
def test_a_resumed_run_ends_as_one_that_was_never_stopped(weather: Project, tiny_model: Path, at: int) -> None:
    """Stopped while ranks are being taken away, and after that."""
    more = {**MORE, "model": str(tiny_model), "adapter": "adalora"}
    straight = train(weather, "instruction-tuning", "talk", **more)
    stopped = new_run(weather, "instruction-tuning", "talk", **more)
    context = StopsAt(weather, stopped)
    context.at = at
    with pytest.raises(Stop):
        instruction_tuning.run(context)
    go(weather, stopped, resume=True)
    assert metrics(stopped) == metrics(straight)
    assert all(torch.equal(value, kept(straight)[name]) for name, value in kept(stopped).items())


def test_what_a_stop_leaves_answers_as_the_model_did(weather: Project, tiny_model: Path) -> None:
    run = new_run(weather, "instruction-tuning", "talk", **MORE, model=str(tiny_model), adapter="adalora")
    context = StopsAt(weather, run)
    context.at = 8
    with pytest.raises(Stop):
        instruction_tuning.run(context)
    run.append(events.Stopped(step=8, seconds=0.0))
    after = train(weather, "instruction-tuning", "talk", **MORE, parents={"from": run.id})
    assert metrics(after)["eval/loss"][0] == pytest.approx(
        evaluate(weather, run.id, weather.dataset("talk"))["eval/loss"], rel=1e-5
    )
    assert metrics(after)["train/loss"][12] < metrics(after)["train/loss"][1]


def test_a_run_that_goes_on_keeps_its_ranks(weather: Project, tiny_model: Path) -> None:
    first = train(weather, "instruction-tuning", "talk", **MORE, model=str(tiny_model), adapter="adalora")
    second = train(weather, "instruction-tuning", "talk", **MORE, parents={"from": first.id})
    one, two = (load_run(weather, run.id, "", FP32)[0] for run in (first, second))
    assert ranks(one) == ranks(two) == 2 * LAYERS
    assert {name: value.shape for name, value in kept(first).items()} == {
        name: value.shape for name, value in kept(second).items()
    }
    told = second.result_info()["metrics"]
    assert evaluate(weather, second.id, weather.dataset("talk"))["eval/loss"] == pytest.approx(
        told["eval/loss"], rel=1e-4
    )


def test_weights_of_an_earlier_step_are_kept_with_their_own_ranks(project: Project, tmp_path: Path) -> None:
    """The best step comes before the ranks have fallen; it must be loaded with all that it had then."""
    tiny_classifier.write_weather(project)
    base = tiny_classifier.save(tmp_path / "bert")
    more: dict[str, Any] = {"epochs": 6, "batch_size": 6, "eval_every": 1, "learning_rate": 5e-2, "keep_best": "loss"}
    run = train(project, "text-classification", "weather", model=str(base), adapter="adalora", **more)
    losses = {number: loss for number, loss in metrics(run)["eval/loss"].items() if number}
    best = min(losses, key=lambda number: losses[number])
    assert best == run.result_info()["best_step"] < max(losses) / 2
    measured = evaluate(project, run.id, project.dataset("weather"))["eval/loss"]
    assert measured == pytest.approx(losses[best], rel=1e-5)


def test_on_a_base_in_bf16_its_strength_is_not_trained(weather: Project, tiny_model: Path) -> None:
    """Neither fresh nor when it goes on from another run."""
    first = train(weather, "instruction-tuning", "talk", **MORE, model=str(tiny_model), adapter="adalora")
    fresh, second = first.spec(), new_run(weather, "instruction-tuning", "talk", parents={"from": first.id}).spec()
    for spec in (fresh, second):
        model, _ = load_trainable(weather, spec, Device("cpu", "bf16", 1))
        adalora.schedule(model, adalora.Options(), 12)
        assert trainable(model) and not any("ranknum" in name for name in trainable(model))
