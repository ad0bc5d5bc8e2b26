import numpy as np
import pytest
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QCheckBox, QSlider
from pytestqt.qtbot import QtBot

from workbench.core import events
from workbench.ui.train.curves import Curves
from workbench.ui.train.series import Series


def test_smoothing_begins_at_the_first_value_and_follows_the_formula() -> None:
    series = Series()
    series.set_smoothing(0.5)
    for step, value in enumerate([4.0, 2.0, 1.0]):
        series.add(step, value)
    # weights 0.5 ** age, divided by their sum: (2 + 0.5 * 4) / 1.5 and (1 + 0.5 * 2 + 0.25 * 4) / 1.75
    assert series.smooth.tolist() == pytest.approx([4.0, 4 / 1.5, 3 / 1.75])
    series.set_smoothing(0.0)
    assert series.smooth.tolist() == [4.0, 2.0, 1.0]


def test_smoothing_anew_equals_smoothing_as_it_comes() -> None:
    values = np.random.default_rng(0).normal(size=500)
    first, second = Series(), Series()
    first.set_smoothing(0.9)
    for step, value in enumerate(values):
        first.add(step, value)
        second.add(step, value)
    second.set_smoothing(0.9)
    np.testing.assert_allclose(first.smooth, second.smooth)
    assert len(first) == 500 and first.x.dtype == np.float64


def test_steps_done_again_after_a_resume_replace_the_old_ones() -> None:
    series = Series()
    for step in range(10):
        series.add(step, 1.0)
    for step in range(6, 12):
        series.add(step, 2.0)
    assert series.x.tolist() == list(range(12))
    assert series.y.tolist() == [1.0] * 6 + [2.0] * 6


def test_the_nearest_point_is_found() -> None:
    series = Series()
    assert series.at(3) is None
    for step in (0, 10, 20):
        series.add(step, step / 10)
    assert [series.at(x)[0] for x in (-5, 4, 6, 19, np.inf)] == [0, 0, 10, 20, 20]


@pytest.fixture
def curves(workspace: object, qtbot: QtBot) -> Curves:
    curves = Curves()
    qtbot.addWidget(curves)
    curves.resize(900, 500)
    curves.show()
    batch = []
    for step in range(100):
        values = {"train/loss": 1 / (step + 1), "gradient_norm": 1.0}
        if step % 10 == 0:
            values |= {"eval/loss": 1.0, "eval/accuracy": step / 100}
        batch.append(events.Metrics(step=step, values=values))
    curves.take(batch)
    qtbot.waitUntil(lambda: drawn(curves, "loss", 0) == 100)
    return curves


def drawn(curves: Curves, chart: str, curve: int) -> int:
    found = curves._charts.get(chart)
    if found is None:
        return 0
    x = list(found._curves.values())[curve].raw.getOriginalDataset()[0]
    return 0 if x is None else len(x)


def test_losses_share_a_chart_and_the_rest_is_offered(curves: Curves) -> None:
    assert curves.shown() == ["loss", "accuracy"]
    assert curves._charts["loss"].names() == ["train/loss", "eval/loss"]
    assert "gradient_norm" in curves.metrics()
    action = curves.findChild(QAction, "train.show.gradient_norm")
    assert action is not None and not action.isChecked()
    action.trigger()
    assert curves.shown() == ["loss", "accuracy", "gradient_norm"]
    assert drawn(curves, "gradient_norm", 0) == 100


def test_smoothing_keeps_the_raw_curve_behind(curves: Curves) -> None:
    slider = curves.findChild(QSlider, "train.smoothing")
    assert slider is not None
    slider.setValue(90)
    curve = curves._charts["loss"]._curves["train/loss"]
    assert len(curve.smooth.getOriginalDataset()[1]) == 100
    assert curve.raw.opts["pen"].color().alpha() < 255
    slider.setValue(0)
    assert curve.raw.opts["pen"].color().alpha() == 255


def test_log_scale_goes_to_all_charts(curves: Curves) -> None:
    box = curves.findChild(QCheckBox, "train.log_scale")
    assert box is not None
    box.click()
    chart = curves._charts["loss"]
    assert chart.plot.getAxis("left").logMode
    np.testing.assert_allclose(chart._curves["train/loss"].raw.getData()[1][0], 0.0, atol=1e-9)


def test_the_crosshair_tells_the_values_at_one_step_in_all_charts(curves: Curves) -> None:
    curves._crosshair.point(50.0)
    assert "step\u00a050" in curves._charts["loss"]._legend.text()
    assert f"{1 / 51:.4g}" in curves._charts["loss"]._legend.text()
    assert "0.5" in curves._charts["accuracy"]._legend.text()
    curves._crosshair.point(float("nan"))
    assert "step" not in curves._charts["loss"]._legend.text()
    assert "0.01" in curves._charts["loss"]._legend.text()


def test_another_run_begins_empty(curves: Curves, qtbot: QtBot) -> None:
    curves.clear()
    assert curves.shown() == [] and curves.metrics() == []
    curves.take([events.Metrics(step=1, values={"reward/mean": 1.0})])
    qtbot.waitUntil(lambda: drawn(curves, "reward/mean", 0) == 1)
    assert curves.shown() == ["reward/mean"]
