import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from workbench.core.i18n import use_language
from workbench.core.project import Project
from workbench.core.runs import Run
from workbench.runtime import launcher
from workbench.runtime.command import Command

SPEAKER = "import sys; from workbench.core.i18n import tr; sys.stdout.buffer.write(tr('Finished.').encode())"


@pytest.fixture(autouse=True)
def english_again() -> Iterator[None]:
    yield
    use_language("en")


@pytest.mark.parametrize(("language", "word"), [("en", "Finished."), ("ja", "完了しました。")])
def test_trainers_speak_the_language_of_the_window(
    monkeypatch: pytest.MonkeyPatch, make_run: Callable[[], Run], language: str, word: str
) -> None:
    run = make_run()
    monkeypatch.setattr(launcher, "command", lambda run, *, resume: [sys.executable, "-c", SPEAKER])
    use_language(language)
    assert launcher.exit_status(launcher.start(run)) == 0
    assert run.log_file.read_text(encoding="utf-8") == word


def test_commands_that_the_window_starts_speak_its_language_even_when_it_changes(qtbot: QtBot, tmp_path: Path) -> None:
    project = Project.create(tmp_path / "project")
    for language, sentence in (("ja", "実行「nobody」はありません"), ("en", "There is no run “nobody”")):
        use_language(language)
        command = Command()
        with qtbot.waitSignal(command.failed, timeout=30_000) as failed:
            command.start("resume", project.path, "nobody")
        assert failed.args[0].startswith(sentence)
