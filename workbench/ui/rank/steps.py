"""From rankings to a better model: the two runs that follow, each with its settings."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from workbench.core import registry
from workbench.core.i18n import tr
from workbench.core.improvement import Standing
from workbench.ui.forms.options_form import OptionsForm
from workbench.ui.theme.metrics import GRID
from workbench.ui.widgets.buttons import QuietButton
from workbench.ui.widgets.card import Card
from workbench.ui.widgets.fold import Fold
from workbench.ui.widgets.labels import Caption, Heading


def make_primary(button: QPushButton, primary: bool) -> None:
    """Make a button the next step of the tab, or one beside it."""
    if bool(button.property("primary")) != primary:
        button.setProperty("primary", primary)
        button.style().unpolish(button)
        button.style().polish(button)


class StepCard(Card):
    """One run that can be started.

    Args:
        task: Name of its task.
        title: What it does for the person.
        name: objectName of its button.
        action: Text of its button.

    Signals:
        wanted(object): Start it, with these settings.
    """

    wanted = Signal(object)

    def __init__(self, task: str, title: str, name: str, action: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.button = QuietButton(action, name)
        self.button.setEnabled(False)  # until it is known whether it can be started
        self.form = OptionsForm(f"{name}-options")
        self.form.set_options(registry.task(task).options)
        self._reason = Caption(tr(registry.task(task).help))
        self._help = tr(registry.task(task).help)
        self._why_not = ""
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(Heading(title))
        words.addWidget(self._reason)
        head = QHBoxLayout()
        head.setSpacing(GRID * 2)
        head.addLayout(words, 1)
        head.addWidget(self.button)
        self.body.addLayout(head)
        self.body.addWidget(Fold(tr("Settings"), self.form, f"{name}-settings"))
        self.button.clicked.connect(lambda: self.wanted.emit(self.form.values()))
        self.form.changed.connect(self._show)

    def show_state(self, why_not: str, detail: str, *, primary: bool) -> None:
        """Show whether it can be started.

        Args:
            why_not: Why it cannot, or "".
            detail: What it would be started with.
            primary: It is the next step.
        """
        self._why_not = why_not
        self._reason.setText(why_not or detail or self._help)
        make_primary(self.button, primary)
        self._show()

    def _show(self) -> None:
        self.button.setEnabled(not self._why_not and self.form.valid())
        self.button.setToolTip(self._why_not)


class StepsPanel(QWidget):
    """Reward model and PPO.

    Signals:
        reward_wanted(object): Train a reward model with these settings.
        improve_wanted(object): Run PPO with these settings.
    """

    reward_wanted = Signal(object)
    improve_wanted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.reward = StepCard(
            "reward-model", tr("Learn what is preferred"), "rank.train-reward", tr("Train reward model")
        )
        self.improve = StepCard("ppo", tr("Improve the model"), "rank.improve", tr("Improve with PPO"))
        self.reward.wanted.connect(self.reward_wanted)
        self.improve.wanted.connect(self.improve_wanted)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID * 2)
        layout.addWidget(self.reward)
        layout.addWidget(self.improve)

    def show_standing(self, standing: Standing) -> None:
        """Show what can be done now."""
        step = standing.next_step
        rankings = tr("Rankings to learn from: {count}.", count=standing.rankings)
        fitting = tr("By the reward model of run {run}.", run=standing.reward)
        self.reward.show_state(standing.why_no_reward(), rankings, primary=step == "reward")
        self.improve.show_state(standing.why_no_improvement(), fitting, primary=step == "improve")
