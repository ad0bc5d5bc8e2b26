"""The page of a bake-off: which adapters, what each reaches and costs, and what that says."""

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from workbench.core import models, registry
from workbench.core.bake_off.bake_off import STORE, BakeOff, make
from workbench.core.bake_off.results import Result, results, verdict
from workbench.core.i18n import tr
from workbench.core.plan import Request
from workbench.core.project import Project
from workbench.runtime import jobs
from workbench.ui.bake_off.choice import AdapterChoice, model_of
from workbench.ui.bake_off.plot import BakeOffPlot
from workbench.ui.bake_off.table import BakeOffTable
from workbench.ui.runs.trainings_page import TrainingsPage
from workbench.ui.workspace import Workspace


class BakeOffPage(TrainingsPage):
    """Several adapters, held against each other."""

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(
            workspace,
            STORE,
            workspace.bake_offs,
            "bake_off",
            title=tr("Which adapter is best here?"),
            kind=tr("Comparison"),
            new=tr("A new comparison"),
            parent=parent,
        )
        self._choice = AdapterChoice()
        self._plot = BakeOffPlot("bake_off.plot")
        self._table = BakeOffTable("bake_off.table")
        self._choice.changed.connect(self._show_whether_ready)
        self._put_together(self._choice, self._plot, self._table)

    def begin(self, request: Request) -> None:
        """Offer a comparison of adapters for a request, or show the one that is at work."""
        super().begin(request)
        task = registry.task(request.task)

        def done(info: models.ModelInfo | None) -> None:
            if request is self._request:
                self._choice.show_for(task, info, request.settings)

        jobs.start(self, lambda _report: model_of(request), done=done, failed=self._notice.error)

    def _measure(self, project: Project, found: BakeOff) -> list[Result]:
        return results(project, found)

    def _tell(self, found: BakeOff, measured: list[Result]) -> None:
        task = registry.task(found.request.task)
        self._plot.show_results(task, measured)
        self._table.show_results(task, measured)
        self._sentence.setText(verdict(task, measured))
        self._detail.setText(
            tr("All were measured on the same held-out rows. Further up is better, further left is smaller.")
        )

    def _ask(self) -> None:
        self._sentence.setText(tr("Tick the adapters to compare."))
        self._detail.setText(
            tr(
                "The same training is done with each of them, one after the other: same data, same seed, same steps, "
                "each at the learning rate that suits it unless you have set one."
            )
        )

    def _is_ready(self) -> bool:
        return len(self._choice.chosen()) > 1

    def _making(self, request: Request) -> Callable[[Project], BakeOff]:
        adapters = self._choice.chosen()
        return lambda project: make(project, request, adapters)
