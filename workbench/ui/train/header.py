"""The head of a run: its name, how far it is, and what can be done with it."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QProgressBar, QWidget

from workbench.core import registry
from workbench.core.i18n import tr
from workbench.core.runs import Story
from workbench.core.units import duration
from workbench.ui.runs.words import headline, progress_of, state_word
from workbench.ui.theme.metrics import GRID
from workbench.ui.widgets.buttons import PrimaryButton, QuietButton
from workbench.ui.widgets.labels import ElidedLabel

NEXT_TAB = {"instruction-tuning": "rank", "reward-model": "rank"}
"""Where the work goes on after a run of a task; after the others an export is next."""


def writes_samples(task: str) -> bool:
    """Return whether a run of a task tells what the model makes of some examples; of an unknown one that it may."""
    return task not in registry.tasks() or registry.task(task).samples


class RunHeader(QWidget):
    """Says what a run does; its buttons ask for what can be done now.

    Signals:
        stop(): Save and stop.
        resume(): Go on from the last checkpoint.
        save(): Save a checkpoint now.
        sample(): Write samples now.
        go_on(str): Go to the tab of the next step.
        new(): Put a new run together.
    """

    stop = Signal()
    resume = Signal()
    save = Signal()
    sample = Signal()
    go_on = Signal(str)
    new = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = ElidedLabel()
        self._name.setProperty("role", "title")
        self._state = ElidedLabel()
        self._state.setObjectName("train.state")
        self._state.setProperty("muted", True)
        self._bar = QProgressBar()
        self._bar.setRange(0, 1000)
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(tr("Progress"))
        self._next_tab = "export"
        self._samples = True
        self._new = QuietButton(tr("New run"), "train.new")
        self._sample = QuietButton(tr("Sample now"), "train.sample_now")
        self._save = QuietButton(tr("Save now"), "train.save_now")
        self._stop = PrimaryButton(tr("Stop and save"), "train.stop")
        self._resume = PrimaryButton(tr("Resume"), "train.resume")
        self._next = PrimaryButton("", "train.next")
        for button, signal in (
            (self._new, self.new),
            (self._sample, self.sample),
            (self._save, self.save),
            (self._stop, self.stop),
            (self._resume, self.resume),
        ):
            button.clicked.connect(signal)
        self._next.clicked.connect(lambda: self.go_on.emit(self._next_tab))
        self._lay_out()

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(GRID)
        for button in (self._new, self._sample, self._save, self._stop, self._resume, self._next):
            buttons.addWidget(button)
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setHorizontalSpacing(GRID * 2)
        layout.setVerticalSpacing(GRID // 2)
        layout.addWidget(self._name, 0, 0)
        layout.addLayout(buttons, 0, 1)
        layout.addWidget(self._state, 1, 0, 1, 2)
        layout.addWidget(self._bar, 2, 0, 1, 2)
        layout.setColumnStretch(0, 1)

    def show_run(self, name: str, task: str) -> None:
        """Show another run."""
        self._name.setText(name)
        self._samples = writes_samples(task)
        self._next_tab = NEXT_TAB.get(task, "export")
        self._next.setText(tr("Rank answers") if self._next_tab == "rank" else tr("Export"))

    def show_state(self, state: str, story: Story) -> None:
        """Show how far the run is, and offer what fits its state."""
        live = state in ("waiting", "running", "stopping")
        parts = [state_word(state)]
        if live and state != "stopping":
            parts.append(progress_of(story))
        elif story.total:
            parts.append(tr("step {step} of {total}", step=story.step, total=story.total))
        if live and story.seconds_left is not None:
            parts.append(tr("{time} left", time=duration(story.seconds_left)))
        if not live and story.seconds:
            parts.append(tr("{time} of training", time=duration(story.seconds)))
        parts += [headline(story.metrics), story.device if live else ""]
        self._state.setText(" · ".join(part for part in parts if part))
        self._bar.setVisible(live)
        self._bar.setRange(0, 1000 if story.total else 0)
        if story.total:
            self._bar.setValue(1000 * min(story.step, story.total) // story.total)
        for button in (self._stop, self._save, self._sample):
            button.setVisible(live and (self._samples or button is not self._sample))
            button.setEnabled(state == "running")
        self._stop.setText(tr("Stopping …") if state == "stopping" else tr("Stop and save"))
        self._resume.setVisible(state in ("stopped", "failed", "died"))
        self._resume.setEnabled(True)
        self._next.setVisible(state == "finished")

    def show_resuming(self) -> None:
        """Wait for the trainer that was just asked for."""
        self._resume.setEnabled(False)
