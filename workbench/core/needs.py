"""What some settings need of the computer: found out without a heavy library, told in one sentence."""

from importlib.util import find_spec
from typing import Literal

from workbench.core.hardware import has_nvidia_gpu
from workbench.core.i18n import tr

Need = Literal["", "few-bits"]
"""``few-bits``: weights held in 8 or 4 bits."""


def lack(need: Need) -> str:
    """Return why this computer does not have what a setting needs; "" if it does."""
    if not need:
        return ""
    if not has_nvidia_gpu():
        return tr("Needs an NVIDIA GPU on Linux, and none is found here.")
    if find_spec("bitsandbytes") is None:
        return tr("Needs the package bitsandbytes: run the set-up again, which brings it along for an NVIDIA GPU.")
    return ""
