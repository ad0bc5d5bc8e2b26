import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROW = {"prompt": "質問", "responses": ["い", "ろ", "は"], "ranks": [1, 2, 2], "annotator": "私"}


def workbench(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "workbench", *map(str, arguments)]
    environment = {"PATH": "/usr/bin:/bin", "WORKBENCH_LANGUAGE": "en", "LC_ALL": "C"}
    return subprocess.run(command, capture_output=True, encoding="utf-8", env=environment, check=False)


def value(*arguments: object) -> Any:
    done = workbench(*arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    assert workbench("project", "new", tmp_path / "p").returncode == 0
    return tmp_path / "p"


def test_import_and_list(project: Path, tmp_path: Path) -> None:
    source = tmp_path / "reviews.csv"
    source.write_bytes("本文,評判\nとても良い,良\nひどい,悪\n半分\n".encode("cp932"))
    imported = value("data", "import", project, source, "--kind", "text-label", "--map", "label=評判", "--split", "0")
    assert imported["data"] == "reviews"
    assert imported["kind"] == "text-label"
    assert (imported["rows"], imported["rejected"], imported["encoding"]) == (2, 1, "cp932")
    assert imported["reasons"] == {"The row has fewer cells than there are columns.": 1}
    assert imported["mapping"] == {"text": "本文", "label": "評判"}
    assert len(imported["hash"]) == 64
    assert value("data", "list", project) == [imported]
    plain = workbench("data", "import", project, source, "--kind", "text", "--name", "二")
    assert plain.stdout == "“二”: 2 rows imported, 1 rejected.\n"
    assert "1 × The row has fewer cells than there are columns." in plain.stderr
    assert "二" in workbench("data", "list", project).stdout


def test_left_out_rows_and_removal(project: Path, tmp_path: Path) -> None:
    source = tmp_path / "t.jsonl"
    rows = [
        {"sentence": str(n), "label": n % 2, "part": ("train", "test", "x")[n % 3], "who": n // 6} for n in range(30)
    ]
    source.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    options = ("--map", "split=part", "--map", "group=who", "--split", "0.4", "--no-stratify")
    imported = value("data", "import", project, source, *options)
    assert (imported["kind"], imported["format"]) == ("text-label", "jsonl")
    assert imported["splits"] == {"train": 6, "validation": 4, "test": 10}
    left_out = value("data", "rejected", project, "t")
    assert [row["line"] for row in left_out] == list(range(3, 31, 3))
    assert value("data", "rejected", project, "t", "--to", tmp_path / "out.csv")["rejected"] == 10
    assert (tmp_path / "out.csv").exists()
    assert value("data", "remove", project, "t") == {"data": "t", "removed": True}
    assert value("data", "list", project) == []
    assert "is back" in workbench("data", "restore", project, "t").stdout
    assert value("data", "list", project) == [imported]
    all_in = value("data", "import", project, source, "--map", "split=part", "--no-own-split", "--split", "0")
    assert all_in["splits"] == {"train": 30, "validation": 0}


def test_rankings_in_and_out(project: Path, tmp_path: Path) -> None:
    assert value("data", "list", project) == []
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text(json.dumps(ROW) + "\n" + '{"prompt": "no answers"}\n', "utf-8")
    imported = value("rank", "import", project, source)
    assert imported == {
        "data": "rankings",
        "rows": 1,
        "known": 0,
        "rejected": 1,
        "reasons": {"“Answers” is missing or empty.": 1},
    }
    listed = value("data", "list", project)
    assert [(entry["data"], entry["kind"], entry["rows"]) for entry in listed] == [("rankings", "ranking", 1)]
    assert value("rank", "export", project, target)["rows"] == 1
    assert json.loads(target.read_text("utf-8")) == ROW
    assert workbench("rank", "export", project, target, "--format", "pairs").returncode == 0
    assert [json.loads(line)["rejected"] for line in target.read_text("utf-8").splitlines()] == ["ろ", "は"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["data", "list", "{p}/none"], "There is no project in"),
        (["project", "new", "{p}"], "There is already a project"),
        (["data", "import", "{p}", "{p}/none.csv", "--kind", "text"], "There is no file"),
        (["data", "import", "{p}", "{p}/project.json", "--kind", "text"], "holds no list of rows"),
        (["data", "import", "{p}", "{p}/project.json", "--kind", "poems"], "There is no kind of data “poems”"),
        (["data", "import", "{p}", "{p}/project.json", "--kind", "text", "--map", "text"], "role=column"),
        (["data", "import", "{p}", "{p}/project.json", "--unit", "page"], "'page' is not one of"),
        (["data", "restore", "{p}", "none"], "No data set “none” has been removed."),
        (["rank", "export", "{p}", "{p}/x.jsonl", "--format", "poems"], "'poems' is not one of"),
        (["rank", "import", "{p}", "{p}/none.jsonl"], "There is no file"),
        (["poems"], "No such command 'poems'"),
        (["data", "list"], "Missing argument 'DIR'"),
    ],
)
def test_mistakes_end_with_2_and_one_sentence(project: Path, arguments: list[str], sentence: str) -> None:
    done = workbench(*(argument.format(p=project) for argument in arguments))
    assert done.returncode == 2
    assert done.stdout == ""
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_commands_import_nothing_heavy(project: Path) -> None:
    program = (
        "import sys; from workbench.cli import main\n"
        "status = main(['data', 'list', sys.argv[1]]); assert status == 0\n"
        "print([name for name in ('torch', 'transformers', 'PySide6') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program, str(project)], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
