from typing import TypeVar

from PySide6.QtWidgets import QTableView, QWidget

T = TypeVar("T", bound=QWidget)


def find(parent: QWidget, kind: type[T], name: str) -> T:
    found = parent.findChild(kind, name)
    assert found is not None, name
    return found


def cells(table: QTableView, row: int) -> list[str]:
    model = table.model()
    return [str(model.index(row, column).data()) for column in range(model.columnCount())]
