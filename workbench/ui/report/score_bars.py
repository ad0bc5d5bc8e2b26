"""How likely a model takes some labels, as bars."""

from collections.abc import Collection, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QSizePolicy, QWidget

from workbench.core.i18n import tr
from workbench.core.report_rows import Likely
from workbench.ui.theme.metrics import GRID
from workbench.ui.widgets.bar import Bar
from workbench.ui.widgets.labels import ElidedLabel

MOST = 5
"""Labels that are shown; the others are less likely."""


class ScoreBars(QWidget):
    """A line a label: its name, a bar, its probability, and what it was before the training where that is known.

    Args:
        name: objectName.
    """

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._lines: list[tuple[ElidedLabel, Bar, QLabel]] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(GRID)
        self._grid.setVerticalSpacing(GRID // 2)
        self._grid.setColumnMinimumWidth(0, GRID * 8)
        self._grid.setColumnStretch(0, 3)
        self._grid.setColumnStretch(1, 2)

    def show_scores(self, likely: Sequence[Likely], true: Collection[str] = ()) -> None:
        """Show some labels; the names of the true ones stand out."""
        while len(self._lines) < len(likely):
            self._add()
        for number, (label, bar, value) in enumerate(self._lines):
            shown = number < len(likely)
            for widget in (label, bar, value):
                widget.setVisible(shown)
            if shown:
                self._fill(label, bar, value, likely[number], likely[number].label in true)

    @staticmethod
    def _fill(label: ElidedLabel, bar: Bar, value: QLabel, one: Likely, is_true: bool) -> None:
        label.setText(one.label)
        label.setProperty("role", "heading" if is_true else None)
        label.style().unpolish(label)
        label.style().polish(label)
        bar.show_share(one.score)
        value.setText(f"{one.score:.1%}")
        before = tr("{share} % before the training", share=f"{100 * one.before:.1f}") if one.before is not None else ""
        value.setToolTip(before)
        bar.setToolTip(before)

    def _add(self) -> None:
        label, bar, value = ElidedLabel(), Bar(), QLabel()
        label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        for column, widget in enumerate((label, bar, value)):
            self._grid.addWidget(widget, len(self._lines), column)
        self._lines.append((label, bar, value))
