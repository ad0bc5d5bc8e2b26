"""Suspicious labels: the list, and setting the chosen ones right."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from workbench.core.datasets.checkup.report import Suspects
from workbench.core.i18n import tr
from workbench.ui.data.checkup_cards import scope_of
from workbench.ui.theme.metrics import GRID
from workbench.ui.widgets.buttons import QuietButton
from workbench.ui.widgets.card import Card
from workbench.ui.widgets.labels import Caption, Heading

SHOWN_ROWS = 8
"""Rows of the table that are seen without scrolling."""


class SuspectsCard(Card):
    """A table of labels that are probably wrong, the most suspicious first.

    Signals:
        row_wanted(int): The person asks for a row, by its number from 1.
        right_wanted(object): The person takes the proposed labels of these rows: labels by row number.
        save_wanted(): The person wants the list as a file.
    """

    row_wanted = Signal(int)
    right_wanted = Signal(object)
    save_wanted = Signal()

    def __init__(self, suspects: Suspects, prefix: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows = suspects.rows
        self.body.addWidget(Heading(tr("Suspicious labels")))
        if suspects.reason:
            self.body.addWidget(Caption(suspects.reason))
            return
        words = tr(
            "{count} labels differ from what a simple classifier expects, which guesses {accuracy} % of the labels "
            "right. Choose the rows that are really wrong; a new data set gets the proposed labels.",
            count=f"{suspects.count:,}",
            accuracy=round(100 * suspects.accuracy),
        )
        self.body.addWidget(Caption(f"{words} {scope_of(suspects.scope)}"))
        self._table = self._make_table(prefix)
        self._go = QuietButton(tr("Go to the row"), f"{prefix}.checkup.go_to_row")
        self._right = QuietButton("", f"{prefix}.checkup.set_right")
        self._save = QuietButton(tr("Save the list …"), f"{prefix}.checkup.save_suspects")
        self._save.clicked.connect(self.save_wanted)
        self._go.clicked.connect(lambda: self.row_wanted.emit(self._rows[self._table.currentRow()].row))
        self._right.clicked.connect(lambda: self.right_wanted.emit(self.chosen()))
        self._table.itemSelectionChanged.connect(self._on_selection)
        buttons = QHBoxLayout()
        buttons.setSpacing(GRID)
        buttons.addWidget(self._right)
        buttons.addWidget(self._go)
        buttons.addWidget(self._save)
        buttons.addStretch()
        self.body.addWidget(self._table)
        self.body.addLayout(buttons)
        for widget in (self._table, self._go, self._right, self._save):
            widget.setVisible(bool(suspects.rows))
        self._on_selection()

    def chosen(self) -> dict[int, str]:
        """Return the proposed labels of the chosen rows, by row number."""
        places = sorted({index.row() for index in self._table.selectedIndexes()})
        return {self._rows[place].row: self._rows[place].proposed for place in places}

    def _make_table(self, prefix: str) -> QTableWidget:
        headings = [tr("Row"), tr("Text"), tr("Label"), tr("Proposed"), tr("How sure")]
        table = QTableWidget(len(self._rows), len(headings))
        table.setObjectName(f"{prefix}.checkup.suspects")
        table.setAccessibleName(tr("Suspicious labels"))
        table.setHorizontalHeaderLabels(headings)
        table.verticalHeader().hide()
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setWordWrap(False)
        table.setTabKeyNavigation(False)
        header = table.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        for place, row in enumerate(self._rows):
            cells = (f"{row.row:,}", row.text, row.given, row.proposed, f"{min(row.probability, 0.99):.0%}")
            for column, text in enumerate(cells):
                item = QTableWidgetItem(text)
                item.setToolTip(text if column == 1 else "")
                table.setItem(place, column, item)
        height = table.verticalHeader().defaultSectionSize()
        table.setFixedHeight(height * (min(len(self._rows), SHOWN_ROWS) + 1) + GRID)
        return table

    def _on_selection(self) -> None:
        count = len(self.chosen())
        self._right.setText(tr("Take the proposed labels ({count})", count=count))
        self._right.setEnabled(count > 0)
        self._go.setEnabled(count == 1)
