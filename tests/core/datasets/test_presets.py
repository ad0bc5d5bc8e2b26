from pathlib import Path

import pytest

from workbench.core.datasets import presets
from workbench.core.datasets.importer import import_file, look
from workbench.core.datasets.readers import How
from workbench.core.errors import UserError
from workbench.core.project import Project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project.create(tmp_path / "project")


def table(path: Path, columns: str = "text,other,label", rows: int = 4) -> Path:
    path.write_text(columns + "\n" + "".join(f"t{n},o{n},l{n}\n" for n in range(rows)))
    return path


def test_a_mapping_is_proposed_for_the_next_file_of_the_shape(project: Project, tmp_path: Path) -> None:
    first, second = table(tmp_path / "first.csv"), table(tmp_path / "second.csv", "label,text,other")
    import_file(project, first, kind="instruction", mapping={"prompt": "other", "answer": "label"})
    assert look(second).kind == "text-label"
    seen = look(second, project=project)
    assert (seen.kind, seen.preset) == ("instruction", "first.csv")
    assert {role: column for role, column in seen.mapping.items() if column} == {"prompt": "other", "answer": "label"}
    assert seen.remarks == ["The columns are taken as they were for first.csv."]
    dataset = import_file(project, second)
    assert dataset.info.mapping == {"prompt": "other", "answer": "label"}
    assert dataset.rows()[0] == {"prompt": "l0", "answer": "t0"}
    assert [preset.source for preset in presets.listed(project)] == ["second.csv"]


def test_what_a_person_says_comes_first(project: Project, tmp_path: Path) -> None:
    path = table(tmp_path / "t.csv")
    import_file(project, path, kind="text-label", mapping={"text": "other"})
    again = import_file(project, path, kind="text-label", mapping={"label": "text"})
    assert again.info.mapping == {"text": "other", "label": "text"}
    assert look(path, "text", project=project).mapping == {"text": "text"}


def test_a_role_that_was_to_have_no_column_has_none_again(project: Project, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("prompt,answer,context\np,a,c\n")
    import_file(project, path, mapping={"input": ""})
    assert import_file(project, path).info.mapping == {"prompt": "prompt", "answer": "answer"}


def test_the_part_is_remembered_though_it_was_not_kept(project: Project, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("text,split\na,train\nb,test\n")
    import_file(project, path, own_split=False)
    assert import_file(project, path).info.mapping["split"] == "split"


def test_other_columns_or_another_format_are_another_shape(project: Project, tmp_path: Path) -> None:
    import_file(project, table(tmp_path / "t.csv"), kind="instruction", mapping={"prompt": "text", "answer": "label"})
    assert not look(table(tmp_path / "u.csv", "text,other,label2"), project=project).preset
    (tmp_path / "u.jsonl").write_text('{"text": "x", "other": "y", "label": "z"}\n')
    assert not look(tmp_path / "u.jsonl", project=project).preset


def test_what_a_row_of_a_text_is_is_remembered(project: Project, tmp_path: Path) -> None:
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text("one\ntwo\n\nthree\n")
    import_file(project, tmp_path / "a.txt", how=How(unit="paragraph"))
    assert look(tmp_path / "b.txt", project=project).how.unit == "paragraph"
    assert import_file(project, tmp_path / "b.txt").info.rows == 2
    assert import_file(project, tmp_path / "b.txt", how=How(unit="line")).info.rows == 3


def test_presets_are_listed_and_forgotten(project: Project, tmp_path: Path) -> None:
    assert presets.listed(project) == []
    for number in range(3):
        import_file(project, table(tmp_path / f"{number}.csv", f"text,other,label{number}"))
    assert [preset.source for preset in presets.listed(project)] == ["2.csv", "1.csv", "0.csv"]
    assert presets.forget(project, 2).source == "1.csv"
    assert [preset.source for preset in presets.listed(project)] == ["2.csv", "0.csv"]
    with pytest.raises(UserError, match="no mapping number 3; there are 2"):
        presets.forget(project, 3)


@pytest.mark.parametrize("content", ["{", '[{"format": 3}]', "\0\xff"])
def test_a_damaged_file_of_presets_stops_nothing(project: Project, tmp_path: Path, content: str) -> None:
    (project.path / "presets.json").write_text(content, "latin-1")
    path = table(tmp_path / "t.csv")
    seen = look(path, project=project)
    assert (seen.kind, seen.preset, len(seen.remarks)) == ("text-label", "", 1)
    assert "cannot be read; delete the file" in seen.remarks[0]
    assert import_file(project, path).info.rows == 4
    assert (project.path / "presets.json").read_text("latin-1") == content
