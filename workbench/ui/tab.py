"""What every tab is."""

from PySide6.QtWidgets import QWidget

from workbench.ui.workspace import Workspace


class Tab(QWidget):
    """A room of the window, opened from the rail.

    Subclasses set ``name`` (``data``; also the prefix of their objectNames), ``label`` (marked for translation) and
    ``icon`` (a file in resources/icons without its ending).
    """

    name = ""
    label = ""
    icon = ""

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.workspace = workspace
        self.setObjectName(f"{self.name}.tab")

    def refresh(self) -> None:
        """Show what is true now; called when a project is opened and when the tab comes to the front."""

    def shut(self) -> None:
        """End what the tab keeps running; called when its window closes."""
