"""Text classification: teach a model to sort texts into classes, one a text or several."""

from typing import TYPE_CHECKING, Annotated

from workbench.core import options as core_options
from workbench.core import training_fields as shared
from workbench.core.context import RunContext
from workbench.core.datasets.several import SEPARATOR
from workbench.core.i18n import mark, tr
from workbench.core.options import known, option, parse
from workbench.core.registry import Task

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from workbench.core.datasets.dataset import Dataset
    from workbench.core.datasets.kinds import Row
    from workbench.core.project import Project
    from workbench.core.registry import Verdict
    from workbench.core.runs import Run

BERT = mark("BERT, arXiv 1810.04805, appendix A.3")


class Options(core_options.Options, frozen=True):
    """Settings of text classification."""

    epochs: Annotated[
        float,
        option(
            mark("Epochs"),
            mark("How many times every example is seen. More teaches more, until the model learns by heart."),
            source=BERT,
            low=0.01,
            high=1000,
            basic=True,
        ),
    ] = 3.0
    batch_size: Annotated[
        int,
        option(
            mark("Batch size"),
            mark("Texts a step. Larger batches learn more calmly."),
            unit=mark("examples"),
            source=BERT,
            low=1,
            high=4096,
            basic=True,
        ),
    ] = 16
    learning_rate: Annotated[
        float,
        option(
            mark("Learning rate"),
            mark("How far each step goes. 2e-5 suits full fine-tuning; LoRA needs more, about 5e-4."),
            source=BERT,
            low=1e-8,
            high=1.0,
            basic=True,
        ),
    ] = 2e-5
    max_length: shared.MaxLength = 128
    several_labels: Annotated[
        bool,
        option(
            mark("Several labels a row"),
            mark(
                "Each label is judged for itself, so that a text may get several, or none. In the data they stand in "
                "one text with the separator between them; an empty list of labels means that none of them fits."
            ),
        ),
    ] = False
    label_separator: Annotated[
        str,
        option(
            mark("Separator of labels"),
            mark("What stands between the labels of a row, where it has several. Lists are imported with “;”."),
        ),
    ] = SEPARATOR
    class_weights: shared.ClassWeights = "none"
    keep_best: shared.KeepBest = "accuracy"
    max_steps: shared.MaxSteps = 0
    micro_batch: shared.MicroBatch = 0
    warmup_ratio: Annotated[
        float,
        option(
            mark("Warm-up"),
            mark("The share of the steps over which the learning rate rises."),
            source=mark("RoBERTa, arXiv 1907.11692, table 10: 0.06"),
            low=0.0,
            high=1.0,
        ),
    ] = 0.06
    weight_decay: shared.WeightDecay = 0.0
    max_grad_norm: shared.MaxGradNorm = 1.0
    eval_every: shared.EvalEvery = 0
    save_every: shared.SaveEvery = 200
    samples: Annotated[
        int,
        option(mark("Sample texts"), mark("Held-out texts that the model judges at each evaluation."), low=0, high=16),
    ] = 4
    data_share: shared.DataShare = 1.0
    base_bits: shared.BaseBits = "as-is"
    precision: shared.Precision = "auto"
    gradient_checkpointing: shared.GradientCheckpointing = False
    seed: shared.Seed = 0


def run(context: RunContext) -> None:
    """Train in the trainer process; see `workbench.engine.classification_training`."""
    context.phase(tr("Loading libraries"))
    from workbench.engine.classification_training import train

    train(context, parse(Options, context.spec.options))


def evaluate(project: "Project", run: "Run", dataset: "Dataset") -> dict[str, float]:
    """Measure a result; see `workbench.engine.classification_training.evaluate`."""
    from workbench.engine.classification_training import evaluate as measure

    settings = {**run.spec().options, "data_share": 1.0}  # what is measured is never a share
    return measure(project, run, dataset, known(Options, settings))


def predict(
    project: "Project", run: "Run", rows: "Sequence[Row]", progress: "Callable[[float], None]"
) -> "list[Verdict]":
    """Sort texts into classes; see `workbench.engine.classification.Classifier`."""
    from workbench.engine.classification import Classifier
    from workbench.engine.device import probe

    return Classifier.load(project, run.id, probe()).verdicts(rows, progress)


TASK = Task(
    name="text-classification",
    label=mark("Text classification"),
    help=mark("Teach a small model to sort texts into classes the way your labels do."),
    options=Options,
    kinds=("text-label",),
    architectures=("sequence-classifier", "causal-lm"),
    adapters=("lora", "adalora", "bottleneck", "ia3", "prefix-tuning", "p-tuning", "prompt-tuning", "full"),
    parents=("from?",),
    suited={
        "lora": {"learning_rate": 5e-4},
        "adalora": {"learning_rate": 3e-3},
        "bottleneck": {"learning_rate": 1e-3},
        "ia3": {"learning_rate": 3e-3},
        "prefix-tuning": {"learning_rate": 1e-2},
        "p-tuning": {"learning_rate": 1e-3},
        "prompt-tuning": {"learning_rate": 3e-2},
    },
    run=run,
    evaluate=evaluate,
    predict=predict,
)
