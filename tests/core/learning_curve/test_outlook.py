from collections.abc import Sequence

import msgspec
import numpy as np
import pytest

from workbench.core import events, jsonl, reports
from workbench.core.datasets.dataset import DatasetInfo
from workbench.core.learning_curve.outlook import gains, outlook, points
from workbench.core.learning_curve.study import Part, Study
from workbench.core.plan import Request
from workbench.core.project import Project
from workbench.core.reports import Judged
from workbench.core.runs import Run
from workbench.core.spec import RunSpec

INFO = DatasetInfo(name="d", kind="text-label", rows=0, hash="h", splits={})


def make(project: Project, right: Sequence[Sequence[bool]], *, seeds: int = 1, judged: bool = True) -> Study:
    """A study whose runs have these held-out rows right, with 100, 200, 400 ... rows to learn from."""
    parts = []
    for number, rows in enumerate(right):
        spec = RunSpec(task="text-classification", name="r", model="m", model_path="m", data="d", data_path="data/d")
        run = project.new_run(spec)
        run.append(events.Launched(pid=1))
        run.result.mkdir()
        jsonl.write_atomically(run.result / "result.json", {"metrics": {"eval/accuracy": sum(rows) / len(rows)}})
        if judged:
            found = [
                Judged(what=str(place), truth=(0,), scores=(0.9, 0.1) if good else (0.2, 0.8))
                for place, good in enumerate(rows)
            ]
            reports.save(run.result, reports.build(INFO, "data/d", "text", ["a", "b"], found), found)
        run.append(events.Finished(step=1, seconds=1.0))
        share = 2.0 ** (number // seeds - (len(right) - 1) // seeds)
        parts.append(Part(share=share, seed=number % seeds, rows=100 * 2 ** (number // seeds), run=run.id))
    request = Request(task="text-classification", data="d")
    return Study(id="001", request=request, data_hash="h", held_out=len(right[0]), parts=parts, created="")


def wrong_first(count: int, wrong: int) -> list[bool]:
    """Rows of which the first ones are wrong: the same rows are hard in every run."""
    return [place >= wrong for place in range(count)]


def test_points_by_hand(project: Project) -> None:
    study = make(project, [wrong_first(100, 40), wrong_first(100, 30)])
    study = msgspec.structs.replace(study, parts=[*study.parts, Part(share=1.0, seed=0, rows=400)])
    first, second, third = points(project, study)
    assert (first.share, first.rows, first.accuracy, second.accuracy) == (0.5, 100, 0.6, 0.7)
    assert first.low == pytest.approx(0.5178, abs=1e-4) and first.high == pytest.approx(0.6769, abs=1e-4)
    assert (third.state, third.accuracy, third.low) == ("waiting", None, None)


def test_a_run_that_goes_on_or_has_failed_has_no_accuracy(project: Project) -> None:
    study = make(project, [wrong_first(100, 40), wrong_first(100, 30)])
    Run(project.runs_folder / study.parts[1].run).append(events.Failed(sentence="No."))
    found = points(project, study)
    assert [(point.state, point.accuracy) for point in found] == [("finished", 0.6), ("failed", None)]
    told = outlook(project, study, found)
    assert (told.verdict, told.sentence) == ("open", "1 of 2 trainings are finished.")


def test_gains_by_hand() -> None:
    errors = np.array([[0.4, 0.2], [0.4, 0.4], [0.2, 0.4]])
    assert gains(np.array([100.0, 200.0]), errors) == pytest.approx([0.1, 0.0, -0.4])
    assert gains(np.array([100.0, 400.0]), errors[:1]) == pytest.approx([0.2 * (1 - 2**-0.5)])
    assert gains(np.array([1.0, 2.0, 4.0]), np.array([[0.4, 0.2, 0.1]])) == pytest.approx([0.05])


def test_a_curve_that_climbs_is_worth_more_rows(project: Project) -> None:
    study = make(project, [wrong_first(300, wrong) for wrong in (140, 100, 72)])
    told = outlook(project, study, points(project, study))
    assert told.verdict == "worth"
    assert told.gain == pytest.approx(0.068, abs=0.01), "the error falls to 0.717 of itself at each doubling"
    assert 0.04 < told.low < told.gain < told.high < 0.1
    assert told.sentence.startswith("Doubling the labelled rows to 800 would likely bring about +6.")


def test_a_flat_curve_is_not(project: Project) -> None:
    study = make(project, [wrong_first(1000, wrong) for wrong in (103, 101, 100)])
    told = outlook(project, study, points(project, study))
    assert told.verdict == "little" and "hardly help" in told.sentence


def test_what_chance_may_have_done_is_not_taken_for_a_rise(project: Project) -> None:
    draw = np.random.default_rng(1)
    right = [(draw.random(60) < share).tolist() for share in (0.70, 0.74, 0.76)]
    study = make(project, right)
    told = outlook(project, study, points(project, study))
    assert told.verdict == "unsure" and told.low <= 0 < 0.05 < told.high
    assert "cannot be told yet" in told.sentence


def test_the_same_rows_in_all_runs_make_it_surer(project: Project) -> None:
    right = [wrong_first(200, wrong) for wrong in (60, 52, 46)]
    paired, alone = make(project, right), make(project, right, judged=False)
    sure = outlook(project, paired, points(project, paired))
    vague = outlook(project, alone, points(project, alone))
    assert sure.gain == pytest.approx(vague.gain, abs=0.005)
    assert sure.high - sure.low < 0.5 * (vague.high - vague.low)
    assert (sure.verdict, vague.verdict) == ("worth", "unsure")


def test_the_first_points_do_not_count_once_there_are_enough(project: Project) -> None:
    study = make(project, [wrong_first(1000, wrong) for wrong in (480, 103, 101, 100)])
    assert outlook(project, study, points(project, study)).verdict == "little"


def test_repetitions_are_averaged(project: Project) -> None:
    wrong = (80, 60, 70, 50, 56, 44)
    study = make(project, [wrong_first(300, count) for count in wrong], seeds=2)
    once = make(project, [wrong_first(300, count) for count in (70, 60, 50)])
    told, same = (outlook(project, one, points(project, one)) for one in (study, once))
    assert told.gain == pytest.approx(same.gain, abs=0.005)


def test_an_error_of_nothing_is_no_trouble(project: Project) -> None:
    study = make(project, [wrong_first(100, 1), wrong_first(100, 0), wrong_first(100, 0)])
    told = outlook(project, study, points(project, study))
    assert abs(told.gain) < 0.01 and told.verdict == "little"
