"""What this computer can do, as far as it can be told without a library."""

from pathlib import Path


def has_bf16() -> bool:
    """Return whether the processor multiplies bf16 in hardware; without it bf16 would be slower than fp32.

    Only Linux lists the abilities of a processor in a file; elsewhere the answer is no.
    """
    info = Path("/proc/cpuinfo")
    words = set(info.read_text("utf-8", errors="replace").split()) if info.exists() else set()
    return bool(words & {"avx512_bf16", "amx_bf16"})
