import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from pytestqt.qtbot import QtBot

from workbench.runtime.session import LOG_LINES, GenerationSession

FAKE = [sys.executable, str(Path(__file__).with_name("fake_session.py"))]


@pytest.fixture
def session(qtbot: QtBot, tmp_path: Path) -> Iterator[GenerationSession]:
    session = GenerationSession(tmp_path, model="fake", command=FAKE)
    yield session
    with qtbot.waitSignal(session.destroyed):
        session.close()
        session.deleteLater()


def child(session: GenerationSession) -> psutil.Process:
    assert session._process is not None
    return psutil.Process(session._process.processId())


def test_answers_stream_and_the_pieces_make_the_whole(qtbot: QtBot, session: GenerationSession) -> None:
    pieces: dict[int, str] = {}
    whole: dict[int, tuple[str, bool]] = {}
    session.token.connect(lambda _id, answer, text: pieces.update({answer: pieces.get(answer, "") + text}))
    session.answered.connect(lambda _id, answer, text, ended: whole.update({answer: (text, ended)}))
    with qtbot.waitSignal(session.ready):
        session.start()
    with qtbot.waitSignal(session.done) as done:
        request = session.generate("日本語も", k=3)
    assert done.args == [request]
    assert whole[1] == ("answer 1 to 日本語も", True)
    assert whole[0][1] is False
    assert {answer: text.strip() for answer, text in pieces.items()} == {n: text for n, (text, _) in whole.items()}


def test_requests_made_before_the_model_is_loaded_are_worked_on(qtbot: QtBot, session: GenerationSession) -> None:
    finished: list[int] = []
    session.done.connect(finished.append)
    session.start()
    asked = [session.generate("a", k=1), session.generate("b", k=1)]
    qtbot.waitUntil(lambda: finished == asked)


def test_a_cancelled_request_is_done_and_the_next_one_is_answered(qtbot: QtBot, session: GenerationSession) -> None:
    session.start()
    with qtbot.waitSignal(session.token):
        first = session.generate("slow", k=4)
    with qtbot.waitSignal(session.done) as done:
        session.cancel(first)
    assert done.args == [first]
    with qtbot.waitSignal(session.answered):
        session.generate("next", k=1)


def test_a_child_that_dies_is_one_sentence_with_its_log_and_can_be_started_again(
    qtbot: QtBot, session: GenerationSession
) -> None:
    session.start()
    with qtbot.waitSignal(session.ended), qtbot.waitSignal(session.failed) as failed:
        session.generate("die", k=2)
    number, sentence, detail = failed.args
    assert number == -1
    assert sentence == "The process that writes answers has ended unexpectedly. Start again to go on."
    assert "it hurts" in detail
    assert not session.running
    with qtbot.waitSignal(session.ready):
        session.start()
    with qtbot.waitSignal(session.done):
        session.generate("again", k=1)


def test_a_model_that_cannot_be_loaded_is_said_once(qtbot: QtBot, tmp_path: Path) -> None:
    session = GenerationSession(tmp_path, model="fake", command=[*FAKE, "--refuse"])
    said: list[str] = []
    session.failed.connect(lambda _id, sentence, _detail: said.append(sentence))
    with qtbot.waitSignal(session.ended):
        session.start()
    assert said == ["The model is damaged."]


def test_a_refused_request_leaves_the_session_alive(qtbot: QtBot, session: GenerationSession) -> None:
    session.start()
    with qtbot.waitSignal(session.failed) as failed:
        request = session.generate("refuse", k=2)
    assert failed.args == [request, "This prompt is too long.", "4096 tokens"]
    assert session.running


def test_a_program_that_is_not_there_is_a_sentence(qtbot: QtBot, tmp_path: Path) -> None:
    session = GenerationSession(tmp_path, model="fake", command=[str(tmp_path / "missing")])
    with qtbot.waitSignals([session.failed, session.ended]):
        session.start()
    assert not session.running


def test_printing_is_drained_and_kept_in_bounds(qtbot: QtBot, tmp_path: Path) -> None:
    session = GenerationSession(tmp_path, model="fake", command=[*FAKE, "--flood"])
    with qtbot.waitSignal(session.ready):  # it could not say this if the pipe were full
        session.start()
    qtbot.waitUntil(lambda: "line 19999" in session.log())
    assert len(session.log().splitlines()) <= LOG_LINES
    with qtbot.waitSignal(session.done):
        session.generate("noise", k=1)
    assert "a library says hello" in session.log()
    session.close()


def test_closing_leaves_no_process(qtbot: QtBot, session: GenerationSession) -> None:
    with qtbot.waitSignal(session.ready):
        session.start()
    process = child(session)
    session.generate("slow", k=4)
    session.close()
    assert not session.running
    qtbot.waitUntil(lambda: not process.is_running())


def test_a_second_start_replaces_the_first_child(qtbot: QtBot, session: GenerationSession) -> None:
    with qtbot.waitSignal(session.ready):
        session.start()
    first = child(session)
    with qtbot.waitSignal(session.ready):
        session.start()
    assert child(session).pid != first.pid
    qtbot.waitUntil(lambda: not first.is_running())
