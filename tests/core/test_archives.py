import io
import os
import tarfile
import zipfile
from pathlib import Path

import pytest

from workbench.core.archives import unpack
from workbench.core.errors import UserError


def make_tar(path: Path, files: dict[str, bytes], links: dict[str, str] | None = None) -> Path:
    with tarfile.open(path, "w:gz") as tape:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tape.addfile(member, io.BytesIO(content))
        for name, target in (links or {}).items():
            member = tarfile.TarInfo(name)
            member.type = tarfile.SYMTYPE
            member.linkname = target
            tape.addfile(member)
    return path


def test_takes_only_what_matches(tmp_path: Path) -> None:
    archive = tmp_path / "some.whl"
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("data/a.txt", "a")
        packed.writestr("data/b.py", "b")
    written = unpack(archive, ["data/*.txt"], tmp_path / "out")
    assert [path.read_text() for path in written] == ["a"]
    assert sorted(path.name for path in (tmp_path / "out").rglob("*")) == ["a.txt", "data"]


@pytest.mark.parametrize("name", ["../escaped.txt", "/tmp/workbench-escaped.txt", "a/../../escaped.txt"])
def test_refuses_files_outside_the_target(tmp_path: Path, name: str) -> None:
    archive = make_tar(tmp_path / "bad.tar.gz", {name: b"x"})
    with pytest.raises(UserError, match="not safe"):
        unpack(archive, ["*"], tmp_path / "out")
    assert not (tmp_path / "escaped.txt").exists()
    assert not Path("/tmp/workbench-escaped.txt").exists()


def test_passes_over_links(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    archive = make_tar(tmp_path / "links.tar.gz", {"plain": b"x"}, {"link": str(secret)})
    assert [path.name for path in unpack(archive, ["*"], tmp_path / "out")] == ["plain"]


def test_refuses_what_fills_the_disk(tmp_path: Path) -> None:
    archive = make_tar(tmp_path / "bomb.tar.gz", {"zeros": bytes(5_000_000)})
    with pytest.raises(UserError, match="not safe"):
        unpack(archive, ["*"], tmp_path / "out")
    assert not (tmp_path / "out" / "zeros").exists()


def test_says_what_is_missing(tmp_path: Path) -> None:
    archive = make_tar(tmp_path / "some.tar.gz", {"a": b"x"})
    with pytest.raises(UserError, match="lacks") as caught:
        unpack(archive, ["a", "weights.*"], tmp_path / "out")
    assert caught.value.detail == "weights.*"


def test_a_cut_off_archive_is_a_sentence(tmp_path: Path) -> None:
    whole = make_tar(tmp_path / "whole.tar.gz", {"a": os.urandom(100_000)}).read_bytes()
    cut = tmp_path / "cut.tar.gz"
    cut.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(UserError, match="damaged"):
        unpack(cut, ["*"], tmp_path / "out")
