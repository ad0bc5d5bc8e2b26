"""A data set in full: its rows, those that were left out, and every other way to look at it."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from workbench.core.datasets.dataset import Dataset, DatasetInfo
from workbench.core.i18n import tr
from workbench.ui.data.cells import splits_sentence
from workbench.ui.data.dataset_list import summary
from workbench.ui.data.panel import DetailPage
from workbench.ui.data.rows_page import RowsPage
from workbench.ui.theme.metrics import GRID
from workbench.ui.widgets.labels import Caption, Heading
from workbench.ui.widgets.segments import Segments
from workbench.ui.workspace import Workspace


class DatasetDetail(QWidget):
    """One data set, seen in the way of the chosen segment.

    Args:
        workspace: The open project and what the person has chosen in it.
        prefix: First part of the objectNames.
        pages: Ways to see it beside its rows; each is made when it is first wanted.
        actions: Shown beside the name.

    Signals:
        failed(str, str): Something could not be shown: a sentence, and the detail.
        finished(str): A page has made a new data set of that name.
    """

    failed = Signal(str, str)
    finished = Signal(str)

    def __init__(
        self,
        workspace: Workspace,
        prefix: str,
        pages: tuple[type[DetailPage], ...],
        actions: QWidget,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._prefix = prefix
        self._shown: tuple[Dataset, DatasetInfo] | None = None
        self._made: dict[type[DetailPage], DetailPage] = {}
        self._title = Heading("")
        self._title.setObjectName(f"{prefix}.title")
        self._facts = Caption("")
        self._rows = RowsPage(prefix)
        self._rows.failed.connect(self.failed)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._rows)
        self._segments = Segments()
        self._rows_button = self._segment(tr("Rows"), "show_rows")
        self._out_button = self._segment(tr("Left out"), "show_left_out")
        self._page_buttons = {page: self._segment(tr(page.label), f"show_{page.name}") for page in pages}
        self._rows_button.setChecked(True)
        self._segments.group.buttonClicked.connect(self._show)
        self._lay_out(actions)

    def _segment(self, text: str, name: str) -> QPushButton:
        return self._segments.add(text, f"{self._prefix}.{name}")

    def _lay_out(self, actions: QWidget) -> None:
        words = QVBoxLayout()
        words.setSpacing(GRID // 2)
        words.addWidget(self._title)
        words.addWidget(self._facts)
        head = QHBoxLayout()
        head.setSpacing(GRID)
        head.addLayout(words, 1)
        head.addWidget(actions)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID)
        layout.addLayout(head)
        layout.addWidget(self._segments, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addWidget(self._stack, 1)

    def show_dataset(self, dataset: Dataset, info: DatasetInfo) -> None:
        """Show a data set; ``info`` has been read already."""
        if self._shown is not None and (self._shown[0].path, self._shown[1]) == (dataset.path, info):
            return  # what the person looks at stays where it is when another data set comes or goes
        self._shown = dataset, info
        self._title.setText(info.name)
        licence = tr("licence: {licence}", licence=info.licence) if info.licence else ""
        self._facts.setText(" · ".join(filter(None, (summary(info), splits_sentence(info.splits), licence))))
        self._facts.setToolTip(info.source)
        self._out_button.setText(tr("Left out ({count})", count=f"{info.rejected:,}"))
        self._out_button.setEnabled(info.rejected > 0)
        for page, button in self._page_buttons.items():
            button.setVisible(not page.kinds or info.kind in page.kinds)
        chosen = self._segments.group.checkedButton()
        if chosen is None or chosen.isHidden() or not chosen.isEnabled():
            self._rows_button.setChecked(True)
        self._show()

    def shut(self) -> None:
        """End what the pages keep running."""
        for page in self._made.values():
            page.shut()

    def _show(self) -> None:
        assert self._shown is not None
        wanted = next((page for page, button in self._page_buttons.items() if button.isChecked()), None)
        if wanted is not None:
            page = self._page(wanted)
            self._stack.setCurrentWidget(page)
            page.show_dataset(*self._shown)
            if row := self._rows.chosen_row(self._shown[0]):
                page.show_row(row)
            return
        self._stack.setCurrentWidget(self._rows)
        if self._out_button.isChecked():
            self._rows.show_left_out(*self._shown)
        else:
            self._rows.show_rows(*self._shown)

    def _go_to(self, row: int) -> None:
        self._rows_button.setChecked(True)
        self._show()
        self._rows.go_to(row - 1)

    def _page(self, wanted: type[DetailPage]) -> DetailPage:
        if wanted not in self._made:
            page = self._made[wanted] = wanted(self._workspace, self._prefix)
            page.failed.connect(self.failed)
            page.finished.connect(self.finished)
            page.row_wanted.connect(self._go_to)
            self._stack.addWidget(page)
        return self._made[wanted]
