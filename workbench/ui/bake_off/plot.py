"""How good each adapter is against how many parameters it trains."""

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QFont
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from workbench.core import registry
from workbench.core.bake_off.results import Result, measure
from workbench.core.i18n import tr
from workbench.core.units import count
from workbench.ui.bake_off import labels
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
        self._threads: list[pg.PlotDataItem] = []
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._view)
        plot.getViewBox().sigResized.connect(lambda _box: self._place())
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
        if points:
            self._ticks(x)
            room = max(float(np.ptp(y)), 1e-3)
            self._plot.setXRange(float(x.min()) - 0.3, float(x.max()) + 0.9, padding=0)
            self._plot.setYRange(float(y.min()) - 0.15 * room, float(y.max()) + 0.25 * room, padding=0)
        self._write(colours)

    def _write(self, colours: palette.Palette) -> None:
        for item in (*self._words, *self._threads):
            self._plot.removeItem(item)
        names = [tr(registry.adapter(result.adapter).label) for result in self._results]
        self._words = [pg.TextItem(name, color=colours.text, anchor=(0, 0.5)) for name in names]
        self._threads = [self._plot.plot(pen=pg.mkPen(colours.line)) for _name in names]
        for words in self._words:
            self._plot.addItem(words, ignoreBounds=True)
        for thread in self._threads:
            thread.setZValue(-1)  # below the points
        self._place()

    def _place(self) -> None:
        """Put names where they do not cover each other; a thread leads to one that had to go further away."""
        box = self._plot.getViewBox()
        inside = box.sceneBoundingRect()
        points = [box.mapViewToScene(QPointF(*point)) for point in self.points()[: len(self._words)]]
        sizes = [(words.boundingRect().width(), words.boundingRect().height()) for words in self._words]
        area = (inside.x(), inside.y(), inside.width(), inside.height())
        boxes = labels.placed([(point.x(), point.y()) for point in points], sizes, area)
        for words, thread, point, (left, top, width, height) in zip(
            self._words, self._threads, points, boxes, strict=True
        ):
            near = left if left > point.x() else left + width
            ends = [box.mapSceneToView(end) for end in (point, QPointF(near, top + height / 2))]
            words.setPos(box.mapSceneToView(QPointF(left, top + height / 2)))
            thread.setData([end.x() for end in ends], [end.y() for end in ends])

    def _ticks(self, x: np.ndarray) -> None:
        powers = range(int(np.floor(x.min())), int(np.ceil(x.max())) + 2)
        self._plot.getAxis("bottom").setTicks([[(float(power), count(10**power)) for power in powers]])
