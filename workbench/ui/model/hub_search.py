"""The Hugging Face Hub: a search, what it found, and the model that was picked of it."""

import re
from collections.abc import Callable, Collection
from typing import TypeVar, get_args

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from workbench.core import hub_models, models
from workbench.core.hub_models import Found
from workbench.core.i18n import tr
from workbench.core.registry import Architecture
from workbench.core.units import count, size
from workbench.runtime import jobs
from workbench.ui.model.hub_model import HubModel
from workbench.ui.scrolling import reveal
from workbench.ui.theme.metrics import GRID
from workbench.ui.widgets.buttons import QuietButton
from workbench.ui.widgets.labels import Caption
from workbench.ui.widgets.notice import Notice

T = TypeVar("T")

ROWS = 4
"""Results that are seen without scrolling."""

_LINK = re.compile(r"https?://(?:www\.)?(?:huggingface\.co|hf\.co)/([\w.-]+/[\w.-]+)")
_NAME = re.compile(r"[\w.-]+/[\w.-]+")


def named(text: str) -> str:
    """Return the model that a text names as owner/name or by its address; "" if it is something to search for."""
    found = _LINK.match(text.strip())
    return found[1] if found else text.strip() if _NAME.fullmatch(text.strip()) else ""


class HubSearch(QWidget):
    """A field for a part of a name; below it the results, and what the Hub says of the one that was picked.

    Nothing is asked of the network before the person presses a button.

    Args:
        prefix: First part of the objectNames.

    Signals:
        wanted(str): The person chose a model of that name; it is on this computer.
    """

    wanted = Signal(str)

    def __init__(self, prefix: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._architectures: Collection[str] = get_args(Architecture)
        self._newest = 0
        self._text = QLineEdit()
        self._text.setObjectName(f"{prefix}.hub")
        self._text.setAccessibleName(tr("Search the Hugging Face Hub"))
        self._text.setPlaceholderText(tr("part of a name, or owner/name"))
        self._text.returnPressed.connect(self.search)
        self._search = QuietButton(tr("Search"), f"{prefix}.hub_search")
        self._search.clicked.connect(self.search)
        self._state = Caption("")
        self._state.setObjectName(f"{prefix}.hub_state")
        self._notice = Notice()
        self._results = QListWidget()
        self._results.setObjectName(f"{prefix}.hub_results")
        self._results.setAccessibleName(tr("Models that were found"))
        self._results.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._results.setUniformItemSizes(True)
        self._results.currentItemChanged.connect(self._on_picked)
        self._model = HubModel(prefix)
        self._model.wanted.connect(self.wanted)
        self._model.failed.connect(self._notice.error)
        self._model.busy.connect(self._show_busy)
        self._lay_out()

    def _lay_out(self) -> None:
        line = QHBoxLayout()
        line.setSpacing(GRID)
        line.addWidget(self._text, 1)
        line.addWidget(self._search)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID)
        layout.addWidget(Caption(tr("Only this asks the network, and only when you press the button.")))
        layout.addLayout(line)
        layout.addWidget(self._notice)
        layout.addWidget(self._state)
        layout.addWidget(self._results)
        layout.addWidget(self._model)
        for widget in (self._state, self._results, self._model):
            widget.hide()

    def show_for(self, architectures: Collection[str]) -> None:
        """Look for models of some architectures only; for all if none is given."""
        self._architectures = architectures or get_args(Architecture)

    def search(self) -> None:
        """Ask the Hub for models whose name holds the text, or for the one that it names."""
        text, architectures = self._text.text(), self._architectures
        if not self._search.isEnabled():
            return
        if name := named(text):
            self._results.hide()
            self._look_up(name)
            return
        self._ask(tr("Searching …"), lambda: hub_models.search(text, architectures), self._show_found)

    def _ask(self, state: str, ask: Callable[[], T], show: Callable[[T], None]) -> None:
        """Ask the Hub off the window's thread; an answer that comes after the next question is dropped."""
        self._newest += 1
        number = self._newest
        self._notice.clear()
        self._model.hide()
        self._search.setEnabled(False)
        self._state.setText(state)
        self._state.show()

        def done(answer: T) -> None:
            if number == self._newest:
                self._search.setEnabled(True)
                show(answer)

        def failed(sentence: str, detail: str) -> None:
            if number == self._newest:
                self._search.setEnabled(True)
                self._state.setText(tr("Starter models and models in folders work without a network."))
                self._notice.error(sentence, detail)
                reveal(self)

        jobs.start(self, lambda _report: ask(), done=done, failed=failed)

    def _show_found(self, found: list[Found]) -> None:
        self._results.blockSignals(True)
        self._results.clear()
        for model in found:
            self._results.addItem(self._item(model))
        self._results.blockSignals(False)
        self._results.setVisible(bool(found))
        self._state.setText(
            tr("{count} models that can be used, the most downloaded first. Pick one.", count=len(found))
            if found
            else tr("Nothing that can be used was found. Try another part of the name.")
        )
        if found:
            shown = min(ROWS, len(found))
            self._results.setFixedHeight(shown * self._results.sizeHintForRow(0) + GRID)
            reveal(self._results)

    def _item(self, model: Found) -> QListWidgetItem:
        facts = [
            model.licence or tr("licence not stated"),
            size(model.bytes) if model.bytes else "",
            tr("terms to accept") if model.gated else "",
            tr("{count} downloads", count=count(model.downloads)),
        ]
        item = QListWidgetItem(f"{model.name}\n{' · '.join(filter(None, facts))}")
        item.setData(Qt.ItemDataRole.UserRole, model.name)
        item.setToolTip(item.text())
        item.setSizeHint(QSize(0, self._results.fontMetrics().lineSpacing() * 2 + GRID * 2))
        return item

    def _on_picked(self, item: QListWidgetItem | None) -> None:
        if item is not None:
            self._look_up(item.data(Qt.ItemDataRole.UserRole))

    def _look_up(self, name: str) -> None:
        self._ask(tr("Looking at “{name}” …", name=name), lambda: _described(name), self._show_model)

    def _show_model(self, found: tuple[hub_models.Described, bool]) -> None:
        self._state.hide()
        self._model.show_model(*found)
        reveal(self._model)

    def _show_busy(self, busy: bool) -> None:
        if busy:
            self._notice.clear()
        for widget in (self._text, self._search, self._results):
            widget.setEnabled(not busy)


def _described(name: str) -> tuple[hub_models.Described, bool]:
    """Return what the Hub says of a model, and whether it is on this computer."""
    return hub_models.describe(name), models.is_whole(name)
