import json
import struct
from pathlib import Path

CONFIG = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "num_hidden_layers": 1,
    "hidden_size": 4,
    "vocab_size": 10,
    "max_position_embeddings": 64,
}
NONE: dict[str, tuple[int, int]] = {}
SHAPES = {"model.embed_tokens.weight": (10, 4), "model.layers.0.self_attn.q_proj.weight": (4, 4)}


KEYS = {"model.layers.0.self_attn.k_proj.weight": (4, 4), "model.layers.0.self_attn.v_proj.weight": (4, 4)}
"""What a model must have besides for adapters that scale keys and values."""


def write_model(folder: Path, more: dict[str, tuple[int, int]] = NONE, **config: object) -> Path:
    """Write the files of a model that has a readable header and zeros for weights."""
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps({**CONFIG, **config}), "utf-8")
    header, end = {}, 0
    for name, shape in {**SHAPES, **more}.items():
        size = 2 * shape[0] * shape[1]
        header[name] = {"dtype": "BF16", "shape": shape, "data_offsets": [end, end + size]}
        end += size
    encoded = json.dumps(header).encode()
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", len(encoded)) + encoded + bytes(end))
    return folder
