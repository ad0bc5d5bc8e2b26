"""Mixing several data sets into one: which, how much of each, and what that comes to."""

from typing import ClassVar

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QFormLayout,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QVBoxLayout,
    QWidget,
)

from workbench.core.datasets.dataset import Dataset, DatasetInfo
from workbench.core.datasets.mixing import CAP, KINDS, RATE_MAXIMUM, Limits, Share, mix, shares
from workbench.core.errors import UserError
from workbench.core.i18n import mark, tr
from workbench.runtime import jobs
from workbench.ui.data.import_progress import ImportProgress
from workbench.ui.data.making import Making
from workbench.ui.data.panel import DataPanel
from workbench.ui.data.split_form import LARGEST_SEED
from workbench.ui.scrolling import scrolling
from workbench.ui.theme.metrics import GRID
from workbench.ui.widgets.buttons import PrimaryButton, QuietButton
from workbench.ui.widgets.fold import Fold
from workbench.ui.widgets.labels import Caption, Heading
from workbench.ui.widgets.notice import Notice
from workbench.ui.widgets.number_box import NumberBox
from workbench.ui.workspace import Workspace

MOST_ROWS = 100_000_000


class Shares(QWidget):
    """A check box for each data set, with a bar of what it gives.

    Args:
        prefix: First part of the objectNames.

    Signals:
        changed(): Another data set is to be mixed in, or one no longer.
    """

    changed = Signal()

    def __init__(self, prefix: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._prefix = prefix
        self._lines: dict[str, tuple[QCheckBox, QProgressBar, QLabel]] = {}
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(GRID * 2)
        self._grid.setVerticalSpacing(GRID)
        self._grid.setColumnStretch(1, 1)
        self._grid.setAlignment(Qt.AlignmentFlag.AlignTop)

    def show_datasets(self, infos: list[DatasetInfo], chosen: str) -> None:
        """Offer data sets; one is chosen already."""
        while (item := self._grid.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        self._lines.clear()
        for row, info in enumerate(infos):
            box = QCheckBox(info.name)
            box.setObjectName(f"{self._prefix}.set.{info.name}")
            box.setChecked(info.name == chosen)
            box.toggled.connect(self.changed)
            bar = QProgressBar(maximum=1000)
            bar.setAccessibleName(tr("Share of “{name}”", name=info.name))
            words = QLabel()
            words.setObjectName(f"{self._prefix}.share.{info.name}")
            words.setProperty("muted", True)
            for column, widget in enumerate((box, bar, words)):
                self._grid.addWidget(widget, row, column)
            self._lines[info.name] = box, bar, words

    def names(self) -> list[str]:
        """Return the data sets to mix."""
        return [name for name, (box, _, _) in self._lines.items() if box.isChecked()]

    def show_shares(self, found: list[Share], rows: dict[str, int]) -> None:
        """Show what each gives; ``rows`` are the training rows that it has."""
        by_name = {share.name: share for share in found}
        total = sum(share.drawn.get("train", 0) for share in found)
        for name, (_, bar, words) in self._lines.items():
            drawn = by_name[name].drawn.get("train", 0) if name in by_name else 0
            share = drawn / total if total else 0.0
            bar.setValue(round(share * 1000))
            bar.setVisible(name in by_name)
            if name in by_name:
                words.setText(
                    tr(
                        "{share} % of the mix: {drawn} of {rows} rows",
                        share=f"{share * 100:.1f}",
                        drawn=f"{drawn:,}",
                        rows=f"{rows[name]:,}",
                    )
                )
            else:
                words.setText(tr("{rows} rows", rows=f"{rows[name]:,}"))


class MixPanel(DataPanel):
    """The data sets of one kind with the share of each, the limits, and the name of the mix."""

    name: ClassVar[str] = "mix"
    label: ClassVar[str] = mark("Mix with others")
    help: ClassVar[str] = mark("Put several data sets together, so that small ones are not drowned by large ones.")
    kinds: ClassVar[tuple[str, ...]] = KINDS

    def __init__(self, workspace: Workspace, prefix: str, parent: QWidget | None = None) -> None:
        super().__init__(workspace, prefix, parent)
        self._datasets: dict[str, Dataset] = {}
        self._title = Heading("")
        self._notice = Notice()
        self._shares = Shares(prefix)
        self._cap = NumberBox(1, MOST_ROWS, CAP, f"{prefix}.cap")
        self._cap.setToolTip(tr("One data set gives at most so many training rows."))
        self._most = NumberBox(1, MOST_ROWS, RATE_MAXIMUM, f"{prefix}.rate_maximum")
        self._most.setToolTip(tr("A data set with more training rows than this gets no larger share for them."))
        self._size = NumberBox(0, MOST_ROWS, 0, f"{prefix}.size")
        self._size.setSpecialValueText(tr("as many as keep the shares"))
        self._size.setToolTip(
            tr("Training rows of the mix. A data set that is used up leaves its share to the others.")
        )
        self._seed = NumberBox(0, LARGEST_SEED, 0, f"{prefix}.seed")
        self._seed.setToolTip(tr("The same number draws the same rows."))
        self._name = QLineEdit()
        self._name.setObjectName(f"{prefix}.name")
        self._name.setPlaceholderText("mix")
        self._outlook = Caption("")
        self._outlook.setObjectName(f"{prefix}.outlook")
        self._progress = ImportProgress(prefix)
        self._making = Making(self, self._progress, self._notice)
        self._cancel = QuietButton(tr("Cancel"), f"{prefix}.cancel")
        self._mix = PrimaryButton(tr("Mix"), f"{prefix}.make")
        self._lay_out()
        self._shares.changed.connect(self._show_shares)
        for box in (self._cap, self._most, self._size):
            box.setGroupSeparatorShown(True)
            box.valueChanged.connect(lambda _: self._show_shares())
        self._cancel.clicked.connect(self._on_cancel)
        self._making.busy.connect(self._show_busy)
        self._making.made.connect(self._done)
        self._making.cancelled.connect(self.dismissed)
        self._mix.clicked.connect(self._start)
        self._show_busy(False)

    def _lay_out(self) -> None:
        limits = QWidget()
        more = QFormLayout(limits)
        more.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.FieldsStayAtSizeHint)
        more.setContentsMargins(0, 0, 0, 0)
        more.addRow(tr("At most from one set"), self._cap)
        more.addRow(tr("Counts for the share up to"), self._most)
        more.addRow(tr("Training rows of the mix"), self._size)
        more.addRow(tr("Seed"), self._seed)
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow(tr("Name"), self._name)
        foot = QHBoxLayout()
        foot.setSpacing(GRID)
        foot.addWidget(self._progress, 1)
        foot.addWidget(self._outlook, 1)
        foot.addWidget(self._cancel)
        foot.addWidget(self._mix)
        self._body = QWidget()
        inside = QVBoxLayout(self._body)
        inside.setContentsMargins(0, 0, GRID, 0)
        inside.setSpacing(GRID * 2)
        inside.addLayout(form)
        inside.addWidget(self._shares)
        inside.addWidget(Fold(tr("How much of each"), limits, f"{self.prefix}.limits"))
        inside.addStretch()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID)
        layout.addWidget(self._title)
        layout.addWidget(self._notice)
        layout.addWidget(scrolling(self._body), 1)
        layout.addLayout(foot)

    def open(self, dataset: Dataset, info: DatasetInfo) -> None:
        """Begin with a data set, and offer the others of its kind."""
        self._title.setText(info.name)
        self._name.clear()
        self._notice.clear()
        self._mix.setEnabled(False)
        project = self.workspace.project

        def work(_report: jobs.Report) -> list[Dataset]:
            return [other for other in project.datasets() if other.info.kind == info.kind]

        def done(found: list[Dataset]) -> None:
            self._datasets = {one.name: one for one in found}
            self._shares.show_datasets([one.info for one in found], dataset.name)
            self._show_shares()

        jobs.start(self, work, done=done, failed=self._notice.error)

    def _limits(self) -> Limits:
        return Limits(
            cap=self._cap.value(),
            rate_maximum=self._most.value(),
            size=self._size.value() or None,
            seed=self._seed.value(),
        )

    def _chosen(self) -> list[Dataset]:
        return [self._datasets[name] for name in self._shares.names()]

    def _show_shares(self) -> None:
        """Show what would be drawn now, or why nothing can be."""
        rows = {name: dataset.info.splits.get("train", 0) for name, dataset in self._datasets.items()}
        found: list[Share] = []
        try:
            found = shares(self._chosen(), self._limits())
            drawn = {part: sum(share.drawn.get(part, 0) for share in found) for part in ("train", "validation")}
            self._outlook.setText(
                tr(
                    "The mix will have {train} rows for training and {held} held out.",
                    train=f"{drawn['train']:,}",
                    held=f"{drawn['validation']:,}",
                )
            )
        except UserError as error:
            self._outlook.setText(error.sentence)
        if len(self._datasets) < 2:
            self._outlook.setText(tr("There is no other data set of this kind in the project yet."))
        self._shares.show_shares(found, rows)
        self._mix.setEnabled(bool(found))

    def _start(self) -> None:
        datasets, limits, name = self._chosen(), self._limits(), self._name.text().strip()
        self._making.start(lambda report, cancelled: mix(datasets, limits, name, report, cancelled))

    def _done(self, made: Dataset) -> None:
        self.finished.emit(made.name)
        self.workspace.datasets_changed.emit()

    def _on_cancel(self) -> None:
        if not self._making.cancel():
            self.dismissed.emit()

    def _show_busy(self, busy: bool) -> None:
        self._outlook.setVisible(not busy)
        self._body.setEnabled(not busy)
        self._mix.setEnabled(not busy)
