"""The board on which one prompt's answers are put into an order, by keyboard or mouse."""

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from workbench.core.i18n import tr
from workbench.core.ranking import Placement
from workbench.ui.rank.card import AnswerCard
from workbench.ui.rank.round import Round
from workbench.ui.rank.strip import OrderStrip
from workbench.ui.scrolling import scrolling
from workbench.ui.theme.metrics import GRID
from workbench.ui.widgets.buttons import PrimaryButton, QuietButton
from workbench.ui.widgets.card import Card
from workbench.ui.widgets.labels import Caption

PROMPT_LINES = 4


class RankBoard(QWidget):
    """Shows a round and changes its placement as the person asks.

    Keys: a number places the card with that number next, T and then a number ties it with the card before, Backspace
    takes the last change back, Enter saves, S skips, Ctrl+Z undoes what was saved last. (Shift and a number would tie
    more quickly, but on some keyboards digits cannot be typed without Shift.)

    Signals:
        decided(): Enter, or Save and next: the round is to be saved.
        skipped(): The prompt is to be passed over.
        undo_wanted(): What was saved last is to come back.
    """

    decided = Signal()
    skipped = Signal()
    undo_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("rank.board")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._round: Round | None = None
        self._busy = False
        self._tie_next = False
        self.cards: list[AnswerCard] = []
        self._prompt = QLabel()
        self._prompt.setObjectName("rank.prompt")
        self._prompt.setTextFormat(Qt.TextFormat.PlainText)
        self._prompt.setWordWrap(True)
        self._prompt.setProperty("scrolled", True)
        self._prompt_area = scrolling(self._prompt)
        self.strip = OrderStrip()
        self._help = Caption("")
        self.undo_button = QuietButton(tr("Undo last"), "rank.undo")
        self.skip_button = QuietButton(tr("Skip"), "rank.skip")
        self.save_button = PrimaryButton(tr("Save and next"), "rank.save")
        self._table = QWidget()
        self._table.setProperty("scrolled", True)
        self._grid = QGridLayout(self._table)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(GRID)
        self._lay_out()
        self.strip.inserted.connect(lambda card, place: self._change(lambda p: p.insert(card, place)))
        self.strip.joined.connect(lambda card, place: self._change(lambda p: p.join(card, place)))
        self.strip.removed.connect(lambda card: self._change(lambda p: p.remove(card)))
        self.save_button.clicked.connect(self._decide)
        self.skip_button.clicked.connect(self.skipped)
        self.undo_button.clicked.connect(self.undo_wanted)

    def _lay_out(self) -> None:
        prompt = Card()
        prompt.body.setContentsMargins(GRID * 2, GRID, GRID * 2, GRID)
        prompt.body.addWidget(self._prompt_area)
        bar = QHBoxLayout()
        bar.setSpacing(GRID)
        bar.addWidget(self._help, 1)
        for button in (self.undo_button, self.skip_button, self.save_button):
            bar.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID)
        layout.addWidget(prompt)
        layout.addWidget(scrolling(self._table), 1)
        layout.addWidget(self.strip)
        layout.addLayout(bar)

    @property
    def round(self) -> Round | None:
        """The round that is shown."""
        return self._round

    def show_round(self, round: Round) -> None:
        """Show a round, with as many cards as it has answers."""
        self._round = round
        self._tie_next = False
        self._prompt.setText(round.prompt)
        self._prompt_area.setFixedHeight(self._prompt_height())
        if len(self.cards) != len(round.order):
            self._deal(len(round.order))
        self.update_round()
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def update_round(self) -> None:
        """Show what has changed: texts, places, what can be done."""
        round = self._round
        if round is None:
            return
        if round.whole and not self._busy:
            round.start_clock()
        for card in self.cards:
            self._show_card(round, card)
        self.strip.show_groups(round.placement.groups)
        self._help.setText(self._next_hint(round))
        self.save_button.setEnabled(round.decidable and not self._busy)
        self.skip_button.setEnabled(not self._busy)
        self.undo_button.setEnabled(not self._busy)

    def update_text(self, position: int) -> None:
        """Show more of one answer."""
        if self._round is not None:
            self._show_card(self._round, self.cards[position])

    def set_busy(self, busy: bool) -> None:
        """Take no decision while one is being saved."""
        self._busy = busy
        if busy and self._round is not None:
            self._round.stop_clock()
        self.update_round()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Do what a key stands for."""
        if self._busy or self._round is None or not self._press(event):
            super().keyPressEvent(event)

    def _press(self, event: QKeyEvent) -> bool:
        key = event.key()
        if event.matches(QKeySequence.StandardKey.Undo):
            self.undo_wanted.emit()
        elif event.modifiers() & ~(Qt.KeyboardModifier.KeypadModifier | Qt.KeyboardModifier.ShiftModifier):
            return False
        elif event.text() in {str(card.position + 1) for card in self.cards}:
            self._place(int(event.text()) - 1)
        elif key == Qt.Key.Key_T:
            self._tie_next = not self._tie_next
            self.update_round()
        elif key == Qt.Key.Key_Backspace:
            self._change(Placement.take_back)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._decide()
        elif key == Qt.Key.Key_S:
            self.skipped.emit()
        else:
            return False
        return True

    def _place(self, card: int) -> None:
        tie = self._tie_next
        self._change(lambda placement: placement.place(card, tie=tie))

    def _change(self, action: Callable[[Placement], object]) -> None:
        if self._round is not None and not self._busy:
            action(self._round.placement)
            self._tie_next = False
            self.update_round()

    def _decide(self) -> None:
        if self._round is not None and self._round.decidable and not self._busy:
            self.decided.emit()

    def _deal(self, count: int) -> None:
        for card in self.cards:
            self._grid.removeWidget(card)
            card.hide()
            card.deleteLater()
        self.cards = [AnswerCard(position) for position in range(count)]
        columns = 2 if count == 4 else 3
        for card in self.cards:
            card.clicked.connect(self._place)
            self._grid.addWidget(card, *divmod(card.position, columns))
        for column in range(3):
            self._grid.setColumnStretch(column, int(column < columns))

    def _show_card(self, round: Round, card: AnswerCard) -> None:
        rank = round.placement.rank(card.position)
        card.show_answer(
            round.texts[card.position],
            whole=round.whole,
            cut=card.position in round.cut,
            rank=rank,
            tied=rank > 0 and len(round.placement.groups[rank - 1]) > 1,
        )

    def _prompt_height(self) -> int:
        """Return the height of the prompt, up to some lines; a longer one scrolls."""
        line = self._prompt.fontMetrics().lineSpacing()
        width = max(self._prompt_area.viewport().width(), GRID * 40)
        return min(self._prompt.heightForWidth(width), PROMPT_LINES * line) + GRID // 2

    def _next_hint(self, round: Round) -> str:
        if self._tie_next:
            return tr("Now the number of the answer that ties with the one placed before; T again: no tie.")
        if round.placement.complete and not round.whole:
            return tr("The answers are still being written; then Enter saves.")
        if round.placement.unplaced and round.placement.complete:
            return tr("Enter saves and goes on; the answer that is left takes the last place.")
        if round.placement.complete:
            return tr("Enter saves and goes on. Backspace takes the last change back.")
        return tr(
            "1–{last} places an answer next, T then a number ties it, Backspace takes back, Enter saves, S skips, "
            "Ctrl+Z brings the last one back.",
            last=len(self.cards),
        )
