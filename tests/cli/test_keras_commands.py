"""Commands that compute with TensorFlow, in processes of their own as a person and the window start them."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.engine.keras import child
from workbench.core.datasets.writer import write_dataset
from workbench.core.project import Project

TRAINED = """
from pathlib import Path
from tests.engine.keras import small

project = small.make_project(Path(sys.argv[1]))
told["run"] = small.train(project).id
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project with one run; the text set is there to be refused."""
    folder = tmp_path_factory.mktemp("commands")
    child.run(TRAINED, folder)
    project = Project.open(folder / "project")
    write_dataset(project.data / "words", "words", "text", [{"text": "a"}, {"text": "b"}], split=0.0)
    return project


def command(*arguments: object, status: int = 0) -> Any:
    """Return what a command prints as JSON, or what it says last when it is to fail; it must say nothing odd."""
    call = [sys.executable, "-m", "workbench", *map(str, arguments), "--json"]
    done = subprocess.run(call, capture_output=True, text=True, check=False)
    assert done.returncode == status, done.stderr
    assert not any(word in done.stderr for word in ("absl", "cuda", "oneDNN", "Warning")), done.stderr
    return done.stderr.splitlines()[-1] if status else json.loads(done.stdout)


def test_a_run_shows_what_it_looks_at(project: Project, tmp_path: Path) -> None:
    dataset = project.dataset("colours")
    red, blue = (
        next(dataset.path / row["image"] for row in dataset.rows() if row["label"] == label)
        for label in ("red", "blue")
    )
    run = project.runs()[0].id
    found = command("explain", project.path, "--run", run, red, blue, "--to", tmp_path / "out")
    assert [one["path"] for one in found] == [str(red), str(blue)]
    assert [one["label"] for one in found] == ["red", "blue"]
    for one in found:
        assert 1 / 3 < one["score"] <= 1
        assert Image.open(one["overlay"]).size == (224, 224)
        assert Path(one["overlay"]).parent == tmp_path / "out"
    mistake = command("explain", project.path, "--run", run, red, "--label", "pink", "--to", tmp_path / "no", status=2)
    assert mistake == f"Run “{run}” never learnt “pink”. It knows: blue, green, red."


def test_augmentation_is_shown_on_own_images(project: Project, tmp_path: Path) -> None:
    settings = ["--set", "shear=0.3", "--set", "flip=false", "--set", "side=48"]
    found = command("data", "augment", project.path, "colours", "--to", tmp_path, "--count", 6, *settings)
    assert len({one["path"] for one in found}) == 6
    assert {one["label"] for one in found} == {"blue", "green", "red"}
    for one in found:
        plain, augmented = (Image.open(one[name]) for name in ("plain", "augmented"))
        assert plain.size == augmented.size == (48, 48)
        assert plain.tobytes() != augmented.tobytes()
    refused = command("data", "augment", project.path, "words", "--to", tmp_path, status=2)
    assert refused == "“words” is text and has no images."
    wrong = command("data", "augment", project.path, "colours", "--to", tmp_path, "--set", "shear=9", status=2)
    assert wrong == "Shear must be at most 1."


def test_a_run_judges_images(project: Project) -> None:
    run, dataset = project.runs()[0].id, project.dataset("colours")
    image = dataset.path / dataset.rows()[0]["image"]
    (verdict,) = command("predict", project.path, "--run", run, image)
    assert verdict["path"] == str(image)
    assert verdict["label"] == dataset.rows()[0]["label"]
    assert set(verdict["scores"]) == {"blue", "green", "red"}
