import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ["WORKBENCH_LANGUAGE"] = "en"
if "PYTEST_XDIST_WORKER" in os.environ:  # there is a process of tests for each core
    os.environ.setdefault("OMP_NUM_THREADS", "1")

import workbench.engine  # noqa: F401 - how threads wait is set before a test loads torch

# isort: split
import psutil
import pytest

from workbench.core import hardware
from workbench.core.project import Project
from workbench.core.runs import Run
from workbench.core.spec import RunSpec

HARMLESS = r"This plugin does not support propagateSizeHints"
EACH = 8e9
"""Bytes of memory for each of the processes that test side by side, and their children."""

TRAINER = Path(__file__).with_name("fake_trainer.py")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("qt_log_ignore", HARMLESS)
    config.option.qt_log_level_fail = "WARNING"


def pytest_xdist_auto_num_workers() -> int:
    return max(1, min(hardware.threads(), int(psutil.virtual_memory().total / EACH)))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes minutes, so that at the end no process is left alone with it."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project.create(tmp_path / "project")


@pytest.fixture
def make_run(project: Project) -> Callable[[], Run]:
    def make() -> Run:
        spec = RunSpec(task="instruction-tuning", name="a run", model="m", model_path="m", data="d", data_path="data/d")
        return project.new_run(spec)

    return make


@pytest.fixture
def train(make_run: Callable[[], Run], monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Run]]:
    """Start, through the launcher, a trainer that trains nothing but keeps to the protocol of run folders."""
    from workbench.runtime import launcher

    children: list[subprocess.Popen[bytes]] = []
    real = subprocess.Popen

    def noted(*arguments: object, **keywords: object) -> object:
        children.append(real(*arguments, **keywords))  # type: ignore[call-overload]
        return children[-1]

    def start(how: str) -> Run:
        def command(run: Run, *, resume: bool) -> list[str]:
            return [sys.executable, str(TRAINER), str(run.path), "short" if resume else how]

        monkeypatch.setattr(launcher, "command", command)
        monkeypatch.setattr(launcher.subprocess, "Popen", noted)
        run = make_run()
        launcher.start(run)
        return run

    yield start
    for child in children:
        child.kill()
        child.wait()


@pytest.fixture
def settings_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep what the window remembers out of the home of whoever runs the tests."""
    monkeypatch.setenv("WORKBENCH_SETTINGS", str(tmp_path / "settings"))
    return tmp_path / "settings"


@pytest.fixture
def workspace(qapp: object, project: Project, settings_folder: Path) -> Iterator[object]:
    from PySide6.QtCore import QThreadPool
    from PySide6.QtWidgets import QApplication

    from workbench.ui.theme import style
    from workbench.ui.workspace import Workspace

    assert isinstance(qapp, QApplication)
    style.apply(qapp)
    made = Workspace()
    made.open(project.path)
    yield made
    made.close()
    QThreadPool.globalInstance().waitForDone()
    qapp.processEvents()
    made.deleteLater()
