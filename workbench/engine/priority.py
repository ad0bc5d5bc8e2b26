"""Leaving the processor to whoever sits at the window."""

import os

import psutil

NICE = 10


def lower() -> None:
    """Let this process use what others leave: alone it is as fast as ever, and a window beside it stays awake."""
    process = psutil.Process()
    process.nice(max(NICE, int(process.nice())) if os.name == "posix" else psutil.BELOW_NORMAL_PRIORITY_CLASS)
