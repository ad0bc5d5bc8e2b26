"""What the configuration of an image model tells of its size, whatever its family calls it."""

from collections.abc import Mapping
from typing import Any

STEP = 16
"""Pixels of one side of a patch, where the patches grow from stage to stage (Swin, ConvNeXt): the usual middle."""


def side(config: Mapping[str, Any]) -> int:
    """Return the length in pixels of the images that it is made for, the longer one; 0 if it is not known."""
    return _longest(config.get("image_size"))


def patches(config: Mapping[str, Any]) -> int:
    """Return how many tokens an image is, the one that stands for all of it included; 0 if it is not known."""
    step = STEP if "depths" in config else _longest(config.get("patch_size")) or STEP
    return (side(config) // step) ** 2 + 1 if side(config) else 0


def layers(config: Mapping[str, Any]) -> int:
    """Return the number of its layers."""
    return int(config.get("num_hidden_layers") or sum(config.get("depths", ())))


def width(config: Mapping[str, Any]) -> int:
    """Return how wide its layers are; of stages, the last one."""
    return int(config.get("hidden_size") or max(config.get("hidden_sizes", (0,))))


def _longest(size: Any) -> int:
    """Return a length that is given as a number, or as one a side."""
    if isinstance(size, Mapping):
        size = list(size.values())
    return max(size, default=0) if isinstance(size, list | tuple) else int(size or 0)
