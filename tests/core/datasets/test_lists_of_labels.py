"""Rows with several labels: how they are stored, divided and checked."""

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import numpy
import pyarrow
import pytest
from pyarrow import parquet

from workbench.core.datasets import several
from workbench.core.datasets.checkup import check
from workbench.core.datasets.dataset import Dataset
from workbench.core.datasets.importer import import_file, look
from workbench.core.datasets.writer import write_dataset
from workbench.core.project import Project


def write(path: Path, rows: Iterable[object]) -> Path:
    path.write_text("\n".join(json.dumps(row) for row in rows), "utf-8")
    return path


def labels(dataset: Dataset) -> list[str]:
    return [row["label"] for row in dataset.rows()]


def test_lists_become_one_text_and_a_text_stays_as_it_is(project: Project, tmp_path: Path) -> None:
    given = [["fast", "cheap"], ["cheap"], [], [1, True, 2.0], ["fast", "fast", ""], "cheap; loud"]
    path = write(tmp_path / "shop.jsonl", [{"text": f"text {n}", "labels": label} for n, label in enumerate(given)])
    assert (look(path).kind, look(path).mapping["label"]) == ("text-label", "labels")
    assert labels(import_file(project, path)) == ["fast; cheap", "cheap", "", "1; true; 2", "fast", "cheap; loud"]


def test_a_list_in_a_cell_of_a_table_is_one_too(project: Project, tmp_path: Path) -> None:
    path = tmp_path / "shop.csv"
    path.write_text('text,label\nquick,"[""fast"", ""cheap""]"\nslow,cheap\nwhat,[]\nnothing,\n', "utf-8")
    found = import_file(project, path)
    assert labels(found) == ["fast; cheap", "cheap", ""]
    assert found.info.reasons == {"“Label” is missing or empty.": 1}


def test_what_would_be_torn_apart_is_rejected(project: Project, tmp_path: Path) -> None:
    rows = [{"text": "a", "label": ["x; y", "z"]}, {"text": "b", "label": [{"x": 1}]}, {"text": "c", "label": ["z"]}]
    found = import_file(project, write(tmp_path / "shop.jsonl", rows), kind="text-label", mapping={"label": "label"})
    assert found.info.reasons == {
        "A label in a list has “;” in it, which separates labels.": 1,
        "“Label” is neither a text nor a number.": 1,
    }


@pytest.mark.parametrize("shape", ["Sequence", "List", "old"])
def test_label_numbers_in_lists_become_words(project: Project, tmp_path: Path, shape: str) -> None:
    word = {"names": ["joy", "anger", "fear"], "_type": "ClassLabel"}
    feature = [word] if shape == "old" else {"feature": word, "_type": shape}
    table = pyarrow.table({"text": ["a", "b", "c"], "labels": [[0, 2], [], [1, 9]]})
    metadata = {"huggingface": json.dumps({"info": {"features": {"labels": feature, "text": {"dtype": "string"}}}})}
    parquet.write_table(table.replace_schema_metadata(metadata), tmp_path / "moods.parquet")
    assert labels(import_file(project, tmp_path / "moods.parquet")) == ["joy; fear", "", "anger"]


def test_the_rarest_label_decides_the_stratum_by_hand() -> None:
    """Of the six rows, “a” has 4, “b” 3, “c” 1 and none has one."""
    numbers = numpy.array([0, 0, 1, 2, 3, 4], numpy.int32)
    first, second, a, c, none, b = several.strata(["a; b", "a", "c;a", "", "b"], numbers).tolist()
    assert first == second == b
    assert len({a, b, c, none}) == 4
    plain = numpy.array([1, 0], numpy.int32)
    assert several.strata(["a", "b"], plain) is plain


def test_a_held_out_part_has_its_share_of_every_label_though_most_rows_are_unique(project: Project) -> None:
    names = [f"t{number}" for number in range(10)]
    rows = [
        {"text": f"{number}", "label": several.joined(name for at, name in enumerate(names) if number & 1 << at)}
        for number in range(1, 1024)
    ]
    assert len({row["label"] for row in rows}) == len(rows)
    dataset = write_dataset(project.data / "tags", "tags", "text-label", rows, split=0.1)
    assert dataset.info.splits == {"train": 921, "validation": 102}
    held_out = Counter(label for row in dataset.rows("validation") for label in several.parted(row["label"]))
    assert all(38 <= held_out[name] <= 64 for name in names), held_out


def test_the_checkup_counts_each_label(project: Project) -> None:
    rows = [{"text": f"the {n}. text is about {n % 7}", "label": ("a; b", "b", "")[n % 3]} for n in range(60)]
    report = check(write_dataset(project.data / "tags", "tags", "text-label", rows, split=0.0))
    assert {one.label: one.parts for one in report.labels} == {
        "b": {"train": 40},
        "a": {"train": 20},
        "": {"train": 20},
    }
    assert report.suspects is not None and not report.suspects.reason
