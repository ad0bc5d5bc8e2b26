"""The network of a run: a base without its top, and a small head that makes classes of what it sees.

The head is the classic one: what the base puts out, flattened or pooled, a hidden layer with ReLU, dropout, softmax.
"""

from typing import TYPE_CHECKING, Any

import keras
from keras import layers

if TYPE_CHECKING:
    from workbench.tasks.keras_image_classification import Options

HIDDEN, LOGITS = "head_hidden", "head_logits"
"""Names of the hidden layer, and of the one before the softmax."""


class Network:
    """A base with a fresh head.

    Args:
        base: Images (N, S, S, 3) of 0 to 255 to (N, h, w, channels); it is frozen here.
        classes: How many there are.
        options: Settings of the task.

    Attributes:
        trunk: Images to what the head reads (N, D).
        head: That to logits (N, classes).
        whole: Images to probabilities (N, classes); its layers are those of the other two.
        hidden: The first layer of the head, if it has a hidden one.
    """

    def __init__(self, base: keras.Model, classes: int, options: "Options") -> None:
        base.trainable = False
        self.base = base
        flat = layers.Flatten if options.head == "flatten" else layers.GlobalAveragePooling2D
        self.trunk = keras.Model(base.input, flat(name="head_features")(base.output), name="trunk")
        self.head = _head(self.trunk.output.shape[-1], classes, options)
        self.hidden = self.head.get_layer(HIDDEN) if options.dense_units else None
        out = self.trunk.output
        for layer in self.head.layers[1:]:
            out = layer(out)
        self.whole = keras.Model(base.input, layers.Softmax(name="head_probabilities")(out), name="classifier")

    def after(self, product: Any) -> Any:
        """Return logits (N, classes) from what comes out of the hidden layer's matrix (N, units), with dropout."""
        assert self.hidden is not None
        out = self.hidden.activation(product + self.hidden.bias.value)
        for layer in self.head.layers[2:]:
            out = layer(out, training=True) if isinstance(layer, layers.Dropout) else layer(out)
        return out

    def unfreeze(self, count: int) -> list[keras.Variable]:
        """Make the last layers of the base trainable that have weights, and return these weights.

        BatchNorm is passed over: it keeps the mean and deviation of the many images that the base has seen, which small
        batches would spoil (https://keras.io/guides/transfer_learning).
        """
        weighted = [
            layer for layer in self.base.layers if layer.weights and not isinstance(layer, layers.BatchNormalization)
        ]
        chosen = weighted[len(weighted) - min(count, len(weighted)) :]
        for layer in chosen:
            layer.trainable = True
        return [variable for layer in chosen for variable in layer.trainable_variables]


def _head(width: int, classes: int, options: "Options") -> keras.Model:
    first, second = (keras.initializers.GlorotUniform(seed=options.seed + place) for place in range(2))
    inputs = x = keras.Input((width,))
    if options.dense_units:
        x = layers.Dense(options.dense_units, "relu", kernel_initializer=first, name=HIDDEN)(x)
    x = layers.Dropout(options.dropout, seed=options.seed, name="head_dropout")(x)
    x = layers.Dense(classes, kernel_initializer=second, name=LOGITS)(x)
    return keras.Model(inputs, x, name="head")
