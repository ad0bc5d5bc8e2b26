"""The menu of the window: projects, the first fine-tune, language, look."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from workbench.core.i18n import LANGUAGES, tr
from workbench.ui.memory import Memory

T = TypeVar("T", str, int)

TEXT_SIZES = (80, 100, 125, 150, 175, 200)


def _call(choose: Callable[[T], None], value: T, _checked: bool = False) -> None:
    choose(value)


class WindowMenu(QMenu):
    """What belongs to no tab.

    Signals:
        project_wanted(object): Open the project in that Path, or make it there.
        wizard_wanted(): Open the first fine-tune.
        language_chosen(str): A code, "" for the system's.
        scheme_chosen(str): ``system``, ``light`` or ``dark``.
        text_size_chosen(int): In per cent.
        quit_wanted(): Close the window.
    """

    project_wanted = Signal(object)
    wizard_wanted = Signal()
    language_chosen = Signal(str)
    scheme_chosen = Signal(str)
    text_size_chosen = Signal(int)
    quit_wanted = Signal()

    def __init__(self, memory: Memory, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("window.menu_list")
        self._act(tr("First fine-tune …"), "window.wizard", self.wizard_wanted.emit)
        self.addSeparator()
        self._act(tr("New project …"), "window.new_project", self._pick_new, "Ctrl+N")
        self._act(tr("Open project …"), "window.open_project", self._pick, "Ctrl+O")
        self._recent = self.addMenu(tr("Open again"))
        self.addSeparator()
        languages = [(tr("As the system"), ""), *((name, code) for code, name in LANGUAGES.items())]
        self._choice(tr("Language"), "window.language", languages, memory.language, self.language_chosen.emit)
        schemes = [(tr("As the system"), "system"), (tr("Light"), "light"), (tr("Dark"), "dark")]
        self._choice(tr("Theme"), "window.theme", schemes, memory.scheme, self.scheme_chosen.emit)
        sizes = [(f"{size} %", size) for size in TEXT_SIZES]
        self._choice(tr("Text size"), "window.text_size", sizes, memory.text_size, self.text_size_chosen.emit)
        self.addSeparator()
        self._act(tr("Close window"), "window.quit", self.quit_wanted.emit, "Ctrl+Q")
        self.show_recent(memory.projects)

    def show_recent(self, projects: Iterable[str]) -> None:
        """Offer the projects opened last."""
        self._recent.clear()
        for project in projects:
            action = self._recent.addAction(project.replace("&", "&&"))
            action.triggered.connect(lambda _=False, path=Path(project): self.project_wanted.emit(path))
        self._recent.setEnabled(not self._recent.isEmpty())

    def _act(self, text: str, name: str, do: Callable[[], object], key: str = "") -> None:
        action = self.addAction(text)
        action.setObjectName(name)
        action.triggered.connect(lambda: do())
        if key:
            action.setShortcut(QKeySequence(key))
            parent = self.parentWidget()
            assert parent is not None
            parent.addAction(action)  # the shortcut works while the menu is closed

    def _choice(
        self, title: str, name: str, entries: Sequence[tuple[str, T]], now: T, choose: Callable[[T], None]
    ) -> None:
        menu = self.addMenu(title)
        menu.setObjectName(name)
        group = QActionGroup(menu)
        for text, value in entries:
            action = QAction(text, group, checkable=True)
            action.setObjectName(f"{name}.{value or 'system'}")
            action.setChecked(value == now)
            action.triggered.connect(partial(_call, choose, value))
            menu.addAction(action)

    def _pick(self) -> None:
        self._dialog(tr("Open the folder of a project"))

    def _pick_new(self) -> None:
        self._dialog(tr("Choose a new or an empty folder for the project"))

    def _dialog(self, title: str) -> None:
        dialog = QFileDialog(self.parentWidget(), title)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.fileSelected.connect(lambda path: self.project_wanted.emit(Path(path)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()
