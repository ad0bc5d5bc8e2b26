from typing import Any

import pytest

from workbench.core import vision_models


@pytest.mark.parametrize(
    ("config", "side", "patches", "layers", "width"),
    [
        ({"image_size": 224, "patch_size": 16, "num_hidden_layers": 12, "hidden_size": 768}, 224, 197, 12, 768),
        ({"image_size": [224, 160], "patch_size": [32, 32], "num_hidden_layers": 1, "hidden_size": 8}, 224, 50, 1, 8),
        ({"image_size": {"height": 32, "width": 32}, "patch_size": 8}, 32, 17, 0, 0),
        ({"image_size": 224, "patch_size": 4, "depths": [2, 2, 6, 2], "hidden_size": 768}, 224, 197, 12, 768),
        ({"image_size": 224, "patch_size": 4, "depths": [3, 3], "hidden_sizes": [96, 192]}, 224, 197, 6, 192),
        ({"num_hidden_layers": 30, "hidden_size": 576}, 0, 0, 30, 576),
        ({}, 0, 0, 0, 0),
    ],
    ids=["vit", "oblong", "by name", "swin", "convnext", "no images", "nothing"],
)
def test_sizes_by_hand(config: dict[str, Any], side: int, patches: int, layers: int, width: int) -> None:
    found = (f(config) for f in (vision_models.side, vision_models.patches, vision_models.layers, vision_models.width))
    assert tuple(found) == (side, patches, layers, width)
