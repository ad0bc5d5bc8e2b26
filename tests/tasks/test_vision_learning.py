from pathlib import Path

import pytest
import torch
from transformers import ViTConfig, ViTForImageClassification, ViTImageProcessorPil

from tests.engine.tiny import metrics, train
from workbench.core import starters
from workbench.core.datasets.importer import import_file
from workbench.core.project import Project

GOAL = 0.9
"""Share of 359 digits. Measured: 0.96, from 0.10 before (45 s of processor time, bf16)."""


@pytest.mark.slow
def test_a_small_vision_transformer_learns_digits_from_nothing(project: Project, tmp_path: Path) -> None:
    torch.manual_seed(0)
    size = {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 4, "num_attention_heads": 4}
    ViTForImageClassification(ViTConfig(image_size=32, patch_size=8, **size)).save_pretrained(tmp_path / "vit")
    ViTImageProcessorPil(size={"height": 32, "width": 32}).save_pretrained(tmp_path / "vit")
    import_file(project, starters.get("digits"), kind="image-folder", name="digits", split=0.2)
    how = {"adapter": "full", "epochs": 12, "batch_size": 32, "learning_rate": 1e-3, "augmentation": "none"}
    run = train(project, "image-classification", "digits", model=str(tmp_path / "vit"), **how)
    accuracy = metrics(run)["eval/accuracy"]
    assert accuracy[0] < 0.2
    assert max(accuracy.values()) >= GOAL
    assert run.result_info()["metrics"]["eval/accuracy"] == max(accuracy.values())
