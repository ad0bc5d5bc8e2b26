"""Drives a real window as a person does: finds things by their objectName, clicks, types, waits, takes pictures."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QEventLoop, QObject, Qt, QTimer
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QAbstractSpinBox, QApplication, QComboBox, QLineEdit, QWidget

W = TypeVar("W", bound=QWidget)

POLL_MS = 50
PATIENCE = 4
"""How many times slower than ours a machine may be before a wait is given up."""


def live(milliseconds: int) -> None:
    """Let the window live for a while. Unlike ``QTest.qWait`` this lets Python's other threads work meanwhile."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


class Stuck(AssertionError):
    """Something that was waited for did not come."""


class Driver:
    """The hands and eyes of the tour.

    Args:
        pictures: Folder for the pictures of the steps.
    """

    def __init__(self, pictures: Path) -> None:
        self._pictures = pictures
        self._count = 0

    def wait(self, ready: Callable[[], object], what: str, seconds: float = 30.0) -> None:
        """Let the window live until something is so.

        Args:
            ready: Tells whether it is.
            what: What is waited for, in words.
            seconds: How long it may take on a machine like ours.

        Raises:
            Stuck: It did not become so in time.
        """
        seconds *= PATIENCE
        end = time.monotonic() + seconds
        while not ready():
            if time.monotonic() > end:
                self.picture("stuck")
                raise Stuck(f"waited {seconds:.0f} s for: {what}")
            live(POLL_MS)

    def find(self, kind: type[W], name: str) -> W:
        """Return the visible widget of that name, waiting for it to appear."""
        found: list[W] = []

        def visible() -> bool:
            found[:] = [
                widget
                for window in QApplication.topLevelWidgets()
                for widget in [window, *window.findChildren(kind)]
                if isinstance(widget, kind) and widget.objectName() == name and widget.isVisible()
            ]
            return bool(found)

        self.wait(visible, f"{name} to be visible")
        return found[0]

    def click(self, name: str, seconds: float = 30.0) -> None:
        """Click a button as soon as it can be clicked."""
        button = self.find(QAbstractButton, name)
        self.wait(button.isEnabled, f"{name} to be enabled", seconds)
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)

    def open_fold(self, name: str) -> None:
        """Open what is folded away, if it is."""
        if not self.find(QAbstractButton, name).isChecked():
            self.click(name)

    def enter(self, name: str, text: str) -> None:
        """Type a text into a field, in place of what is there."""
        field = self.find(QWidget, name)
        assert isinstance(field, QLineEdit | QAbstractSpinBox), f"{name} takes no text"
        field.setFocus()
        field.selectAll()
        QTest.keyClicks(field, text)
        QTest.keyClick(field, Qt.Key.Key_Tab)

    def choose(self, name: str, data: object) -> None:
        """Choose the entry of a box that stands for a value."""
        box = self.find(QComboBox, name)
        self.wait(lambda: box.findData(data) >= 0, f"{data!r} to be offered by {name}")
        box.setCurrentIndex(box.findData(data))

    def press(self, widget: QWidget, text: str) -> None:
        """Press keys one after another."""
        for letter in text:
            QTest.keyClick(widget, Qt.Key.Key_Return if letter == "\n" else letter)

    def trigger(self, root: QObject, name: str) -> None:
        """Choose something from a menu."""
        action = root.findChild(QAction, name)
        assert action is not None, f"there is no {name} in the menu"
        action.trigger()

    def picture(self, title: str) -> Path:
        """Save a picture of the whole screen."""
        live(300)
        self._count += 1
        self._pictures.mkdir(parents=True, exist_ok=True)
        path = self._pictures / f"{self._count:02d}-{title}.png"
        assert QGuiApplication.primaryScreen().grabWindow(0).save(str(path)), f"{path} could not be written"
        print(f"  {path.name}", flush=True)
        return path
