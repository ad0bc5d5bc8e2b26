"""The trainings of a study, each with its share of the rows and what came of it."""

from PySide6.QtWidgets import QWidget

from workbench.core.i18n import tr
from workbench.core.learning_curve.outlook import Point
from workbench.ui.runs.trainings_table import TrainingsTable
from workbench.ui.runs.words import state_word

MOST_LINES = 6
"""Lines that are shown without scrolling."""


class StudyTable(TrainingsTable):
    """A line a share of the rows, or a repetition of it.

    Args:
        name: objectName.
    """

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        titles = (tr("Share"), tr("Rows"), tr("Accuracy"), tr("Likely between"))
        super().__init__(name, tr("Trainings of this study"), titles, MOST_LINES, parent)

    def show_points(self, points: list[Point]) -> None:
        """Show trainings."""
        several = len({point.seed for point in points}) > 1
        lines = []
        for point in points:
            seed = f" · {tr('seed {seed}', seed=point.seed)}" if several else ""
            known = point.accuracy is not None
            accuracy = f"{100 * (point.accuracy or 0):.1f} %" if known else ""
            between = f"{100 * (point.low or 0):.1f} – {100 * (point.high or 0):.1f} %" if known else ""
            share = f"{100 * point.share:g} %{seed}"
            lines.append([share, f"{point.rows:,}", accuracy, between, state_word(point.state), point.run])
        self.show_lines(lines)
