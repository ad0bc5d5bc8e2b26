"""Where files and folders are dropped or picked."""

from pathlib import Path

from PySide6.QtCore import QMimeData, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QFrame, QHBoxLayout, QVBoxLayout, QWidget

from workbench.core.datasets import readers
from workbench.core.i18n import tr
from workbench.ui.theme.metrics import GRID
from workbench.ui.widgets.buttons import PrimaryButton, QuietButton
from workbench.ui.widgets.labels import Caption, Heading


def dropped_files(data: QMimeData) -> list[Path]:
    """Return the files and folders that are being dragged, as far as they are of this computer."""
    return [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]


class DropZone(QFrame):
    """A frame that takes files and folders, with buttons that pick some.

    Args:
        prefix: First part of the objectNames.
        primary: Whether picking a file is the next step here.

    Signals:
        picked(object): Their Paths, as a list.
    """

    picked = Signal(object)

    def __init__(self, prefix: str, *, primary: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(f"{prefix}.drop")
        self.setProperty("dropzone", True)
        self.setAcceptDrops(True)
        self._button = (PrimaryButton if primary else QuietButton)(tr("Choose files"), f"{prefix}.pick")
        self._button.clicked.connect(self.pick)
        self._folder = QuietButton(tr("Choose a folder"), f"{prefix}.pick_folder")
        self._folder.clicked.connect(self.pick_folder)
        buttons = QHBoxLayout()
        buttons.setSpacing(GRID)
        buttons.addStretch()
        buttons.addWidget(self._button)
        buttons.addWidget(self._folder)
        buttons.addStretch()
        title = Heading(tr("Drop files or a folder here"))
        title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        caption = Caption(
            tr(
                "JSON lines, JSON, CSV, TSV, text, Markdown, Parquet, Arrow, Excel, folders of images, "
                "and zip files of them. It stays on this computer."
            )
        )
        caption.setAlignment(Qt.AlignmentFlag.AlignCenter)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GRID * 3, GRID * 3, GRID * 3, GRID * 3)
        layout.setSpacing(GRID)
        layout.addWidget(title)
        layout.addWidget(caption)
        layout.addLayout(buttons)

    def pick(self) -> None:
        """Open a dialog to pick files; the window stays alive behind it."""
        dialog = self._dialog(tr("Choose files"), QFileDialog.FileMode.ExistingFiles)
        endings = " ".join(f"*{ending}" for ending in readers.suffixes())
        dialog.setNameFilters([tr("Data files ({endings})", endings=endings), tr("All files (*)")])
        dialog.open()

    def pick_folder(self) -> None:
        """Open a dialog to pick a folder."""
        self._dialog(tr("Choose a folder"), QFileDialog.FileMode.Directory).open()

    def _dialog(self, title: str, mode: QFileDialog.FileMode) -> QFileDialog:
        dialog = QFileDialog(self, title)
        dialog.finished.connect(dialog.deleteLater)
        dialog.setFileMode(mode)
        dialog.filesSelected.connect(lambda paths: self.picked.emit([Path(path) for path in paths]))
        return dialog

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files that are dragged in."""
        if dropped_files(event.mimeData()):
            self._highlight(True)
            event.acceptProposedAction()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """Look as before."""
        self._highlight(False)

    def dropEvent(self, event: QDropEvent) -> None:
        """Open what was dropped."""
        self._highlight(False)
        paths = dropped_files(event.mimeData())
        if paths:
            event.acceptProposedAction()
            self.picked.emit(paths)

    def _highlight(self, on: bool) -> None:
        self.setProperty("hot", on)
        self.style().unpolish(self)
        self.style().polish(self)
