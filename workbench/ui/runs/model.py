"""The runs of the project as a list model, newest first; live ones change as they go."""

from typing import Any

import msgspec
from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from workbench.core.errors import UserError
from workbench.core.project import Project
from workbench.core.runs import Story, Summary
from workbench.ui.runs.words import headline, state_word, task_label

Index = QModelIndex | QPersistentModelIndex
SUMMARY = Qt.ItemDataRole.UserRole
ENDED = ("finished", "stopped", "failed")


class Summaries:
    """Reads the summaries of all runs; a run that has ended is read again only when its events have grown."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[int, Summary]] = {}

    def read(self, project: Project) -> list[Summary]:
        """Return the summaries of a project's runs, newest first; damaged run folders are passed over."""
        found: list[Summary] = []
        for run in reversed(project.runs()):
            size = run.events_file.stat().st_size if run.events_file.exists() else 0
            known = self._known.get(str(run.path))
            if known is None or known[0] != size or known[1].state not in ENDED:
                try:
                    known = (size, run.summary())
                except UserError:  # its description cannot be read; the commands say so when it is asked for
                    continue
                self._known[str(run.path)] = known
            found.append(known[1])
        return found


class RunsModel(QAbstractListModel):
    """A row a run; the data of `SUMMARY` is its `Summary`."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._runs: list[Summary] = []

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """Return how many runs there are."""
        return 0 if parent.isValid() else len(self._runs)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a run's name, its whole description, or its summary."""
        run = self._runs[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return run.name
        if role == Qt.ItemDataRole.ToolTipRole:
            return "\n".join(
                part for part in (run.name, run.run, task_label(run.task), details(run), run.reason) if part
            )
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{run.name}, {task_label(run.task)}, {details(run)}"
        return run if role == SUMMARY else None

    def show(self, runs: list[Summary]) -> None:
        """Show other runs, keeping the rows where only their values changed."""
        if [run.run for run in runs] == [run.run for run in self._runs]:
            self._runs = runs
            if runs:
                self.dataChanged.emit(self.index(0), self.index(len(runs) - 1))
            return
        self.beginResetModel()
        self._runs = runs
        self.endResetModel()

    def update(self, run: str, story: Story) -> None:
        """Show how far a live run is."""
        row = self.row(run)
        if row >= 0:
            values = {"state": story.state, "step": story.step, "total": story.total, "metrics": dict(story.metrics)}
            self._runs[row] = msgspec.structs.replace(self._runs[row], **values)
            self.dataChanged.emit(self.index(row), self.index(row))

    def row(self, run: str) -> int:
        """Return the row of a run, -1 if it is not there."""
        return next((row for row, summary in enumerate(self._runs) if summary.run == run), -1)


def details(run: Summary) -> str:
    """Return the state and the value that tells most, on one line."""
    state = state_word(run.state)
    if run.state == "running" and run.total:
        state = f"{state} {100 * run.step // run.total} %"
    return " · ".join(part for part in (state, headline(run.metrics)) if part)
