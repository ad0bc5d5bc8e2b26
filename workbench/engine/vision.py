"""Images into classes: how an image becomes numbers, and how sure a trained classifier is of each class.

An image is read once and brought to the size of the model as whole numbers (prepared); only what comes after that, a
crop and the scaling of the numbers, is done anew each time.
"""

import random
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import torch
from numpy.typing import NDArray
from PIL import Image
from transformers import AutoConfig, AutoImageProcessor, ViTImageProcessorPil

from workbench.core.datasets.image_rows import WORKERS
from workbench.core.datasets.images import BadImage, load_image
from workbench.core.datasets.kinds import Row
from workbench.core.errors import UserError
from workbench.core.i18n import tr
from workbench.core.project import Project
from workbench.core.registry import Verdict
from workbench.engine.device import Device, autocast
from workbench.engine.models import lineage, load_run

TASK = "image-classification"
TOGETHER = 32
"""Images that are judged at the same time."""

MOST_KEPT = 2**31
"""Bytes of prepared images that are kept in memory at most; a quarter of what is free if that is less."""

SMALLEST_CROP = 0.8
"""Side of the smallest random crop, as a share of the image's."""

Picture = NDArray[np.uint8]
"""A prepared image (height, width, 3)."""


def load_processor(folder: Path) -> Any:
    """Load the image processor of a model; one that comes without has what is usual for its size."""
    if (folder / "preprocessor_config.json").exists():
        return AutoImageProcessor.from_pretrained(folder, local_files_only=True, backend="pil")
    size = AutoConfig.from_pretrained(folder, local_files_only=True).image_size
    height, width = (size, size) if isinstance(size, int) else size
    return ViTImageProcessorPil(size={"height": height, "width": width})


@dataclass(frozen=True)
class Crop:
    """A part of an image as shares of its sides, perhaps mirrored."""

    left: float
    top: float
    side: float
    mirrored: bool

    @classmethod
    def draw(cls, *, mirror: bool) -> "Crop":
        """Draw one at random, of Python's own generator, whose state belongs to a checkpoint."""
        side = random.uniform(SMALLEST_CROP, 1.0)
        left, top = random.uniform(0, 1 - side), random.uniform(0, 1 - side)
        return cls(left, top, side, mirror and random.random() < 1 / 2)

    def of(self, picture: Picture) -> Picture:
        """Return this part of a picture, as large as the whole."""
        image = Image.fromarray(picture)
        width, height = image.size
        left, top = self.left * width, self.top * height
        box = (left, top, left + self.side * width, top + self.side * height)
        cut = image.resize((width, height), Image.Resampling.BILINEAR, box=box)
        return np.asarray(cut.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if self.mirrored else cut)


class Eye:
    """Makes a model's inputs of images.

    Args:
        processor: The image processor of the model.

    Raises:
        UserError: It does something of its own between the two steps.
    """

    def __init__(self, processor: Any) -> None:
        self._processor = processor
        picture = Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 48, 3), np.uint8))
        whole = processor([picture], return_tensors="pt")["pixel_values"]
        if not torch.allclose(self.pixels([self._prepare(picture)], "cpu"), whole, atol=1e-4):
            raise UserError(tr("The images of this model are made ready in a way that is not known. Choose another."))

    def prepared(self, path: Path) -> Picture:
        """Read an image and bring it to the size of the model.

        Raises:
            BadImage: It cannot be read.
        """
        return self._prepare(load_image(path))

    def _prepare(self, image: Image.Image) -> Picture:
        found = self._processor([image], do_rescale=False, do_normalize=False, return_tensors="np")["pixel_values"][0]
        return np.ascontiguousarray(found.transpose(1, 2, 0).astype(np.uint8))

    def pixels(self, pictures: Sequence[Picture], device: str) -> torch.Tensor:
        """Return the model's inputs (B, 3, height, width) of B prepared images."""
        whole = torch.from_numpy(np.stack(pictures)).to(device).permute(0, 3, 1, 2).float()
        scale, shift = self._scaling
        return whole * scale.to(device) + shift.to(device)

    @cached_property
    def _scaling(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Return by what numbers from 0 to 255 are multiplied and what is added, both (3, 1, 1)."""
        its = self._processor
        factor = its.rescale_factor if its.do_rescale else 1.0
        mean, deviation = (its.image_mean, its.image_std) if its.do_normalize else ([0.0] * 3, [1.0] * 3)
        by = torch.tensor(deviation).view(3, 1, 1)
        return factor / by, -torch.tensor(mean).view(3, 1, 1) / by


class Pictures:
    """Prepared images: kept in memory as far as there is room, the others read anew each time.

    Args:
        eye: Prepares them.
        paths: Files of the images.

    Attributes:
        bad: Why images cannot be used, by their place in ``paths``.
    """

    def __init__(self, eye: Eye, paths: Sequence[Path]) -> None:
        self._eye, self._paths = eye, list(paths)
        self._kept: dict[int, Picture] = {}
        self.bad: dict[int, str] = {}
        left = min(MOST_KEPT, psutil.virtual_memory().available // 4)
        with ThreadPoolExecutor(WORKERS) as pool:
            for place, found in enumerate(pool.map(self._try, self._paths)):
                if isinstance(found, str):
                    self.bad[place] = found
                elif found.nbytes <= left:
                    self._kept[place] = found
                    left -= found.nbytes

    def _try(self, path: Path) -> Picture | str:
        try:
            return self._eye.prepared(path)
        except BadImage as bad:
            return str(bad)

    def get(self, places: Sequence[int], crops: Sequence[Crop] = ()) -> list[Picture]:
        """Return some of them, cut as ``crops`` say where there are any."""

        def one(number: int) -> Picture:
            place = places[number]
            picture = self._kept[place] if place in self._kept else self._eye.prepared(self._paths[place])
            return crops[number].of(picture) if crops else picture

        with ThreadPoolExecutor(WORKERS) as pool:
            return list(pool.map(one, range(len(places))))


class ImageClassifier:
    """A finished ``image-classification`` run, ready to judge images.

    Args:
        model: An image classifier in evaluation mode.
        eye: Makes its inputs.
        labels: Its classes, in the order of its logits.
        device: Where it computes.

    Attributes:
        labels: As given.
    """

    def __init__(self, model: Any, eye: Eye, labels: list[str], device: Device) -> None:
        self.model, self.labels = model, labels
        self._eye, self._device = eye, device

    @classmethod
    def load(cls, project: Project, run_id: str, device: Device) -> "ImageClassifier":
        """Load the result of a run.

        Raises:
            UserError: There is no such run, or it has no result yet.
        """
        run = project.run(run_id)
        lineage(project, run.id)  # says so when there is no result
        model, processor = load_run(project, run.id, "", device)
        return cls(model, Eye(processor), run.result_info()["labels"], device)

    @torch.inference_mode()
    def probabilities(
        self, rows: Sequence[Row], progress: Callable[[float], None] = lambda share: None
    ) -> NDArray[np.float64]:
        """Return how likely each class is for each row, (rows, classes).

        Args:
            rows: Each has the path of an ``image``.
            progress: Told the share of the rows that is done, from 0 to 1.

        Raises:
            UserError: An image cannot be read.
        """
        found = np.zeros((len(rows), len(self.labels)))
        with ThreadPoolExecutor(WORKERS) as pool:
            for start in range(0, len(rows), TOGETHER):
                block = rows[start : start + TOGETHER]
                pictures = list(pool.map(self._see, block))
                with autocast(self._device):
                    logits = self.model(pixel_values=self._eye.pixels(pictures, self._device.name)).logits
                found[start : start + len(block)] = logits.double().softmax(-1).cpu().numpy()
                progress((start + len(block)) / len(rows))
        return found

    def _see(self, row: Row) -> Picture:
        try:
            return self._eye.prepared(Path(row["image"]))
        except BadImage as bad:
            raise UserError(tr("The image {path} cannot be used.", path=row["image"]), str(bad)) from bad

    def verdicts(self, rows: Sequence[Row], progress: Callable[[float], None] = lambda share: None) -> list[Verdict]:
        """Return what each row is taken for; as `probabilities`."""
        return [
            Verdict(label=self.labels[int(np.argmax(share))], scores=dict(zip(self.labels, share, strict=True)))
            for share in self.probabilities(rows, progress).tolist()
        ]
