import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from workbench.core.project import Project


def workbench(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "workbench", *map(str, arguments)]
    environment = {"PATH": "/usr/bin:/bin", "WORKBENCH_LANGUAGE": "en", "LC_ALL": "C"}
    return subprocess.run(command, capture_output=True, encoding="utf-8", env=environment, check=False)


def value(*arguments: object) -> Any:
    done = workbench(*arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def imported(project: Project, tmp_path: Path) -> Path:
    source = tmp_path / "reviews.csv"
    source.write_text("text,label\n" + "".join(f"film number {n},{n % 2}\n" for n in range(40)))
    value("data", "import", project.path, source, "--kind", "text-label", "--split", "0.25")
    return project.path


def test_a_set_becomes_prompts_and_is_mixed_with_another(imported: Path) -> None:
    made = value("data", "template", imported, "reviews", "--wording", "en-1", "--label", "0=dull", "--label", "1=fine")
    assert (made["data"], made["kind"], made["family"]) == ("reviews-prompts", "instruction", "sentiment")
    assert (made["wordings"], made["rows"], made["splits"]) == (["en-1"], 40, {"train": 30, "validation": 10})
    row = Project.open(imported).dataset("reviews-prompts").page(0, 1)[0]
    assert row["prompt"] == "film number 0\n\nHow does the writer feel about it?\n\nOPTIONS:\n- dull\n- fine"
    assert row["answer"] == "dull"
    more = ("--family", "classification", "--language", "both", "--no-options", "--per-row", "2", "--name", "sorted")
    made = value("data", "template", imported, "reviews", *more)
    assert (made["data"], made["rows"], len(made["wordings"])) == ("sorted", 80, 22)
    assert "OPTIONS" not in "".join(row["prompt"] for row in Project.open(imported).dataset("sorted").rows())
    mixed = value("data", "mix", imported, "reviews-prompts", "sorted", "--rate-maximum", "30", "--size", "40")
    assert (mixed["data"], mixed["splits"]) == ("mix", {"train": 40, "validation": 14})
    assert [share["drawn"]["train"] for share in mixed["shares"]] == [20, 20]
    plain = workbench("data", "mix", imported, "reviews-prompts", "sorted", "--name", "again")
    assert plain.stdout == "“again”: a mix of 2 data sets, 120 rows.\n"
    assert "sorted: 60 of 60 training rows (66.7 %)" in plain.stderr


def test_mistakes_are_one_sentence(imported: Path) -> None:
    for arguments, says in [
        (("template", imported, "reviews", "--family", "reading"), "nothing for “Text to read”"),
        (("template", imported, "reviews", "--label", "0"), "write it as name=value"),
        (("template", imported, "reviews", "--wording", "en-99"), "no wording “en-99”"),
        (("template", imported, "reviews", "--fill", "text=colour"), "have no “colour”"),
        (("mix", imported, "reviews", "reviews"), "at least two"),
    ]:
        done = workbench("data", *arguments)
        assert done.returncode == 2
        assert says in done.stderr
        assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    assert [dataset.name for dataset in Project.open(imported).datasets()] == ["reviews"]


def test_the_families_are_listed() -> None:
    families = value("data", "templates")
    assert len(families) >= 10
    assert all(len(family["wordings"]) >= 20 for family in families)
    assert "paraphrase-check" in workbench("data", "templates").stdout
