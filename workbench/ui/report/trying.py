"""Try a classifier on a text or an image of one's own."""

from pathlib import Path
from typing import Any

import msgspec
from PySide6.QtCore import QTemporaryDir, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QFrame, QHBoxLayout, QPlainTextEdit, QProgressBar, QVBoxLayout, QWidget

from workbench.core.datasets.images import SUFFIXES
from workbench.core.i18n import tr
from workbench.core.project import Project
from workbench.core.report_rows import Likely
from workbench.core.reports import Report
from workbench.runtime.command import Command
from workbench.ui.data.drop_zone import dropped_files
from workbench.ui.report.score_bars import MOST, ScoreBars
from workbench.ui.scrolling import scrolling
from workbench.ui.theme.metrics import GRID
from workbench.ui.widgets.buttons import QuietButton
from workbench.ui.widgets.labels import Caption, Heading
from workbench.ui.widgets.pictures import PictureView


class ImageField(QFrame):
    """Takes an image that is dropped or picked, and shows it.

    Signals:
        picked(object): Its Path.
    """

    picked = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("train.try_image")
        self.setProperty("dropzone", True)
        self.setAcceptDrops(True)
        self.setMinimumHeight(GRID * 20)
        self.path: Path | None = None
        self._view = PictureView()
        self._button = QuietButton(tr("Choose an image"), "train.try_choose")
        self._button.clicked.connect(self._choose)
        row = QHBoxLayout()
        row.addWidget(Caption(tr("Drop an image here, or choose one.")), 1)
        row.addWidget(self._button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GRID * 2, GRID, GRID, GRID)
        layout.setSpacing(GRID)
        layout.addLayout(row)
        layout.addWidget(self._view, 1)

    def take(self, path: Path | None) -> None:
        """Show an image; None shows none."""
        self.path = path
        self._view.show_file(path)
        self._view.setAccessibleName(path.name if path else "")
        if path is not None:
            self.picked.emit(path)

    def _choose(self) -> None:
        dialog = QFileDialog(self, tr("Choose an image"))
        dialog.finished.connect(dialog.deleteLater)
        endings = " ".join(f"*{ending}" for ending in sorted(SUFFIXES))
        dialog.setNameFilters([tr("Images ({endings})", endings=endings), tr("All files (*)")])
        dialog.fileSelected.connect(lambda path: self.take(Path(path)))
        dialog.open()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files that are dragged in."""
        if dropped_files(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Show the first file that was dropped."""
        event.acceptProposedAction()
        self.take(dropped_files(event.mimeData())[0])


class TryPanel(QWidget):
    """A field, a button, and the answer; the model judges in a process of its own.

    Signals:
        failed(str, str): A sentence for a person, and the detail.
    """

    failed = Signal(str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._project: Project | None = None
        self._run = ""
        self._is_image = False
        self._folder: QTemporaryDir | None = None
        self._command = Command(self)
        self._command.progressed.connect(self._say)
        self._command.done.connect(self._on_done)
        self._command.failed.connect(self._on_failed)
        self._help = Caption("")
        self._text = _field("train.try_text", tr("Text"))
        self._pair = _field("train.try_pair", tr("Second text"))
        self._image = ImageField()
        self._start = QuietButton(tr("Try it"), "train.try_start")
        self._start.clicked.connect(self.start)
        self._state = Caption("")
        self._state.setObjectName("train.try_state")
        self._bar = QProgressBar(minimum=0, maximum=0)
        self._bar.setAccessibleName(tr("Progress"))
        self._answer = Heading("")
        self._answer.setObjectName("train.try_answer")
        self._scores = ScoreBars("train.try_scores")
        self._text.textChanged.connect(self._enable)
        self._pair.textChanged.connect(self._enable)
        self._image.picked.connect(lambda _path: self.start())
        self._lay_out()

    def _lay_out(self) -> None:
        doing = QHBoxLayout()
        doing.setSpacing(GRID)
        doing.addWidget(self._start)
        doing.addWidget(self._state, 1)
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, GRID, 0)
        column.setSpacing(GRID)
        column.addWidget(self._help)
        column.addWidget(self._text)
        column.addWidget(self._pair)
        column.addWidget(self._image)
        column.addLayout(doing)
        column.addWidget(self._bar)
        column.addWidget(self._answer)
        column.addWidget(self._scores)
        column.addStretch()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(scrolling(inside))

    def show_run(self, project: Project, run: str, report: Report) -> None:
        """Try another run."""
        self.shut()
        self._project, self._run, self._is_image = project, run, report.medium == "image"
        if self._is_image:
            self._help.setText(tr("See what the model takes a picture of your own for."))
        else:
            self._help.setText(tr("Write a text of your own and see what the model takes it for."))
        self._text.setVisible(not self._is_image)
        self._pair.hide()
        self._image.setVisible(self._is_image)
        self._start.setVisible(not self._is_image)  # an image is judged as soon as it is there
        self._image.take(None)
        self._show_answer("", {})
        self._rest()

    def show_pairs(self, pairs: bool) -> None:
        """Ask for two texts, where the model judges two together."""
        self._pair.setVisible(pairs)
        self._enable()

    def start(self) -> None:
        """Ask the model."""
        assert self._project is not None
        self._command.cancel()  # another image was chosen meanwhile
        self._show_answer("", {})
        self._command.start("predict", self._project.path, "--run", self._run, self._file())
        self._say(tr("Starting …"))
        self._bar.show()
        self._enable()

    def shut(self) -> None:
        """Ask no longer."""
        self._command.cancel()

    def _file(self) -> Path:
        """Return what is to be judged as a file."""
        if self._is_image:
            assert self._image.path is not None
            return self._image.path
        if self._folder is None:
            self._folder = QTemporaryDir()
        row = {"text": self._text.toPlainText()}
        if not self._pair.isHidden():
            row["text_pair"] = self._pair.toPlainText()
        file = Path(self._folder.path()) / "text.jsonl"
        file.write_bytes(msgspec.json.encode(row) + b"\n")
        return file

    def _enable(self) -> None:
        if self._is_image:
            ready = self._image.path is not None
        else:
            wanted = [self._text, *([] if self._pair.isHidden() else [self._pair])]
            ready = all(field.toPlainText().strip() for field in wanted)
        self._start.setEnabled(ready and not self._command.running)

    def _say(self, text: str) -> None:
        self._state.setText(text)

    def _rest(self) -> None:
        self._state.clear()
        self._bar.hide()
        self._enable()

    def _show_answer(self, answer: str, scores: dict[str, float]) -> None:
        self._answer.setText(answer)
        order = sorted(scores.items(), key=lambda item: -item[1])[:MOST]
        self._scores.show_scores([Likely(label, score, None) for label, score in order])

    def _on_done(self, judged: list[dict[str, Any]]) -> None:
        labels = judged[0].get("labels") or [judged[0]["label"]]
        self._show_answer(tr(", ").join(labels), judged[0]["scores"])
        self._rest()

    def _on_failed(self, sentence: str, detail: str) -> None:
        self._rest()
        self.failed.emit(sentence, detail)


def _field(name: str, label: str) -> QPlainTextEdit:
    field = QPlainTextEdit()
    field.setObjectName(name)
    field.setAccessibleName(label)
    field.setPlaceholderText(label)
    field.setTabChangesFocus(True)
    field.setFixedHeight(GRID * 12)
    return field
