"""The rows of a data set, or those that were left out, and the chosen one in full."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtWidgets import QPlainTextEdit, QSplitter, QVBoxLayout, QWidget

from workbench.core.datasets.dataset import Dataset, DatasetInfo
from workbench.core.datasets.kinds import Role, kind
from workbench.core.i18n import tr
from workbench.runtime import jobs
from workbench.ui.data.cells import cell_of, filled_roles, split_name
from workbench.ui.data.find_bar import FindBar
from workbench.ui.data.paged import Fetch, PagedModel
from workbench.ui.data.table import NARROW, RowsTable
from workbench.ui.theme.metrics import GRID
from workbench.ui.widgets.labels import Caption

LONGEST = 20_000
"""Characters of a value that are shown in full; laying out more would hold up the window."""


class RowsPage(QWidget):
    """A table that reads what it shows, above the chosen row in full.

    Args:
        prefix: First part of the objectNames.

    Signals:
        failed(str, str): Rows could not be read: a sentence, and the detail.
    """

    failed = Signal(str, str)

    def __init__(self, prefix: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._dataset: Dataset | None = None
        self._wanted = -1
        self._reasons = Caption("")
        self._reasons.setObjectName(f"{prefix}.reasons")
        self._model = PagedModel(self)
        self._model.failed.connect(self.failed)
        self._model.dataChanged.connect(lambda *_: self._show_text())
        self._table = RowsTable(self._model, f"{prefix}.rows", tr("Rows"))
        self._table.selectionModel().currentRowChanged.connect(self._show_text)
        self._text = QPlainTextEdit(readOnly=True)
        self._text.setObjectName(f"{prefix}.row_text")
        self._text.setAccessibleName(tr("The chosen row in full"))
        self._text.setPlaceholderText(tr("Choose a row to read all of it."))
        self._find = FindBar(prefix)
        self._find.found.connect(self.go_to)
        self._find.failed.connect(self.failed)
        split = QSplitter(Qt.Orientation.Vertical)
        split.addWidget(self._table)
        split.addWidget(self._text)
        split.setStretchFactor(0, 4)
        split.setStretchFactor(1, 1)
        split.setChildrenCollapsible(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID)
        layout.addWidget(self._find)
        layout.addWidget(self._reasons)
        layout.addWidget(split, 1)

    def show_rows(self, dataset: Dataset, info: DatasetInfo) -> None:
        """Show the rows that can be used; if they are shown already, they stay as they are."""
        if self._dataset is dataset:
            return
        self._dataset, self._wanted = dataset, -1
        self._show([], 0, None, set())
        self._reasons.hide()
        self._find.show_dataset(dataset)
        self._find.show()

        def fetch(roles: list[Role], start: int, count: int) -> list[list[str]]:
            rows = dataset.page(start, count)
            return [[*(cell_of(row, role) for role in roles), split_name(row["split"])] for row in rows]

        def done(roles: list[Role]) -> None:
            if self._dataset is dataset:
                narrow = {number for number, role in enumerate(roles) if role.type in NARROW} | {len(roles)}
                headings = [*(tr(role.label) for role in roles), tr("Part")]
                self._show(headings, info.rows, partial(fetch, roles), narrow)
                self.go_to(self._wanted)

        jobs.start(
            self,
            lambda _report: filled_roles(kind(info.kind), dataset.table()),
            done=done,
            failed=self.failed.emit,
        )

    def show_left_out(self, dataset: Dataset, info: DatasetInfo) -> None:
        """Show the rows that could not be used, with the reasons."""

        def fetch(start: int, count: int) -> list[list[str]]:
            return [[_place(item.line, item.file), item.reason, item.raw] for item in dataset.rejected(start, count)]

        self._dataset = None
        self._show([tr("Line"), tr("Reason"), tr("Text")], info.rejected, fetch, {0})
        self._reasons.setText("\n".join(f"{reason} ({count:,})" for reason, count in info.reasons.items()))
        self._reasons.show()
        self._find.hide()

    def _show(self, columns: Sequence[str], count: int, fetch: Fetch | None, narrow: set[int]) -> None:
        self._text.clear()
        self._model.show(list(columns), count, fetch)
        self._table.show_columns(narrow)

    def chosen_row(self, dataset: Dataset) -> int:
        """Return the number (from 1) of the row that is chosen in a data set, 0 for none."""
        return self._table.currentIndex().row() + 1 if self._dataset is dataset else 0

    def go_to(self, row: int) -> None:
        """Choose a row, by its number from 0, and bring it into view as soon as it is there."""
        self._wanted = row
        if not 0 <= row < self._model.rowCount():
            return
        self._table.selectRow(row)
        self._table.scrollTo(self._model.index(row, 0), RowsTable.ScrollHint.PositionAtCenter)

    def _show_text(self, current: QModelIndex | None = None, _previous: QModelIndex | None = None) -> None:
        row = (current or self._table.currentIndex()).row()
        if row < 0:
            return
        self._find.start_after(row)
        headings = [
            str(self._model.headerData(column, Qt.Orientation.Horizontal))
            for column in range(self._model.columnCount())
        ]
        cells = [self._model.text(row, column) for column in range(len(headings))]
        parts = [f"{heading}\n{_bounded(cell)}" for heading, cell in zip(headings, cells, strict=True) if cell]
        self._text.setPlainText("\n\n".join(parts))


def _bounded(text: str) -> str:
    if len(text) <= LONGEST:
        return text
    return tr("{text} … and {count} more characters", text=text[:LONGEST], count=f"{len(text) - LONGEST:,}")


def _place(line: int, file: str) -> str:
    return f"{file}: {line:,}" if file else f"{line:,}"
