"""What the Data tab shows of a data set, and what it lets a person do with one."""

from typing import ClassVar

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from workbench.core.datasets.dataset import Dataset, DatasetInfo
from workbench.ui.workspace import Workspace


class DetailPage(QWidget):
    """One way to look at a data set, beside its rows: a segment of the detail.

    Args:
        workspace: The open project and what the person has chosen in it.
        prefix: First part of the objectNames.

    Attributes:
        name: Last part of the objectName of its segment.
        label: Marked words of its segment.
        kinds: Kinds that it can show; none named means all.

    Signals:
        failed(str, str): A sentence for a person, and the detail.
        finished(str): There is a new data set of that name.
        row_wanted(int): The person wants to see a row among the others, by its number from 1.
    """

    name: ClassVar[str]
    label: ClassVar[str]
    kinds: ClassVar[tuple[str, ...]] = ()

    failed = Signal(str, str)
    finished = Signal(str)
    row_wanted = Signal(int)

    def __init__(self, workspace: Workspace, prefix: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.workspace = workspace
        self.prefix = prefix

    def show_dataset(self, dataset: Dataset, info: DatasetInfo) -> None:
        """Show a data set; called when the segment is chosen, and again when another one is."""
        raise NotImplementedError

    def show_row(self, row: int) -> None:
        """Show the row that was chosen among the others, by its number from 1, if the page shows single rows."""

    def shut(self) -> None:
        """End what the page keeps running; called when the window closes."""


class DataPanel(QWidget):
    """Something that makes a new data set out of one, shown in the place of the list while it is done.

    Args:
        workspace: The open project and what the person has chosen in it.
        prefix: First part of the objectNames.

    Attributes:
        name: Last part of the objectName of its button or menu entry.
        label: Marked words of it.
        help: Marked sentence for its tooltip.
        kinds: Kinds that it takes; none named means all.

    Signals:
        finished(str): There is a new data set of that name.
        dismissed(): The person goes back without one.
    """

    name: ClassVar[str]
    label: ClassVar[str]
    help: ClassVar[str]
    kinds: ClassVar[tuple[str, ...]] = ()

    finished = Signal(str)
    dismissed = Signal()

    def __init__(self, workspace: Workspace, prefix: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.workspace = workspace
        self.prefix = prefix

    def open(self, dataset: Dataset, info: DatasetInfo) -> None:
        """Begin with a data set."""
        raise NotImplementedError

    def shut(self) -> None:
        """End what the panel keeps running; called when the window closes."""
