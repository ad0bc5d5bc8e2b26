"""The wizard that leads a newcomer through the first fine-tune."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QLabel, QStackedWidget, QVBoxLayout, QWidget

from workbench.core.i18n import tr
from workbench.core.project import Project
from workbench.ui.theme.metrics import GRID
from workbench.ui.widgets.buttons import PrimaryButton, QuietButton
from workbench.ui.widgets.labels import Caption, Title
from workbench.ui.wizard.data import DataPage
from workbench.ui.wizard.goal import GoalPage
from workbench.ui.wizard.model import ModelPage
from workbench.ui.wizard.page import Choice, Page
from workbench.ui.wizard.review import ReviewPage
from workbench.ui.wizard.settings import SettingsPage
from workbench.ui.workspace import Workspace


class FirstRunWizard(QDialog):
    """Goal, data, model and adapter, settings, review; then the run is started.

    It does not block the window and can be left at any time; what was imported stays.

    Args:
        workspace: The open project; the run is started through it.
    """

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("wizard")
        self.setWindowTitle(tr("First fine-tune"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._workspace = workspace
        self.choice = Choice()
        review = ReviewPage(self.choice, workspace)
        self.finished.connect(lambda _result: review.stop())
        self._pages: list[Page] = [
            GoalPage(self.choice),
            DataPage(self.choice, workspace),
            ModelPage(self.choice),
            SettingsPage(self.choice, workspace),
            review,
        ]
        self._stack = QStackedWidget()
        self._steps = [QLabel(f"{number}  {tr(page.title)}") for number, page in enumerate(self._pages, start=1)]
        self._title = Title("")
        self._reason = Caption("")
        self._reason.setObjectName("wizard.reason")
        self._skip = QuietButton(tr("Skip"), "wizard.skip")
        self._back = QuietButton(tr("Back"), "wizard.back")
        self._next = PrimaryButton(tr("Next"), "wizard.next")
        self._lay_out()
        for page in self._pages:
            self._stack.addWidget(page)
            page.changed.connect(self._show_problem)
        self._skip.clicked.connect(self.reject)
        self._back.clicked.connect(lambda: self._go(-1))
        self._next.clicked.connect(self._on_next)
        self._next.setDefault(True)
        workspace.project_changed.connect(self.reject)  # what was chosen belongs to the other project
        self._show_page(0)

    @staticmethod
    def is_due(project: Project) -> bool:
        """Return whether a project is so new that the wizard should be offered."""
        return not project.datasets() and not project.runs()

    def _lay_out(self) -> None:
        self.resize(GRID * 118, GRID * 80)
        rail = QVBoxLayout()
        rail.setSpacing(GRID * 2)
        for step in self._steps:
            rail.addWidget(step)
        rail.addStretch()
        line = QFrame()
        line.setProperty("role", "line")
        line.setFixedWidth(1)
        buttons = QHBoxLayout()
        buttons.setSpacing(GRID)
        buttons.addWidget(self._skip)
        buttons.addWidget(self._reason, 1)
        buttons.addWidget(self._back)
        buttons.addWidget(self._next)
        main = QVBoxLayout()
        main.setSpacing(GRID * 2)
        main.addWidget(self._title)
        main.addWidget(self._stack, 1)
        main.addLayout(buttons)
        frame = QFrame()
        frame.setProperty("role", "dialog")  # an edge of its own, where the desktop draws none
        outside = QVBoxLayout(self)
        outside.setContentsMargins(0, 0, 0, 0)
        outside.addWidget(frame)
        layout = QHBoxLayout(frame)
        layout.setContentsMargins(GRID * 3, GRID * 3, GRID * 3, GRID * 3)
        layout.setSpacing(GRID * 3)
        layout.addLayout(rail)
        layout.addWidget(line)
        layout.addLayout(main, 1)

    @property
    def page(self) -> Page:
        """The page in front."""
        return self._pages[self._stack.currentIndex()]

    def _go(self, by: int) -> None:
        self._show_page(self._stack.currentIndex() + by)

    def _show_page(self, number: int) -> None:
        self._stack.setCurrentIndex(number)
        page, last = self._pages[number], len(self._pages) - 1
        self._title.setText(tr(page.title))
        self._back.setEnabled(number > 0)
        self._next.setText(tr("Start training") if number == last else tr("Next"))
        for position, step in enumerate(self._steps):
            step.setProperty("current", position == number)
            step.setProperty("muted", position != number)
            step.style().unpolish(step)
            step.style().polish(step)
        page.enter()
        self._show_problem()

    def _show_problem(self) -> None:
        problem = self.page.problem()
        self._reason.setText(problem)
        self._next.setEnabled(not problem)

    def _on_next(self) -> None:
        if self._stack.currentIndex() < len(self._pages) - 1:
            self._go(1)
        else:
            self._start()

    def _start(self) -> None:
        choice = self.choice
        assert choice.model is not None
        self._workspace.choose(
            task=choice.task,
            data=choice.data,
            model=choice.model.name,
            adapter=choice.adapter,
            settings=choice.all_settings(),
            name=choice.name,
        )
        self._workspace.start(choice.request())
        self._workspace.tab_wanted.emit("train")
        self.accept()
