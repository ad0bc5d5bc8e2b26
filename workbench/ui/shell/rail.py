"""The rail on the left: the tabs in the order of the work, the list of runs, the menu."""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QButtonGroup, QFrame, QMenu, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from workbench.core.i18n import tr
from workbench.ui.tab import Tab
from workbench.ui.theme.icons import dress
from workbench.ui.theme.metrics import GRID

ICON = QSize(24, 24)


def _button(icon: str, text: str, name: str) -> QToolButton:
    button = QToolButton()
    button.setObjectName(name)
    button.setProperty("role", "tab")
    button.setText(text)
    button.setIconSize(ICON)
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
    button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    dress(button, icon)
    return button


class Rail(QFrame):
    """A button a tab; Ctrl+1 and so on press them.

    Args:
        tabs: The tabs in their order.
        menu: What the last button opens.

    Signals:
        chosen(str): The tab of that name was asked for.
        runs_folded(bool): The list of runs was folded away or unfolded.
    """

    chosen = Signal(str)
    runs_folded = Signal(bool)

    def __init__(self, tabs: list[Tab], menu: QMenu, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "rail")
        self._buttons: dict[str, QToolButton] = {}
        self._group = QButtonGroup(self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GRID // 2, GRID, GRID // 2, GRID)
        layout.setSpacing(GRID // 2)
        for number, tab in enumerate(tabs, start=1):
            layout.addWidget(self._tab_button(tab, number))
        layout.addStretch()
        self._runs = _button("runs", tr("Runs"), "runs.toggle")
        self._runs.setToolTip(tr("Show or hide the list of runs"))
        self._runs.setCheckable(True)
        self._runs.toggled.connect(lambda on: self.runs_folded.emit(not on))
        layout.addWidget(self._runs)
        more = _button("menu", tr("Menu"), "window.menu")
        more.setMenu(menu)
        more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        QShortcut(QKeySequence("F10"), self, more.showMenu)
        layout.addWidget(more)

    def _tab_button(self, tab: Tab, number: int) -> QToolButton:
        button = _button(tab.icon, tr(tab.label), f"rail.{tab.name}")
        button.setCheckable(True)
        button.setToolTip(f"{tr(tab.label)} (Ctrl+{number})")
        button.clicked.connect(lambda: self.chosen.emit(tab.name))
        QShortcut(QKeySequence(f"Ctrl+{number}"), self, button.click)
        self._group.addButton(button)
        self._buttons[tab.name] = button
        return button

    def show_chosen(self, name: str) -> None:
        """Mark the tab that is in front."""
        self._buttons[name].setChecked(True)

    def show_folded(self, folded: bool) -> None:
        """Mark whether the list of runs is folded away."""
        self._runs.setChecked(not folded)
