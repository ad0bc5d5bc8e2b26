"""How good each adapter is against how many parameters it trains."""

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from workbench.core import registry
from workbench.core.bake_off.results import Result, measure
from workbench.core.i18n import tr
from workbench.core.units import count
from workbench.ui.theme import palette
from workbench.ui.theme.metrics import GRID
from workbench.ui.theme.style import theme


class BakeOffPlot(QWidget):
    """Up is better: of losses the axis is turned round. Parameters are on a logarithmic scale.

    Args:
        name: objectName of the plot.
    """

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._results: list[Result] = []
        self._accuracy = True
        self._view = pg.PlotWidget()
        self._view.setObjectName(name)
        self._view.setAccessibleName(tr("Quality by trained parameters"))
        self._view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._view.setMinimumHeight(GRID * 28)
        self._view.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)
        plot = self._plot = self._view.getPlotItem()
        plot.setMenuEnabled(False)
        plot.hideButtons()
        plot.setMouseEnabled(x=False, y=False)
        plot.showGrid(x=False, y=True, alpha=0.15)
        self._dots = plot.plot()
        self._words: list[pg.TextItem] = []
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._view)
        theme().changed.connect(self._draw)
        self._draw()

    def show_results(self, task: registry.Task, results: Sequence[Result]) -> None:
        """Show the trainings that have finished."""
        self._results = [result for result in results if result.quality is not None]
        self._accuracy = measure(task) == "eval/accuracy"
        self._draw()

    def points(self) -> list[tuple[float, float]]:
        """Return where the adapters are: the logarithm of their parameters, and percent right or loss."""
        scale = 100 if self._accuracy else 1
        return [(float(np.log10(max(one.trainable, 1))), scale * (one.quality or 0.0)) for one in self._results]

    def _draw(self) -> None:
        colours = palette.now()
        self._view.setBackground(colours.base)
        self._plot.invertY(not self._accuracy)
        left = tr("Accuracy, %") if self._accuracy else tr("Loss (less is better)")
        for side, words in (("bottom", tr("Trained parameters")), ("left", left)):
            axis = self._plot.getAxis(side)
            axis.setPen(colours.line)
            axis.setTextPen(colours.muted)
            axis.setStyle(tickFont=QFont(self.font()))
            axis.setLabel(words, color=colours.muted)
        points = self.points()
        x, y = np.array([point[0] for point in points]), np.array([point[1] for point in points])
        self._dots.setData(x, y, symbol="o", symbolSize=10, symbolBrush=QColor(colours.curves[0]), pen=None)
        self._write(points, colours)
        if points:
            self._ticks(x)
            room = max(float(np.ptp(y)), 1e-3)
            self._plot.setXRange(float(x.min()) - 0.3, float(x.max()) + 0.9, padding=0)
            self._plot.setYRange(float(y.min()) - 0.15 * room, float(y.max()) + 0.25 * room, padding=0)

    def _write(self, points: list[tuple[float, float]], colours: palette.Palette) -> None:
        for item in self._words:
            self._plot.removeItem(item)
        self._words = []
        for (x, y), result in zip(points, self._results, strict=True):
            words = pg.TextItem(tr(registry.adapter(result.adapter).label), color=colours.text, anchor=(0, 1))
            words.setPos(x, y)
            self._plot.addItem(words)
            self._words.append(words)

    def _ticks(self, x: np.ndarray) -> None:
        powers = range(int(np.floor(x.min())), int(np.ceil(x.max())) + 2)
        self._plot.getAxis("bottom").setTicks([[(float(power), count(10**power)) for power in powers]])
