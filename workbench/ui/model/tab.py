"""The Model tab."""

from typing import get_args

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from workbench.core import models, registry, starters
from workbench.core.i18n import mark, tr
from workbench.core.models import ModelInfo
from workbench.core.plan import ADAPTER
from workbench.core.registry import Architecture
from workbench.ui.model.adapter_chooser import AdapterChooser
from workbench.ui.model.choices import ModelChoices
from workbench.ui.model.facts import Facts
from workbench.ui.scrolling import scrolling
from workbench.ui.tab import Tab
from workbench.ui.theme.metrics import GRID
from workbench.ui.widgets.buttons import PrimaryButton
from workbench.ui.widgets.empty_state import EmptyState
from workbench.ui.widgets.labels import Caption, Heading, Title
from workbench.ui.widgets.notice import Notice
from workbench.ui.workspace import Workspace


class ModelTab(Tab):
    """Choose the base model and the adapter."""

    name = "model"
    label = mark("Model")
    icon = "model"

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(workspace, parent)
        self._choices = ModelChoices("model")
        self._notice = Notice()
        self._title = Heading("")
        self._facts = Facts()
        self._adapter = AdapterChooser("model")
        self._use = PrimaryButton(tr("Use this model"), "model.use")
        self._empty = EmptyState(
            "model", tr("No model yet"), tr("Choose one on the left. The first starter model suits most beginnings.")
        )
        self._chosen = scrolling(self._right())
        self._lay_out()
        self._choices.chosen.connect(self._show_info)
        self._adapter.changed.connect(self._show_whether_usable)
        self._use.clicked.connect(self._on_use)
        workspace.draft_changed.connect(self._on_draft)
        workspace.project_changed.connect(self._on_draft)
        self._show_chosen(False)

    def _right(self) -> QWidget:
        right = QWidget()
        layout = QVBoxLayout(right)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID)
        layout.addWidget(self._title)
        layout.addWidget(self._facts)
        layout.addSpacing(GRID)
        layout.addWidget(self._adapter)
        layout.addStretch()
        return right

    def _lay_out(self) -> None:
        words = QVBoxLayout()
        words.setSpacing(GRID // 2)
        words.addWidget(Title(tr("Model")))
        words.addWidget(Caption(tr("What is trained, and which part of it.")))
        head = QHBoxLayout()
        head.addLayout(words, 1)
        head.addWidget(self._use, 0, Qt.AlignmentFlag.AlignTop)
        columns = QHBoxLayout()
        columns.setSpacing(GRID * 4)
        columns.addWidget(scrolling(self._choices), 1)
        columns.addWidget(self._empty, 1)
        columns.addWidget(self._chosen, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GRID * 3, GRID * 3, GRID * 3, GRID * 3)
        layout.setSpacing(GRID * 2)
        layout.addLayout(head)
        layout.addWidget(self._notice)
        layout.addLayout(columns, 1)

    def refresh(self) -> None:
        """Look which models are here and show the one of the draft, or one that fits what is to be done."""
        task = self._task()
        self._choices.show_for(task.architectures if task else (), every_starter=not self.workspace.draft.data)
        self._choices.refresh()
        model = self._proposed()
        if model and (self._choices.info is None or self._choices.info.name != model):
            self._choices.choose(model)

    def _proposed(self) -> str:
        """Return the model of the draft or, once data are chosen that it does not suit, the first starter that does."""
        draft, task, info = self.workspace.draft, self._task(), self._choices.info
        if task is None or not draft.data:
            return draft.model
        fitting = starters.fitting(task.architectures)
        other = set(models.offered(get_args(Architecture))) - set(models.offered(task.architectures[:1]))
        if draft.model and draft.model not in other:
            return draft.model
        if info is not None and info.architecture in task.architectures:
            return info.name
        return next((name for name in fitting if starters.is_ready(name)), draft.model)

    def _task(self) -> registry.Task | None:
        return registry.tasks().get(self.workspace.draft.task)

    def _on_draft(self) -> None:
        if self._choices.info is not None:
            self._show_info(self._choices.info)

    def _show_info(self, info: ModelInfo) -> None:
        draft, task = self.workspace.draft, self._task()
        self._title.setText(info.name)
        self._facts.show_info(info)
        if task is not None:
            own = {
                name.removeprefix(ADAPTER): value for name, value in draft.settings.items() if name.startswith(ADAPTER)
            }
            self._adapter.show_for(task, info, draft.adapter, own, draft.settings)
        self._show_chosen(True)

    def _show_chosen(self, chosen: bool) -> None:
        self._empty.setVisible(not chosen)
        self._chosen.setVisible(chosen)
        self._show_whether_usable()

    def _show_whether_usable(self) -> None:
        info, task = self._choices.info, self._task()
        fits = info is not None and task is not None and info.architecture in task.architectures
        if info is not None and task is not None and not fits:
            self._notice.warn(tr("“{task}” cannot train this model. Choose another one.", task=tr(task.label)))
        else:
            self._notice.clear()
        self._use.setEnabled(fits and self._adapter.valid())

    def _on_use(self) -> None:
        info = self._choices.info
        assert info is not None
        others = {name: value for name, value in self.workspace.draft.settings.items() if not name.startswith(ADAPTER)}
        own = {ADAPTER + name: value for name, value in self._adapter.settings().items()}
        self.workspace.choose(model=info.name, adapter=self._adapter.adapter, settings={**others, **own})
        self.workspace.tab_wanted.emit("train")
