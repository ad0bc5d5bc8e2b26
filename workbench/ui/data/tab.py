"""The Data tab."""

from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from workbench.core import registry, starters
from workbench.core.datasets.dataset import Dataset, DatasetInfo
from workbench.core.i18n import mark, tr
from workbench.runtime import jobs
from workbench.ui.data import catalogue
from workbench.ui.data.actions import DatasetActions
from workbench.ui.data.add import AddData
from workbench.ui.data.dataset_list import DatasetList
from workbench.ui.data.detail import DatasetDetail
from workbench.ui.data.drop_zone import dropped_files
from workbench.ui.data.panel import DataPanel
from workbench.ui.data.save_table import ask_table
from workbench.ui.tab import Tab
from workbench.ui.theme.metrics import GRID
from workbench.ui.widgets.buttons import PrimaryButton, QuietButton
from workbench.ui.widgets.labels import Caption, Title
from workbench.ui.widgets.notice import Notice
from workbench.ui.workspace import Workspace

Found = list[tuple[Dataset, DatasetInfo]]

MADE_FIRST = ("unlabelled",)
"""Kinds that a task can learn from as they are, which is not what they are for."""


def fitting_task(kind: str, current: str) -> str:
    """Return the task to train data of a kind with: the current one if it fits, else the first that fits best.

    One that there is a starter model for comes first, for it can begin at once.
    """
    tasks = registry.tasks()
    if current in tasks and kind in tasks[current].kinds:
        return current
    fitting = [task for task in tasks.values() if kind in task.kinds]
    fitting.sort(
        key=lambda task: (
            len([role for role in task.parents if not role.endswith("?")]),
            not starters.fitting(task.architectures),
            task.kinds.index(kind),
        )
    )
    return fitting[0].name if fitting else current


def next_panel(kind: str) -> type[DataPanel] | None:
    """Return what comes next for data that is best made something else of first: labelled, for example."""
    if any(kind in task.kinds and kind not in MADE_FIRST for task in registry.tasks().values()):
        return None
    return next((panel for panel in catalogue.PANELS if kind in panel.kinds), None)


class DataTab(Tab):
    """Import files, see what is in them, shape them, choose what to train on."""

    name = "data"
    label = mark("Data")
    icon = "data"

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(workspace, parent)
        self._found: dict[str, tuple[Dataset, DatasetInfo]] = {}
        self._panels: dict[type[DataPanel], DataPanel] = {}
        self._wanted = ""
        self.setAcceptDrops(True)
        self._notice = Notice()
        self._list = DatasetList("data.list")
        self._actions = DatasetActions("data", catalogue.PANELS)
        self._actions.serve(self._list)
        self._detail = DatasetDetail(workspace, "data", catalogue.PAGES, self._actions)
        self._add = AddData(workspace, "data")
        self._add_button = QuietButton(tr("Add data"), "data.add")
        self._use_button = PrimaryButton(tr("Use this data"), "data.use")
        self._title = Title(tr("Data"))
        self._subtitle = Caption("")
        self._pages = QStackedWidget()
        self._pages.addWidget(self._add)
        self._browser = self._make_browser()
        self._pages.addWidget(self._browser)
        self._lay_out()
        self._connect()

    def _make_browser(self) -> QWidget:
        split = QSplitter(Qt.Orientation.Horizontal)
        split.addWidget(self._list)
        split.addWidget(self._detail)
        split.setHandleWidth(GRID * 2)
        split.setStretchFactor(0, 1)
        split.setStretchFactor(1, 3)
        split.setSizes([GRID * 35, GRID * 93])
        split.setChildrenCollapsible(False)
        return split

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(GRID)
        words = QVBoxLayout()
        words.setSpacing(GRID // 2)
        words.addWidget(self._title)
        words.addWidget(self._subtitle)
        head.addLayout(words, 1)
        head.addWidget(self._add_button, 0, Qt.AlignmentFlag.AlignTop)
        head.addWidget(self._use_button, 0, Qt.AlignmentFlag.AlignTop)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GRID * 3, GRID * 3, GRID * 3, GRID * 3)
        layout.setSpacing(GRID * 2)
        layout.addLayout(head)
        layout.addWidget(self._notice)
        layout.addWidget(self._pages, 1)
        self._show_page(self._add)

    def _connect(self) -> None:
        self._list.chosen.connect(self._show_dataset)
        self._detail.failed.connect(self._notice.error)
        self._detail.finished.connect(self._open_new)
        self._actions.panel_wanted.connect(self._open_panel)
        self._actions.export_wanted.connect(self._pick_export)
        self._actions.remove_wanted.connect(self._remove)
        self._add.imported.connect(self._expect)
        self._add.opened.connect(self._open_new)
        self._add_button.clicked.connect(self._toggle_add)
        self._use_button.clicked.connect(self._use)
        self.workspace.datasets_changed.connect(self.refresh)
        self.workspace.project_changed.connect(self._on_project)

    def refresh(self) -> None:
        """List the data sets of the project anew."""
        if not self.workspace.has_project:
            return
        project = self.workspace.project

        def work(_report: jobs.Report) -> Found:
            return [(dataset, dataset.info) for dataset in project.datasets()]

        def done(found: Found) -> None:
            if project is self.workspace.project:
                self._show_found(found)

        jobs.start(self, work, done=done, failed=self._notice.error)

    def _show_found(self, found: Found) -> None:
        was_empty = not self._found
        self._found = {info.name: (dataset, info) for dataset, info in found}
        self._list.show_infos([info for _, info in found], self._wanted or self._list.name())
        if self._list.name() == self._wanted:
            self._wanted = ""
        self._add.set_present(self._found)
        if not found:
            self._show_page(self._add)
        elif was_empty and self._add.is_offering():
            self._show_page(self._browser)
        else:
            self._show_page(self._pages.currentWidget())

    def _show_page(self, page: QWidget | None) -> None:
        """Bring a page to the front; the head offers what makes sense beside it."""
        page = page or self._browser
        self._pages.setCurrentWidget(page)
        browsing = page is self._browser
        self._use_button.setVisible(browsing)
        self._add_button.setVisible(browsing or bool(self._found))
        self._add_button.setText(tr("Add data") if browsing else tr("Back to the data"))
        self._title.setText(tr(page.label) if isinstance(page, DataPanel) else tr("Data"))
        if isinstance(page, DataPanel):
            self._subtitle.setText(tr(page.help))
        elif browsing:
            self._subtitle.setText(tr("Choose what the model will learn from."))
        else:
            self._subtitle.setText(tr("What the model will learn from."))

    def _toggle_add(self) -> None:
        if self._pages.currentWidget() is self._browser:
            self._add.show_offer()
            self._show_page(self._add)
        else:
            self._show_page(self._browser)

    def _expect(self, name: str) -> None:
        """Choose a data set as soon as it is listed."""
        self._wanted = name

    def _open_new(self, name: str) -> None:
        """Show a data set that has just been made."""
        self._wanted = name
        self._add.show_offer()
        self._show_page(self._browser)
        self.refresh()

    def _on_project(self) -> None:
        self._found.clear()
        self._notice.clear()
        self._add.show_offer()
        self._show_page(self._add)

    def _show_dataset(self, name: str) -> None:
        if name in self._found:
            dataset, info = self._found[name]
            self._detail.show_dataset(dataset, info)
            self._actions.show_for(info)
            panel = next_panel(info.kind)
            self._use_button.setText(tr(panel.label) if panel else tr("Use this data"))

    def _use(self) -> None:
        name = self._list.name()
        if not name:
            return
        _, info = self._found[name]
        if panel := next_panel(info.kind):
            self._open_panel(panel)
            return
        draft = self.workspace.draft
        task = fitting_task(info.kind, draft.task)
        anew = {"adapter": registry.task(task).adapters[0], "settings": {}, "parents": {}} if task != draft.task else {}
        self.workspace.choose(data=name, task=task, **anew)
        self.workspace.tab_wanted.emit("model")

    def _open_panel(self, wanted: type[DataPanel]) -> None:
        if wanted not in self._panels:
            panel = self._panels[wanted] = wanted(self.workspace, f"data.{wanted.name}")
            panel.finished.connect(self._open_new)
            panel.dismissed.connect(lambda: self._show_page(self._browser))
            self._pages.addWidget(panel)
        self._notice.clear()
        self._panels[wanted].open(*self._found[self._list.name()])
        self._show_page(self._panels[wanted])

    def _pick_export(self) -> None:
        dataset, info = self._found[self._list.name()]
        ask_table(self, tr("Save the left-out rows"), f"{info.name}-left-out", partial(self._export, dataset))

    def _export(self, dataset: Dataset, path: Path) -> None:
        def done(_: object) -> None:
            self._notice.info(tr("The left-out rows are in {file}.", file=path))

        jobs.start(self, lambda _report: dataset.export_rejected(path), done=done, failed=self._notice.error)

    def _remove(self) -> None:
        name, project = self._list.name(), self.workspace.project
        if not name:
            return

        def restore() -> None:
            self._wanted = name
            jobs.start(self, lambda _report: project.restore_dataset(name), done=changed, failed=self._notice.error)

        def changed(_: object) -> None:
            self.workspace.datasets_changed.emit()

        def done(_: object) -> None:
            if self.workspace.draft.data == name:
                self.workspace.choose(data="")
            changed(_)
            self._notice.offer(tr("“{name}” has been removed.", name=name), tr("Undo"), restore)

        jobs.start(self, lambda _report: project.remove_dataset(name), done=done, failed=self._notice.error)

    def shut(self) -> None:
        """End what pages and panels keep running."""
        self._detail.shut()
        for panel in self._panels.values():
            panel.shut()

    def open_files(self, paths: list[Path]) -> None:
        """Offer to import files or folders, as if they had been dropped here."""
        self._add.open_files(paths)
        self._show_page(self._add)

    def open_file(self, path: Path) -> None:
        """Offer to import a file, as if it had been dropped here."""
        self.open_files([path])

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files that are dragged in."""
        if dropped_files(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open the files that were dropped."""
        paths = dropped_files(event.mimeData())
        if paths:
            event.acceptProposedAction()
            self.open_files(paths)
