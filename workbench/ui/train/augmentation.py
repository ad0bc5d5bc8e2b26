"""What the augmentation makes of the person's own images, before anything is trained."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    QTemporaryDir,
)
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from workbench.core import registry
from workbench.core.i18n import tr
from workbench.core.plan import ADAPTER
from workbench.core.project import Project
from workbench.runtime.command import Command
from workbench.ui.theme.metrics import GRID
from workbench.ui.widgets.buttons import QuietButton
from workbench.ui.widgets.labels import Caption
from workbench.ui.widgets.picture_grid import PictureGrid
from workbench.ui.widgets.pictures import SmallPictures

COUNT = 8
"""Altered images that are shown."""

EACH = 72
PAIR = QSize(2 * EACH + GRID // 2, EACH)
"""Sizes of a picture and of two beside one another, in pixels."""

LINES = 4
"""Of pairs that are seen without scrolling."""

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()


def alters_images(task: registry.Task) -> bool:
    """Return whether a task learns from altered images that can be shown."""
    return task.medium == "image" and task.backend == "keras"


class Altered(msgspec.Struct, frozen=True):
    """An image as the network sees it, and as it was altered; as ``workbench data augment --json`` prints it."""

    label: str
    plain: str
    augmented: str


class _Pairs(QAbstractListModel):
    """Images with what became of them, as small pictures side by side."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.small = SmallPictures(self)
        self._pairs: Sequence[Altered] = ()

    def show(self, pairs: Sequence[Altered]) -> None:
        self.beginResetModel()
        self._pairs = pairs
        self.small.forget_wishes()
        self.endResetModel()

    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self._pairs)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        pair = self._pairs[index.row()]
        if role == Qt.ItemDataRole.DecorationRole:
            both = QPixmap(PAIR)
            both.fill(Qt.GlobalColor.transparent)
            painter = QPainter(both)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            for left, path in ((0, pair.plain), (PAIR.width() - EACH, pair.augmented)):
                painter.drawPixmap(QRect(left, 0, EACH, EACH), self.small.picture(Path(path)))
            painter.end()
            return both
        return pair.label if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole) else None


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
        self._model = _Pairs(self)
        self._grid = PictureGrid(self._model, self._model.small, f"{prefix}.augmented", tr("Altered images"), PAIR)
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
        own = {name: value for name, value in settings.items() if not name.startswith(ADAPTER)}
        choice = (project, data, own) if data and alters_images(task) else None
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
        self._model.show(msgspec.convert(found, list[Altered]))
        self._rest("")
        self._grid.show()

    def _on_failed(self, sentence: str, _detail: str) -> None:
        self._rest(sentence)

    def _rest(self, text: str) -> None:
        self._state.setText(text)
        self._enable()
