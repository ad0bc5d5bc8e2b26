import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from workbench.core.datasets.importer import import_file
from workbench.core.project import Project

MEGABYTE = 1 << 20
PROGRAM = """
import json, re, sys
from pathlib import Path
import pyarrow, pyarrow.compute, pyarrow.json, numpy, xxhash
from workbench.core.datasets.importer import import_file, look
from workbench.core.errors import UserError
from workbench.core.project import Project
def peak(): return int(re.search(r'VmHWM:\\s+(\\d+)', Path('/proc/self/status').read_text())[1]) * 1024
before = peak()
look(Path(sys.argv[2]), 'text')
dataset = import_file(Project.create(Path(sys.argv[1])), Path(sys.argv[2]), kind='text', split=0)
print(json.dumps({
    'grown': peak() - before,
    'texts': [row['text'] for row in dataset.rows()],
    'rejected': [(row.line, row.reason, len(row.raw)) for row in dataset.rejected()],
}))
"""


def imported(folder: Path, path: Path) -> Any:
    command = [sys.executable, "-c", PROGRAM, str(folder / "p"), str(path)]
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize(
    ("name", "before", "after", "line"),
    [
        ("t.jsonl", b'{"text": "first"}\n{"text": "', b'"}\n{"text": "last"}\n', 2),
        ("t.json", b'[{"text": "first"},\n{"text": "', b'"},\n{"text": "last"}]', 2),
        ("t.csv", b"text,other\nfirst,1\n", b",2\nlast,3\n", 3),
        ("t.txt", b"first\n", b"\nlast\n", 2),
    ],
)
def test_a_line_of_200_mb_is_kept_aside_in_bounded_memory(
    tmp_path: Path, name: str, before: bytes, after: bytes, line: int
) -> None:
    path = tmp_path / name
    with path.open("wb") as file:
        file.write(before)
        for _ in range(200):
            file.write(b"x" * MEGABYTE)
        file.write(after)
    found = imported(tmp_path, path)
    assert found["texts"] == ["first", "last"]
    assert found["rejected"] == [[line, "The row is longer than 16 million characters.", 65_536]]
    assert found["grown"] < 150 * MEGABYTE


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (b'{"text": "a\0b"}', "The row holds zero bytes: the file is damaged there, or it is not a text file."),
        (b'{"text": "a\xff\xfeb"}', "The row holds characters that cannot be read."),
        (b'{"text": a}', "The row is not valid JSON."),
    ],
)
def test_damage_in_a_line_costs_that_line(tmp_path: Path, damage: bytes, reason: str) -> None:
    path = tmp_path / "t.jsonl"
    good = '{"text": "日本語の文"}\n'.encode() * 5000
    path.write_bytes(good + damage + b"\n" + good)
    dataset = import_file(Project.create(tmp_path / "p"), path, kind="text")
    assert dataset.info.rows == 10_000
    assert [(row.line, row.reason) for row in dataset.rejected()] == [(5001, reason)]


def test_a_file_that_is_cut_off_loses_its_last_row(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    path.write_bytes((b'{"text": "one"}\n' * 5000)[:-7])
    dataset = import_file(Project.create(tmp_path / "p"), path, kind="text")
    assert dataset.info.rows == 4999
    assert [(row.line, row.reason) for row in dataset.rejected()] == [(5000, "The file ends in the middle of the row.")]


@pytest.mark.skipif(sys.platform != "linux", reason="limits the size of files")
def test_a_full_disk_is_told_and_nothing_is_left(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text("".join(json.dumps({"text": f"{number} " * 50}) + "\n" for number in range(20_000)), "utf-8")
    project = Project.create(tmp_path / "p")
    program = (
        "import resource, signal, sys\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"  # writing more then fails as it does on a full disk
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))\n"
        "from workbench.cli import main\n"
        "sys.exit(main(['data', 'import', *sys.argv[1:], '--kind', 'text']))"
    )
    command = [sys.executable, "-c", program, str(project.path), str(path)]
    ended = subprocess.run(command, capture_output=True, text=True, env={"WORKBENCH_LANGUAGE": "en"}, check=False)
    assert ended.returncode == 2
    assert ended.stderr == "The data set could not be written. Is there room on the disk, and may you write there?\n"
    assert list(project.data.iterdir()) == []
