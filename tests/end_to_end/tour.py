"""Drives the real window through the whole job: ``python -m tests.end_to_end.tour --to DIR [--project DIR]``.

Data, instruction tuning, classifiers of images and texts, ranking by key presses, reward model, PPO, export; a picture
of every step. Everything is real: the starter models and data, child processes, the database. Only the person is
simulated: one who likes short answers.
"""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QApplication, QLabel, QWidget

from tests.end_to_end.classify_steps import ClassifySteps
from tests.end_to_end.data_steps import DataSteps
from tests.end_to_end.driver import Driver, Stuck
from workbench.core.preferences import Preferences
from workbench.core.runs import Run, Summary
from workbench.ui import app
from workbench.ui.main_window import MainWindow
from workbench.ui.memory import Memory
from workbench.ui.rank.board import RankBoard

RANKINGS = 6
ANSWERS = 4
ENDED = ("finished", "stopped", "failed")
HEAVY = {"torch", "transformers", "peft", "tensorflow", "keras"}


class Tour:
    """The steps of the job, in order."""

    def __init__(self, program: app.Program, window: MainWindow, driver: Driver) -> None:
        self.program, self.window, self.driver = program, window, driver
        self.project = program.workspace.project

    def run(self) -> None:
        """Do the whole job."""
        for step in (
            self.first_fine_tune,
            self.look_around,
            self.bring_data,
            self.classify,
            self.rank,
            self.reward_model,
            self.improve,
            self.export,
            self.other_looks,
        ):
            print(step.__name__.replace("_", " "), flush=True)
            step()
        heavy = HEAVY & set(sys.modules)
        assert not heavy, f"the window has loaded {heavy}"

    def first_fine_tune(self) -> None:
        """Go through the wizard, from the starter data to a finished run."""
        driver = self.driver
        driver.find(QWidget, "wizard")
        driver.picture("wizard-goal")
        driver.click("wizard.next")
        driver.click("wizard.data.starter.small-talk")
        driver.wait(lambda: [data.name for data in self.project.datasets()] == ["small-talk"], "the import", 60)
        driver.wait(lambda: driver.find(QWidget, "wizard.next").isEnabled(), "the data to be chosen")
        driver.picture("wizard-data")
        driver.click("wizard.next")
        driver.wait(lambda: driver.find(QWidget, "wizard.next").isEnabled(), "the model to be chosen", 60)
        driver.picture("wizard-model")
        driver.click("wizard.next")
        driver.enter("wizard.options.epochs", "0.2")
        driver.picture("wizard-settings")
        driver.click("wizard.next")
        driver.wait(lambda: "GB" in driver.find(QLabel, "wizard.estimate").text(), "the estimate")
        driver.picture("wizard-review")
        driver.click("wizard.next")
        self._watch("instruction-tuning", lambda summary: summary.step >= 8, "train-live")
        self._finish("instruction-tuning", 600)
        driver.picture("train-finished")

    def look_around(self) -> None:
        """See the data and the model."""
        for tab in ("data", "model"):
            self.driver.click(f"rail.{tab}")
            self.driver.picture(tab)

    def bring_data(self) -> None:
        """Bring more data in: a table, images, texts that a model labels."""
        with tempfile.TemporaryDirectory() as scratch:
            DataSteps(self.window, self.project, self.driver, Path(scratch)).run()

    def classify(self) -> None:
        """Train classifiers of images and of texts."""
        ClassifySteps(self.project, self.driver, self._watch_to_the_end).run()

    def rank(self) -> None:
        """Rank answers by key presses; each ranking must be on disk before the next is shown."""
        driver = self.driver
        driver.click("rail.rank")
        driver.choose("rank.data", "small-talk")
        driver.choose("rank.source", self._newest("instruction-tuning").id)
        driver.enter("rank.max_new_tokens", "24")
        driver.picture("rank-setup")
        driver.click("rank.start")
        board = driver.find(RankBoard, "rank.board")
        for number in range(RANKINGS):
            self._rank_one(board, picture=number in (0, RANKINGS - 1))
            with Preferences(self.project.database) as preferences:
                assert preferences.count() == number + 1, "the ranking is not on disk"
        driver.click("rank.end")
        driver.wait(driver.find(QWidget, "rank.train-reward").isEnabled, "the reward model to be offered")
        driver.picture("rank-next-steps")

    def _rank_one(self, board: RankBoard, *, picture: bool) -> None:
        driver = self.driver
        driver.wait(lambda: board.round is not None and board.round.whole, "the answers", 180)
        shown = board.round
        assert shown is not None and len(shown.texts) == ANSWERS
        by_length = sorted(range(ANSWERS), key=lambda card: len(shown.texts[card]))
        driver.press(board, "".join(str(card + 1) for card in by_length))
        if picture:
            driver.picture("rank-placed")
        driver.press(board, "\n")
        driver.wait(lambda: board.round is not shown, "the next prompt", 60)

    def reward_model(self) -> None:
        """Train the reward model from the tab where the ranking was done."""
        self.driver.click("rank.train-reward")
        self._watch("reward-model", lambda summary: summary.step >= 1, "reward-live")
        self._finish("reward-model", 300)
        self.driver.picture("reward-finished")

    def improve(self) -> None:
        """Improve the model with PPO, in few rounds."""
        driver = self.driver
        driver.click("rail.rank")
        driver.open_fold("rank.improve-settings")
        driver.open_fold("rank.improve-options.more")
        for name, value in (("max_steps", "3"), ("max_new_tokens", "24"), ("eval_prompts", "8"), ("eval_every", "3")):
            driver.enter(f"rank.improve-options.{name}", value)
        driver.picture("improve-settings")
        driver.click("rank.improve")
        self._watch("ppo", lambda summary: summary.step >= 1, "ppo-live")
        self._finish("ppo", 600)
        driver.picture("ppo-finished")

    def export(self) -> None:
        """Export the improved adapter; it is loaded again and compared before it is called done."""
        driver, run = self.driver, self._newest("ppo")
        driver.click("rail.export")
        driver.choose("export.run", run.id)
        driver.click("export.start", 60)
        folder = self.project.path / "exports" / run.id
        driver.wait(lambda: (folder / "adapter_model.safetensors").exists(), "the export", 180)
        driver.wait(lambda: driver.find(QWidget, "export.open").isEnabled(), "the check", 30)
        driver.picture("export-checked")
        described = json.loads((folder / "adapter_config.json").read_text("utf-8"))
        assert described["peft_type"] == "LORA"

    def other_looks(self) -> None:
        """See the same in the dark, and in Japanese."""
        driver = self.driver
        driver.trigger(self.window, "window.theme.dark")
        driver.click("rail.train")
        driver.picture("train-dark")
        driver.trigger(self.window, "window.language.ja")
        assert self.program.window is not None
        self.window = self.program.window
        driver.click("rail.data")
        driver.picture("data-japanese")
        driver.click("rail.train")
        driver.picture("train-japanese")
        driver.click("rail.rank")
        driver.wait(driver.find(QWidget, "rank.start").isEnabled, "the prompts to be offered")
        driver.picture("rank-japanese")
        driver.click("rail.export")
        driver.wait(driver.find(QWidget, "export.start").isEnabled, "the runs to be offered")
        driver.picture("export-japanese")

    def _newest(self, task: str) -> Run:
        return next(run for run in reversed(self.project.runs()) if run.spec().task == task)

    def _watch(self, task: str, ready: Callable[[Summary], bool], title: str) -> None:
        """Take a picture of a run while it trains."""
        self.driver.wait(lambda: any(run.spec().task == task for run in self.project.runs()), f"{task} to start")
        run = self._newest(task)
        self.driver.wait(lambda: ready(run.summary()) or run.summary().state in ENDED, f"{task} to move", 300)
        self.driver.picture(title)

    def _watch_to_the_end(self, task: str, title: str) -> Run:
        self._watch(task, lambda summary: summary.step >= 1, title)
        self._finish(task, 600)
        return self._newest(task)

    def _finish(self, task: str, seconds: float) -> None:
        """Wait for the end of a run, as the window shows it."""
        run = self._newest(task)
        self.driver.wait(lambda: run.summary().state in ENDED, f"{task} to end", seconds)
        summary = run.summary()
        assert summary.state == "finished", f"{task}: {summary.reason}\n{run.log_tail()}"
        state = self.driver.find(QLabel, "train.state")
        self.driver.wait(lambda: "inish" in state.text(), "the window to show that it has finished")


def main() -> int:
    """Make the tour and return the exit status."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--to", type=Path, required=True, help="folder for the pictures")
    parser.add_argument("--project", type=Path, help="a new folder for the project")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["WORKBENCH_SETTINGS"] = scratch  # what the person's own window remembers stays as it is
        return tour(asked.to, asked.project or Path(scratch) / "First project")


def tour(pictures: Path, project: Path) -> int:
    """Make the tour with a new project."""
    application = QApplication(sys.argv[:1])
    program = app.Program(application, Memory(language="en", scheme="light"))
    program.open(project)
    app.catch_all(program.workspace)
    troubles: list[str] = []
    program.workspace.failed.connect(lambda sentence, detail: troubles.append(f"{sentence}\n{detail}"))
    window = program.show()
    window.setGeometry(application.primaryScreen().availableGeometry())
    window.offer_wizard()
    try:
        Tour(program, window, Driver(pictures)).run()
        assert not troubles, troubles
    except (Stuck, AssertionError) as error:
        print(f"The tour failed: {error}\n" + "\n".join(troubles), file=sys.stderr)
        return 1
    finally:
        if program.window is not None:
            program.window.close()
        program.close()
    print("The tour is over: everything worked.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
