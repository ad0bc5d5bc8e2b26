"""The data sets of the project, two lines each."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QWidget

from workbench.core.datasets.dataset import DatasetInfo
from workbench.core.datasets.kinds import KINDS
from workbench.core.i18n import tr


def summary(info: DatasetInfo) -> str:
    """Return what a data set is, on one line."""
    label = tr(KINDS[info.kind].label) if info.kind in KINDS else info.kind
    parts = [label, tr("{rows} rows", rows=f"{info.rows:,}")]
    if info.rejected:
        parts.append(tr("{rejected} left out", rejected=f"{info.rejected:,}"))
    return " · ".join(parts)


class DatasetList(QListWidget):
    """A list to choose a data set from.

    Signals:
        chosen(str): The data set of that name was chosen, by a person or by `show_infos`.
    """

    chosen = Signal(str)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName(tr("Data sets"))
        self.setWordWrap(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setResizeMode(QListWidget.ResizeMode.Adjust)
        self.currentItemChanged.connect(self._on_current)

    def show_infos(self, infos: list[DatasetInfo], chosen: str) -> None:
        """List data sets, with ``chosen`` (or the first) selected."""
        self.blockSignals(True)
        self.clear()
        for info in infos:
            item = QListWidgetItem(f"{info.name}\n{summary(info)}")
            item.setData(Qt.ItemDataRole.UserRole, info.name)
            item.setToolTip(info.source)
            self.addItem(item)
        names = [info.name for info in infos]
        self.setCurrentRow(names.index(chosen) if chosen in names else 0 if names else -1)
        self.blockSignals(False)
        self._on_current(self.currentItem())

    def name(self) -> str:
        """Return the name of the chosen data set, "" for none."""
        item = self.currentItem()
        return str(item.data(Qt.ItemDataRole.UserRole)) if item is not None else ""

    def _on_current(self, item: QListWidgetItem | None) -> None:
        if item is not None:
            self.chosen.emit(str(item.data(Qt.ItemDataRole.UserRole)))
