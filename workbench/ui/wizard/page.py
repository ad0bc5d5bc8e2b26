"""What every page of the wizard is, and the choice that they make together."""

from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from workbench.core import registry
from workbench.core.models import ModelInfo
from workbench.core.plan import Request


@dataclass
class Choice:
    """What has been chosen so far; settings hold only what differs from the defaults."""

    task: str = ""
    data: str = ""
    model: ModelInfo | None = None
    adapter: str = ""
    adapter_settings: dict[str, Any] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    name: str = ""

    def all_settings(self) -> dict[str, Any]:
        """Return the settings of task and adapter in one, the adapter's with ``adapter.`` before their names."""
        return {**self.settings, **{f"adapter.{name}": value for name, value in self.adapter_settings.items()}}

    def request(self) -> Request:
        """Return the request for the run that was put together."""
        assert self.model is not None
        return Request(
            task=self.task,
            data=self.data,
            model=self.model.name,
            adapter=self.adapter,
            settings=self.all_settings(),
            name=self.name,
        )


class Page(QWidget):
    """One question of the wizard.

    Subclasses set ``title``, marked for translation.

    Signals:
        changed(): What was chosen changed, so `problem` may have another answer.
    """

    title = ""
    changed = Signal()

    def __init__(self, choice: Choice, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.choice = choice

    @property
    def task(self) -> registry.Task:
        """The task that the first page chose."""
        return registry.task(self.choice.task)

    def enter(self) -> None:
        """Show what follows from the earlier pages; called each time the page comes to the front."""

    def problem(self) -> str:
        """Return why the next page cannot be shown yet, "" when it can."""
        return ""
