"""Which adapter, with which settings, and how much of it will be trained."""

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import QComboBox, QLabel, QVBoxLayout, QWidget

from workbench.core import options, registry
from workbench.core.i18n import tr
from workbench.core.models import ModelInfo
from workbench.core.units import count
from workbench.ui.forms.options_form import OptionsForm
from workbench.ui.theme.metrics import GRID
from workbench.ui.widgets.labels import Caption, Heading


def trainable(name: str, settings: dict[str, Any], info: ModelInfo) -> int:
    """Return the number of parameters that an adapter trains on a model."""
    adapter = registry.adapter(name)
    return adapter.count(info.shapes, options.parse(adapter.options, settings))


class AdapterChooser(QWidget):
    """The adapters of the program; those that do not fit the task are there but cannot be chosen.

    It is not to be seen for a task that takes none.

    Signals:
        changed(): Another adapter or other settings were chosen.
    """

    changed = Signal()

    def __init__(self, prefix: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._info: ModelInfo | None = None
        self._kept: dict[str, dict[str, Any]] = {}
        self._box = QComboBox()
        self._box.setObjectName(f"{prefix}.adapter")
        self._box.setAccessibleName(tr("Adapter"))
        for adapter in registry.adapters().values():
            self._box.addItem(tr(adapter.label), adapter.name)
        self._help = Caption("")
        self._form = OptionsForm(f"{prefix}.adapter_options")
        self._count = QLabel()
        self._count.setObjectName(f"{prefix}.trainable")
        self._count.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID)
        layout.addWidget(Heading(tr("Adapter")))
        layout.addWidget(self._box)
        layout.addWidget(self._help)
        layout.addWidget(self._form)
        layout.addWidget(self._count)
        self._box.currentIndexChanged.connect(self._on_adapter)
        self._form.changed.connect(self._on_options)

    @property
    def adapter(self) -> str:
        """The name of the chosen adapter."""
        return str(self._box.currentData())

    def settings(self) -> dict[str, Any]:
        """Return the settings that differ from the defaults, by option name."""
        return self._form.values()

    def valid(self) -> bool:
        """Return whether the settings can be used."""
        return self._form.valid()

    def trainable(self) -> int:
        """Return how many parameters will be trained; 0 while there is no model or a setting is wrong."""
        if self._info is None or not self.valid():
            return 0
        return trainable(self.adapter, self.settings(), self._info)

    def show_for(
        self,
        task: registry.Task,
        info: ModelInfo | None,
        adapter: str,
        settings: dict[str, Any],
        of_task: Mapping[str, Any] | None = None,
    ) -> None:
        """Offer what fits a task, its settings (``of_task``) and a model, with an adapter and its settings chosen."""
        self.setVisible(task.takes_adapters)
        self._info = info
        self._kept[adapter] = dict(settings)
        reasons = {name: registry.misfit(task, name, info, of_task) for name in registry.adapters()}
        self._mark_fitting(reasons)
        fitting = [name for name in task.adapters if not reasons[name]] or task.adapters
        wanted = adapter if adapter in fitting else fitting[0]
        self._box.blockSignals(True)
        self._box.setCurrentIndex(max(self._box.findData(wanted), 0))
        self._box.blockSignals(False)
        self._show_adapter()

    def _mark_fitting(self, reasons: Mapping[str, str]) -> None:
        model = self._box.model()
        assert isinstance(model, QStandardItemModel)
        for row in range(self._box.count()):
            adapter = registry.adapter(self._box.itemData(row))
            reason = reasons[adapter.name]
            model.item(row).setEnabled(not reason)
            self._box.setItemData(row, reason or tr(adapter.help), Qt.ItemDataRole.ToolTipRole)

    def _on_adapter(self) -> None:
        self._show_adapter()
        self.changed.emit()

    def _on_options(self) -> None:
        self._kept[self.adapter] = self._form.values()
        self._show_count()
        self.changed.emit()

    def _show_adapter(self) -> None:
        adapter = registry.adapter(self.adapter)
        self._help.setText(tr(adapter.help))
        self._form.set_options(adapter.options, self._kept.get(adapter.name, {}))
        self._form.setVisible(bool(options.fields(adapter.options)))
        self._show_count()

    def _show_count(self) -> None:
        number = self.trainable()
        self._count.setVisible(number > 0)
        if self._info is not None and number:
            self._count.setText(
                tr(
                    "Trainable parameters: {number} ({share} % of the model)",
                    number=count(number),
                    share=f"{100 * number / max(self._info.parameters, 1):.2f}",
                )
            )
