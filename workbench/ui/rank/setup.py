"""What is to be ranked: prompts, who answers them, and how."""

from dataclasses import dataclass
from typing import TypeVar

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QAbstractSpinBox, QComboBox, QDoubleSpinBox, QGridLayout, QLineEdit, QSpinBox, QWidget

from workbench.core import models, starters
from workbench.core.errors import UserError
from workbench.core.i18n import tr
from workbench.core.improvement import can_answer
from workbench.core.project import Project
from workbench.core.prompts import KINDS
from workbench.core.runs import Run
from workbench.ui.rank.queue import Sampling
from workbench.ui.theme.metrics import GRID
from workbench.ui.widgets.card import Card
from workbench.ui.widgets.labels import Caption

W = TypeVar("W", bound=QWidget)


@dataclass(frozen=True)
class Source:
    """Someone who answers: a run, or a plain model when ``run`` is empty."""

    run: str
    model: str
    label: str


@dataclass(frozen=True)
class Choices:
    """What a project offers: data sets with prompts, and who answers, the newest run first."""

    data: tuple[str, ...]
    sources: tuple[Source, ...]


def choices(project: Project, model: str) -> Choices:
    """Look what a project offers; ``model`` is the base model that is chosen in the window, or ""."""
    data = tuple(dataset.name for dataset in project.datasets() if dataset.info.kind in KINDS)
    runs = [run for run in reversed(project.runs()) if can_answer(run)]
    sources = [Source(run.id, run.spec().model, label(run)) for run in runs]
    ready = [name for name in starters.MODELS if starters.is_ready(name)]
    for name in dict.fromkeys([*(run.spec().model for run in runs), model, *ready]):
        if name and _speaks(name):
            sources.append(Source("", name, tr("{model} as it is", model=name)))
    return Choices(data, tuple(sources))


def label(run: Run) -> str:
    """Return a run's number and name."""
    return f"{run.id.split('-')[0]} · {run.spec().name}"


def _speaks(model: str) -> bool:
    try:
        return models.inspect(model).architecture == "causal-lm"
    except UserError:  # not here any more: nothing to offer
        return False


class SetupForm(Card):
    """The fields of the set-up.

    Signals:
        changed(): Prompts or source changed.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sources: tuple[Source, ...] = ()
        self.data = _named(QComboBox(), "rank.data", tr("Prompts"))
        self.source = _named(QComboBox(), "rank.source", tr("Answers written by"))
        self.k = _named(QSpinBox(minimum=4, maximum=9, value=4), "rank.k", tr("Answers a prompt"))
        self.length = _named(
            QSpinBox(minimum=8, maximum=1024, value=64, singleStep=8), "rank.max_new_tokens", tr("Longest answer")
        )
        self.length.setSuffix(" " + tr("tokens"))
        self.temperature = _named(
            QDoubleSpinBox(minimum=0.1, maximum=2.0, value=1.0, singleStep=0.1, decimals=1),
            "rank.temperature",
            tr("Temperature"),
        )
        self.temperature.setToolTip(tr("How freely answers are sampled: low ones are alike, high ones go astray."))
        self.annotator = _named(QLineEdit(), "rank.annotator", tr("Ranked by"))
        self.annotator.setPlaceholderText(tr("your name, if several people rank"))
        self._lay_out()
        for box in (self.data, self.source):
            box.currentIndexChanged.connect(self.changed)
            box.currentTextChanged.connect(box.setToolTip)

    def _lay_out(self) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(GRID * 2)
        grid.setVerticalSpacing(GRID // 2)
        fields = (self.data, self.source, self.annotator, self.k, self.length, self.temperature)
        for number, field in enumerate(fields):
            row, column = divmod(number, 3)
            label = Caption(field.accessibleName())
            label.setBuddy(field)
            grid.addWidget(label, row * 3, column)
            grid.addWidget(field, row * 3 + 1, column)
            grid.setColumnStretch(column, 1)
        grid.setRowMinimumHeight(2, GRID)
        self.body.addLayout(grid)

    def offer(self, offered: Choices) -> None:
        """Show what there is, keeping what was chosen; the newest run first when it has come since."""
        newest = offered.sources[0] if offered.sources else None
        new_run = newest is not None and newest.run and newest not in self._sources
        kept = None if new_run else self.chosen_source()
        data = self.data.currentText()
        for box in (self.data, self.source):
            box.blockSignals(True)
            box.clear()
        for name in offered.data:
            self.data.addItem(name, name)
        self._sources = offered.sources
        for source in offered.sources:
            self.source.addItem(source.label, source.run or source.model)
        self.data.setCurrentIndex(max(self.data.findText(data), 0))
        if kept in offered.sources:
            self.source.setCurrentIndex(offered.sources.index(kept))
        for box in (self.data, self.source):
            box.setToolTip(box.currentText())
            box.blockSignals(False)
        self.changed.emit()

    def chosen_source(self) -> Source | None:
        """Return who is to answer."""
        index = self.source.currentIndex()
        return self._sources[index] if 0 <= index < len(self._sources) else None

    def sampling(self) -> Sampling | None:
        """Return how answers are to be made, or None while nobody can answer."""
        source = self.chosen_source()
        if source is None:
            return None
        return Sampling(
            run=source.run,
            model=source.model,
            k=self.k.value(),
            max_new_tokens=self.length.value(),
            temperature=self.temperature.value(),
        )


def _named(widget: W, name: str, label: str) -> W:
    widget.setObjectName(name)
    widget.setAccessibleName(label)
    if isinstance(widget, QComboBox):  # long names must not widen the window
        widget.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        widget.setMinimumContentsLength(16)
    if isinstance(widget, QAbstractSpinBox):  # the stylesheet's padding does not reach the text inside
        widget.lineEdit().setTextMargins(GRID * 3 // 4, 0, 0, 0)
    return widget
