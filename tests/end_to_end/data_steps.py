"""The part of the tour that brings data in: a table in an old encoding, images, texts that a model labels.

The files are made here, with the faults that real ones have: rows with too many cells, the same row twice, an address
that should not be in it.
"""

import csv
import io
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QLabel, QTextEdit, QWidget

from tests.end_to_end.driver import Driver, live
from workbench.core.datasets.dataset import DatasetInfo
from workbench.core.project import Project
from workbench.ui.data.tab import DataTab
from workbench.ui.main_window import MainWindow

GOODS = ("掃除機", "電気ポット", "腕時計", "かばん", "自転車", "帽子", "机", "椅子", "枕", "傘")
PRAISE = ("とても使いやすくて満足しています", "期待以上の品質でした", "また買いたいと思います", "家族も喜んでいます")
BLAME = ("すぐに壊れてしまいました", "説明と違うものが届きました", "音がうるさくて困っています", "もう二度と買いません")
BAD_ROWS = 3
TEXTS = (
    "The room was clean and the staff were kind.",
    "It broke after two days and nobody answered my letters.",
    "Best soup I have had in years.",
    "The film is far too long and says nothing.",
    "A quiet place, I slept very well.",
    "They charged me twice and would not give the money back.",
)


def write_reviews(path: Path) -> int:
    """Write reviews as a table in Shift_JIS with some faults; return how many rows can be used."""
    rows = [
        (f"この{goods}は{said}。({number}号)", word)
        for number, goods in enumerate(GOODS)
        for word, sayings in (("良い", PRAISE), ("悪い", BLAME))
        for said in sayings
    ]
    rows += [rows[3], rows[3], ("お返事は yamada@example.jp か 03-3581-3270 までお願いします。", "悪い")]
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(("本文", "評価"))
    table.writerows(rows)
    table.writerows([("一つ", "多い", "行"), ("足りない",), ("", "良い")])
    path.write_bytes(text.getvalue().encode("cp932"))
    return len(rows)


class DataSteps:
    """Brings data in and shapes it, in the Data tab.

    Args:
        window: The program's.
        project: One that has the starter data ``small-talk``.
        driver: The hands and eyes.
        scratch: A folder for the files.
    """

    def __init__(self, window: MainWindow, project: Project, driver: Driver, scratch: Path) -> None:
        self.window, self.project, self.driver, self.scratch = window, project, driver, scratch

    def run(self) -> None:
        """Do all of it."""
        self.driver.click("rail.data")
        self.a_table()
        self.check()
        self.as_the_model_sees_it()
        self.prompts()
        self.mix()
        self.images()
        self.label()

    def a_table(self) -> None:
        """Import a table in Shift_JIS; the encoding and the columns are found."""
        good = write_reviews(self.scratch / "レビュー.csv")
        info = self._bring(self.scratch / "レビュー.csv", "import")
        assert (info.encoding, info.kind) == ("cp932", "text-label")
        assert (info.rows, info.rejected) == (good, BAD_ROWS)
        self.driver.picture("import-summary")
        self.driver.click("data.open")
        self.driver.click("data.show_left_out")
        self.driver.picture("data-left-out")

    def check(self) -> None:
        """Look for what is wrong with the rows; make a copy without personal data."""
        driver = self.driver
        driver.click("data.show_checkup")
        driver.click("data.checkup.start")
        mask = driver.find(QAbstractButton, "data.checkup.mask")
        driver.picture("data-check-up")
        QTest.mouseClick(mask, Qt.MouseButton.LeftButton)
        self._made("レビュー-masked")
        assert not any("yamada" in str(row) for row in self.project.dataset("レビュー-masked").rows())

    def as_the_model_sees_it(self) -> None:
        """See the exact text with its special tokens."""
        self.driver.click("data.show_lens")
        text = self.driver.find(QTextEdit, "data.lens.text")
        self.driver.wait(lambda: "[CLS]" in text.toPlainText(), "the row as the model sees it", 60)
        self.driver.picture("data-lens")
        self.driver.click("data.show_rows")

    def prompts(self) -> None:
        """Turn labelled rows into prompts and answers."""
        self._open_panel("template")
        self.driver.wait(self.driver.find(QWidget, "data.template.make").isEnabled, "the wordings")
        self.driver.picture("data-templates")
        self.driver.enter("data.template.name", "prompts")
        self.driver.click("data.template.make")
        self._made("prompts")
        assert self.project.dataset("prompts").info.kind == "instruction"

    def mix(self) -> None:
        """Mix them with the starter data."""
        driver = self.driver
        self._open_panel("mix")
        small_talk = driver.find(QAbstractButton, "data.mix.set.small-talk")
        if not small_talk.isChecked():
            driver.click("data.mix.set.small-talk")
        driver.wait(driver.find(QWidget, "data.mix.make").isEnabled, "the shares")
        driver.picture("data-mix")
        driver.enter("data.mix.name", "mixed")
        driver.click("data.mix.make")
        self._made("mixed")

    def images(self) -> None:
        """Import the starter's folder of images."""
        driver = self.driver
        driver.click("data.add")
        driver.click("data.starter.digits", 60)
        self._made("digits")
        driver.click("data.show_images")
        live(1500)
        driver.picture("data-images")

    def label(self) -> None:
        """Let a model label texts, look through the least certain, make a data set of it."""
        driver = self.driver
        path = self.scratch / "letters.txt"
        path.write_text("\n".join(TEXTS) + "\n", "utf-8")
        self._bring(path, "import-unlabelled", kind="unlabelled")
        driver.click("data.open")
        self._open_panel("label")
        driver.enter("data.label.labels", "positive, negative")
        driver.picture("label-setup")
        driver.click("data.label.start")
        step = driver.find(QAbstractButton, "data.label.review_step")
        driver.wait(step.isChecked, "the proposals", 180)
        review = driver.find(QWidget, "data.label.review")
        for key in (Qt.Key.Key_1, Qt.Key.Key_2, Qt.Key.Key_1, Qt.Key.Key_2):
            QTest.keyClick(review, key)
        driver.picture("label-review")
        driver.click("data.label.trust")
        driver.picture("label-what-it-is-worth")
        driver.click("data.label.make")
        self._made("letters-labelled")
        rows = self.project.dataset("letters-labelled").rows()
        assert len(rows) == 4, "only what the person has decided gets a label while nothing is measured"

    def _bring(self, path: Path, title: str, kind: str = "") -> DatasetInfo:
        """Drop a file into the tab and import it."""
        driver = self.driver
        before = {dataset.name for dataset in self.project.datasets()}
        self.window.findChild(DataTab).open_file(path)
        if kind:
            driver.wait(driver.find(QWidget, "data.import").isEnabled, "the file to be looked into")
            driver.choose("data.kind", kind)
        driver.wait(driver.find(QWidget, "data.import").isEnabled, "the file to be looked into")
        driver.picture(title)
        driver.click("data.import")
        driver.find(QWidget, "data.open")
        (name,) = {dataset.name for dataset in self.project.datasets()} - before
        return self.project.dataset(name).info

    def _open_panel(self, name: str) -> None:
        self.driver.trigger(self.window, f"data.{name}")

    def _made(self, name: str) -> None:
        """Wait for a new data set to be shown."""
        title = self.driver.find(QLabel, "data.title")
        self.driver.wait(lambda: title.isVisible() and title.text() == name, f"{name} to be shown", 120)
