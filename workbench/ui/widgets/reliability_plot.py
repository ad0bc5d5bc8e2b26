"""What a model's confidence is worth, as a curve."""

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont
from PySide6.QtWidgets import QVBoxLayout, QWidget

from workbench.core.i18n import tr
from workbench.core.labelling.reliability import Bin
from workbench.ui.theme import palette
from workbench.ui.theme.metrics import GRID
from workbench.ui.theme.style import theme


class ReliabilityPlot(QWidget):
    """How often the model was right by how sure it was, with the number of rows at each point.

    Args:
        name: objectName.
    """

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bins: list[Bin] = []
        self._view = pg.PlotWidget()
        self._view.setObjectName(name)
        self._view.setAccessibleName(tr("How often the model is right"))
        self._view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._view.setMinimumHeight(GRID * 24)
        plot = self._plot = self._view.getPlotItem()
        plot.setMenuEnabled(False)
        plot.hideButtons()
        plot.setMouseEnabled(x=False, y=False)
        plot.setXRange(0, 1, padding=0.02)
        plot.setYRange(0, 1.08, padding=0.02)
        plot.showGrid(x=True, y=True, alpha=0.15)
        self._diagonal = plot.plot([0, 1], [0, 1])
        self._bars = pg.ErrorBarItem()
        plot.addItem(self._bars)
        self._line = plot.plot()
        self._mark = pg.InfiniteLine(angle=90)
        self._mark.setVisible(False)
        plot.addItem(self._mark)
        self._counts: list[pg.TextItem] = []
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._view)
        theme().changed.connect(self._draw)
        self._draw()

    def show_bins(self, bins: list[Bin]) -> None:
        """Show the bins of a reliability curve."""
        self._bins = bins
        self._draw()

    def show_threshold(self, threshold: float) -> None:
        """Show from where on labels are taken."""
        self._mark.setVisible(True)
        self._mark.setValue(threshold)

    def _draw(self) -> None:
        colours = palette.now()
        self._view.setBackground(colours.base)
        for side, words in (("bottom", tr("Confidence")), ("left", tr("Share that was right"))):
            axis = self._plot.getAxis(side)
            axis.setPen(colours.line)
            axis.setTextPen(colours.muted)
            axis.setStyle(tickFont=QFont(self.font()))
            axis.setLabel(words, color=colours.muted)
        self._diagonal.setPen(pg.mkPen(colours.muted, width=1, style=Qt.PenStyle.DashLine))
        self._mark.setPen(pg.mkPen(colours.accent, width=2))
        for text in self._counts:
            self._plot.removeItem(text)
        x = np.array([one.confidence for one in self._bins])
        y = np.array([one.accuracy for one in self._bins])
        colour = colours.curves[0]
        low, high = [np.array([getattr(one, side) for one in self._bins]) for side in ("lowest", "highest")]
        self._bars.setData(x=x, y=y, top=high - y, bottom=y - low, beam=0.012, pen=pg.mkPen(colour, width=1))
        self._line.setData(x, y, symbol="o", symbolSize=8, symbolBrush=QColor(colour), symbolPen=None)
        self._line.setPen(pg.mkPen(colour, width=2))
        self._counts = [pg.TextItem(f"{one.count:,}", color=colours.text, anchor=(0.5, 1.0)) for one in self._bins]
        for one, text in zip(self._bins, self._counts, strict=True):
            text.setPos(one.confidence, one.highest)
            self._plot.addItem(text)
