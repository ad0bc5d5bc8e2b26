"""The curves of one run: loss, accuracy, and whatever else it measures, with what changes how they look."""

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QAction
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
    if metric in ("train/loss", "epoch/loss", "eval/loss"):
        return LOSS
    return ACCURACY if metric.endswith("/accuracy") else metric


class Curves(QWidget):
    """Charts that grow with the events of a run."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._series: dict[str, Series] = {}
        self._charts: dict[str, Chart] = {}
        self._members: dict[str, list[str]] = {}
        self._actions: dict[str, QAction] = {}
        self._crosshair = Crosshair(self)
        self._timer = QTimer(self, interval=FRAME, singleShot=True)
        self._timer.timeout.connect(self._draw)
        self._smoothing = self._slider()
        self._log = QCheckBox(tr("Log scale"))
        self._log.setObjectName("train.log_scale")
        self._log.toggled.connect(self._on_log)
        self._more = QToolButton()
        self._more.setObjectName("train.metrics")
        self._more.setText(tr("Curves …"))
        self._more.setToolTip(tr("Choose which curves are shown"))
        self._more.setProperty("role", "menu")
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
        self._members.clear()
        self._actions.clear()
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
        """Return the charts that are shown, loss and accuracy first."""
        chosen = [key for key, action in self._actions.items() if action.isChecked()]
        return sorted(chosen, key=lambda key: {LOSS: 0, ACCURACY: 1}.get(key, 2))

    def _series_of(self, metric: str) -> Series:
        if metric not in self._series:
            key = chart_of(metric)
            series = self._series[metric] = Series()
            series.set_smoothing(self._weight())
            if key not in self._members:
                self._members[key] = []
                self._add_action(key)
            self._members[key].append(metric)
            if key in self._charts:
                self._charts[key].add(metric, series)
            elif self._actions[key].isChecked():
                self._arrange()
        return self._series[metric]

    def _title(self, key: str) -> str:
        return {LOSS: tr("Loss"), ACCURACY: tr("Accuracy")}.get(key) or metric_label(key)

    def _chart(self, key: str) -> Chart:
        """Return a chart, made when it is shown for the first time."""
        if key not in self._charts:
            chart = Chart(self._title(key), f"train.chart.{key}")
            for metric in self._members[key]:
                chart.add(metric, self._series[metric])
            chart.set_smoothed(self._weight() > 0)
            chart.set_log(self._log.isChecked())
            self._crosshair.add(chart)
            self._charts[key] = chart
        return self._charts[key]

    def _add_action(self, key: str) -> None:
        action = self._menu.addAction(self._title(key))
        action.setObjectName(f"train.show.{key}")
        action.setCheckable(True)
        action.setChecked(key in (LOSS, ACCURACY, *SHOWN_AT_FIRST))
        action.toggled.connect(self._arrange)
        self._actions[key] = action

    def _arrange(self) -> None:
        """Put the charts that are shown into rows, loss and accuracy first."""
        shown = self.shown()
        for key, chart in self._charts.items():
            self._grid.removeWidget(chart)
            chart.setVisible(key in shown)
        for position, key in enumerate(shown):
            last = position == len(shown) - 1 and position % COLUMNS == 0
            chart = self._chart(key)
            self._grid.addWidget(chart, position // COLUMNS, position % COLUMNS, 1, COLUMNS if last else 1)
            chart.show()
            chart.draw()

    def _draw(self) -> None:
        for key in self.shown():
            self._chart(key).draw()

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
