"""Turns the pickled checkpoint of the starter image model into safetensors, in a process of its own.

``python -m workbench.engine.starter_cnn CHECKPOINT TARGET NAME``: only tensors are read from the checkpoint, nothing in
it is run. Names and shapes stay as they are; `workbench.engine.keras.efficientnet_lite0` reads them.
"""

import json
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file

MEANINGLESS = "num_batches_tracked"
"""How many batches torch normalised; of no use to a trained model."""


def convert(checkpoint: Path, target: Path, name: str) -> None:
    """Write the weights and a small ``config.json`` that says what they are into ``target``."""
    stored: dict[str, torch.Tensor] = torch.load(checkpoint, map_location="cpu", weights_only=True)
    kept = {key: weight.contiguous() for key, weight in stored.items() if not key.endswith(MEANINGLESS)}
    save_file(kept, target / "model.safetensors")
    config = {"model_type": name, "library": "keras"}
    (target / "config.json").write_text(json.dumps(config, indent=2), "utf-8")


if __name__ == "__main__":
    convert(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
