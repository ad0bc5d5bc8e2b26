"""What this computer trains on, and in which precision."""

import ctypes
import random
import sys
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil
import torch

from workbench.core import hardware

LARGE = 4 * 2**20
"""Bytes from which on the memory of a tensor goes back to the system as soon as it is free."""

MMAP_THRESHOLD = -3
"""What glibc's malloc.h calls ``M_MMAP_THRESHOLD``."""


@dataclass(frozen=True)
class Device:
    """Where and how tensors are computed.

    Attributes:
        name: ``cpu`` or ``cuda``.
        precision: ``bf16`` where the hardware computes in it, else ``fp32``.
        threads: CPU threads in use.
    """

    name: str
    precision: str
    threads: int

    @property
    def dtype(self) -> torch.dtype:
        """The type in which frozen weights are held."""
        return torch.bfloat16 if self.precision == "bf16" else torch.float32


def probe(precision: str = "auto") -> Device:
    """Find the device and use the physical cores.

    Args:
        precision: ``auto``, ``bf16`` or ``fp32``.
    """
    _give_back_memory()
    threads = hardware.threads()
    torch.set_num_threads(threads)
    name = "cuda" if torch.cuda.is_available() else "cpu"
    if precision == "auto":
        fast = torch.cuda.is_bf16_supported() if name == "cuda" else hardware.has_bf16()
        precision = "bf16" if fast else "fp32"
    return Device(name, precision, threads)


def _give_back_memory() -> None:
    """Keep glibc from raising that bound to 32 MiB, with which a step takes up to half as much memory again.

    Measured with SmolLM2-135M: steps of 8 x 128 tokens take as long, those of 16 x 256 a fourth longer, as new memory
    is filled with zeros; with gradient checkpointing these need 3.3 GB in place of 5.2.
    """
    if sys.platform == "linux" and hasattr(ctypes.CDLL(None), "mallopt"):
        ctypes.CDLL(None).mallopt(MMAP_THRESHOLD, LARGE)


def seed_everything(seed: int) -> None:
    """Seed Python, numpy and torch."""
    random.seed(seed)
    np.random.seed(seed % 2**32)
    torch.manual_seed(seed)


def autocast(device: Device) -> AbstractContextManager[None]:
    """Compute matrix products in the device's precision inside this context."""
    return torch.autocast(device.name, torch.bfloat16, enabled=device.precision == "bf16")


def memory_mb(device: Device) -> float:
    """Return the memory in use in MiB: of the GPU, or the resident memory of this process."""
    used = torch.cuda.max_memory_allocated() if device.name == "cuda" else psutil.Process().memory_info().rss
    return float(used) / 2**20


def peak(device: Device) -> float:
    """Return the most bytes that were in use so far: of the GPU, or of resident memory by this process."""
    if device.name == "cuda":
        return float(torch.cuda.max_memory_allocated())
    status = Path("/proc/self/status")
    if status.exists():  # what getrusage tells may be the peak of the process that started this one
        lines = dict(line.split(":", 1) for line in status.read_text("utf-8").splitlines() if ":" in line)
        return float(lines["VmHWM"].split()[0]) * 1024
    info = psutil.Process().memory_info()
    return float(getattr(info, "peak_wset", info.rss))
