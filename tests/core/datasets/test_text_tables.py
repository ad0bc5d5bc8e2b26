"""Tables and texts: separators, headers, what a row is."""

from pathlib import Path

import pytest

from workbench.core.datasets.importer import import_file, look
from workbench.core.datasets.readers import How, Record, delimited, read, text
from workbench.core.errors import UserError
from workbench.core.project import Project


def made(tmp_path: Path, name: str, content: str) -> Path:
    path = tmp_path / name
    path.write_text(content, "utf-8", newline="")
    return path


def outcome(found: list[Record]) -> list[tuple[int, object]]:
    return [(record.line, record.values if record.values is not None else record.reason) for record in found]


LABELLED = [("I love it, truly!", "pos"), ("Awful; never again.", "neg"), ("Fine.", "pos"), ("No | yes", "neg")]


@pytest.mark.parametrize("name", ["a.txt", "a.tsv", "a.csv"])
@pytest.mark.parametrize("header", ["", "text\tlabel\n"])
def test_text_tab_label_with_and_without_a_header(tmp_path: Path, name: str, header: str) -> None:
    path = made(tmp_path, name, header + "".join(f"{text}\t{label}\n" for text, label in LABELLED))
    seen = look(path)
    assert (seen.kind, seen.how.header) == ("text-label", bool(header))
    assert [record.values for record in read(path)] == [{"text": text, "label": label} for text, label in LABELLED]


@pytest.mark.parametrize("name", ["a.txt", "a.tsv"])
def test_numbers_before_the_text(tmp_path: Path, name: str) -> None:
    path = made(tmp_path, name, "".join(f"{n % 2}\tsome words that are number {n}\n" for n in range(20)))
    seen = look(path)
    assert (seen.kind, seen.how.header, seen.columns) == ("text-label", False, ["label", "text"])
    assert len(seen.records) == 20


def test_a_person_knows_better_whether_there_is_a_header(tmp_path: Path) -> None:
    path = made(tmp_path, "a.csv", "question,answer\nWhy?,So.\n")
    assert [r.values for r in read(path)] == [{"question": "Why?", "answer": "So."}]
    assert [list((r.values or {}).values()) for r in read(path, How(header=False))] == [
        ["question", "answer"],
        ["Why?", "So."],
    ]
    path = made(tmp_path, "b.csv", "Hello there.,x\nGood bye.,x\n")
    assert [r.line for r in read(path)] == [1, 2]
    assert [r.line for r in read(path, How(header=True))] == [2]


@pytest.mark.parametrize(
    ("content", "names"),
    [
        ("id,value\n1,2\n3,4\n", ["id", "value"]),
        ("5,a good one\n1,a bad one\n", ["label", "text"]),
        ("名前,年齢\n太郎,20\n花子,30\n", ["名前", "年齢"]),
        ("foo,bar\nbaz,qux\n", ["foo", "bar"]),
        ("a;b|c\nd;e|f\n", ["a", "b|c"]),
        ("a|b\n1,5|2,5\n", ["a", "b"]),
        ("Titel;Text;Note\nx;Hallo, du;1,5\ny;Na, ja;2,5\n", ["Titel", "Text", "Note"]),
    ],
)
def test_columns_of_tables(tmp_path: Path, content: str, names: list[str]) -> None:
    found = list(read(made(tmp_path, "a.csv", content)))
    assert list(found[0].values or {}) == names


def test_a_table_of_one_column(tmp_path: Path) -> None:
    path = made(tmp_path, "a.csv", 'text\nHello, world\n"quoted, and\nlong"\nBye\n')
    assert [r.values for r in read(path)] == [{"text": "Hello, world"}, {"text": "quoted, and\nlong"}, {"text": "Bye"}]


def test_long_texts_without_names(tmp_path: Path) -> None:
    rows = [
        f"This is a long question number {n} about many different things?,And here is its answer {n}." for n in range(9)
    ]
    seen = look(made(tmp_path, "a.csv", "\n".join(rows)))
    assert (seen.how.header, seen.kind, len(seen.records)) == (False, "instruction", 9)


def test_a_line_that_is_too_long_costs_only_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "LONGEST", 1000)
    assert delimited.CELL_LIMIT > 1000
    content = "text,label\na,x\n" + "y" * 5000 + ",x\nb,x\n"
    found = list(read(made(tmp_path, "a.csv", content)))
    assert [r.line for r in found if r.values is None] == [3]
    assert "longer than" in found[1].reason
    plain = list(read(made(tmp_path, "a.txt", content)))
    assert [(r.line, r.values is None) for r in plain] == [(1, False), (2, False), (3, True), (4, False)]


TEXT = "# Title\n\nFirst line\nsecond line  \n\n\n```\ncode\n\nmore\n```\n\nLast"


def test_units_of_a_text(tmp_path: Path) -> None:
    markdown, plain = made(tmp_path, "a.md", TEXT), made(tmp_path, "a.txt", TEXT)
    paragraphs = [
        (1, {"text": "# Title"}),
        (3, {"text": "First line\nsecond line"}),
        (7, {"text": "```\ncode\n\nmore\n```"}),
        (13, {"text": "Last"}),
    ]
    assert outcome(list(read(markdown))) == paragraphs
    assert outcome(list(read(plain, How(unit="paragraph")))) == paragraphs
    assert [r.line for r in read(plain)] == [1, 3, 4, 7, 8, 10, 11, 13]
    assert outcome(list(read(plain, How(unit="file")))) == [(1, {"text": TEXT})]
    assert (look(markdown).how.unit, look(plain).how.unit) == ("paragraph", "line")
    assert (look(plain).how.header, look(plain).kind) == (None, "text")


def test_a_text_that_is_too_long_to_be_one_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from workbench.core.datasets.readers import plain

    monkeypatch.setattr(plain, "LONGEST", 100)
    path = made(tmp_path, "a.txt", ("x" * 60 + "\n") * 3 + "\nshort\n")
    (whole,) = read(path, How(unit="file"))
    assert (whole.values, "longer than" in whole.reason) == (None, True)
    first, second = read(path, How(unit="paragraph"))
    assert "longer than" in first.reason
    assert second.values == {"text": "short"}


def test_zero_bytes_cost_only_their_row(tmp_path: Path) -> None:
    found = list(read(made(tmp_path, "a.md", "one\n\ntw\0o\n\nthree")))
    assert [r.values is None for r in found] == [False, True, False]


def test_a_table_without_anything_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="does not name the columns"):
        list(read(made(tmp_path, "a.csv", "\n\n\n")))


def test_bad_rows_among_many_are_kept_in_order_whatever_is_wrong_with_them(tmp_path: Path) -> None:
    rows = [f"prompt {n},context {n},answer {n}".encode() for n in range(10_000)]
    rows[10] = b"prompt,damaged \xff\xfe,answer"  # in a column that a row need not have
    rows[20] = b"only one cell"
    rows[30] = b"prompt,,"
    rows[9000] = b'prompt,"never closed,answer'
    path = tmp_path / "a.csv"
    path.write_bytes("prompt,context,answer,あ\n".encode() + b",\n".join(rows) + b",\n")
    dataset = import_file(Project.create(tmp_path / "project"), path, how=How(encoding="utf-8"))
    assert (dataset.info.rows, dataset.info.kind) == (9996, "instruction")
    assert [(row.line, row.reason) for row in dataset.rejected()] == [
        (12, "The row holds characters that cannot be read."),
        (22, "The row has fewer cells than there are columns."),
        (32, "“Answer” is missing or empty."),
        (9002, "A quotation mark is out of place or never closed."),
    ]
    assert dataset.rows()[5000] == {"prompt": "prompt 5003\n\ncontext 5003", "answer": "answer 5003"}
