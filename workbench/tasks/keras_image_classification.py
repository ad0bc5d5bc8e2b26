"""Image classification with Keras: a frozen convolutional base, and a small head that learns your classes."""

from typing import TYPE_CHECKING, Annotated, Literal

from workbench.core import options as core_options
from workbench.core import training_fields as shared
from workbench.core.context import RunContext
from workbench.core.i18n import mark, tr
from workbench.core.options import option, parse
from workbench.core.registry import Task

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from workbench.core.datasets.dataset import Dataset
    from workbench.core.datasets.kinds import Row
    from workbench.core.project import Project
    from workbench.core.registry import Explained, Exported, Verdict
    from workbench.core.runs import Run

RECIPE = mark("“Building powerful image classification models using very little data”, Keras blog, 2016")
GUIDE = mark("The guide to transfer learning of Keras")


class Options(core_options.Options, frozen=True):
    """Settings of image classification with Keras."""

    epochs: shared.Epochs = 10.0
    batch_size: Annotated[
        int,
        option(
            mark("Batch size"),
            mark("Images a step. Larger batches learn more calmly."),
            unit=mark("images"),
            source=RECIPE,
            low=1,
            high=4096,
            basic=True,
        ),
    ] = 32
    learning_rate: Annotated[
        float,
        option(
            mark("Learning rate"),
            mark("How far each step of Adam goes while the base is frozen."),
            low=1e-8,
            high=1.0,
            basic=True,
        ),
    ] = 1e-4
    side: Annotated[
        int,
        option(
            mark("Image size"),
            mark("Images become squares of this side; 0 is what the base was made for. Smaller ones are faster."),
            unit=mark("pixels"),
            low=0,
            high=1024,
            basic=True,
        ),
    ] = 0
    augmentation: Annotated[
        bool,
        option(
            mark("Augmentation"),
            mark("Also learn from altered images, so that the model depends less on how each one was taken."),
            source=RECIPE,
            basic=True,
        ),
    ] = True
    flip: Annotated[
        bool,
        option(
            mark("Mirror"),
            mark("Mirror half of the altered images. Not for letters and digits, or where left and right matter."),
            source=RECIPE,
            basic=True,
        ),
    ] = True
    shear: Annotated[
        float,
        option(
            mark("Shear"),
            mark("Altered images are slanted to either side by up to this share of their height."),
            source=RECIPE,
            low=0.0,
            high=1.0,
        ),
    ] = 0.2
    zoom: Annotated[
        float,
        option(
            mark("Zoom"),
            mark("Altered images grow or shrink by up to this share, width and height each by itself."),
            source=RECIPE,
            low=0.0,
            high=0.9,
        ),
    ] = 0.2
    views: Annotated[
        int,
        option(
            mark("Altered images"),
            mark("How many altered ones are made of each image; they and the image itself take turns over the epochs."),
            unit=mark("an image"),
            low=1,
            high=100,
        ),
    ] = 1
    head: Annotated[
        Literal["flatten", "global pooling"],
        option(
            mark("Head"),
            mark(
                "“flatten” keeps where something is in the image, “global pooling” only what is there, and is smaller."
            ),
            source=RECIPE,
        ),
    ] = "flatten"
    dense_units: Annotated[
        int,
        option(
            mark("Hidden units"),
            mark("Width of the hidden layer between the base and the classes; 0 leaves it out."),
            low=0,
            high=8192,
        ),
    ] = 512
    dropout: Annotated[
        float,
        option(
            mark("Dropout"),
            mark("The share of hidden units that a step leaves out, against learning by heart."),
            source=mark("Srivastava et al., JMLR 15, 2014"),
            low=0.0,
            high=0.95,
        ),
    ] = 0.5
    fine_tune_layers: Annotated[
        int,
        option(
            mark("Layers to fine-tune"),
            mark("Then the last layers of the base learn, too; 0 leaves all of it frozen. BatchNorm stays as it is."),
            source=GUIDE,
            low=0,
            high=1000,
        ),
    ] = 0
    fine_tune_epochs: Annotated[
        float,
        option(
            mark("Epochs of fine-tuning"),
            mark("How many times every image is seen while the last layers of the base learn."),
            low=0.01,
            high=1000,
        ),
    ] = 5.0
    fine_tune_learning_rate: Annotated[
        float,
        option(
            mark("Learning rate of fine-tuning"),
            mark("Lower than before, so that the base does not forget what it can see."),
            source=GUIDE,
            low=1e-8,
            high=1.0,
        ),
    ] = 1e-5
    weights: Annotated[
        Literal["imagenet", "none", "file"],
        option(
            mark("Weights of the base"),
            mark(
                "“imagenet” is what it learnt from a million photos, “file” your own file, “none” begins with nothing."
            ),
        ),
    ] = "imagenet"
    weights_file: Annotated[
        str, option(mark("File of weights"), mark("Path of a .weights.h5, .h5 or .keras file, for “file”."))
    ] = ""
    preprocessing: Annotated[
        Literal["own", "rescale"],
        option(
            mark("Preprocessing"),
            mark("“own” scales pixels as the weights of the base expect it, “rescale” to values from 0 to 1."),
        ),
    ] = "own"
    class_weights: shared.ClassWeights = "none"
    keep_best: shared.KeepBest = "accuracy"
    max_steps: shared.MaxSteps = 0
    data_share: shared.DataShare = 1.0
    save_every: Annotated[
        int,
        option(
            mark("Checkpoint every"),
            mark("A run can be resumed from its last checkpoint; 0 saves only at a stop and at the end."),
            unit=mark("epochs"),
            low=0,
            high=1000,
        ),
    ] = 5
    seed: shared.Seed = 0


def run(context: RunContext) -> None:
    """Train in the trainer process; see `workbench.engine.keras.training`."""
    context.phase(tr("Loading libraries"))
    from workbench.engine.keras.training import train

    train(context, parse(Options, context.spec.options))


def evaluate(project: "Project", run: "Run", dataset: "Dataset") -> dict[str, float]:
    """Measure a result; see `workbench.engine.keras.judging.evaluate`."""
    from workbench.engine.keras.judging import evaluate as measure

    return measure(run, dataset)


def predict(
    project: "Project", run: "Run", rows: "Sequence[Row]", progress: "Callable[[float], None]"
) -> "list[Verdict]":
    """Sort images into classes; see `workbench.engine.keras.judging.predict`."""
    from workbench.engine.keras.judging import predict as judge

    return judge(run, rows, progress)


def explain(run: "Run", paths: "Sequence[Path]", folder: "Path", label: str) -> "list[Explained]":
    """Show what a result looks at; see `workbench.engine.keras.gradcam.explain`."""
    from workbench.engine.keras.gradcam import explain as look

    return look(run, paths, folder, label)


def export(project: "Project", run_id: str, format: str, target: "Path", report: "Callable[[str], None]") -> "Exported":
    """Write a result in a format and compare; see `workbench.engine.keras.export.export`."""
    from workbench.engine.keras.export import export as write

    return write(project, run_id, format, target, report)


TASK = Task(
    name="keras-image-classification",
    label=mark("Image classification (Keras)"),
    help=mark(
        "Teach a convolutional network to sort images into classes the way your folders do, even on a slow computer."
    ),
    options=Options,
    kinds=("image-folder",),
    architectures=("keras-cnn",),
    adapters=("full",),
    backend="keras",
    run=run,
    evaluate=evaluate,
    samples=False,
    predict=predict,
    medium="image",
    explain=explain,
    formats={
        "keras": mark("One .keras file, for Keras"),
        "savedmodel": mark("SavedModel, for TensorFlow and its servers"),
        "tflite": mark("TFLite, for phones and small devices"),
    },
    export=export,
)
