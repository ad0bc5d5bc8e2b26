"""What do you want to do?"""

from PySide6.QtWidgets import QButtonGroup, QRadioButton, QVBoxLayout, QWidget

from workbench.core import registry, starters
from workbench.core.i18n import mark, tr
from workbench.ui.scrolling import scrolling
from workbench.ui.theme.metrics import GRID
from workbench.ui.widgets.card import Card
from workbench.ui.widgets.labels import Caption
from workbench.ui.wizard.page import Choice, Page


def first_tasks() -> list[registry.Task]:
    """Return the tasks that need nothing trained before: teaching from examples first, what lacks a starter last."""
    found = [task for task in registry.tasks().values() if all(role.endswith("?") for role in task.parents)]
    return sorted(found, key=lambda task: (task.name != "instruction-tuning", not starters.fitting(task.architectures)))


class GoalPage(Page):
    """Chooses the task."""

    title = mark("Goal")

    def __init__(self, choice: Choice, parent: QWidget | None = None) -> None:
        super().__init__(choice, parent)
        inside = QWidget()
        layout = QVBoxLayout(inside)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID * 2)
        layout.addWidget(Caption(tr("What do you want to do? You can do the other things later.")))
        self._group = QButtonGroup(self)
        for task in first_tasks():
            layout.addWidget(self._card(task))
        layout.addStretch()
        outside = QVBoxLayout(self)
        outside.setContentsMargins(0, 0, 0, 0)
        outside.addWidget(scrolling(inside))

    def _card(self, task: registry.Task) -> Card:
        card = Card()
        button = QRadioButton(tr(task.label))
        button.setObjectName(f"wizard.task.{task.name}")
        button.toggled.connect(lambda on: self._choose(task.name) if on else None)
        self._group.addButton(button)
        card.body.addWidget(button)
        help_text = Caption(tr(task.help))
        help_text.setIndent(GRID * 4)  # under the label, not under the button
        card.body.addWidget(help_text)
        if not self.choice.task:
            button.setChecked(True)
        return card

    def _choose(self, task: str) -> None:
        if task != self.choice.task:
            self.choice.task, self.choice.data, self.choice.settings, self.choice.model = task, "", {}, None
        self.changed.emit()

    def problem(self) -> str:
        """Return why there is no task, which can only be that the program has none."""
        return "" if self.choice.task else tr("Choose what you want to do.")
