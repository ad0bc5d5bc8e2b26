"""What the augmentation makes of the person's own images, before anything is trained."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, QTemporaryDir
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from workbench.core import registry
from workbench.core.i18n import tr
from workbench.core.project import Project
from workbench.runtime.command import Command
from workbench.ui.report.explain import learns_images_with_keras
from workbench.ui.theme.metrics import GRID
from workbench.ui.widgets.buttons import QuietButton
from workbench.ui.widgets.labels import Caption
from workbench.ui.widgets.picture_grid import PictureGrid
from workbench.ui.widgets.pictures import SmallPictures

COUNT = 8
"""Altered images that are shown."""

LINES = 3
"""Of small pictures that are seen without scrolling."""

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()


class _Files(QAbstractListModel):
    """Image files as small pictures, named by what they were made from."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.small = SmallPictures(self)
        self._files: Sequence[tuple[Path, str]] = ()

    def show(self, files: Sequence[tuple[Path, str]]) -> None:
        self.beginResetModel()
        self._files = files
        self.small.forget_wishes()
        self.endResetModel()

    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self._files)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        path, name = self._files[index.row()]
        if role == Qt.ItemDataRole.DecorationRole:
            return self.small.picture(path)
        return name if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole) else None


class AugmentationPreview(QWidget):
    """A button, and altered images below it; hidden for tasks that alter none.

    Args:
        prefix: First part of the objectNames.
    """

    def __init__(self, prefix: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._choice: tuple[Project, str, dict[str, Any]] | None = None
        self._valid = True
        self._folder: QTemporaryDir | None = None
        self._count = 0
        self._command = Command(self)
        self._command.progressed.connect(self._say)
        self._command.done.connect(self._on_done)
        self._command.failed.connect(self._on_failed)
        self._button = QuietButton(tr("Preview augmentation"), f"{prefix}.preview_augmentation")
        self._button.setToolTip(tr("See what the settings make of some of your own images"))
        self._button.clicked.connect(self.start)
        self._state = Caption("")
        self._state.setObjectName(f"{prefix}.augmentation_state")
        self._model = _Files(self)
        self._grid = PictureGrid(self._model, self._model.small, f"{prefix}.augmented", tr("Altered images"))
        self._grid.setFixedHeight(LINES * self._grid.gridSize().height() + GRID)
        self._grid.hide()
        row = QHBoxLayout()
        row.setSpacing(GRID)
        row.addWidget(self._button)
        row.addWidget(self._state, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID)
        layout.addLayout(row)
        layout.addWidget(self._grid)
        self.hide()

    def show_choice(
        self, project: Project, task: registry.Task, data: str, settings: Mapping[str, Any], *, valid: bool
    ) -> None:
        """Take another choice of data and settings; what was shown for other data goes."""
        own = {name: value for name, value in settings.items() if not name.startswith("adapter.")}
        choice = (project, data, own) if data and learns_images_with_keras(task.name) else None
        if choice is None or self._choice is None or choice[:2] != self._choice[:2]:
            self.shut()
            self._grid.hide()
            self._state.clear()
        self._choice, self._valid = choice, valid
        self.setVisible(choice is not None)
        self._enable()

    def start(self) -> None:
        """Let some images be altered."""
        assert self._choice is not None
        project, data, settings = self._choice
        if self._folder is None:
            self._folder = QTemporaryDir()
        self._count += 1
        target = Path(self._folder.path()) / f"{self._count}"
        chosen = [part for name, value in settings.items() for part in ("--set", f"{name}={value}")]
        self._command.start("data", "augment", project.path, data, "--to", target, "--count", f"{COUNT}", *chosen)
        self._say(tr("Starting …"))
        self._enable()

    def shut(self) -> None:
        """Let nothing be altered any more."""
        self._command.cancel()
        self._enable()

    def _enable(self) -> None:
        self._button.setEnabled(self._choice is not None and self._valid and not self._command.running)

    def _say(self, text: str) -> None:
        self._state.setText(text)

    def _on_done(self, found: list[dict[str, Any]]) -> None:
        self._model.show([(Path(one["augmented"]), Path(one["path"]).name) for one in found])
        self._rest("")
        self._grid.show()

    def _on_failed(self, sentence: str, _detail: str) -> None:
        self._rest(sentence)

    def _rest(self, text: str) -> None:
        self._state.setText(text)
        self._enable()
