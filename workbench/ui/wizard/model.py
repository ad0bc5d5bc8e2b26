"""Which model, and which adapter on it?"""

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from workbench.core import starters
from workbench.core.i18n import mark, tr
from workbench.core.models import ModelInfo
from workbench.ui.model.adapter_chooser import AdapterChooser
from workbench.ui.model.choices import ModelChoices
from workbench.ui.model.facts import Facts
from workbench.ui.scrolling import scrolling
from workbench.ui.theme.metrics import GRID
from workbench.ui.widgets.labels import Heading
from workbench.ui.wizard.page import Choice, Page


class ModelPage(Page):
    """Chooses the base model, the adapter and its settings."""

    title = mark("Model")

    def __init__(self, choice: Choice, parent: QWidget | None = None) -> None:
        super().__init__(choice, parent)
        self._choices = ModelChoices("wizard.model")
        self._title = Heading("")
        self._facts = Facts()
        self._adapter = AdapterChooser("wizard.model")
        self._right = QWidget()
        right = QVBoxLayout(self._right)
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(GRID)
        right.addWidget(self._title)
        right.addWidget(self._facts)
        right.addWidget(self._adapter)
        right.addStretch()
        columns = QHBoxLayout(self)
        columns.setContentsMargins(0, 0, 0, 0)
        columns.setSpacing(GRID * 3)
        columns.addWidget(scrolling(self._choices), 1)
        columns.addWidget(scrolling(self._right), 1)  # which shows it
        self._right.hide()
        self._choices.chosen.connect(self._on_model)
        self._adapter.changed.connect(self._on_adapter)

    def enter(self) -> None:
        """Show which models are here; the first starter that fits is chosen for a start."""
        self._choices.show_for(self.task.architectures)
        self._choices.refresh()
        fits = self.choice.model is not None and self.choice.model.architecture in self.task.architectures
        fitting = starters.fitting(self.task.architectures)
        if fitting and not fits:
            self._choices.choose(fitting[0])
        elif self.choice.model is not None:
            self._on_model(self.choice.model)

    def _on_model(self, info: ModelInfo) -> None:
        self.choice.model = info
        self._title.setText(info.name)
        self._facts.show_info(info)
        choice = self.choice
        self._adapter.show_for(self.task, info, choice.adapter, choice.adapter_settings, choice.settings)
        self._right.show()
        self._on_adapter()

    def _on_adapter(self) -> None:
        self.choice.adapter = self._adapter.adapter
        self.choice.adapter_settings = self._adapter.settings()
        self.changed.emit()

    def problem(self) -> str:
        """Return what does not fit together."""
        if self.choice.model is None:
            return tr("Choose a model; get a starter model if there is none yet.")
        if self.choice.model.architecture not in self.task.architectures:
            return tr("“{task}” cannot train this model. Choose another one.", task=tr(self.task.label))
        return "" if self._adapter.valid() else tr("A setting of the adapter cannot be used as it is.")
