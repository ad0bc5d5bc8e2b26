"""The images of a data set, small and by class, and each of them large."""

from typing import ClassVar

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from workbench.core.datasets.dataset import Dataset, DatasetInfo
from workbench.core.i18n import mark, tr
from workbench.runtime import jobs
from workbench.ui.data.cells import split_name
from workbench.ui.data.panel import DetailPage
from workbench.ui.data.thumbnails import Picture, Pictures, Thumbnails
from workbench.ui.theme.metrics import GRID
from workbench.ui.widgets.buttons import QuietButton
from workbench.ui.widgets.labels import Caption, Heading
from workbench.ui.widgets.picture_grid import PictureGrid
from workbench.ui.widgets.pictures import PictureView
from workbench.ui.workspace import Workspace

CLASSES_SHOWN = 12


class Gallery(DetailPage):
    """Small pictures in a grid, all or of one class; Enter or a click shows one large, Escape goes back."""

    name: ClassVar[str] = "images"
    label: ClassVar[str] = mark("Images")
    kinds: ClassVar[tuple[str, ...]] = ("image-folder",)

    def __init__(self, workspace: Workspace, prefix: str, parent: QWidget | None = None) -> None:
        super().__init__(workspace, prefix, parent)
        self._pictures: Pictures | None = None
        self._newest = 0
        self._balance = Caption("")
        self._balance.setObjectName(f"{prefix}.class_balance")
        self._class = QComboBox()
        self._class.setObjectName(f"{prefix}.class")
        self._class.setAccessibleName(tr("Class"))
        self._class.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self._class.activated.connect(self._filter)
        self._model = Thumbnails(self)
        self._grid = PictureGrid(self._model, self._model.small, f"{prefix}.gallery", tr("Images"))
        self._grid.wanted.connect(self._show_large)
        self._grid.clicked.connect(self._show_large)
        self._large = _Large(prefix)
        self._large.closed.connect(self._show_grid)
        self._large.stepped.connect(self._step)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._grid)
        self._stack.addWidget(self._large)
        head = QHBoxLayout()
        head.setSpacing(GRID * 2)
        head.addWidget(self._class)
        head.addWidget(self._balance, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID)
        layout.addLayout(head)
        layout.addWidget(self._stack, 1)

    def show_dataset(self, dataset: Dataset, info: DatasetInfo) -> None:
        """Show the images of a data set; the list of them is read in the background."""
        self._newest += 1
        number = self._newest

        def done(found: tuple[Pictures, dict[str, int]]) -> None:
            if number == self._newest:
                self._show(*found)

        def work(_report: jobs.Report) -> tuple[Pictures, dict[str, int]]:
            pictures = Pictures.of(dataset)
            return pictures, pictures.counts()

        jobs.start(self, work, done=done, failed=self.failed.emit)

    def _show(self, pictures: Pictures, counts: dict[str, int]) -> None:
        self._pictures = pictures
        self._class.clear()
        self._class.addItem(tr("All classes ({count})", count=f"{len(pictures):,}"), None)
        for label in sorted(counts):
            self._class.addItem(f"{label} ({counts[label]:,})", label)
        self._balance.setText(balance(counts))
        self._filter()

    def _filter(self) -> None:
        if self._pictures is not None:
            wanted = self._class.currentData()
            self._model.show(self._pictures if wanted is None else self._pictures.of_class(wanted))
        self._show_grid()

    def _show_grid(self) -> None:
        was_large = self._stack.currentWidget() is self._large
        self._stack.setCurrentWidget(self._grid)
        if was_large:
            self._grid.setFocus()

    def _show_large(self, index: QModelIndex) -> None:
        assert self._model.pictures is not None
        self._large.show_picture(self._model.pictures[index.row()])
        self._stack.setCurrentWidget(self._large)
        self._large.setFocus()

    def _step(self, by: int) -> None:
        row = self._grid.currentIndex().row() + by
        if 0 <= row < self._model.rowCount():
            self._grid.setCurrentIndex(self._model.index(row))
            self._show_large(self._model.index(row))


def balance(counts: dict[str, int]) -> str:
    """Return how many images each class has, as one line: the largest classes first."""
    total = sum(counts.values())
    first = [f"{label} ({count / total:.0%})" for label, count in list(counts.items())[:CLASSES_SHOWN]]
    more = len(counts) - len(first)
    if more > 0:
        first.append(tr("{count} more", count=f"{more:,}"))
    return tr("{count} classes: {shares}", count=f"{len(counts):,}", shares=" · ".join(first))


class _Large(QWidget):
    """One image with what is known of it.

    Signals:
        closed(): The person goes back to the grid.
        stepped(int): To the next image (1) or the one before (-1).
    """

    closed = Signal()
    stepped = Signal(int)

    def __init__(self, prefix: str) -> None:
        super().__init__()
        self.setObjectName(f"{prefix}.image")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._view = PictureView()
        self._heading = Heading("")
        self._facts = Caption("")
        self._facts.setObjectName(f"{prefix}.image_facts")
        self._facts.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        buttons = QHBoxLayout()
        for text, name, step in (
            (tr("Back to all images"), "image_back", 0),
            (tr("Previous"), "image_previous", -1),
            (tr("Next"), "image_next", 1),
        ):
            button = QuietButton(text, f"{prefix}.{name}")
            button.clicked.connect(lambda _=False, step=step: self.stepped.emit(step) if step else self.closed.emit())
            buttons.addWidget(button)
        buttons.addStretch()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID)
        layout.addLayout(buttons)
        layout.addWidget(self._view, 1)
        layout.addWidget(self._heading)
        layout.addWidget(self._facts)

    def show_picture(self, picture: Picture) -> None:
        """Show an image; it is read in the background."""
        self._view.show_file(picture.path)
        self._heading.setText(picture.label)
        self._view.setAccessibleName(tr("Image of the class {label}", label=picture.label))
        pixels = tr("{width} × {height} pixels", width=picture.width, height=picture.height)
        self._facts.setText(f"{split_name(picture.split)} · {pixels} · {picture.file}\n{picture.path}")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Step with the arrows, go back with Escape."""
        steps = {Qt.Key.Key_Right: 1, Qt.Key.Key_Left: -1}
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        elif event.key() in steps:
            self.stepped.emit(steps[Qt.Key(event.key())])
        else:
            super().keyPressEvent(event)
