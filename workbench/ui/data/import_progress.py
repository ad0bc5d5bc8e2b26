"""How far an import is and how long it will still take."""

import time

from PySide6.QtWidgets import QProgressBar, QVBoxLayout, QWidget

from workbench.core.i18n import tr
from workbench.core.units import duration
from workbench.ui.theme.metrics import GRID
from workbench.ui.widgets.labels import ElidedLabel

SOON = 2.0
"""Seconds before which no estimate is worth anything."""


def remaining(share: float, seconds: float) -> float | None:
    """Return the seconds that are left after ``seconds`` brought a share (0 to 1); None while it is too early."""
    return seconds / share * (1 - share) if share > 0 and seconds >= SOON else None


class ImportProgress(QWidget):
    """A bar, and a line of words under it."""

    def __init__(self, prefix: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._since = 0.0
        self._bar = QProgressBar(maximum=1000)
        self._bar.setObjectName(f"{prefix}.progress")
        self._bar.setAccessibleName(tr("Progress"))
        self._words = ElidedLabel()
        self._words.setProperty("muted", True)
        self._words.setObjectName(f"{prefix}.progress_words")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID // 2)
        layout.addWidget(self._bar)
        layout.addWidget(self._words)

    def begin(self) -> None:
        """Start to count the time."""
        self._since = time.monotonic()
        self._bar.setValue(0)
        self._words.setText(tr("A moment …"))

    def show_rows(self, told: tuple[float, int]) -> None:
        """Show which share of the work is done, from 0 to 1, and how many rows that has given."""
        self.show_share(*told)

    def show_share(self, share: float, rows: int = 0) -> None:
        """Show which share of the work is done, from 0 to 1."""
        self._bar.setValue(round(share * 1000))
        left = remaining(share, time.monotonic() - self._since)
        done = tr("{percent} % done", percent=round(share * 100))
        if rows:
            done = tr("{done}, {rows} rows so far", done=done, rows=f"{rows:,}")
        if share >= 1:
            self._words.setText(tr("Nearly done …"))
        elif left is None:
            self._words.setText(done)
        else:
            self._words.setText(tr("{done}, about {time} left", done=done, time=duration(left)))
