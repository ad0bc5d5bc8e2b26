"""What the person's own rows become in one wording."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from workbench.core.datasets.kinds import Row
from workbench.core.i18n import tr
from workbench.core.templates.filling import Filled
from workbench.ui.theme.metrics import GRID
from workbench.ui.widgets.buttons import QuietButton
from workbench.ui.widgets.labels import Caption, Heading, Problem

MOST_SHOWN = 20_000
"""Characters that are shown of a text."""


class FilledPreview(QWidget):
    """One row at a time as prompt and answer, with the way to the next one.

    Args:
        prefix: First part of the objectNames.

    Signals:
        moved(): Another row is wanted.
    """

    moved = Signal()

    def __init__(self, prefix: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: Sequence[Row] = ()
        self._numbers: Sequence[int] = ()
        self._at = 0
        self._where = Caption("")
        self._where.setObjectName(f"{prefix}.row")
        self._previous = QuietButton(tr("Previous row"), f"{prefix}.previous")
        self._previous.clicked.connect(lambda: self._move(-1))
        self._next = QuietButton(tr("Next row"), f"{prefix}.next")
        self._next.clicked.connect(lambda: self._move(1))
        self._problem = Problem("")
        self._problem.setObjectName(f"{prefix}.row_problem")
        self._prompt = _Text(tr("Prompt"), f"{prefix}.filled_prompt", GRID * 16)
        self._answer = _Text(tr("Answer"), f"{prefix}.filled_answer", GRID * 7)
        head = QHBoxLayout()
        head.setSpacing(GRID)
        head.addWidget(Heading(tr("With your rows")))
        head.addWidget(self._where, 1)
        head.addWidget(self._previous)
        head.addWidget(self._next)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID // 2)
        layout.addLayout(head)
        layout.addWidget(self._problem)
        layout.addWidget(Caption(tr("Prompt")))
        layout.addWidget(self._prompt, 3)
        layout.addWidget(Caption(tr("Answer")))
        layout.addWidget(self._answer, 1)

    def show_rows(self, rows: Sequence[Row], numbers: Sequence[int]) -> None:
        """Begin with the first of some rows, which have these numbers in their data set."""
        self._rows, self._numbers, self._at = rows, numbers, 0
        self._move(0)

    def row(self) -> Row | None:
        """Return the row that is shown."""
        return self._rows[self._at] if self._rows else None

    def show_filled(self, filled: Filled) -> None:
        """Show what the row has become."""
        self._say(filled.prompt, filled.answer, "")

    def show_problem(self, sentence: str) -> None:
        """Say why it became nothing."""
        self._say("", "", sentence)

    def _say(self, prompt: str, answer: str, problem: str) -> None:
        self._prompt.setPlainText(_shown(prompt))
        self._answer.setPlainText(_shown(answer))
        self._problem.setText(problem)
        self._problem.setVisible(bool(problem))

    def _move(self, by: int) -> None:
        self._at = max(0, min(self._at + by, len(self._rows) - 1))
        if self._rows:
            self._where.setText(tr("Row {number}", number=f"{self._numbers[self._at]:,}"))
        self._previous.setEnabled(self._at > 0)
        self._next.setEnabled(self._at + 1 < len(self._rows))
        self.moved.emit()


class _Text(QPlainTextEdit):
    """A text to read that wants no more than a height of its own, and takes what room is left."""

    def __init__(self, label: str, name: str, height: int) -> None:
        super().__init__(readOnly=True)
        self._height = height
        self.setObjectName(name)
        self.setAccessibleName(label)
        self.setTabChangesFocus(True)
        self.setMinimumHeight(GRID * 6)

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), self._height)


def _shown(text: str) -> str:
    return text if len(text) <= MOST_SHOWN else text[:MOST_SHOWN] + " …"
