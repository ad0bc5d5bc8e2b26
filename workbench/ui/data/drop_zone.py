"""Where a file is dropped or picked."""

from pathlib import Path

from PySide6.QtCore import QMimeData, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QFrame, QVBoxLayout, QWidget

from workbench.core.i18n import tr
from workbench.ui.theme.metrics import GRID
from workbench.ui.widgets.buttons import PrimaryButton, QuietButton
from workbench.ui.widgets.labels import Caption, Heading

ENDINGS = ("jsonl", "ndjson", "json", "csv", "tsv", "txt")


def dropped_file(data: QMimeData) -> Path | None:
    """Return the file that is being dragged, if it is one of this computer."""
    paths = [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
    return paths[0] if paths else None


class DropZone(QFrame):
    """A frame that takes a file, with a button that picks one.

    Args:
        prefix: First part of the objectNames.
        primary: Whether picking a file is the next step here.

    Signals:
        picked(object): The Path of a file.
    """

    picked = Signal(object)

    def __init__(self, prefix: str, *, primary: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(f"{prefix}.drop")
        self.setProperty("dropzone", True)
        self.setAcceptDrops(True)
        self._button = (PrimaryButton if primary else QuietButton)(tr("Choose a file"), f"{prefix}.pick")
        self._button.clicked.connect(self.pick)
        title = Heading(tr("Drop a file here"))
        title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        caption = Caption(tr("JSON lines, JSON, CSV, TSV or plain text. It stays on this computer."))
        caption.setAlignment(Qt.AlignmentFlag.AlignCenter)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GRID * 3, GRID * 3, GRID * 3, GRID * 3)
        layout.setSpacing(GRID)
        layout.addWidget(title)
        layout.addWidget(caption)
        layout.addWidget(self._button, 0, Qt.AlignmentFlag.AlignCenter)

    def pick(self) -> None:
        """Open a dialog to pick a file; the window stays alive behind it."""
        dialog = QFileDialog(self, tr("Choose a file"))
        dialog.finished.connect(dialog.deleteLater)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        endings = " ".join(f"*.{ending}" for ending in ENDINGS)
        dialog.setNameFilters([tr("Data files ({endings})", endings=endings), tr("All files (*)")])
        dialog.fileSelected.connect(lambda path: self.picked.emit(Path(path)))
        dialog.open()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take a file that is dragged in."""
        if dropped_file(event.mimeData()) is not None:
            self._highlight(True)
            event.acceptProposedAction()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """Look as before."""
        self._highlight(False)

    def dropEvent(self, event: QDropEvent) -> None:
        """Open the file that was dropped."""
        self._highlight(False)
        path = dropped_file(event.mimeData())
        if path is not None:
            event.acceptProposedAction()
            self.picked.emit(path)

    def _highlight(self, on: bool) -> None:
        self.setProperty("hot", on)
        self.style().unpolish(self)
        self.style().polish(self)
