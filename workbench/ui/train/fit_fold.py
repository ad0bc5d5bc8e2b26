"""“Will it fit?” of the run that is being put together: reckoned in another process as long as it is open."""

import msgspec
from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from workbench.core.fitting import Fit
from workbench.core.i18n import tr
from workbench.core.plan import Request
from workbench.core.project import Project
from workbench.core.units import size
from workbench.ui.fit.panel import FitPanel
from workbench.ui.theme.metrics import GRID
from workbench.ui.widgets.fold import Fold

PAUSE = 600
"""Milliseconds after the last change before it is reckoned anew."""


class FitFold(QWidget):
    """What a run will need, folded away until it is asked for.

    Signals:
        chosen(object): A `Remedy` was asked for.
    """

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._asked: tuple[Project, Request] | None = None
        self._sentence = QLabel()
        self._sentence.setObjectName("train.fit.sentence")
        self._sentence.setWordWrap(True)
        self._panel = FitPanel("train.fit")
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(GRID * 2, 0, 0, 0)
        column.setSpacing(GRID)
        column.addWidget(self._sentence)
        column.addWidget(self._panel)
        self._fold = Fold(tr("Will it fit?"), inside, "train.will_it_fit")
        self._timer = QTimer(self, interval=PAUSE, singleShot=True)
        self._timer.timeout.connect(self._reckon)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._fold)
        self._fold.toggled.connect(self._on_toggled)
        self._panel.answered.connect(self._on_answer)
        self._panel.chosen.connect(self.chosen)

    def show_request(self, project: Project, request: Request | None) -> None:
        """Show what a run would need; None for a run that cannot start yet, or of which this cannot be told."""
        asked = None if request is None else (project, msgspec.structs.replace(request, name=""))
        self.setVisible(asked is not None)
        if asked == self._asked:
            return
        self._asked = asked
        self.shut()
        if self._fold.is_open() and asked is not None:
            self._timer.start()

    def shut(self) -> None:
        """End what is being found out."""
        self._timer.stop()
        self._panel.stop()

    def _on_toggled(self, open: bool) -> None:
        if open:
            self._reckon()
        else:
            self.shut()

    def _reckon(self) -> None:
        if self._asked is not None:
            self._sentence.hide()
            self._panel.reckon(*self._asked)

    def _on_answer(self, found: Fit) -> None:
        about = {"memory": size(found.memory), "free": size(found.free)}
        if found.fits:
            text = tr("It fits: about {memory} of memory at the peak, and {free} are free now.", **about)
        else:
            text = tr(
                "It does not fit: about {memory} of memory at the peak, and only {free} are free now. "
                "Choose below what would take less.",
                **about,
            )
        self._sentence.setText(text)
        self._sentence.show()
