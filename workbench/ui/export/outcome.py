"""What an export does, how it ended, and the card that goes with it."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QTextBrowser, QVBoxLayout, QWidget

from workbench.core.i18n import tr
from workbench.ui.theme import palette
from workbench.ui.theme.icons import pixmap
from workbench.ui.theme.metrics import GRID
from workbench.ui.widgets.buttons import QuietButton
from workbench.ui.widgets.card import Card
from workbench.ui.widgets.labels import Caption, Heading

ICON = 24


class Outcome(QWidget):
    """Progress and result on top, the model card below.

    Signals:
        open_wanted(str): Show this folder to the person.
    """

    open_wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.working = False
        self._folder = ""
        self._mark = QLabel()
        self.text = Caption("")
        self.text.setObjectName("export.state")
        self._bar = QProgressBar()
        self._bar.setRange(0, 0)
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(tr("Progress"))
        self.open_button = QuietButton(tr("Open folder"), "export.open")
        self.open_button.clicked.connect(lambda: self.open_wanted.emit(self._folder))
        self._state = Card()
        row = QHBoxLayout()
        row.setSpacing(GRID)
        row.addWidget(self._mark)
        row.addWidget(self.text, 1)
        row.addWidget(self.open_button)
        self._state.body.addLayout(row)
        self._state.body.addWidget(self._bar)
        self.card = QTextBrowser()
        self.card.setObjectName("export.card")
        self.card.setAccessibleName(tr("Model card"))
        self.card.setOpenLinks(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID)
        layout.addWidget(self._state)
        layout.addWidget(Heading(tr("The card that goes with it")))
        layout.addWidget(self.card, 1)
        self._state.hide()

    def show_card(self, text: str) -> None:
        """Show the card that will be written."""
        self.card.setMarkdown(text.split("---\n", 2)[-1])  # what stands between the lines is for machines
        self._state.setVisible(self.working)

    def begin(self) -> None:
        """Show that work has begun."""
        self.working = True
        self._say("", tr("Starting"))

    def show_step(self, text: str) -> None:
        """Show what is being done."""
        if self.working:
            self._say("", text)

    def show_done(self, folder: str, difference: float, note: str = "") -> None:
        """Show that the export is there and was proved, and what it needs besides."""
        self.working = False
        self._folder = folder
        sentence = tr(
            "Written to {folder}. Loaded again in a fresh process, it answers as the live model does: the largest "
            "difference of a logit is {difference}.",
            folder=folder,
            difference=f"{difference:.2g}",
        )
        self._say("check", f"{sentence} {note}".strip())

    def show_failed(self) -> None:
        """Show nothing; the reason stands elsewhere."""
        self.working = False
        self._state.hide()

    def _say(self, icon: str, text: str) -> None:
        self._mark.setVisible(bool(icon))
        if icon:
            self._mark.setPixmap(pixmap(icon, ICON, palette.now().success, self.devicePixelRatioF()))
        self.text.setText(text)
        self._bar.setVisible(self.working)
        self.open_button.setVisible(not self.working)
        self.open_button.setEnabled(not self.working)
        self._state.show()
