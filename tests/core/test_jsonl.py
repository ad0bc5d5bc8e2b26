import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from workbench.core import jsonl


class Item(msgspec.Struct):
    n: int
    text: str = ""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a.jsonl"


def follow(path: Path) -> jsonl.Follower[Item]:
    return jsonl.Follower(path, Item)


def test_nothing_is_read_twice_and_nothing_is_missed(path: Path) -> None:
    reader = follow(path)
    assert reader.read() == []
    jsonl.append(path, Item(1))
    jsonl.append(path, Item(2, "二\n" * 10_000))
    assert reader.read() == [Item(1), Item(2, "二\n" * 10_000)]
    assert reader.read() == []
    jsonl.append(path, Item(3))
    assert reader.read() == [Item(3)]


def test_an_unfinished_line_waits_for_its_end(path: Path) -> None:
    reader = follow(path)
    path.write_bytes(b'{"n":1}\n{"n":2,"te')
    assert reader.read() == [Item(1)]
    assert reader.read() == []
    with path.open("ab") as file:
        file.write(b'xt":"b"}\n')
    assert reader.read() == [Item(2, "b")]


@pytest.mark.parametrize("damage", [b"\x00\x00\x00\n", b'{"n":1', b'{"n":"x"}\n', b"\xff\xfe\n", b"\n\n"])
def test_only_the_damaged_line_is_lost(path: Path, damage: bytes) -> None:
    jsonl.append(path, Item(0))
    with path.open("ab") as file:
        file.write(damage)
    reader = follow(path)
    assert reader.read() == [Item(0)]
    jsonl.append(path, Item(2))
    assert reader.read() == [Item(2)]
    assert follow(path).read() == [Item(0), Item(2)]


def test_lines_of_several_processes_do_not_mix(path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from workbench.core import jsonl\n"
        "for n in range(200): jsonl.append(Path(sys.argv[1]), {'n': n, 'text': sys.argv[2] * (n * 20)})"
    )
    children = [subprocess.Popen([sys.executable, "-c", program, str(path), letter]) for letter in "ab"]
    assert [child.wait() for child in children] == [0, 0]
    found = follow(path).read()
    for letter in "ab":
        assert [item.n for item in found if item.n and item.text[0] == letter] == list(range(1, 200))


def test_a_document_is_replaced_whole_or_not_at_all(path: Path) -> None:
    jsonl.write_atomically(path, Item(1))
    with pytest.raises(TypeError):
        jsonl.write_atomically(path, object())
    assert msgspec.json.decode(path.read_bytes(), type=Item) == Item(1)
    jsonl.write_atomically(path, Item(2))
    assert msgspec.json.decode(path.read_bytes(), type=Item) == Item(2)


def test_processes_that_write_at_once_do_not_trip_over_each_other(tmp_path: Path) -> None:
    path = tmp_path / "process.json"
    work = (
        "import sys, pathlib; from workbench.core import jsonl\n"
        "for _ in range(100): jsonl.write_atomically(pathlib.Path(sys.argv[1]), {'who': sys.argv[2]})"
    )
    writers = [
        subprocess.Popen([sys.executable, "-c", work, str(path), str(number)], stderr=subprocess.PIPE)
        for number in range(3)
    ]
    assert [writer.communicate()[1] for writer in writers] == [b""] * 3
    assert msgspec.json.decode(path.read_bytes())["who"] in {"0", "1", "2"}
    assert [left.name for left in tmp_path.iterdir()] == ["process.json"]
