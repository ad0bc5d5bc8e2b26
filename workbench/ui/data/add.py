"""How data comes in: a file dropped or picked, or a starter data set."""

from collections.abc import Collection
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from workbench.core.i18n import tr
from workbench.ui.data.drop_zone import DropZone
from workbench.ui.data.import_panel import ImportPanel
from workbench.ui.data.starter_cards import StarterCards
from workbench.ui.scrolling import scrolling
from workbench.ui.theme.metrics import GRID
from workbench.ui.widgets.labels import Caption, Heading
from workbench.ui.widgets.notice import Notice
from workbench.ui.workspace import Workspace


class AddData(QStackedWidget):
    """The offer, and the import panel once a file is chosen.

    Args:
        workspace: The project the data goes to.
        prefix: First part of the objectNames.
        primary: Whether bringing data in is the next step here.

    Signals:
        imported(str): There is a new data set of that name.
    """

    imported = Signal(str)

    def __init__(
        self, workspace: Workspace, prefix: str, *, primary: bool = True, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._notice = Notice()
        self._zone = DropZone(prefix, primary=primary)
        self._starters = StarterCards(workspace, prefix)
        self._panel = ImportPanel(workspace, prefix, primary=primary)
        self.addWidget(self._offer())
        self.addWidget(self._panel)
        self._zone.picked.connect(self.open_file)
        self._starters.failed.connect(self._notice.error)
        self._starters.imported.connect(self.imported)
        self._panel.dismissed.connect(self.show_offer)
        self._panel.imported.connect(self._imported)

    def _offer(self) -> QWidget:
        inside = QWidget()
        layout = QVBoxLayout(inside)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID * 2)
        layout.addWidget(self._notice)
        layout.addWidget(self._zone)
        words = QVBoxLayout()
        words.setSpacing(GRID // 2)
        words.addWidget(Heading(tr("Or begin with starter data")))
        words.addWidget(Caption(tr("Small, real and free. It is a good way to see how everything works.")))
        layout.addLayout(words)
        layout.addWidget(self._starters)
        layout.addStretch(1)
        return scrolling(inside)

    def open_file(self, path: Path) -> None:
        """Offer to import a file."""
        self._notice.clear()
        self._panel.open_file(path)
        self.setCurrentWidget(self._panel)

    def set_present(self, names: Collection[str]) -> None:
        """Tell which data sets the project has, so that none is offered twice."""
        self._starters.set_present(names)

    def show_offer(self) -> None:
        """Go back to the drop zone and the starter data."""
        self.setCurrentIndex(0)

    def _imported(self, name: str) -> None:
        self.show_offer()
        self.imported.emit(name)
