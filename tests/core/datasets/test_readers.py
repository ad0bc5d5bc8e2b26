import csv
import json
from pathlib import Path

import pytest

from workbench.core.datasets.readers import Record, json_array, read
from workbench.core.datasets.readers.delimited import CELL_LIMIT
from workbench.core.errors import UserError


def records(tmp_path: Path, name: str, content: str) -> list[Record]:
    path = tmp_path / name
    path.write_text(content, "utf-8", newline="")
    return list(read(path))


def outcome(found: list[Record]) -> list[tuple[int, object]]:
    return [(record.line, record.values if record.values is not None else record.reason) for record in found]


def test_bad_json_lines_are_kept_with_their_line(tmp_path: Path) -> None:
    found = records(tmp_path, "a.jsonl", '{"text": "一"}\r\n\r\nnope\r\n[1]\r\n{"text": "\0"}\r\n{"text": "cut')
    assert outcome(found) == [
        (1, {"text": "一"}),
        (3, "The row is not valid JSON."),
        (4, "The row is not a JSON object with named values."),
        (5, "The row holds zero bytes: the file is damaged there, or it is not a text file."),
        (6, "The file ends in the middle of the row."),
    ]
    assert found[1].raw == "nope"
    assert found[-1].done == 1.0


def test_line_separators_inside_a_value_do_not_end_it(tmp_path: Path) -> None:
    assert outcome(records(tmp_path, "a.jsonl", '{"text": "a\u2028b"}\n{"text": "c"}\n')) == [
        (1, {"text": "a\u2028b"}),
        (2, {"text": "c"}),
    ]


@pytest.mark.parametrize(
    "content",
    [
        '[{"t": 1}, {"t": 2}]',
        '\n[\n  {"t": 1},\n  {"t": 2}\n]\n',
        '{"version": [1, 2], "about": {"x": [{}]}, "data": [{"t": 1}, {"t": 2}], "end": 1}',
        '{"t": 1}\n{"t": 2}\n',
    ],
)
@pytest.mark.parametrize("chunk", [1, 7, 1 << 20])
def test_every_shape_of_json(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str, chunk: int) -> None:
    monkeypatch.setattr(json_array, "CHUNK", chunk)
    assert [record.values for record in records(tmp_path, "a.json", content)] == [{"t": 1}, {"t": 2}]


def test_a_list_of_texts_and_a_list_in_jsonl(tmp_path: Path) -> None:
    assert [r.values for r in records(tmp_path, "a.json", '["一", "b"]')] == [{"text": "一"}, {"text": "b"}]
    assert [r.values for r in records(tmp_path, "b.jsonl", '[{"t": 1},\n{"t": 2}]')] == [{"t": 1}, {"t": 2}]


def test_a_damaged_item_of_a_list_is_stepped_over(tmp_path: Path) -> None:
    found = records(tmp_path, "a.json", '[\n{"t": 1},\n{"t": },\n{"t": 3},\n{"t": "x')
    assert outcome(found) == [
        (2, {"t": 1}),
        (3, "The row is not valid JSON."),
        (4, {"t": 3}),
        (5, "The file ends in the middle of the row."),
    ]
    assert found[1].raw == '{"t": },'.rstrip(",")


def test_a_large_list_is_read_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_array, "CHUNK", 1000)
    rows = [{"n": number, "text": "あ" * (number % 50)} for number in range(2000)]
    found = records(tmp_path, "a.json", json.dumps(rows, ensure_ascii=False, indent=1))
    assert [record.values for record in found] == rows
    assert found[1000].line == 1 + 1000 * 4 + 1


@pytest.mark.parametrize("content", ['{"a": 1}', "null", '{"a": [1, 2]}', '{"a": '])
def test_json_without_rows_is_refused(tmp_path: Path, content: str) -> None:
    with pytest.raises(UserError, match="holds no list of rows"):
        records(tmp_path, "a.json", content)


def test_ragged_and_damaged_rows_of_a_table(tmp_path: Path) -> None:
    content = 'text,label\na,x\nonly\na,b,c\na,b,\n\n"two\nlines",y\n"open,z\nlast,x\n\0,x\n'
    assert outcome(records(tmp_path, "a.csv", content)) == [
        (2, {"text": "a", "label": "x"}),
        (3, "The row has fewer cells than there are columns."),
        (4, "The row has more cells than there are columns."),
        (5, {"text": "a", "label": "b"}),
        (7, {"text": "two\nlines", "label": "y"}),
        (9, "A quotation mark is out of place or never closed."),
        (10, {"text": "last", "label": "x"}),
        (11, "The row holds zero bytes: the file is damaged there, or it is not a text file."),
    ]


def test_a_long_cell_is_read_and_an_endless_one_is_not(tmp_path: Path) -> None:
    assert csv.field_size_limit() >= 131_072
    found = records(tmp_path, "a.csv", f'text,label\n"{"x" * 500_000}",a\n"{"y" * (CELL_LIMIT + 10)}",b\nz,c\n')
    assert [len(record.values["text"]) if record.values else record.reason for record in found] == [
        500_000,
        "A quotation mark is out of place or never closed.",
        1,
    ]


def test_tabs_semicolons_and_odd_headers(tmp_path: Path) -> None:
    quotes = records(tmp_path, "a.tsv", 'text\tlabel\n"Hello" she said\tx\n5" screen\ty\n')
    assert [r.values for r in quotes] == [
        {"text": '"Hello" she said', "label": "x"},
        {"text": '5" screen', "label": "y"},
    ]
    assert [r.values for r in records(tmp_path, "b.csv", "q;a\n1,5;x\n")] == [{"q": "1,5", "a": "x"}]
    assert [r.values for r in records(tmp_path, "c.csv", "\ufeffa,,a\n1,2,3\n")] == [
        {"a": "1", "column 2": "2", "a 3": "3"}
    ]


def test_lines_of_a_text(tmp_path: Path) -> None:
    assert outcome(records(tmp_path, "a.txt", "一つ\n\n 二つ \n")) == [(1, {"text": "一つ"}), (3, {"text": " 二つ "})]


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="is empty"):
        records(tmp_path, "a.csv", "")
    with pytest.raises(UserError, match="cannot be read; these can"):
        records(tmp_path, "a.pdf", "x")
    with pytest.raises(UserError, match="There is no file"):
        list(read(tmp_path / "none.csv"))
