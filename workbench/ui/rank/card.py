"""One answer on a card: its number, its text as it comes, and the place that it was given."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

from workbench.core.i18n import tr
from workbench.ui.rank.drag import Handle
from workbench.ui.scrolling import scrolling
from workbench.ui.theme.metrics import GRID
from workbench.ui.widgets.card import Card
from workbench.ui.widgets.labels import Caption, Heading

LINES = 3
"""Lines of text that a card shows at least; the rest scrolls."""


class AnswerCard(Card):
    """An answer; where it comes from is not told.

    Args:
        position: Where it is shown, from 0; the number on it is one more, the key that places it.

    Signals:
        clicked(int): It was clicked, with its position.
    """

    clicked = Signal(int)

    def __init__(self, position: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.position = position
        self.setObjectName(f"rank.card.{position + 1}")
        self._number = Heading(str(position + 1))
        self._number.setWordWrap(False)
        self._place = Caption("")
        self._place.setWordWrap(False)
        self._place.setAlignment(Qt.AlignmentFlag.AlignRight)
        self._text = QLabel()
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setWordWrap(True)
        self._text.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self._area = scrolling(self._text)
        self._area.setObjectName(f"rank.answer.{position + 1}")
        self._text.setProperty("scrolled", True)
        head = QHBoxLayout()
        head.addWidget(self._number)
        head.addWidget(self._place, 1)
        self.body.setContentsMargins(GRID * 3 // 2, GRID, GRID * 3 // 2, GRID)
        self.body.setSpacing(GRID // 2)
        self.body.addLayout(head)
        self.body.addWidget(self._area, 1)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
        self._handle = Handle(self, position)

    def show_answer(self, text: str, *, whole: bool, cut: bool, rank: int, tied: bool) -> None:
        """Show what is known of the answer now.

        Args:
            text: What has been written.
            whole: Nothing more will come.
            cut: It reached the longest length allowed.
            rank: Its place from 1, 0 for none.
            tied: Others have the same place.
        """
        ending = " …" if cut or not whole else ""
        self._text.setText(text.strip() + ending if text.strip() or not whole else tr("(an empty answer)"))
        self._text.setEnabled(bool(text.strip()) or not whole)
        place = tr("Place {rank}, tied", rank=rank) if tied else tr("Place {rank}", rank=rank)
        self._place.setText(place if rank else "")
        if bool(self.property("chosen")) != bool(rank):  # restyling at every token would be felt
            self.setProperty("chosen", bool(rank))
            self.style().unpolish(self)
            self.style().polish(self)
        state = place if rank else tr("not placed")
        self.setAccessibleName(tr("Answer {number}, {state}", number=self.position + 1, state=state))
        self.setAccessibleDescription(text)
        self._area.setMinimumHeight(self.fontMetrics().lineSpacing() * LINES)

    def text(self) -> str:
        """Return the text as it is shown."""
        return self._text.text()

    def place(self) -> str:
        """Return the place as it is shown."""
        return self._place.text()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a click or a drag."""
        self._handle.press(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Perhaps begin a drag."""
        self._handle.move(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Give the next place to the card if this was a click."""
        if self._handle.release(event):
            self.clicked.emit(self.position)
