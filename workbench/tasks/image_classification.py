"""Image classification: teach a model of the ViT family to sort images into classes."""

from typing import TYPE_CHECKING, Annotated, Literal

from workbench.core import options as core_options
from workbench.core import training_fields as shared
from workbench.core.context import RunContext
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


class Options(core_options.Options, frozen=True):
    """Settings of image classification."""

    epochs: shared.Epochs = 5.0
    batch_size: shared.BatchSize = 16
    learning_rate: Annotated[
        float,
        option(
            mark("Learning rate"),
            mark("How far each step goes. 5e-5 suits full fine-tuning; adapters need more, 5e-4 to 3e-3."),
            low=1e-8,
            high=1.0,
            basic=True,
        ),
    ] = 5e-5
    augmentation: Annotated[
        Literal["none", "crop", "crop-and-mirror"],
        option(
            mark("Variation of the images"),
            mark(
                "“crop” shows another part of each image every time, “crop-and-mirror” mirrors half of them as well. "
                "Do not mirror where left and right matter, as in letters and digits."
            ),
            basic=True,
        ),
    ] = "crop"
    class_weights: shared.ClassWeights = "none"
    keep_best: shared.KeepBest = "accuracy"
    max_steps: shared.MaxSteps = 0
    micro_batch: shared.MicroBatch = 0
    warmup_ratio: shared.WarmupRatio = 0.1
    weight_decay: shared.WeightDecay = 0.0
    max_grad_norm: shared.MaxGradNorm = 1.0
    eval_every: shared.EvalEvery = 0
    save_every: shared.SaveEvery = 200
    samples: Annotated[
        int,
        option(
            mark("Sample images"), mark("Held-out images that the model judges at each evaluation."), low=0, high=16
        ),
    ] = 4
    data_share: shared.DataShare = 1.0
    base_bits: shared.BaseBits = "as-is"
    precision: shared.Precision = "auto"
    gradient_checkpointing: shared.GradientCheckpointing = False
    seed: shared.Seed = 0


def run(context: RunContext) -> None:
    """Train in the trainer process; see `workbench.engine.vision_training`."""
    context.phase(tr("Loading libraries"))
    from workbench.engine.vision_training import train

    train(context, parse(Options, context.spec.options))


def evaluate(project: "Project", run: "Run", dataset: "Dataset") -> dict[str, float]:
    """Measure a result; see `workbench.engine.vision_training.evaluate`."""
    from workbench.engine.vision_training import evaluate as measure

    return measure(project, run, dataset, known(Options, run.spec().options))


def predict(
    project: "Project", run: "Run", rows: "Sequence[Row]", progress: "Callable[[float], None]"
) -> "list[Verdict]":
    """Sort images into classes; see `workbench.engine.vision.ImageClassifier`."""
    from workbench.engine.device import probe
    from workbench.engine.vision import ImageClassifier

    return ImageClassifier.load(project, run.id, probe()).verdicts(rows, progress)


TASK = Task(
    name="image-classification",
    label=mark("Image classification"),
    help=mark("Teach a vision transformer to sort images into classes the way your folders do."),
    options=Options,
    kinds=("image-folder",),
    architectures=("image-classifier",),
    adapters=("lora", "adalora", "bottleneck", "ia3", "full"),
    parents=("from?",),
    suited={
        "lora": {"learning_rate": 5e-4},
        "adalora": {"learning_rate": 3e-3},
        "bottleneck": {"learning_rate": 1e-3},
        "ia3": {"learning_rate": 3e-3},
    },
    run=run,
    evaluate=evaluate,
    predict=predict,
    medium="image",
)
