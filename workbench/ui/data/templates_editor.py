"""Writing a wording: the two templates, what they can name, and what is wrong with them."""

import msgspec
from PySide6.QtCore import QEvent, QObject, QSignalBlocker, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from workbench.core.i18n import LANGUAGES, tr
from workbench.core.templates.families import Family
from workbench.core.templates.wordings import Wording, problem
from workbench.ui.theme.metrics import GRID
from workbench.ui.widgets.buttons import QuietButton
from workbench.ui.widgets.labels import Caption, Heading, Problem


class WordingEditor(QWidget):
    """The fields of one wording.

    Args:
        prefix: First part of the objectNames.

    Signals:
        changed(): It reads differently now.
        saved(object): Keep this `Wording`.
        dismissed(): Leave it as it was.
    """

    changed = Signal()
    saved = Signal(object)
    dismissed = Signal()

    def __init__(self, prefix: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._prefix = prefix
        self._family: Family | None = None
        self._wording = Wording(id="", language="en", prompt="")
        self._title = Heading("")
        self._language = QComboBox()
        self._language.setObjectName(f"{prefix}.wording_language")
        self._language.setAccessibleName(tr("Language"))
        for code, name in LANGUAGES.items():
            self._language.addItem(name, code)
        self._turned = QCheckBox(tr("Turned round"))
        self._turned.setObjectName(f"{prefix}.wording_turned")
        self._turned.setToolTip(tr("It asks for the text to what is usually the answer."))
        self._prompt = self._text(tr("Prompt"), f"{prefix}.wording_prompt")
        self._answer = self._text(tr("Answer"), f"{prefix}.wording_answer")
        self._answer.setMaximumHeight(GRID * 8)
        self._into = self._prompt
        self._slots = QHBoxLayout()
        self._slots.setSpacing(GRID // 2)
        self._problem = Problem("")
        self._problem.setObjectName(f"{prefix}.wording_problem")
        self._cancel = QuietButton(tr("Cancel"), f"{prefix}.wording_cancel")
        self._cancel.clicked.connect(self.dismissed)
        self._save = QuietButton(tr("Keep"), f"{prefix}.wording_save")
        self._save.clicked.connect(lambda: self.saved.emit(self.wording()))
        self._language.currentIndexChanged.connect(self._on_changed)
        self._turned.toggled.connect(self._on_changed)
        self._prompt.textChanged.connect(self._on_changed)
        self._answer.textChanged.connect(self._on_changed)
        self._lay_out()

    def _text(self, label: str, name: str) -> QPlainTextEdit:
        text = QPlainTextEdit()
        text.setObjectName(name)
        text.setAccessibleName(label)
        text.setTabChangesFocus(True)
        text.setMinimumHeight(GRID * 7)
        text.installEventFilter(self)
        return text

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Remember where the person writes: a slot is put in there."""
        if event.type() is QEvent.Type.FocusIn and isinstance(watched, QPlainTextEdit):
            self._into = watched
        return super().eventFilter(watched, event)

    def _lay_out(self) -> None:
        about = QHBoxLayout()
        about.setSpacing(GRID * 2)
        about.addWidget(self._language)
        about.addWidget(self._turned)
        about.addStretch()
        buttons = QHBoxLayout()
        buttons.setSpacing(GRID)
        buttons.addStretch()
        buttons.addWidget(self._cancel)
        buttons.addWidget(self._save)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID // 2)
        layout.addWidget(self._title)
        layout.addLayout(about)
        layout.addWidget(Caption(tr("Prompt; a press puts in what a row has:")))
        layout.addLayout(self._slots)
        layout.addWidget(self._prompt, 1)
        layout.addWidget(Caption(tr("Answer")))
        layout.addWidget(self._answer)
        layout.addWidget(self._problem)
        layout.addLayout(buttons)

    def open(self, family: Family, wording: Wording, title: str) -> None:
        """Begin with a wording."""
        self._family, self._wording = family, wording
        self._title.setText(title)
        self._show_slots(family)
        with QSignalBlocker(self):
            if self._language.findData(wording.language) < 0:
                self._language.addItem(wording.language, wording.language)
            self._language.setCurrentIndex(self._language.findData(wording.language))
            self._turned.setChecked(wording.turned)
            self._answer.setPlaceholderText("{{ " + family.answer + " }}")
            self._answer.setPlainText(wording.answer)
            self._prompt.setPlainText(wording.prompt)
        self._on_changed()
        self._into = self._prompt
        self._prompt.setFocus()

    def _show_slots(self, family: Family) -> None:
        while (item := self._slots.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for name in family.names:
            button = QuietButton(name, f"{self._prefix}.slot.{name}")
            button.clicked.connect(lambda _=False, name=name: self._insert(name))
            self._slots.addWidget(button)
        self._slots.addStretch()

    def _insert(self, name: str) -> None:
        self._into.insertPlainText("{{ " + name + " }}")
        self._into.setFocus()

    def wording(self) -> Wording:
        """Return the wording as it stands in the fields."""
        return msgspec.structs.replace(
            self._wording,
            language=str(self._language.currentData()),
            prompt=self._prompt.toPlainText(),
            answer=self._answer.toPlainText().strip(),
            turned=self._turned.isChecked(),
        )

    def _on_changed(self) -> None:
        assert self._family is not None
        wording = self.wording()
        wrong = problem(wording, self._family) if wording.prompt.strip() else ""
        self._problem.setText(wrong)
        self._problem.setVisible(bool(wrong))
        self._save.setEnabled(bool(wording.prompt.strip()) and not wrong)
        self.changed.emit()
