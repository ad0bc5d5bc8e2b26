"""The curves of one run: loss, accuracy, and whatever else it measures, with what changes how they look."""

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import (
    QCheckBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QMenu,
    QSlider,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from workbench.core import events
from workbench.core.i18n import tr
from workbench.ui.runs.words import metric_label
from workbench.ui.theme.metrics import GRID
from workbench.ui.train.chart import Chart
from workbench.ui.train.crosshair import Crosshair
from workbench.ui.train.series import Series
from workbench.ui.widgets.buttons import QuietButton

FRAME = 100
"""Milliseconds between two drawings while points come in."""

LOSS, ACCURACY = "loss", "accuracy"
SHOWN_AT_FIRST = {"reward/mean", "kl/mean", "eval/reward"}
COLUMNS = 2


def chart_of(metric: str) -> str:
    """Return the chart that a metric belongs to: all losses of the model in one, all accuracies in another."""
    if metric in ("train/loss", "eval/loss"):
        return LOSS
    return ACCURACY if metric.endswith("/accuracy") else metric


class Curves(QWidget):
    """Charts that grow with the events of a run."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._series: dict[str, Series] = {}
        self._charts: dict[str, Chart] = {}
        self._hidden: set[str] = set()
        self._crosshair = Crosshair(self)
        self._timer = QTimer(self, interval=FRAME, singleShot=True)
        self._timer.timeout.connect(self._draw)
        self._smoothing = self._slider()
        self._log = QCheckBox(tr("Log scale"))
        self._log.setObjectName("train.log_scale")
        self._log.toggled.connect(self._on_log)
        self._more = QToolButton()
        self._more.setObjectName("train.metrics")
        self._more.setText(tr("Curves"))
        self._more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._menu = QMenu(self._more)
        self._more.setMenu(self._menu)
        whole = QuietButton(tr("Show all"), "train.show_all")
        whole.setToolTip(tr("Show all steps again after zooming"))
        whole.clicked.connect(self._show_whole)
        bar = QHBoxLayout()
        bar.setSpacing(GRID)
        label = QLabel(tr("Smoothing"))
        label.setBuddy(self._smoothing)
        bar.addWidget(label)
        bar.addWidget(self._smoothing)
        bar.addSpacing(GRID)
        bar.addWidget(self._log)
        bar.addStretch()
        bar.addWidget(self._more)
        bar.addWidget(whole)
        self._grid = QGridLayout()
        self._grid.setSpacing(GRID * 2)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID)
        layout.addLayout(bar)
        layout.addLayout(self._grid, 1)

    def _slider(self) -> QSlider:
        slider = QSlider(Qt.Orientation.Horizontal)
        slider.setRange(0, 99)
        slider.setObjectName("train.smoothing")
        slider.setAccessibleName(tr("Smoothing"))
        slider.setToolTip(tr("Weight of the past in the smoothed curve"))
        slider.setMaximumWidth(GRID * 20)
        slider.valueChanged.connect(self._on_smoothing)
        return slider

    def clear(self) -> None:
        """Begin with another run."""
        for chart in self._charts.values():
            self._crosshair.remove(chart)
            self._grid.removeWidget(chart)
            chart.hide()
            chart.deleteLater()
        self._charts.clear()
        self._series.clear()
        self._hidden.clear()
        self._menu.clear()

    def take(self, batch: list[events.AnyEvent]) -> None:
        """Take up the metrics among some events; they are drawn together a moment later."""
        for event in batch:
            if isinstance(event, events.Metrics):
                for name, value in event.values.items():
                    self._series_of(name).add(event.step, value)
        if not self._timer.isActive():
            self._timer.start()

    def metrics(self) -> list[str]:
        """Return the metrics that the run has so far."""
        return list(self._series)

    def series(self, metric: str) -> Series:
        """Return the points of a metric."""
        return self._series[metric]

    def shown(self) -> list[str]:
        """Return the charts that are shown."""
        return [key for key in self._charts if key not in self._hidden]

    def _series_of(self, metric: str) -> Series:
        if metric not in self._series:
            self._series[metric] = Series()
            self._series[metric].set_smoothing(self._weight())
            self._chart(chart_of(metric)).add(metric, self._series[metric])
        return self._series[metric]

    def _chart(self, key: str) -> Chart:
        if key not in self._charts:
            title = {LOSS: tr("Loss"), ACCURACY: tr("Accuracy")}.get(key) or metric_label(key)
            chart = Chart(title, f"train.chart.{key}")
            chart.set_smoothed(self._weight() > 0)
            chart.set_log(self._log.isChecked())
            self._charts[key] = chart
            self._crosshair.add(chart)
            if key not in (LOSS, ACCURACY, *SHOWN_AT_FIRST):
                self._hidden.add(key)
            self._add_action(key, title)
            self._arrange()
        return self._charts[key]

    def _add_action(self, key: str, title: str) -> None:
        action = self._menu.addAction(title)
        action.setObjectName(f"train.show.{key}")
        action.setCheckable(True)
        action.setChecked(key not in self._hidden)
        action.toggled.connect(lambda on: self._on_shown(key, on))

    def _on_shown(self, key: str, on: bool) -> None:
        if on:
            self._hidden.discard(key)
        else:
            self._hidden.add(key)
        self._arrange()
        self._draw()

    def _arrange(self) -> None:
        """Put the charts that are shown into rows, loss and accuracy first."""
        order = sorted(self._charts, key=lambda key: {LOSS: 0, ACCURACY: 1}.get(key, 2))
        shown = [key for key in order if key not in self._hidden]
        for key, chart in self._charts.items():
            self._grid.removeWidget(chart)
            chart.setVisible(key in shown)
        for position, key in enumerate(shown):
            last = position == len(shown) - 1 and position % COLUMNS == 0
            self._grid.addWidget(self._charts[key], position // COLUMNS, position % COLUMNS, 1, COLUMNS if last else 1)

    def _draw(self) -> None:
        for key in self.shown():
            self._charts[key].draw()

    def _weight(self) -> float:
        return self._smoothing.value() / 100

    def _on_smoothing(self) -> None:
        for series in self._series.values():
            series.set_smoothing(self._weight())
        for chart in self._charts.values():
            chart.set_smoothed(self._weight() > 0)

    def _on_log(self, on: bool) -> None:
        for chart in self._charts.values():
            chart.set_log(on)

    def _show_whole(self) -> None:
        for chart in self._charts.values():
            chart.show_whole()
