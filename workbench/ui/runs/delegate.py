"""How a run looks in the list: its name, a line of details, a thin bar while it trains."""

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from workbench.core.runs import Summary
from workbench.ui.runs.model import SUMMARY, Index, details
from workbench.ui.theme import palette
from workbench.ui.theme.metrics import GRID

BAR = 3
MARK = 8
LEADING = 4
"""Room that a fallback font for another script needs above and below a line."""


class RunDelegate(QStyledItemDelegate):
    """Draws one run on two lines, and a mark whose shape and colour tell its state."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Return room for two lines and the bar."""
        return QSize(0, 2 * (option.fontMetrics.height() + LEADING) + 2 * GRID + BAR)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw the run."""
        run: Summary = index.data(SUMMARY)
        colours = palette.now()
        painter.save()
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(option.rect, QColor(colours.tint))
            edge = QRect(option.rect.left(), option.rect.top(), BAR, option.rect.height())
            painter.fillRect(edge, QColor(colours.accent))
        elif option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(option.rect, QColor(colours.hover))
        inside = option.rect.adjusted(2 * GRID + MARK, GRID // 2, -GRID, -GRID // 2)
        line = option.fontMetrics.height() + LEADING
        self._mark(painter, QRect(option.rect.left() + GRID, inside.top() + (line - MARK) // 2, MARK, MARK), run.state)
        name = QFont(option.font)
        name.setWeight(QFont.Weight.DemiBold)
        self._line(painter, inside, 0, run.name, name, colours.text)
        self._line(painter, inside, line, details(run), option.font, colours.muted)
        if run.state == "running" and run.total:
            track = QRect(inside.left(), inside.top() + 2 * line + 2, inside.width(), BAR)
            painter.fillRect(track, QColor(colours.line))
            track.setWidth(track.width() * min(run.step, run.total) // run.total)
            painter.fillRect(track, QColor(colours.accent))
        painter.restore()

    @staticmethod
    def _line(painter: QPainter, inside: QRect, down: int, text: str, font: QFont, colour: str) -> None:
        painter.setFont(font)
        painter.setPen(QColor(colour))
        metrics = painter.fontMetrics()
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, inside.width())
        rect = QRect(inside.left(), inside.top() + down, inside.width(), metrics.height() + LEADING)
        painter.drawText(rect, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)

    @staticmethod
    def _mark(painter: QPainter, where: QRect, state: str) -> None:
        colours = palette.now()
        known = {"running": colours.accent, "finished": colours.success, "failed": colours.error}
        colour = known.get(state, colours.edge)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(colour))
        painter.setBrush(QColor(colour) if state in ("running", "finished") else Qt.BrushStyle.NoBrush)
        if state == "failed":
            painter.drawLine(where.topLeft(), where.bottomRight())
            painter.drawLine(where.topRight(), where.bottomLeft())
        elif state == "stopped":
            painter.drawRect(where)
        else:
            painter.drawEllipse(where)
