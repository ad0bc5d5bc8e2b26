"""A model of the Hugging Face Hub: what it is and its licence, before it is downloaded; how far that is."""

import re
from html import escape

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QVBoxLayout, QWidget

from workbench.core.hub_models import Described
from workbench.core.i18n import tr
from workbench.core.units import millions, size
from workbench.runtime.command import Command
from workbench.ui.model.facts import kind
from workbench.ui.theme.metrics import GRID
from workbench.ui.widgets.buttons import QuietButton
from workbench.ui.widgets.card import Card
from workbench.ui.widgets.labels import Caption, ElidedLabel, Heading, Problem

_STEP = re.compile(r"(\d+) % (.+)")
"""How ``workbench model get`` tells its progress."""


class HubModel(Card):
    """Describes one model and downloads it in a process of its own, which is ended when the person cancels.

    Args:
        prefix: First part of the objectNames.

    Signals:
        wanted(str): It is on this computer, and the person wants it.
        failed(str, str): It could not be downloaded: a sentence, and the detail.
        busy(bool): A download began or ended.
    """

    wanted = Signal(str)
    failed = Signal(str, str)
    busy = Signal(bool)

    def __init__(self, prefix: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model: Described | None = None
        self._here = False
        self._command = Command(self)
        self._command.progressed.connect(self._on_step)
        self._command.done.connect(self._on_done)
        self._command.failed.connect(self._on_failed)
        self._title = Heading("")
        self._about = Caption("")
        self._about.setObjectName(f"{prefix}.hub_about")
        self._licence = QLabel()
        self._licence.setObjectName(f"{prefix}.hub_licence")
        self._licence.setTextFormat(Qt.TextFormat.RichText)
        self._licence.setWordWrap(True)
        self._licence.setOpenExternalLinks(True)
        self._licence.setTextInteractionFlags(
            Qt.TextInteractionFlag.LinksAccessibleByMouse | Qt.TextInteractionFlag.LinksAccessibleByKeyboard
        )
        self._refusal = Problem("")
        self._refusal.setObjectName(f"{prefix}.hub_refusal")
        self._note = Caption("")
        self._note.setObjectName(f"{prefix}.hub_note")
        self._get = QuietButton("", f"{prefix}.download")
        self._get.clicked.connect(self.get)
        self._bar = QProgressBar(maximum=100)
        self._bar.setObjectName(f"{prefix}.hub_progress")
        self._bar.setAccessibleName(tr("Progress"))
        self._bar.setTextVisible(False)
        self._words = ElidedLabel()
        self._words.setObjectName(f"{prefix}.hub_progress_words")
        self._words.setProperty("muted", True)
        self._cancel = QuietButton(tr("Cancel"), f"{prefix}.hub_cancel")
        self._cancel.clicked.connect(self.cancel)
        self._lay_out()
        self._show_busy(False)

    def _lay_out(self) -> None:
        foot = QHBoxLayout()
        foot.setSpacing(GRID)
        foot.addWidget(self._note, 1)
        foot.addWidget(self._get, 0, Qt.AlignmentFlag.AlignTop)
        self._under_way = QWidget()
        moving = QVBoxLayout()
        moving.setSpacing(GRID // 2)
        moving.addWidget(self._bar)
        moving.addWidget(self._words)
        under_way = QHBoxLayout(self._under_way)
        under_way.setContentsMargins(0, 0, 0, 0)
        under_way.setSpacing(GRID * 2)
        under_way.addLayout(moving, 1)
        under_way.addWidget(self._cancel, 0, Qt.AlignmentFlag.AlignTop)
        for widget in (self._title, self._about, self._licence, self._refusal):
            self.body.addWidget(widget)
        self.body.addLayout(foot)
        self.body.addWidget(self._under_way)

    def show_model(self, model: Described, here: bool) -> None:
        """Show what the Hub says of a model.

        Args:
            model: What it says.
            here: Whether the model is on this computer already.
        """
        self._model, self._here = model, here
        self._title.setText(model.name)
        self._about.setText(" · ".join(_facts(model)))
        self._licence.setText(_licence(model))
        self._refusal.setText(model.refusal)
        self._refusal.setVisible(bool(model.refusal))
        self._note.setText(_note(model, here))
        self._get.setText(tr("Choose") if here else tr("Download"))
        self._get.setAccessibleName(f"{self._get.text()}: {model.name}")
        self._show_busy(False)
        self.show()

    def get(self) -> None:
        """Choose the model, or download it first."""
        if self._model is None or self._command.running:
            return
        if self._here:
            self.wanted.emit(self._model.name)
            return
        self._bar.setValue(0)
        self._words.setText(tr("A moment …"))
        self._show_busy(True)
        self._command.start("model", "get", self._model.name)

    def cancel(self) -> None:
        """End the download; what is here by then is kept for the next time."""
        self._command.cancel()
        self._show_busy(False)
        self._note.setText(tr("Cancelled. The next download goes on from there."))

    def _on_step(self, line: str) -> None:
        if step := _STEP.fullmatch(line.strip()):
            self._bar.setValue(int(step[1]))
            self._words.setText(f"{step[1]} % · {step[2]}")

    def _on_done(self, _report: object) -> None:
        assert self._model is not None
        self.show_model(self._model, here=True)
        self.wanted.emit(self._model.name)

    def _on_failed(self, sentence: str, detail: str) -> None:
        self._show_busy(False)
        self.failed.emit(sentence, detail)

    def _show_busy(self, busy: bool) -> None:
        self._under_way.setVisible(busy)
        usable = self._model is not None and not self._model.refusal
        self._get.setVisible(usable and not busy)
        self._note.setVisible(usable and not busy)
        self.busy.emit(busy)


def _facts(model: Described) -> list[str]:
    parameters = tr("{count} parameters", count=millions(model.parameters)) if model.parameters else ""
    what = f"{kind(model.architecture)} ({model.family})" if model.architecture else ""
    return [fact for fact in (what, parameters) if fact]


def _licence(model: Described) -> str:
    name = escape(model.licence or tr("not stated"))
    link = f'<a href="{escape(model.licence_link)}">{name}</a>' if model.licence_link else name
    return tr("Licence: {licence}", licence=link)


def _note(model: Described, here: bool) -> str:
    if here:
        return tr("On this computer")
    download = tr("{size} to download", size=size(model.bytes))
    return " · ".join([download, tr("terms to accept on huggingface.co")] if model.gated else [download])
