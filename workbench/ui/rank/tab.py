"""The Rank tab: from a model's answers to rankings, and from there to a better model."""

import random
from pathlib import Path

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from workbench.core.i18n import mark, tr
from workbench.core.improvement import Standing, standing
from workbench.core.plan import Request
from workbench.core.preferences import RANKINGS
from workbench.core.prompts import prompts
from workbench.runtime import jobs
from workbench.runtime.session import GenerationSession
from workbench.ui.rank.board import RankBoard
from workbench.ui.rank.queue import RoundQueue, Sampling
from workbench.ui.rank.round import Overview, Store
from workbench.ui.rank.setup import Choices, SetupForm, choices
from workbench.ui.rank.sitting import Sitting
from workbench.ui.rank.steps import StepsPanel, make_primary
from workbench.ui.scrolling import scrolling
from workbench.ui.tab import Tab
from workbench.ui.theme.metrics import GRID
from workbench.ui.widgets.buttons import PrimaryButton, QuietButton
from workbench.ui.widgets.empty_state import EmptyState
from workbench.ui.widgets.labels import Caption, Title
from workbench.ui.widgets.notice import Notice
from workbench.ui.workspace import Workspace


def new_session(project: Path, sampling: Sampling) -> GenerationSession:
    """Return the session that answers; tests put another one in its place."""
    return GenerationSession(project, run=sampling.run, model=sampling.model)


class RankTab(Tab):
    """Set-up and next steps, or the board while ranking goes on."""

    name = "rank"
    label = mark("Rank")
    icon = "rank"

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(workspace, parent)
        self._store: Store | None = None
        self._sitting: Sitting | None = None
        self._overview = Overview()
        self._latest_look = 0
        self._notice = Notice()
        self._progress = Caption("")
        self._progress.setObjectName("rank.progress")
        self.start_button = PrimaryButton(tr("Start ranking"), "rank.start")
        self.start_button.setEnabled(False)
        self.end_button = QuietButton(tr("End ranking"), "rank.end")
        self.restart_button = QuietButton(tr("Start again"), "rank.restart")
        self.form = SetupForm()
        self.steps = StepsPanel()
        self.board = RankBoard()
        self._no_data = EmptyState(
            "rank",
            tr("Nothing to rank yet"),
            tr("Ranking needs prompts: import prompts, instructions or chats, and come back."),
            tr("Go to Data"),
            "rank.go-data",
        )
        self._no_model = EmptyState(
            "rank",
            tr("Nobody to answer yet"),
            tr("Ranking needs a language model that answers: get a starter model, or tune one first."),
            tr("Go to Model"),
            "rank.go-model",
        )
        self._setup_page = self._make_setup_page()
        self._pages = QStackedWidget()
        for page in (self._setup_page, self.board, self._no_data, self._no_model):
            self._pages.addWidget(page)
        self._lay_out()
        self._connect()
        self._show_page(self._setup_page)

    def _make_setup_page(self) -> QWidget:
        inside = QWidget()
        inside.setProperty("scrolled", True)
        layout = QVBoxLayout(inside)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID * 2)
        layout.addWidget(self.form)
        layout.addWidget(self.steps)
        layout.addStretch(1)
        return scrolling(inside)

    def _lay_out(self) -> None:
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(Title(tr("Rank")))
        words.addWidget(self._progress)
        head = QHBoxLayout()
        head.setSpacing(GRID)
        head.addLayout(words, 1)
        for button in (self.restart_button, self.end_button, self.start_button):
            head.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GRID * 3, GRID * 2, GRID * 3, GRID * 2)
        layout.setSpacing(GRID)
        layout.addLayout(head)
        layout.addWidget(self._notice)
        layout.addWidget(self._pages, 1)

    def _connect(self) -> None:
        self._no_data.clicked.connect(lambda: self.workspace.tab_wanted.emit("data"))
        self._no_model.clicked.connect(lambda: self.workspace.tab_wanted.emit("model"))
        self.start_button.clicked.connect(self.start)
        self.end_button.clicked.connect(self.end)
        self.restart_button.clicked.connect(self._restart)
        self.form.changed.connect(self._look)
        self.steps.reward_wanted.connect(self._train_reward)
        self.steps.improve_wanted.connect(self._improve)
        self.workspace.project_changed.connect(self._on_project)
        self.workspace.datasets_changed.connect(self.refresh)
        self.workspace.runs_changed.connect(self.refresh)
        app = QCoreApplication.instance()
        assert app is not None
        app.aboutToQuit.connect(self.close_session)

    @property
    def ranking(self) -> bool:
        """Whether the board is up."""
        return self._sitting is not None

    def _show_page(self, page: QWidget) -> None:
        on_board = page is self.board
        self._pages.setCurrentWidget(page)
        self.start_button.setVisible(page is self._setup_page)
        self.end_button.setVisible(on_board)
        self.restart_button.hide()
        self._show_progress()

    def _on_project(self) -> None:
        self.end()
        if self._store is not None:
            self._store.close()
        self._store = None
        self._overview = Overview()
        self._notice.clear()
        self.refresh()

    def _opened(self) -> Store:
        if self._store is None:
            self._store = Store(self.workspace.project)
        return self._store

    def refresh(self) -> None:
        """Look anew what can be ranked, and where the loop stands."""
        if not self.workspace.has_project or self.ranking:
            return
        store, model = self._opened(), self.workspace.draft.model

        def work(_report: jobs.Report) -> tuple[Choices, Overview]:
            return choices(store.project, model), store.overview()

        def done(found: tuple[Choices, Overview]) -> None:
            if store is not self._store or self.ranking:
                return
            offered, self._overview = found
            self.form.annotator.setText(self.form.annotator.text() or self._overview.annotator)
            self.form.offer(offered)
            empty = self._no_data if not offered.data else self._no_model if not offered.sources else None
            self._show_page(empty or self._setup_page)

        jobs.start(self, work, done=done, failed=self._notice.error)

    def _look(self) -> None:
        """See where the loop stands for the chosen source."""
        self._latest_look += 1
        look, store, overview, source = self._latest_look, self._opened(), self._overview, self.form.chosen_source()
        self.start_button.setEnabled(source is not None and bool(self.form.data.currentText()))

        def work(_report: jobs.Report) -> Standing:
            return standing(store.project, overview.usable, source.run if source else "")

        def done(found: Standing) -> None:
            if look == self._latest_look:  # not overtaken by a newer one
                self.steps.show_standing(found)
                make_primary(self.start_button, found.next_step == "rank")

        jobs.start(self, work, done=done, failed=self._notice.error)

    def start(self) -> None:
        """Load the model and the prompts, those not seen yet first."""
        sampling, name = self.form.sampling(), self.form.data.currentText()
        if sampling is None or self.ranking:
            return
        store = self._opened()
        self._notice.clear()
        self.start_button.setEnabled(False)

        def work(_report: jobs.Report) -> list[str]:
            found = prompts(store.project.dataset(name))
            random.Random(0).shuffle(found)
            seen = store.overview().seen
            return sorted(found, key=lambda prompt: prompt in seen)

        def done(found: list[str]) -> None:
            self.start_button.setEnabled(True)
            if store is self._store and not self.ranking:
                self._begin(found, sampling)

        def failed(sentence: str, detail: str) -> None:
            self.start_button.setEnabled(True)
            self._notice.error(sentence, detail)

        jobs.start(self, work, done=done, failed=failed)

    def _begin(self, found: list[str], sampling: Sampling) -> None:
        session = new_session(self.workspace.project.path, sampling)
        queue = RoundQueue(session, found, sampling)
        annotator = self.form.annotator.text().strip()
        self._sitting = Sitting(queue, self.board, self._opened(), annotator, self)
        self._sitting.progressed.connect(self._show_progress)
        self._sitting.kept.connect(self._on_kept)
        self._sitting.told.connect(self._notice.info)
        self._sitting.failed.connect(self._notice.error)
        self._sitting.died.connect(self.restart_button.show)
        self._sitting.over.connect(self._on_over)
        self._show_page(self.board)
        self._sitting.start()

    def end(self) -> None:
        """End the sitting and show the next steps."""
        if self.ranking:
            self.close_session()
            self._show_page(self._setup_page)
            self._look()
            self.refresh()

    def close_session(self) -> None:
        """Give the model's memory back."""
        sitting, self._sitting = self._sitting, None
        if sitting is not None:
            sitting.close()

    def shut(self) -> None:
        """End the session with the window."""
        self.close_session()

    def _on_over(self) -> None:
        self.end()
        self._notice.info(tr("All prompts of this data set have been shown."))

    def _on_kept(self, overview: Overview) -> None:
        self._overview = overview
        self.workspace.rankings_changed.emit()

    def _restart(self) -> None:
        self.restart_button.hide()
        self._notice.clear()
        if self._sitting is not None:
            self._sitting.restart()

    def _show_progress(self) -> None:
        total = tr("Rankings in this project: {count}", count=self._overview.count)
        if self._sitting is None:
            text = total if self._overview.count else tr("Rank answers from best to worst; a model learns from it.")
        else:
            now = tr("Ranked now: {done} of {all} prompts", done=self._sitting.done_now, all=self._sitting.queue.total)
            ready = tr("Ready ahead: {ready}", ready=self._sitting.queue.ready)
            text = " · ".join((now, total, ready))
        self._progress.setText(text)

    def _train_reward(self, settings: dict[str, object]) -> None:
        source = self.form.chosen_source()
        if source is None:
            return
        parents = {"from": source.run} if source.run else {}
        model = "" if source.run else source.model
        request = Request(task="reward-model", data=RANKINGS, model=model, settings=settings, parents=parents)
        self._start_run(request)

    def _improve(self, settings: dict[str, object]) -> None:
        store, source, data = self._opened(), self.form.chosen_source(), self.form.data.currentText()
        if source is None:
            return

        def done(found: Standing) -> None:
            parents = {"from": source.run, "reward": found.reward}
            self._start_run(Request(task="ppo", data=data, settings=settings, parents=parents))

        usable = self._overview.usable
        jobs.start(
            self,
            lambda _report: standing(store.project, usable, source.run),
            done=done,
            failed=self._notice.error,
        )

    def _start_run(self, request: Request) -> None:
        self._notice.clear()
        self.workspace.start(request, started=lambda _run: self.workspace.tab_wanted.emit("train"))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Let the keys of the board work wherever the focus is in the tab."""
        if self.ranking and not self.board.hasFocus():
            self.board.keyPressEvent(event)
        else:
            super().keyPressEvent(event)
