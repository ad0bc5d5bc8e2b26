"""Labelling a data set with a model: who labels, what that is worth, what the person decides, and the new data set."""

from functools import partial
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from workbench.core.datasets.dataset import Dataset, DatasetInfo
from workbench.core.i18n import mark, tr
from workbench.core.labelling.result import make_dataset
from workbench.core.labelling.setup import KINDS, Setup, describe
from workbench.core.labelling.standing import Standing
from workbench.core.labelling.store import Labelling
from workbench.runtime import jobs
from workbench.runtime.command import Command
from workbench.ui.data.labelling_review import LabellingReview
from workbench.ui.data.labelling_setup import LabellingSetup, Offer, look
from workbench.ui.data.labelling_trust import LabellingTrust
from workbench.ui.data.panel import DataPanel
from workbench.ui.theme.metrics import GRID
from workbench.ui.widgets.buttons import PrimaryButton
from workbench.ui.widgets.labels import Heading
from workbench.ui.widgets.notice import Notice
from workbench.ui.widgets.segments import Segments
from workbench.ui.workspace import Workspace

WHO, TRUST, REVIEW = range(3)


class LabellingPanel(DataPanel):
    """Three steps, between which one can go to and fro, and the data set that comes out."""

    name = "label"
    label = mark("Label with a model")
    help = mark(
        "A model proposes labels; you see what they are worth, decide the doubtful ones and get a new data set."
    )
    kinds = KINDS

    def __init__(self, workspace: Workspace, prefix: str, parent: QWidget | None = None) -> None:
        super().__init__(workspace, prefix, parent)
        self._dataset: Dataset | None = None
        self._labelling: Labelling | None = None
        self._standing: Standing | None = None
        self._command = Command(self)
        self._title = Heading("")
        self._notice = Notice()
        self._setup = LabellingSetup(prefix)
        self._trust = LabellingTrust(prefix)
        self._review = LabellingReview(prefix)
        self._stack = QStackedWidget()
        for page in (self._setup, self._trust, self._review):
            self._stack.addWidget(page)
        self._segments = Segments()
        self._steps = [
            self._segments.add(text, f"{prefix}.{name}")
            for text, name in (
                (tr("1  Who labels"), "who_step"),
                (tr("2  What it is worth"), "trust"),
                (tr("3  Review"), "review_step"),
            )
        ]
        self._name = QLineEdit()
        self._name.setObjectName(f"{prefix}.name")
        self._name.setAccessibleName(tr("Name of the new data set"))
        self._beside = QComboBox()
        self._beside.setObjectName(f"{prefix}.with")
        self._beside.setAccessibleName(tr("Joined with"))
        self._make = PrimaryButton(tr("Make the data set"), f"{prefix}.make")
        self._footer = QWidget()
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(0)
        head.addWidget(self._segments)
        head.addSpacing(GRID * 2)
        head.addWidget(self._title, 1)
        self._beside.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._beside.setMinimumContentsLength(14)
        self._beside.setToolTip(tr("Its rows come along and keep their parts: what was held out stays held out."))
        footer = QHBoxLayout(self._footer)
        footer.setContentsMargins(0, 0, 0, 0)
        footer.setSpacing(GRID)
        for text, field in ((tr("Name"), self._name), (tr("Joined with"), self._beside)):
            words = QLabel(text)
            words.setBuddy(field)
            footer.addWidget(words)
            footer.addWidget(field, 1)
        footer.addSpacing(GRID * 2)
        footer.addWidget(self._make)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID * 2)
        layout.addLayout(head)
        layout.addWidget(self._notice)
        layout.addWidget(self._stack, 1)
        layout.addWidget(self._footer)

    def _connect(self) -> None:
        self._segments.group.idClicked.connect(self._show_step)
        self._setup.start_wanted.connect(self._start)
        self._setup.stop_wanted.connect(self._stop)
        self._review.failed.connect(self._notice.error)
        self._make.clicked.connect(self._make_dataset)
        self._command.progressed.connect(self._setup.show_progress)
        self._command.done.connect(self._labelled)
        self._command.failed.connect(self._on_failed)

    def open(self, dataset: Dataset, info: DatasetInfo) -> None:
        """Begin with a data set; one that is being labelled goes on."""
        self._notice.clear()
        if self._command.running and self._dataset is not None and self._dataset.path == dataset.path:
            return
        self._command.cancel()
        self._dataset, self._labelling, self._standing = dataset, None, None
        self._title.setText(info.name)
        self._setup.show_busy(False)
        self._show_step(WHO)
        project = self.workspace.project

        def done(offer: Offer) -> None:
            if dataset is self._dataset:
                self._setup.show_offer(offer)
                self._name.setText(offer.name)
                self._beside.clear()
                self._beside.addItem(tr("nothing"), "")
                for name in offer.labelled:
                    self._beside.addItem(name, name)

        jobs.start(self, lambda _report: look(project, info.name, info.hash), done=done, failed=self._notice.error)

    def _show_step(self, step: int) -> None:
        self._steps[step].setChecked(True)
        self._stack.setCurrentIndex(step)
        for number in (TRUST, REVIEW):
            self._steps[number].setEnabled(self._standing is not None)
        self._footer.setVisible(step != WHO)
        if step == TRUST:
            self._trust.update_standing()
        elif step == REVIEW:
            self._review.setFocus(Qt.FocusReason.OtherFocusReason)

    def _start(self) -> None:
        """Let the model label what it has not labelled yet, in a child process."""
        assert self._dataset is not None
        project, data, values = self.workspace.project, self._dataset.name, self._setup.values()
        measured_on = self._setup.measured_on()
        self._notice.clear()
        self._setup.show_busy(True)

        def work(_report: jobs.Report) -> Setup:
            return describe(project, data, **values)

        def done(setup: Setup) -> None:
            if not self._setup.is_busy() or self._dataset is None or self._dataset.name != data:
                return  # stopped, or another data set was opened, in the meantime
            chosen = ["--run", setup.run] if setup.run else ["--model", setup.model]
            if setup.words:
                pairs = zip(setup.labels, setup.words, strict=True)
                chosen += ["--labels", ", ".join(f"{label}={word}" for label, word in pairs)]
                chosen += ["--prompt", setup.prompt, "--contextual" if setup.contextual else "--no-contextual"]
            if measured_on:
                chosen += ["--calibrate", measured_on]
            self._command.start("data", "label", project.path, data, *chosen)

        jobs.start(self, work, done=done, failed=self._on_failed)

    def _stop(self) -> None:
        self._command.cancel()
        self._setup.show_busy(False)
        self._notice.info(tr("Stopped. What was labelled is kept: the same choice goes on from there."))

    def _on_failed(self, sentence: str, detail: str) -> None:
        self._setup.show_busy(False)
        self._notice.error(sentence, detail)

    def _labelled(self, report: dict[str, Any]) -> None:
        project = self.workspace.project
        labelling = Labelling(project, report["labelling"])

        def work(_report: jobs.Report) -> Standing:
            standing = Standing.read(labelling)
            standing.above(0)  # sorts, which for millions of rows is nothing for the window's own thread
            return standing

        def done(standing: Standing) -> None:
            self._labelling, self._standing = labelling, standing
            self._setup.show_busy(False)
            self._trust.show_standing(standing)
            self._review.show_labelling(labelling, standing)
            if standing.measured is not None:  # what the model was measured on, mostly what it has learnt from
                self._beside.setCurrentIndex(max(0, self._beside.findData(standing.measured.data)))
            self._show_step(REVIEW if standing.measured is None else TRUST)

        jobs.start(self, work, done=done, failed=self._on_failed)

    def _make_dataset(self) -> None:
        labelling, name = self._labelling, self._name.text().strip()
        if labelling is None or not name:
            return
        threshold, beside = self._trust.threshold(), str(self._beside.currentData() or "")
        self._make.setEnabled(False)

        def done(_made: Dataset) -> None:
            self._make.setEnabled(True)
            self.finished.emit(name)

        def failed(sentence: str, detail: str) -> None:
            self._make.setEnabled(True)
            self._notice.error(sentence, detail)

        work = partial(make_dataset, labelling, name, threshold, beside=beside)
        jobs.start(self, lambda _report: work(), done=done, failed=failed)
