"""EfficientNet-Lite0 in Keras against an implementation in torch that is written here, straight from the weights."""

from pathlib import Path

import numpy as np
import pytest
import sklearn.datasets
import torch
from numpy.typing import NDArray
from PIL import Image
from safetensors.torch import load_file
from torch.nn import functional

from tests.engine.keras import child
from workbench.core import starters

PALACE, DAISY = 698, 985

SIDES = (224, 131)
"""As it was trained, and one that strides do not divide: padding before and after an image changes its part."""

IN_KERAS = """
from pathlib import Path
import keras, numpy
from workbench.engine.keras import bases, efficientnet_lite0
images, weights = sys.argv[1:]
for name, batch in numpy.load(images).items():
    base = bases.build("efficientnet-lite0", side=batch.shape[1])
    features = keras.layers.GlobalAveragePooling2D()(base.output)
    logits = keras.layers.Dense(1000, name="top")(features)
    whole = keras.Model(base.input, [base.output, logits])
    efficientnet_lite0.load(whole, Path(weights))
    told[name] = [output.numpy().tolist() for output in whole(batch, training=False)]
"""

# kernel, stride, expansion of each of the 16 blocks
BLOCKS = [
    *[(3, 1, 1), (3, 2, 6), (3, 1, 6), (5, 2, 6), (5, 1, 6), (3, 2, 6), (3, 1, 6), (3, 1, 6)],
    *[(5, 1, 6), (5, 1, 6), (5, 1, 6), (5, 2, 6), (5, 1, 6), (5, 1, 6), (5, 1, 6), (3, 1, 6)],
]


def photos(side: int) -> NDArray[np.float32]:
    """Return a Chinese palace and a daisy-like flower, cut to squares (2, side, side, 3)."""
    folder = Path(sklearn.datasets.__file__).parent / "images"
    cut = [Image.open(folder / name).crop((100, 0, 527, 427)) for name in ("china.jpg", "flower.jpg")]
    sized = [image.convert("RGB").resize((side, side), Image.Resampling.BICUBIC) for image in cut]
    return np.stack([np.asarray(image, np.float32) for image in sized])


def convolve(x: torch.Tensor, kernel: torch.Tensor, stride: int = 1, groups: int = 1) -> torch.Tensor:
    """Convolve so that ceil(length / stride) remains: what is lacking is added, the odd one after the image."""
    size = kernel.shape[-1]
    padding = []
    for length in reversed(x.shape[2:]):
        lacking = max((-(-length // stride) - 1) * stride + size - length, 0)
        padding += [lacking // 2, lacking - lacking // 2]
    return functional.conv2d(functional.pad(x, padding), kernel, stride=stride, groups=groups)


def in_torch(images: NDArray[np.float32], weights: dict[str, torch.Tensor]) -> list[NDArray[np.float32]]:
    """Return features (N, h, w, 1280) and logits (N, 1000) of images (N, side, side, 3)."""

    def norm(x: torch.Tensor, name: str) -> torch.Tensor:
        mean, variance, scale, shift = (
            weights[f"{name}.{part}"].view(1, -1, 1, 1) for part in ("running_mean", "running_var", "weight", "bias")
        )
        return (x - mean) / torch.sqrt(variance + 1e-3) * scale + shift

    def bend(x: torch.Tensor) -> torch.Tensor:
        return x.clamp(0, 6)

    x = (torch.from_numpy(images).permute(0, 3, 1, 2) - 127) / 128
    x = bend(norm(convolve(x, weights["_conv_stem.weight"], 2), "_bn0"))
    for number, (size, stride, expansion) in enumerate(BLOCKS):
        block, before = f"_blocks.{number}", x
        if expansion > 1:
            x = bend(norm(convolve(x, weights[f"{block}._expand_conv.weight"]), f"{block}._bn0"))
        kernel = weights[f"{block}._depthwise_conv.weight"]
        assert kernel.shape[-1] == size
        x = bend(norm(convolve(x, kernel, stride, groups=x.shape[1]), f"{block}._bn1"))
        x = norm(convolve(x, weights[f"{block}._project_conv.weight"]), f"{block}._bn2")
        x = x + before if x.shape == before.shape else x
    x = bend(norm(convolve(x, weights["_conv_head.weight"]), "_bn1"))
    logits = x.mean((2, 3)) @ weights["_fc.weight"].T + weights["_fc.bias"]
    return [x.permute(0, 2, 3, 1).numpy(), logits.numpy()]


@pytest.fixture(scope="module")
def weights() -> Path:
    return starters.get("efficientnet-lite0") / "model.safetensors"


def test_features_and_logits_are_those_of_torch(weights: Path, tmp_path: Path) -> None:
    images = {str(side): photos(side) for side in SIDES}
    np.savez(tmp_path / "images.npz", **images)
    found = child.run(IN_KERAS, tmp_path / "images.npz", weights)
    stored = load_file(weights)
    for side, batch in images.items():
        for ours, expected in zip(found[side], in_torch(batch, stored), strict=True):
            difference = np.linalg.norm(np.asarray(ours) - expected) / np.linalg.norm(expected)
            assert difference < 1e-4, (side, expected.shape)
    logits = np.asarray(found["224"][1])
    assert logits.argmax(1).tolist() == [PALACE, DAISY]


def test_the_starter_holds_every_weight_and_says_what_it_is(weights: Path) -> None:
    stored = load_file(weights)
    assert sum(weight.numel() for weight in stored.values()) == 3_413_024 + 1280 * 1000 + 1000
    assert not [name for name in stored if "num_batches" in name]
    assert "Apache" in (weights.parent / "LICENSE").read_text("utf-8")
    assert not list(weights.parent.glob("*.pth"))
