"""The wordings of a family: which are on, and what can be done with the chosen one."""

import re
from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from workbench.core.i18n import tr
from workbench.core.templates.wordings import Listed, Wording
from workbench.ui.theme.metrics import GRID
from workbench.ui.widgets.buttons import QuietButton
from workbench.ui.widgets.labels import Caption

_ENTRY = Qt.ItemDataRole.UserRole


class WordingList(QWidget):
    """A list with check boxes; a wording that is wrong cannot be switched on.

    Args:
        prefix: First part of the objectNames.

    Signals:
        chosen(): Another wording is to be shown.
        switched(object, bool): The ids of some wordings that were switched on or off.
        add_wanted(): The person wants to write one.
        edit_wanted(): To change the chosen one.
        copy_wanted(): To write one that begins like the chosen one.
        remove_wanted(): To drop the chosen one, which is theirs.
    """

    chosen = Signal()
    switched = Signal(object, bool)
    add_wanted = Signal()
    edit_wanted = Signal()
    copy_wanted = Signal()
    remove_wanted = Signal()

    def __init__(self, prefix: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._list = QListWidget()
        self._list.setObjectName(f"{prefix}.wordings")
        self._list.setAccessibleName(tr("Wordings"))
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self._list.setMinimumHeight(GRID * 16)
        self._list.currentItemChanged.connect(self._on_current)
        self._list.itemChanged.connect(self._on_changed)
        self._list.itemDoubleClicked.connect(lambda _: self.edit_wanted.emit())
        self._count = Caption("")
        self._count.setObjectName(f"{prefix}.wordings_on")
        self._all = QuietButton(tr("All on"), f"{prefix}.all_on")
        self._all.clicked.connect(lambda: self._switch_all(True))
        self._none = QuietButton(tr("All off"), f"{prefix}.all_off")
        self._none.clicked.connect(lambda: self._switch_all(False))
        self._edit = QuietButton(tr("Edit"), f"{prefix}.edit")
        self._edit.clicked.connect(self.edit_wanted)
        self._copy = QuietButton(tr("Copy"), f"{prefix}.copy")
        self._copy.clicked.connect(self.copy_wanted)
        self._remove = QuietButton(tr("Remove"), f"{prefix}.remove")
        self._remove.clicked.connect(self.remove_wanted)
        self._add = QuietButton(tr("Write one"), f"{prefix}.write")
        self._add.clicked.connect(self.add_wanted)
        self._lay_out()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(GRID)
        head.addWidget(self._count, 1)
        head.addWidget(self._all)
        head.addWidget(self._none)
        foot = QHBoxLayout()
        foot.setSpacing(GRID)
        for button in (self._add, self._edit, self._copy, self._remove):
            foot.addWidget(button)
        foot.addStretch()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID)
        layout.addLayout(head)
        layout.addWidget(self._list, 1)
        layout.addLayout(foot)

    def show_wordings(self, entries: Sequence[Listed], current: str = "") -> None:
        """Show wordings, the one with the id ``current`` chosen if there is such a one."""
        with QSignalBlocker(self._list):
            self._list.clear()
            for entry in entries:
                self._list.addItem(_item(entry))
            ids = [entry.wording.id for entry in entries]
            self._list.setCurrentRow(ids.index(current) if current in ids else 0)
        self._on_current()
        self._show_count()

    def current(self) -> Listed | None:
        """Return the chosen wording."""
        item = self._list.currentItem()
        entry: Listed | None = item.data(_ENTRY) if item is not None else None
        return entry

    def on(self) -> list[Wording]:
        """Return the wordings that are on."""
        items = self._items()
        return [item.data(_ENTRY).wording for item in items if item.checkState() is Qt.CheckState.Checked]

    def _items(self) -> list[QListWidgetItem]:
        return [self._list.item(row) for row in range(self._list.count())]

    def _switch_all(self, on: bool) -> None:
        state = Qt.CheckState.Checked if on else Qt.CheckState.Unchecked
        usable = [item for item in self._items() if not item.data(_ENTRY).problem and item.checkState() is not state]
        with QSignalBlocker(self._list):
            for item in usable:
                item.setCheckState(state)
        self._show_count()
        self.switched.emit([item.data(_ENTRY).wording.id for item in usable], on)

    def _on_changed(self, item: QListWidgetItem) -> None:
        self._show_count()
        self.switched.emit([item.data(_ENTRY).wording.id], item.checkState() is Qt.CheckState.Checked)

    def _on_current(self) -> None:
        entry = self.current()
        self._edit.setEnabled(entry is not None)
        self._copy.setEnabled(entry is not None)
        self._remove.setEnabled(entry is not None and entry.own)
        self._remove.setText(tr("Back to ours") if entry is not None and entry.replaces else tr("Remove"))
        self.chosen.emit()

    def _show_count(self) -> None:
        self._count.setText(tr("{on} of {count} wordings are on", on=len(self.on()), count=self._list.count()))


def _item(entry: Listed) -> QListWidgetItem:
    wording = entry.wording
    marks = [tr("yours")] if entry.own else []
    marks += [tr("turned round")] if wording.turned else []
    marks += [tr("wrong")] if entry.problem else []
    item = QListWidgetItem(" · ".join([*marks, in_short(wording.prompt)]))
    item.setData(_ENTRY, entry)
    item.setToolTip(entry.problem or wording.prompt)
    flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
    item.setFlags(flags if entry.problem else flags | Qt.ItemFlag.ItemIsUserCheckable)
    item.setCheckState(Qt.CheckState.Checked if entry.on and not entry.problem else Qt.CheckState.Unchecked)
    return item


def in_short(prompt: str) -> str:
    """Return a template on one line, its slots as ‹names›."""
    named = re.sub(r"{{\s*(\w+).*?}}", r"‹\1›", re.sub(r"{[%#].*?[%#]}", "", prompt))
    return " ".join(named.split())
