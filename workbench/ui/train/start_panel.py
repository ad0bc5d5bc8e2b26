"""Puts a new run together: task, data, model, runs to start from, settings."""

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFormLayout, QGridLayout, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from workbench.core import registry
from workbench.core.bake_off.bake_off import takes_bake_offs
from workbench.core.fitting import Remedy
from workbench.core.i18n import tr
from workbench.core.learning_curve.study import takes_shares
from workbench.core.plan import ADAPTER, Request
from workbench.runtime import jobs
from workbench.ui.forms.options_form import OptionsForm
from workbench.ui.scrolling import scrolling
from workbench.ui.theme.metrics import GRID
from workbench.ui.train.augmentation import AugmentationPreview
from workbench.ui.train.boxes import combo, fill
from workbench.ui.train.fit_fold import FitFold
from workbench.ui.train.material import Material, candidates, gather, missing
from workbench.ui.widgets.buttons import PrimaryButton, QuietButton
from workbench.ui.widgets.card import Card
from workbench.ui.widgets.labels import Caption, ElidedLabel, Heading, Title
from workbench.ui.workspace import Workspace


class StartPanel(QWidget):
    """Shows the draft of the workspace and starts it.

    Signals:
        study_wanted(): Ask how much data is needed.
        bake_off_wanted(): Ask which adapter is best.
    """

    study_wanted = Signal()
    bake_off_wanted = Signal()

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._material = Material()
        self._newest = 0
        self._starting = False
        self._task = combo("train.task", tr("Task"))
        for task in registry.tasks().values():
            self._task.addItem(tr(task.label), task.name)
        self._help = Caption("")
        self._data = combo("train.data", tr("Data"))
        self._model = ElidedLabel()
        self._model.setObjectName("train.model")
        self._change_model = QuietButton(tr("Change"), "train.change_model")
        self._change_model.setAccessibleName(tr("Change model and adapter"))
        self._parents = {role: combo(f"train.parent.{role}", label) for role, label in _roles().items()}
        self._name = QLineEdit()
        self._name.setObjectName("train.name")
        self._name.setPlaceholderText(tr("automatic"))
        self._options = OptionsForm("train.options")
        self._augmentation = AugmentationPreview("train")
        self._study = QuietButton(tr("How much data do I need?"), "train.learning_curve")
        self._study.setToolTip(tr("Train on shares of the rows and see whether labelling more will pay"))
        self._bake_off = QuietButton(tr("Compare adapters"), "train.bake_off")
        self._bake_off.setToolTip(tr("Train the same with several adapters and see what each reaches and costs"))
        self._fit = FitFold()
        self._reason = Caption("")
        self._reason.setObjectName("train.reason")
        self._reason.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._start = PrimaryButton(tr("Start training"), "train.start")
        self._lay_out()
        self._connect()
        self._show_draft()

    def _lay_out(self) -> None:
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(Title(tr("Train")))
        words.addWidget(Caption(tr("Check what is to be learned from what, and start.")))
        head = QHBoxLayout()
        head.setSpacing(GRID * 2)
        head.addLayout(words, 1)
        head.addWidget(self._reason, 1)
        head.addWidget(self._start, 0, Qt.AlignmentFlag.AlignTop)
        settings = Card()
        settings.body.addWidget(Heading(tr("Settings")))
        settings.body.addWidget(self._options)
        settings.body.addWidget(self._augmentation)
        settings.body.addStretch()
        inside = QWidget()
        columns = QGridLayout(inside)
        columns.setContentsMargins(0, 0, 0, 0)
        columns.setSpacing(GRID * 2)
        columns.addWidget(self._what(), 0, 0, Qt.AlignmentFlag.AlignTop)
        columns.addWidget(settings, 0, 1, Qt.AlignmentFlag.AlignTop)
        columns.setColumnStretch(0, 1)
        columns.setColumnStretch(1, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID * 2)
        layout.addLayout(head)
        layout.addWidget(scrolling(inside), 1)

    def _what(self) -> Card:
        card = Card()
        self._form = QFormLayout()
        self._form.setSpacing(GRID)
        self._form.setHorizontalSpacing(GRID * 2)
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self._form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        model = QHBoxLayout()
        model.setSpacing(GRID)
        model.addWidget(self._model, 1)
        model.addWidget(self._change_model)
        self._add(tr("Task"), self._task)
        self._form.addRow(self._help)
        self._add(tr("Data"), self._data)
        for role, box in self._parents.items():
            self._add(_roles()[role], box)
        self._add(tr("Model"), model)
        self._add(tr("Name"), self._name)
        card.body.addLayout(self._form)
        questions = QHBoxLayout()
        questions.setSpacing(GRID)
        questions.addWidget(self._study)
        questions.addWidget(self._bake_off)
        questions.addStretch()
        card.body.addLayout(questions)
        card.body.addWidget(self._fit)
        return card

    def _add(self, text: str, field: QWidget | QHBoxLayout) -> None:
        label = QLabel(text)
        label.setMinimumHeight(field.sizeHint().height())  # the form puts labels at the top: text stands on one line
        self._form.addRow(label, field)

    def _connect(self) -> None:
        workspace = self._workspace
        self._task.activated.connect(lambda _index: self._on_task())
        self._data.activated.connect(lambda _index: workspace.choose(data=self._data.currentData()))
        for box in self._parents.values():
            box.activated.connect(lambda _index: self._on_parents())
        self._name.textChanged.connect(lambda text: workspace.choose(name=text.strip()))
        self._change_model.clicked.connect(lambda: workspace.tab_wanted.emit("model"))
        self._options.changed.connect(self._on_options)
        self._start.clicked.connect(self._on_start)
        self._study.clicked.connect(self.study_wanted)
        self._bake_off.clicked.connect(self.bake_off_wanted)
        self._fit.chosen.connect(self._on_remedy)
        workspace.draft_changed.connect(self._show_draft)
        workspace.project_changed.connect(self.refresh)
        workspace.datasets_changed.connect(self.refresh)
        workspace.rankings_changed.connect(self.refresh)
        workspace.runs_changed.connect(self._on_runs)
        workspace.failed.connect(lambda *_: self._started())

    def refresh(self) -> None:
        """Look what there is to train on and to start from, in the background."""
        self._newest += 1
        number, project = self._newest, self._workspace.project

        def done(material: Material) -> None:
            if number == self._newest:
                self._material = material
                self._show_draft()

        jobs.start(self, lambda _report: gather(project), done=done, failed=self._workspace.failed.emit)

    def _current(self) -> registry.Task:
        return registry.task(self._workspace.draft.task)

    def _show_draft(self) -> None:
        draft, task = self._workspace.draft, self._current()
        self._task.setCurrentIndex(self._task.findData(task.name))
        self._help.setText(tr(task.help))
        fill(self._data, [(data, data) for data in self._material.data(task)], draft.data, tr("Choose"))
        for role, box in self._parents.items():
            wanted = role in task.parents or f"{role}?" in task.parents
            self._form.setRowVisible(box, wanted)
            if wanted:
                runs = [(f"{run.run} · {run.name}", run.run) for run in candidates(self._material.runs, task, role)]
                none = tr("the base model") if f"{role}?" in task.parents else tr("Choose")
                fill(box, runs, draft.parents.get(role, ""), none)
        self._model.setText(self._model_text())
        self._change_model.setEnabled(not draft.parents.get("from"))
        self._show_options(task, draft.settings)
        if self._name.text().strip() != draft.name:
            self._name.setText(draft.name)
        self._show_whether_ready()

    def _model_text(self) -> str:
        draft = self._workspace.draft
        if draft.parents.get("from"):
            return tr("as the run it starts from")
        takes = registry.task(draft.task).takes_adapters
        adapter = registry.adapters().get(draft.adapter) if takes else None
        parts = [draft.model or tr("none chosen"), tr(adapter.label) if adapter and draft.model else ""]
        return " · ".join(part for part in parts if part)

    def _show_options(self, task: registry.Task, settings: dict[str, object]) -> None:
        own = {name: value for name, value in settings.items() if not name.startswith(ADAPTER)}
        adapter = self._workspace.draft.adapter
        shown = f"{task.name} {adapter}"
        if self._options.property("shown") != shown or self._options.values() != own:
            self._options.setProperty("shown", shown)
            self._options.set_options(task.options, own, suited=task.suited.get(adapter))

    def _on_task(self) -> None:
        task = registry.task(self._task.currentData())
        draft = self._workspace.draft
        adapter = draft.adapter if draft.adapter in task.adapters else task.adapters[0]
        kept = {name: value for name, value in draft.settings.items() if name.startswith(ADAPTER)}
        data = draft.data if draft.data in self._material.data(task) else next(iter(self._material.data(task)), "")
        parents = {}
        for role in task.parents:
            known = candidates(self._material.runs, task, role.rstrip("?"))
            if known and not role.endswith("?"):
                parents[role] = known[0].run
        self._workspace.choose(
            task=task.name,
            adapter=adapter,
            settings=kept if adapter == draft.adapter else {},
            data=data,
            parents=parents,
        )

    def _on_parents(self) -> None:
        task = self._current()
        chosen = {role: box.currentData() for role, box in self._parents.items() if self._form.isRowVisible(box)}
        known = {role.rstrip("?") for role in task.parents}
        self._workspace.choose(parents={role: run for role, run in chosen.items() if run and role in known})

    def _on_options(self) -> None:
        kept = {name: value for name, value in self._workspace.draft.settings.items() if name.startswith(ADAPTER)}
        self._workspace.choose(settings={**kept, **self._options.values()})
        self._show_whether_ready()

    def _on_runs(self) -> None:
        self._started()
        self.refresh()

    def _started(self) -> None:
        self._starting = False
        self._show_whether_ready()

    def _show_whether_ready(self) -> None:
        reason = missing(self._workspace.draft, self._current(), self._material)
        if not reason and not self._options.valid():
            reason = tr("A setting is wrong; it is marked.")
        self._reason.setText("" if self._starting else reason)
        self._start.setEnabled(not reason and not self._starting)
        self._study.setVisible(takes_shares(self._current()))
        self._study.setEnabled(not reason)
        going_on = bool(self._workspace.draft.parents.get("from"))  # with an adapter that is there already
        self._bake_off.setVisible(takes_bake_offs(self._current()))
        self._bake_off.setEnabled(not reason and not going_on)
        told = not reason and self._current().backend == "torch"
        self._fit.show_request(self._workspace.project, self.request() if told else None)
        self._show_augmentation()

    def _on_remedy(self, remedy: Remedy) -> None:
        draft = self._workspace.draft
        self._workspace.choose(settings=remedy.applied(draft.settings), adapter=remedy.adapter or draft.adapter)

    def _show_augmentation(self) -> None:
        draft, task = self._workspace.draft, self._current()
        data = draft.data if draft.data in self._material.data(task) else ""
        project, valid = self._workspace.project, self._options.valid()
        self._augmentation.show_choice(project, task, data, draft.settings, valid=valid)

    def shut(self) -> None:
        """End what runs for the panel."""
        self._augmentation.shut()
        self._fit.shut()

    def _on_start(self) -> None:
        self._starting = True
        self._show_whether_ready()
        self._workspace.start(self.request())

    def request(self) -> Request:
        """Return what the draft asks for."""
        draft = self._workspace.draft
        inherited = bool(draft.parents.get("from"))
        settings: dict[str, Any] = dict(draft.settings)
        if inherited:  # its adapter goes on as it is
            settings = {name: value for name, value in settings.items() if not name.startswith(ADAPTER)}
        return Request(
            task=draft.task,
            data=draft.data,
            model="" if inherited else draft.model,
            adapter="" if inherited else draft.adapter,
            settings=settings,
            parents=draft.parents,
            name=draft.name,
        )


def _roles() -> dict[str, str]:
    return {"from": tr("Starts from"), "reward": tr("Reward model")}
