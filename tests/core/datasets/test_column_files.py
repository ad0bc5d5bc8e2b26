"""Parquet, Arrow and Excel files."""

import datetime
import io
import json
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow
import pyarrow.feather
import pyarrow.parquet
import pytest

from workbench.core.datasets.importer import import_file, look
from workbench.core.datasets.readers import How, pieces, read
from workbench.core.datasets.readers.columns import ROWS
from workbench.core.errors import UserError
from workbench.core.project import Project

FEATURES = {"info": {"features": {"label": {"names": ["neg", "pos"], "_type": "ClassLabel"}, "text": {"dtype": "x"}}}}


def write(table: Any, path: Path) -> Path:
    if path.suffix == ".parquet":
        pyarrow.parquet.write_table(table, path)
    elif path.suffix == ".feather":
        pyarrow.feather.write_feather(table, path)
    else:
        opener = pyarrow.ipc.new_stream if path.suffix == ".arrow" else pyarrow.ipc.new_file
        with opener(path, table.schema) as sink:
            sink.write_table(table)
    return path


SUFFIXES = (".parquet", ".feather", ".arrow", ".ipc")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_labels_are_words_and_odd_types_are_plain(tmp_path: Path, suffix: str) -> None:
    table = pyarrow.table(
        {
            "text": pyarrow.array(["a", "b", None], pyarrow.large_string()),
            "label": [1, 0, -1],
            "when": [datetime.date(2026, 1, 2), None, None],
            "price": [Decimal("1.50"), None, None],
            "tags": [["x", "y"], [], None],
            "kind": pyarrow.array(["u", "v", "u"]).dictionary_encode(),
            "turns": [[{"role": "user", "content": "c"}], None, None],
        }
    ).replace_schema_metadata({"huggingface": json.dumps(FEATURES)})
    found = list(read(write(table, tmp_path / f"a{suffix}")))
    assert [record.values for record in found] == [
        {
            **{"text": "a", "label": "pos", "when": "2026-01-02", "price": 1.5, "tags": ["x", "y"], "kind": "u"},
            "turns": [{"role": "user", "content": "c"}],
        },
        {"text": "b", "label": "neg", "tags": [], "kind": "v"},
        {"kind": "u"},
    ]
    assert [record.line for record in found] == [1, 2, 3]
    assert json.loads(found[1].raw)["label"] == "neg"


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_batches_are_small_and_only_what_is_wanted(tmp_path: Path, suffix: str) -> None:
    table = pyarrow.table({"n": range(10_000), "text": ["x"] * 10_000})
    found = list(pieces(write(table, tmp_path / f"a{suffix}"), How(columns=("n",))))
    assert [(piece.line, piece.table.num_rows) for piece in found] == [
        (1, ROWS),
        (4097, ROWS),
        (8193, 10_000 - 2 * ROWS),
    ]
    assert [n for piece in found for n in piece.table["n"].to_pylist()] == list(range(10_000))
    assert {name for piece in found for name in piece.table.column_names} == {"n"}


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("damage", ["cut", "junk"])
def test_damaged_files_are_refused_in_a_sentence(tmp_path: Path, suffix: str, damage: str) -> None:
    path = write(pyarrow.table({"text": ["x" * 50] * 1000}), tmp_path / f"a{suffix}")
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 3] if damage == "cut" else b"junk" * 100)
    with pytest.raises(UserError, match="is damaged, or it is not what its ending says"):
        list(read(path))


def test_a_stream_that_ends_early_keeps_what_was_whole(tmp_path: Path) -> None:
    table = pyarrow.table({"text": [f"text {n}" for n in range(100)]})
    sink = io.BytesIO()
    with pyarrow.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table, max_chunksize=50)
    path = tmp_path / "a.arrow"
    path.write_bytes(sink.getvalue()[:-200])
    found = list(read(path))
    assert [record.values for record in found[:50]] == [{"text": f"text {n}"} for n in range(50)]
    assert (found[50].line, found[50].reason) == (
        51,
        "The file is damaged from here on; the rows that follow are missing.",
    )
    assert len(found) == 51


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_text_that_is_not_utf8_costs_only_its_row(tmp_path: Path, suffix: str) -> None:
    texts = [f"text {n}".encode() for n in range(6000)]
    texts[3] = b"bro\xffken"
    damaged = pyarrow.array(texts, pyarrow.binary()).view(pyarrow.string())
    found = list(read(write(pyarrow.table({"text": damaged, "n": range(6000)}), tmp_path / f"a{suffix}")))
    assert len(found) == 6000
    assert [(r.line, r.reason) for r in found if r.values is None] == [
        (4, "The row holds characters that cannot be read.")
    ]
    assert (found[5999].line, found[5999].values) == (6000, {"text": "text 5999", "n": 5999})


def test_a_parquet_file_is_imported(tmp_path: Path) -> None:
    table = pyarrow.table({"text": [f"t{n}" for n in range(100)], "label": [n % 2 for n in range(100)]})
    table = table.replace_schema_metadata({"huggingface": json.dumps(FEATURES)})
    project = Project.create(tmp_path / "project")
    dataset = import_file(project, write(table, tmp_path / "a.parquet"))
    assert (dataset.info.kind, dataset.info.format, dataset.info.rows) == ("text-label", "parquet", 100)
    assert dataset.rows()[1] == {"text": "t1", "label": "pos"}


def book(path: Path, **sheets: list[list[Any]]) -> Path:
    made = openpyxl.Workbook()
    made.remove(made.active)
    for name, rows in sheets.items():
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(row)
    made.save(path)
    return path


def test_a_workbook(tmp_path: Path) -> None:
    rows = [
        ["text", "label", "when", "n"],
        ["良い", "pos", datetime.datetime(2026, 1, 2), 1],
        [],
        ["bad", "neg", datetime.datetime(2026, 1, 2, 3, 4), 2.5],
        ["short"],
        ["a", "b", None, 1, "more"],
    ]
    path = book(tmp_path / "a.xlsx", empty=[], train=rows, notes=[["hello", "there"]], test=[rows[0], ["t", "pos"]])
    found = list(read(path))
    assert [(r.file, r.part, r.line, r.values if r.values is not None else r.reason) for r in found] == [
        ("train", "train", 2, {"text": "良い", "label": "pos", "when": "2026-01-02", "n": 1}),
        ("train", "train", 4, {"text": "bad", "label": "neg", "when": "2026-01-02 03:04:00", "n": 2.5}),
        ("train", "train", 5, {"text": "short"}),
        ("train", "", 6, "The row has more cells than there are columns."),
        ("notes", "", 1, "The sheet “notes” has other columns than the first one; it was passed over."),
        ("test", "test", 2, {"text": "t", "label": "pos"}),
    ]
    assert look(path).how.header is True


def test_texts_that_cells_share_are_read_as_far_as_they_are_needed(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", one=[["x"]])
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name).decode() for name in archive.namelist()}
    space = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    part = f'<Override PartName="/xl/sharedStrings.xml" ContentType="{kind}"/></Types>'
    files["[Content_Types].xml"] = files["[Content_Types].xml"].replace("</Types>", part)
    rich = "<si><r><t>東</t></r><r><t>京</t></r><rPh sb='0' eb='2'><t>トウキョウ</t></rPh></si>"
    texts = f"<sst {space}><si><t>text</t></si>{rich}<si><t>later</t></si>"
    files["xl/sharedStrings.xml"] = texts + "<broken"
    cells = "".join(f'<row r="{n + 1}"><c r="A{n + 1}" t="s"><v>{n}</v></c></row>' for n in range(3))
    files["xl/worksheets/sheet1.xml"] = f"<worksheet {space}><sheetData>{cells}</sheetData></worksheet>"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    assert [record.values for record in read(path)] == [{"text": "東京"}, {"text": "later"}]
    files["xl/worksheets/sheet1.xml"] = files["xl/worksheets/sheet1.xml"].replace("<v>2<", "<v>7<")
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    with pytest.raises(UserError, match="not what its ending says"):
        list(read(path))


def test_the_share_of_a_workbook_that_is_done_grows(tmp_path: Path) -> None:
    rows = [["text"]] + [[f"text {n}"] for n in range(20_000)]
    done = [record.done for record in read(book(tmp_path / "a.xlsx", one=rows, two=rows))]
    assert done == sorted(done)
    assert done[0] < 0.3
    assert done[-1] == 1.0


def test_a_workbook_without_a_header(tmp_path: Path) -> None:
    rows = [[f"A rather long sentence, number {n}.", ["pos", "neg"][n % 2]] for n in range(10)]
    path = book(tmp_path / "a.xlsx", one=rows)
    seen = look(path)
    assert (seen.how.header, seen.kind, seen.columns) == (False, "text-label", ["text", "label"])
    assert len(seen.records) == 10
    assert next(read(path, How(header=True))).values == {rows[0][0]: rows[1][0], "pos": "neg"}


def test_bad_workbooks_are_refused_in_a_sentence(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", one=[["text"], ["x"]])
    whole = path.read_bytes()
    path.write_bytes(whole[:-100])
    with pytest.raises(UserError, match="damaged or cannot be unpacked"):
        list(read(path))
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("word/document.xml", "<x/>")
    with pytest.raises(UserError, match="not what its ending says"):
        list(read(path))
    path.write_bytes(whole)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/bomb.xml", b" " * 50_000_000)
    with pytest.raises(UserError, match="not safe to unpack"):
        list(read(path))


def test_a_workbook_with_broken_rows_is_refused(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", one=[["text"]] + [["x"]] * 1000)
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    files["xl/worksheets/sheet1.xml"] = files["xl/worksheets/sheet1.xml"][:-500]
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    with pytest.raises(UserError, match="not what its ending says"):
        list(read(path))
