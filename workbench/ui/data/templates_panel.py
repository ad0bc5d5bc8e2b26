"""Turning a data set into prompts and answers: which family, which wordings, and what the person's rows become."""

from collections.abc import Callable
from typing import Any, ClassVar

from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from workbench.core.datasets.dataset import Dataset, DatasetInfo
from workbench.core.errors import UserError
from workbench.core.i18n import mark, tr
from workbench.core.templates.applying import Draw, apply
from workbench.core.templates.families import KINDS, Family, family
from workbench.core.templates.filling import Fill, Filler
from workbench.core.templates.proposing import Proposal, propose
from workbench.core.templates.rendering import Unfilled
from workbench.core.templates.wordings import Listed, Wordings
from workbench.runtime import jobs
from workbench.ui.data.import_progress import ImportProgress
from workbench.ui.data.making import Making
from workbench.ui.data.panel import DataPanel
from workbench.ui.data.templates_fill import FillForm
from workbench.ui.data.templates_preview import FilledPreview
from workbench.ui.data.templates_wordings import WordingBrowser
from workbench.ui.scrolling import scrolling
from workbench.ui.theme.metrics import GRID
from workbench.ui.widgets.buttons import PrimaryButton, QuietButton
from workbench.ui.widgets.labels import Caption, Heading
from workbench.ui.widgets.notice import Notice
from workbench.ui.widgets.number_box import NumberBox
from workbench.ui.workspace import Workspace

TURNED = 20
"""Percent of the draws that take a wording that is turned round, at first."""

Loaded = tuple[Wordings, Fill, list[Listed]]


class TemplatePanel(DataPanel):
    """On the left what to ask and in which wordings, on the right what becomes of the person's rows."""

    name: ClassVar[str] = "template"
    label: ClassVar[str] = mark("Turn into prompts")
    help: ClassVar[str] = mark(
        "Put rows into many natural wordings, so that a model learns to be asked in any of them."
    )
    kinds: ClassVar[tuple[str, ...]] = KINDS

    def __init__(self, workspace: Workspace, prefix: str, parent: QWidget | None = None) -> None:
        super().__init__(workspace, prefix, parent)
        self._proposal: Proposal | None = None
        self._wordings: Wordings | None = None
        self._newest = 0
        self._build(prefix)
        self._lay_out()
        self._connect()
        self._show_busy(False)

    def _build(self, prefix: str) -> None:
        self._title = Heading("")
        self._notice = Notice()
        self._family = QComboBox()
        self._family.setObjectName(f"{prefix}.family")
        self._family_help = Caption("")
        self._preview = FilledPreview(prefix)
        self._fill = FillForm(prefix)
        self._per_row = NumberBox(1, 1, 1, f"{prefix}.per_row")
        self._per_row.setToolTip(tr("Each row is put into so many different wordings."))
        self._turned = NumberBox(0, 100, TURNED, f"{prefix}.turned", " %")
        self._turned.setToolTip(tr("How many of the prompts ask for the text to what is usually the answer."))
        self._name = QLineEdit()
        self._name.setObjectName(f"{prefix}.name")
        self._outlook = Caption("")
        self._outlook.setObjectName(f"{prefix}.outlook")
        self._progress = ImportProgress(prefix)
        self._making = Making(self, self._progress, self._notice)
        self._cancel = QuietButton(tr("Cancel"), f"{prefix}.cancel")
        self._make = PrimaryButton(tr("Make prompts"), f"{prefix}.make")

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow(tr("What the rows are about"), self._family)
        form.addRow(self._family_help)
        self._browser = WordingBrowser(self.prefix, form, self._notice)
        self._body = QSplitter()
        self._body.setHandleWidth(GRID * 2)
        self._body.setChildrenCollapsible(False)
        self._body.addWidget(self._browser)
        self._body.addWidget(self._result())
        self._body.setSizes([GRID * 60, GRID * 68])
        foot = QHBoxLayout()
        foot.setSpacing(GRID)
        foot.addWidget(self._progress, 1)
        foot.addWidget(self._outlook, 1)
        foot.addWidget(self._cancel)
        foot.addWidget(self._make)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID)
        layout.addWidget(self._title)
        layout.addWidget(self._notice)
        layout.addWidget(self._body, 1)
        layout.addLayout(foot)

    def _result(self) -> QWidget:
        """Return what stands on the right: the preview, and how everything is filled and drawn."""
        draw = QFormLayout()
        draw.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        draw.addRow(tr("Wordings for each row"), self._per_row)
        draw.addRow(tr("Turned round"), self._turned)
        draw.addRow(tr("Name"), self._name)
        inside = QWidget()
        right = QVBoxLayout(inside)
        right.setContentsMargins(0, 0, GRID, 0)
        right.setSpacing(GRID)
        right.addWidget(self._preview, 1)
        right.addWidget(self._fill)
        right.addLayout(draw)
        return scrolling(inside)

    def _connect(self) -> None:
        self._family.activated.connect(lambda _: self._load())
        self._browser.chosen.connect(self._fill_in)
        self._browser.changed.connect(self._show_outlook)
        self._preview.moved.connect(self._fill_in)
        self._fill.changed.connect(self._fill_in)
        self._fill.roles_changed.connect(self._look_up_labels)
        self._per_row.valueChanged.connect(lambda _: self._show_outlook())
        self._cancel.clicked.connect(self._on_cancel)
        self._making.busy.connect(self._show_busy)
        self._making.made.connect(self._done)
        self._making.cancelled.connect(self.dismissed)
        self._make.clicked.connect(self._start)

    def open(self, dataset: Dataset, info: DatasetInfo) -> None:
        """Begin with a data set: a family is proposed for it."""
        self._title.setText(info.name)
        self._name.clear()
        self._name.setPlaceholderText(f"{info.name}-prompts")
        self._notice.clear()
        self._proposal = None
        self._make.setEnabled(False)
        self._body.setEnabled(False)
        self._browser.stop_editing()

        def work(_report: jobs.Report) -> tuple[Proposal, list[Family], Family]:
            proposal = propose(dataset)
            return proposal, proposal.families(), proposal.family()

        self._in_background(work, lambda found: self._show_proposal(*found))

    def _in_background(self, work: Callable[[jobs.Report], Any], done: Callable[[Any], None]) -> None:
        """Do some work; only the newest counts."""
        self._newest += 1
        number = self._newest

        def shown(outcome: object) -> None:
            if number == self._newest:
                done(outcome)

        def failed(sentence: str, detail: str) -> None:
            self._notice.error(sentence, detail)
            self._wordings = None
            self._browser.clear()
            self._body.setEnabled(self._proposal is not None)

        jobs.start(self, work, done=shown, failed=failed)

    def _show_proposal(self, proposal: Proposal, families: list[Family], chosen: Family) -> None:
        self._proposal = proposal
        self._family.clear()
        for one in families:
            self._family.addItem(tr(one.label), one.name)
        self._family.setCurrentIndex(self._family.findData(chosen.name))
        self._browser.set_language(proposal.language)
        self._load()

    def _load(self) -> None:
        """Read the wordings of the chosen family, and look up what fills them."""
        proposal, folder = self._proposal, self.workspace.project.path
        if proposal is None:
            return
        chosen = family(str(self._family.currentData()))
        self._family_help.setText(tr(chosen.help))
        self._notice.clear()
        self._make.setEnabled(False)

        def work(_report: jobs.Report) -> Loaded:
            wordings = Wordings(folder, chosen)
            return wordings, proposal.fill(chosen), wordings.listed()

        self._in_background(work, lambda loaded: self._show_loaded(proposal, *loaded))

    def _show_loaded(self, proposal: Proposal, wordings: Wordings, fill: Fill, listed: list[Listed]) -> None:
        self._wordings = wordings
        self._fill.show_family(wordings.family, proposal.dataset.info.kind, proposal.roles, fill)
        self._body.setEnabled(True)
        self._browser.show_wordings(wordings, listed)
        self._preview.show_rows(proposal.rows, proposal.numbers)

    def _look_up_labels(self) -> None:
        proposal, wordings = self._proposal, self._wordings
        if proposal is None or wordings is None:
            return
        changes = self._fill.changes()

        def done(fill: Fill) -> None:
            self._fill.show_labels(fill)
            self._fill_in()

        self._in_background(lambda _report: proposal.fill(wordings.family, changes), done)

    def _fill_in(self) -> None:
        """Show what the row of the preview becomes in the wording that is chosen or being written."""
        wording, row = self._browser.wording(), self._preview.row()
        if wording is None or row is None or self._wordings is None:
            self._preview.show_problem("")
            return
        try:
            filler = Filler(self._wordings.family, [wording], self._fill.fill())
            self._preview.show_filled(filler.fill(wording, row))
        except UserError as error:  # the editor says what is wrong with what is being written
            self._preview.show_problem("" if self._browser.is_editing() else error.sentence)
        except Unfilled as error:
            self._preview.show_problem(str(error))

    def _show_outlook(self) -> None:
        """Say what will come out, and offer only what the wordings that are on allow."""
        on = self._browser.on()
        self._per_row.setMaximum(max(1, len(on)))
        self._turned.setEnabled(len({wording.turned for wording in on}) == 2)
        self._make.setEnabled(bool(on) and not self._browser.is_editing() and self._proposal is not None)
        if not on:
            self._outlook.setText(tr("Switch a wording on."))
        elif self._proposal is not None:
            rows = self._proposal.dataset.info.rows
            self._outlook.setText(
                tr(
                    "{rows} rows become {prompts} prompts with answers.",
                    rows=f"{rows:,}",
                    prompts=f"{rows * self._per_row.value():,}",
                )
            )

    def _start(self) -> None:
        proposal, wordings = self._proposal, self._wordings
        assert proposal is not None
        assert wordings is not None
        chosen, fill, name = self._browser.on(), self._fill.fill(), self._name.text().strip()
        draw = Draw(per_row=self._per_row.value(), turned=self._turned.value() / 100)

        def work(report: jobs.Report, cancelled: Callable[[], bool]) -> Dataset:
            return apply(proposal.dataset, wordings.family, chosen, fill, draw, name, report, cancelled=cancelled)

        self._making.start(work)

    def _done(self, made: Dataset) -> None:
        self.finished.emit(made.name)
        self.workspace.datasets_changed.emit()

    def _on_cancel(self) -> None:
        if not self._making.cancel():
            self._newest += 1
            self.dismissed.emit()

    def _show_busy(self, busy: bool) -> None:
        self._outlook.setVisible(not busy)
        self._body.setEnabled(not busy and self._proposal is not None)
        self._make.setEnabled(not busy and self._proposal is not None)
