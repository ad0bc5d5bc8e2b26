"""Small pictures in a grid, with a line below each."""

from PySide6.QtCore import QAbstractListModel, QModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QListView, QWidget

from workbench.ui.theme.metrics import GRID
from workbench.ui.widgets.pictures import SIDE, SmallPictures

BATCH = 5000
SQUARE = QSize(SIDE, SIDE)


class PictureGrid(QListView):
    """Shows a list of pictures.

    Args:
        model: Gives the pictures and the lines.
        pictures: Where the model has its pictures from.
        name: objectName.
        accessible: What a screen reader calls it.
        size: Of a picture.

    Signals:
        wanted(QModelIndex): Enter was pressed on a picture.
    """

    wanted = Signal(QModelIndex)

    def __init__(
        self,
        model: QAbstractListModel,
        pictures: SmallPictures,
        name: str,
        accessible: str,
        size: QSize = SQUARE,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName(accessible)
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setMovement(QListView.Movement.Static)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setUniformItemSizes(True)
        self.setLayoutMode(QListView.LayoutMode.Batched)  # placing 50,000 at once would hold the window up
        self.setBatchSize(BATCH)
        self.setIconSize(size)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setGridSize(size + QSize(GRID * 3, self.fontMetrics().height() + GRID * 3))
        self.setModel(model)
        pictures.arrived.connect(self.viewport().update)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter asks for the chosen image."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self.wanted.emit(self.currentIndex())
        else:
            super().keyPressEvent(event)
