"""Training a classifier of images on a frozen base, as the classic recipe of Keras does it, but faster.

1. Read which images there are, and what they show.
2. Build the base with its weights, frozen, and a fresh head on it.
3. Compute what the base makes of each image once: of the image itself and, with augmentation, of some altered views.
   The recipe ("Building powerful image classification models using very little data", Keras blog, 2016) computes the
   whole base for every image in every epoch.
4. Train the head on these features: Adam, cross-entropy, measured on the held-out images after every epoch.
5. On request, train the last layers of the base as well, at a lower rate and on fresh views, BatchNorm as in use.
6. Keep the best weights, write the network as one ``.keras`` file, and the report.
"""

from functools import partial
from typing import TYPE_CHECKING

import keras
import numpy as np
from numpy.typing import NDArray

from workbench.core.context import RunContext
from workbench.core.datasets.dataset import Dataset
from workbench.core.datasets.subset import training_rows
from workbench.core.errors import UserError
from workbench.core.i18n import tr
from workbench.engine.classes import BEST, classes_of
from workbench.engine.keras import bases
from workbench.engine.keras.augmentation import Augmentation
from workbench.engine.keras.checkpoint import State
from workbench.engine.keras.feature_pass import FeaturePass
from workbench.engine.keras.features import Trunk
from workbench.engine.keras.folding import folded
from workbench.engine.keras.images import Images
from workbench.engine.keras.loop import Loop, Trained
from workbench.engine.keras.network import Network
from workbench.engine.keras.results import save_report, save_result
from workbench.engine.keras.stages import HeadStage, Lesson, Stage, TopStage
from workbench.engine.keras.telling import Teller

if TYPE_CHECKING:
    from workbench.tasks.keras_image_classification import Options

SMALLEST = 32
"""Pixels of a side below which nothing is left of an image at the end of a base."""

STEP, WEIGHT = 0.003, 6e-9
"""Seconds that a step of the head takes, and each of its weights in it: a guess until one was done."""

BACKWARD = 3
"""How many times longer an image takes that trains a base than one that only passes through."""


def train(context: RunContext, options: "Options") -> None:
    """Do the whole run: images, base, features, head, second stage, result, report."""
    keras.utils.set_random_seed(options.seed)
    context.phase(tr("Reading the data"))
    dataset = Dataset(context.data)
    labels = classes_of(context, dataset)
    rows = training_rows(dataset, options.data_share, options.seed)
    images, held_out = (Images.of(dataset, some, labels) for some in (rows, dataset.rows("validation")))
    _check_enough(images, dataset)
    context.phase(tr("Loading the model"))
    network = Network(_base(context, options), len(labels), options)
    fresh = State(step=0, labels=labels)
    alter = Augmentation(options.shear, options.zoom, options.flip, options.seed) if options.augmentation else None

    steps = _steps(len(images), options)
    later = partial(_seconds, network, options)
    exact, quick = _trunks(network, context)
    features = FeaturePass(
        context, exact, quick, fresh, alter, sum(steps), lambda pace: float(np.dot(steps, later(pace)))
    )
    seen, judged = features.compute(images, held_out, views=1 + options.views if options.augmentation else 1)
    lesson = Lesson(images.take(seen.rows), held_out.take(judged.rows), _class_weights(images, len(labels), options))
    _check_enough(lesson.images, dataset)

    steps = _steps(len(lesson.images), options)
    head = HeadStage(network, seen, judged, lesson, options, steps[0])
    stages: list[Stage] = [head]
    trained = Trained([network.head.trainable_variables], network.head.non_trainable_variables)
    if steps[1]:
        stages.append(TopStage(network, alter, lesson, options, steps[1]))
        trained.stages.append([*trained.stages[0], *network.unfreeze(options.fine_tune_layers)])
    before = head.judge()

    def keep() -> None:
        save_report(context, dataset, lesson.held_out, labels, stages[loop.state.stage].judge(), before)
        save_result(context, network, loop.state)

    teller = Teller(context, steps, head.per_epoch, later(features.seconds_an_image))
    order = BEST[options.keep_best]
    loop = Loop(context, stages, trained, lesson.held_out.classes, fresh, teller, order, options.save_every, keep)
    loop.train()
    features.forget()


def _base(context: RunContext, options: "Options") -> keras.Model:
    """Build the base, preprocessing included.

    Raises:
        UserError: The size of the images is too small, the file of weights is not named, or as `bases.build`.
    """
    if 0 < options.side < SMALLEST:
        raise UserError(tr("Images need at least {low} pixels a side; 0 is what the base was made for.", low=SMALLEST))
    if options.weights == "file" and not options.weights_file:
        raise UserError(tr("Say where the file of weights is, or choose “imagenet” or “none”."))
    weights = options.weights_file if options.weights == "file" else options.weights
    return bases.build(context.spec.model_path, weights, options.side, options.preprocessing)


def _trunks(network: Network, context: RunContext) -> tuple[Trunk, Trunk]:
    """Return what computes features exactly, and what computes them soonest."""
    model = folded(network.trunk)
    fast = bases.fast(model, context.spec.model_path)
    exact = Trunk(model)
    return exact, exact if fast is model else Trunk(fast)


def _check_enough(images: Images, dataset: Dataset) -> None:
    if not len(images):
        raise UserError(tr("No row of “{data}” can be used for training.", data=dataset.name))


def _steps(images: int, options: "Options") -> list[int]:
    """Return how many steps each of the two stages has."""
    per_epoch = -(-images // options.batch_size)
    first = max(1, round(per_epoch * options.epochs))
    second = max(1, round(per_epoch * options.fine_tune_epochs)) if options.fine_tune_layers else 0
    most = options.max_steps or first + second
    return [min(first, most), min(second, max(most - first, 0))]


def _seconds(network: Network, options: "Options", seconds_an_image: float) -> list[float]:
    """Guess the seconds of a step of each stage."""
    head = STEP + WEIGHT * network.head.count_params()
    return [head, head + BACKWARD * options.batch_size * seconds_an_image]


def _class_weights(images: Images, classes: int, options: "Options") -> NDArray[np.float32]:
    """Return the weight of each class (C,): all 1, or such that every class counts the same in all."""
    if options.class_weights == "none":
        return np.ones(classes, np.float32)
    counts = np.bincount(images.classes, minlength=classes)
    return np.asarray(len(images) / ((counts > 0).sum() * np.maximum(counts, 1)), np.float32)
