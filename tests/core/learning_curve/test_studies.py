import json
from pathlib import Path
from typing import Any

import pytest

from tests.ui.model_folders import write_model
from workbench.core import events
from workbench.core.datasets.writer import write_dataset
from workbench.core.errors import UserError
from workbench.core.learning_curve import study as studies
from workbench.core.plan import Request
from workbench.core.project import Project
from workbench.core.runs import Run


@pytest.fixture
def model(tmp_path: Path) -> str:
    return str(write_model(tmp_path / "model", architectures=["BertModel"]))


@pytest.fixture
def reviews(project: Project) -> Project:
    rows = [{"text": f"text {number}", "label": "ab"[number % 2]} for number in range(250)]
    write_dataset(project.data / "reviews", "reviews", "text-label", rows, split=0.2)
    return project


def ask(model: str, **more: Any) -> Request:
    return Request(**{"task": "text-classification", "data": "reviews", "model": model, **more})


def finish(run: Run, ending: events.Ending | None = None) -> None:
    run.append(events.Launched(pid=1))
    run.result.mkdir(exist_ok=True)
    (run.result / "result.json").write_text(json.dumps({"adapter": "adapter", "metrics": {"eval/accuracy": 0.8}}))
    run.append(ending or events.Finished(step=1, seconds=1.0))


def test_a_study_makes_its_runs_one_after_the_other(reviews: Project, model: str) -> None:
    made = studies.make(reviews, ask(model, settings={"epochs": "2", "adapter.rank": 4}))
    assert (made.id, made.held_out) == ("001", 50)
    assert [(part.share, part.rows) for part in made.parts] == [(0.1, 20), (0.25, 50), (0.5, 100), (1.0, 200)]
    assert reviews.runs() == [], "nothing has begun"
    names = []
    for number, share in enumerate(studies.SHARES, 1):
        run = studies.upcoming(reviews, "001")
        assert run is not None and len(reviews.runs()) == number
        spec = run.spec()
        names.append(spec.name)
        assert (spec.options["data_share"], spec.options["epochs"], spec.options["seed"]) == (share, 2.0, 0)
        assert spec.adapter_options["rank"] == 4
        again = studies.upcoming(reviews, "001")
        assert again is not None and again.id == run.id, "it has not finished yet"
        finish(run)
    assert names == [f"reviews · {share} %" for share in (10, 25, 50, 100)]
    assert studies.upcoming(reviews, "001") is None
    assert [part.run for part in studies.load(reviews, "001").parts] == [run.id for run in reviews.runs()]


def test_a_run_that_was_stopped_is_the_next_again_and_one_that_is_gone_is_made_anew(
    reviews: Project, model: str
) -> None:
    studies.make(reviews, ask(model, name="mine"), shares=[1.0, 0.5, 1.0], seeds=[3, 4])
    first = studies.upcoming(reviews, "001")
    assert first is not None and first.spec().name == "mine · 50 % · seed 3"
    finish(first, events.Stopped(step=1, seconds=1.0))
    again = studies.upcoming(reviews, "001")
    assert again is not None and again.id == first.id
    finish(first)
    second = studies.upcoming(reviews, "001")
    assert second is not None and second.spec().options["seed"] == 4
    (second.path / "spec.json").unlink()
    anew = studies.upcoming(reviews, "001")
    assert anew is not None and anew.id != second.id
    assert [part.run for part in studies.load(reviews, "001").parts] == [first.id, anew.id, "", ""]


def test_studies_are_numbered_and_listed(reviews: Project, model: str) -> None:
    for _ in range(2):
        studies.make(reviews, ask(model))
    assert studies.names(reviews) == ["001", "002"]
    (reviews.path / "studies" / "002.json").write_text("{")
    with pytest.raises(UserError, match="The study “002” cannot be read"):
        studies.load(reviews, "002")
    with pytest.raises(UserError, match="There is no study “9”; there are: 001, 002"):
        studies.load(reviews, "9")


def test_other_data_cannot_go_on_with_a_study(reviews: Project, model: str) -> None:
    studies.make(reviews, ask(model))
    reviews.remove_dataset("reviews")
    rows = [{"text": f"other {number}", "label": "ab"[number % 2]} for number in range(250)]
    write_dataset(reviews.data / "reviews", "reviews", "text-label", rows, split=0.2)
    with pytest.raises(UserError, match="“reviews” is no longer the one that this study began with"):
        studies.upcoming(reviews, "001")
    assert reviews.runs() == []


@pytest.mark.parametrize(
    ("more", "how", "sentence"),
    [
        (
            {"task": "instruction-tuning"},
            {},
            "There is no learning curve of “instruction-tuning”; there is of: .*text-cl",
        ),
        ({"data": "whole"}, {}, "Nothing of “whole” is held out"),
        ({"data": "few"}, {}, "needs two or more shares that differ in rows; “few” has 8 to learn from"),
        ({}, {"shares": [0.5]}, "needs two or more shares"),
        ({}, {"shares": [0.5, 1.5]}, "from 0.01 to 1"),
        ({"settings": {"epochs": 0}}, {}, "must be at least"),
    ],
)
def test_every_refusal_has_its_sentence_and_leaves_nothing(
    reviews: Project, model: str, more: dict[str, Any], how: dict[str, Any], sentence: str
) -> None:
    rows = [{"text": f"text {number}", "label": "ab"[number % 2]} for number in range(10)]
    write_dataset(reviews.data / "whole", "whole", "text-label", rows, split=0.0)
    write_dataset(reviews.data / "few", "few", "text-label", rows, split=0.2)
    with pytest.raises(UserError, match=sentence):
        studies.make(reviews, ask(model, **more), **how)
    assert studies.names(reviews) == [] and reviews.runs() == []
