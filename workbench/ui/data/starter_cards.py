"""Starter data sets, to begin without a file of one's own."""

from collections.abc import Collection

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QProgressBar, QWidget

from workbench.core import starters
from workbench.core.datasets import importer
from workbench.core.datasets.dataset import Dataset
from workbench.core.datasets.kinds import KINDS
from workbench.core.i18n import tr
from workbench.runtime import jobs
from workbench.ui.theme.metrics import GRID
from workbench.ui.widgets.buttons import QuietButton
from workbench.ui.widgets.card import Card
from workbench.ui.widgets.labels import Caption, Heading
from workbench.ui.workspace import Workspace


class StarterCard(Card):
    """One starter data set and the button that brings it into the project.

    Signals:
        imported(str): It is a data set of that name now.
        failed(str, str): It could not be had: a sentence, and the detail.
    """

    imported = Signal(str)
    failed = Signal(str, str)

    def __init__(self, workspace: Workspace, starter: starters.Starter, prefix: str) -> None:
        super().__init__()
        self._workspace = workspace
        self._starter = starter
        self._state = Caption("")
        self._progress = QProgressBar(maximum=1000)
        self._progress.setTextVisible(False)
        self._button = QuietButton(tr("Use this data"), f"{prefix}.starter.{starter.name}")
        self._button.setAccessibleName(tr("Use {name}", name=starter.name))
        self._button.clicked.connect(self.get)
        self.body.addWidget(Heading(starter.name))
        self.body.addWidget(Caption(tr(starter.help)))
        self.body.addWidget(Caption(f"{tr(KINDS[starter.kind].label)} · {starter.licence}"))
        self.body.addStretch()
        self.body.addWidget(self._state)
        self.body.addWidget(self._progress)
        self.body.addWidget(self._button, 0, Qt.AlignmentFlag.AlignLeft)
        self._show_busy(False)

    def set_present(self, present: bool) -> None:
        """Say that the project has this data already, instead of importing it twice."""
        self._button.setEnabled(not present and self._progress.isHidden())
        self._button.setText(tr("In the project") if present else tr("Use this data"))

    def get(self) -> None:
        """Bring it here and import it, in the background."""
        project, starter = self._workspace.project, self._starter
        self._show_busy(True)

        def work(report: jobs.Report) -> Dataset:
            path = starters.get(starter.name, lambda text, share: report((text, share)))
            return importer.import_file(project, path, kind=starter.kind)

        def done(dataset: Dataset) -> None:
            self._show_busy(False)
            self._workspace.datasets_changed.emit()
            self.imported.emit(dataset.name)

        def failed(sentence: str, detail: str) -> None:
            self._show_busy(False)
            self.failed.emit(sentence, detail)

        jobs.start(self, work, done=done, failed=failed, progressed=self._show_progress)

    def _show_progress(self, told: tuple[str, float | None]) -> None:
        text, share = told
        self._state.setText(text)
        self._progress.setRange(0, 0 if share is None else 1000)  # 0 to 0 shows that it goes on, not how far
        if share is not None:
            self._progress.setValue(round(share * 1000))

    def _show_busy(self, busy: bool) -> None:
        self._button.setEnabled(not busy)
        self._state.setVisible(busy)
        self._progress.setVisible(busy)


class StarterCards(QWidget):
    """All starter data sets whose kind can be imported.

    Signals:
        imported(str): One of them is a data set of that name now.
        failed(str, str): A sentence, and the detail.
    """

    imported = Signal(str)
    failed = Signal(str, str)

    def __init__(self, workspace: Workspace, prefix: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID * 2)
        self._cards: dict[str, StarterCard] = {}
        offered = [starter for starter in starters.DATA.values() if starter.kind in KINDS]
        for number, starter in enumerate(offered):
            card = StarterCard(workspace, starter, prefix)
            card.imported.connect(self.imported)
            card.failed.connect(self.failed)
            layout.addWidget(card, number // 3, number % 3)
            self._cards[starter.name] = card

    def set_present(self, names: Collection[str]) -> None:
        """Tell which data sets the project has."""
        for name, card in self._cards.items():
            card.set_present(name in names)
