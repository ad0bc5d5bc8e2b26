"""Step 2 of labelling: what the model's confidence is worth, and from where on its labels are taken."""

import numpy as np
from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QDoubleSpinBox, QHBoxLayout, QLabel, QSlider, QVBoxLayout, QWidget

from workbench.core.i18n import tr
from workbench.core.labelling import reliability
from workbench.core.labelling.standing import Standing
from workbench.ui.scrolling import scrolling
from workbench.ui.theme.metrics import GRID
from workbench.ui.widgets.buttons import QuietButton
from workbench.ui.widgets.labels import Caption, Heading, Problem
from workbench.ui.widgets.reliability_plot import ReliabilityPlot

STEPS = 1000
"""Places of the slider; each lets as many rows fewer through as any other, however sure the model is."""
NONE = 1.01
"""The threshold that no row reaches."""
WANTED = 90.0
"""Percent of right labels that is proposed."""


class LabellingTrust(QWidget):
    """The curve, and the threshold with what it lets through.

    Args:
        prefix: First part of the objectNames.
    """

    def __init__(self, prefix: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._standing: Standing | None = None
        self._threshold = 1.0
        self._plot = ReliabilityPlot(f"{prefix}.curve")
        self._facts = Caption("")
        self._slider = QSlider(Qt.Orientation.Horizontal)
        self._slider.setObjectName(f"{prefix}.threshold")
        self._slider.setAccessibleName(tr("Threshold"))
        self._slider.setRange(0, STEPS)
        self._slider.setPageStep(STEPS // 20)
        self._value = QLabel()
        self._value.setObjectName(f"{prefix}.threshold_value")
        self._wanted = QDoubleSpinBox(minimum=1, maximum=99.9, value=WANTED, decimals=1, suffix=" %")
        self._wanted.setObjectName(f"{prefix}.wanted")
        self._wanted.lineEdit().setTextMargins(GRID - 2, 0, 0, 0)
        self._propose = QuietButton(tr("Find the threshold"), f"{prefix}.propose")
        self._problem = Problem("")
        self._sentence = Heading("")
        self._sentence.setObjectName(f"{prefix}.sentence")
        self._detail = Caption("")
        self._lay_out()
        self._slider.valueChanged.connect(self._slide)
        self._propose.clicked.connect(self._find)

    def _lay_out(self) -> None:
        words = QWidget()
        side = QVBoxLayout(words)
        side.setContentsMargins(0, 0, 0, 0)
        side.setSpacing(GRID)
        wanted = QLabel(tr("So many of its labels shall be right"))
        wanted.setWordWrap(True)
        wanted.setBuddy(self._wanted)
        side.addWidget(wanted)
        row = QHBoxLayout()
        row.setSpacing(GRID)
        row.addWidget(self._wanted)
        row.addWidget(self._propose, 1)
        side.addLayout(row)
        side.addWidget(self._problem)
        side.addSpacing(GRID)
        label = QLabel(tr("Labels are taken from this confidence on"))
        label.setWordWrap(True)
        label.setBuddy(self._slider)
        side.addWidget(label)
        row = QHBoxLayout()
        row.setSpacing(GRID)
        row.addWidget(self._slider, 1)
        row.addWidget(self._value)
        side.addLayout(row)
        side.addWidget(self._sentence)
        side.addWidget(self._detail)
        side.addStretch()
        side.addWidget(self._facts)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID * 3)
        layout.addWidget(self._plot, 3)
        layout.addWidget(scrolling(words), 2)

    def threshold(self) -> float:
        """Return from which confidence on labels are taken."""
        return self._threshold

    def show_standing(self, standing: Standing) -> None:
        """Show a labelling, with a threshold that suits it."""
        self._standing = standing
        self._slider.setValue(STEPS)  # nothing is taken before it is known what it is worth
        self._slide(STEPS)
        self.update_standing()
        self._find()

    def update_standing(self) -> None:
        """Show what is known by now; the threshold stays."""
        if self._standing is None:
            return
        confidence, right = self._standing.known()
        bins = reliability.curve(confidence, right)
        self._plot.show_bins(bins)
        if bins:
            self._facts.setText(
                tr(
                    "Measured on {count} rows with labels of people; confidence and share differ by {points} points on "
                    "average. The bars show where the true share lies, 90 times in 100.",
                    count=f"{len(right):,}",
                    points=f"{100 * reliability.calibration_error(bins):.1f}",
                )
            )
        else:
            self._facts.setText(
                tr("Nothing is known yet of how often it is right. Review a sample of all rows, and come back.")
            )
        self._show()

    def _find(self) -> None:
        assert self._standing is not None
        confidence, right = self._standing.known()
        found = reliability.threshold_for(confidence, right, self._wanted.value() / 100)
        self._problem.setVisible(found is None)
        if found is None:
            self._problem.setText(tr("What was measured does not show so many right from any confidence on."))
        else:
            self._threshold = found
            values = self._standing.sorted
            with QSignalBlocker(self._slider):
                self._slider.setValue(round(STEPS * int(np.searchsorted(values, found)) / max(1, len(values))))
            self._show()

    def _slide(self, place: int) -> None:
        """Take the confidence that the rows have at a place of the slider; at its end none is taken."""
        if self._standing is not None:
            values = self._standing.sorted
            at = len(values) * place // STEPS
            self._threshold = float(values[at]) if at < len(values) else NONE
            self._show()

    def _show(self) -> None:
        threshold = self.threshold()
        self._value.setText(f"{threshold:.5f}" if threshold < NONE else "–")
        self._plot.show_threshold(min(threshold, 1.0))
        if self._standing is None:
            return
        confidence, right = self._standing.known()
        trust = reliability.trust(confidence, right, threshold)
        count = f"{self._standing.above(threshold):,}"
        if trust.count:
            share = round(100 * trust.accuracy)
            self._sentence.setText(tr("{count} rows at about {share} % right", count=count, share=share))
            self._detail.setText(
                tr(
                    "Of {measured} measured rows that sure, {share} % were right; at least {lowest} % of all will be, "
                    "95 times in 100.",
                    measured=f"{trust.count:,}",
                    share=f"{100 * trust.accuracy:.1f}",
                    lowest=f"{100 * trust.lowest:.1f}",
                )
            )
        else:
            self._sentence.setText(tr("{count} rows", count=count))
            none = tr("Only what you decide yourself gets a label.")
            self._detail.setText(tr("No measured row is that sure.") if threshold < NONE else none)
