"""What a run leaves behind: the whole network as one ``.keras`` file, a description, and a report."""

from typing import Any

from workbench.core import jsonl, reports
from workbench.core.context import RunContext
from workbench.core.datasets.dataset import Dataset
from workbench.core.reports import Judged
from workbench.engine.keras import bases
from workbench.engine.keras.checkpoint import State
from workbench.engine.keras.images import Images
from workbench.engine.keras.judging import Probabilities
from workbench.engine.keras.network import Network

MODEL = "model.keras"


def save_result(context: RunContext, network: Network, state: State) -> None:
    """Write ``result/``: the network first, ``result.json`` last, so that a result with a description is whole."""
    result = context.run.result
    result.mkdir(exist_ok=True)
    (result / "result.json").unlink(missing_ok=True)  # of an earlier stop; a crash in between must not leave it
    network.whole.save(result / MODEL)
    description: dict[str, Any] = {
        "task": context.spec.task,
        "base": context.spec.model_path,
        "adapter": None,
        "model": MODEL,
        "labels": state.labels,
        "side": network.whole.input.shape[1],
        "convolution": bases.last_convolution(network.base),
        "best_step": state.best_step,
        "metrics": {**context.run.summary().metrics, **state.best_values},
    }
    jsonl.write_atomically(result / "result.json", description)


def save_report(
    context: RunContext,
    dataset: Dataset,
    images: Images,
    labels: list[str],
    after: Probabilities,
    before: Probabilities,
) -> None:
    """Write the report of a run, if there are held-out images.

    Args:
        context: The run.
        dataset: Its data.
        images: The held-out images (N).
        labels: The classes (C).
        after: How likely the network that is kept takes each class for each image (N, C).
        before: The same by the untouched base with a fresh head.
    """
    if not len(images):
        return
    judged = [
        Judged(what=name, truth=(truth,), scores=tuple(its), before=tuple(earlier))
        for name, truth, its, earlier in zip(
            images.names, images.classes.tolist(), after.tolist(), before.tolist(), strict=True
        )
    ]
    report = reports.build(dataset.info, context.spec.data_path, "image", labels, judged)
    reports.save(context.run.result, report, judged)
