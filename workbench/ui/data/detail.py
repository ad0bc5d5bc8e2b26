"""A data set in full: its rows, and those that were left out."""

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QPlainTextEdit,
    QPushButton,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from workbench.core.datasets.dataset import Dataset, DatasetInfo
from workbench.core.datasets.kinds import kind
from workbench.core.i18n import tr
from workbench.ui.data.cells import columns_of, split_name, text_of
from workbench.ui.data.dataset_list import summary
from workbench.ui.data.paged import PagedModel
from workbench.ui.data.table import NARROW, RowsTable
from workbench.ui.theme.metrics import GRID
from workbench.ui.widgets.labels import Caption, Heading


class DatasetDetail(QWidget):
    """The rows of one data set, or its left-out rows with their reasons.

    Signals:
        failed(str, str): Rows could not be read: a sentence, and the detail.
    """

    failed = Signal(str, str)

    def __init__(self, prefix: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._dataset: Dataset | None = None
        self._narrow: set[int] = set()
        self._title = Heading("")
        self._facts = Caption("")
        self._reasons = Caption("")
        self._reasons.setObjectName(f"{prefix}.reasons")
        self._rows_button = self._segment(tr("Rows"), f"{prefix}.show_rows")
        self._out_button = self._segment(tr("Left out"), f"{prefix}.show_left_out")
        self._rows_button.setChecked(True)
        group = QButtonGroup(self)
        group.addButton(self._rows_button)
        group.addButton(self._out_button)
        group.buttonClicked.connect(self._show)
        self._model = PagedModel(self)
        self._model.failed.connect(self.failed)
        self._model.dataChanged.connect(lambda *_: self._show_text())
        self._table = RowsTable(self._model, f"{prefix}.rows", tr("Rows"))
        self._table.selectionModel().currentRowChanged.connect(self._show_text)
        self._text = QPlainTextEdit(readOnly=True)
        self._text.setObjectName(f"{prefix}.row_text")
        self._text.setAccessibleName(tr("The chosen row in full"))
        self._text.setPlaceholderText(tr("Choose a row to read all of it."))
        self._lay_out()

    @staticmethod
    def _segment(text: str, name: str) -> QPushButton:
        button = QPushButton(text)
        button.setObjectName(name)
        button.setCheckable(True)
        button.setProperty("segment", True)
        return button

    def _lay_out(self) -> None:
        segments = QHBoxLayout()
        segments.setSpacing(0)
        segments.addWidget(self._rows_button)
        segments.addWidget(self._out_button)
        segments.addStretch()
        split = QSplitter(Qt.Orientation.Vertical)
        split.addWidget(self._table)
        split.addWidget(self._text)
        split.setStretchFactor(0, 4)
        split.setStretchFactor(1, 1)
        split.setChildrenCollapsible(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID)
        layout.addWidget(self._title)
        layout.addWidget(self._facts)
        layout.addLayout(segments)
        layout.addWidget(self._reasons)
        layout.addWidget(split, 1)

    def show_dataset(self, dataset: Dataset, info: DatasetInfo) -> None:
        """Show a data set; ``info`` has been read already."""
        self._dataset = dataset
        self._info = info
        self._title.setText(info.name)
        training, held_out = info.splits.get("train", 0), info.splits.get("validation", 0)
        splits = tr("{train} for training, {held_out} held out", train=f"{training:,}", held_out=f"{held_out:,}")
        self._facts.setText(f"{summary(info)} · {splits}")
        self._out_button.setText(tr("Left out ({count})", count=f"{info.rejected:,}"))
        self._out_button.setEnabled(info.rejected > 0)
        if not info.rejected:
            self._rows_button.setChecked(True)
        self._show()

    def _show(self) -> None:
        assert self._dataset is not None
        self._text.clear()
        left_out = self._out_button.isChecked()
        self._reasons.setVisible(left_out)
        if left_out:
            self._show_left_out(self._dataset)
        else:
            self._show_rows(self._dataset)
        self._table.show_columns(self._narrow)

    def _show_rows(self, dataset: Dataset) -> None:
        roles = columns_of(kind(self._info.kind), self._info.mapping)
        self._narrow = {number for number, role in enumerate(roles) if role.type in NARROW} | {len(roles)}

        def fetch(start: int, count: int) -> list[list[str]]:
            rows = dataset.page(start, count)
            return [[*(text_of(row.get(role.name)) for role in roles), split_name(row["split"])] for row in rows]

        self._model.show([*(tr(role.label) for role in roles), tr("Part")], self._info.rows, fetch)

    def _show_left_out(self, dataset: Dataset) -> None:
        counts = [f"{reason} ({count:,})" for reason, count in self._info.reasons.items()]
        self._reasons.setText("\n".join(counts))
        self._narrow = {0}

        def fetch(start: int, count: int) -> list[list[str]]:
            return [[f"{item.line:,}", item.reason, item.raw] for item in dataset.rejected(start, count)]

        self._model.show([tr("Line"), tr("Reason"), tr("Text")], self._info.rejected, fetch)

    def _show_text(self, current: QModelIndex | None = None, _previous: QModelIndex | None = None) -> None:
        row = (current or self._table.currentIndex()).row()
        if row < 0:
            return
        headings = [
            str(self._model.headerData(column, Qt.Orientation.Horizontal))
            for column in range(self._model.columnCount())
        ]
        cells = [self._model.text(row, column) for column in range(len(headings))]
        parts = [f"{heading}\n{cell}" for heading, cell in zip(headings, cells, strict=True) if cell]
        self._text.setPlainText("\n\n".join(parts))
