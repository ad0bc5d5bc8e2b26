"""How data comes in: files or folders dropped or picked, or a starter data set."""

from collections.abc import Collection
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from workbench.core.datasets.dataset import Dataset
from workbench.core.datasets.hub import Fetched
from workbench.core.i18n import tr
from workbench.ui.data.drop_zone import DropZone
from workbench.ui.data.hub_box import HubBox
from workbench.ui.data.import_panel import ImportPanel
from workbench.ui.data.import_summary import ImportSummary
from workbench.ui.data.kept_mappings import KeptMappings
from workbench.ui.data.starter_cards import StarterCards
from workbench.ui.scrolling import scrolling
from workbench.ui.theme.metrics import GRID
from workbench.ui.widgets.labels import Caption, Heading
from workbench.ui.widgets.notice import Notice
from workbench.ui.workspace import Workspace


class AddData(QStackedWidget):
    """The offer; the import panel once something is chosen; and at last what became of it.

    Args:
        workspace: The project the data goes to.
        prefix: First part of the objectNames.
        primary: Whether bringing data in is the next step here; if not, no summary stands in the way either.

    Signals:
        imported(str): There is a new data set of that name.
        opened(str): The person wants to see the data set of that name.
    """

    imported = Signal(str)
    opened = Signal(str)

    def __init__(
        self, workspace: Workspace, prefix: str, *, primary: bool = True, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._primary = primary
        self._waiting: list[Path] = []
        self._notice = Notice()
        self._zone = DropZone(prefix, primary=primary)
        self._starters = StarterCards(workspace, prefix)
        self._hub = HubBox(prefix)
        self._kept = KeptMappings(workspace, prefix)
        self._panel = ImportPanel(workspace, prefix, primary=primary)
        self._summary = ImportSummary(prefix)
        self._offering = self._offer()
        for page in (self._offering, self._panel, self._summary):
            self.addWidget(page)
        self._zone.picked.connect(self.open_files)
        self._hub.fetched.connect(self._open_fetched)
        self._hub.failed.connect(self._notice.error)
        self._starters.failed.connect(self._notice.error)
        self._starters.imported.connect(self._open)
        self._panel.dismissed.connect(self._next)
        self._panel.imported.connect(self._imported)
        self._summary.opened.connect(self._open)
        self._summary.went_on.connect(self._next)

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
        layout.addWidget(self._hub)
        layout.addWidget(self._kept)
        layout.addStretch(1)
        return scrolling(inside)

    def open_files(self, paths: list[Path]) -> None:
        """Offer to import files or folders, one after the other; they wait while something is being imported."""
        self._notice.clear()
        if self._panel.is_busy():
            self._waiting += paths
            self._panel.say_waiting(self._waiting_sentence())
            return
        self._waiting = paths[1:]
        self._panel.open_file(paths[0], self._waiting_sentence())
        self.setCurrentWidget(self._panel)

    def open_file(self, path: Path) -> None:
        """Offer to import a file or folder."""
        self.open_files([path])

    def _open_fetched(self, fetched: Fetched) -> None:
        self.open_file(fetched.path)

    def set_present(self, names: Collection[str]) -> None:
        """Tell which data sets the project has, so that none is offered twice."""
        self._starters.set_present(names)

    def is_offering(self) -> bool:
        """Return whether nothing has been chosen yet."""
        return self.currentWidget() is self._offering

    def show_offer(self) -> None:
        """Go back to the drop zone and the starter data, or to the import that is under way."""
        if self._panel.is_busy():
            self.setCurrentWidget(self._panel)
            return
        self._waiting = []
        self.setCurrentWidget(self._offering)

    def _waiting_sentence(self) -> str:
        names = tr(", ").join(path.name for path in self._waiting)
        return tr("Still to come: {names}", names=names) if names else ""

    def _imported(self, dataset: Dataset) -> None:
        self.imported.emit(dataset.name)
        if self._primary:
            self._summary.show_dataset(dataset.info, self._waiting_sentence())
            self.setCurrentWidget(self._summary)
        else:
            self._next()

    def _next(self) -> None:
        if self._waiting:
            self.open_files(self._waiting)
        else:
            self.show_offer()

    def _open(self, name: str) -> None:
        if not self._primary:
            self.imported.emit(name)
        self.show_offer()
        self.opened.emit(name)
