"""A line to find the next row that holds a text."""

import threading

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from workbench.core.datasets import search
from workbench.core.datasets.dataset import Dataset
from workbench.core.i18n import tr
from workbench.runtime import jobs
from workbench.ui.theme.metrics import GRID
from workbench.ui.widgets.labels import ElidedLabel


class FindBar(QWidget):
    """Enter goes to the next row with the text, in the background and as often as is wanted.

    Args:
        prefix: First part of the objectNames.

    Signals:
        found(int): The row of that number holds the text.
        failed(str, str): The rows could not be read: a sentence, and the detail.
    """

    found = Signal(int)
    failed = Signal(str, str)

    def __init__(self, prefix: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._dataset: Dataset | None = None
        self._next = 0
        self._ended = threading.Event()
        self._text = QLineEdit()
        self._text.setObjectName(f"{prefix}.find")
        self._text.setAccessibleName(tr("Find in the rows"))
        self._text.setPlaceholderText(tr("Find in the rows, Enter for the next"))
        self._text.setClearButtonEnabled(True)
        self._text.returnPressed.connect(self.search)
        self._text.textChanged.connect(self._begin_anew)
        self._said = ElidedLabel()
        self._said.setObjectName(f"{prefix}.find_said")
        self._said.setProperty("muted", True)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID)
        layout.addWidget(self._text, 1)
        layout.addWidget(self._said, 1)
        shortcut = QShortcut(QKeySequence(QKeySequence.StandardKey.Find), self)
        shortcut.setContext(Qt.ShortcutContext.WindowShortcut)
        shortcut.activated.connect(self._text.setFocus)

    def show_dataset(self, dataset: Dataset) -> None:
        """Search in another data set from now on."""
        self._dataset = dataset
        self._begin_anew()

    def start_after(self, row: int) -> None:
        """Look for the next hit below a row."""
        self._next = row + 1

    def search(self) -> None:
        """Look for the next row with the text."""
        dataset, text, start = self._dataset, self._text.text(), self._next
        self._ended.set()  # of a search that is still under way nobody waits for the outcome
        self._ended = ended = threading.Event()
        if dataset is None or not text:
            return

        def done(row: int | None) -> None:
            if not ended.is_set():
                self._show(row)

        self._said.setText(tr("Searching …"))
        jobs.start(
            self,
            lambda _report: search.find(dataset, text, start, cancelled=ended.is_set),
            done=done,
            failed=self.failed.emit,
        )

    def _show(self, row: int | None) -> None:
        if row is None:
            self._said.setText(tr("No row holds this text."))
            return
        self._said.setText(tr("Row {number}", number=f"{row + 1:,}"))
        self._next = row + 1
        self.found.emit(row)

    def _begin_anew(self) -> None:
        self._ended.set()
        self._said.clear()
        self._next = 0
