"""The trainings of a bake-off: what each adapter reaches and costs."""

from PySide6.QtWidgets import QWidget

from workbench.core import registry, units
from workbench.core.bake_off.results import Result, shown
from workbench.core.i18n import tr
from workbench.ui.runs.trainings_table import Line, TrainingsTable
from workbench.ui.runs.words import state_word


class BakeOffTable(TrainingsTable):
    """A line an adapter.

    Args:
        name: objectName.
    """

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        titles = (tr("Adapter"), tr("Held-out"), tr("Trainable"), tr("Memory"), tr("Time"), tr("On disk"))
        super().__init__(name, tr("Trainings of this comparison"), titles, len(registry.adapters()), parent)

    def show_results(self, task: registry.Task, results: list[Result]) -> None:
        """Show trainings."""
        self.show_lines([self._line(task, result) for result in results])

    @staticmethod
    def _line(task: registry.Task, result: Result) -> Line:
        label, state = tr(registry.adapter(result.adapter).label), state_word(result.state)
        trainable = units.count(result.trainable) if result.trainable else ""
        if result.quality is None:
            return [label, "", trainable, "", "", "", state, result.run]
        memory, size = units.size(result.memory * 2**20), units.size(result.size)
        return [label, shown(task, result), trainable, memory, units.duration(result.seconds), size, state, result.run]
