import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.engine.tiny import save_tiny
from workbench.core.datasets.writer import write_dataset
from workbench.core.project import Project


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("generate")
    project = Project.create(folder / "project")
    rows = [{"prompt": f"say {word}"} for word in ("sun", "rain", "snow")]
    write_dataset(project.data / "asked", "asked", "prompts", rows, split=0.3)
    write_dataset(project.data / "texts", "texts", "text", [{"text": "a"}, {"text": "b"}], split=0.5)
    save_tiny(folder / "base")
    return folder


def workbench(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "workbench", "generate", str(folder / "project"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)


def test_every_prompt_gets_k_answers_as_json(folder: Path) -> None:
    settings = ["--prompts", "asked", "--k", "3", "--max-new-tokens", "6", "--seed", "2", "--json"]
    first, again = (workbench(folder, "--model", str(folder / "base"), *settings) for _ in range(2))
    assert first.returncode == 0, first.stderr
    assert first.stdout == again.stdout
    answered = json.loads(first.stdout)
    assert {one["prompt"] for one in answered} == {"say sun", "say rain", "say snow"}
    assert all(len(one["responses"]) == 3 for one in answered)
    assert len({text for one in answered for text in one["responses"]}) > 3


def test_limit_and_plain_text(folder: Path) -> None:
    done = workbench(folder, "--model", str(folder / "base"), "--prompts", "asked", "--limit", "1", "--k", "1")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("# say ") == 1


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--prompts", "asked"], "Say who answers"),
        (["--prompts", "texts", "--model", "x"], "prompts come from data of the kinds"),
        (["--prompts", "asked", "--model", "x"], "There is no model “x”"),
        (["--prompts", "asked", "--run", "x"], "There is no run “x”"),
    ],
)
def test_a_mistake_is_one_plain_sentence(folder: Path, arguments: list[str], sentence: str) -> None:
    done = workbench(folder, *arguments)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    assert not done.stdout
