import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.ui.model_folders import write_model
from workbench.core import events, registry
from workbench.core.datasets.writer import write_dataset
from workbench.core.errors import UserError
from workbench.core.options import fields, parse
from workbench.core.plan import Request, create, plan, result_folder
from workbench.core.preferences import Origin, Preferences
from workbench.core.project import Project
from workbench.core.runs import Run


@pytest.fixture
def model(tmp_path: Path) -> str:
    return str(write_model(tmp_path / "model"))


@pytest.fixture
def talk(project: Project) -> Project:
    rows = [{"prompt": f"{n}?", "answer": f"{n}!"} for n in range(10)]
    write_dataset(project.data / "talk", "talk", "instruction", rows, split=0.2)
    write_dataset(project.data / "asked", "asked", "prompts", [{"prompt": row["prompt"]} for row in rows], split=0.0)
    return project


def ask(**more: Any) -> Request:
    return Request(**{"task": "instruction-tuning", "data": "talk", **more})


def finish(run: Run, ending: events.Ending | None = None) -> Run:
    run.result.mkdir()
    (run.result / "result.json").write_text(json.dumps({"adapter": "adapter", "base": "x"}))
    run.append(events.Started(pid=1))
    run.append(ending or events.Finished(step=1, seconds=1.0))
    return run


def rank(project: Project, count: int, ranks: tuple[int, ...] = (1, 2)) -> None:
    with Preferences(project.database) as preferences:
        for number in range(count):
            answers = preferences.add_answers(f"{number}?", ["a", "b"], Origin())
            preferences.save_ranking(f"{number}?", [answer.id for answer in answers], ranks)


def test_a_spec_holds_everything(talk: Project, model: str) -> None:
    settings = {"epochs": "2", "learning_rate": 1e-3, "adapter.rank": "4"}
    spec = plan(talk, ask(model=model, settings=settings))
    task, adapter = registry.task("instruction-tuning"), registry.adapter("lora")
    assert (spec.task, spec.adapter, spec.model, spec.model_path) == ("instruction-tuning", "lora", model, model)
    assert set(spec.options) == {field.name for field in fields(task.options)}
    assert (spec.options["epochs"], spec.options["learning_rate"], spec.options["seed"]) == (2.0, 1e-3, 0)
    assert set(spec.adapter_options) == {field.name for field in fields(adapter.options)}
    assert spec.adapter_options["rank"] == 4
    assert (spec.data, spec.data_path) == ("talk", "data/talk")
    assert spec.data_hash == talk.dataset("talk").info.hash
    assert spec.name == "Instruction tuning · talk"
    assert spec.parents == {} and spec.created
    run = create(talk, ask(model=model, settings=settings, name="mine"))
    again = Project.open(talk.path).run("mine").spec()
    assert again == run.spec()
    assert msgspec.structs.replace(again, name=spec.name, created=spec.created) == spec


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"task": "poetry"}, "There is no task “poetry”"),
        ({"model": ""}, "Choose a base model."),
        ({"model": "/none"}, "There is no model “/none”"),
        ({"data": ""}, "Choose a data set."),
        ({"data": "none"}, "There is no data set “none”; there are: asked, talk"),
        ({"data": "asked"}, "takes data of the kinds instruction, chat; “asked” is prompts"),
        ({"adapter": "glue"}, "works with these adapters: lora, adalora, bottleneck, ia3, "),
        ({"settings": {"epochs": 0}}, r"must be at least 0\.01"),
        ({"settings": {"colour": 1}}, "There is no setting called “colour”"),
        ({"settings": {"adapter.rank": 0}}, r"must be at least 1\."),
        ({"settings": {"adapter.colour": 0}}, "There is no setting called “colour”; there are: rank"),
        ({"adapter": "full", "settings": {"adapter.rank": 4}}, "There is no setting called “rank”"),
        ({"parents": {"from": "none"}}, "There is no run “none”"),
        ({"parents": {"reward": "tuned"}}, "does not start from a “reward” run"),
        ({"parents": {"from": "waiting"}}, "Run “002-instruction-tuning” has not finished"),
        ({"parents": {"from": "failed"}}, "Run “003-instruction-tuning” has not finished"),
        ({"parents": {"from": "reward"}}, "is a reward model, which writes nothing"),
        ({"parents": {"from": "tuned"}, "adapter": "full"}, "has a “lora” adapter; go on with that one, not “full”"),
        ({"parents": {"from": "tuned"}, "settings": {"adapter.rank": 9}}, "goes on as it is; rank cannot change"),
        ({"parents": {"from": "tuned"}, "model": "other"}, "was trained on “.*”, not on “.*other”"),
        ({"task": "ppo", "data": "asked"}, "“Improve with PPO” needs a run as its “from”"),
        ({"task": "ppo", "data": "asked", "parents": {"from": "tuned"}}, "needs a run as its “reward”"),
        (
            {"task": "ppo", "data": "asked", "parents": {"from": "tuned", "reward": "tuned"}},
            "Run “001-instruction-tuning” trained no reward model",
        ),
        ({"task": "reward-model", "data": "rankings"}, "There are 0 usable rankings and at least 2 are needed"),
        ({"task": "reward-model", "data": "talk"}, "takes data of the kinds ranking"),
    ],
)
def test_every_refusal_has_its_sentence_and_leaves_no_run(
    talk: Project, model: str, tmp_path: Path, more: dict[str, Any], sentence: str
) -> None:
    other = str(write_model(tmp_path / "other"))
    finish(create(talk, ask(model=model, name="tuned")))
    create(talk, ask(model=model, name="waiting"))
    finish(create(talk, ask(model=model, name="failed")), events.Failed(sentence="No."))
    spec = plan(talk, ask(model=model, name="reward"))
    finish(talk.new_run(msgspec.structs.replace(spec, task="reward-model")))
    before = [path.name for path in sorted(talk.runs_folder.iterdir())]
    given = {"model": model, **more}
    with pytest.raises(UserError, match=sentence):
        create(talk, ask(**{**given, "model": other if given["model"] == "other" else given["model"]}))
    assert [path.name for path in sorted(talk.runs_folder.iterdir())] == before


def test_a_task_that_cannot_go_on_with_an_adapter_says_so(talk: Project, model: str) -> None:
    finish(create(talk, ask(model=model, adapter="adalora", name="tuned")))
    with pytest.raises(UserError, match=r"“Reward model” cannot go on with the “adalora” adapter .* works with: lora"):
        create(talk, ask(task="reward-model", model=model, parents={"from": "tuned"}))


def test_a_model_of_another_kind_is_refused(talk: Project, tmp_path: Path) -> None:
    bert = str(write_model(tmp_path / "bert", architectures=["BertModel"]))
    with pytest.raises(UserError, match="“Instruction tuning” cannot train the model"):
        plan(talk, ask(model=bert))


def test_a_run_goes_on_with_the_adapter_of_another(talk: Project, model: str) -> None:
    first = finish(create(talk, ask(model=model, name="first", settings={"adapter.rank": 3, "epochs": 9})))
    spec = plan(talk, ask(parents={"from": "first"}, settings={"adapter.rank": 3}))
    assert (spec.model, spec.adapter, spec.parents) == (model, "lora", {"from": first.id})
    assert spec.adapter_options == first.spec().adapter_options
    assert spec.options["epochs"] == 3.0, "the task's settings are its own"
    stopped = finish(create(talk, ask(model=model)), events.Stopped(step=1, seconds=1.0))
    assert plan(talk, ask(parents={"from": stopped.id})).parents == {"from": stopped.id}
    whole = finish(create(talk, ask(model=model, adapter="full")))
    assert plan(talk, ask(parents={"from": whole.id}, adapter="lora")).adapter == "lora"


def test_rankings_are_frozen_into_the_run(talk: Project, model: str) -> None:
    rank(talk, 12)
    run = create(talk, Request(task="reward-model", data="", model=model))
    spec = run.spec()
    assert (spec.data, spec.data_path) == ("rankings", f"runs/{run.id}/data")
    frozen = (talk.path / spec.data_path / "rows.arrow").read_bytes()
    rank(talk, 5)
    assert (talk.path / spec.data_path / "rows.arrow").read_bytes() == frozen
    later = create(talk, Request(task="reward-model", data="rankings", model=model))
    assert later.spec().data_hash != spec.data_hash != ""
    with Preferences(talk.database) as preferences:
        used = [preferences.used_by(ranking.id) for ranking in preferences.rankings()]
    assert used == [[run.id, later.id]] * 12 + [[later.id]] * 5


def test_rankings_that_say_nothing_are_not_enough(talk: Project, model: str) -> None:
    rank(talk, 5, ranks=(1, 1))
    with pytest.raises(UserError, match="There are 0 usable rankings"):
        create(talk, Request(task="reward-model", data="", model=model))
    assert talk.runs() == []


def test_the_result_of_a_run(talk: Project, model: str) -> None:
    run = create(talk, ask(model=model))
    with pytest.raises(UserError, match="has no result yet"):
        result_folder(talk, run.id)
    finish(run)
    assert result_folder(talk, run.id) == run.result


def test_few_bits_are_refused_where_they_cannot_be_had(
    talk: Project, model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = {"base_bits": "4"}
    monkeypatch.setattr("workbench.core.needs.has_nvidia_gpu", lambda: False)
    with pytest.raises(UserError, match="Bits of the base: Needs an NVIDIA GPU"):
        plan(talk, ask(model=model, settings=few))
    assert plan(talk, ask(model=model, settings={"base_bits": "as-is"})).options["base_bits"] == "as-is"
    monkeypatch.setattr("workbench.core.options.lack", lambda need: "")
    assert plan(talk, ask(model=model, settings=few)).options["base_bits"] == "4"
    with pytest.raises(UserError, match="Full fine-tuning: It changes the weights of the model itself"):
        plan(talk, ask(model=model, adapter="full", settings=few))


def test_a_spec_from_before_there_were_few_bits_still_counts(talk: Project, model: str) -> None:
    task = registry.task("instruction-tuning")
    old = {name: value for name, value in plan(talk, ask(model=model)).options.items() if name != "base_bits"}
    assert parse(task.options, old) == task.options()
