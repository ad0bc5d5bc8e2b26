"""What should the model learn from?"""

from PySide6.QtWidgets import QVBoxLayout, QWidget

from workbench.core.datasets.dataset import DatasetInfo
from workbench.core.datasets.kinds import KINDS
from workbench.core.i18n import mark, tr
from workbench.runtime import jobs
from workbench.ui.data.add import AddData
from workbench.ui.data.dataset_list import DatasetList
from workbench.ui.theme.metrics import GRID
from workbench.ui.widgets.labels import Caption, Heading
from workbench.ui.widgets.notice import Notice
from workbench.ui.wizard.page import Choice, Page
from workbench.ui.workspace import Workspace


class DataPage(Page):
    """Chooses a data set of the project, or brings one in."""

    title = mark("Data")

    def __init__(self, choice: Choice, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(choice, parent)
        self._workspace = workspace
        self._notice = Notice()
        self._needs = Caption("")
        self._heading = Heading(tr("In this project"))
        self._list = DatasetList("wizard.data.list")
        self._add = AddData(workspace, "wizard.data", primary=False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID)
        layout.addWidget(self._needs)
        layout.addWidget(self._notice)
        layout.addWidget(self._heading)
        layout.addWidget(self._list)
        layout.addWidget(self._add, 1)
        self._add.imported.connect(self._on_imported)
        self._list.chosen.connect(self._choose)

    def enter(self) -> None:
        """Offer the data sets of the kinds that the task takes."""
        kinds = tr(", ").join(tr(KINDS[kind].label) for kind in self.task.kinds if kind in KINDS)
        self._needs.setText(tr("For this goal the data must be of one of these kinds: {kinds}.", kinds=kinds))
        project = self._workspace.project

        def work(_report: jobs.Report) -> list[DatasetInfo]:
            return [dataset.info for dataset in project.datasets()]

        jobs.start(self, work, done=self._show, failed=self._notice.error)

    def _show(self, infos: list[DatasetInfo]) -> None:
        fitting = [info for info in infos if info.kind in self.task.kinds]
        self._add.set_present([info.name for info in infos])
        wanted = next((info for info in infos if info.name == self.choice.data), None)
        if wanted is not None and wanted not in fitting:
            kind = tr(KINDS[wanted.kind].label)
            self._notice.warn(tr("“{name}” holds {kind}, which does not fit this goal.", name=wanted.name, kind=kind))
        self._heading.setVisible(bool(fitting))
        self._list.setVisible(bool(fitting))
        if not fitting:
            self.choice.data = ""
        self._list.show_infos(fitting, self.choice.data)
        self._list.fit(3)
        self.changed.emit()

    def _on_imported(self, name: str) -> None:
        self._notice.clear()
        self.choice.data = name
        self.enter()

    def _choose(self, name: str) -> None:
        self.choice.data = name
        self.changed.emit()

    def problem(self) -> str:
        """Return that a data set is needed."""
        return "" if self.choice.data else tr("Choose a data set, or bring one in.")
