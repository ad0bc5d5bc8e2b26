"""What became of an import: how much came in, how it is split, what was left out and why."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from workbench.core.datasets.dataset import DatasetInfo
from workbench.core.i18n import tr
from workbench.ui.data.cells import splits_sentence
from workbench.ui.data.dataset_list import summary
from workbench.ui.theme.metrics import GRID
from workbench.ui.widgets.buttons import PrimaryButton, QuietButton
from workbench.ui.widgets.card import Card
from workbench.ui.widgets.labels import Caption, Heading, Title

MOST = 8
"""Reasons that are shown; the rest stands with the left-out rows."""


class ImportSummary(QWidget):
    """Says what an import brought, with one next step.

    Signals:
        opened(str): The person wants to see the data set of that name.
        went_on(): The person wants to bring in more.
    """

    opened = Signal(str)
    went_on = Signal()

    def __init__(self, prefix: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = ""
        self._title = Title("")
        self._facts = Caption("")
        self._facts.setObjectName(f"{prefix}.summary")
        self._out_title = Heading("")
        self._reasons = Caption("")
        self._waiting = Caption("")
        self._open = PrimaryButton(tr("See the rows"), f"{prefix}.open")
        self._more = QuietButton(tr("Import another file"), f"{prefix}.import_more")
        self._next = PrimaryButton(tr("Import the next file"), f"{prefix}.import_next")
        self._next.clicked.connect(self.went_on)
        self._open.clicked.connect(lambda: self.opened.emit(self._name))
        self._more.clicked.connect(self.went_on)
        card = Card()
        for label in (self._title, self._facts, self._out_title, self._reasons, self._waiting):
            card.body.addWidget(label)
        buttons = QHBoxLayout()
        buttons.setSpacing(GRID)
        buttons.addWidget(self._next)
        buttons.addWidget(self._open)
        buttons.addWidget(self._more)
        buttons.addStretch()
        card.body.addSpacing(GRID)
        card.body.addLayout(buttons)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(card, 0, Qt.AlignmentFlag.AlignTop)
        layout.addStretch()

    def show_dataset(self, info: DatasetInfo, waiting: str) -> None:
        """Describe a data set that has just been imported; ``waiting`` says what comes next, if anything does."""
        self._name = info.name
        self._title.setText(tr("“{name}” is in the project", name=info.name))
        self._facts.setText(f"{summary(info)} · {splits_sentence(info.splits)}")
        reasons = [f"{reason} ({count:,})" for reason, count in list(info.reasons.items())[:MOST]]
        self._out_title.setText(tr("{count} rows were left out and kept apart", count=f"{info.rejected:,}"))
        self._reasons.setText("\n".join([*reasons, "…"] if len(info.reasons) > MOST else reasons))
        self._out_title.setVisible(info.rejected > 0)
        self._reasons.setVisible(info.rejected > 0)
        self._waiting.setText(waiting)
        self._waiting.setVisible(bool(waiting))
        self._next.setVisible(bool(waiting))
        self._open.setVisible(not waiting)
        self._more.setVisible(not waiting)
        (self._next if waiting else self._open).setFocus()
