"""The wordings of a family, to be switched on and off, changed and added to."""

from collections.abc import Callable, Sequence

import msgspec
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QFormLayout, QStackedWidget, QVBoxLayout, QWidget

from workbench.core.i18n import LANGUAGES, tr
from workbench.core.templates.wordings import Listed, Wording, Wordings
from workbench.runtime import jobs
from workbench.ui.data.templates_editor import WordingEditor
from workbench.ui.data.templates_list import WordingList
from workbench.ui.theme.metrics import GRID
from workbench.ui.widgets.notice import Notice


class WordingBrowser(QStackedWidget):
    """The list of wordings in a language, in whose place one is written.

    Args:
        prefix: First part of the objectNames.
        above: Stands above the list.
        notice: Where it is said what went wrong, and what can be undone.

    Signals:
        chosen(): Another wording is to be shown, or the one that is written reads differently.
        changed(): Others are on, or writing has begun or ended.
    """

    chosen = Signal()
    changed = Signal()

    def __init__(self, prefix: str, above: QFormLayout, notice: Notice, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._wordings: Wordings | None = None
        self._listed: list[Listed] = []
        self._changes: list[Callable[[], object]] = []
        self._notice = notice
        self._language = QComboBox()
        self._language.setObjectName(f"{prefix}.language")
        for code, name in LANGUAGES.items():
            self._language.addItem(name, code)
        self._language.addItem(tr("All languages"), "")
        self._list = WordingList(prefix)
        self._editor = WordingEditor(prefix)
        browse = QWidget()
        layout = QVBoxLayout(browse)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID)
        above.addRow(tr("Language of the wordings"), self._language)
        layout.addLayout(above)
        layout.addWidget(self._list, 1)
        self.addWidget(browse)
        self.addWidget(self._editor)
        self._connect()

    def _connect(self) -> None:
        self._language.activated.connect(lambda _: self._show_list())
        self._list.chosen.connect(self.chosen)
        self._list.switched.connect(self._switch)
        self._list.add_wanted.connect(self._write)
        self._list.edit_wanted.connect(self._edit)
        self._list.copy_wanted.connect(self._copy)
        self._list.remove_wanted.connect(self._remove)
        self._editor.changed.connect(self.chosen)
        self._editor.saved.connect(self._keep)
        self._editor.dismissed.connect(self.stop_editing)

    def show_wordings(self, wordings: Wordings, listed: Sequence[Listed]) -> None:
        """Show the wordings of a family, which have been listed already."""
        self._wordings, self._listed = wordings, list(listed)
        self.stop_editing()
        self._show_list()

    def clear(self) -> None:
        """Show no wordings."""
        self._wordings, self._listed = None, []
        self.stop_editing()
        self._show_list()

    def set_language(self, code: str) -> None:
        """Show those of a language; of the first one if there are none of it."""
        self._language.setCurrentIndex(max(0, self._language.findData(code)))

    def wording(self) -> Wording | None:
        """Return the wording that is chosen or being written."""
        if self.is_editing():
            return self._editor.wording()
        entry = self._list.current()
        return entry.wording if entry is not None else None

    def on(self) -> list[Wording]:
        """Return the wordings that are on, of those in the list."""
        return self._list.on()

    def is_editing(self) -> bool:
        """Return whether a wording is being written."""
        return self.currentWidget() is self._editor

    def stop_editing(self) -> None:
        """Show the list again."""
        self.setCurrentIndex(0)
        self.chosen.emit()
        self.changed.emit()

    def _show_list(self, current: str = "") -> None:
        language = self._language.currentData()
        self._list.show_wordings(
            [entry for entry in self._listed if not language or entry.wording.language == language], current
        )
        self.changed.emit()

    def _switch(self, ids: list[str], on: bool) -> None:
        wordings = self._wordings
        assert wordings is not None
        changed = set(ids)
        self._listed = [
            msgspec.structs.replace(entry, on=on) if entry.wording.id in changed else entry for entry in self._listed
        ]
        self.changed.emit()
        self._change(lambda: wordings.switch(ids, on), lambda: None)

    def _change(self, work: Callable[[], object], done: Callable[[], None]) -> None:
        """Change the person's file in the background, one change after the other."""

        def next_one() -> None:
            self._changes.pop(0)
            if self._changes:
                self._changes[0]()

        def failed(sentence: str, detail: str) -> None:
            self._notice.error(sentence, detail)
            next_one()

        def succeeded(_: object) -> None:
            done()
            next_one()

        self._changes.append(lambda: jobs.start(self, lambda _report: work(), done=succeeded, failed=failed))
        if len(self._changes) == 1:
            self._changes[0]()

    def _write(self) -> None:
        self._open_editor(Wording(id="", language=self._new_language(), prompt=""), tr("A wording of your own"))

    def _new_language(self) -> str:
        entry = self._list.current()
        return str(self._language.currentData() or (entry.wording.language if entry else "en"))

    def _edit(self) -> None:
        entry = self._list.current()
        if entry is not None:
            self._open_editor(entry.wording, tr("Change the wording"))

    def _copy(self) -> None:
        entry = self._list.current()
        if entry is not None:
            self._open_editor(msgspec.structs.replace(entry.wording, id=""), tr("A wording of your own"))

    def _open_editor(self, wording: Wording, title: str) -> None:
        if self._wordings is not None:
            self.setCurrentWidget(self._editor)
            self._editor.open(self._wordings.family, wording, title)
            self.changed.emit()

    def _keep(self, wording: Wording) -> None:
        wordings = self._wordings
        assert wordings is not None
        kept = wording if wording.id else msgspec.structs.replace(wording, id=wordings.free_id(wording.language))

        def done() -> None:
            self.stop_editing()
            if self._language.currentData() not in ("", kept.language):
                self.set_language(kept.language)
            self._list_again(kept.id)

        self._change(lambda: wordings.save(kept), done)

    def _remove(self) -> None:
        wordings, entry = self._wordings, self._list.current()
        if wordings is None or entry is None:
            return
        wording = entry.wording

        def restore() -> None:
            self._change(lambda: wordings.save(wording), lambda: self._list_again(wording.id))

        def done() -> None:
            self._list_again(wording.id)
            self._notice.offer(tr("Your wording has been removed."), tr("Undo"), restore)

        self._change(lambda: wordings.remove(wording.id), done)

    def _list_again(self, current: str) -> None:
        assert self._wordings is not None
        self._listed = self._wordings.listed()
        self._show_list(current)
