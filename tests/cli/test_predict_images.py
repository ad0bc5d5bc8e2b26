import json
from pathlib import Path
from typing import Any

import pytest

from tests.engine import tiny_vision
from tests.engine.tiny import train
from workbench.cli import main
from workbench.core.project import Project


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    folder = tmp_path_factory.mktemp("see")
    project = Project.create(folder / "project")
    tiny_vision.write_halves(project, folder, count=4)
    base = tiny_vision.save(folder / "base")
    train(project, "image-classification", "halves", name="sorter", model=str(base), max_steps=2)
    return project


def test_each_image_of_a_folder_or_a_data_set_gets_its_likeliest_class(
    project: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "deeper").mkdir()
    good = [tmp_path / "a.png", tmp_path / "deeper" / "b.png"]
    for number, path in enumerate(good):
        tiny_vision.picture("left", number).save(path)
    (tmp_path / "bad.png").write_bytes(b"no image")
    (tmp_path / "notes.txt").write_text("no image either")
    assert main(["predict", str(project.path), "--run", "sorter", str(tmp_path), "--json"]) == 0
    out, told = capsys.readouterr()
    found: list[dict[str, Any]] = json.loads(out)
    assert [one["path"] for one in found] == [str(path) for path in good]
    for one in found:
        assert set(one["scores"]) == {"left", "right"} and sum(one["scores"].values()) == pytest.approx(1)
        assert one["label"] == max(one["scores"], key=lambda label: one["scores"][label])
    assert f"{tmp_path / 'bad.png'} is left out" in told.replace("\n", " ")
    assert main(["predict", str(project.path), "--run", "sorter", "halves", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == 8


def test_images_none_of_which_can_be_read_are_refused(
    project: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bad.png").write_bytes(b"no image")
    assert main(["predict", str(project.path), "--run", "sorter", str(tmp_path)]) == 2
    assert "None of the images can be read." in capsys.readouterr().err
