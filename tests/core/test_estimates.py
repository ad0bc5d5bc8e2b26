from pathlib import Path

import pytest

from workbench.core import estimates, jsonl
from workbench.core.estimates import Machine, Work
from workbench.core.events import Finished, Metrics, Started
from workbench.core.models import ModelInfo
from workbench.core.project import Project
from workbench.core.spec import RunSpec

INFO = ModelInfo(
    name="tiny",
    path="/models/tiny",
    architecture="causal-lm",
    model_type="llama",
    parameters=1_000_000,
    bytes_per_parameter=2,
    layers=2,
    hidden_size=100,
    vocabulary=1000,
    max_length=512,
    chat=True,
)
MACHINE = Machine(flops=1e9, bf16=True, free=10**10)


def work(**changes: object) -> Work:
    values = {
        "trainable": 10_000,
        "full": False,
        "rows": 100,
        "tokens_per_row": 50.0,
        "settings": {"epochs": 2, "batch_size": 8, "max_length": 512},
    }
    return Work(**{**values, **changes})  # type: ignore[arg-type]


def test_memory_adds_up_by_hand() -> None:
    found = estimates.estimate(INFO, work(), MACHINE)
    libraries, model, trained, activations = found.parts.values()
    assert libraries == estimates.LIBRARIES
    assert model == 2_000_000  # bf16, frozen
    assert trained == 10_000 * 16
    # 8 rows of 50 tokens; 34 bytes for each of 2 layers of 100, 12 for each of 1000 words
    assert activations == 8 * 50 * (34 * 2 * 100 + 12 * 1000)
    assert found.memory == sum(found.parts.values())


def test_a_trained_base_is_counted_once_with_its_optimiser() -> None:
    found = estimates.estimate(INFO, work(full=True, trainable=1_000_000), MACHINE)
    assert list(found.parts.values())[1:3] == [0, 16_000_000]


def test_fp32_doubles_the_frozen_model() -> None:
    machine = Machine(flops=1e9, bf16=False, free=10**10)
    assert list(estimates.estimate(INFO, work(), machine).parts.values())[1] == 4_000_000


def test_steps_and_time_by_hand() -> None:
    found = estimates.estimate(INFO, work(speed=1000.0), MACHINE)
    assert found.steps == 25  # 200 examples in batches of 8
    assert found.seconds == pytest.approx(estimates.START + 200 * 50 / 1000)
    assert found.basis == "measured"


def test_rule_of_thumb_counts_four_operations_a_frozen_parameter_and_six_a_trained_one() -> None:
    frozen = estimates.estimate(INFO, work(), MACHINE)
    speed = 1e9 * estimates.BF16_GAIN * estimates.EFFICIENCY / 4e6
    assert frozen.seconds == pytest.approx(estimates.START + 10_000 / speed)
    assert frozen.basis == "rule"
    full = estimates.estimate(INFO, work(full=True), MACHINE)
    assert (full.seconds - estimates.START) == pytest.approx(1.5 * (frozen.seconds - estimates.START))


def test_max_steps_and_max_length_cut_the_work() -> None:
    settings = {"epochs": 10, "batch_size": 4, "max_steps": 5, "max_length": 20}
    found = estimates.estimate(INFO, work(settings=settings, speed=100.0), MACHINE)
    assert found.steps == 5
    assert found.seconds == pytest.approx(estimates.START + 5 * 4 * 20 / 100)


def test_too_little_memory_is_said() -> None:
    assert estimates.estimate(INFO, work(), MACHINE).warning == ""
    small = Machine(flops=1e9, bf16=True, free=10**8)
    assert "memory" in estimates.estimate(INFO, work(), small).warning


def test_length_of_rows_in_tokens() -> None:
    assert estimates.tokens_in("a" * 100) == pytest.approx(28)
    assert estimates.tokens_in("日本語") == pytest.approx(5.4)
    rows = [
        {"prompt": "a" * 100, "answer": "b" * 50, "split": "train"},
        {"messages": [{"role": "user", "content": "c" * 100}], "split": "validation"},
    ]
    assert estimates.mean_tokens(rows) == pytest.approx(estimates.TEMPLATE + (28 + 14 + 28) / 2)
    assert estimates.mean_tokens([]) == 0


def test_the_speed_of_an_earlier_run_counts_only_for_the_same_model_adapter_and_task(tmp_path: Path) -> None:
    project = Project.create(tmp_path / "project")
    spec = RunSpec(
        task="instruction-tuning",
        name="one",
        model="tiny",
        model_path="/models/tiny",
        adapter="lora",
        data="d",
        data_path="data/d",
    )
    run = project.new_run(spec)
    run.append(Started(pid=1))
    run.append(Metrics(step=1, values={"tokens_per_second": 321.0}))
    assert estimates.measured_speed(project, "/models/tiny", "lora", "instruction-tuning") is None
    run.append(Finished(step=1, seconds=1.0))
    assert estimates.measured_speed(project, "/models/tiny", "lora", "instruction-tuning") == 321.0
    assert estimates.measured_speed(project, "/models/tiny", "full", "instruction-tuning") is None
    assert estimates.measured_speed(project, "/models/other", "lora", "instruction-tuning") is None


def test_this_computer_can_be_measured() -> None:
    machine = estimates.probe()
    assert machine.flops > 1e8
    assert machine.free > 0


def test_units() -> None:
    from workbench.core import units

    assert units.size(270_000_000) == "270 MB"
    assert units.size(1_250_000_000) == "1.2 GB"
    assert [units.duration(s) for s in (3, 42, 300, 3700, 7200)] == ["5 s", "40 s", "5 min", "1 h 2 min", "2 h"]
    assert units.count(460800) == "460,800"
    assert [units.millions(n) for n in (900, 134_515_008, 7_200_000_000)] == ["900", "135 M", "7.2 B"]


def test_a_damaged_run_is_not_passed_over_in_silence(tmp_path: Path) -> None:
    project = Project.create(tmp_path / "project")
    (project.runs_folder / "001-x").mkdir()
    jsonl.write_atomically(project.runs_folder / "001-x" / "spec.json", {"nonsense": 1})
    with pytest.raises(Exception, match="cannot be read"):
        estimates.measured_speed(project, "m", "lora", "t")
