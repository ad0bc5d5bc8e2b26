from pathlib import Path

import msgspec
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
        "held_out": 0,
        "tokens_per_row": 50.0,
        "longest": 60.0,
        "settings": {"epochs": 2, "batch_size": 8, "max_length": 512},
    }
    return Work(**{**values, **changes})  # type: ignore[arg-type]


def test_memory_adds_up_by_hand() -> None:
    found = estimates.estimate(INFO, work(), MACHINE)
    libraries, model, trained, activations = found.parts.values()
    assert libraries == estimates.LIBRARIES
    assert model == 2_000_000  # bf16, frozen
    assert trained == 10_000 * 16
    # 8 rows of 60 tokens; 79 bytes for each of 2 layers of 100, 13 for each of 1000 words at every second token
    assert activations == 8 * 60 * (79 * 2 * 100 + 0.5 * 13 * 1000)
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
    mean, longest = estimates.lengths(rows)
    assert mean == pytest.approx(estimates.TEMPLATE + (42 + 28) / 2)
    assert longest == pytest.approx(estimates.TEMPLATE + 42)
    assert estimates.lengths([]) == (0, 0)


def test_one_very_long_row_in_many_does_not_count_as_usual() -> None:
    rows = [{"text": "a" * 100}] * 199 + [{"text": "a" * 10_000}]
    assert estimates.lengths(rows)[1] == pytest.approx(estimates.TEMPLATE + 28)


def test_evaluations_take_time_and_small_batches_less_memory() -> None:
    held_out = estimates.estimate(INFO, work(speed=100.0, held_out=10), MACHINE)
    # before the first step and after each of 2 epochs of 13 steps, at half the price of training
    assert held_out.seconds == pytest.approx(estimates.START + (200 + 3 * 10 / 2) * 50 / 100)
    settings = {"epochs": 2, "batch_size": 8, "micro_batch": 2}
    whole, split = (estimates.estimate(INFO, work(**c), MACHINE) for c in ({}, {"settings": settings}))
    assert list(split.parts.values())[3] == pytest.approx(list(whole.parts.values())[3] / 4)


def test_what_was_measured_is_met() -> None:
    smollm = msgspec.structs.replace(INFO, parameters=134_515_008, layers=30, hidden_size=576, vocabulary=49152)
    machine = Machine(flops=240e9, bf16=True, free=10**10)
    found = estimates.estimate(
        smollm,
        work(
            trainable=2_442_240,
            rows=1000,
            tokens_per_row=64,
            longest=96,
            settings={"batch_size": 16, "epochs": 1, "eval_every": 1000},
        ),
        machine,
    )
    assert found.memory == pytest.approx(3330e6, rel=0.05)  # peak of a process that trained 16 x 96 tokens
    assert 64_000 / (found.seconds - estimates.START) == pytest.approx(655, rel=0.1)


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


def test_a_model_that_only_reads_has_no_logits_and_looks_its_words_up() -> None:
    reader = msgspec.structs.replace(INFO, architecture="sequence-classifier")
    found = estimates.estimate(reader, work(), MACHINE)
    assert list(found.parts.values())[3] == 8 * 60 * 79 * 2 * 100
    speed = 1e9 * estimates.BF16_GAIN * estimates.EFFICIENCY / (4 * (1_000_000 - 1000 * 100))
    assert found.seconds == pytest.approx(estimates.START + 10_000 / speed)
    assert estimates.lengths([{"text": "x" * 100}], estimates.BORDERS) == pytest.approx((30, 30))


def test_texts_that_come_together_in_blocks_make_fewer_and_longer_examples() -> None:
    settings = {"epochs": 2, "batch_size": 2, "micro_batch": 1, "max_length": 512}
    packed = estimates.packed(work(held_out=20, settings=settings))
    # 100 texts of 50 tokens fill 9.8 blocks of 512, 20 texts two
    assert (packed.rows, packed.held_out, packed.tokens_per_row, packed.longest) == (10, 2, 512, 512)
    found = estimates.estimate(INFO, packed, MACHINE)
    assert found.steps == 10
    assert list(found.parts.values())[3] == 512 * (79 * 2 * 100 + 0.5 * 13 * 1000)
    few = estimates.packed(work(rows=3, settings=settings))
    assert (few.rows, few.tokens_per_row) == (1, 150)


def test_an_image_is_as_many_tokens_as_it_has_patches_whatever_its_rows_say() -> None:
    seer = msgspec.structs.replace(INFO, architecture="image-classifier", vocabulary=0, patches=197)
    settings = {"epochs": 2, "batch_size": 8}
    found = estimates.estimate(seer, work(speed=1000.0, settings=settings), MACHINE)
    assert found.seconds == pytest.approx(estimates.START + 200 * 197 / 1000)
    assert list(found.parts.values())[3] == 8 * 197 * 79 * 2 * 100
