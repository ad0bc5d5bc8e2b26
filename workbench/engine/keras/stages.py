"""The two stages of a run: the head learns on kept features; then, on request, the last layers of the base with it.

Letters: B images of a batch, V views of each image, S the length of their sides, D features, C classes.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from workbench.engine.keras.adam import Adam
from workbench.engine.keras.features import Features
from workbench.engine.keras.images import Alter, Images, pipeline
from workbench.engine.keras.judging import judge
from workbench.engine.keras.network import Network
from workbench.engine.keras.pieces import Pieces, pays
from workbench.engine.keras.telling import Sums

if TYPE_CHECKING:
    from workbench.tasks.keras_image_classification import Options

Floats = NDArray[np.floating[Any]]

IN_MEMORY = 1_000_000_000
"""Bytes of features that are held in memory; more are read from their file as they are needed."""

JUDGED = 256
"""Held-out images whose features are judged at the same time: a large head is read once for all of them."""

UNSEEN = 1 << 26
"""From this number on views are others than those whose features are kept."""


@dataclass(frozen=True)
class Lesson:
    """What a stage teaches and measures.

    Attributes:
        images: Images to learn from, all of which can be read.
        held_out: Images to measure on, likewise; there may be none.
        weights: How much each class counts (C,).
    """

    images: Images
    held_out: Images
    weights: NDArray[np.float32]


class Stage(ABC):
    """Some steps of a run that train the same variables.

    Args:
        lesson: What is taught.
        options: Settings of the task.
        rate: Learning rate.
        steps: How many it has.

    Attributes:
        steps: As given.
        per_epoch: Steps of an epoch.
    """

    def __init__(self, lesson: Lesson, options: "Options", rate: float, steps: int) -> None:
        self.lesson, self.options, self.steps = lesson, options, steps
        self.per_epoch = -(-len(lesson.images) // options.batch_size)
        self._rate = rate
        self._order = lru_cache(1)(self._shuffled)

    def settle(self) -> None:
        """Put into the variables what was learnt, if it is kept elsewhere meanwhile."""
        return

    def begin(self, variables: list[keras.Variable]) -> None:
        """Make ready to train variables; nothing is known of their gradients yet."""
        self.optimizer = Adam(variables, self._rate)
        self._variables = variables
        many = [tf.TensorSpec((None,), kind) for kind in (tf.int32, tf.float32)]
        self._step = tf.function(self._learn, input_signature=[self.shown, *many])  # traced once for all batch sizes

    def learn(self, step: int) -> Sums:
        """Do a step of this stage, from 0."""
        epoch, at = divmod(step, self.per_epoch)
        chosen = self._order(epoch)[at * self.options.batch_size :][: self.options.batch_size]
        classes = self.lesson.images.classes[chosen]
        weights = self.lesson.weights[classes]
        loss, right = self._step(self.inputs(epoch, at, chosen), classes, weights)
        weight = float(weights.sum())
        return Sums(loss=float(loss) * weight, weight=weight, right=int(right), judged=len(chosen))

    def _shuffled(self, epoch: int) -> NDArray[np.intp]:
        return np.random.default_rng((self.options.seed, epoch)).permutation(len(self.lesson.images))

    def _learn(self, inputs: Any, classes: Any, weights: Any) -> tuple[Any, Any]:
        values = [variable.value for variable in self._variables]
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(values)
            logits = self.forward(inputs)
            loss = _mean_loss(logits, classes, weights)
        self.optimizer.apply(tape.gradient(loss, values))
        return loss, _right(logits, classes)

    @property
    @abstractmethod
    def shown(self) -> tf.TensorSpec:
        """What `inputs` returns, of any number of images."""

    @abstractmethod
    def inputs(self, epoch: int, at: int, chosen: NDArray[np.intp]) -> Any:
        """Return what the network is shown of the images chosen (B,) for a step of an epoch."""

    @abstractmethod
    def forward(self, inputs: Any) -> Any:
        """Return logits (B, C), with dropout."""

    @abstractmethod
    def judge(self) -> Floats:
        """Return how likely each class is for the held-out images (N, C), by the present weights."""


class HeadStage(Stage):
    """Trains the head on features that were computed once.

    Args:
        network: A network with a frozen base.
        features: Of the images to learn from, row by row.
        held_out: Of the held-out images, row by row.
        lesson: As `Stage`.
        options: As `Stage`.
        steps: As `Stage`.
    """

    def __init__(
        self,
        network: Network,
        features: Features,
        held_out: Features,
        lesson: Lesson,
        options: "Options",
        steps: int,
    ) -> None:
        super().__init__(lesson, options, options.learning_rate, steps)
        self._network, self._features, self._held_out = network, features, held_out
        one_view = tf.TensorSpec((None, features.values.shape[-1]), tf.float32)
        self._pieces: Pieces | None = None
        self._live: NDArray[np.intp] | None = None
        self._views: Any = None
        self._ahead = False
        self._judged = tf.function(
            lambda batch: tf.nn.softmax(network.head(batch, training=False)), input_signature=[one_view]
        )

    @property
    def shown(self) -> tf.TensorSpec:
        """Places (B,) of views that are held in memory; else their features (B, D)."""
        if self._views is not None:
            return tf.TensorSpec((None,), tf.int64)
        return tf.TensorSpec((None, self._features.values.shape[-1]), self._features.values.dtype)

    def inputs(self, epoch: int, at: int, chosen: NDArray[np.intp]) -> Any:
        """Return which views are shown, or their features; the views of an image take turns from epoch to epoch."""
        views = self._features.values.shape[1]
        rows, turn = self._features.rows[chosen], (chosen + epoch) % views
        return rows * views + turn if self._views is not None else self._features.values[rows, turn]

    def begin(self, variables: list[keras.Variable]) -> None:
        """Make ready: the features in memory if they are not too many, a large matrix that reads them in pieces."""
        hidden = self._network.hidden
        views = self._features.values.reshape(-1, self._features.values.shape[-1])
        if hidden is not None and pays(hidden.kernel):
            self._live = self._features.live()
            self._pieces = Pieces(hidden.kernel, self._live)
            variables = [*self._pieces.variables, *(one for one in variables if one is not hidden.kernel)]
        if views.nbytes <= IN_MEMORY:
            self._views = tf.constant(views if self._live is None else np.take(views, self._live, 1))
        super().begin(variables)

    def learn(self, step: int) -> Sums:
        """Do a step; where there are pieces, they are ahead of their matrix then."""
        self._ahead = self._pieces is not None
        return super().learn(step)

    def settle(self) -> None:
        """Join the pieces, unless they are no longer ahead: the matrix may have been given its best values since."""
        if self._pieces is not None and self._ahead:
            self._pieces.join()
            self._ahead = False

    def _learn(self, inputs: Any, classes: Any, weights: Any) -> tuple[Any, Any]:
        if self._pieces is None:
            return super()._learn(inputs, classes, weights)
        inputs = self._seen(inputs)
        product = self._pieces.product(inputs)
        others = [variable.value for variable in self._variables[len(self._pieces.variables) :]]
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch([product, *others])
            logits = self._network.after(product)
            loss = _mean_loss(logits, classes, weights)
        gradient, *gradients = tape.gradient(loss, [product, *others])
        self.optimizer.apply([*self._pieces.gradients(inputs, gradient), *gradients])
        return loss, _right(logits, classes)

    def forward(self, inputs: Any) -> Any:
        """Return what the head says."""
        return self._network.head(self._seen(inputs), training=True)

    def _seen(self, inputs: Any) -> Any:
        """Return the features (B, D), with pieces those that they learn from; they may be kept in half precision."""
        if self._views is not None:
            return tf.cast(tf.gather(self._views, inputs), tf.float32)
        return tf.cast(inputs if self._live is None else tf.gather(inputs, self._live, axis=1), tf.float32)

    def judge(self) -> Floats:
        """Judge the held-out images by their features."""
        self.settle()
        rows, found = self._held_out.rows, np.empty((len(self._held_out.rows), len(self.lesson.weights)), np.float32)
        for at in range(0, len(rows), JUDGED):
            found[at : at + JUDGED] = self._judged(self._held_out.values[rows[at : at + JUDGED], 0])
        return found


class TopStage(Stage):
    """Trains the last layers of the base and the head on fresh views of the images.

    Args:
        network: A network, some layers of whose base are to be trained.
        alter: Makes the views; None for the images themselves.
        lesson: As `Stage`.
        options: As `Stage`.
        steps: As `Stage`.
    """

    def __init__(self, network: Network, alter: Alter | None, lesson: Lesson, options: "Options", steps: int) -> None:
        super().__init__(lesson, options, options.fine_tune_learning_rate, steps)
        self._network, self._alter = network, alter
        self._coming: tuple[int, int, Iterator[Any]] = (-1, -1, iter(()))

    @property
    def shown(self) -> tf.TensorSpec:
        """Images (B, S, S, 3)."""
        return tf.TensorSpec((None, *self._network.trunk.input.shape[1:]), tf.float32)

    def inputs(self, epoch: int, at: int, chosen: NDArray[np.intp]) -> Any:
        """Return images (B, S, S, 3)."""
        if self._coming[:2] != (epoch, at):
            self._coming = (epoch, at, self._batches(epoch, at))
        images = next(self._coming[2])[0][0]
        self._coming = (epoch, at + 1, self._coming[2])
        return images

    def _batches(self, epoch: int, at: int) -> Iterator[Any]:
        """Return the batches of an epoch from one on."""
        size, side = self.options.batch_size, self._network.trunk.input.shape[1]
        paths = self.lesson.images.take(self._order(epoch)).paths
        alter, before = self._alter, UNSEEN + epoch * self.per_epoch
        altered = None if alter is None else lambda images, number: alter(images, number + before)
        return iter(pipeline(paths, side, size, altered, start=at * size))

    def forward(self, inputs: Any) -> Any:
        """Return what base and head say; the base as in use, its BatchNorm and its chance of dropping layers, too."""
        return self._network.head(self._network.trunk(inputs, training=False), training=True)

    def judge(self) -> Floats:
        """Judge the held-out images themselves."""
        return judge(self._network.whole, self.lesson.held_out.paths)[0]


def _mean_loss(logits: Any, classes: Any, weights: Any) -> Any:
    """Return the mean cross-entropy of logits (B, C), each image counted with its weight (B,)."""
    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(classes, logits)
    return tf.reduce_sum(losses * weights) / tf.reduce_sum(weights)


def _right(logits: Any, classes: Any) -> Any:
    """Return how many images are taken for what they are."""
    return tf.math.count_nonzero(tf.argmax(logits, -1, classes.dtype) == classes)
