"""Step 1 of labelling: who labels, with which labels, and on what it is measured."""

from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QProgressBar,
    QVBoxLayout,
    QWidget,
)

from workbench.core import starters
from workbench.core.datasets.rewrite import free_name
from workbench.core.i18n import tr
from workbench.core.labelling.setup import Setup, default_prompt
from workbench.core.labelling.store import Labelling
from workbench.core.project import Project
from workbench.ui.theme.metrics import GRID
from workbench.ui.widgets.buttons import PrimaryButton, QuietButton
from workbench.ui.widgets.labels import Caption, ElidedLabel

WRITERS = ("instruction-tuning", "domain-adaptation", "ppo", "reinforce", "dpo")
"""Tasks whose runs can be asked for a label."""
CLASSIFIER = "text-classification"


@dataclass(frozen=True)
class Source:
    """Who can label: a run, or a plain model."""

    words: str
    run: str = ""
    model: str = ""
    classifier: bool = False


@dataclass(frozen=True)
class Offer:
    """What the open project has for a labelling.

    Attributes:
        sources: Who can label, classifiers first.
        labelled: Names of the data sets with labels.
        name: For the new data set.
        last: The newest labelling of the data set, if there is one.
    """

    sources: list[Source]
    labelled: list[str]
    name: str
    last: Setup | None


def look(project: Project, data: str, hash: str) -> Offer:
    """Look what a project has for labelling a data set; reads files, so not for the window's own thread."""
    runs = [run for run in reversed(project.runs()) if run.result_info()]
    sources = [
        Source(f"{run.id.split('-')[0]} · {run.spec().name}", run=run.id, classifier=run.spec().task == CLASSIFIER)
        for run in runs
        if run.spec().task in (CLASSIFIER, *WRITERS)
    ]
    sources.sort(key=lambda source: not source.classifier)
    plain = [run.spec().model for run in runs if run.spec().task in WRITERS]
    models = dict.fromkeys([*starters.fitting(["causal-lm"]), *plain])
    sources += [Source(tr("{model}, as it is", model=model), model=model) for model in models]
    labelled = [dataset.name for dataset in project.datasets() if dataset.info.kind == "text-label"]
    setups = [Labelling(project, path.parent.name).setup for path in project.path.glob("labelling/*/labelling.json")]
    mine = [setup for setup in setups if (setup.data, setup.hash) == (data, hash)]
    name = free_name(project.data, f"{data}-labelled")
    return Offer(sources, labelled, name, max(mine, key=lambda setup: setup.created, default=None))


class LabellingSetup(QWidget):
    """A form, and the progress of the model that labels.

    Args:
        prefix: First part of the objectNames.

    Signals:
        start_wanted(): Let the model label.
        stop_wanted(): Stop it; what is done is kept.
    """

    start_wanted = Signal()
    stop_wanted = Signal()

    def __init__(self, prefix: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sources: list[Source] = []
        self._who = self._box(f"{prefix}.who")
        self._labels = QLineEdit()
        self._labels.setObjectName(f"{prefix}.labels")
        self._labels.setPlaceholderText(tr("positive, negative"))
        self._labels.setToolTip(
            tr("Separated by commas. If the model should answer with other words than your labels: 1=good, 0=bad")
        )
        self._prompt = QPlainTextEdit()
        self._prompt.setObjectName(f"{prefix}.prompt")
        self._prompt.setTabChangesFocus(True)
        self._prompt.setPlainText(default_prompt())
        self._contextual = QCheckBox(tr("Take out what it would answer to an empty text"))
        self._contextual.setObjectName(f"{prefix}.contextual")
        self._contextual.setChecked(True)
        self._measure = self._box(f"{prefix}.measure")
        self._words = ElidedLabel()
        self._words.setObjectName(f"{prefix}.progress_words")
        self._words.setProperty("muted", True)
        self._bar = QProgressBar(maximum=100)
        self._bar.setObjectName(f"{prefix}.progress")
        self._bar.setAccessibleName(tr("Progress"))
        self._stop = QuietButton(tr("Stop"), f"{prefix}.stop")
        self._start = PrimaryButton(tr("Start labelling"), f"{prefix}.start")
        self._lay_out()
        self._who.currentIndexChanged.connect(self._show_fields)
        self._labels.textChanged.connect(self._show_fields)
        self._labels.returnPressed.connect(self._start.click)
        self._start.clicked.connect(self.start_wanted)
        self._stop.clicked.connect(self.stop_wanted)
        self.show_busy(False)

    def _box(self, name: str) -> QComboBox:
        box = QComboBox()
        box.setObjectName(name)
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        box.setMinimumContentsLength(20)
        return box

    def _lay_out(self) -> None:
        self._fields = QWidget()
        form = self._form = QFormLayout(self._fields)
        form.setContentsMargins(0, 0, 0, 0)
        form.setSpacing(GRID)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        self._prompt.setFixedHeight(GRID * 18)
        form.addRow(tr("Who labels"), self._who)
        form.addRow(tr("Labels"), self._labels)
        form.addRow(tr("What it is asked"), self._prompt)
        form.addRow("", self._contextual)
        form.addRow(tr("Measured on"), self._measure)
        self._hint = Caption("")
        row = QHBoxLayout()
        row.setSpacing(GRID)
        progress = QVBoxLayout()
        progress.setSpacing(GRID // 2)
        progress.addWidget(self._bar)
        progress.addWidget(self._words)
        row.addLayout(progress, 1)
        row.addWidget(self._stop)
        row.addWidget(self._start)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID * 2)
        layout.addWidget(self._fields)
        layout.addWidget(self._hint)
        layout.addStretch()
        layout.addLayout(row)

    def show_offer(self, offer: Offer) -> None:
        """Offer what the project has; a labelling that was begun is proposed again."""
        self._sources = offer.sources
        self._who.clear()
        self._who.addItems([source.words for source in offer.sources])
        self._measure.clear()
        self._measure.addItem("", "")
        for name in offer.labelled:
            self._measure.addItem(tr("“{name}”", name=name), name)
        if offer.last is not None:
            self._show_setup(offer.last)
        self._show_fields()

    def _show_setup(self, setup: Setup) -> None:
        for number, source in enumerate(self._sources):
            if (source.run, source.model) == (setup.run, setup.model):
                self._who.setCurrentIndex(number)
        if setup.words:
            pairs = zip(setup.labels, setup.words, strict=True)
            self._labels.setText(", ".join(label if label == word else f"{label}={word}" for label, word in pairs))
            self._prompt.setPlainText(setup.prompt)
            self._contextual.setChecked(setup.contextual)

    def _show_fields(self) -> None:
        source = self._source()
        asked = source is not None and not source.classifier
        for field in (self._labels, self._prompt, self._contextual):
            self._form.setRowVisible(field, asked)
        nothing = tr("Only what you decide yourself") if asked else tr("What was held out when it learnt")
        self._measure.setItemText(0, nothing)
        if source is None:
            self._hint.setText(
                tr("There is no model yet that could label. Get a starter model, or train a classifier.")
            )
        elif asked:
            self._hint.setText(
                tr("The model is asked about each text; its confidence is how likely each label is as its answer.")
            )
        else:
            self._hint.setText(tr("The classifier gives one of the labels that it has learnt, and how sure it is."))
        self._start.setEnabled(
            source is not None and (not asked or "," in self._labels.text() or "、" in self._labels.text())
        )

    def _source(self) -> Source | None:
        index = self._who.currentIndex()
        return self._sources[index] if 0 <= index < len(self._sources) else None

    def values(self) -> dict[str, Any]:
        """Return what `workbench.core.labelling.setup.describe` takes."""
        source = self._source()
        assert source is not None
        chosen: dict[str, Any] = {"run": source.run, "model": source.model}
        if not source.classifier:
            chosen["labels"] = self._labels.text()
            chosen["prompt"] = self._prompt.toPlainText()
            chosen["contextual"] = self._contextual.isChecked()
        return chosen

    def measured_on(self) -> str:
        """Return the labelled data set that the person chose to measure on, or ""."""
        return str(self._measure.currentData() or "")

    def show_busy(self, busy: bool) -> None:
        """Show that the model is at work, or that it is not."""
        self._fields.setEnabled(not busy)
        self._start.setVisible(not busy)
        self._stop.setVisible(busy)
        self._bar.setVisible(busy)
        self._words.setVisible(busy)
        if busy:
            self._bar.setRange(0, 0)
            self._words.setText(tr("Starting …"))

    def is_busy(self) -> bool:
        """Return whether the model is shown to be at work."""
        return not self._fields.isEnabled()

    def show_progress(self, line: str) -> None:
        """Show a line that the command says; one that begins with a percentage moves the bar."""
        percent, found, rest = line.partition(" % · ")
        if found and percent.isdecimal():
            self._bar.setRange(0, 100)
            self._bar.setValue(int(percent))
            self._words.setText(rest)
        elif not line.startswith("Loading weights:"):  # what a library prints
            self._words.setText(line)
