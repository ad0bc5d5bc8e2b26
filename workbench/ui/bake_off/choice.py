"""Which adapters are to be compared: a box to tick for each, greyed with the reason where it does not fit."""

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QGridLayout, QWidget

from workbench.core import models, registry
from workbench.core.errors import UserError
from workbench.core.i18n import tr
from workbench.core.plan import Request
from workbench.ui.theme.metrics import GRID

COLUMNS = 4


class AdapterChoice(QWidget):
    """The adapters of the program.

    Signals:
        changed(): Another one was ticked, or one no longer is.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID)
        self._boxes: dict[str, QCheckBox] = {}
        for number, adapter in enumerate(registry.adapters().values()):
            box = QCheckBox(tr(adapter.label))
            box.setObjectName(f"bake_off.adapter.{adapter.name}")
            box.toggled.connect(lambda _on: self.changed.emit())
            self._boxes[adapter.name] = box
            layout.addWidget(box, number // COLUMNS, number % COLUMNS)

    def show_for(self, task: registry.Task, info: models.ModelInfo | None, settings: Mapping[str, Any]) -> None:
        """Offer what fits a task, its settings and a model.

        All of it but full fine-tuning is ticked, which takes the most time and memory.
        """
        for name, box in self._boxes.items():
            reason = registry.misfit(task, name, info, settings)
            box.setEnabled(not reason)
            box.setToolTip(reason or tr(registry.adapter(name).help))
            box.setChecked(not reason and name != "full")

    def chosen(self) -> list[str]:
        """Return the names of those that are ticked."""
        return [name for name, box in self._boxes.items() if box.isChecked()]


def model_of(request: Request) -> models.ModelInfo | None:
    """Return what the files of a request's model tell, None where they cannot be read."""
    try:
        return models.inspect(request.model)
    except UserError:  # the start says why
        return None
