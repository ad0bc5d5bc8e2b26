import signal
import subprocess
import sys
from collections.abc import Callable

import pytest

from workbench.core import events
from workbench.core.runs import Run
from workbench.runtime import ending


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "killed"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGTERM)", "told to end"),
        ("import os; os.abort()", "crashed (SIGABRT)"),
        ("raise SystemExit(4)", "exit status 4"),
        ("pass", "before its work was done"),
    ],
)
def test_a_real_end_reads_as_one_sentence(code: str, words: str) -> None:
    status = subprocess.run([sys.executable, "-c", code], check=False).returncode
    assert words in ending.reason(status, "")


def test_memory_is_named_when_the_log_names_it() -> None:
    log = "Traceback\nRuntimeError: [enforce fail] DefaultCPUAllocator: can't allocate memory: you tried"
    assert "ran out of memory" in ending.reason(1, log)
    assert "ran out of memory" not in ending.reason(1, "Traceback\nValueError")


def test_an_unknown_end_is_said_to_be_unknown() -> None:
    assert "without a word" in ending.reason(None, "")
    assert "(SIGSEGV)" in ending.reason(-signal.SIGSEGV, "")


def test_the_way_out_depends_on_what_was_saved(make_run: Callable[[], Run]) -> None:
    run = make_run()
    run.log_file.write_text("the last line\n")
    how = ending.unwritten(run, -signal.SIGKILL)
    assert (how.state, how.can_resume, how.detail) == ("died", False, "the last line")
    assert "from the beginning" in how.sentence
    saved = run.checkpoints / "step-00000003"
    saved.mkdir(parents=True)
    (saved / "manifest.json").write_text("{}")
    how = ending.unwritten(run, -signal.SIGKILL)
    assert how.can_resume and "last checkpoint" in how.sentence


def test_a_failure_keeps_the_sentence_of_the_trainer(make_run: Callable[[], Run]) -> None:
    run = make_run()
    run.log_file.write_text("log\n")
    how = ending.written(events.Failed(sentence="The disk is full."), run)
    assert (how.state, how.sentence, how.detail) == ("failed", "The disk is full.", "log")
