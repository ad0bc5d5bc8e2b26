"""Is that what you want? What will it take?"""

import dataclasses
import math

import msgspec
from PySide6.QtWidgets import QFormLayout, QLabel, QVBoxLayout, QWidget

from workbench.core import estimates, keras_estimates, options, registry
from workbench.core.datasets.dataset import Dataset
from workbench.core.datasets.kinds import Row
from workbench.core.estimates import Estimate
from workbench.core.fitting import Fit, Remedy
from workbench.core.i18n import mark, tr
from workbench.core.units import size
from workbench.runtime import jobs
from workbench.ui.fit.panel import FitPanel
from workbench.ui.model.adapter_chooser import trainable
from workbench.ui.scrolling import scrolling
from workbench.ui.theme.metrics import GRID
from workbench.ui.widgets.card import Card
from workbench.ui.widgets.labels import Caption, Heading
from workbench.ui.widgets.notice import Notice
from workbench.ui.wizard.page import Choice, Page
from workbench.ui.workspace import Workspace

PLACES, ROWS = 10, 50
"""The length of rows is looked at in that many places of the data, so many rows each."""


def sample(dataset: Dataset) -> list[Row]:
    """Return rows from all over a data set, since a file often begins with rows of one sort."""
    step = max(dataset.info.rows // PLACES, ROWS)
    return [row for start in range(0, dataset.info.rows, step) for row in dataset.page(start, ROWS)]


def settings_text(choice: Choice) -> str:
    """Return the settings that differ from the defaults, one a line."""
    lines = []
    sources = (
        (registry.task(choice.task).options, choice.settings),
        (registry.adapter(choice.adapter).options, choice.adapter_settings),
    )
    for cls, values in sources:
        labels = {field.name: tr(field.label) for field in options.fields(cls)}
        lines += [f"{labels[name]}: {value}" for name, value in values.items()]
    return "\n".join(lines) or tr("As proposed")


class ReviewPage(Page):
    """Shows the whole choice, with an estimate of memory and time."""

    title = mark("Review")

    def __init__(self, choice: Choice, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(choice, parent)
        self._workspace = workspace
        self._newest = 0
        self._notice = Notice()
        self._form = QFormLayout()
        self._form.setHorizontalSpacing(GRID * 3)
        self._form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        self._estimate = QLabel()
        self._estimate.setObjectName("wizard.estimate")
        self._estimate.setWordWrap(True)
        self._parts = Caption("")
        self._fit = FitPanel("wizard.fit")
        self._rule: Estimate | None = None
        self._exact: Fit | None = None
        inside = QWidget()
        layout = QVBoxLayout(inside)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID * 2)
        layout.addWidget(self._notice)
        chosen = Card()
        chosen.body.addLayout(self._form)
        layout.addWidget(chosen)
        needed = Card()
        needed.body.addWidget(Heading(tr("What it will take")))
        needed.body.addWidget(self._estimate)
        needed.body.addWidget(self._parts)
        needed.body.addWidget(self._fit)
        layout.addWidget(needed)
        layout.addStretch()
        outside = QVBoxLayout(self)
        outside.setContentsMargins(0, 0, 0, 0)
        outside.addWidget(scrolling(inside))
        self._fit.answered.connect(self._on_fit)
        self._fit.chosen.connect(self._on_remedy)

    def enter(self) -> None:
        """Show the choice and reckon what it will take, in the background."""
        self._show_choice()
        self._newest += 1
        number = self._newest
        self._notice.clear()
        self._estimate.setText(tr("Reckoning …"))
        self._parts.clear()
        self._rule = self._exact = None
        reckoned = self.task.backend == "torch"  # of networks of Keras the rule is all there is
        self._fit.setVisible(reckoned)
        if reckoned:
            self._fit.reckon(self._workspace.project, self.choice.request())

        def done(found: Estimate | None) -> None:
            if number == self._newest and found is not None:
                self._show_estimate(found)
            elif number == self._newest:
                self._estimate.setText(tr("What this model needs is only known once it has run."))

        def failed(sentence: str, detail: str) -> None:
            self._estimate.clear()
            self._notice.error(sentence, detail)

        jobs.start(self, lambda _report: self._reckon(), done=done, failed=failed)

    def stop(self) -> None:
        """End what is being found out in other processes."""
        self._fit.stop()

    def _show_choice(self) -> None:
        choice = self.choice
        assert choice.model is not None
        rows = [
            (tr("Goal"), tr(self.task.label)),
            (tr("Data"), choice.data),
            (tr("Model"), choice.model.name),
            (tr("Adapter"), tr(registry.adapter(choice.adapter).label) if self.task.takes_adapters else ""),
            (tr("Settings"), settings_text(choice)),
        ]
        while self._form.rowCount():
            self._form.removeRow(0)
        for label, value in rows:
            if not value:
                continue
            text = QLabel(value)
            text.setWordWrap(True)
            name = QLabel(label)
            name.setProperty("muted", True)
            self._form.addRow(name, text)

    def _reckon(self) -> Estimate | None:
        """Estimate the run, None if nothing can be said of the model; called in a background thread."""
        choice, project, task = self.choice, self._workspace.project, self.task
        assert choice.model is not None
        dataset = project.dataset(choice.data)
        parsed = options.parse(task.options, choice.settings)
        settings = {field.name: getattr(parsed, field.name) for field in options.fields(task.options)}
        rows, held_out = (dataset.info.splits.get(part, 0) for part in ("train", "validation"))
        rows = math.ceil(rows * settings.get("data_share", 1.0))
        if choice.model.architecture == "keras-cnn":
            return keras_estimates.estimate(choice.model, rows, held_out, settings, estimates.probe())
        info = msgspec.structs.replace(choice.model, architecture=task.architectures[0])  # what the task makes of it
        around = estimates.TEMPLATE if info.architecture == "causal-lm" else estimates.BORDERS
        around = estimates.END if task.packed else around
        mean, longest = estimates.lengths(sample(dataset), around)
        work = estimates.Work(
            trainable=trainable(choice.adapter, choice.adapter_settings, choice.model),
            full=choice.adapter == "full",
            rows=rows,
            held_out=held_out,
            tokens_per_row=mean,
            longest=longest,
            settings=settings,
            speed=estimates.measured_speed(project, choice.model.path, choice.adapter, task.name),
        )
        return estimates.estimate(info, estimates.packed(work) if task.packed else work, estimates.probe())

    def _show_estimate(self, found: Estimate) -> None:
        """Show the rule of thumb; its memory only until it is known exactly."""
        self._rule = found
        if self._exact is not None:
            self._on_fit(self._exact)
            return
        self._estimate.setText(found.sentence)
        lines = [tr("{steps} steps", steps=f"{found.steps:,}")]
        if not self._fit.isVisibleTo(self):
            lines += [f"{name}: {size(amount)}" for name, amount in found.parts.items() if amount]
        self._parts.setText("\n".join(lines))
        if found.warning:
            self._notice.warn(found.warning)

    def _on_fit(self, found: Fit) -> None:
        """Put the memory that was reckoned exactly into the place of the rule's."""
        self._exact = found
        if self._rule is None:
            return
        exact = dataclasses.replace(self._rule, memory=found.memory, fits=found.fits)
        self._estimate.setText(exact.sentence)
        self._parts.setText(tr("{steps} steps", steps=f"{exact.steps:,}"))
        self._notice.clear()
        if not found.fits:
            self._notice.warn(tr("That is more memory than is free now. Choose below what would take less."))

    def _on_remedy(self, remedy: Remedy) -> None:
        """Change what was chosen as a remedy says, and reckon again."""
        self.choice.settings = remedy.applied(self.choice.settings)
        if remedy.adapter:
            self.choice.adapter, self.choice.adapter_settings = remedy.adapter, {}
        self.enter()
        self.changed.emit()
