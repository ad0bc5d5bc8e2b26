"""What this computer can do, as far as it can be told without a library."""

import os
from pathlib import Path

import psutil


def threads() -> int:
    """Return how many threads compute: as many as there are physical cores, or what ``OMP_NUM_THREADS`` says."""
    wanted = os.environ.get("OMP_NUM_THREADS", "")
    if wanted.isdecimal() and int(wanted):
        return int(wanted)
    return psutil.cpu_count(logical=False) or os.cpu_count() or 1


def has_bf16() -> bool:
    """Return whether the processor multiplies bf16 in hardware; without it bf16 would be slower than fp32.

    Only Linux lists the abilities of a processor in a file; elsewhere the answer is no.
    """
    info = Path("/proc/cpuinfo")
    words = set(info.read_text("utf-8", errors="replace").split()) if info.exists() else set()
    return bool(words & {"avx512_bf16", "amx_bf16"})


def has_nvidia_gpu() -> bool:
    """Return whether the driver of an NVIDIA GPU is at work; nothing is woken up to find out.

    Only Linux (WSL too) shows that as a file, and only there does the index's own PyTorch compute on such a GPU.
    """
    hidden = os.environ.get("CUDA_VISIBLE_DEVICES") in ("", "-1")
    return not hidden and (any(Path("/dev").glob("nvidia[0-9]*")) or Path("/usr/lib/wsl/lib/libcuda.so.1").exists())
