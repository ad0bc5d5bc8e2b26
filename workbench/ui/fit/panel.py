"""Will it fit? The needs of a run found exactly, what would take less, and one real step to be sure."""

import msgspec
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from workbench.core.fitting import Fit, Remedy, Tried
from workbench.core.i18n import tr
from workbench.core.plan import Request
from workbench.core.project import Project
from workbench.core.units import millions, size
from workbench.runtime.command import Command
from workbench.ui.theme.metrics import GRID
from workbench.ui.widgets.buttons import QuietButton
from workbench.ui.widgets.fold import Fold
from workbench.ui.widgets.labels import Caption


def arguments(project: Project, request: Request) -> list[str]:
    """Return the arguments of ``workbench fit`` for a request."""
    settings = [f"{name}={value}" for name, value in request.settings.items()]
    found = ["fit", str(project.path), "--task", request.task, "--data", request.data]
    given = {"--model": request.model, "--adapter": request.adapter}
    given |= {f"--{role}": run for role, run in request.parents.items()}
    found += [word for name, value in given.items() if value for word in (name, value)]
    return found + [word for setting in settings for word in ("--set", setting)]


class FitPanel(QWidget):
    """What `workbench.engine.fit` finds of a run, in a child process.

    Signals:
        answered(object): The `Fit` of the run that is shown.
        chosen(object): A `Remedy` was asked for.
    """

    answered = Signal(object)
    chosen = Signal(object)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = name
        self._arguments: list[str] = []
        self._estimate, self._trial = Command(self), Command(self)
        self._state = Caption("")
        self._state.setObjectName(f"{name}.state")
        self._try = QuietButton(tr("Try one step"), f"{name}.try")
        self._try.setToolTip(tr("Really takes one step with the longest examples, and measures it; nothing is kept."))
        self._tried = QLabel()
        self._tried.setObjectName(f"{name}.tried")
        self._tried.setWordWrap(True)
        self._inside = QWidget()
        self._grid = QGridLayout(self._inside)
        self._grid.setContentsMargins(GRID * 2, 0, 0, 0)
        self._grid.setHorizontalSpacing(GRID * 2)
        self._grid.setColumnStretch(1, 1)
        self._fold = Fold(tr("Make it fit"), self._inside, f"{name}.remedies")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID)
        layout.addWidget(self._state)
        layout.addWidget(self._fold)
        layout.addWidget(self._try, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addWidget(self._tried)
        self._estimate.done.connect(self._on_fit)
        self._estimate.failed.connect(lambda sentence, _detail: self._state.setText(sentence))
        self._trial.done.connect(self._on_tried)
        self._trial.failed.connect(lambda sentence, _detail: self._on_failed(sentence))
        self._try.clicked.connect(self._on_try)

    def reckon(self, project: Project, request: Request) -> None:
        """Begin anew with a run."""
        self.stop()
        self._arguments = arguments(project, request)
        self._state.setText(tr("Reckoning exactly …"))
        self._fold.hide()
        self._tried.hide()
        self._try.setEnabled(True)
        self._estimate.start(*self._arguments)

    def stop(self) -> None:
        """End what is being found out."""
        self._estimate.cancel()
        self._trial.cancel()

    def _on_fit(self, value: object) -> None:
        found = msgspec.convert(value, Fit)
        text = tr(
            "{trained} of {all} parameters are trained ({share} %).",
            trained=millions(found.trainable),
            all=millions(found.parameters),
            share=found.share,
        )
        parts = [f"{name}: {size(amount)}" for name, amount in found.named().items()]
        free = tr("Free now: {free}", free=size(found.free))
        self._state.setText("\n".join([text, *parts, free]))
        self._show_remedies(found)
        self.answered.emit(found)

    def _show_remedies(self, found: Fit) -> None:
        while item := self._grid.takeAt(0):
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        for row, remedy in enumerate(found.remedies):
            button = QuietButton(label(remedy), f"{self._name}.remedy.{remedy.name}")
            button.clicked.connect(lambda _checked=False, remedy=remedy: self.chosen.emit(remedy))
            text = QLabel(cost(remedy, found))
            text.setWordWrap(True)
            self._grid.addWidget(button, row, 0)
            self._grid.addWidget(text, row, 1)
        self._fold.setVisible(bool(found.remedies))
        self._fold.set_open(not found.fits)

    def _on_try(self) -> None:
        self._try.setEnabled(False)
        self._tried.setText(tr("Taking one step with the longest examples …"))
        self._tried.show()
        self._trial.start(*self._arguments, "--try")

    def _on_tried(self, value: object) -> None:
        found = msgspec.convert(value, Tried)
        self._on_failed(
            tr(
                "A real step took {memory} of memory and {seconds} s.",
                memory=size(found.memory),
                seconds=f"{found.step_seconds:.1f}",
            )
        )

    def _on_failed(self, sentence: str) -> None:
        self._tried.setText(sentence)
        self._try.setEnabled(True)


def label(remedy: Remedy) -> str:
    """Return what a remedy does, for its button."""
    value = next(iter(remedy.settings.values()), "")
    texts = {
        "micro-batch": tr("{value} at once", value=value),
        "checkpointing": tr("Gradient checkpointing"),
        "bf16": tr("Compute in bf16"),
        "lora": tr("LoRA instead"),
        "length": tr("At most {value} tokens", value=value),
        "answers": tr("Answers of {value} tokens", value=value),
    }
    return texts[remedy.name]


def cost(remedy: Remedy, found: Fit) -> str:
    """Return in words what a remedy saves, and what it costs."""
    costs = {
        "micro-batch": tr("The same result; each batch is done in more parts."),
        "checkpointing": tr("The same result; a step takes {times} times as long.", times=f"{remedy.slower:.1f}"),
        "bf16": tr("Rounds more coarsely; slow on a processor without it."),
        "lora": tr("Learns less than when all weights are trained; another learning rate suits it."),
        "length": tr("What is longer is cut and not learnt from."),
        "answers": tr("Answers that are longer are cut off."),
    }
    memory = tr("{needed} in place of {now}.", needed=size(remedy.memory), now=size(found.memory))
    return f"{memory} {costs[remedy.name]}"
