"""The Data tab."""

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from workbench.core import registry
from workbench.core.datasets.dataset import Dataset, DatasetInfo
from workbench.core.i18n import mark, tr
from workbench.runtime import jobs
from workbench.ui.data.add import AddData
from workbench.ui.data.dataset_list import DatasetList
from workbench.ui.data.detail import DatasetDetail
from workbench.ui.data.drop_zone import dropped_file
from workbench.ui.tab import Tab
from workbench.ui.theme.metrics import GRID
from workbench.ui.widgets.buttons import PrimaryButton, QuietButton
from workbench.ui.widgets.labels import Caption, Title
from workbench.ui.widgets.notice import Notice
from workbench.ui.workspace import Workspace

Found = list[tuple[Dataset, DatasetInfo]]


def fitting_task(kind: str, current: str) -> str:
    """Return the task to train data of a kind with: the current one if it fits, else the first that fits best."""
    tasks = registry.tasks()
    if current in tasks and kind in tasks[current].kinds:
        return current
    fitting = [task for task in tasks.values() if kind in task.kinds]
    fitting.sort(
        key=lambda task: (len([role for role in task.parents if not role.endswith("?")]), task.kinds.index(kind))
    )
    return fitting[0].name if fitting else current


class DataTab(Tab):
    """Import files, see what is in them, choose what to train on."""

    name = "data"
    label = mark("Data")
    icon = "data"

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(workspace, parent)
        self._found: dict[str, tuple[Dataset, DatasetInfo]] = {}
        self._wanted = ""
        self.setAcceptDrops(True)
        self._notice = Notice()
        self._list = DatasetList("data.list")
        self._detail = DatasetDetail("data")
        self._add = AddData(workspace, "data")
        self._add_button = QuietButton(tr("Add data"), "data.add")
        self._use_button = PrimaryButton(tr("Use this data"), "data.use")
        self._subtitle = Caption("")
        self._pages = QStackedWidget()
        self._pages.addWidget(self._add)
        self._browser = self._make_browser()
        self._pages.addWidget(self._browser)
        self._lay_out()
        self._list.chosen.connect(self._show_dataset)
        self._detail.failed.connect(self._notice.error)
        self._add.imported.connect(self._on_imported)
        self._add_button.clicked.connect(self._toggle_add)
        self._use_button.clicked.connect(self._use)
        workspace.datasets_changed.connect(self.refresh)
        workspace.project_changed.connect(self._on_project)

    def _make_browser(self) -> QWidget:
        split = QSplitter(Qt.Orientation.Horizontal)
        split.addWidget(self._list)
        split.addWidget(self._detail)
        split.setHandleWidth(GRID * 2)
        split.setStretchFactor(0, 1)
        split.setStretchFactor(1, 3)
        split.setSizes([GRID * 40, GRID * 88])
        split.setChildrenCollapsible(False)
        return split

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(GRID)
        words = QVBoxLayout()
        words.setSpacing(GRID // 2)
        words.addWidget(Title(tr("Data")))
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
        self._wanted = ""
        self._add.set_present(self._found)
        if not found:
            self._show_page(self._add)
        elif was_empty and self._add.currentIndex() == 0:
            self._show_page(self._browser)
        else:
            self._show_page(self._add if self._is_adding() else self._browser)

    def _show_page(self, page: QWidget) -> None:
        """Bring a page to the front; the head offers what makes sense beside it."""
        self._pages.setCurrentWidget(page)
        adding = page is self._add
        self._use_button.setVisible(not adding)
        self._add_button.setVisible(not adding or bool(self._found))
        self._add_button.setText(tr("Back to the data") if adding else tr("Add data"))
        self._subtitle.setText(
            tr("What the model will learn from.") if adding else tr("Choose what the model will learn from.")
        )

    def _toggle_add(self) -> None:
        adding = self._is_adding()
        self._add.show_offer()
        self._show_page(self._browser if adding else self._add)

    def _is_adding(self) -> bool:
        return self._pages.currentWidget() is self._add

    def _on_imported(self, name: str) -> None:
        self._wanted = name
        self._show_page(self._browser)
        self.refresh()

    def _on_project(self) -> None:
        self._found.clear()
        self._notice.clear()
        self._add.show_offer()
        self._show_page(self._add)

    def _show_dataset(self, name: str) -> None:
        if name in self._found:
            self._detail.show_dataset(*self._found[name])

    def _use(self) -> None:
        name = self._list.name()
        if not name:
            return
        _, info = self._found[name]
        self.workspace.choose(data=name, task=fitting_task(info.kind, self.workspace.draft.task))
        self.workspace.tab_wanted.emit("model")

    def open_file(self, path: Path) -> None:
        """Offer to import a file, as if it had been dropped here."""
        self._add.open_file(path)
        self._show_page(self._add)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take a file that is dragged in."""
        if dropped_file(event.mimeData()) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open the file that was dropped."""
        path = dropped_file(event.mimeData())
        if path is not None:
            event.acceptProposedAction()
            self.open_file(path)
