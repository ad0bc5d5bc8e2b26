import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from workbench.core import starters


def command(*arguments: object) -> Any:
    """Run a command, which is where TensorFlow is: never in the process of the tests."""
    call = [sys.executable, "-m", "workbench", *map(str, arguments), "--json"]
    done = subprocess.run(call, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.slow
def test_the_starter_base_learns_to_tell_digits_apart(tmp_path: Path) -> None:
    """The goal for `digits`: at least 0.97 of the 180 held-out images, with a frozen base and a fixed seed."""
    project = tmp_path / "project"
    subprocess.run([sys.executable, "-m", "workbench", "project", "new", str(project)], check=True)
    command("data", "import", project, starters.get("digits"), "--kind", "image-folder", "--name", "digits")
    chosen = [part for pair in ("side=128", "epochs=6", "flip=false", "seed=0") for part in ("--set", pair)]
    task = ["--task", "keras-image-classification", "--data", "digits", "--model", "efficientnet-lite0"]
    run = command("train", project, *task, *chosen)
    assert run["state"] == "finished"
    report = command("report", project, "--run", run["run"])
    assert report["before"]["accuracy"] < 0.3
    measured = command("evaluate", project, "--run", run["run"], "--data", "digits")["metrics"]
    assert measured["eval/accuracy"] >= 0.97
