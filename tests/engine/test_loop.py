from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from tests.engine.tiny import StopsAt, go, metrics, new_run, stop_at, train
from workbench.core import events
from workbench.core.checkpoints import latest, listed
from workbench.core.context import RunContext
from workbench.core.datasets.writer import write_dataset
from workbench.core.errors import UserError
from workbench.core.project import Project
from workbench.core.runs import Run
from workbench.engine.instruction import InstructionObjective
from workbench.engine.loop import Part, learning_rate_at, total_steps
from workbench.tasks import instruction_tuning
from workbench.tasks.instruction_tuning import Options

pytestmark = pytest.mark.usefixtures("plain_cpu")

RATE = 3e-3
STEPS = 7
MORE: dict[str, Any] = {"batch_size": 4, "max_steps": STEPS, "eval_every": 2, "learning_rate": RATE}


@pytest.fixture
def tune(weather: Project, tiny_model: Path) -> Callable[..., Run]:
    def tune(**settings: Any) -> Run:
        return train(weather, "instruction-tuning", "talk", model=str(tiny_model), **{**MORE, **settings})

    return tune


def weights(run: Run) -> dict[str, torch.Tensor]:
    return load_file(run.result / "adapter" / "adapter_model.safetensors")


def test_learning_rate_by_hand() -> None:
    rates = [learning_rate_at(step, 10, 1.0, 0.2) for step in range(10)]
    assert rates == pytest.approx([1 / 2, 1, 1, 7 / 8, 6 / 8, 5 / 8, 4 / 8, 3 / 8, 2 / 8, 1 / 8])
    assert [learning_rate_at(step, 4, 2.0, 0.0) for step in range(4)] == pytest.approx([2, 1.5, 1, 0.5])
    assert [learning_rate_at(step, 3, 3.0, 1.0) for step in range(3)] == pytest.approx([1, 2, 3])


def test_the_number_of_steps() -> None:
    assert total_steps(10, Options(batch_size=4, epochs=3)) == 9
    assert total_steps(10, Options(batch_size=4, epochs=0.5)) == 2
    assert total_steps(10, Options(batch_size=4, epochs=0.01)) == 1
    assert total_steps(10, Options(batch_size=4, epochs=3, max_steps=5)) == 5


def test_a_run_tells_all_that_curves_need(tune: Callable[..., Run]) -> None:
    run = tune(samples=1, warmup_ratio=0.3)
    found = metrics(run)
    held_out = {"eval/loss", "eval/accuracy", "eval/perplexity"}
    assert set(found) == held_out | {"train/loss", "train/accuracy", "learning_rate", "gradient_norm"}
    assert all(0 <= share <= 1 for share in found["train/accuracy"].values())
    assert list(found["train/loss"]) == list(range(1, STEPS + 1))
    assert list(found["eval/loss"]) == [0, 2, 4, 6, 7]
    expected = [learning_rate_at(step, STEPS, RATE, 0.3) for step in range(STEPS)]
    assert list(found["learning_rate"].values()) == pytest.approx(expected)
    assert found["eval/loss"][STEPS] < found["eval/loss"][0]
    history = run.follow().read()
    assert [event.step for event in history if isinstance(event, events.Sample)] == [0, 2, 4, 6, 7]
    assert [event.step for event in history if isinstance(event, events.Saved)] == [STEPS]
    progress = [event for event in history if isinstance(event, events.Progress)]
    assert {event.total for event in progress} == {STEPS}
    assert progress[-1].seconds_left == 0
    speeds = [
        event.values["tokens_per_second"] for event in history if "tokens_per_second" in getattr(event, "values", {})
    ]
    assert len(speeds) == STEPS and min(speeds) > 0
    assert run.result_info()["metrics"]["eval/loss"] == found["eval/loss"][STEPS]


def test_a_batch_of_8_is_8_batches_of_1(tune: Callable[..., Run]) -> None:
    together, apart, by_three = (tune(batch_size=8, micro_batch=size, max_steps=3) for size in (0, 1, 3))
    for other in (apart, by_three):
        for name, values in metrics(together).items():
            assert metrics(other)[name] == pytest.approx(values, rel=1e-4), name
        for name, tensor in weights(together).items():
            torch.testing.assert_close(weights(other)[name], tensor, rtol=1e-3, atol=1e-5)


@pytest.fixture(scope="module")
def unbroken() -> dict[str, Any]:
    """What the run that is never stopped came to; filled by the first test that needs it."""
    return {}


@pytest.mark.parametrize("step", range(1, STEPS))
def test_stopped_at_any_step_and_resumed_it_is_the_same_run(
    weather: Project, tiny_model: Path, tune: Callable[..., Run], unbroken: dict[str, Any], step: int
) -> None:
    if not unbroken:
        whole = tune(**{"adapter.dropout": 0.1})
        unbroken["metrics"], unbroken["weights"] = metrics(whole), weights(whole)
    settings = {**MORE, "adapter.dropout": 0.1}
    run = new_run(weather, "instruction-tuning", "talk", model=str(tiny_model), **settings)
    stop_at(weather, run, step)
    assert run.result_info()["adapter"] == "adapter"
    assert [folder.name for folder in listed(run.checkpoints)] == [f"step-{step:08d}"]
    go(weather, run, resume=True)
    assert metrics(run) == unbroken["metrics"]
    ours = weights(run)
    assert all(torch.equal(ours[name], tensor) for name, tensor in unbroken["weights"].items())
    assert run.summary().step == STEPS


def test_full_tuning_resumes_exactly_too(weather: Project, tiny_model: Path, tune: Callable[..., Run]) -> None:
    whole = tune(adapter="full", weight_decay=0.01)
    more = {**MORE, "weight_decay": 0.01}
    run = new_run(weather, "instruction-tuning", "talk", model=str(tiny_model), adapter="full", **more)
    stop_at(weather, run, 4)
    go(weather, run, resume=True)
    assert metrics(run) == metrics(whole)


def test_a_reward_model_resumes_exactly_with_its_head(weather: Project, tiny_model: Path) -> None:
    rows = [{"prompt": f"{word}?", "responses": [word, "no", "zz"], "ranks": [1, 2, 3]} for word in "abcdefgh"]
    write_dataset(weather.data / "ranked", "ranked", "ranking", rows, split=0.25)
    more: dict[str, Any] = {"model": str(tiny_model), "max_steps": 4, "eval_every": 1, "learning_rate": RATE}
    whole = train(weather, "reward-model", "ranked", **more)
    run = new_run(weather, "reward-model", "ranked", **more)
    stop_at(weather, run, 2)
    go(weather, run, resume=True)
    assert metrics(run) == metrics(whole)
    assert run.result_info()["reward_mean"] == whole.result_info()["reward_mean"]
    ours, theirs = (load_file(it.result / "reward.safetensors") for it in (run, whole))
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)


def test_another_seed_is_another_run(tune: Callable[..., Run]) -> None:
    assert metrics(tune(seed=1)) == metrics(tune(seed=1)) != metrics(tune(seed=2))


def test_a_loss_that_is_no_number_ends_the_run_and_keeps_the_last_good_checkpoint(
    weather: Project, tiny_model: Path, tune: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = tune(save_every=2)
    run = new_run(weather, "instruction-tuning", "talk", model=str(tiny_model), save_every=2, **MORE)
    loss, calls = InstructionObjective.loss, []

    def diverging(self: InstructionObjective, indices: list[int]) -> Part:
        calls.append(indices)
        part = loss(self, indices)
        return replace(part, loss=part.loss * torch.nan) if len(calls) == 4 else part

    with (
        monkeypatch.context() as patch,
        pytest.raises(UserError, match=r"diverged at step 4 .*last good checkpoint is kept"),
    ):
        patch.setattr(InstructionObjective, "loss", diverging)
        go(weather, run)
    last = latest(run.checkpoints)
    assert last is not None and last.name == "step-00000002"
    assert all(bool(tensor.isfinite().all()) for tensor in load_file(last / "weights.safetensors").values())
    go(weather, run, resume=True)
    assert metrics(run) == metrics(whole)


def test_wishes_are_granted_between_steps(weather: Project, tiny_model: Path) -> None:
    run = new_run(weather, "instruction-tuning", "talk", model=str(tiny_model), **{**MORE, "eval_every": 100})
    run.ask("save")
    run.ask("sample")
    instruction_tuning.run(RunContext(weather, run))
    history = run.follow().read()
    assert [event.step for event in history if isinstance(event, events.Saved)] == [1, STEPS]
    assert sorted({event.step for event in history if isinstance(event, events.Sample)}) == [0, 1, STEPS]


def test_a_stop_at_the_last_step_is_the_end(weather: Project, tiny_model: Path) -> None:
    run = new_run(weather, "instruction-tuning", "talk", model=str(tiny_model), **MORE)
    context = StopsAt(weather, run)
    context.at = STEPS
    instruction_tuning.run(context)
    assert run.result_info()


def test_killed_between_the_last_checkpoint_and_the_result(
    weather: Project, tiny_model: Path, tune: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = tune()
    run = new_run(weather, "instruction-tuning", "talk", model=str(tiny_model), **MORE)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(
            "workbench.engine.instruction.save_result", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt)
        )
        go(weather, run)
    assert not run.result_info()
    go(weather, run, resume=True)
    assert all(torch.equal(weights(run)[name], tensor) for name, tensor in weights(whole).items())
    finished = run.follow().read()[-1]
    assert isinstance(finished, events.Finished) and finished.step == STEPS


def test_data_that_cannot_be_learnt_from(tune: Callable[..., Run], weather: Project, tiny_model: Path) -> None:
    rows = [{"prompt": "a" * 20, "answer": "too far"}, {"prompt": "b" * 20, "answer": "away"}]
    write_dataset(weather.data / "long", "long", "instruction", rows, split=0.0)
    with pytest.raises(UserError, match="No row of “long” can be used for training"):
        train(weather, "instruction-tuning", "long", model=str(tiny_model), max_length=16)
    write_dataset(weather.data / "mixed", "mixed", "instruction", [*rows, {"prompt": "c", "answer": "d"}], split=0.0)
    run = train(weather, "instruction-tuning", "mixed", model=str(tiny_model), max_length=16, epochs=1)
    notes = [event.text for event in run.follow().read() if isinstance(event, events.Note)]
    assert notes == ["2 examples are left out: nothing of their answers fits into 16 tokens."]
    write_dataset(weather.data / "one", "one", "instruction", [{"prompt": "a", "answer": "b"}], split=0.0)
    run = train(weather, "instruction-tuning", "one", model=str(tiny_model), epochs=1)
    assert "eval/loss" not in metrics(run), "nothing was held out"
    assert run.result_info()["adapter"]
