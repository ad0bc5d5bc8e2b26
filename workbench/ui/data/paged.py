"""A table of any length that asks for the rows it shows, a page at a time, in the background."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from workbench.runtime import jobs
from workbench.ui.data.cells import one_line, tooltip

PAGE = 200
KEPT = 50
WAITING = 4

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
Fetch = Callable[[int, int], Sequence[Sequence[str]]]


class PagedModel(QAbstractTableModel):
    """Rows of text cells, fetched when they come into view.

    Signals:
        failed(str, str): A page could not be read: a sentence, and the detail.
    """

    failed = Signal(str, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._columns: list[str] = []
        self._count = 0
        self._fetch: Fetch | None = None
        self._pages: OrderedDict[int, Sequence[Sequence[str]]] = OrderedDict()
        self._wanted: list[int] = []
        self._source = 0
        self._current: int | None = None

    def show(self, columns: list[str], count: int, fetch: Fetch | None) -> None:
        """Show another source of rows.

        Args:
            columns: Headings.
            count: Rows in all.
            fetch: Called in a background thread as ``fetch(start, count)``.
        """
        self.beginResetModel()
        self._columns, self._count, self._fetch = columns, count, fetch
        self._pages.clear()
        self._wanted.clear()
        self._source += 1
        self._current = None
        self.endResetModel()

    def text(self, row: int, column: int) -> str | None:
        """Return a whole cell, or None while its page is not here yet."""
        page = self._pages.get(row // PAGE)
        if page is None:
            self._want(row // PAGE)
            return None
        cells = page[row % PAGE] if row % PAGE < len(page) else ()
        return cells[column] if column < len(cells) else ""

    def rowCount(self, parent: Index = ROOT) -> int:
        """Return the number of rows."""
        return 0 if parent.isValid() else self._count

    def columnCount(self, parent: Index = ROOT) -> int:
        """Return the number of columns."""
        return 0 if parent.isValid() else len(self._columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the text of a cell on one line, or all of it as a tooltip."""
        if role == Qt.ItemDataRole.DisplayRole:
            text = self.text(index.row(), index.column())
            return "…" if text is None else one_line(text[:500])
        if role == Qt.ItemDataRole.ToolTipRole:
            return tooltip(self.text(index.row(), index.column()) or "")
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a heading, or the number of a row."""
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        if orientation == Qt.Orientation.Vertical:
            return f"{section + 1:,}"
        return self._columns[section] if section < len(self._columns) else None

    def _want(self, page: int) -> None:
        """Ask for a page; of those that were scrolled past while one was read only the last few are fetched."""
        if page == self._current:
            return
        if page in self._wanted:
            self._wanted.remove(page)
        self._wanted = [*self._wanted[-WAITING + 1 :], page]
        self._next()

    def _next(self) -> None:
        fetch, source = self._fetch, self._source
        if self._current is not None or not self._wanted or fetch is None:
            return
        page = self._current = self._wanted.pop()
        jobs.start(
            self,
            lambda _report: fetch(page * PAGE, PAGE),
            done=lambda rows: self._arrived(source, page, rows),
            failed=lambda sentence, detail: self._broken(source, sentence, detail),
        )

    def _arrived(self, source: int, page: int, rows: Sequence[Sequence[str]]) -> None:
        if source != self._source:
            return
        self._current = None
        self._pages[page] = rows
        while len(self._pages) > KEPT:
            self._pages.popitem(last=False)
        first = page * PAGE
        self.dataChanged.emit(
            self.index(first, 0), self.index(min(first + PAGE, self._count) - 1, len(self._columns) - 1)
        )
        self._next()

    def _broken(self, source: int, sentence: str, detail: str) -> None:
        if source == self._source:
            self._fetch = None  # asking again would fail again, at every repaint
            self.failed.emit(sentence, detail)
