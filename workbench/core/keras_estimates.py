"""What a run of Keras image classification will need: most of its time goes into one look of the base at every image.

Letters: N images to learn from, H held-out ones, V views of each, B images of a batch, P parameters of the head.
"""

import math
from collections.abc import Mapping
from typing import Any

from workbench.core.estimates import Estimate, Machine
from workbench.core.hardware import has_bf16
from workbench.core.i18n import tr
from workbench.core.keras_bases import BASES, LABELS, KerasBase
from workbench.core.models import ModelInfo

LIBRARIES = 620e6
"""Bytes of a process that has loaded TensorFlow and Keras."""

START = 15.0
"""Seconds until the first image: process, imports, base."""

MOVED = 80
"""Operations in whose time a value that a layer puts out is written and read again."""

# Measured with batches of 32 on 2 cores (270e9 operations a second), an image: VGG16 103 ms, ResNet50V2 32 ms,
# MobileNetV2 7.6 ms, MobileNetV3Small 2.8 ms, EfficientNetV2B0 9.5 ms, EfficientNet-Lite0 6.6 ms, ConvNeXtTiny 64 ms.

HELD = 0.2
"""Share of what the layers put out that is in memory at the same time."""

TOGETHER = 32
"""Images that the base sees at the same time; see `workbench.engine.keras.features`."""

TRAINED = 16
"""Bytes a trained parameter: fp32 weight, gradient and the two moments of Adam."""

STEP, ADAM = 0.003, 6e-9
"""Seconds of a step of the head, and of each of its parameters in it, which Adam fetches from memory and puts back."""

TRAINING = 3
"""How much longer a step of training takes than a look, when all of the base is trained."""


class KerasEstimate(Estimate):
    """What a run of Keras will need."""

    @property
    def warning(self) -> str:
        """A sentence when the memory will not do, else nothing."""
        if self.fits:
            return ""
        return tr("That is more memory than is free now. Choose a smaller base, smaller images or a smaller batch.")


def estimate(
    info: ModelInfo, rows: int, held_out: int, settings: Mapping[str, Any], machine: Machine
) -> KerasEstimate | None:
    """Reckon what training a head on a base will need; None for a Keras file, of which too little is known.

    Args:
        info: The base.
        rows: Images to learn from.
        held_out: Images to measure on.
        settings: Values of the task's Options.
        machine: This computer.
    """
    base = BASES.get(LABELS.get(info.model_type, ""))
    if base is None or info.path.endswith(".keras"):
        return None
    side = settings["side"] or base.side
    scale = (side / base.side) ** 2
    batch = settings["batch_size"]
    head = _head(base, side, settings)
    share = min(settings["fine_tune_layers"] / base.layers, 1.0)
    epochs, tuned_epochs = settings["epochs"], settings["fine_tune_epochs"] if share else 0.0
    steps = [math.ceil(rows * times / batch) for times in (epochs, tuned_epochs)]
    if settings["max_steps"]:
        steps[0] = min(steps[0], settings["max_steps"])
        steps[1] = min(steps[1], settings["max_steps"] - steps[0])
    look = scale * _look(base, machine) / (base.bf16 if has_bf16() else 1)
    views = 1 + settings["views"] if settings["augmentation"] else 1
    seconds = START + (rows * views + held_out) * look
    seconds += sum(steps) * (STEP + head * (6 * batch / machine.flops + ADAM))
    trained = scale * _look(base, machine) * (1 + (TRAINING - 1) * share)
    seconds += steps[1] * batch * trained + tuned_epochs * held_out * look
    images = TOGETHER * HELD + batch * share
    parts = {
        tr("Libraries"): LIBRARIES,
        tr("Model"): base.parameters * 8.0,  # once more as constants of the graph that looks
        tr("Trained weights, gradients and optimiser"): float((head + share * base.parameters) * TRAINED),
        tr("Activations of one batch"): images * base.activations * scale * 4,
    }
    memory = sum(parts.values())
    return KerasEstimate(
        memory=memory,
        parts=parts,
        seconds=seconds,
        steps=sum(steps),
        basis="rule",
        fits=memory <= machine.free,
    )


def _look(base: KerasBase, machine: Machine) -> float:
    """Return the seconds in which a base sees an image of its own side, in fp32."""
    return (2 * base.operations + MOVED * base.activations) / machine.flops


def _head(base: KerasBase, side: int, settings: Mapping[str, Any]) -> int:
    """Return the parameters of the hidden layer, beside which those of the classes are few."""
    places = (side // 32) ** 2 if settings["head"] == "flatten" else 1
    return int(places * base.channels * max(settings["dense_units"], 1))
