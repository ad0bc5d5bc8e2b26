"""Zip archives and folders of files with rows, good and bad ones."""

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest

from workbench.core import archives
from workbench.core.datasets import readers
from workbench.core.datasets.importer import import_file, look
from workbench.core.datasets.readers import Source, read
from workbench.core.errors import UserError
from workbench.core.project import Project


def packed(path: Path, files: dict[str, bytes | str]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def written(folder: Path, files: dict[str, bytes | str]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def table(*texts: str) -> bytes:
    sink = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.table({"text": texts, "label": ["x"] * len(texts)}), sink)
    return sink.getvalue()


FILES: dict[str, bytes | str] = {
    "set/README.md": "# About",
    "set/notes.pdf": "%PDF",
    "__MACOSX/set/._train.csv": "junk",
    "set/.DS_Store": "junk",
    "set/test-00000.csv": "text,label\nt,x\n",
    "set/dev/a.jsonl": '{"text": "v", "label": "x"}\nbad\n',
    "set/train/10.parquet": table("c"),
    "set/train/9.parquet": table("a", "b"),
}


@pytest.mark.parametrize("place", ["zip", "folder"])
def test_files_with_rows_are_read_one_after_the_other(tmp_path: Path, place: str) -> None:
    made = packed(tmp_path / "d.zip", FILES) if place == "zip" else written(tmp_path / "d", FILES)
    found = list(read(made))
    assert [(r.file, r.line, (r.values or {}).get("text", r.reason), r.part) for r in found] == [
        ("set/train/9.parquet", 1, "a", "train"),
        ("set/train/9.parquet", 2, "b", "train"),
        ("set/train/10.parquet", 1, "c", "train"),
        ("set/dev/a.jsonl", 1, "v", "validation"),
        ("set/dev/a.jsonl", 2, "The row is not valid JSON.", "validation"),
        ("set/test-00000.csv", 2, "t", "test"),
    ]
    done = [record.done for record in found]
    assert done == sorted(done)
    assert done[-1] == 1.0
    said = readers.format_at(made).remarks(Source.of(made))
    assert said == ["Files without rows, passed over: 2 (set/README.md, set/notes.pdf)."]


def test_an_archive_is_imported_with_its_parts(tmp_path: Path) -> None:
    project = Project.create(tmp_path / "project")
    dataset = import_file(project, packed(tmp_path / "d.zip", FILES))
    assert (dataset.info.kind, dataset.info.format) == ("text-label", "zip")
    assert dataset.info.splits == {"train": 3, "validation": 1, "test": 1}
    assert [(row.file, row.line) for row in dataset.rejected()] == [("set/dev/a.jsonl", 2)]


def test_one_file_that_is_called_test_is_no_part(tmp_path: Path) -> None:
    assert [r.part for r in read(packed(tmp_path / "d.zip", {"test.csv": "text,label\nt,x\n"}))] == [""]


def test_each_member_has_its_own_encoding(tmp_path: Path) -> None:
    files = {
        "a.csv": "本文,ラベル\nとても良い商品でした,良\n".encode("cp932"),
        "b.csv": "本文,ラベル\n二度と買いません,悪\n".encode("utf-16"),
    }
    assert [record.values for record in read(packed(tmp_path / "d.zip", files))] == [
        {"本文": "とても良い商品でした", "ラベル": "良"},
        {"本文": "二度と買いません", "ラベル": "悪"},
    ]


@pytest.mark.parametrize(
    "name", ["../evil.jsonl", "/etc/evil.jsonl", "a/../../evil.jsonl", "C:\\evil.jsonl", "..\\e.csv"]
)
def test_names_that_lead_outside_are_refused_and_nothing_is_written(tmp_path: Path, name: str) -> None:
    project = Project.create(tmp_path / "project")
    made = packed(tmp_path / "d.zip", {"a.jsonl": '{"text": "x"}\n', name: '{"text": "y"}\n'})
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(UserError, match="not safe to unpack"):
        import_file(project, made)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_bomb_is_refused_before_it_is_read(tmp_path: Path) -> None:
    made = packed(tmp_path / "d.zip", {"a.txt": b"0" * 40_000_000})
    assert made.stat().st_size < 100_000
    with pytest.raises(UserError, match="not safe to unpack"):
        list(read(made))


def test_too_many_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MAX_FILES", 10)
    made = packed(tmp_path / "d.zip", {f"{n}.txt": "x" for n in range(11)})
    with pytest.raises(UserError, match="not safe to unpack"):
        list(read(made))


def test_a_list_of_files_that_is_too_long_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MAX_DIRECTORY", 500)
    made = packed(tmp_path / "d.zip", {f"{n}.txt": "x" for n in range(20)})
    with pytest.raises(UserError, match="not safe to unpack"):
        list(read(made))


def test_archives_inside_are_told_of(tmp_path: Path) -> None:
    inner = packed(tmp_path / "inner.zip", {"a.txt": "x"}).read_bytes()
    made = packed(tmp_path / "d.zip", {"inner.zip": inner, "a.txt": "x\n"})
    assert [record.values for record in read(made)] == [{"text": "x"}]
    assert readers.format_at(made).remarks(Source.of(made)) == [
        "Archives inside, not opened: 1 (inner.zip). Unpack them first if they hold rows."
    ]
    with pytest.raises(UserError, match="holds nothing that can be read"):
        list(read(packed(tmp_path / "e.zip", {"inner.zip": inner})))


def test_a_locked_archive_is_refused(tmp_path: Path) -> None:
    made = packed(tmp_path / "d.zip", {"a.txt": "x"})
    content = bytearray(made.read_bytes())
    content[content.index(b"PK\1\2") + 8] |= 1
    made.write_bytes(content)
    with pytest.raises(UserError, match="locked with a password"):
        list(read(made))


@pytest.mark.parametrize("content", [b"no archive", b"PK\3\4" + b"\0" * 100])
def test_what_is_no_archive_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "d.zip").write_bytes(content)
    with pytest.raises(UserError, match="damaged or cannot be unpacked"):
        list(read(tmp_path / "d.zip"))


def test_a_truncated_archive_is_refused(tmp_path: Path) -> None:
    made = packed(tmp_path / "d.zip", FILES)
    made.write_bytes(made.read_bytes()[:-60])
    with pytest.raises(UserError, match="damaged or cannot be unpacked"):
        list(read(made))


def rows(count: int) -> Iterator[str]:
    return (json.dumps({"text": f"text {number} {number * 7919 % 1009}"}) + "\n" for number in range(count))


def test_a_member_that_is_damaged_costs_only_its_rest(tmp_path: Path) -> None:
    made = packed(tmp_path / "d.zip", {"a.jsonl": "".join(rows(50_000)), "b.jsonl": '{"text": "last"}\n'})
    content = bytearray(made.read_bytes())
    content[len(content) // 2] ^= 0xFF
    made.write_bytes(content)
    found = list(read(made))
    assert found[-1].values == {"text": "last"}
    assert [record.reason for record in found if record.file == "a.jsonl"][-1] == (
        "The file is damaged from here on; the rows that follow are missing."
    )


def test_a_link_in_an_archive_is_no_file(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("link.txt")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "d.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
        archive.writestr("a.txt", "x\n")
    assert [record.file for record in read(tmp_path / "d.zip")] == ["a.txt"]


def test_a_link_in_a_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    folder = written(tmp_path / "d", {"a.txt": "x\n"})
    (folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    assert [record.values for record in read(folder)] == [{"text": "x"}]


def test_an_archive_without_rows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="holds nothing that can be read"):
        list(read(packed(tmp_path / "d.zip", {"a.pdf": "x"})))
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match="holds nothing that can be read"):
        list(read(tmp_path / "empty"))


def test_a_look_at_an_archive(tmp_path: Path) -> None:
    seen = look(packed(tmp_path / "d.zip", FILES))
    assert (seen.format, seen.kind, seen.mapping) == ("zip", "text-label", {"text": "text", "label": "label"})
