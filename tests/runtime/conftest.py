import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from workbench.core import events
from workbench.core.project import Project
from workbench.core.runs import Run
from workbench.core.spec import RunSpec
from workbench.runtime import launcher

TRAINER = Path(__file__).with_name("fake_trainer.py")


@pytest.fixture
def make_run(project: Project) -> Callable[[], Run]:
    def make() -> Run:
        spec = RunSpec(task="instruction-tuning", name="a run", model="m", model_path="m", data="d", data_path="data/d")
        return project.new_run(spec)

    return make


@pytest.fixture
def train(make_run: Callable[[], Run]) -> Iterator[Callable[[str], Run]]:
    """Start a fake trainer the way the launcher starts the real one."""
    children: list[subprocess.Popen[bytes]] = []

    def start(how: str) -> Run:
        run = make_run()
        with run.log_file.open("ab") as log:
            child = subprocess.Popen(
                [sys.executable, str(TRAINER), str(run.path), how], stdout=log, stderr=log, start_new_session=True
            )
        children.append(child)
        launcher._children[child.pid] = child
        run.claim(child.pid)
        run.append(events.Launched(pid=child.pid))
        return run

    yield start
    for child in children:
        child.kill()
        child.wait()
        launcher._children.pop(child.pid, None)
