import shutil
from pathlib import Path

import msgspec
import pytest

from tests.ui.model_folders import KEYS, write_model
from workbench.core import events, jsonl, registry
from workbench.core.bake_off.bake_off import BakeOff, load, make, names, upcoming
from workbench.core.bake_off.results import Result, measure, results, verdict
from workbench.core.datasets.writer import write_dataset
from workbench.core.errors import UserError
from workbench.core.plan import Request
from workbench.core.project import Project
from workbench.core.runs import Run

TASK = "text-classification"


@pytest.fixture
def request_(project: Project, tmp_path: Path) -> Request:
    rows = [{"text": f"text {number}", "label": "ab"[number % 2]} for number in range(50)]
    write_dataset(project.data / "reviews", "reviews", "text-label", rows, split=0.2)
    model = str(write_model(tmp_path / "model", KEYS, architectures=["BertModel"]))
    settings = {"epochs": 2.0, "adapter.rank": 4}
    return Request(task=TASK, data="reviews", model=model, adapter="lora", settings=settings)


def finish(run: Run, accuracy: float) -> None:
    run.append(events.Launched(pid=1))
    for step, memory in enumerate((300.0, 700.0, 500.0)):
        run.append(events.Metrics(step=step, values={"memory_mb": memory}))
    run.result.mkdir()
    (run.result / "weights").write_bytes(bytes(1000))
    jsonl.write_atomically(run.result / "result.json", {"metrics": {"eval/accuracy": accuracy}})
    run.append(events.Finished(step=2, seconds=7.0))


def test_it_is_the_same_training_with_each_adapter(project: Project, request_: Request) -> None:
    found = make(project, request_, ["lora", "ia3", "lora"])
    assert names(project) == ["001"] and isinstance(load(project, found.id), BakeOff)
    specs = []
    while (run := upcoming(project, found.id)) is not None:
        specs.append(run.spec())
        assert upcoming(project, found.id) is not None, "it is not begun twice"
        finish(run, 0.8)
    first, second = specs
    assert (first.adapter, second.adapter) == ("lora", "ia3")
    assert first.adapter_options["rank"] == 4 and second.adapter_options == {}
    assert first.options["epochs"] == second.options["epochs"] == 2.0
    assert first.options["seed"] == second.options["seed"]
    suited = registry.task(TASK).suited
    assert first.options["learning_rate"] == suited["lora"]["learning_rate"]
    assert second.options["learning_rate"] == suited["ia3"]["learning_rate"]


def test_what_each_reaches_and_costs(project: Project, request_: Request) -> None:
    found = make(project, request_, ["lora", "ia3", "prompt-tuning"])
    waiting = results(project, found)
    assert [(one.state, one.quality) for one in waiting] == [("waiting", None)] * 3
    assert verdict(registry.task(TASK), waiting) == "0 of 3 trainings are finished."
    for accuracy in (0.9, 0.7, 0.6):
        run = upcoming(project, found.id)
        assert run is not None
        finish(run, accuracy)
    lora, ia3, _prompt = results(project, load(project, found.id))
    assert (lora.quality, lora.memory, lora.seconds) == (0.9, 700.0, pytest.approx(0, abs=60))
    assert lora.size > 1000
    assert lora.trainable > ia3.trainable > 0


def test_the_sentence_names_the_best_and_the_smallest() -> None:
    task = registry.task(TASK)
    big = Result(adapter="lora", run="1", state="finished", quality=0.9, trainable=100)
    small = Result(adapter="ia3", run="2", state="finished", quality=0.8, trainable=10)
    assert verdict(task, [big, small]) == (
        "LoRA did best here (90.0 % right); IA3 trains the fewest parameters and reaches 80.0 % right."
    )
    better = msgspec.structs.replace(small, quality=0.95)
    assert verdict(task, [big, better]) == "IA3 did best here (95.0 % right), and trains the fewest parameters."
    writes = registry.task("instruction-tuning")
    assert measure(writes) == "eval/loss"
    assert verdict(writes, [big, small]).startswith("IA3 did best here (loss 0.800)"), "of losses the least is best"


def test_what_does_not_go_is_refused_before_anything_is_made(project: Project, request_: Request) -> None:
    with pytest.raises(UserError, match="two or more"):
        make(project, request_, ["lora"])
    with pytest.raises(UserError, match="no adapter"):
        make(project, request_, ["lora", "lroa"])
    with pytest.raises(UserError, match="cannot be compared in"):
        make(project, msgspec.structs.replace(request_, task="ppo"), ["lora", "ia3"])
    whole = [{"text": f"text {number}", "label": "ab"[number % 2]} for number in range(50)]
    write_dataset(project.data / "whole", "whole", "text-label", whole, split=0.0)
    with pytest.raises(UserError, match="held out"):
        make(project, msgspec.structs.replace(request_, data="whole"), ["lora", "ia3"])
    assert names(project) == [] and project.runs() == []


def test_it_ends_where_the_data_is_another(project: Project, request_: Request) -> None:
    found = make(project, request_, ["lora", "ia3"])
    shutil.rmtree(project.data / "reviews")
    rows = [{"text": f"other {number}", "label": "ab"[number % 2]} for number in range(50)]
    write_dataset(project.data / "reviews", "reviews", "text-label", rows, split=0.2)
    with pytest.raises(UserError, match="no longer the one"):
        upcoming(project, found.id)
