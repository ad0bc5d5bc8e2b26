"""What a person can do with the chosen data set: shape it into a new one, save what was left out, remove it."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QMenu, QToolButton, QWidget

from workbench.core.datasets.dataset import DatasetInfo
from workbench.core.i18n import tr
from workbench.ui.data.panel import DataPanel
from workbench.ui.theme.metrics import GRID


class DatasetActions(QWidget):
    """Two buttons with menus; the same entries serve as the context menu of a list.

    Args:
        prefix: First part of the objectNames.
        panels: What can make a new data set of one.

    Signals:
        panel_wanted(object): Open that class of `DataPanel`.
        export_wanted(): Save the left-out rows to a file.
        remove_wanted(): Remove the data set.
    """

    panel_wanted = Signal(object)
    export_wanted = Signal()
    remove_wanted = Signal()

    def __init__(self, prefix: str, panels: tuple[type[DataPanel], ...], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._panels: dict[type[DataPanel], QAction] = {}
        for panel in panels:
            action = self._action(tr(panel.label), f"{prefix}.{panel.name}", partial(self.panel_wanted.emit, panel))
            action.setToolTip(tr(panel.help))
            self._panels[panel] = action
        self._export = self._action(
            tr("Save the left-out rows …"), f"{prefix}.export_left_out", self.export_wanted.emit
        )
        self._remove = self._action(tr("Remove"), f"{prefix}.remove", self.remove_wanted.emit)
        self._remove.setShortcut(QKeySequence(QKeySequence.StandardKey.Delete))
        self._remove.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)  # the Delete key counts in the list only
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID)
        self._shape = self._menu_button(tr("Make of it"), f"{prefix}.shape", [*self._panels.values()])
        layout.addWidget(self._shape)
        layout.addWidget(self._menu_button(tr("Other actions"), f"{prefix}.more", [self._export, self._remove]))

    def _action(self, text: str, name: str, do: Callable[[], object]) -> QAction:
        action = QAction(text, self)
        action.setObjectName(name)
        action.triggered.connect(lambda: do())
        return action

    def _menu_button(self, text: str, name: str, actions: list[QAction]) -> QToolButton:
        button = QToolButton()
        button.setObjectName(name)
        button.setText(f"{text} ▾")
        button.setAccessibleName(text)
        button.setProperty("role", "menu")
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(button)
        menu.setToolTipsVisible(True)
        menu.addActions(actions)
        button.setMenu(menu)
        return button

    def serve(self, widget: QWidget) -> None:
        """Be the context menu of a widget as well, with the mouse and the keyboard."""
        between = QAction(widget)
        between.setSeparator(True)
        widget.addActions([*self._panels.values(), between, self._export, self._remove])
        widget.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)

    def show_for(self, info: DatasetInfo) -> None:
        """Offer what fits a data set."""
        for panel, action in self._panels.items():
            action.setVisible(not panel.kinds or info.kind in panel.kinds)
        self._shape.setVisible(any(action.isVisible() for action in self._panels.values()))
        self._export.setEnabled(info.rejected > 0)
