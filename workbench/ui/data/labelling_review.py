"""Step 3 of labelling: one text after the other, decided with a key."""

import time
from collections import deque
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QComboBox, QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from workbench.core.i18n import tr
from workbench.core.labelling.standing import Standing
from workbench.core.labelling.store import Decision, Labelling
from workbench.runtime import jobs
from workbench.ui.rank.steps import make_primary
from workbench.ui.scrolling import scrolling
from workbench.ui.theme.metrics import GRID
from workbench.ui.widgets.buttons import QuietButton
from workbench.ui.widgets.card import Card
from workbench.ui.widgets.labels import Caption

SKIP = ""
LARGE = 1.35
"""Size of the text, as a share of the usual one."""
COLUMNS, MOST_LINES = 6, 4
"""Of buttons with labels; more lines scroll."""
LONGEST = 60.0
"""Seconds after which a person is taken to have been away."""


class LabellingReview(QWidget):
    """Shows a text with the model's proposal; a decision is on disk before the next text is shown.

    Keys: a number gives that label, Enter takes the proposal, S skips, Left or Backspace goes back, Right forward.

    Args:
        prefix: First part of the objectNames.

    Signals:
        decided(): A decision has been saved.
        failed(str, str): One could not be saved: a sentence, and the detail.
    """

    decided = Signal()
    failed = Signal(str, str)

    def __init__(self, prefix: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(f"{prefix}.review")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._prefix = prefix
        self._labelling: Labelling | None = None
        self._standing: Standing | None = None
        self._order: list[int] = []
        self._at = 0
        self._texts: dict[int, str] = {}
        self._busy = False
        self._keys: deque[QKeyEvent] = deque()
        self._began = 0.0
        self._seconds: list[float] = []
        self._buttons: list[QPushButton] = []
        self._build(prefix)
        self._lay_out()

    def _build(self, prefix: str) -> None:
        self._which = QComboBox()
        self._which.setObjectName(f"{prefix}.order")
        self._which.setAccessibleName(tr("Order"))
        self._which.addItem(tr("The least certain first"), False)
        self._which.addItem(tr("A sample of all"), True)
        self._which.setToolTip(
            tr("The least certain ones teach most; a sample of all shows what the model's confidence is worth.")
        )
        self._which.activated.connect(self._reorder)
        self._count = Caption("")
        self._count.setObjectName(f"{prefix}.count")
        self._count.setWordWrap(False)
        self._text = QLabel()
        self._text.setObjectName(f"{prefix}.text")
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setWordWrap(True)
        self._text.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self._proposal = Caption("")
        self._proposal.setObjectName(f"{prefix}.proposal")
        self._back = QuietButton(tr("Back"), f"{prefix}.back")
        self._skip = QuietButton(tr("Skip"), f"{prefix}.skip")
        self._back.clicked.connect(partial(self._move, -1))
        self._skip.clicked.connect(partial(self._decide, SKIP))

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(GRID)
        head.addWidget(self._which)
        head.addStretch()
        head.addWidget(self._count)
        card = Card()
        card.body.addWidget(scrolling(self._text), 1)
        card.body.addWidget(self._proposal)
        labels = QWidget()
        self._grid = QGridLayout(labels)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(GRID)
        self._grid.setColumnStretch(COLUMNS, 1)
        self._label_area = scrolling(labels)
        row = QHBoxLayout()
        row.setSpacing(GRID)
        row.addWidget(self._label_area, 1)
        for button in (self._back, self._skip):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the keys to the list
            row.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID)
        layout.addLayout(head)
        layout.addWidget(card, 1)
        layout.addLayout(row)
        layout.addWidget(
            Caption(tr("A number gives that label, Enter takes the proposal, S skips, ← or Backspace goes back."))
        )

    def show_labelling(self, labelling: Labelling, standing: Standing) -> None:
        """Begin to review a labelling."""
        self._labelling, self._standing = labelling, standing
        self._seconds.clear()
        for button in self._buttons:
            self._grid.removeWidget(button)
            button.hide()
            button.deleteLater()
        self._buttons = [self._button(number, label) for number, label in enumerate(standing.setup.labels)]
        lines = min(-(-len(self._buttons) // COLUMNS), MOST_LINES)
        height = self._buttons[0].sizeHint().height()
        self._label_area.setFixedHeight(lines * (height + GRID) - GRID)
        self._reorder()

    def _button(self, number: int, label: str) -> QPushButton:
        text = f"{number + 1}  {label}" if number < 9 else label
        button = QuietButton(text.replace("&", "&&"), f"{self._prefix}.label.{number + 1}")
        button.setAccessibleName(label)
        button.clicked.connect(partial(self._decide, label))
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._grid.addWidget(button, *divmod(number, COLUMNS))
        return button

    def _reorder(self) -> None:
        labelling, standing = self._labelling, self._standing
        assert labelling is not None and standing is not None
        mixed = bool(self._which.currentData())
        self._set_busy(True)

        def work(_report: jobs.Report) -> tuple[list[int], dict[int, str]]:
            order = standing.to_review(mixed=mixed)
            return order, _texts(labelling, order[:2])

        def done(found: tuple[list[int], dict[int, str]]) -> None:
            if labelling is self._labelling:
                self._order, self._texts = found
                self._at = 0
                self._set_busy(False)
                self.setFocus(Qt.FocusReason.OtherFocusReason)

        jobs.start(self, work, done=done, failed=self._on_failed)

    def _decide(self, label: str) -> None:
        """Save a decision and read the text after the next one; then show the next one."""
        labelling, standing = self._labelling, self._standing
        if self._busy or labelling is None or standing is None or self._at >= len(self._order):
            return
        taken = min(time.monotonic() - self._began, LONGEST)
        decision = Decision(row=self._order[self._at], label=label, seconds=round(taken, 2))
        ahead = self._order[self._at + 1 : self._at + 3]
        self._set_busy(True)

        def work(_report: jobs.Report) -> dict[int, str]:
            labelling.decide(decision)
            return _texts(labelling, ahead)

        def done(texts: dict[int, str]) -> None:
            standing.decisions[decision.row] = decision
            self._texts.update(texts)
            self._seconds.append(taken)
            self._at += 1
            self.decided.emit()
            self._set_busy(False)

        jobs.start(self, work, done=done, failed=self._on_failed)

    def _on_failed(self, sentence: str, detail: str) -> None:
        self._keys.clear()
        self._set_busy(False)
        self.failed.emit(sentence, detail)

    def _move(self, step: int) -> None:
        """Go to a text that was decided before, or forward again to the first one that was not."""
        standing = self._standing
        at = self._at + step
        if self._busy or standing is None or at < 0 or (step > 0 and not self._is_decided(self._at)):
            return
        self._at = min(at, len(self._order))
        self._show()

    def _is_decided(self, at: int) -> bool:
        return self._standing is not None and at < len(self._order) and self._order[at] in self._standing.decisions

    def _set_busy(self, busy: bool) -> None:
        self._busy = busy
        if not busy:
            self._show()
            while self._keys and not self._busy:  # typed while a decision was being written
                self._press(self._keys.popleft())

    def _show(self) -> None:
        standing = self._standing
        if standing is None:
            return
        self._began = time.monotonic()
        font = self.font()  # asked anew: the person may have changed the size of all text
        font.setPointSizeF(font.pointSizeF() * LARGE)
        self._text.setFont(font)
        left = self._at < len(self._order)
        row = self._order[self._at] if left else -1
        self._text.setText(self._texts.get(row, "") if left else tr("Nothing is left to review."))
        proposed = standing.proposed(row) if left else ""
        decision = standing.decisions.get(row)
        self._proposal.setText(self._said(row, proposed, decision) if left else "")
        chosen = decision.label if decision else proposed
        for button in self._buttons:
            make_primary(button, button.accessibleName() == chosen and left)
            button.setEnabled(left)
        self._skip.setEnabled(left)
        self._back.setEnabled(self._at > 0)
        self._count.setText(self._counted())

    def _said(self, row: int, proposed: str, decision: Decision | None) -> str:
        assert self._standing is not None
        percent = f"{100 * float(self._standing.proposals.confidence[row]):.0f}"
        proposal = tr("The model proposes “{label}” ({percent} % sure).", label=proposed, percent=percent)
        if decision is None:
            return proposal
        mine = tr("You chose “{label}”.", label=decision.label) if decision.label else tr("You skipped it.")
        return f"{proposal} {mine}"

    def _counted(self) -> str:
        assert self._standing is not None
        words = tr("{done} decided · {left} left", done=f"{len(self._standing.decisions):,}", left=f"{self._left():,}")
        if not self._seconds:
            return words
        each = sum(self._seconds) / len(self._seconds)
        return tr("{words} · {seconds} s each", words=words, seconds=f"{each:.1f}")

    def _left(self) -> int:
        assert self._standing is not None
        return self._standing.proposals.count - len(self._standing.decisions)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Do what a key stands for; keys that come while a decision is written wait for it."""
        if self._busy:
            self._keys.append(event.clone())
        elif not self._press(event):
            super().keyPressEvent(event)

    def _press(self, event: QKeyEvent) -> bool:
        key = event.key()
        labels = self._standing.setup.labels if self._standing else ()
        if event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            return False
        if event.text() in {str(number + 1) for number in range(min(len(labels), 9))}:
            self._decide(labels[int(event.text()) - 1])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._accept()
        elif key == Qt.Key.Key_S:
            self._decide(SKIP)
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Backspace):
            self._move(-1)
        elif key == Qt.Key.Key_Right:
            self._move(1)
        else:
            return False
        return True

    def _accept(self) -> None:
        if self._standing is not None and self._at < len(self._order):
            self._decide(self._standing.proposed(self._order[self._at]))


def _texts(labelling: Labelling, rows: list[int]) -> dict[int, str]:
    """Read the texts of some rows."""
    source = labelling.source()
    found = {}
    for number in rows:
        row = source.page(number, 1)[0]
        found[number] = "\n\n".join(row[name] for name in ("text", "text_pair") if name in row)
    return found
