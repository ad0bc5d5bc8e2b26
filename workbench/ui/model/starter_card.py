"""A starter model: choose it, or get it first."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar

from workbench.core import starters
from workbench.core.i18n import tr
from workbench.core.units import size
from workbench.runtime import jobs
from workbench.ui.theme.metrics import GRID
from workbench.ui.widgets.buttons import QuietButton
from workbench.ui.widgets.card import Card
from workbench.ui.widgets.labels import Caption, Heading


class ModelCard(Card):
    """One starter model.

    Signals:
        wanted(str): The person chose it; it is on this computer.
        failed(str, str): It could not be had: a sentence, and the detail.
    """

    wanted = Signal(str)
    failed = Signal(str, str)

    def __init__(self, starter: starters.Starter, prefix: str) -> None:
        super().__init__()
        self._starter = starter
        self._ready = False
        self._busy = False
        self._chosen = False
        self._state = Caption("")
        self._progress = QProgressBar(maximum=1000)
        self._progress.setTextVisible(False)
        self._button = QuietButton("", f"{prefix}.starter.{starter.name}")
        self._button.clicked.connect(self._on_click)
        foot = QHBoxLayout()
        foot.setSpacing(GRID)
        foot.addWidget(self._state, 1)
        foot.addWidget(self._button)
        self.body.addWidget(Heading(starter.name))
        self.body.addWidget(Caption(tr(starter.help)))
        self.body.addWidget(self._progress)
        self.body.addLayout(foot)
        self._show()

    def refresh(self) -> None:
        """Look whether the model is here by now."""
        name = self._starter.name

        def done(ready: bool) -> None:
            self._ready = ready
            self._show()

        jobs.start(self, lambda _report: starters.is_ready(name), done=done, failed=self.failed.emit)

    def set_chosen(self, name: str) -> None:
        """Show whether it is the chosen model."""
        self._chosen = name == self._starter.name
        self._show()

    def _on_click(self) -> None:
        if self._ready:
            self.wanted.emit(self._starter.name)
        else:
            self._get()

    def _get(self) -> None:
        name = self._starter.name
        self._busy = True
        self._show()

        def done(_: object) -> None:
            self._busy, self._ready = False, True
            self._show()
            self.wanted.emit(name)

        def failed(sentence: str, detail: str) -> None:
            self._busy = False
            self._show()
            self.failed.emit(sentence, detail)

        def work(report: jobs.Report) -> object:
            return starters.get(name, lambda text, share: report((text, share)))

        jobs.start(self, work, done=done, failed=failed, progressed=self._show_progress)

    def _show_progress(self, told: tuple[str, float | None]) -> None:
        text, share = told
        self._state.setText(text)
        self._progress.setRange(0, 0 if share is None else 1000)
        if share is not None:
            self._progress.setValue(round(share * 1000))

    def _show(self) -> None:
        download = tr("{size} to download", size=size(self._starter.size))
        if not self._busy:
            self._state.setText(" · ".join([tr("Ready") if self._ready else download, self._starter.licence]))
        self._progress.setVisible(self._busy)
        text = tr("Chosen") if self._chosen else tr("Choose") if self._ready else tr("Get")
        self._button.setText(text)
        self._button.setAccessibleName(f"{text}: {self._starter.name}")
        self._button.setEnabled(not self._busy and not self._chosen)
        self.setProperty("chosen", self._chosen)
        self.style().unpolish(self)
        self.style().polish(self)
