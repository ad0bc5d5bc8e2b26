"""One plot: some curves over the steps, with a legend that tells the values under the pointer."""

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from workbench.core.i18n import tr
from workbench.ui.runs.words import metric_label
from workbench.ui.theme import palette
from workbench.ui.theme.metrics import GRID
from workbench.ui.theme.style import theme
from workbench.ui.train.series import Series
from workbench.ui.widgets.labels import Heading

FAINT = 70
"""Opacity (of 255) of the raw values behind a smoothed curve."""

UNBROKEN = str.maketrans({" ": "\u00a0", "-": "\u2011"})
"""Keeps the name of a curve and its value on one line."""

FEW = 60
"""Curves of up to so many points show each point."""


def _colour(metric: str) -> str:
    """Held-out values have a colour of their own, in every chart the same."""
    return palette.now().curves[1 if metric.startswith("eval/") else 0]


class _Curve:
    """A series as two lines: the values, and the smoothed values over them."""

    def __init__(self, plot: pg.PlotItem, series: Series, colour: str) -> None:
        self.series = series
        self.raw, self.smooth = plot.plot(), plot.plot()
        for line in (self.raw, self.smooth):
            line.setClipToView(True)
            line.setDownsampling(auto=True, method="peak")
        self.paint(colour)

    def paint(self, colour: str) -> None:
        self.colour = colour
        self.raw.setSymbolBrush(QColor(colour))
        self.raw.setSymbolPen(None)
        self.smooth.setPen(pg.mkPen(colour, width=2))

    def draw(self, smoothed: bool) -> None:
        faint = QColor(self.colour)
        faint.setAlpha(FAINT)
        self.raw.setPen(pg.mkPen(faint, width=1) if smoothed else pg.mkPen(self.colour, width=2))
        x, y = self.series.x, self.series.y
        few = not smoothed and len(x) <= FEW
        self.raw.setData(x, y, symbol="o" if few else None, symbolSize=5)
        self.smooth.setData(x if smoothed else np.empty(0), self.series.smooth if smoothed else np.empty(0))


class Chart(QWidget):
    """A plot of curves that belong together.

    Args:
        title: What they show.
        name: objectName.
    """

    def __init__(self, title: str, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName(title)
        self._curves: dict[str, _Curve] = {}
        self._smoothed = False
        self._pointed = float("nan")
        self._legend = QLabel()
        self._legend.setTextFormat(Qt.TextFormat.RichText)
        self._legend.setWordWrap(True)
        self._legend.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.view = pg.PlotWidget()
        self.plot: pg.PlotItem = self.view.getPlotItem()
        self._prepare(title)
        head = QHBoxLayout()
        head.addWidget(Heading(title))
        head.addWidget(self._legend, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID // 2)
        layout.addLayout(head)
        layout.addWidget(self.view, 1)
        theme().changed.connect(self._paint)
        self._paint()

    def _prepare(self, title: str) -> None:
        self.view.setAccessibleName(title)
        self.view.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.view.setMinimumHeight(GRID * 16)
        self.plot.setMenuEnabled(False)
        self.plot.hideButtons()
        self.plot.showGrid(y=True, alpha=0.15)
        self.plot.setMouseEnabled(x=True, y=False)
        self.plot.enableAutoRange(x=True, y=True)
        self.plot.setAutoVisible(y=True)
        self.plot.getViewBox().setDefaultPadding(0.03)

    def add(self, name: str, series: Series) -> None:
        """Show a series as a curve of its own colour."""
        self._curves[name] = _Curve(self.plot, series, _colour(name))
        self._curves = dict(sorted(self._curves.items(), key=lambda item: item[0].startswith("eval/")))

    def names(self) -> list[str]:
        """Return the metrics that are shown."""
        return list(self._curves)

    def clear(self) -> None:
        """Show nothing any more."""
        for curve in self._curves.values():
            self.plot.removeItem(curve.raw)
            self.plot.removeItem(curve.smooth)
        self._curves.clear()
        self.plot.enableAutoRange(x=True, y=True)

    def draw(self) -> None:
        """Draw what the series hold now."""
        for curve in self._curves.values():
            curve.draw(self._smoothed)
        self._tell()

    def set_smoothed(self, smoothed: bool) -> None:
        """Draw the smoothed values, the raw ones faint behind them."""
        self._smoothed = smoothed
        self.draw()

    def set_log(self, on: bool) -> None:
        """Use a logarithmic scale for the values."""
        self.plot.setLogMode(x=False, y=on)
        self.plot.enableAutoRange(y=True)

    def show_whole(self) -> None:
        """Show all steps again after zooming."""
        self.plot.enableAutoRange(x=True, y=True)

    def nearest(self, x: float) -> float:
        """Return the step nearest to ``x`` that has a point, ``x`` itself without points."""
        steps = [at[0] for curve in self._curves.values() if (at := curve.series.at(x)) is not None]
        return min(steps, key=lambda step: abs(step - x), default=x)

    def tell(self, x: float) -> None:
        """Show the values at a step in the legend; NaN for the last ones."""
        self._pointed = x
        self._tell()

    def _tell(self) -> None:
        parts = []
        for name, curve in self._curves.items():
            at = curve.series.at(np.inf if np.isnan(self._pointed) else self._pointed)
            if at is not None:
                value = at[2] if self._smoothed else at[1]
                text = f"{metric_label(name)} {value:.4g}".translate(UNBROKEN)
                parts.append(f'<span style="color:{curve.colour}">━</span>\u00a0{text}')
        if parts and not np.isnan(self._pointed):
            parts.insert(0, tr("step {step}", step=f"{self._pointed:.0f}").translate(UNBROKEN))
        self._legend.setText("  ".join(parts))

    def _paint(self) -> None:
        colours = palette.now()
        self.view.setBackground(colours.base)
        font = QFont(self.font())
        for side in ("left", "bottom"):
            axis = self.plot.getAxis(side)
            axis.setPen(colours.line)
            axis.setTextPen(colours.muted)
            axis.setStyle(tickFont=font)
        for name, curve in self._curves.items():
            curve.paint(_colour(name))
        self.draw()
