"""Buttons: one primary a tab, quiet ones beside it, icons with a name for those who cannot see them."""

from PySide6.QtWidgets import QPushButton, QToolButton, QWidget

from workbench.ui.theme.icons import dress


class QuietButton(QPushButton):
    """A button that does not ask for attention.

    Args:
        text: What it does, in the words of the person.
        name: Its objectName, ``tab.thing``.
    """

    def __init__(self, text: str, name: str, parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setObjectName(name)
        self.setAutoDefault(False)


class PrimaryButton(QuietButton):
    """The next step of a tab; there is one."""

    def __init__(self, text: str, name: str, parent: QWidget | None = None) -> None:
        super().__init__(text, name, parent)
        self.setProperty("primary", True)


class IconButton(QToolButton):
    """A button that shows only an icon.

    Args:
        icon: A file in resources/icons without its ending.
        text: What it does: its tooltip and its name for screen readers.
        name: Its objectName.
    """

    def __init__(self, icon: str, text: str, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setToolTip(text)
        self.setAccessibleName(text)
        dress(self, icon)
