from pathlib import Path

from pytestqt.qtbot import QtBot

from workbench.core.project import Project
from workbench.runtime.command import Command


def test_the_json_value_of_a_command_comes_back(qtbot: QtBot, tmp_path: Path) -> None:
    command = Command()
    with qtbot.waitSignal(command.done, timeout=30_000) as done:
        command.start("project", "new", tmp_path / "project")
    assert done.args is not None
    assert (tmp_path / "project" / "project.json").exists()
    with qtbot.waitSignal(command.done, timeout=30_000) as done:
        command.start("runs", tmp_path / "project")
    assert done.args == [[]]


def test_a_mistake_is_the_sentence_that_the_command_says(qtbot: QtBot, tmp_path: Path) -> None:
    project = Project.create(tmp_path / "project")
    command = Command()
    said: list[str] = []
    command.progressed.connect(said.append)
    with qtbot.waitSignal(command.failed, timeout=30_000) as failed:
        command.start("resume", project.path, "nobody")
    assert failed.args[0] == "There is no run “nobody”; there are: none yet."
    assert said == [failed.args[0]]
