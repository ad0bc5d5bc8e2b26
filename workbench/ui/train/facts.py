"""The settings that a run really has, from its frozen description."""

from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from workbench.core import options, registry
from workbench.core.i18n import tr
from workbench.core.spec import RunSpec
from workbench.ui.runs.words import task_label


def facts(spec: RunSpec) -> list[tuple[str, str]]:
    """Return label and value of everything that was chosen for a run."""
    adapter = registry.adapters().get(spec.adapter)
    task = registry.tasks().get(spec.task)
    known = [
        (tr("Task"), task_label(spec.task)),
        (tr("Data"), f"{spec.data} ({spec.data_hash[:8]})" if spec.data_hash else spec.data),
        (tr("Model"), spec.model),
        (tr("Adapter"), _adapter(spec, task)),
        (tr("Starts from"), spec.parents.get("from", "")),
        (tr("Reward model"), spec.parents.get("reward", "")),
        (tr("Created"), spec.created.replace("T", " ")),
    ]
    known += _values(task.options if task else None, spec.options)
    known += _values(adapter.options if adapter else None, spec.adapter_options)
    return [(label, value) for label, value in known if value]


def _adapter(spec: RunSpec, task: registry.Task | None) -> str:
    if task and not task.takes_adapters:
        return ""
    adapter = registry.adapters().get(spec.adapter)
    return tr(adapter.label) if adapter else spec.adapter


def _values(cls: type[options.Options] | None, values: dict[str, object]) -> list[tuple[str, str]]:
    labels = {field.name: tr(field.label) for field in options.fields(cls)} if cls else {}
    shown = {name: tr("automatic") if value is None else str(value) for name, value in values.items()}
    return [(labels.get(name, name), value) for name, value in shown.items()]


class Facts(QTableWidget):
    """The settings as a table."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(0, 2, parent)
        self.setObjectName("train.settings")
        self.setAccessibleName(tr("Settings of this run"))
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.horizontalHeader().hide()
        self.verticalHeader().hide()
        self.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        self.horizontalHeader().setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)

    def show_spec(self, spec: RunSpec) -> None:
        """Show what a run was started with."""
        rows = facts(spec)
        self.setRowCount(len(rows))
        for row, pair in enumerate(rows):
            for column, text in enumerate(pair):
                item = QTableWidgetItem(text)
                item.setToolTip(text)
                self.setItem(row, column, item)
