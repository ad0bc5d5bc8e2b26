"""With which settings?"""

from PySide6.QtWidgets import QFormLayout, QLineEdit, QVBoxLayout, QWidget

from workbench.core import registry
from workbench.core.i18n import mark, tr
from workbench.ui.forms.options_form import OptionsForm
from workbench.ui.scrolling import scrolling
from workbench.ui.theme.metrics import GRID
from workbench.ui.train.augmentation import AugmentationPreview
from workbench.ui.widgets.labels import Caption
from workbench.ui.wizard.page import Choice, Page
from workbench.ui.workspace import Workspace


class SettingsPage(Page):
    """The settings of the task, the basic ones first."""

    title = mark("Settings")

    def __init__(self, choice: Choice, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(choice, parent)
        self._workspace = workspace
        self._augmentation = AugmentationPreview("wizard")
        self._name = QLineEdit(placeholderText=tr("(made from task and data)"))
        self._name.setObjectName("wizard.name")
        self._form = OptionsForm("wizard.options")
        inside = QWidget()
        layout = QVBoxLayout(inside)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID)
        layout.addWidget(Caption(tr("These are good for a first try. You can change them for the next one.")))
        named = QFormLayout()
        named.addRow(tr("Name of the run"), self._name)
        layout.addLayout(named)
        layout.addWidget(self._form)
        layout.addWidget(self._augmentation)
        layout.addStretch()
        outside = QVBoxLayout(self)
        outside.setContentsMargins(0, 0, 0, 0)
        outside.addWidget(scrolling(inside))
        self._name.textChanged.connect(self._on_name)
        self._form.changed.connect(self._on_options)

    def enter(self) -> None:
        """Show the settings of the chosen task."""
        suited = self.task.suited.get(self.choice.adapter)
        self._form.set_options(self.task.options, self.choice.settings, suited=suited)
        self._show_augmentation()

    def _on_name(self, text: str) -> None:
        self.choice.name = text.strip()

    def _on_options(self) -> None:
        self.choice.settings = self._form.values()
        self._show_augmentation()
        self.changed.emit()

    def _show_augmentation(self) -> None:
        project, choice, valid = self._workspace.project, self.choice, self._form.valid()
        self._augmentation.show_choice(project, self.task, choice.data, choice.settings, valid=valid)

    def problem(self) -> str:
        """Return that a setting is wrong; which one is marked in the form."""
        if not self._form.valid():
            return tr("A setting cannot be used as it is.")
        return registry.misfit(self.task, self.choice.adapter, self.choice.model, self.choice.settings)
