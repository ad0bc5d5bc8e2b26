import json
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from workbench.core import models, starters
from workbench.core.errors import UserError
from workbench.core.registry import adapters

CONFIG = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "num_hidden_layers": 2,
    "hidden_size": 8,
    "vocab_size": 20,
    "max_position_embeddings": 64,
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "model"
    path.mkdir()
    (path / "config.json").write_text(json.dumps(CONFIG))
    save_file({"a.weight": np.zeros((4, 8), np.float16), "b": np.zeros(8, np.float16)}, path / "model.safetensors")
    return path


def test_a_folder_tells_what_it_is(folder: Path) -> None:
    info = models.inspect(str(folder))
    assert (info.architecture, info.model_type, info.layers, info.hidden_size) == ("causal-lm", "llama", 2, 8)
    assert (info.parameters, info.bytes_per_parameter, info.vocabulary, info.max_length) == (40, 2.0, 20, 64)
    assert info.shapes == {"a.weight": (4, 8), "b": (8,)}
    assert info.path == str(folder)
    assert not info.chat
    (folder / "chat_template.jinja").write_text("{{ messages }}")
    assert models.inspect(str(folder)).chat


@pytest.mark.parametrize(
    ("config", "architecture"),
    [
        ({"architectures": ["GPT2LMHeadModel"]}, "causal-lm"),
        ({"architectures": ["BertModel"]}, "sequence-classifier"),
        ({"architectures": None}, "sequence-classifier"),
        ({"architectures": ["ViTForImageClassification"], "model_type": "vit", "image_size": 224}, "image-classifier"),
    ],
)
def test_architectures(folder: Path, config: dict[str, object], architecture: str) -> None:
    (folder / "config.json").write_text(json.dumps({**CONFIG, **config}))
    assert models.inspect(str(folder)).architecture == architecture


def pickle_only(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")


def no_weights(folder: Path) -> None:
    (folder / "model.safetensors").unlink()


def a_shard_missing(folder: Path) -> None:
    index = {"weight_map": {"a.weight": "model.safetensors", "c": "model-00002-of-00002.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))


def a_damaged_list_of_shards(folder: Path) -> None:
    (folder / "model.safetensors.index.json").write_text('{"weight_map": ["model')


def cut_off(folder: Path) -> None:
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1])


def cut_in_the_header(folder: Path) -> None:
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:20])


def empty(folder: Path) -> None:
    (folder / "model.safetensors").write_bytes(b"")


def a_pointer_of_git_lfs(folder: Path) -> None:
    (folder / "model.safetensors").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:abc\nsize 12\n")


def a_header_of_another_kind(folder: Path) -> None:
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", 3) + b"[1]")


def code_of_its_own(folder: Path) -> None:
    (folder / "config.json").write_text(json.dumps({**CONFIG, "auto_map": {"AutoModel": "evil.py"}}))


def no_config(folder: Path) -> None:
    (folder / "config.json").unlink()


def a_damaged_config(folder: Path) -> None:
    (folder / "config.json").write_text('{"architectures": [')


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (pickle_only, r"pickled \(pytorch_model.bin\).*they are refused.*\.safetensors"),
        (no_weights, "There are no weights"),
        (a_shard_missing, r"missing in .*: model-00002-of-00002.safetensors. Copy it again"),
        (a_damaged_list_of_shards, "list of weights model.safetensors.index.json is damaged"),
        (cut_off, "model.safetensors is damaged or cut off"),
        (cut_in_the_header, "model.safetensors is damaged or cut off"),
        (empty, "model.safetensors is damaged or cut off"),
        (a_pointer_of_git_lfs, "model.safetensors is damaged or cut off"),
        (a_header_of_another_kind, "model.safetensors is damaged or cut off"),
        (code_of_its_own, "wants to run code of its own; such models are refused"),
        (no_config, "no readable config.json"),
        (a_damaged_config, "no readable config.json"),
    ],
)
def test_what_must_not_or_cannot_be_loaded_is_refused(
    folder: Path, spoil: Callable[[Path], None], sentence: str
) -> None:
    spoil(folder)
    with pytest.raises(UserError, match=sentence):
        models.inspect(str(folder))


def test_a_name_that_is_nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKBENCH_CACHE", str(tmp_path))
    for name in ("nobody/nothing", str(tmp_path / "none"), "no such: name"):
        with pytest.raises(UserError, match="There is no model"):
            models.inspect(name)
    with pytest.raises(UserError, match="workbench starter get minilm-l6"):
        models.inspect("minilm-l6")


def test_the_real_starters() -> None:
    for name in starters.MODELS:
        starters.get(name)
    smol, mini = models.inspect("smollm2-135m-instruct"), models.inspect("minilm-l6")
    assert (smol.architecture, smol.parameters, smol.layers, smol.hidden_size) == ("causal-lm", 134_515_008, 30, 576)
    assert smol.chat and smol.bytes_per_parameter == 2
    assert (mini.architecture, mini.layers, mini.hidden_size, mini.chat) == ("sequence-classifier", 6, 384, False)
    assert 22e6 < mini.parameters < 23e6
    lora = adapters()["lora"]
    assert lora.count(smol.shapes, lora.options(rank=8)) == 2_442_240, "as PEFT counts them"


def test_only_a_hub_id_that_is_not_here_is_downloaded(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setenv("WORKBENCH_CACHE", str(tmp_path))
    monkeypatch.setattr(models, "download", lambda name, progress: asked.append(name) or tmp_path)
    assert models.obtain(str(folder)) == folder.resolve()
    for name in ("minilm-l6", "./some/where", "/no/where", "just-a-name"):
        with pytest.raises(UserError):
            models.obtain(name)
    assert asked == []
    assert models.obtain("somebody/something") == tmp_path
    assert asked == ["somebody/something"]
