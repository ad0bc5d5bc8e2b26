"""Tiny image classifiers of several families, and images of which one half is bright."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from transformers import (
    ConvNextConfig,
    ConvNextForImageClassification,
    DeiTConfig,
    DeiTForImageClassification,
    SwinConfig,
    SwinForImageClassification,
    ViTConfig,
    ViTForImageClassification,
    ViTImageProcessorPil,
)

from workbench.core.datasets.importer import import_file
from workbench.core.project import Project

SIDE = 16
LABELS = ["left", "right"]


def make(family: str = "vit") -> Any:
    """Make one with the head of three other classes."""
    torch.manual_seed(0)
    size: dict[str, Any] = {"image_size": SIDE, "num_labels": 3, "initializer_range": 0.2}
    if family in ("vit", "deit"):
        blocks = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}
        if family == "vit":
            return ViTForImageClassification(ViTConfig(**size, **blocks, patch_size=4))
        return DeiTForImageClassification(DeiTConfig(**size, **blocks, patch_size=4))
    if family == "swin":
        stages = {"embed_dim": 8, "depths": [1, 1], "num_heads": [2, 2], "window_size": 2, "patch_size": 2}
        return SwinForImageClassification(SwinConfig(**size, **stages))
    return ConvNextForImageClassification(ConvNextConfig(**size, hidden_sizes=[8, 16], depths=[1, 1], num_stages=2))


def save(folder: Path, family: str = "vit") -> Path:
    make(family).save_pretrained(folder)
    ViTImageProcessorPil(size={"height": SIDE, "width": SIDE}).save_pretrained(folder)
    return folder


def picture(side: str, number: int) -> Image.Image:
    """Return an image of noise whose left or right half is brighter."""
    noise = np.random.default_rng(number).integers(0, 128, (20, 24, 3), np.uint8)
    half = slice(0, 12) if side == "left" else slice(12, 24)
    noise[:, half] += 100
    return Image.fromarray(noise)


def write_halves(project: Project, folder: Path, *, count: int = 12) -> Path:
    """Import images of both kinds as “halves”, a quarter held out; returns the folder that they came from."""
    source = folder / "halves"
    for place, label in enumerate(LABELS):
        (source / label).mkdir(parents=True)
        for number in range(count):
            picture(label, 100 * place + number).save(source / label / f"{number}.png")
    import_file(project, source, kind="image-folder", name="halves", split=0.25)
    return source
