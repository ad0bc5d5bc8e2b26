"""The cards of a check-up: parts and labels, lengths, rows that are alike, empty fields, personal data."""

import html
from collections.abc import Sequence

import pyqtgraph as pg
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QSizePolicy, QToolButton, QWidget

from workbench.core.datasets.checkup.report import Alike, Empty, Group, Lengths, PersonalData, Report, Sameness, Scope
from workbench.core.datasets.kinds import kind
from workbench.core.datasets.personal import FINDERS
from workbench.core.i18n import tr
from workbench.ui.data.cells import split_name
from workbench.ui.theme import palette
from workbench.ui.theme.metrics import GRID
from workbench.ui.theme.style import theme
from workbench.ui.widgets.bar import Bar
from workbench.ui.widgets.buttons import QuietButton
from workbench.ui.widgets.card import Card
from workbench.ui.widgets.labels import Caption, ElidedLabel, Heading

BARS = 12
"""Labels that are shown; the others are counted."""


def scope_of(scope: Scope) -> str:
    """Return in words which rows were looked at."""
    if scope.complete:
        return tr("All {rows} rows were looked at.", rows=f"{scope.of:,}")
    return tr("A sample of {rows} of {of} rows was looked at.", rows=f"{scope.rows:,}", of=f"{scope.of:,}")


class BalanceCard(Card):
    """How many rows are in which part, and have which label."""

    def __init__(self, report: Report, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.body.addWidget(Heading(tr("Parts and labels") if report.labels else tr("Parts")))
        rows = [(split_name(part), count, "") for part, count in report.parts.items() if count]
        self._add(rows, report.rows)
        labels = [(one.label, sum(one.parts.values()), _by_part(one.parts)) for one in report.labels[:BARS]]
        if labels:
            self.body.addSpacing(GRID)
            self._add(labels, max(count for _, count, _ in labels), of=report.rows)
        if report.label_count > BARS:
            self.body.addWidget(Caption(tr("and {count} more labels", count=f"{report.label_count - BARS:,}")))
        self.body.addStretch()

    def _add(self, rows: Sequence[tuple[str, int, str]], whole: int, of: int = 0) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(GRID)
        grid.setVerticalSpacing(GRID // 2)
        grid.setColumnStretch(0, 3)
        grid.setColumnStretch(1, 2)
        for number, (name, count, hint) in enumerate(rows):
            label = ElidedLabel(name)
            label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
            told = QLabel(f"{count:,}  {count / max(of or whole, 1):.0%}")
            told.setAlignment(Qt.AlignmentFlag.AlignRight)
            told.setToolTip(hint)
            grid.addWidget(label, number, 0)
            grid.addWidget(Bar(count / max(whole, 1)), number, 1)
            grid.addWidget(told, number, 2)
        self.body.addLayout(grid)


def _by_part(parts: dict[str, int]) -> str:
    return "\n".join(f"{split_name(part)}: {count:,}" for part, count in parts.items())


class LengthsCard(Card):
    """How long the rows are, and where they would be cut."""

    def __init__(self, lengths: Lengths, max_length: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lengths = lengths
        self._max_length = max_length if lengths.cut is not None else 0
        tokens = lengths.unit == "tokens"
        title = tr("Lengths in tokens") if tokens else tr("Lengths in characters")
        self._view = pg.PlotWidget()
        self._view.setAccessibleName(title)
        self._view.setFixedHeight(GRID * 22)
        self._view.setMouseEnabled(x=False, y=False)
        self._view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        plot = self._view.getPlotItem()
        plot.setMenuEnabled(False)
        plot.hideButtons()
        self.body.addWidget(Heading(title))
        self.body.addWidget(self._cut_label(lengths))
        self.body.addWidget(self._view)
        middle = tr(
            "{median} in the middle, {longest} at most (row {row}).",
            median=f"{lengths.median:,.0f}",
            longest=f"{lengths.longest:,}",
            row=f"{lengths.longest_row:,}",
        )
        self.body.addWidget(Caption(f"{middle} {scope_of(lengths.scope)}"))
        theme().changed.connect(self._draw)
        self._draw()

    def _cut_label(self, lengths: Lengths) -> QLabel:
        if lengths.cut is None:
            return Caption(tr("Choose a model to count its tokens and see what would be cut."))
        share = f"{100 * lengths.cut:.1f}"
        label = QLabel(
            tr("{share} % of the rows would be cut at {length} tokens.", share=share, length=self._max_length)
        )
        label.setObjectName("data.checkup.cut")
        label.setWordWrap(True)
        return label

    def _draw(self) -> None:
        colours = palette.now()
        self._view.setBackground(colours.base)
        plot = self._view.getPlotItem()
        plot.clear()
        edges, counts = self._lengths.edges, self._lengths.counts
        width = edges[1] - edges[0]
        centres = [edge + width / 2 for edge in edges[:-1]]
        plot.addItem(pg.BarGraphItem(x=centres, height=counts, width=0.9 * width, brush=colours.curves[0], pen=None))
        if self._max_length:
            pen = pg.mkPen(colours.curves[1], width=2, style=Qt.PenStyle.DashLine)
            line = pg.InfiniteLine(
                self._max_length, pen=pen, label=tr("cut here"), labelOpts={"color": colours.text, "position": 0.9}
            )
            if self._max_length <= edges[-1]:
                plot.addItem(line)
        for side in ("left", "bottom"):
            axis = plot.getAxis(side)
            axis.setPen(colours.line)
            axis.setTextPen(colours.muted)
            axis.setStyle(tickFont=self.font())
        plot.setXRange(0, edges[-1], padding=0.02)
        plot.setYRange(0, max(counts, default=1) * 1.05, padding=0)


class _Line(QLabel):
    """A wrapped line of a finding that can be pressed like the arrow beside it.

    Signals:
        pressed(): It was.
    """

    pressed = Signal()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Tell that it was pressed."""
        super().mouseReleaseEvent(event)
        self.pressed.emit()


class Findings(QWidget):
    """A number, what it counts, and examples that an arrow unfolds.

    Args:
        count: How many there are.
        text: What they are.
        groups: Examples.
        name: objectName of the arrow.

    Signals:
        row_wanted(int): The person asks for a row, by its number from 1.
    """

    row_wanted = Signal(int)

    def __init__(
        self, count: int, text: str, groups: Sequence[Group], name: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        title = f"{count:,}  {text}"
        self._arrow = QToolButton()
        self._arrow.setObjectName(name)
        self._arrow.setAccessibleName(title)
        self._arrow.setProperty("role", "fold")
        self._arrow.setCheckable(True)
        self._arrow.setEnabled(bool(groups))
        line = _Line(title)
        line.setTextFormat(Qt.TextFormat.PlainText)
        line.setWordWrap(True)
        line.setProperty("role", "heading" if groups else "caption")
        line.pressed.connect(self._arrow.click)
        self._examples = QLabel(_examples(groups))
        self._examples.setTextFormat(Qt.TextFormat.RichText)
        self._examples.setWordWrap(True)
        self._examples.setTextInteractionFlags(Qt.TextInteractionFlag.TextBrowserInteraction)
        self._examples.linkActivated.connect(lambda link: self.row_wanted.emit(int(link)))
        self._arrow.toggled.connect(self._show)
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setHorizontalSpacing(GRID // 2)
        layout.setVerticalSpacing(0)
        layout.addWidget(self._arrow, 0, 0)
        layout.addWidget(line, 0, 1)
        layout.addWidget(self._examples, 1, 1)
        layout.setColumnStretch(1, 1)
        self._show(False)

    def _show(self, open: bool) -> None:
        arrow = Qt.ArrowType.DownArrow if open else Qt.ArrowType.RightArrow
        self._arrow.setArrowType(arrow if self._arrow.isEnabled() else Qt.ArrowType.NoArrow)
        self._examples.setVisible(open)


def _examples(groups: Sequence[Group]) -> str:
    lines = []
    for group in groups:
        links = ", ".join(f'<a href="{row}">{row:,}</a>' for row in group.rows)
        labels = f" ({html.escape(', '.join(group.labels))})" if group.labels else ""
        text = f": {html.escape(group.text)}{labels}" if group.text else ""
        lines.append(tr("Row {rows}", rows=links) + text)
    return "<br>".join(lines)


class FindingsCard(Card):
    """Several findings under a heading.

    Args:
        title: The heading.
        scope: Which rows were looked at; None says nothing about it.
        prefix: First part of the objectNames.

    Signals:
        row_wanted(int): The person asks for a row, by its number from 1.
    """

    row_wanted = Signal(int)

    def __init__(self, title: str, scope: Scope | None, prefix: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.body.addWidget(Heading(title))
        self._scope = scope
        self._prefix = prefix

    def add(self, count: int, text: str, groups: Sequence[Group], name: str) -> None:
        """Add a finding."""
        findings = Findings(count, text, groups, f"{self._prefix}.checkup.{name}")
        findings.row_wanted.connect(self.row_wanted)
        self.body.addWidget(findings)

    def close_up(self) -> None:
        """Say which rows were looked at; nothing is added behind it."""
        if self._scope is not None:
            self.body.addWidget(Caption(scope_of(self._scope)))
        self.body.addStretch()


def same_card(same: Sameness, prefix: str, *, labelled: bool) -> FindingsCard:
    """Return the card of rows that are there more than once."""
    card = FindingsCard(tr("The same row more than once"), same.scope, prefix)
    found: list[tuple[Alike, str, str]] = [
        (same.duplicates, tr("exact repeats of an earlier row"), "duplicates"),
        (same.near_duplicates, tr("repeats but for case, blanks or width"), "near_duplicates"),
        (same.leaks, tr("held-out rows that are in training too"), "leaks"),
    ]
    if labelled:
        found += [
            (same.leaks_other_label, tr("held-out texts with another label in training"), "leaks_other_label"),
            (same.contradictions, tr("rows whose text also has another label"), "contradictions"),
        ]
    for alike, text, name in found:
        card.add(alike.count, text, alike.groups, name)
    card.close_up()
    return card


def empty_card(empty: Sequence[Empty], kind_name: str, prefix: str) -> FindingsCard:
    """Return the card of fields that hold nothing."""
    card = FindingsCard(tr("Empty fields"), None, prefix)
    labels = {role.name: tr(role.label) for role in kind(kind_name).roles}
    for one in empty:
        groups = [Group(rows=one.rows, text="")]
        card.add(
            one.count,
            tr("with nothing or one character in “{field}”", field=labels[one.field]),
            groups,
            f"empty_{one.field}",
        )
    if not empty:
        card.add(0, tr("rows with an empty field"), [], "empty")
    card.close_up()
    return card


class PersonalCard(FindingsCard):
    """Personal data by type, and the offer to mask it.

    Signals:
        mask_wanted(): The person wants a copy in which it is masked.
    """

    mask_wanted = Signal()

    def __init__(self, personal: PersonalData, prefix: str, parent: QWidget | None = None) -> None:
        super().__init__(tr("Personal data"), personal.scope, prefix, parent)
        for one in personal.types:
            self.add(one.count, tr(FINDERS[one.type].label), one.examples, f"personal_{one.type}")
        if not personal.types:
            self.add(0, tr("e-mail addresses, telephone, card or My Numbers or the like"), [], "personal")
        self.button = QuietButton(tr("Make a masked copy"), f"{prefix}.checkup.mask")
        self.button.setToolTip(tr("A new data set in which words such as [EMAIL] stand for it; this one stays."))
        self.button.setVisible(bool(personal.types))
        self.button.clicked.connect(self.mask_wanted)
        self.body.addWidget(self.button, 0, Qt.AlignmentFlag.AlignLeft)
        self.close_up()
