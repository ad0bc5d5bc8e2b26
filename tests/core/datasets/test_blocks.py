import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow
import pytest

from workbench.core.datasets import ingest
from workbench.core.datasets.columnar import Recipe, Unfit, from_batch, from_records
from workbench.core.datasets.dataset import Dataset
from workbench.core.datasets.fingerprints import row_keys
from workbench.core.datasets.importer import import_file, look
from workbench.core.datasets.kinds import kind
from workbench.core.datasets.readers import Batch, Block, How, json_array, json_blocks, pieces, text
from workbench.core.datasets.writer import schema
from workbench.core.errors import UserError
from workbench.core.project import Project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project.create(tmp_path / "project")


def line(**values: object) -> bytes:
    return json.dumps(values, ensure_ascii=False).encode()


GOOD = line(text="good", label="a", id=1, tags=["x"])

NASTY = {
    "blank text": line(text=" \t", label="a"),
    "ideographic space": line(text="\u3000\u3000", label="a"),
    "begins with an ideographic space": line(text="\u3000日本", label="a"),
    "exotic spaces": line(text="\u00a0\u2003\u1680\x1c", label="a"),
    "a curly quotation mark": line(text="“quoted”", label="a"),
    "null": line(text=None, label="a"),
    "no text": line(label="a"),
    "a number": line(text=12, label="a"),
    "a fraction": line(text=1.50, label="a"),
    "a list": line(text=["x"], label="a"),
    "an object": line(text={"a": 1}, label="a"),
    "a padded label": line(text="x", label="  a\u3000"),
    "a blank label": line(text="x", label=" "),
    "a number as label": line(text="x", label=3),
    "a whole fraction as label": line(text="x", label=3.0),
    "true as label": line(text="x", label=True),
    "a list as label": line(text="x", label=[]),
    "not json": b"not json",
    "not an object": b'["text"]',
    "a text": b'"text"',
    "a number alone": b"17",
    "two objects": b'{"text": "one", "label": "a"}{"text": "two", "label": "a"}',
    "two objects with a space": b'{"text": "one", "label": "a"} {"text": "two", "label": "a"}',
    "an object over two lines": b'{"text": "one",\n"label": "a"}',
    "an object over two lines, whole braces": b'{"text": "x", "label": {}\n{}, "label": "b"}',
    "an empty object": b"{}",
    "spaces around": b'  {"text": "x", "label": "a"}  ',
    "an empty line": b"",
    "a line of spaces": b"   ",
    "a zero byte": b'{"text": "a\0b", "label": "a"}',
    "an escaped zero": b'{"text": "a\\u0000b", "label": "a"}',
    "broken utf-8": b'{"text": "a\xff\xfeb", "label": "a"}',
    "broken utf-8 elsewhere": b'{"text": "x", "label": "a", "other": "\xff"}',
    "cut utf-8": b'{"text": "\xe3\x81", "label": "a"}',
    "half a pair": b'{"text": "half \\ud83d", "label": "a"}',
    "a pair": b'{"text": "whole \\ud83d\\ude00", "label": "a"}',
    "half a pair elsewhere": b'{"text": "x", "label": "a", "other": "\\ud83d"}',
    "an encoded half": b'{"text": "\xed\xa0\x80", "label": "a"}',
    "a raw tab": b'{"text": "a\tb", "label": "a"}',
    "a raw control character": b'{"text": "a\x01b", "label": "a"}',
    "a key twice": b'{"text": "first", "label": "a", "text": "second"}',
    "a trailing comma": b'{"text": "x", "label": "a",}',
    "single quotation marks": b"{'text': 'x', 'label': 'a'}",
    "not a number": b'{"text": "x", "label": "a", "id": NaN}',
    "not a number as label": b'{"text": "x", "label": NaN}',
    "a huge number": b'{"text": "x", "label": 123456789012345678901234567890}',
    "a leading zero": b'{"text": "x", "label": 01}',
    "an exponent": b'{"text": "x", "label": 1e3}',
    "minus zero": b'{"text": "x", "label": -0}',
    "an unclosed brace": b'{"text": "x", "label": "a"',
    "a closing brace too much": b'{"text": "x", "label": "a"}}',
    "a comment": b'{"text": "x", /* no */ "label": "a"}',
    "a date": line(text="2024-01-01", label="2024-01-01 10:00:00"),
    "an id of another kind": line(text="x", label="a", id="seven"),
    "a carriage return within": b'{"text": "x",\r"label": "a"}',
    "only the end of a line": b"\r",
    "old ends of lines": b"\r".join([GOOD] * 3),
}


def outcome(dataset: Dataset) -> dict[str, Any]:
    rejected = [(row.line, row.reason, row.raw) for row in dataset.rejected()]
    return {"rows": dataset.page(0, 10**6), "rejected": rejected, "hash": dataset.info.hash}


def both_ways(project: Project, path: Path, monkeypatch: pytest.MonkeyPatch, **options: Any) -> dict[str, Any]:
    """Import in blocks and row by row; return what came of it, the same both times."""
    ways = []
    for is_columnar in (True, False):
        with monkeypatch.context() as patch:
            if not is_columnar:
                patch.setattr(Recipe, "is_columnar", lambda self: False)
            ways.append(outcome(import_file(project, path, **options)))
    assert ways[0] == ways[1]
    return ways[0]


def converted(path: Path, *, in_blocks: bool) -> tuple[list[object], list[object]]:
    """Return the rows of a file with their parts, and what was rejected, without writing a data set."""
    recipe = Recipe(kind("text-label"), {"text": "text", "label": "label"})
    how = How(encoding="utf-8", columns=("text", "label") if in_blocks else ())
    found = list(ingest.portions(pieces(path, how), recipe, lambda: None))
    return (
        [row for portion in found for row in portion.batch.to_pylist()],
        [row for portion in found for row in portion.rejected],
    )


@pytest.mark.parametrize("label", ["a", 1, 0.5, True])
def test_a_block_gives_what_its_rows_give(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, label: object) -> None:
    monkeypatch.setattr(json_blocks, "SMALLEST", 200)
    first = line(text="good", label=label)
    for name, nasty in NASTY.items():
        path = tmp_path / "t.jsonl"
        path.write_bytes(b"\n".join([*[first] * 30, nasty, *[GOOD, first] * 15]))
        rows, rejected = converted(path, in_blocks=True)
        assert (rows, rejected) == converted(path, in_blocks=False), name
        assert len(rows) + len(rejected) >= 60, name


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "cp932"])
@pytest.mark.parametrize("newline", [b"\n", b"\r\n"])
def test_all_of_it_in_small_blocks(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoding: str, newline: bytes
) -> None:
    monkeypatch.setattr(json_blocks, "SIZE", 500)
    monkeypatch.setattr(json_blocks, "SMALLEST", 100)
    monkeypatch.setattr(ingest, "MOST_ROWS", 7)
    chance = random.Random(1)
    lines = [GOOD, line(text="日本語の文です", label="b"), *NASTY.values()] * 5
    chance.shuffle(lines)
    content = newline.join([GOOD, *lines, b'{"text": "cut o'])
    if not encoding.startswith("utf-8"):
        content = content.decode("utf-8", "replace").encode(encoding, "replace")
    elif encoding == "utf-8-sig":
        content = "\ufeff".encode() + content
    path = tmp_path / "t.jsonl"
    path.write_bytes(content)
    found = both_ways(project, path, monkeypatch, kind="text-label", split=0.2, how=How(encoding=encoding))
    assert len(found["rows"]) > 100
    assert len(found["rejected"]) > 100
    assert found["rejected"][-1][1] == "The file ends in the middle of the row."


def test_parts_and_groups_by_the_block(project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "t.jsonl"
    parts: list[object] = ["train", "test", "", None, "検証", "other", 5]
    rows = [line(text=f"text {n}", part=parts[n % 7], who=n % 40 or None) for n in range(700)]
    path.write_bytes(b"\n".join(rows))
    mapping = {"split": "part", "group": "who"}
    found = both_ways(project, path, monkeypatch, kind="text", mapping=mapping)
    assert len(found["rejected"]) == 200
    assert {row["split"] for row in found["rows"]} == {"train", "validation", "test"}
    both_ways(project, path, monkeypatch, kind="text", mapping={"group": "who"})
    path.write_bytes(b"\n".join([*rows, *[line(text=f"number {n}", who=f"{n % 40}") for n in range(80)]]))
    both_ways(project, path, monkeypatch, kind="text", mapping={"group": "who"})


@pytest.mark.parametrize("odd", ["text", "label", "id"])
def test_numbers_as_texts(project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, odd: str) -> None:
    values: dict[str, list[object]] = {
        "text": [1, 2, 3, 4.5],
        "label": [True, False, True, None],
        "id": [1.25, 2, 1e16, 2**53 + 1],
    }
    path = tmp_path / "t.jsonl"
    path.write_bytes(b"\n".join(line(text=f"text {n}", other=value) for n, value in enumerate(values[odd] * 20)))
    mapping = {"text": "text", "label": "other"}
    found = both_ways(project, path, monkeypatch, kind="text-label", mapping=mapping, split=0)
    assert {type(row["label"]) for row in found["rows"]} == {str}
    if odd != "label":
        both_ways(project, path, monkeypatch, kind="text", mapping={"text": "other"}, split=0)


def test_blocks_are_really_used(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    path.write_bytes(b"\n".join([GOOD] * 100 + [b"not json"] + [GOOD] * 50_000 + [b""]))
    (block,) = pieces(path, How(encoding="utf-8", columns=("text", "label")))
    assert not isinstance(block, Batch)
    batches = [piece for piece in block.pieces() if isinstance(piece, Batch)]
    assert sum(batch.table.num_rows for batch in batches) > 48_000
    assert batches[-1].at(0).values == {"text": "good", "label": "a", "id": 1, "tags": ["x"]}


@pytest.mark.parametrize("suffix", ["jsonl", "json", "csv", "txt"])
def test_a_row_that_is_far_too_long_is_kept_aside(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    for module in (text, json_blocks, json_array):
        monkeypatch.setattr(module, "LONGEST", 1000)
        monkeypatch.setattr(module, "KEPT", 64)
    write: dict[str, Callable[[str], str]] = {
        "jsonl": lambda content: json.dumps({"text": content}) + "\n",
        "json": lambda content: json.dumps({"text": content}) + ",\n",
        "csv": lambda content: f"{content},x\n",
        "txt": lambda content: content + "\n",
    }
    rows = [write[suffix](content) for content in ("first", "x" * 50_000, "日本" * 3000, "last")]
    around = {"json": ("[", "]"), "csv": ("text,other\n", "")}.get(suffix, ("", ""))
    path = tmp_path / f"t.{suffix}"
    path.write_text(around[0] + "".join(rows).rstrip(",\n") + around[1], "utf-8")
    found = both_ways(project, path, monkeypatch, kind="text", split=0)
    assert [row["text"] for row in found["rows"]] == ["first", "last"]
    start = 3 if suffix == "csv" else 2
    assert [(row[0], "is longer than" in row[1]) for row in found["rejected"]] == [(start, True), (start + 1, True)]
    assert all(len(row[2]) <= 64 for row in found["rejected"])


def test_cancelling_stops_within_a_line_that_never_ends(project: Project, tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    with path.open("wb") as file:
        file.write(GOOD + b"\n")
        for _ in range(40):
            file.write(b"x" * (1 << 20))
    asked = 0

    def cancelled() -> bool:
        nonlocal asked
        asked += 1
        return asked > 3

    with pytest.raises(UserError, match="cancelled"):
        import_file(project, path, kind="text", cancelled=cancelled)
    assert list(project.data.iterdir()) == []


def test_a_look_reads_only_the_beginning(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    with path.open("wb") as file:
        file.write(line(text="first", label="a") + b"\n")
        file.write(b'{"text": "' + b"x" * (6 << 20))
        file.truncate(50 << 30)  # a file with a hole: as large as it says, and nearly nothing on the disk
    seen = look(path)
    assert [record.values for record in seen.records] == [{"text": "first", "label": "a"}]


def test_a_look_at_a_file_whose_first_row_is_long(project: Project, tmp_path: Path) -> None:
    path = tmp_path / "t.json"
    path.write_bytes(b"[" + line(text="x" * (6 << 20), label="a") + b"," + line(text="short", label="b") + b"]")
    seen = look(path)
    assert seen.kind == "text-label"
    assert [record.values["label"] for record in seen.records if record.values] == ["a", "b"]
    assert import_file(project, path).info.rows == 2


COLUMNS: dict[str, list[object]] = {
    "string": ["a", "", " b ", None, "\u3000", "c"],
    "large_string": ["a", "", " b ", None, "\u3000", "c"],
    "int8": [1, 2, None, 3, -4, 5],
    "int64": [1, 2, None, 2**53 + 1, -4, 0],
    "float64": [1.0, 2.5, None, float("nan"), float("inf"), -0.0],
    "float32": [1.0, 2.5, None, 0.1, float("inf"), -0.0],
    "bool_": [True, False, None, True, False, True],
    "null": [None] * 6,
    "date32": [1, 2, None, 4, 5, 6],
    "binary": [b"x", b"", None, b"y", b"z", b"w"],
}


@pytest.mark.parametrize("type", COLUMNS)
@pytest.mark.parametrize("role", ["text", "label", "split", "group"])
def test_columns_of_every_type_give_what_their_rows_give(type: str, role: str) -> None:
    array = pyarrow.array(COLUMNS[type], getattr(pyarrow, type)())
    for column in (array, array.dictionary_encode() if type != "null" else array):
        table = pyarrow.table({"x": column, "t": [f"text {n}" for n in range(6)], "l": list("aabbcc")})
        recipe = Recipe(kind("text-label"), {"text": "t", "label": "l", role: "x"})
        batch = Batch(table=table, line=1, raw=lambda number: f"row {number}", part="test", file="f")
        by_rows = from_records(list(batch.records()), recipe)
        try:
            by_columns = from_batch(batch, recipe)
        except Unfit:
            continue
        assert by_columns.batch.to_pylist() == by_rows.batch.to_pylist()
        assert by_columns.rejected == by_rows.rejected
        assert by_columns.parts.tolist() == by_rows.parts.tolist()
        assert by_columns.keys.tolist() == by_rows.keys.tolist()


def talk(*said: tuple[object, object], **more: object) -> list[dict[str, object]]:
    return [{"role": speaker, "content": words, **more} for speaker, words in said]


ASKED = ("user", "Why?")
ANSWERED = ("assistant", "Because.")
TALKS: dict[str, object] = {
    "good": talk(ASKED, ANSWERED),
    "with a system message": talk(("system", "Be kind."), ASKED, ANSWERED, ASKED),
    "other names": talk(("Human", "なぜ？"), ("GPT", "だって\u3000")),
    "more fields": talk(ASKED, ANSWERED, weight=1, name=None),
    "an unknown speaker": talk(ASKED, ("tool", "x"), ANSWERED),
    "a late system message": talk(ASKED, ("system", "x"), ANSWERED),
    "no answer": talk(ASKED),
    "an answer before the question": talk(ANSWERED, ASKED),
    "a blank message": talk(ASKED, ("assistant", " \u3000")),
    "an empty message": talk(("user", ""), ANSWERED),
    "nobody speaks": talk((None, "x"), ANSWERED),
    "nothing said": talk(ASKED, ("assistant", None)),
    "parts": talk(ASKED, ("assistant", [{"type": "text", "text": "Be"}, {"type": "text", "text": "cause."}])),
    "a picture": talk(ASKED, ("assistant", [{"type": "image"}])),
    "a number": talk(ASKED, ("assistant", 4)),
    "other keys": [{"from": "human", "value": "Why?"}, {"from": "gpt", "value": "Because."}],
    "both keys": [{"role": "user", "content": "Why?", "from": "x", "value": "y"}, *talk(ANSWERED)],
    "a null message": [*talk(ASKED, ANSWERED), None],
    "a text as message": [*talk(ASKED, ANSWERED), "x"],
    "an empty list": [],
    "null": None,
    "a text": "Why?",
    "a text of JSON": json.dumps(talk(ASKED, ANSWERED)),
    "half a pair": talk(ASKED, ("assistant", "half \ud83d")),
}


@pytest.mark.parametrize("keys", [("role", "content"), ("from", "value")])
@pytest.mark.parametrize("name", TALKS)
def test_a_block_of_conversations_gives_what_its_rows_give(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, keys: tuple[str, str]
) -> None:
    good = [[{keys[0]: speaker, keys[1]: f"{words} {n}"} for speaker, words in (ASKED, ANSWERED)] for n in range(300)]
    path = tmp_path / "talks.jsonl"
    rows = [*good, TALKS[name], *good[:3], TALKS[name]]
    path.write_text("".join(json.dumps({"messages": row}) + "\n" for row in rows), "utf-8")
    found = both_ways(project, path, monkeypatch, kind="chat")
    assert len(found["rows"]) + len(found["rejected"]) == len(rows)
    assert found["rows"][0]["messages"] == talk(("user", "Why? 0"), ("assistant", "Because. 0"))


def test_blocks_of_conversations_are_really_used(tmp_path: Path) -> None:
    path = tmp_path / "talks.jsonl"
    path.write_text("".join(json.dumps({"messages": talk(ASKED, ANSWERED)}) + "\n" for _ in range(9)), "utf-8")
    (block,) = pieces(path, How(columns=("messages",)))
    assert isinstance(block, Block)
    (batch,) = block.pieces()
    assert isinstance(batch, Batch)
    portion = from_batch(batch, Recipe(kind("chat"), {"messages": "messages"}))
    assert portion.batch.num_rows == 9


def test_conversations_that_differ_only_in_who_speaks_or_where_a_message_ends_have_other_keys() -> None:
    chats = [
        talk(("user", "ab"), ("assistant", "c")),
        talk(("user", "a"), ("assistant", "bc")),
        talk(("system", "ab"), ("assistant", "c")),
        talk(("user", "ab"), ("assistant", "c")),
    ]
    batch = pyarrow.RecordBatch.from_pylist([{"messages": chat} for chat in chats], schema=schema(kind("chat")))
    keys = row_keys(batch).tolist()
    assert keys[0] == keys[3]
    assert len(set(keys)) == 3
    assert row_keys(batch.slice(1, 2)).tolist() == keys[1:3]
