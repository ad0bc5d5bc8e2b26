"""A line through all charts at the step under the pointer."""

import math

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QObject, QPointF

from workbench.ui.theme import palette
from workbench.ui.train.chart import Chart


class Crosshair(QObject):
    """Shows the same step in several charts; their legends tell the values there."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._charts: list[tuple[Chart, pg.InfiniteLine]] = []
        self._proxies: list[pg.SignalProxy] = []

    def add(self, chart: Chart) -> None:
        """Take a chart in."""
        line = pg.InfiniteLine(angle=90, movable=False)
        line.setVisible(False)
        chart.plot.addItem(line, ignoreBounds=True)
        self._charts.append((chart, line))
        scene = chart.view.scene()
        self._proxies.append(
            pg.SignalProxy(scene.sigMouseMoved, rateLimit=60, slot=lambda event: self._on_move(chart, event[0]))
        )
        chart.view.viewport().installEventFilter(self)

    def remove(self, chart: Chart) -> None:
        """Let a chart go."""
        for number, (known, _) in enumerate(self._charts):
            if known is chart:
                self._proxies.pop(number).disconnect()
                del self._charts[number]
                return

    def point(self, x: float) -> None:
        """Show the step nearest to ``x`` in all charts; NaN for none."""
        for chart, line in self._charts:
            line.setVisible(not math.isnan(x))
            if not math.isnan(x):
                line.setPen(pg.mkPen(palette.now().muted, width=1))
                line.setValue(x)
            chart.tell(x)

    def _on_move(self, chart: Chart, position: QPointF) -> None:
        if chart.plot.sceneBoundingRect().contains(position):
            self.point(chart.nearest(chart.plot.getViewBox().mapSceneToView(position).x()))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take the line away when the pointer leaves."""
        if event.type() == QEvent.Type.Leave:
            self.point(math.nan)
        return False
