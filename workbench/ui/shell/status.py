"""The status line: what is running, on what, with how much memory, and how much longer."""

import psutil
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from workbench.core.i18n import tr
from workbench.core.runs import Run, Story
from workbench.core.units import duration, size
from workbench.ui.runs.words import progress_of
from workbench.ui.theme.metrics import GRID
from workbench.ui.widgets.labels import ElidedLabel
from workbench.ui.workspace import Workspace

LOOK = 2000
"""Milliseconds between two looks at the trainer's memory."""


class StatusLine(QFrame):
    """One line under everything, about the newest live run."""

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "rail")
        self.setObjectName("window.status")
        self._live = workspace.live
        self._text = ElidedLabel()
        self._text.setObjectName("window.status_text")
        self._text.setProperty("muted", True)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(GRID * 2, GRID // 2, GRID * 2, GRID // 2)
        layout.addWidget(self._text, 1)
        self._timer = QTimer(self, interval=LOOK)
        self._timer.timeout.connect(self._show)
        self._live.changed.connect(self._on_changed)
        self._live.progressed.connect(lambda *_: None if self._text.text() else self._show())
        workspace.project_changed.connect(self._on_changed)
        self._on_changed()

    def _on_changed(self) -> None:
        if self._live.runs():
            self._timer.start()
        else:
            self._timer.stop()
        self._show()

    def _show(self) -> None:
        runs = self._live.runs()
        if not runs:
            self._text.setText(tr("Nothing is training."))
            return
        run = runs[-1]
        story = self._live.story(run.id) or Story()
        parts = [tr("Training {run}", run=run.id), progress_of(story)]
        if story.seconds_left is not None:
            parts.append(tr("{time} left", time=duration(story.seconds_left)))
        parts += [story.device, self._memory(run, story)]
        if len(runs) > 1:
            parts.append(tr("{count} more", count=len(runs) - 1))
        self._text.setText(" · ".join(part for part in parts if part))

    @staticmethod
    def _memory(run: Run, story: Story) -> str:
        try:
            return size(psutil.Process(story.pid).memory_info().rss) if story.pid else ""
        except psutil.Error:  # it has ended since
            return ""
