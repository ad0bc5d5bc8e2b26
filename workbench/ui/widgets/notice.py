"""A sentence in the window about something that happened; it never stands in the way."""

from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QPlainTextEdit, QSizePolicy, QWidget

from workbench.core.i18n import tr
from workbench.ui.theme import palette
from workbench.ui.theme.icons import pixmap
from workbench.ui.theme.metrics import GRID
from workbench.ui.theme.style import theme
from workbench.ui.widgets.buttons import IconButton, QuietButton

INFO_MS = 8000
"""How long a sentence stays that asks for nothing."""


class Notice(QFrame):
    """A bar with a sentence, and the detail behind a button; hidden while there is nothing to say.

    What is only good to know goes by itself after a while; warnings and errors stay until they are dismissed.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("notice")
        self.setProperty("role", "notice")
        self._mark = QLabel()
        self._text = QLabel()
        self._text.setObjectName("notice.text")
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setWordWrap(True)
        self._text.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self._more = QuietButton(tr("Details"), "notice.details")
        self._more.setCheckable(True)
        self._action = QuietButton("", "notice.action")
        self._do: Callable[[], object] = self.clear
        self._close = IconButton("close", tr("Dismiss"), "notice.close")
        self._detail = QPlainTextEdit(readOnly=True)
        self._detail.setObjectName("notice.detail")
        self._detail.setAccessibleName(tr("Details"))
        self._detail.setMaximumHeight(GRID * 24)
        self._more.toggled.connect(self._detail.setVisible)
        self._action.clicked.connect(self._act)
        self._close.clicked.connect(self.clear)
        layout = QGridLayout(self)
        layout.setContentsMargins(GRID, GRID // 2, GRID // 2, GRID // 2)
        layout.setHorizontalSpacing(GRID)
        layout.addWidget(self._mark, 0, 0)
        layout.addWidget(self._text, 0, 1)
        layout.addWidget(self._more, 0, 2)
        layout.addWidget(self._action, 0, 3)
        layout.addWidget(self._close, 0, 4)
        layout.addWidget(self._detail, 1, 0, 1, 5)
        layout.setColumnStretch(1, 1)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self._level = "info"
        self._timer = QTimer(self, interval=INFO_MS, singleShot=True)
        self._timer.timeout.connect(self.clear)
        theme().changed.connect(self._draw)
        self.clear()

    def error(self, sentence: str, detail: str = "") -> None:
        """Say what went wrong and what to do; the detail stays behind a button."""
        self._say("error", sentence, detail)

    def warn(self, sentence: str, detail: str = "") -> None:
        """Say what needs care."""
        self._say("warning", sentence, detail)

    def info(self, sentence: str) -> None:
        """Say something that is good to know."""
        self._say("info", sentence, "")

    def offer(self, sentence: str, action: str, do: Callable[[], object]) -> None:
        """Say what happened with a button beside it, "Undo" for example; it stays until it is dismissed."""
        self._say("info", sentence, "")
        self._timer.stop()
        self._do = do
        self._action.setText(action)
        self._action.show()

    def text(self) -> str:
        """Return the sentence that is shown, "" for none."""
        return self._text.text()

    def clear(self) -> None:
        """Say nothing any more."""
        self._timer.stop()
        self._text.clear()
        self._detail.clear()
        self.hide()

    def _say(self, level: str, sentence: str, detail: str) -> None:
        self._level = level
        self._timer.stop()
        if level == "info":
            self._timer.start()
        self._draw()
        self._text.setText(sentence)
        self.setAccessibleName(sentence)
        self._detail.setPlainText(detail)
        self._action.hide()
        self._more.setChecked(False)
        self._more.setVisible(bool(detail))
        self._detail.hide()
        self.setProperty("level", level)
        self.style().unpolish(self)
        self.style().polish(self)
        self.show()

    def _act(self) -> None:
        self.clear()
        self._do()

    def _draw(self) -> None:
        colours = palette.now()
        colour = {"error": colours.error, "warning": colours.warning, "info": colours.accent}[self._level]
        self._mark.setPixmap(pixmap(self._level, 20, colour, self.devicePixelRatioF()))
