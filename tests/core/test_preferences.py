import json
import subprocess
import sys
from pathlib import Path

import pytest

from workbench.core.errors import UserError
from workbench.core.preferences import RANKINGS, Origin, Preferences, snapshot
from workbench.core.project import Project

ORIGIN = Origin(run="001-instruction-tuning", model="smollm2", sampling={"temperature": 0.8, "seed": 3})


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project.create(tmp_path / "project")


def rank(preferences: Preferences, prompt: str, ranks: list[int]) -> int:
    """Rank answers that are shown in the opposite order of their making."""
    answers = preferences.add_answers(prompt, [f"{prompt}{number}" for number in range(len(ranks))], ORIGIN)
    return preferences.save_ranking(prompt, [answer.id for answer in reversed(answers)], ranks, "me", 2.5)


def test_the_evidence_is_kept(project: Project) -> None:
    with Preferences(project.database) as preferences:
        first = rank(preferences, "質問", [2, 1, 2])
        preferences.mark_used("002-reward-model", [first])
        preferences.mark_used("002-reward-model", [first])
    with Preferences(project.database) as preferences:
        ranking = preferences.rankings()[0]
        assert preferences.used_by(first) == ["002-reward-model"]
    assert (ranking.id, ranking.prompt, ranking.annotator, ranking.seconds) == (first, "質問", "me", 2.5)
    assert ranking.responses == ["質問2", "質問1", "質問0"]
    assert ranking.ranks == [2, 1, 2]
    assert [answer.position for answer in ranking.answers] == [2, 1, 0]
    assert all(answer.origin == ORIGIN for answer in ranking.answers)


def test_a_saved_ranking_survives_a_kill(project: Project) -> None:
    program = (
        "import os, signal, sys; from pathlib import Path\n"
        "from workbench.core.preferences import Preferences, Origin\n"
        "p = Preferences(Path(sys.argv[1])); a = p.add_answers('p', ['x', 'y'], Origin())\n"
        "p.save_ranking('p', [a[1].id, a[0].id], [1, 2], 'me', 1.0)\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    for _ in range(3):
        ended = subprocess.run([sys.executable, "-c", program, str(project.database)], check=False)
        assert ended.returncode == -9
    with Preferences(project.database) as preferences:
        assert [ranking.responses for ranking in preferences.rankings()] == [["y", "x"]] * 3


def test_undo_and_redo(project: Project) -> None:
    with Preferences(project.database) as preferences:
        first, second = rank(preferences, "a", [1, 2]), rank(preferences, "b", [1, 2])
        undone = preferences.undo_last()
        assert undone is not None
        assert (undone.id, undone.responses, undone.ranks) == (second, ["b1", "b0"], [1, 2])
        assert [ranking.id for ranking in preferences.rankings()] == [first]
        undone = preferences.undo_last()
        assert undone is not None
        assert undone.id == first
        assert preferences.undo_last() is None
        assert preferences.count() == 0
        for wanted in (first, second):
            redone = preferences.redo()
            assert redone is not None
            assert redone.id == wanted
        assert preferences.redo() is None
        preferences.undo_last()
        third = rank(preferences, "c", [1, 2])
        assert preferences.redo() is None
        assert [ranking.id for ranking in preferences.rankings()] == [first, third]


def test_undone_answers_can_be_ranked_again(project: Project) -> None:
    with Preferences(project.database) as preferences:
        rank(preferences, "a", [1, 2])
        undone = preferences.undo_last()
        assert undone is not None
        preferences.save_ranking("a", [answer.id for answer in undone.answers], [2, 1])
        assert [(ranking.responses, ranking.ranks) for ranking in preferences.rankings()] == [(["a1", "a0"], [2, 1])]


def test_skips_are_kept_but_do_not_count(project: Project) -> None:
    with Preferences(project.database) as preferences:
        answers = preferences.add_answers("a", ["x", "y"], ORIGIN)
        preferences.skip("a", [answer.id for answer in answers], "me", 1.0)
        preferences.skip("never generated", [])
        assert preferences.count() == 0
        assert preferences.rankings() == []
        skipped = preferences.rankings(skipped=True)
        assert [(ranking.prompt, ranking.responses, ranking.ranks) for ranking in skipped] == [
            ("a", ["x", "y"], []),
            ("never generated", [], []),
        ]
        assert preferences.seen() == {"a", "never generated"}
        undone = preferences.undo_last()
        assert undone is not None
        assert undone.skipped


@pytest.mark.parametrize(
    ("shown", "ranks"), [([0, 1], [1]), ([0], [1]), ([0, 0], [1, 2]), ([0, 99], [1, 2]), ([0, 1], [0, 1])]
)
def test_a_ranking_that_does_not_fit_is_refused(project: Project, shown: list[int], ranks: list[int]) -> None:
    with Preferences(project.database) as preferences:
        ids = {index: answer.id for index, answer in enumerate(preferences.add_answers("a", ["x", "y"], ORIGIN))}
        other = preferences.add_answers("b", ["z"], ORIGIN)[0].id
        with pytest.raises(UserError):
            preferences.save_ranking("a", [ids.get(index, other) for index in shown], ranks)
        assert preferences.count() == 0


def test_files_go_in_and_out(project: Project, tmp_path: Path) -> None:
    given = [
        {"prompt": "質問", "responses": ["い", "ろ", "は"], "ranks": [1, 2, 2], "annotator": "私"},
        {"prompt": "q", "responses": ["a", "b"], "ranks": [2, 1], "annotator": ""},
    ]
    source = tmp_path / "in.jsonl"
    rows = [*given, {"prompt": "q", "responses": ["a"], "ranks": [1]}]
    source.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows) + "\nnot json\n", "utf-8")
    with Preferences(project.database) as preferences:
        report = preferences.import_jsonl(source)
        assert report.rows == 2
        assert report.reasons == {"A ranking needs at least two answers.": 1, "The row is not valid JSON.": 1}
        assert [(found.line, found.raw) for found in report.rejected][1] == (4, "not json")
        assert preferences.undo_last() is None
        assert preferences.export_jsonl(tmp_path / "out.jsonl") == 2
        assert preferences.export_jsonl(tmp_path / "pairs.jsonl", "pairs") == 3
    written = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text("utf-8").splitlines()]
    assert written == given
    pairs = [json.loads(line) for line in (tmp_path / "pairs.jsonl").read_text("utf-8").splitlines()]
    assert [(pair["prompt"], pair["chosen"], pair["rejected"]) for pair in pairs] == [
        ("質問", "い", "ろ"),
        ("質問", "い", "は"),
        ("q", "b", "a"),
    ]


def test_the_same_rows_do_not_count_twice(project: Project, tmp_path: Path) -> None:
    twice = {"prompt": "q", "responses": ["a", "b"], "ranks": [1, 2]}
    shown_otherwise = {"prompt": "q", "responses": ["b", "a"], "ranks": [2, 1]}
    source = tmp_path / "in.jsonl"
    source.write_text("".join(json.dumps(row) + "\n" for row in (twice, twice)))
    with Preferences(project.database) as preferences:
        assert (preferences.import_jsonl(source).rows, preferences.count()) == (2, 2)
        again = preferences.import_jsonl(source)
        assert (again.rows, again.known, preferences.count()) == (0, 2, 2)
        source.write_text(json.dumps(shown_otherwise) + "\n" + json.dumps({**twice, "annotator": "Ann"}) + "\n")
        other = preferences.import_jsonl(source)
        assert (other.rows, other.known, preferences.count()) == (1, 1, 3)
        preferences.export_jsonl(tmp_path / "out.jsonl")
        assert preferences.import_jsonl(tmp_path / "out.jsonl").known == 3


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("pairs.jsonl", '{"prompt": "q", "chosen": "good", "rejected": "bad"}\n'),
        ("pairs.csv", "question,chosen,rejected\nq,good,bad\n"),
        ("scores.json", '[{"prompt": "q", "responses": ["bad", "good"], "scores": [1, 5.5]}]'),
        (
            "transcripts.jsonl",
            r'{"chosen": "\n\nHuman: q\n\nAssistant: good", "rejected": "\n\nHuman: q\n\nAssistant: bad"}' + "\n",
        ),
    ],
)
def test_rankings_in_other_shapes(project: Project, tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content)
    with Preferences(project.database) as preferences:
        assert preferences.import_jsonl(tmp_path / name).rows == 1
        (ranking,) = preferences.rankings()
    ranked = dict(zip(ranking.responses, ranking.ranks, strict=True))
    assert (ranking.prompt, ranked) == ("q", {"good": 1, "bad": 2})


def test_a_file_without_rankings_adds_nothing(project: Project, tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    source.write_text('{"prompt": "q"}\n')
    with Preferences(project.database) as preferences:
        with pytest.raises(UserError, match=r"No row of in\.jsonl can be used"):
            preferences.import_jsonl(source)
        assert preferences.count() == 0


def test_the_snapshot_is_split_by_prompt_and_does_not_change(project: Project) -> None:
    with Preferences(project.database) as preferences:
        for number in range(60):
            rank(preferences, f"prompt {number % 20} ", [1, 2, 3])
        answers = preferences.add_answers("skipped", ["x", "y"], ORIGIN)
        preferences.skip("skipped", [answer.id for answer in answers])
        rank(preferences, "all the same", [1, 1])
        frozen = snapshot(project, project.runs_folder / "001" / "data", run="001")
        rank(preferences, "later", [1, 2])
        assert preferences.used_by(1) == ["001"]
    assert (frozen.info.name, frozen.info.kind, frozen.info.rows) == (RANKINGS, "ranking", 60)
    train, validation = ({row["prompt"] for row in frozen.rows(split)} for split in ("train", "validation"))
    assert (len(train), len(validation)) == (18, 2)
    assert not train & validation
    assert frozen.rows()[0]["ranks"] == [1, 2, 3]
    assert snapshot(project, project.runs_folder / "002" / "data").info.hash != frozen.info.hash


def test_five_prompts_hold_one_out_and_one_ranking_is_too_few(project: Project) -> None:
    with Preferences(project.database) as preferences:
        rank(preferences, "0", [1, 2])
        with pytest.raises(UserError, match="1 usable rankings and at least 2"):
            snapshot(project, project.runs_folder / "001" / "data")
        for number in range(1, 4):
            rank(preferences, str(number), [1, 2])
        assert snapshot(project, project.runs_folder / "002" / "data").info.splits["validation"] == 0
        rank(preferences, "4", [1, 2])
        assert snapshot(project, project.runs_folder / "003" / "data").info.splits["validation"] == 1
