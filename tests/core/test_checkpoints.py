import signal
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from workbench.core import checkpoints, jsonl
from workbench.core.checkpoints import Manifest, latest, listed, staged


def save(folder: Path, step: int, text: str = "weights") -> None:
    with staged(folder, step) as staging:
        (staging / "deep").mkdir()
        (staging / "weights").write_text(text)
        (staging / "deep" / "state").write_text(str(step))


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_checkpoint_says_what_belongs_to_it(tmp_path: Path) -> None:
    assert listed(tmp_path / "none") == [] and latest(tmp_path / "none") is None
    save(tmp_path / "c", 7)
    only = latest(tmp_path / "c")
    assert only is not None and only.name == "step-00000007"
    manifest = msgspec.json.decode((only / "manifest.json").read_bytes(), type=Manifest)
    assert manifest == Manifest(7, {"weights": 7, str(Path("deep", "state")): 1})


def test_two_are_kept_by_step(tmp_path: Path) -> None:
    for step in (5, 90, 10, 100):
        save(tmp_path, step)
    assert names(tmp_path) == ["step-00000090", "step-00000100"]
    assert latest(tmp_path) == tmp_path / "step-00000100"


def test_the_same_step_is_replaced(tmp_path: Path) -> None:
    save(tmp_path, 1, "old")
    save(tmp_path, 1, "new")
    assert (tmp_path / "step-00000001" / "weights").read_text() == "new"
    assert len(listed(tmp_path)) == 1


def test_what_is_not_whole_is_not_listed(tmp_path: Path) -> None:
    for step in (1, 2):
        save(tmp_path, step)
    newest = tmp_path / "step-00000002"
    whole = (newest / "weights").read_bytes()
    (newest / "weights").write_bytes(whole[:-1])
    assert [path.name for path in listed(tmp_path)] == ["step-00000001"]
    (newest / "weights").write_bytes(whole)
    assert latest(tmp_path) == newest
    (newest / "deep" / "state").unlink()
    assert [path.name for path in listed(tmp_path)] == ["step-00000001"]
    (tmp_path / "step-00000001" / "manifest.json").write_text("{")
    assert listed(tmp_path) == []


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt(), ValueError()])
def test_an_error_leaves_nothing_behind(tmp_path: Path, error: BaseException) -> None:
    save(tmp_path, 1)
    with pytest.raises(type(error)), staged(tmp_path, 2) as staging:
        (staging / "weights").write_text("half")
        raise error
    assert names(tmp_path) == ["step-00000001"]


def test_a_full_disk_at_the_manifest_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save(tmp_path, 1)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(jsonl, "write_atomically", full)
    with pytest.raises(OSError, match="No space left"):
        save(tmp_path, 2)
    assert names(tmp_path) == ["step-00000001"]


def test_the_manifest_comes_after_all_files_are_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    flush, write = checkpoints._flush, jsonl.write_atomically
    monkeypatch.setattr(checkpoints, "_flush", lambda path: (order.append(path.name), flush(path)))
    monkeypatch.setattr(jsonl, "write_atomically", lambda path, item: (order.append(path.name), write(path, item)))
    save(tmp_path, 1)
    assert order == ["state", "weights", "manifest.json", tmp_path.name]


@pytest.mark.parametrize("moment", ["between files", "before the rename"])
def test_a_process_killed_while_saving_leaves_the_last_one(tmp_path: Path, moment: str) -> None:
    save(tmp_path, 1)
    program = (
        "import os, signal, sys; from pathlib import Path; from workbench.core import checkpoints\n"
        "kill = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
        "if sys.argv[2] == 'before the rename': Path.rename = kill\n"
        "with checkpoints.staged(Path(sys.argv[1]), 2) as staging:\n"
        "    (staging / 'weights').write_text('half')\n"
        "    if sys.argv[2] == 'between files': kill()\n"
    )
    child = subprocess.run([sys.executable, "-c", program, str(tmp_path), moment], check=False)
    assert child.returncode == -signal.SIGKILL
    assert len(names(tmp_path)) == 2, "something must be left over for this test to mean anything"
    assert [path.name for path in listed(tmp_path)] == ["step-00000001"]
    save(tmp_path, 3)
    assert names(tmp_path) == ["step-00000001", "step-00000003"]
