"""From what a person asks for to a run that can start: everything is checked here, before anything is loaded."""

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec

from workbench.core import jsonl, models, registry
from workbench.core.clock import now
from workbench.core.datasets.dataset import Dataset
from workbench.core.errors import UserError
from workbench.core.i18n import tr
from workbench.core.options import Options, check_needs, parse
from workbench.core.preferences import RANKINGS, snapshot
from workbench.core.project import Project
from workbench.core.runs import Run
from workbench.core.spec import RunSpec

ADAPTER = "adapter."
"""What the names of an adapter's own settings begin with in a request."""


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What a person asks to train, as the wizard or the command line gathers it.

    Attributes:
        data: A data set's name, or `RANKINGS` for the rankings made in this project.
        settings: Values by option name; those of the adapter begin with ``adapter.``.
        parents: Ids or names of runs by role (``from``, ``reward``).
    """

    task: str
    data: str
    model: str = ""
    adapter: str = ""
    settings: Mapping[str, object] = {}
    parents: Mapping[str, str] = {}
    name: str = ""


class _Asked(NamedTuple):
    """A request whose parts are found.

    Attributes:
        onward: The run whose adapter goes on, if there is one.
        own: Settings of the task, as they were given.
        options: All settings of the task.
        its: Settings of the adapter.
        dataset: None for the project's own rankings.
    """

    task: registry.Task
    parents: dict[str, Run]
    onward: Run | None
    adapter: str
    own: dict[str, object]
    options: Options
    its: dict[str, object]
    dataset: Dataset | None


def check(project: Project, request: Request) -> None:
    """Check of a request what can be told without its model, which may have to be downloaded first.

    Raises:
        UserError: As `plan`.
    """
    _asked(project, request)


def _asked(project: Project, request: Request) -> _Asked:
    task = registry.task(request.task)
    parents = _parents(project, task, request.parents)
    base = parents.get("from")
    onward = base if base is not None and registry.task(base.spec().task).sorts == task.sorts else None
    adapter = _adapter(task, request.adapter, onward, parents.get("reward"))
    own = {name: value for name, value in request.settings.items() if not name.startswith(ADAPTER)}
    its = {name.removeprefix(ADAPTER): value for name, value in request.settings.items() if name.startswith(ADAPTER)}
    options = parse(task.options, {**task.suited.get(adapter, {}), **own})
    check_needs(options)
    if getattr(options, "gradient_checkpointing", False) and adapter == "prefix-tuning":
        raise UserError(tr("Gradient checkpointing does not go together with prefix tuning. Train without."))
    parse(registry.adapter(adapter).options, its)
    return _Asked(task, parents, onward, adapter, own, options, its, _dataset(project, task, request.data))


def plan(project: Project, request: Request, inspect: Callable[[str], models.ModelInfo] = models.inspect) -> RunSpec:
    """Check a request and describe the run that it asks for.

    Args:
        project: Where its data and parents are.
        request: What is asked for.
        inspect: Looks at the files of the model.

    Raises:
        UserError: Something does not fit together; the sentence says what.
    """
    asked = _asked(project, request)
    task, base = asked.task, asked.parents.get("from")
    model = request.model or (base.spec().model if base else "")
    if not model:
        raise UserError(tr("Choose a base model."))
    info = inspect(model)
    if info.architecture not in task.architectures:
        raise UserError(tr("“{task}” cannot train the model “{model}”.", task=tr(task.label), model=model))
    if base is not None and base.spec().model_path != info.path:
        raise UserError(
            tr(
                "Run “{run}” was trained on “{its}”, not on “{model}”.",
                run=base.id,
                its=base.spec().model,
                model=model,
            )
        )
    adapter = registry.adapter(asked.adapter)
    if reason := registry.misfit(task, asked.adapter, info, asked.own):
        raise UserError(f"{tr(adapter.label)}: {reason}")
    adapter_options = parse(adapter.options, asked.its)
    if asked.onward and asked.adapter != "full" and asked.onward.spec().adapter == asked.adapter:
        adapter_options = _inherited(asked.onward, adapter, asked.its)
    dataset = asked.dataset
    return RunSpec(
        task=task.name,
        name=request.name or f"{tr(task.label)} · {request.data or tr('rankings')}",
        model=model,
        model_path=info.path,
        adapter=asked.adapter,
        data=dataset.name if dataset else RANKINGS,
        data_hash=dataset.info.hash if dataset else "",
        data_path=str(dataset.path.relative_to(project.path)) if dataset else "",
        options=msgspec.to_builtins(asked.options),
        adapter_options=msgspec.to_builtins(adapter_options),
        parents={role: run.id for role, run in asked.parents.items()},
        created=now(),
    )


def create(project: Project, request: Request) -> Run:
    """Plan a run and make its folder; rankings are frozen into it, so that later ones do not change it.

    Raises:
        UserError: As `plan`, or there are too few rankings.
    """
    spec = plan(project, request)
    run = project.new_run(spec)
    if spec.data_path:
        return run
    try:
        dataset = snapshot(project, run.path / "data", run=run.id)
    except UserError:
        shutil.rmtree(run.path)
        raise
    frozen = msgspec.structs.replace(
        spec, data_hash=dataset.info.hash, data_path=str(dataset.path.relative_to(project.path))
    )
    jsonl.write_atomically(run.path / "spec.json", frozen)
    return Run(run.path)


def _parents(project: Project, task: registry.Task, asked: Mapping[str, str]) -> dict[str, Run]:
    found: dict[str, Run] = {}
    for role in task.parents:
        name = role.rstrip("?")
        if asked.get(name):
            found[name] = project.run(asked[name])
            if found[name].summary().state not in ("finished", "stopped") or not found[name].result_info():
                raise UserError(tr("Run “{run}” has not finished, so nothing can start from it.", run=found[name].id))
            _check_role(found[name], name, task)
        elif not role.endswith("?"):
            raise UserError(tr("“{task}” needs a run as its “{role}”.", task=tr(task.label), role=name))
    unknown = [role for role, run in asked.items() if run and role not in found]
    if unknown:
        raise UserError(tr("“{task}” does not start from a “{role}” run.", task=tr(task.label), role=unknown[0]))
    return found


def _check_role(run: Run, role: str, task: registry.Task) -> None:
    is_reward = run.spec().task == "reward-model"
    if role == "reward" and not is_reward:
        raise UserError(tr("Run “{run}” trained no reward model; choose one that did.", run=run.id))
    if role == "from" and is_reward:
        raise UserError(tr("Run “{run}” is a reward model, which writes nothing; start from another run.", run=run.id))
    if registry.task(run.spec().task).sorts and not task.sorts:
        raise UserError(
            tr("Run “{run}” sorts into classes and writes nothing; start from another run.", run=run.id),
        )


def _adapter(task: registry.Task, asked: str, base: Run | None, reward: Run | None) -> str:
    inherited, judging = (run.spec().adapter if run else "" for run in (base, reward))
    name = asked or (inherited if inherited in task.adapters else "") or judging or task.adapters[0]
    if name not in task.adapters:
        raise UserError(
            tr(
                "“{task}” works with these adapters: {known}.",
                task=tr(task.label),
                known=", ".join(task.adapters),
            )
        )
    if inherited not in ("", "full", *task.adapters):
        raise UserError(
            tr(
                "“{task}” cannot go on with the “{its}” adapter of the run to start from; it works with: {known}.",
                task=tr(task.label),
                its=inherited,
                known=", ".join(task.adapters),
            )
        )
    if inherited not in ("", "full", name):
        raise UserError(
            tr(
                "The run to start from has a “{its}” adapter; go on with that one, not “{name}”.",
                its=inherited,
                name=name,
            )
        )
    if judging not in ("", name):  # PEFT puts no two kinds on one base
        raise UserError(
            tr(
                "The reward model has a “{its}” adapter, and “{name}” is to be improved: both must be of one kind. "
                "Train another reward model.",
                its=judging,
                name=name,
            )
        )
    return name


def _inherited(base: Run, adapter: registry.Adapter, asked: Mapping[str, object]) -> Options:
    """Return the adapter options of the run to start from, whose adapter goes on as it is."""
    its = base.spec().adapter_options
    wanted = msgspec.to_builtins(parse(adapter.options, {**its, **asked}))
    changed = [name for name, value in wanted.items() if value != its.get(name)]
    if changed:
        raise UserError(
            tr(
                "The adapter of run “{run}” goes on as it is; {names} cannot change.",
                run=base.id,
                names=", ".join(changed),
            )
        )
    return parse(adapter.options, its)


def _dataset(project: Project, task: registry.Task, name: str) -> Dataset | None:
    """Return the data set, or None for the project's own rankings."""
    if "ranking" in task.kinds and name in ("", RANKINGS) and not (project.data / RANKINGS).exists():
        return None
    if not name:
        raise UserError(tr("Choose a data set."))
    dataset = project.dataset(name)
    if dataset.info.kind not in task.kinds:
        raise UserError(
            tr(
                "“{task}” takes data of the kinds {kinds}; “{name}” is {kind}.",
                task=tr(task.label),
                kinds=", ".join(task.kinds),
                name=name,
                kind=dataset.info.kind,
            )
        )
    return dataset


def result_folder(project: Project, run: str) -> Path:
    """Return the folder of a run's result.

    Raises:
        UserError: The run has none yet.
    """
    found = project.run(run)
    if not found.result_info():
        raise UserError(tr("Run “{run}” has no result yet.", run=found.id))
    return found.result
