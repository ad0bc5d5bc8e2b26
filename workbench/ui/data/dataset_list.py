"""The data sets of the project, two lines each."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFont, QPainter, QPalette
from PySide6.QtWidgets import (
    QApplication,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from workbench.core.datasets.dataset import DatasetInfo
from workbench.core.datasets.kinds import KINDS
from workbench.core.i18n import tr
from workbench.ui.theme.metrics import GRID

NAME = Qt.ItemDataRole.UserRole
ABOUT = NAME + 1


def summary(info: DatasetInfo) -> str:
    """Return what a data set is, on one line."""
    label = tr(KINDS[info.kind].label) if info.kind in KINDS else info.kind
    parts = [label, tr("{rows} rows", rows=f"{info.rows:,}")]
    if info.rejected:
        parts.append(tr("{rejected} left out", rejected=f"{info.rejected:,}"))
    return " · ".join(parts)


class _TwoLines(QStyledItemDelegate):
    """Draws a name and, muted, a line about it; both elide where the list is narrow."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Draw the ground that the style gives, then the two lines."""
        name, about = index.data(NAME), index.data(ABOUT)
        self.initStyleOption(option, index)
        option.text = ""
        style = option.widget.style() if option.widget else QApplication.style()
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, option, painter, option.widget)
        area: QRect = option.rect.adjusted(GRID + GRID // 2, GRID, -GRID, -GRID)
        painter.save()
        bold = QFont(option.font)
        bold.setWeight(QFont.Weight.DemiBold)
        self._line(painter, bold, QPalette.ColorRole.Text, area, Qt.AlignmentFlag.AlignTop, name)
        muted = QPalette.ColorRole.PlaceholderText
        self._line(painter, option.font, muted, area, Qt.AlignmentFlag.AlignBottom, about)
        painter.restore()

    @staticmethod
    def _line(
        painter: QPainter, font: QFont, role: QPalette.ColorRole, area: QRect, at: Qt.AlignmentFlag, text: str
    ) -> None:
        painter.setFont(font)
        painter.setPen(QApplication.palette().color(role))
        shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, area.width())
        painter.drawText(area, at | Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextSingleLine, shown)

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """Return room for two lines, also of scripts that are higher than the font's own."""
        height = round(option.fontMetrics.height() * 1.25)
        return QSize(GRID * 20, 2 * height + 2 * GRID)


class DatasetList(QListWidget):
    """A list to choose a data set from.

    Signals:
        chosen(str): The data set of that name was chosen, by a person or by `show_infos`.
    """

    chosen = Signal(str)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName(tr("Data sets"))
        self.setItemDelegate(_TwoLines(self))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setResizeMode(QListWidget.ResizeMode.Adjust)
        self.currentItemChanged.connect(self._on_current)

    def show_infos(self, infos: list[DatasetInfo], chosen: str) -> None:
        """List data sets, with ``chosen`` (or the first) selected."""
        self.blockSignals(True)
        self.clear()
        for info in infos:
            item = QListWidgetItem(f"{info.name}, {summary(info)}")  # what a screen reader says
            item.setData(NAME, info.name)
            item.setData(ABOUT, summary(info))
            item.setToolTip(f"{info.name}\n{summary(info)}\n{info.source}")
            self.addItem(item)
        names = [info.name for info in infos]
        self.setCurrentRow(names.index(chosen) if chosen in names else 0 if names else -1)
        self.blockSignals(False)
        self._on_current(self.currentItem())

    def name(self) -> str:
        """Return the name of the chosen data set, "" for none."""
        item = self.currentItem()
        return str(item.data(NAME)) if item is not None else ""

    def fit(self, rows: int) -> None:
        """Be as high as the list is long, up to a number of rows."""
        shown = min(max(self.count(), 1), rows)
        self.setFixedHeight(shown * max(self.sizeHintForRow(0), GRID * 4) + 2 * self.frameWidth() + GRID)

    def _on_current(self, item: QListWidgetItem | None) -> None:
        if item is not None:
            self.chosen.emit(str(item.data(NAME)))
