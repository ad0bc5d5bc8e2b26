"""The check-up of a data set: what a person should know before training on it."""

import re
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import msgspec
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from workbench.core.datasets import tables
from workbench.core.datasets.checkup.kept import kept
from workbench.core.datasets.checkup.report import Report, Suspect, Suspects
from workbench.core.datasets.dataset import Dataset, DatasetInfo
from workbench.core.i18n import mark, tr
from workbench.runtime import jobs
from workbench.runtime.command import Command
from workbench.ui.data.checkup_cards import BalanceCard, FindingsCard, LengthsCard, PersonalCard, empty_card, same_card
from workbench.ui.data.checkup_labels import SuspectsCard
from workbench.ui.data.model_choice import ModelChoice
from workbench.ui.data.panel import DetailPage
from workbench.ui.data.save_table import ask_table
from workbench.ui.scrolling import scrolling
from workbench.ui.theme.metrics import GRID
from workbench.ui.widgets.buttons import QuietButton
from workbench.ui.widgets.labels import Caption
from workbench.ui.workspace import Workspace

_PERCENT = re.compile(r"([0-9]+) % ?(.*)")


class CheckupPage(DetailPage):
    """Runs the check-up in a child, keeps what it found, and shows it in cards."""

    name: ClassVar[str] = "checkup"
    label: ClassVar[str] = mark("Check-up")

    def __init__(self, workspace: Workspace, prefix: str, parent: QWidget | None = None) -> None:
        super().__init__(workspace, prefix, parent)
        self._dataset: Dataset | None = None
        self._newest = 0
        self._command = Command(self)
        self._command.progressed.connect(self._on_progress)
        self._command.done.connect(self._on_done)
        self._command.failed.connect(self._on_failed)
        self._choice = ModelChoice(workspace, f"{prefix}.checkup", tr("none: count characters"))
        self._choice.changed.connect(self._look)
        self._start = QuietButton(tr("Check this data"), f"{prefix}.checkup.start")
        self._start.clicked.connect(self._on_start)
        self._cancel = QuietButton(tr("Cancel"), f"{prefix}.checkup.cancel")
        self._cancel.clicked.connect(self._on_cancel)
        self._bar = QProgressBar(minimum=0, maximum=100)
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(tr("Progress"))
        self._state = Caption("")
        self._state.setObjectName(f"{prefix}.checkup.state")
        self._place = QVBoxLayout()
        self._cards = QWidget()
        workspace.project_changed.connect(self._on_cancel)
        self._lay_out()
        self._show_running(False)

    def _lay_out(self) -> None:
        doing = QHBoxLayout()
        doing.setSpacing(GRID)
        doing.addWidget(self._start)
        doing.addWidget(self._cancel)
        doing.addWidget(self._state, 1)
        inside = QWidget()
        inside.setLayout(self._place)
        self._place.setContentsMargins(0, 0, GRID, 0)
        self._place.addWidget(self._cards)
        self._place.addStretch()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID)
        layout.addWidget(self._choice)
        layout.addLayout(doing)
        layout.addWidget(self._bar)
        layout.addWidget(scrolling(inside), 1)

    def show_dataset(self, dataset: Dataset, info: DatasetInfo) -> None:
        """Show what is known of a data set already, and offer to check it."""
        if self._dataset is None or self._dataset.path != dataset.path:
            self._on_cancel()
            self._show(None)
        self._dataset = dataset
        self._choice.show_kind(info.kind)

    def _look(self) -> None:
        """Show the kept report for the chosen model and length, if there is one."""
        dataset, model, length = self._dataset, self._choice.model(), self._choice.max_length()
        if dataset is None or self._command.running:
            return
        self._start.setEnabled(True)
        self._newest += 1
        number = self._newest

        def done(report: Report | None) -> None:
            if number == self._newest and not self._command.running:
                self._show(report)

        jobs.start(self, lambda _report: kept(dataset, model, length), done=done, failed=self.failed.emit)

    def _on_start(self) -> None:
        if self._dataset is None:
            return
        model, length = self._choice.model(), self._choice.max_length()
        chosen = ["--model", model] if model else []
        self._run("check", self._dataset.name, *chosen, "--max-length", str(length))

    def _run(self, *arguments: str | Path) -> None:
        self._newest += 1
        self._state.setText(tr("Starting …"))
        self._bar.setValue(0)
        self._command.start("data", arguments[0], self.workspace.project.path, *arguments[1:])
        self._show_running(True)

    def shut(self) -> None:
        """End the check."""
        self._on_cancel()

    def _on_cancel(self) -> None:
        self._command.cancel()
        self._state.clear()
        self._show_running(False)

    def _on_progress(self, line: str) -> None:
        if found := _PERCENT.fullmatch(line):
            self._bar.setValue(int(found[1]))
            self._state.setText(found[2] and f"{found[2]} …")

    def _on_done(self, value: dict[str, Any]) -> None:
        self._state.clear()
        self._show_running(False)
        if "hash" in value:
            self._show(msgspec.convert(value, Report))
        else:
            self.finished.emit(value["data"])

    def _on_failed(self, sentence: str, detail: str) -> None:
        self._state.setText(sentence)
        self._show_running(False)
        self.failed.emit(sentence, detail)

    def _show_running(self, running: bool) -> None:
        self._bar.setVisible(running)
        self._cancel.setVisible(running)
        for widget in (self._choice, self._cards):
            widget.setEnabled(not running)
        self._start.setEnabled(not running and self._choice.is_known())

    def _show(self, report: Report | None) -> None:
        self._cards.deleteLater()
        self._cards = self._made(report) if report else QWidget()
        self._place.insertWidget(0, self._cards)
        self._start.setText(tr("Check again") if report else tr("Check this data"))
        nothing = tr("Lengths, duplicates, leaks, labels and personal data: nothing has been checked yet.")
        self._state.setText("" if report else nothing)

    def _made(self, report: Report) -> QWidget:
        """Return the cards of a report in two columns, suspicious labels below them."""
        left: list[QWidget] = [BalanceCard(report)]
        right: list[QWidget] = []
        if report.same:
            left.append(self._linked(same_card(report.same, self.prefix, labelled=bool(report.labels))))
        if report.lengths:
            left.append(self._linked(empty_card(report.empty, report.kind, self.prefix)))
            right.append(LengthsCard(report.lengths, report.max_length))
        if report.personal:
            personal = PersonalCard(report.personal, self.prefix)
            personal.mask_wanted.connect(self._on_mask)
            right.append(self._linked(personal))
        cards = QWidget()
        grid = QGridLayout(cards)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(GRID * 2)
        for place, column in enumerate((left, right)):
            stack = QVBoxLayout()
            stack.setSpacing(GRID * 2)
            for card in column:
                stack.addWidget(card)
            stack.addStretch()
            grid.addLayout(stack, 0, place)
            grid.setColumnStretch(place, 1)
        if report.suspects:
            suspects = SuspectsCard(report.suspects, self.prefix)
            suspects.row_wanted.connect(self.row_wanted)
            suspects.right_wanted.connect(self._on_right)
            suspects.save_wanted.connect(partial(self._pick_file, report.suspects))
            grid.addWidget(suspects, 1, 0, 1, 2)
        return cards

    def _pick_file(self, suspects: Suspects) -> None:
        name = self._dataset.name if self._dataset is not None else ""
        ask_table(self, tr("Save the suspicious labels"), f"{name}-suspicious", partial(self._save, suspects))

    def _save(self, suspects: Suspects, path: Path) -> None:
        def done(_: object) -> None:
            self._state.setText(tr("The list is in {file}.", file=path))

        names = Suspect.__struct_fields__
        jobs.start(self, lambda _report: tables.write(path, names, suspects.rows), done=done, failed=self.failed.emit)

    def _linked(self, card: FindingsCard) -> FindingsCard:
        card.row_wanted.connect(self.row_wanted)
        return card

    def _on_mask(self) -> None:
        if self._dataset is not None:
            self._run("mask", self._dataset.name)

    def _on_right(self, labels: dict[int, str]) -> None:
        if self._dataset is not None:
            settings = [part for row, label in labels.items() for part in ("--set", f"{row}={label}")]
            self._run("relabel", self._dataset.name, *settings)
