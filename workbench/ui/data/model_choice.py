"""Which model's tokens are meant, and how long a row may be."""

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QSpinBox, QWidget

from workbench.core import models, registry, starters
from workbench.core.errors import UserError
from workbench.core.i18n import tr
from workbench.runtime import jobs
from workbench.ui.theme.metrics import GRID
from workbench.ui.widgets.number_box import inset
from workbench.ui.workspace import Draft, Workspace

LONGEST = 131_072
USUAL = 512
SEEING = ("image-classifier", "keras-cnn")
"""Architectures that read no text."""


class ModelChoice(QWidget):
    """A model of this computer and a longest length; both begin as they are in the run being put together.

    Args:
        workspace: The open project and what the person has chosen in it.
        prefix: First part of the objectNames.
        none: Words for the choice of no model; "" does not offer it.

    Signals:
        changed(): Another model or length is chosen; also once the first is known.
    """

    changed = Signal()

    def __init__(self, workspace: Workspace, prefix: str, none: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._none = none
        self._kind = ""
        self._model = QComboBox()
        self._model.setObjectName(f"{prefix}.model")
        self._model.setAccessibleName(tr("Model"))
        self._model.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._model.setMinimumContentsLength(10)
        self._length = inset(QSpinBox(minimum=8, maximum=LONGEST, singleStep=64, value=USUAL))
        self._length.setObjectName(f"{prefix}.max_length")
        self._length.setAccessibleName(tr("Longest example"))
        self._length.setKeyboardTracking(False)
        self._length.setSuffix(" " + tr("tokens"))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID)
        for text, field in ((tr("Model"), self._model), (tr("Longest example"), self._length)):
            label = QLabel(text)
            label.setBuddy(field)
            layout.addWidget(label)
            layout.addWidget(field)
            layout.addSpacing(GRID)
        layout.setStretchFactor(self._model, 1)
        layout.addStretch(1)
        self._model.activated.connect(lambda _index: self.changed.emit())
        self._length.valueChanged.connect(lambda _value: self.changed.emit())

    def model(self) -> str:
        """Return the name of the model, "" for none."""
        return str(self._model.currentData() or "")

    def is_known(self) -> bool:
        """Return whether it is known yet what there is to choose from."""
        return self._model.count() > 0

    def max_length(self) -> int:
        """Return the longest length in tokens."""
        return self._length.value()

    def show_kind(self, kind: str) -> None:
        """Offer what fits a kind of data; what was chosen for the same kind stays."""
        drafted = self._workspace.draft
        chosen = self.model() if kind == self._kind and self._model.count() else None
        if kind != self._kind:
            with QSignalBlocker(self._length):
                self._length.setValue(usual_length(kind, drafted))
        self._kind = kind

        def done(names: list[str]) -> None:
            if kind == self._kind:
                self._offer(names, names[0] if chosen is None and names else chosen or "")

        jobs.start(self, lambda _report: fitting(kind, drafted.model), done=done, failed=self._workspace.failed.emit)

    def _offer(self, names: list[str], chosen: str) -> None:
        self._model.clear()
        if self._none or not names:
            self._model.addItem(self._none or tr("none on this computer yet"), "")
        for name in names:
            self._model.addItem(name, name)
        self._model.setCurrentIndex(max(self._model.findData(chosen), 0))
        self.changed.emit()


def usual_length(kind: str, drafted: Draft) -> int:
    """Return the longest length that a run on a kind of data would begin with: the drafted one, or its task's own."""
    fits = [task for task in registry.tasks().values() if kind in task.kinds]
    set_length = drafted.settings.get("max_length")
    if isinstance(set_length, int) and drafted.task in {task.name for task in fits}:
        return set_length
    return next((length for task in fits if (length := getattr(task.options(), "max_length", 0))), USUAL)


def fitting(kind: str, drafted: str) -> list[str]:
    """Return the models of this computer that can learn from a kind of data, those that suit it best first.

    Among equals the drafted one comes first.
    """
    tasks = [task for task in registry.tasks().values() if kind in task.kinds]
    wanted: set[str] = {name for task in tasks for name in task.architectures}
    best: set[str] = {task.architectures[0] for task in tasks}
    names = dict.fromkeys([*filter(None, [drafted]), *filter(starters.is_ready, starters.MODELS)])
    found = [(name, architecture) for name in names if (architecture := _architecture(name))]
    found = [(name, its) for name, its in found if (not wanted or its in wanted) and its not in SEEING]
    return [name for name, its in sorted(found, key=lambda one: one[1] not in best)]


def _architecture(name: str) -> str:
    """Return the architecture of a model, "" if it cannot be used; why that is, is said where models are chosen."""
    try:
        return models.inspect(name).architecture
    except UserError:
        return ""
