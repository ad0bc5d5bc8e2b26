"""What this computer trains Keras models on."""

from dataclasses import dataclass

import psutil
import tensorflow as tf

from workbench.core import hardware


@dataclass(frozen=True)
class Device:
    """Where tensors are computed.

    Attributes:
        name: ``cpu`` or ``cuda``.
        precision: ``fp32``, in which weights are held and trained; see `workbench.engine.keras.bases.fast`.
        threads: CPU threads in use.
    """

    name: str
    precision: str
    threads: int


def probe() -> Device:
    """Find the device, use the physical cores, and take memory of a GPU only as it is needed.

    Call it before anything is computed: TensorFlow takes these settings once.
    """
    threads = hardware.threads()
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    cards = tf.config.list_physical_devices("GPU")
    for card in cards:
        tf.config.experimental.set_memory_growth(card, True)
    return Device("cuda" if cards else "cpu", "fp32", threads)


def memory_mb() -> float:
    """Return the memory in use in MiB: the most so far of the GPU, or the resident memory of this process."""
    if tf.config.list_physical_devices("GPU"):
        return float(tf.config.experimental.get_memory_info("GPU:0")["peak"]) / 2**20
    return float(psutil.Process().memory_info().rss) / 2**20
