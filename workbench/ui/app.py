"""The program with its window: language, look, project, and what happens to an error that nobody expected."""

import argparse
import sys
import traceback
from pathlib import Path
from types import TracebackType

import msgspec
from PySide6.QtCore import QLibraryInfo, QLocale, QObject, QThreadPool, QTranslator
from PySide6.QtWidgets import QApplication

from workbench.core.errors import UserError
from workbench.core.i18n import LANGUAGES, tr, use_language
from workbench.ui import memory
from workbench.ui.main_window import MainWindow
from workbench.ui.memory import Memory
from workbench.ui.theme import style
from workbench.ui.theme.icons import icon
from workbench.ui.workspace import Workspace

SWITCH_SECONDS = 0.0005
"""How long a background thread may keep Python to itself: ten times less than usual, for the window waits meanwhile."""


class Program(QObject):
    """Keeps what outlives a window: another language means another window on the same project.

    Args:
        app: The Qt application.
        remembered: What the last start has left.
    """

    def __init__(self, app: QApplication, remembered: Memory) -> None:
        super().__init__(app)
        sys.setswitchinterval(SWITCH_SECONDS)
        self._app = app
        self.memory = remembered
        self._translator = QTranslator(self)
        self.use_language(remembered.language)
        self._theme = style.apply(app)
        self._theme.set_scheme(remembered.scheme)
        self._theme.set_text_size(remembered.text_size)
        app.setWindowIcon(icon("train"))
        self.workspace = Workspace(self)
        self.window: MainWindow | None = None

    def use_language(self, code: str) -> None:
        """Take a language, or the system's, for all later strings, those of Qt as well."""
        known = code or QLocale.system().name()[:2]
        use_language(known if known in LANGUAGES else "en")
        self._app.removeTranslator(self._translator)
        folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
        if self._translator.load(f"qtbase_{known}", folder):
            self._app.installTranslator(self._translator)

    def open(self, path: Path | None) -> str:
        """Open the project asked for, else the last one, else a new first one; return a sentence if that failed.

        Raises:
            UserError: No project at all can be opened.
        """
        last = [Path(project) for project in self.memory.projects if (Path(project) / "project.json").exists()]
        trouble = ""
        for candidate in [path, *last[:1], memory.first_project()]:
            if candidate is None:
                continue
            try:
                self.workspace.open(candidate)
                return trouble
            except UserError as error:
                trouble = trouble or error.sentence
        raise UserError(trouble)

    def show(self) -> MainWindow:
        """Make the window and show it."""
        window = MainWindow(self.workspace, self.memory)
        window.remembered.connect(self._remember)
        window.language_chosen.connect(self._on_language)
        window.menu.scheme_chosen.connect(self._on_scheme)
        window.menu.text_size_chosen.connect(self._on_text_size)
        self._remember(window.memory)
        self.window = window
        window.show()
        return window

    def close(self) -> None:
        """End every thread of the window, and the window; trainers go on."""
        if self.window is not None:
            self.window.close()
            self.window.deleteLater()
            self.window = None
        self.workspace.close()
        QThreadPool.globalInstance().waitForDone()

    def _remember(self, changed: Memory) -> None:
        self.memory = changed
        memory.save(changed)

    def _on_language(self, code: str) -> None:
        self.use_language(code)
        old = self.window
        assert old is not None
        self.show().setGeometry(old.geometry())
        old.close()
        old.deleteLater()

    def _on_scheme(self, scheme: style.Scheme) -> None:
        self._theme.set_scheme(scheme)
        self._keep(scheme=scheme)

    def _on_text_size(self, percent: int) -> None:
        self._theme.set_text_size(percent)
        self._keep(text_size=percent)

    def _keep(self, **changes: object) -> None:
        if self.window is not None:
            self.window.remember(**changes)


def catch_all(workspace: Workspace) -> None:
    """Turn an exception that nobody expected into a sentence in the window; the program goes on."""

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        detail = "".join(traceback.format_exception(kind, error, trace))
        sys.stderr.write(detail)
        if issubclass(kind, UserError):
            assert isinstance(error, UserError)
            workspace.failed.emit(error.sentence, error.detail)
        elif issubclass(kind, Exception):
            workspace.failed.emit(tr("Something went wrong that should not have. Your data and runs are safe."), detail)

    sys.excepthook = hook


def main(arguments: list[str]) -> int:
    """Open the window: ``[PROJECT_DIR] [--language CODE] [--theme system|light|dark]``. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="workbench window")
    parser.add_argument("project", nargs="?", type=Path)
    parser.add_argument("--language", choices=sorted(LANGUAGES))
    parser.add_argument("--theme", choices=["system", "light", "dark"])
    asked = parser.parse_args(arguments)
    app = QApplication(sys.argv[:1])
    app.setApplicationName("workbench")
    app.setDesktopFileName("workbench")
    remembered = memory.load()
    chosen = {"language": asked.language, "scheme": asked.theme}
    changes = {name: value for name, value in chosen.items() if value}
    program = Program(app, msgspec.structs.replace(remembered, **changes))
    try:
        trouble = program.open(asked.project)
    except UserError as error:
        sys.stderr.write(f"{error.sentence}\n")
        return 2
    catch_all(program.workspace)
    program.show().offer_wizard()
    if trouble:
        program.workspace.failed.emit(trouble, "")
    status = app.exec()
    program.close()
    return status
