import os
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ["WORKBENCH_LANGUAGE"] = "en"

import pytest

from workbench.core.project import Project

HARMLESS = r"This plugin does not support propagateSizeHints"


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("qt_log_ignore", HARMLESS)
    config.option.qt_log_level_fail = "WARNING"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project.create(tmp_path / "project")


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
