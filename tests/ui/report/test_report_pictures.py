from collections.abc import Callable
from pathlib import Path

import made_reports
import pytest
from finding import find
from made_reports import judged
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtGui import QIcon, QImage
from PySide6.QtWidgets import QLabel, QListView, QPushButton, QTableView
from pytestqt.qtbot import QtBot

from workbench.core.project import Project
from workbench.core.runs import Run
from workbench.runtime.command import Command
from workbench.ui.report.explain import Explainer
from workbench.ui.train.run_view import RunView
from workbench.ui.widgets.pictures import SIDE, PictureView

Open = Callable[[Run], RunView]
KERAS = "keras-image-classification"


@pytest.fixture
def run(project: Project) -> Run:
    names = made_reports.pictures(project, 6)
    scores = [(0.9, 0.1), (0.2, 0.8), (0.3, 0.7), (0.4, 0.6), (0.9, 0.1), (0.05, 0.95)]
    rows = [judged(name, number // 3, one) for number, (name, one) in enumerate(zip(names, scores, strict=True))]
    return made_reports.write(project, ["cat", "dog"], rows, medium="image", task=KERAS)


def grid(view: RunView) -> QListView:
    return find(view, QListView, "train.report_pictures")


def small(view: RunView, row: int) -> QImage:
    icon = grid(view).model().index(row, 0).data(Qt.ItemDataRole.DecorationRole)
    assert isinstance(icon, QIcon)
    return icon.pixmap(SIDE, SIDE).toImage()


def grey(view: RunView, row: int) -> int:
    """Return how bright the middle of a small picture is; 0 while there is none."""
    colour = small(view, row).pixelColor(SIDE // 2, SIDE // 2)
    return colour.red() if colour.alpha() == 255 else 0


def lines(view: RunView) -> list[str]:
    model = grid(view).model()
    return [str(model.index(row, 0).data()) for row in range(model.rowCount())]


def test_mistakes_are_shown_as_pictures(open_report: Open, run: Run, qtbot: QtBot) -> None:
    view = open_report(run)
    assert lines(view) == ["cat, not dog", "dog, not cat", "dog, not cat"]
    qtbot.waitUntil(lambda: [grey(view, row) for row in range(3)] == [50, 20, 30])


def test_a_cell_shows_its_pictures_and_a_missing_file_has_a_sign(open_report: Open, run: Run, qtbot: QtBot) -> None:
    view = open_report(run)
    find(view, QPushButton, "train.report_labels").click()
    find(view, QTableView, "train.report_by_label").selectRow(1)
    find(view, QPushButton, "train.report_found").click()
    assert lines(view) == ["dog", "dog"]
    large = find(view, PictureView, "train.report_picture")
    qtbot.waitUntil(lambda: grey(view, 1) == 40)
    qtbot.waitUntil(lambda: small(view, 0).pixelColor(0, 0).alpha() == 255)  # a frame stands for what is not there
    qtbot.waitUntil(lambda: not large.pixmap().isNull())


def test_what_it_looked_at_is_shown_beside_the_picture(
    open_report: Open, run: Run, project: Project, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[tuple[object, ...]] = []
    monkeypatch.setattr(Command, "start", lambda self, *arguments: started.append(arguments))
    view = open_report(run)
    ask = find(view, QPushButton, "train.report_explain")
    assert ask.isVisible() and ask.isEnabled()  # the first one is selected
    for row in (0, 1):
        grid(view).selectionModel().select(grid(view).model().index(row, 0), QItemSelectionModel.SelectionFlag.Select)
    ask.click()
    images = [project.path / "data" / "d" / "images" / name for name in ("4.png", "1.png")]
    target = started[0][-1]
    assert isinstance(target, Path)
    assert list(started[0]) == ["explain", project.path, "--run", run.id, *images, "--to", target]
    explainer = view.findChild(Explainer)
    assert explainer is not None
    explainer._command.done.emit(made_reports.overlays(tmp_path / "overlays", images))
    overlay = find(view, PictureView, "train.report_overlay")
    qtbot.waitUntil(lambda: overlay.isVisible() and not overlay.pixmap().isNull())
    assert overlay.pixmap().toImage().pixelColor(5, 5).red() == 255
    grid(view).setCurrentIndex(grid(view).model().index(2, 0))
    assert not overlay.isVisible()
    grid(view).setCurrentIndex(grid(view).model().index(1, 0))
    assert overlay.isVisible()


def test_too_many_pictures_at_once_are_told(open_report: Open, project: Project) -> None:
    names = made_reports.pictures(project, 20)
    rows = [judged(name, 0, (0.1, 0.9)) for name in names]
    view = open_report(made_reports.write(project, ["cat", "dog"], rows, medium="image", task=KERAS))
    grid(view).selectAll()
    assert not find(view, QPushButton, "train.report_explain").isEnabled()
    assert "at most 16" in find(view, QLabel, "train.report_explain_state").text()


def test_other_tasks_are_not_asked_what_they_looked_at(open_report: Open, project: Project) -> None:
    rows = [judged(name, 0, (0.1, 0.9)) for name in made_reports.pictures(project, 2)]
    view = open_report(made_reports.write(project, ["cat", "dog"], rows, medium="image", task="image-classification"))
    assert lines(view) == ["dog, not cat"] * 2
    assert not find(view, QPushButton, "train.report_explain").isVisible()
