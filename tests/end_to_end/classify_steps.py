"""The part of the tour that trains classifiers: of images, with a report and what the model looked at; of texts."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QLabel, QListWidget, QTableView, QWidget

from tests.end_to_end.driver import Driver, live
from workbench.core import reports
from workbench.core.project import Project
from workbench.core.runs import Run
from workbench.ui.data.dataset_list import NAME

Watch = Callable[[str, str], Run]
"""Waits until the newest run of a task has finished, with a picture of it on the way; returns the run."""


class ClassifySteps:
    """Trains classifiers in the window.

    Args:
        project: One that has the starter data ``digits``.
        driver: The hands and eyes.
        watch: See `Watch`.
    """

    def __init__(self, project: Project, driver: Driver, watch: Watch) -> None:
        self.project, self.driver, self._watch = project, driver, watch

    def run(self) -> None:
        """Do all of it."""
        self.images()
        self.texts()
        self.how_much_data()

    def images(self) -> None:
        """Teach a frozen base digits; look at its report, and at what it looked at."""
        driver = self.driver
        self._use("digits", "efficientnet-lite0")
        driver.enter("train.options.epochs", "3")
        driver.enter("train.options.side", "64")
        driver.click("train.preview_augmentation")
        driver.wait(driver.find(QWidget, "train.preview_augmentation").isEnabled, "the altered images", 120)
        live(500)
        driver.picture("augmentation")
        driver.open_fold("train.options.more")
        driver.enter("train.options.views", "1")
        driver.click("train.start")
        run = self._watch("keras-image-classification", "images-live")
        report = reports.load(run)
        assert report is not None and report.before is not None
        assert report.after.accuracy > max(0.8, report.before.accuracy), "the digits were not learnt"
        driver.click("train.report_view")
        matrix = driver.find(QTableView, "train.report_confusion")
        cell = matrix.visualRect(matrix.model().index(0, 0)).center()
        QTest.mouseClick(matrix.viewport(), Qt.MouseButton.LeftButton, pos=cell)
        live(1500)
        driver.picture("images-report")
        driver.click("train.report_explain")
        driver.wait(driver.find(QWidget, "train.report_explain").isEnabled, "what it looked at", 180)
        driver.find(QLabel, "train.report_overlay")
        driver.picture("images-looked-at")

    def texts(self) -> None:
        """Teach a classifier reviews, in a few steps."""
        driver = self.driver
        driver.click("rail.data")
        driver.click("data.add")
        driver.click("data.starter.reviews", 60)
        driver.wait(lambda: driver.find(QLabel, "data.title").text() == "reviews", "the reviews to be shown", 60)
        self._use("reviews", "minilm-l6")
        driver.open_fold("train.options.more")
        driver.enter("train.options.max_steps", "60")
        driver.click("train.start")
        run = self._watch("text-classification", "texts-live")
        report = reports.load(run)
        assert report is not None and report.before is not None
        assert report.after.accuracy > report.before.accuracy + 0.1, "the reviews were not learnt"
        driver.click("train.report_view")
        live(800)
        driver.picture("texts-report")

    def how_much_data(self) -> None:
        """See where the question of how much data is needed is asked."""
        self.driver.click("train.new")
        self.driver.click("train.learning_curve")
        self.driver.picture("learning-curve")
        self.driver.click("study.back")

    def _use(self, data: str, model: str) -> None:
        """Choose data and a model, and go to the start of the training."""
        driver = self.driver
        driver.click("rail.data")
        names = driver.find(QListWidget, "data.list")
        found = [row for row in range(names.count()) if names.item(row).data(NAME) == data]
        names.setCurrentRow(found[0])
        driver.click("data.use")
        chosen = driver.find(QAbstractButton, f"model.starter.{model}")
        driver.wait(chosen.isVisible, "the models")
        if chosen.isEnabled():
            driver.click(f"model.starter.{model}")
        use = driver.find(QWidget, "model.use")
        driver.wait(use.isEnabled, "the model to be looked into")
        driver.picture(f"model-for-{data}")
        driver.click("model.use")
        driver.find(QWidget, "train.start")
