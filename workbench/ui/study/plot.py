"""Accuracy against rows, each point with its bars, and where the curve would go with twice the rows."""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from workbench.core.i18n import tr
from workbench.core.learning_curve.outlook import Outlook, Point
from workbench.ui.theme import palette
from workbench.ui.theme.metrics import GRID
from workbench.ui.theme.style import theme

BEAM = 0.06
"""Width of the ends of a bar, in doublings of the rows."""

Bar = tuple[float, float, float, float]
"""Rows, accuracy, and the bounds of it."""


class StudyPlot(QWidget):
    """The rows are on a scale on which every doubling takes the same room.

    Args:
        name: objectName of the plot.
    """

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._points: list[Point] = []
        self._outlook: Outlook | None = None
        self._view = pg.PlotWidget()
        self._view.setObjectName(name)
        self._view.setAccessibleName(tr("Accuracy by rows"))
        self._view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._view.setMinimumHeight(GRID * 24)
        self._view.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)  # else 480 pixels are wanted
        plot = self._plot = self._view.getPlotItem()
        plot.setMenuEnabled(False)
        plot.hideButtons()
        plot.setMouseEnabled(x=False, y=False)
        plot.showGrid(x=False, y=True, alpha=0.15)
        self._ahead, self._line, self._dots, self._guess = plot.plot(), plot.plot(), plot.plot(), plot.plot()
        self._bars, self._guess_bars = pg.ErrorBarItem(beam=BEAM), pg.ErrorBarItem(beam=BEAM)
        plot.addItem(self._bars)
        plot.addItem(self._guess_bars)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._view)
        theme().changed.connect(self._draw)
        self._draw()

    def show_points(self, points: Sequence[Point], outlook: Outlook | None) -> None:
        """Show the points that are finished; room is kept for the others."""
        self._points, self._outlook = list(points), outlook
        self._draw()

    def finished(self) -> list[Bar]:
        """Return the points that are shown."""
        return [
            (point.rows, point.accuracy, point.low or 0.0, point.high or 0.0)
            for point in self._points
            if point.accuracy is not None
        ]

    def means(self) -> list[Bar]:
        """Return the mean of the points for each number of rows, ascending."""
        by_rows: dict[float, list[Bar]] = defaultdict(list)
        for bar in self.finished():
            by_rows[bar[0]].append(bar)
        return [tuple(np.mean(some, 0).tolist()) for _, some in sorted(by_rows.items())]

    def ahead(self) -> Bar | None:
        """Return where the curve would be with twice the rows of its last point; None while that is open.

        Its bar is that of the last point, and what is not known of the gain on top.
        """
        if self._outlook is None or self._outlook.verdict == "open":
            return None
        rows, accuracy, low, high = self.means()[-1]
        gain = self._outlook
        return 2 * rows, min(accuracy + gain.gain, 1.0), max(low + gain.low, 0.0), min(high + gain.high, 1.0)

    def _draw(self) -> None:
        colours = palette.now()
        self._view.setBackground(colours.base)
        first, second = colours.curves[0], colours.curves[1]
        self._draw_axes(colours)
        found, means, ahead = self.finished(), self.means(), self.ahead()
        self._dots.setData(
            *_places(found), symbol="o", symbolSize=8, symbolBrush=QColor(first), symbolPen=None, pen=None
        )
        self._line.setData(*_places(means))
        self._line.setPen(pg.mkPen(first, width=2))
        _show_bars(self._bars, found, first)
        guess = [ahead] if ahead else []
        self._ahead.setData(*_places([means[-1], ahead] if ahead else []))
        self._ahead.setPen(pg.mkPen(second, width=2, style=Qt.PenStyle.DashLine))
        hollow = {"symbolBrush": QColor(colours.base), "symbolPen": pg.mkPen(second, width=2)}
        self._guess.setData(*_places(guess), symbol="o", symbolSize=8, pen=None, **hollow)
        _show_bars(self._guess_bars, guess, second)
        self._fit(found + guess)

    def _draw_axes(self, colours: palette.Palette) -> None:
        for side, words in (("bottom", tr("Rows to learn from")), ("left", tr("Accuracy, %"))):
            axis = self._plot.getAxis(side)
            axis.setPen(colours.line)
            axis.setTextPen(colours.muted)
            axis.setStyle(tickFont=QFont(self.font()))
            axis.setLabel(words, color=colours.muted)
        rows = {float(point.rows) for point in self._points}
        ahead = self.ahead()
        if ahead:
            rows.add(ahead[0])
        self._plot.getAxis("bottom").setTicks([[(float(np.log2(count)), f"{count:,.0f}") for count in sorted(rows)]])

    def _fit(self, shown: Sequence[Bar]) -> None:
        """Keep room for all points that are to come."""
        rows = [point.rows for point in self._points] + [int(bar[0]) for bar in shown]
        if rows:
            self._plot.setXRange(float(np.log2(min(rows))), float(np.log2(max(rows))), padding=0.06)
        low, high = min((bar[2] for bar in shown), default=0.0), max((bar[3] for bar in shown), default=1.0)
        self._plot.setYRange(100 * low, 100 * high, padding=0.08)


def _places(points: Sequence[Sequence[float]]) -> tuple[np.ndarray, np.ndarray]:
    """Return doublings and percent of rows and accuracies."""
    return np.log2([point[0] for point in points]), 100 * np.array([point[1] for point in points])


def _show_bars(item: pg.ErrorBarItem, bars: Sequence[Bar], colour: str) -> None:
    x, y = _places(bars)
    low, high = (100 * np.array([bar[place] for bar in bars]) for place in (2, 3))
    item.setData(x=x, y=y, top=high - y, bottom=y - low, pen=pg.mkPen(colour, width=1))
