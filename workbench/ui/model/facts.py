"""What a base model is, as a short list of facts."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFormLayout, QLabel, QWidget

from workbench.core.i18n import mark, tr
from workbench.core.models import ModelInfo
from workbench.core.units import count, millions
from workbench.ui.theme.metrics import GRID

_KINDS: dict[str, str] = {
    "causal-lm": mark("Language model that writes"),
    "sequence-classifier": mark("Language model that reads"),
    "image-classifier": mark("Image model"),
    "keras-cnn": mark("Keras image model"),
}


def kind(architecture: str) -> str:
    """Return what kind of model an architecture is, in words."""
    return tr(_KINDS[architecture])


def facts(info: ModelInfo) -> list[tuple[str, str]]:
    """Return label and value of what is known about a model."""
    known = [
        (tr("Kind"), f"{kind(info.architecture)} ({info.model_type})"),
        (tr("Parameters"), millions(info.parameters)),
        (tr("Layers"), count(info.layers) if info.layers else ""),
        (tr("Longest text"), tr("{tokens} tokens", tokens=count(info.max_length)) if info.max_length else ""),
        (tr("Image size"), tr("{side} pixels a side", side=count(info.side)) if info.side else ""),
        (tr("Chat template"), (tr("yes") if info.chat else tr("no")) if info.architecture == "causal-lm" else ""),
        (tr("Licence"), info.licence),
    ]
    return [(label, value) for label, value in known if value]


class Facts(QWidget):
    """The facts, one a line."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._form = QFormLayout(self)
        self._form.setContentsMargins(0, 0, 0, 0)
        self._form.setHorizontalSpacing(GRID * 3)
        self._form.setVerticalSpacing(GRID // 2)
        self._form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)

    def show_info(self, info: ModelInfo) -> None:
        """Show what a model is."""
        while self._form.rowCount():
            self._form.removeRow(0)
        for label, value in facts(info):
            text = QLabel(value)
            text.setWordWrap(True)
            text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            name = QLabel(label)
            name.setProperty("muted", True)
            self._form.addRow(name, text)
