"""The whole chain of commands with sockets that refuse: nothing is called out, nothing listens."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.engine.tiny import save_tiny

BLOCKED = """
import socket

def refuse(*_arguments, **_settings):
    raise SystemExit("a socket was used")

for name in ("connect", "connect_ex", "bind", "listen", "sendto"):
    setattr(socket.socket, name, refuse)
socket.getaddrinfo = socket.create_connection = refuse
"""
WORDS = ("sun", "rain", "snow", "wind", "fog", "hail", "heat", "ice", "storm", "cloud")


@pytest.fixture
def workbench(tmp_path: Path) -> Any:
    (tmp_path / "blocked").mkdir()
    (tmp_path / "blocked" / "sitecustomize.py").write_text(BLOCKED)
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "blocked")}
    environment.pop("HF_HUB_OFFLINE", None)

    def run(*arguments: object) -> Any:
        command = [sys.executable, "-m", "workbench", *map(str, arguments), "--json"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run


def test_sockets_are_really_blocked(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(BLOCKED)
    code = "import socket; socket.create_connection(('127.0.0.1', 9))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1 and "a socket was used" in done.stderr


def test_from_a_file_to_an_improved_adapter(tmp_path: Path, workbench: Any) -> None:
    model = save_tiny(tmp_path / "model")
    rows = [{"prompt": f"{word}?", "answer": f"{word} it is."} for word in WORDS]
    (tmp_path / "talk.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    project = tmp_path / "project"
    workbench("project", "new", project)
    workbench("data", "import", project, tmp_path / "talk.jsonl", "--kind", "instruction", "--split", "0.2")
    few = ("--set", "max_steps=2", "--set", "seed=1")
    tuned = workbench(
        "train", project, "--task", "instruction-tuning", "--data", "talk", "--model", model, *few, "--set", "samples=0"
    )
    answered = workbench(
        "generate", project, "--run", tuned["run"], "--prompts", "talk", "--k", 4, "--max-new-tokens", 8
    )
    assert len(answered) == len(WORDS) and all(len(one["responses"]) == 4 for one in answered)
    ranked = [{**one, "ranks": [1, 2, 3, 3], "annotator": "a"} for one in answered]
    (tmp_path / "ranked.jsonl").write_text("".join(json.dumps(one) + "\n" for one in ranked))
    assert workbench("rank", "import", project, tmp_path / "ranked.jsonl")["rows"] == len(WORDS)
    reward = workbench("train", project, "--task", "reward-model", "--from", tuned["run"], *few)
    measured = workbench("evaluate", project, "--run", reward["run"], "--data", "rankings")
    assert 0 <= measured["metrics"]["eval/accuracy"] <= 1
    parents = ("--from", tuned["run"], "--reward", reward["run"])
    small = ("--set", "batch_size=2", "--set", "max_new_tokens=4", "--set", "eval_prompts=2")
    better = workbench("train", project, "--task", "ppo", "--data", "talk", *parents, *few, *small)
    assert better["state"] == "finished"
    out = tmp_path / "adapter"
    exported = workbench("export", project, "--run", better["run"], "--format", "adapter", "--to", out)
    assert exported["checked"] is True
    assert (out / "adapter_model.safetensors").exists()
    assert [run["state"] for run in workbench("runs", project)] == ["finished"] * 3
