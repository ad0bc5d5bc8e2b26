"""What this computer trains Keras models on."""

import os
from dataclasses import dataclass

import psutil
import tensorflow as tf


@dataclass(frozen=True)
class Device:
    """Where tensors are computed.

    Attributes:
        name: ``cpu`` or ``cuda``.
        precision: ``fp32``; see `workbench.engine.keras.bases` for why nothing less.
        threads: CPU threads in use.
    """

    name: str
    precision: str
    threads: int


def probe() -> Device:
    """Find the device, use the physical cores, and take memory of a GPU only as it is needed.

    Call it before anything is computed: TensorFlow takes these settings once.
    """
    threads = psutil.cpu_count(logical=False) or os.cpu_count() or 1
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    cards = tf.config.list_physical_devices("GPU")
    for card in cards:
        tf.config.experimental.set_memory_growth(card, True)
    return Device("cuda" if cards else "cpu", "fp32", threads)
