"""What the computer must bring along, checked before anything is downloaded, each lack as one sentence."""

import ctypes
import importlib.util
import os
import shutil
import sys
from pathlib import Path

from setup_texts import say

NEEDED_GB = 6.0
"""Disk space for the packages with a CPU build of PyTorch (4 GB with TensorFlow), their downloads and the starters."""

QT_LIBRARIES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libX11.so.6": "libx11-6",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libfontconfig.so.1": "libfontconfig1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libglib-2.0.so.0": "libglib2.0-0",
}
"""What Qt needs to be loaded at all, with the Debian package of each."""

X11_LIBRARIES = {
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}
"""What Qt needs beyond that for a window under X11."""


class Problem(Exception):
    """An obstacle that a person can remove: one sentence that says what to do."""


def check_disk(folder: Path, needed_gb: float) -> None:
    """Raise a `Problem` unless there is room for everything."""
    free = shutil.disk_usage(folder).free / 1e9
    if free < needed_gb:
        raise Problem(
            say(
                "little space",
                folder=folder,
                needed=f"{needed_gb:.3g}",
                free=f"{free:.1f}",
            )
        )


def check_venv() -> None:
    """Raise a `Problem` unless this Python can make virtual environments."""
    missing = [name for name in ("venv", "ensurepip") if importlib.util.find_spec(name) is None]
    if missing:
        raise Problem(say("no venv"))


def has_display() -> bool:
    """Return whether there is a screen to open a window on."""
    return not sys.platform.startswith("linux") or any(map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY")))


def has_nvidia_gpu() -> bool:
    """Return whether the driver of an NVIDIA GPU is at work, as ``workbench.core.hardware`` sees it (WSL too)."""
    return any(Path("/dev").glob("nvidia[0-9]*")) or Path("/usr/lib/wsl/lib/libcuda.so.1").exists()


def missing_packages(libraries: dict[str, str]) -> list[str]:
    """Return the Debian packages of those libraries that cannot be loaded (none on other systems)."""
    return [package for library, package in libraries.items() if not _loads(library)]


def _loads(library: str) -> bool:
    if not sys.platform.startswith("linux"):
        return True
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def check_libraries(*, x11: bool) -> None:
    """Raise a `Problem` that names the Debian packages that Qt lacks on this computer."""
    missing = missing_packages({**QT_LIBRARIES, **(X11_LIBRARIES if x11 else {})})
    if missing:
        raise Problem(
            say(
                "no libraries",
                packages=" ".join(missing),
            )
        )


def virtual_display() -> list[str]:
    """Return what to put before a command so that it has a screen: nothing where there is one.

    Raises:
        Problem: There is neither a screen nor Xvfb.
    """
    if has_display():
        return []
    if shutil.which("xvfb-run") is None:
        raise Problem(say("no xvfb"))
    return ["xvfb-run", "-a", "-s", "-screen 0 1366x768x24"]
