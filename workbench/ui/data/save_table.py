"""Asks where a table is to be saved."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget

from workbench.core.i18n import tr


def ask_table(parent: QWidget, title: str, name: str, save: Callable[[Path], object]) -> None:
    """Ask for a file of JSON lines or a table for spreadsheets, and give it to ``save`` unless the person gives up.

    Args:
        parent: The widget that asks.
        title: Of the dialog.
        name: Proposed name of the file, without its ending.
        save: Called with the file that was chosen.
    """
    dialog = QFileDialog(parent, title)
    dialog.finished.connect(dialog.deleteLater)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setNameFilters([tr("JSON lines ({endings})", endings="*.jsonl"), tr("Table ({endings})", endings="*.csv")])
    dialog.setDefaultSuffix("jsonl")
    dialog.filterSelected.connect(lambda chosen: dialog.setDefaultSuffix("csv" if "csv" in chosen else "jsonl"))
    dialog.selectFile(f"{name}.jsonl")
    dialog.fileSelected.connect(lambda path: save(Path(path)))
    dialog.open()
