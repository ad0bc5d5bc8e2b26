"""A row as the model sees it: special tokens marked, what it learns, what is cut off."""

from typing import ClassVar

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QTextBlockFormat, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSpinBox, QTextEdit, QVBoxLayout, QWidget

from workbench.core.datasets.dataset import Dataset, DatasetInfo
from workbench.core.i18n import mark, tr
from workbench.core.lens import Segment, Shown, View
from workbench.runtime.lens import LensSession
from workbench.ui.data.cells import split_name
from workbench.ui.data.model_choice import ModelChoice
from workbench.ui.data.panel import DetailPage
from workbench.ui.theme import palette
from workbench.ui.theme.metrics import GRID
from workbench.ui.theme.style import theme
from workbench.ui.widgets.buttons import QuietButton
from workbench.ui.widgets.labels import Caption
from workbench.ui.widgets.number_box import inset
from workbench.ui.workspace import Workspace

LONGEST = 20_000
"""Characters of a row that are shown; laying out more would hold up the window."""

LINE_HEIGHT = 140.0
"""Per cent: room for the grounds of special tokens."""

LEGEND = (
    Segment(text=mark("special token"), special=True),
    Segment(text=mark("learned"), trained=True),
    Segment(text=mark("only read")),
    Segment(text=mark("cut off"), cut=True),
)


class LensPage(DetailPage):
    """Shows one row at a time, exactly as training gives it to the chosen model."""

    name: ClassVar[str] = "lens"
    label: ClassVar[str] = mark("As the model sees it")
    kinds: ClassVar[tuple[str, ...]] = (
        *("text-label", "instruction", "chat", "text", "prompts", "ranking", "unlabelled"),
    )

    def __init__(self, workspace: Workspace, prefix: str, parent: QWidget | None = None) -> None:
        super().__init__(workspace, prefix, parent)
        self._dataset: Dataset | None = None
        self._shown: Shown | None = None
        self._session: LensSession | None = None
        self._choice = ModelChoice(workspace, f"{prefix}.lens")
        self._choice.changed.connect(self._ask)
        self._previous = QuietButton(tr("Previous row"), f"{prefix}.lens.previous")
        self._next = QuietButton(tr("Next row"), f"{prefix}.lens.next")
        self._row = inset(QSpinBox(minimum=1))
        self._row.setObjectName(f"{prefix}.lens.row")
        self._row.setAccessibleName(tr("Row"))
        self._row.setKeyboardTracking(False)
        self._of = QLabel("")
        self._facts = Caption("")
        self._facts.setObjectName(f"{prefix}.lens.facts")
        self._text = QTextEdit(readOnly=True)
        self._text.setObjectName(f"{prefix}.lens.text")
        self._text.setAccessibleName(tr("The row as the model sees it"))
        self._legend = QTextEdit(readOnly=True)
        self._legend.setObjectName(f"{prefix}.lens.legend")
        self._legend.setAccessibleName(tr("Legend"))
        self._legend.setProperty("role", "plain")
        self._legend.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._legend.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._previous.clicked.connect(lambda: self._row.stepBy(-1))
        self._next.clicked.connect(lambda: self._row.stepBy(1))
        self._row.valueChanged.connect(lambda _value: self._ask())
        workspace.project_changed.connect(self._close)
        theme().changed.connect(self._draw)
        self._lay_out()
        self._draw()

    def _lay_out(self) -> None:
        steps = QHBoxLayout()
        steps.setSpacing(GRID)
        steps.addWidget(QLabel(tr("Row")))
        steps.addWidget(self._row)
        steps.addWidget(self._of)
        steps.addSpacing(GRID)
        steps.addWidget(self._previous)
        steps.addWidget(self._next)
        steps.addStretch()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID)
        layout.addWidget(self._choice)
        layout.addLayout(steps)
        layout.addWidget(self._facts)
        layout.addWidget(self._text, 1)
        layout.addWidget(self._legend)

    def show_dataset(self, dataset: Dataset, info: DatasetInfo) -> None:
        """Show the first row, or the one that was shown last of this data set."""
        another = self._dataset is None or self._dataset.path != dataset.path
        self._dataset = dataset
        self._row.blockSignals(True)
        self._row.setMaximum(max(info.rows, 1))
        if another:
            self._row.setValue(1)
        self._row.blockSignals(False)
        self._of.setText(tr("of {count}", count=f"{info.rows:,}"))
        self._choice.show_kind(info.kind)

    def show_row(self, row: int) -> None:
        """Show a row, by its number from 1."""
        self._row.setValue(row)

    def _ask(self) -> None:
        self._previous.setEnabled(self._row.value() > 1)
        self._next.setEnabled(self._row.value() < self._row.maximum())
        if self._dataset is None:
            return
        if not self._choice.model():
            self._shown = None
            self._facts.setText(tr("Get or choose a model in the Model tab first; the text depends on it."))
            self._draw()
            return
        if self._session is None:
            self._session = LensSession(self.workspace.project.path, self)
            self._session.shown.connect(self._on_shown)
            self._session.failed.connect(self._on_failed)
        if self._shown is None:
            self._facts.setText(tr("Loading the tokenizer …"))
        self._session.ask(
            self._dataset.name, self._choice.model(), self._row.value(), max_length=self._choice.max_length()
        )

    def _on_shown(self, rows: list[Shown]) -> None:
        self._shown = rows[0]
        view = rows[0].views[0]
        facts = [split_name(rows[0].split)]
        if rows[0].label:
            facts.append(tr("label “{label}”", label=rows[0].label))
        if len(rows[0].views) == 1:
            facts.append(tokens_of(view))
        self._facts.setText(" · ".join(facts))
        self._draw()

    def _on_failed(self, sentence: str, detail: str) -> None:
        self._shown = None
        self._facts.setText(sentence)
        self._draw()
        self.failed.emit(sentence, detail)

    def shut(self) -> None:
        """End the child, and see it end: afterwards nobody does."""
        if self._session is not None:
            self._session.close(wait_ms=1000)
        self._close()

    def _close(self) -> None:
        if self._session is not None:
            self._session.close()
            self._session.deleteLater()
            self._session = None
        self._dataset = self._shown = None

    def _draw(self) -> None:
        self._text.clear()
        cursor = self._text.textCursor()
        for view in self._shown.views if self._shown else ():
            if view.title:
                self._heading(cursor, f"{view.title} · {tokens_of(view)}")
            write(cursor, view.segments, self.font())
        self._text.moveCursor(QTextCursor.MoveOperation.Start)
        self._legend.clear()
        legend = self._legend.textCursor()
        for entry in LEGEND:
            write(
                legend,
                [Segment(text=tr(entry.text), special=entry.special, trained=entry.trained, cut=entry.cut)],
                self.font(),
            )
            legend.insertText("     ", QTextCharFormat())
        self._legend.setFixedHeight(self.fontMetrics().height() + 3 * GRID)

    def _heading(self, cursor: QTextCursor, text: str) -> None:
        style = QTextCharFormat()
        style.setFontWeight(QFont.Weight.DemiBold)
        if not cursor.atStart():
            cursor.insertBlock(QTextBlockFormat(), style)
            cursor.insertBlock(QTextBlockFormat(), style)
        cursor.insertText(text, style)
        cursor.insertBlock(QTextBlockFormat(), QTextCharFormat())


def tokens_of(view: View) -> str:
    """Return in words how many tokens there are, and what of them is lost."""
    if view.left_out:
        return tr(
            "{tokens} tokens; nothing of the answer fits, so training leaves the row out", tokens=f"{view.tokens:,}"
        )
    if view.kept < view.tokens:
        return tr(
            "{tokens} tokens, {cut} of them cut off", tokens=f"{view.tokens:,}", cut=f"{view.tokens - view.kept:,}"
        )
    return tr("{tokens} tokens", tokens=f"{view.tokens:,}")


def write(cursor: QTextCursor, segments: list[Segment], font: QFont) -> None:
    """Write segments, each in the style of what it is; of very long ones the beginning."""
    block = QTextBlockFormat()
    block.setLineHeight(LINE_HEIGHT, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
    cursor.setBlockFormat(block)
    room = LONGEST
    for segment in segments:
        cursor.insertText(segment.text[:room].replace("\n", "\u2028"), style_of(segment, font))
        room -= len(segment.text)
        if room <= 0:
            cursor.insertText(" …", QTextCharFormat())
            return


def style_of(segment: Segment, font: QFont) -> QTextCharFormat:
    """Return how a segment is written: never by its colour alone."""
    colours = palette.now()
    style = QTextCharFormat()
    style.setForeground(QColor(colours.text))
    if segment.trained:
        style.setForeground(QColor(colours.accent))
        style.setFontUnderline(True)
    if segment.special:
        fixed = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        style.setFontFamilies([fixed.family()])
        style.setFontPointSize(font.pointSizeF() * 0.9)
        style.setBackground(QColor(colours.hover))
    if segment.cut:
        style.setForeground(QColor(colours.muted))
        style.setFontStrikeOut(True)
    return style
