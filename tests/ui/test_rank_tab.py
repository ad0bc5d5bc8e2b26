import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from workbench.core import events
from workbench.core.datasets.writer import write_dataset
from workbench.core.plan import Request
from workbench.core.preferences import Origin, Preferences, Ranking
from workbench.core.project import Project
from workbench.core.runs import Run
from workbench.core.spec import RunSpec
from workbench.runtime.session import GenerationSession
from workbench.ui.rank import tab as rank_tab
from workbench.ui.rank.drag import card_data
from workbench.ui.rank.queue import Sampling
from workbench.ui.rank.tab import RankTab
from workbench.ui.workspace import Workspace

FAKE = [sys.executable, str(Path(__file__).parents[1] / "runtime" / "fake_session.py")]
PROMPTS = [f"prompt {number}" for number in range(6)]


def add_prompts(project: Project, prompts: list[str], name: str = "questions") -> None:
    write_dataset(project.data / name, name, "prompts", ({"prompt": prompt} for prompt in prompts), split=0.0)


def add_run(project: Project, task: str, **parents: str) -> Run:
    """Make a finished run, as the trainer leaves it; it learnt from two rows."""
    if not (project.data / "d").exists():
        write_dataset(project.data / "d", "d", "text", ({"text": text} for text in ("a", "b")), split=0.0)
    run = project.new_run(
        RunSpec(task=task, name=task, model="base", model_path="/base", data="d", data_path="data/d", parents=parents)
    )
    run.append(events.Started(pid=1))
    run.append(events.Finished(step=1, seconds=1.0))
    run.result.mkdir()
    (run.result / "result.json").write_text('{"base": "/base", "adapter": "adapter"}')
    return run


@pytest.fixture
def tab(qtbot: QtBot, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Iterator[RankTab]:
    def fake(project: Path, sampling: Sampling) -> GenerationSession:
        return GenerationSession(project, model="fake", command=FAKE)

    monkeypatch.setattr(rank_tab, "new_session", fake)
    made = RankTab(workspace)
    qtbot.addWidget(made)
    made.resize(1000, 700)
    made.show()
    yield made
    made.close_session()


@pytest.fixture
def run(project: Project) -> Run:
    return add_run(project, "instruction-tuning")


def open_board(qtbot: QtBot, tab: RankTab, prompts: list[str] = PROMPTS, k: int = 4) -> None:
    add_prompts(tab.workspace.project, prompts)
    tab.refresh()
    qtbot.waitUntil(tab.start_button.isEnabled)
    tab.form.k.setValue(k)
    qtbot.mouseClick(tab.start_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: tab.ranking)
    wait_whole(qtbot, tab)


def wait_whole(qtbot: QtBot, tab: RankTab) -> None:
    qtbot.waitUntil(lambda: tab.board.round is not None and tab.board.round.whole)


def press(tab: RankTab, keys: str) -> None:
    QTest.keyClicks(tab.board, keys)


def save(qtbot: QtBot, tab: RankTab) -> None:
    with qtbot.waitSignal(tab.workspace.rankings_changed):
        QTest.keyClick(tab.board, Qt.Key.Key_Return)
    wait_whole(qtbot, tab)


def saved(tab: RankTab, *, skipped: bool = False) -> list[Ranking]:
    with Preferences(tab.workspace.project.database) as preferences:
        return preferences.rankings(skipped=skipped)


def prompt(tab: RankTab) -> str:
    label = tab.findChild(QLabel, "rank.prompt")
    assert isinstance(label, QLabel)
    return label.text()


def test_numbers_rank_and_enter_saves_with_the_evidence(qtbot: QtBot, tab: RankTab, run: Run) -> None:
    tab.form.annotator.setText("Ada")
    open_board(qtbot, tab)
    shown, first = [card.text() for card in tab.board.cards], prompt(tab)
    press(tab, "3142")
    assert [card.place() for card in tab.board.cards] == ["Place 2", "Place 4", "Place 1", "Place 3"]
    save(qtbot, tab)
    (ranking,) = saved(tab)
    assert ranking.prompt == first
    assert ranking.ranks == [2, 4, 1, 3]
    assert ranking.annotator == "Ada"
    assert [text.removesuffix(" …") for text in shown] == ranking.responses
    assert sorted(answer.position for answer in ranking.answers) == [0, 1, 2, 3]
    assert {answer.origin.run for answer in ranking.answers} == {run.id}
    assert ranking.answers[0].origin.sampling["k"] == 4
    assert prompt(tab) != first


def test_the_origin_is_hidden_and_the_order_shown_is_a_shuffle(qtbot: QtBot, tab: RankTab, run: Run) -> None:
    open_board(qtbot, tab, k=9)
    orders = []
    for _ in range(3):
        round = tab.board.round
        assert round is not None
        orders.append(round.order)
        assert not any(run.id in card.text() + card.accessibleName() for card in tab.board.cards)
        press(tab, "123456789")
        save(qtbot, tab)
    assert any(order != sorted(order) for order in orders)
    assert [[answer.position for answer in ranking.answers] for ranking in saved(tab)] == orders


def test_t_ties_and_backspace_takes_back(qtbot: QtBot, tab: RankTab, run: Run) -> None:
    open_board(qtbot, tab)
    press(tab, "2t413")
    QTest.keyClick(tab.board, Qt.Key.Key_Backspace)
    QTest.keyClick(tab.board, Qt.Key.Key_Backspace)
    press(tab, "31")
    assert [card.place() for card in tab.board.cards] == ["Place 3", "Place 1, tied", "Place 2", "Place 1, tied"]
    save(qtbot, tab)
    assert saved(tab)[0].ranks == [3, 1, 2, 1]


def test_enter_does_nothing_while_answers_have_no_place(qtbot: QtBot, tab: RankTab, run: Run) -> None:
    open_board(qtbot, tab)
    press(tab, "12")
    QTest.keyClick(tab.board, Qt.Key.Key_Return)
    assert not tab.board.save_button.isEnabled()
    press(tab, "3")
    assert tab.board.save_button.isEnabled()
    save(qtbot, tab)
    assert [ranking.ranks for ranking in saved(tab)] == [[1, 2, 3, 4]]


def test_the_next_prompt_is_shown_only_when_the_ranking_is_on_disk(
    qtbot: QtBot, tab: RankTab, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_board(qtbot, tab)
    on_disk: list[int] = []
    show = tab.board.show_round
    monkeypatch.setattr(tab.board, "show_round", lambda round: (on_disk.append(len(saved(tab))), show(round)))
    for expected in (1, 2, 3):
        press(tab, "1234")
        save(qtbot, tab)
        assert on_disk[-1] == expected


def test_a_failed_save_keeps_the_board_and_says_why(
    qtbot: QtBot, tab: RankTab, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_board(qtbot, tab)
    first = prompt(tab)
    press(tab, "1234")
    broken = tab._opened()
    monkeypatch.setattr(broken, "save", lambda *_: 1 / 0)
    QTest.keyClick(tab.board, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(tab._notice.text()))
    assert prompt(tab) == first
    assert tab.board.save_button.isEnabled()
    monkeypatch.undo()
    with qtbot.waitSignal(tab.workspace.rankings_changed):
        QTest.keyClick(tab.board, Qt.Key.Key_Return)
    assert len(saved(tab)) == 1


def test_answers_to_the_next_prompts_are_written_ahead(qtbot: QtBot, tab: RankTab, run: Run) -> None:
    open_board(qtbot, tab)
    label = tab.findChild(QLabel, "rank.progress")
    assert isinstance(label, QLabel)
    qtbot.waitUntil(lambda: "Ready ahead: 2" in label.text())
    press(tab, "1234")
    with qtbot.waitSignal(tab.workspace.rankings_changed):
        QTest.keyClick(tab.board, Qt.Key.Key_Return)
    assert tab.board.round is not None and tab.board.round.whole  # nothing to wait for
    assert label.text().startswith("Ranked now: 1 of 6 prompts · Rankings in this project: 1 · ")


def test_skip_passes_over_and_is_remembered(qtbot: QtBot, tab: RankTab, run: Run) -> None:
    open_board(qtbot, tab)
    first = prompt(tab)
    with qtbot.waitSignal(tab.workspace.rankings_changed):
        press(tab, "s")
    assert prompt(tab) != first
    assert saved(tab) == []
    (skipped,) = saved(tab, skipped=True)
    assert (skipped.prompt, skipped.skipped) == (first, True)


def test_undo_brings_rankings_back_one_on_top_of_the_other(qtbot: QtBot, tab: RankTab, run: Run) -> None:
    open_board(qtbot, tab)
    seen = []
    for keys in ("1234", "4321"):
        seen.append(prompt(tab))
        press(tab, keys)
        save(qtbot, tab)
    waiting = prompt(tab)
    for expected in reversed(seen):
        with qtbot.waitSignal(tab.workspace.rankings_changed):
            QTest.keyClick(tab.board, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
        assert prompt(tab) == expected
    assert saved(tab) == []
    assert [card.place() for card in tab.board.cards] == ["Place 1", "Place 2", "Place 3", "Place 4"]
    QTest.keyClick(tab.board.strip.findChild(QLabel, "rank.chip.1"), Qt.Key.Key_3)  # placed already: no change
    tab.board.strip.removed.emit(0)
    press(tab, "1")
    save(qtbot, tab)
    save(qtbot, tab)
    assert prompt(tab) == waiting
    assert [(ranking.prompt, ranking.ranks) for ranking in saved(tab)] == [
        (seen[0], [4, 1, 2, 3]),
        (seen[1], [4, 3, 2, 1]),
    ]


def test_nothing_to_undo_is_said(qtbot: QtBot, tab: RankTab, run: Run) -> None:
    open_board(qtbot, tab)
    qtbot.mouseClick(tab.board.undo_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: tab._notice.text() == "There is nothing to undo.")


def drop(tab: RankTab, card: int, where: QPoint) -> None:
    strip, data = tab.board.strip, card_data(card)
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(where, Qt.DropAction.MoveAction, data, buttons, keys)
    QApplication.sendEvent(strip, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(strip, QDropEvent(QPointF(where), Qt.DropAction.MoveAction, data, buttons, keys))


def groups_on_screen(tab: RankTab) -> list[QPoint]:
    QApplication.processEvents()
    return [widget.geometry().center() for widget in tab.board.strip._groups]


def test_cards_are_dropped_into_an_order_and_on_each_other_to_tie(qtbot: QtBot, tab: RankTab, run: Run) -> None:
    open_board(qtbot, tab)
    drop(tab, 2, QPoint(200, 10))
    drop(tab, 0, QPoint(tab.board.strip.width() - 60, 10))
    assert tab.board.round is not None
    placement = tab.board.round.placement
    assert placement.groups == ((2,), (0,))
    before_first = groups_on_screen(tab)[0] - QPoint(tab.board.strip._groups[0].width() // 2 - 1, 0)
    drop(tab, 3, before_first)
    assert placement.groups == ((3,), (2,), (0,))
    drop(tab, 1, groups_on_screen(tab)[1])
    assert placement.groups == ((3,), (2, 1), (0,))
    drop(tab, 3, groups_on_screen(tab)[2])
    assert placement.groups == ((2, 1), (0, 3))
    save(qtbot, tab)
    assert saved(tab)[0].ranks == [2, 1, 1, 2]


def test_a_click_on_a_card_places_it_and_one_on_its_chip_takes_it_out(qtbot: QtBot, tab: RankTab, run: Run) -> None:
    open_board(qtbot, tab)
    area = tab.board.cards[1].findChild(QLabel, "")
    qtbot.mouseClick(area or tab.board.cards[1], Qt.MouseButton.LeftButton)
    assert tab.board.cards[1].place() == "Place 1"
    chip = tab.board.strip.findChild(QLabel, "rank.chip.2")
    assert chip is not None
    qtbot.mouseClick(chip, Qt.MouseButton.LeftButton)
    assert tab.board.cards[1].place() == ""


def test_a_session_that_dies_is_said_and_can_be_started_again(qtbot: QtBot, tab: RankTab, run: Run) -> None:
    add_prompts(tab.workspace.project, ["die young"])
    tab.refresh()
    qtbot.waitUntil(tab.start_button.isEnabled)
    qtbot.mouseClick(tab.start_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(tab.restart_button.isVisible)
    assert "has ended unexpectedly" in tab._notice.text()
    tab._notice.clear()
    qtbot.mouseClick(tab.restart_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "has ended unexpectedly" in tab._notice.text())


def test_a_prompt_that_is_refused_is_left_out_and_said(qtbot: QtBot, tab: RankTab, run: Run) -> None:
    open_board(qtbot, tab, prompts=["refuse me", "refuse me too", "fine"])
    assert prompt(tab) == "fine"
    assert tab._notice.text() == "This prompt is too long."


def test_after_the_last_prompt_the_next_steps_are_shown(qtbot: QtBot, tab: RankTab, run: Run) -> None:
    open_board(qtbot, tab, prompts=["one", "two"])
    press(tab, "1234")
    save(qtbot, tab)
    press(tab, "4321")
    QTest.keyClick(tab.board, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not tab.ranking)
    qtbot.waitUntil(tab.steps.reward.button.isEnabled)
    assert tab.steps.reward.button.property("primary")
    assert not tab.start_button.property("primary")
    assert not tab.steps.improve.button.isEnabled()
    assert "reward model first" in tab.steps.improve.button.toolTip()


def test_prompts_that_were_seen_come_last(qtbot: QtBot, tab: RankTab, run: Run) -> None:
    open_board(qtbot, tab)
    seen = prompt(tab)
    press(tab, "1234")
    save(qtbot, tab)
    qtbot.mouseClick(tab.end_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(tab.start_button.isVisible)
    qtbot.mouseClick(tab.start_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: tab.ranking)
    later = []
    for _ in range(5):
        wait_whole(qtbot, tab)
        later.append(prompt(tab))
        with qtbot.waitSignal(tab.workspace.rankings_changed):
            press(tab, "s")
    assert seen not in later


def started(tab: RankTab, monkeypatch: pytest.MonkeyPatch) -> list[Request]:
    requests: list[Request] = []
    monkeypatch.setattr(tab.workspace, "start", lambda request, **_: requests.append(request))
    return requests


def rank_some(project: Project, count: int) -> None:
    with Preferences(project.database) as preferences:
        for number in range(count):
            answers = preferences.add_answers(f"p{number}", ["a", "b"], Origin())
            preferences.save_ranking(f"p{number}", [answer.id for answer in answers], [1, 2])


def test_the_loop_goes_from_rankings_to_reward_model_to_ppo(
    qtbot: QtBot, tab: RankTab, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    project, requests = tab.workspace.project, started(tab, monkeypatch)
    add_prompts(project, PROMPTS)
    rank_some(project, 2)
    tab.refresh()
    qtbot.waitUntil(tab.steps.reward.button.isEnabled)
    qtbot.mouseClick(tab.steps.reward.button, Qt.MouseButton.LeftButton)
    assert requests[-1] == Request(task="reward-model", data="rankings", parents={"from": run.id})
    reward = add_run(project, "reward-model", **{"from": run.id})
    tab.workspace.runs_changed.emit()
    qtbot.waitUntil(tab.steps.improve.button.isEnabled)
    assert tab.steps.improve.button.property("primary")
    qtbot.mouseClick(tab.steps.improve.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(requests) == 2)
    assert requests[-1] == Request(task="ppo", data="questions", parents={"from": run.id, "reward": reward.id})
    add_run(project, "ppo", **{"from": run.id, "reward": reward.id})
    tab.workspace.runs_changed.emit()
    source = tab.findChild(QComboBox, "rank.source")
    assert isinstance(source, QComboBox)
    qtbot.waitUntil(lambda: source.currentText() == "003 · ppo")
    qtbot.waitUntil(lambda: bool(tab.start_button.property("primary")))


def test_an_empty_project_says_what_belongs_here_and_leads_there(qtbot: QtBot, tab: RankTab) -> None:
    tab.refresh()
    button = tab.findChild(QPushButton, "rank.go-data")
    assert isinstance(button, QPushButton)
    qtbot.waitUntil(button.isVisible)
    with qtbot.waitSignal(tab.workspace.tab_wanted) as wanted:
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert wanted.args == ["data"]


def test_another_project_ends_the_sitting(qtbot: QtBot, tab: RankTab, run: Run, tmp_path: Path) -> None:
    open_board(qtbot, tab)
    tab.workspace.open(tmp_path / "other")
    assert not tab.ranking
    button = tab.findChild(QPushButton, "rank.go-data")
    assert isinstance(button, QPushButton)
    qtbot.waitUntil(button.isVisible)


def test_who_ranked_last_is_remembered(qtbot: QtBot, tab: RankTab, run: Run) -> None:
    with Preferences(tab.workspace.project.database) as preferences:
        answers = preferences.add_answers("p", ["a", "b"], Origin())
        preferences.save_ranking("p", [answer.id for answer in answers], [1, 2], annotator="Ada")
    add_prompts(tab.workspace.project, PROMPTS)
    tab.refresh()
    qtbot.waitUntil(lambda: tab.form.annotator.text() == "Ada")
