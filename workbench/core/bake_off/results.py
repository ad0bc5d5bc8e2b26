"""What a bake-off has found: how good each adapter is, and what it costs."""

from collections.abc import Sequence

import msgspec

from workbench.core import events, models, registry
from workbench.core.bake_off.bake_off import BakeOff, Contender
from workbench.core.errors import UserError
from workbench.core.i18n import tr
from workbench.core.options import parse
from workbench.core.project import Project
from workbench.core.runs import Run
from workbench.core.studies import known_run


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """One training.

    Attributes:
        state: Of its run; ``waiting`` before it has begun.
        quality: Of what was kept, on the held-out rows, see `measure`; None until it has finished.
        trainable: Parameters that are trained, without a classifier's last layer.
        memory: MiB at the peak.
        seconds: Of the whole training.
        size: Bytes on disk.
    """

    adapter: str
    run: str
    state: str
    quality: float | None = None
    trainable: int = 0
    memory: float = 0.0
    seconds: float = 0.0
    size: int = 0


def measure(task: registry.Task) -> str:
    """Return the metric by which adapters are compared: of classifiers the accuracy, else the loss."""
    return "eval/accuracy" if task.sorts else "eval/loss"


def results(project: Project, found: BakeOff) -> list[Result]:
    """Return what is known of each training, in its order."""
    return [_result(project, found, part) for part in found.parts]


def _result(project: Project, found: BakeOff, part: Contender) -> Result:
    run = known_run(project, part)
    if run is None:
        return Result(adapter=part.adapter, run="", state="waiting")
    summary = run.summary()
    known = Result(adapter=part.adapter, run=run.id, state=summary.state, trainable=_trainable(run))
    quality = run.result_info().get("metrics", {}).get(measure(registry.task(found.request.task)))
    if summary.state != "finished" or quality is None:
        return known
    size = sum(path.stat().st_size for path in run.result.rglob("*") if path.is_file())
    return msgspec.structs.replace(
        known, quality=float(quality), memory=_memory(run), seconds=summary.seconds, size=size
    )


def _trainable(run: Run) -> int:
    spec = run.spec()
    adapter = registry.adapter(spec.adapter)
    try:
        return adapter.count(models.inspect(spec.model_path).shapes, parse(adapter.options, spec.adapter_options))
    except UserError:  # the model was moved away since
        return 0


def _memory(run: Run) -> float:
    told = (event.values for event in run.follow().read() if isinstance(event, events.Metrics))
    return max((values["memory_mb"] for values in told if "memory_mb" in values), default=0.0)


def verdict(task: registry.Task, found: Sequence[Result]) -> str:
    """Return one plain sentence on which adapter did best, once all have finished."""
    done = [result for result in found if result.quality is not None]
    if len(done) < len(found):
        return tr("{done} of {count} trainings are finished.", done=len(done), count=len(found))
    accuracy = measure(task) == "eval/accuracy"
    best = (max if accuracy else min)(done, key=lambda result: result.quality or 0.0)
    smallest = min(done, key=lambda result: result.trainable)
    values = {"best": _label(best), "value": shown(task, best), "small": _label(smallest)}
    if best is smallest:
        return tr("{best} did best here ({value}), and trains the fewest parameters.", **values)
    return tr(
        "{best} did best here ({value}); {small} trains the fewest parameters and reaches {other}.",
        **values,
        other=shown(task, smallest),
    )


def shown(task: registry.Task, result: Result) -> str:
    """Return the quality of a finished training as people read it."""
    quality = result.quality or 0.0
    if measure(task) == "eval/accuracy":
        return tr("{share} % right", share=f"{100 * quality:.1f}")
    return tr("loss {loss}", loss=f"{quality:.3f}")


def _label(result: Result) -> str:
    return tr(registry.adapter(result.adapter).label)
