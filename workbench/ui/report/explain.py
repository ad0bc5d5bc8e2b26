"""What an image classifier looked at: asked of a child process, for the pictures that a person has chosen."""

from pathlib import Path
from typing import Any

from PySide6.QtCore import QTemporaryDir, Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from workbench.core import registry
from workbench.core.i18n import tr
from workbench.core.project import Project
from workbench.runtime.command import Command
from workbench.ui.theme.metrics import GRID
from workbench.ui.widgets.buttons import QuietButton
from workbench.ui.widgets.labels import Caption

MOST = 16
"""Pictures at once."""


class Explainer(QWidget):
    """A button and a line that says what happens (Grad-CAM, Selvaraju et al., arXiv 1610.02391).

    Attributes:
        can: Whether the run can be asked at all.
        overlays: Pictures with what was looked at, by image.

    Signals:
        changed(): There are other overlays.
        failed(str, str): A sentence for a person, and the detail.
    """

    changed = Signal()
    failed = Signal(str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.can = False
        self.overlays: dict[Path, Path] = {}
        self._project: Project | None = None
        self._run = ""
        self._selected = 0
        self._count = 0
        self._folder: QTemporaryDir | None = None
        self._command = Command(self)
        self._command.progressed.connect(self._say)
        self._command.done.connect(self._on_done)
        self._command.failed.connect(self._on_failed)
        self.button = QuietButton(tr("Show what it looked at"), "train.report_explain")
        self._state = Caption("")
        self._state.setObjectName("train.report_explain_state")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GRID)
        row.addWidget(self.button)
        row.addWidget(self._state, 1)

    def show_run(self, project: Project, run: str, task: str) -> None:
        """Take another run."""
        self.shut()
        self._project, self._run = project, run
        known = registry.tasks().get(task)
        self.can = known is not None and known.explain is not None
        self.overlays = {}
        self._state.clear()
        self.changed.emit()

    def show_selected(self, count: int) -> None:
        """Offer to ask for so many pictures."""
        self._selected = count
        self.button.setEnabled(0 < count <= MOST and not self._command.running)
        if not self._command.running:
            self._state.setText(tr("Choose at most {count} pictures.", count=MOST) if count > MOST else "")

    def explain(self, images: list[Path]) -> None:
        """Ask what the model looked at in these images."""
        assert self._project is not None
        if self._folder is None:
            self._folder = QTemporaryDir()
        self._count += 1
        target = Path(self._folder.path()) / f"{self._count}"
        self._command.start("explain", self._project.path, "--run", self._run, *images, "--to", target)
        self._say(tr("Starting …"))
        self.button.setEnabled(False)

    def shut(self) -> None:
        """Ask no longer, and forget the overlays."""
        self._command.cancel()
        self._folder = None

    def _say(self, text: str) -> None:
        self._state.setText(text)

    def _on_done(self, found: list[dict[str, Any]]) -> None:
        self.overlays = {**self.overlays, **{Path(one["path"]): Path(one["overlay"]) for one in found}}
        self._state.clear()
        self.show_selected(self._selected)
        self.changed.emit()

    def _on_failed(self, sentence: str, detail: str) -> None:
        self._state.clear()
        self.show_selected(self._selected)
        self.failed.emit(sentence, detail)
