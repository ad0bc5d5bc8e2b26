import json
import os
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.ui.model_folders import CONFIG, SHAPES, write_model
from workbench.core import model_families, models
from workbench.core.errors import UserError
from workbench.core.registry import Architecture

FIRST, SECOND = "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"
WORDS = "model.embed_tokens.weight"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_model(tmp_path / "model")


def configure(folder: Path, **more: object) -> None:
    (folder / "config.json").write_text(json.dumps({**CONFIG, **more}))


def weights(folder: Path, header: bytes, data: int, name: str = "model.safetensors", length: int = 0) -> None:
    (folder / name).write_bytes(struct.pack("<Q", length or len(header)) + header + bytes(data))


def shards(folder: Path, **weight_map: str) -> None:
    (folder / "model.safetensors").rename(folder / FIRST)
    index = {"weight_map": weight_map or dict.fromkeys(SHAPES, FIRST)}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))


def pickled(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    for name in ("pytorch_model.bin", "training_args.bin"):
        (folder / name).write_bytes(b"\x80\x04")


def gguf(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()
    (folder / "model-q4_k_m.gguf").write_bytes(b"GGUF")


def adapter(folder: Path) -> None:
    (folder / "config.json").unlink()
    (folder / "model.safetensors").rename(folder / "adapter_model.safetensors")
    (folder / "adapter_config.json").write_text(json.dumps({"base_model_name_or_path": "someone/base"}))


def adapter_of_an_unknown_base(folder: Path) -> None:
    adapter(folder)
    (folder / "adapter_config.json").write_text("[]")


def for_other_programs(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "tf_model.h5")


def without_its_list(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / FIRST)


def missing_shard(folder: Path) -> None:
    shards(folder, **{WORDS: FIRST, "lm_head.weight": SECOND})


def shard_outside(folder: Path) -> None:
    shards(folder, **{WORDS: "../model/config.json"})


def weight_that_is_not_there(folder: Path) -> None:
    shards(folder, **{WORDS: FIRST, "lm_head.weight": FIRST})


def own_code(folder: Path) -> None:
    configure(folder, model_type="new_model", auto_map={"AutoModel": "code.py"})


def own_code_of_old(folder: Path) -> None:
    configure(folder, auto_map={"AutoModel": "code.py"})


def gptq(folder: Path) -> None:
    configure(folder, quantization_config={"quant_method": "gptq", "bits": 4})


def t5(folder: Path) -> None:
    configure(
        folder, model_type="t5", architectures=["T5ForConditionalGeneration"], is_encoder_decoder=True, num_layers=1
    )


def t5_that_does_not_say_so(folder: Path) -> None:
    configure(folder, model_type="t5", architectures=["T5ForConditionalGeneration"])


def unknown_family(folder: Path) -> None:
    configure(folder, model_type="brontosaurus")


def sound(folder: Path) -> None:
    configure(folder, model_type="wav2vec2", architectures=["Wav2Vec2ForCTC"])


def no_family(folder: Path) -> None:
    (folder / "config.json").write_text('{"architectures": ["LlamaForCausalLM"]}')


def more_layers(folder: Path) -> None:
    configure(folder, num_hidden_layers=12)


def other_words(folder: Path) -> None:
    configure(folder, vocab_size=11)


def cut_off(folder: Path) -> None:
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-7])


def too_long(folder: Path) -> None:
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes() + b"1234")


def absurd_header(folder: Path) -> None:
    weights(folder, b"{}", 8, length=1 << 60)


def no_header(folder: Path) -> None:
    weights(folder, b"not JSON, whatever it is", 8)


def lying_shape(folder: Path) -> None:
    weights(folder, b'{"a": {"dtype": "F32", "shape": [3], "data_offsets": [0, 8]}}', 8)


def unknown_type(folder: Path) -> None:
    weights(folder, b'{"a": {"dtype": "WHAT", "shape": [3], "data_offsets": [0, 12]}}', 12)


def pointer(folder: Path) -> None:
    (folder / "model.safetensors").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:abc\nsize 12\n")


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (pickled, r"pickled \(pytorch_model\.bin, training_args\.bin\).* refused.*save_pretrained, which writes"),
        (gguf, r"only GGUF files \(model-q4_k_m\.gguf\).*not for training.*Choose the model that they were made from"),
        (adapter, "holds an adapter .*not a whole model. Choose the model that it was made for, “someone/base”"),
        (adapter_of_an_unknown_base, "holds an adapter .* Choose the model that it was made for, or merge the two"),
        (for_other_programs, r"only there for other programs \(tf_model\.h5\)"),
        (without_its_list, rf"list model\.safetensors\.index\.json is missing, .*{FIRST}"),
        (missing_shard, f"Part of the weights is missing in .*: {SECOND}"),
        (shard_outside, "Part of the weights is missing in .*: ../model/config.json"),
        (weight_that_is_not_there, f"says that {FIRST} holds “lm_head.weight”, but it does not"),
        (own_code, "wants to run code of its own; such models are refused. Choose one whose family is part"),
        (own_code_of_old, "code of its own; .* knows its family “llama” by now: .* delete “auto_map”"),
        (gptq, r"quantised \(gptq\) and cannot be trained. Choose the model that they were made from"),
        (t5, "an encoder-decoder .“t5”., which cannot be trained here. Choose a model that writes"),
        (t5_that_does_not_say_so, "an encoder-decoder .“t5”."),
        (unknown_family, "family that transformers does not know, “brontosaurus”. Choose another one"),
        (sound, "Models of the family “wav2vec2”, .* can be made neither to write nor to sort"),
        (no_family, "does not say which family the model is of"),
        (more_layers, r"do not belong to its config\.json: 12 layers are announced, 1 are there"),
        (other_words, rf"a vocabulary of 11 is announced, “{WORDS}” has 10"),
        (cut_off, r"model\.safetensors is damaged or cut off: it should have \d+ bytes and has \d+\. Copy or download"),
        (
            too_long,
            r"model\.safetensors is damaged or cut off: it should have \d+ bytes and has \d+\. Copy or download",
        ),
        (absurd_header, r"damaged or cut off: its header would be 1,152,921,504,606,846,976 bytes long"),
        (no_header, r"damaged or cut off: its header cannot be read"),
        (lying_shape, r"damaged or cut off: its header cannot be read"),
        (unknown_type, r"damaged or cut off: its header cannot be read"),
        (pointer, r"damaged or cut off: it is a pointer of Git LFS, .*git lfs pull"),
    ],
)
def test_what_cannot_be_used_is_refused_in_a_sentence_with_the_way_out(
    folder: Path, spoil: Callable[[Path], None], sentence: str
) -> None:
    spoil(folder)
    with pytest.raises(UserError, match=sentence):
        models.inspect(str(folder))


def test_the_numbers_of_a_cut_off_file(folder: Path) -> None:
    whole = (folder / "model.safetensors").stat().st_size
    cut_off(folder)
    with pytest.raises(UserError, match=f"should have {whole:,} bytes and has {whole - 7:,}"):
        models.inspect(str(folder))


def test_shards_that_are_all_there_are_one_model(folder: Path) -> None:
    shards(folder)
    assert models.inspect(str(folder)).shapes == SHAPES


def test_a_file_beside_the_model_is_none_of_its_weights(folder: Path) -> None:
    weights(folder, b"{}", 8, name="consolidated.safetensors", length=1 << 60)
    assert models.inspect(str(folder)).shapes == SHAPES


@pytest.mark.parametrize(("dtype", "size"), [("BOOL", 3), ("U8", 3), ("F8_E4M3", 3), ("BF16", 6), ("F64", 24)])
def test_the_size_of_a_type(folder: Path, dtype: str, size: int) -> None:
    header = {"a": {"dtype": dtype, "shape": [3], "data_offsets": [0, size]}}
    weights(folder, json.dumps(header).encode(), size)
    assert models.inspect(str(folder)).bytes_per_parameter == size / 3


def test_a_file_of_two_gigabytes_is_judged_by_its_header(folder: Path) -> None:
    size = 2_000_000_000
    header = json.dumps({"a": {"dtype": "BF16", "shape": [size // 2], "data_offsets": [0, size]}}).encode()
    weights(folder, header, 0)
    path = folder / "model.safetensors"
    with path.open("r+b") as file:
        file.truncate(8 + len(header) + size)  # sparse: takes no room on the disk
    assert models.inspect(str(folder)).parameters == size // 2
    os.truncate(path, 8 + len(header) + size - 1)
    with pytest.raises(UserError, match=r"should have 2,000,000,0\d\d bytes"):
        models.inspect(str(folder))


ARCHITECTURES: list[Architecture] = ["causal-lm", "sequence-classifier", "image-classifier"]


def test_families_are_those_of_the_installed_transformers() -> None:
    program = (
        "import json\n"
        "from transformers.models.auto import configuration_auto as c, modeling_auto as m\n"
        "names = ('CAUSAL_LM', 'SEQUENCE_CLASSIFICATION', 'IMAGE_CLASSIFICATION', 'SEQ_TO_SEQ_CAUSAL_LM')\n"
        "print(json.dumps([list(getattr(m, f'MODEL_FOR_{name}_MAPPING_NAMES')) for name in names]))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    *real, two = map(set, json.loads(done.stdout))
    for architecture, expected in zip(ARCHITECTURES, real, strict=True):
        assert expected <= model_families.buildable(architecture)
    assert two == model_families.with_two_stacks()
    assert {"llama", "bert", "vit", "t5", "wav2vec2"} <= model_families.known()
