import json
import os
import subprocess
import sys
from pathlib import Path

import gguf
import msgspec
import numpy as np
import pytest
import torch
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from workbench.core import events
from workbench.core.errors import RunFailed, UserError
from workbench.core.export_formats import formats
from workbench.core.project import Project
from workbench.core.runs import Run
from workbench.core.spec import RunSpec
from workbench.engine import export as exporting
from workbench.engine import gguf_file, reward
from workbench.engine.export import export


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("base")
    torch.manual_seed(0)
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=300, special_tokens=["<end>"], initial_alphabet=alphabet)
    tokenizer.train_from_iterator(exporting.TEXTS, trainer)
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<end>", pad_token="<end>").save_pretrained(folder)
    config = LlamaConfig(
        vocab_size=300,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        pad_token_id=0,
        eos_token_id=0,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    return folder


def make_run(project: Project, base: Path, task: str, **more: object) -> Run:
    """Make a finished run whose adapter is random, as training would have left it."""
    spec = RunSpec(
        task=task,
        name="Answers like mine",
        model=str(base),
        model_path=str(base),
        adapter="lora",
        data="small-talk",
        data_hash="abc123def456789",
        data_path="data/small-talk",
        options={"learning_rate": 0.0002},
        adapter_options={"rank": 4},
        parents=more.pop("parents", {}),
    )
    run = project.new_run(spec)
    run.append(events.Started(pid=1))
    run.append(events.Metrics(step=3, values={"train/loss": 1.25, "eval/loss": 1.5}))
    run.append(events.Finished(step=3, seconds=2.0))
    model = get_peft_model(LlamaForCausalLM.from_pretrained(base), LoraConfig(r=4, target_modules="all-linear"))
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "lora_B" in name:
                parameter.normal_(std=0.2)
    model.save_pretrained(run.result / "adapter")
    info = {"task": task, "base": str(base), "adapter": "adapter", "model": None, **more}
    (run.result / "result.json").write_text(json.dumps(info))
    return run


def quiet(_text: object) -> None: ...


@pytest.fixture
def unchecked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spare a test that looks at the files only the fresh process."""
    monkeypatch.setattr(exporting, "_check", lambda *_: 0.0)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project.create(tmp_path / "project")


def test_an_adapter_loads_with_plain_peft_and_answers_like_the_live_model(
    project: Project, base: Path, tmp_path: Path
) -> None:
    run = make_run(project, base, "instruction-tuning")
    said: list[str] = []
    exported = export(project, run.id, "adapter", tmp_path / "out" / "mine", said.append)
    assert exported.path == tmp_path / "out" / "mine"
    assert 0 <= exported.max_difference < 1e-3
    assert len(said) == 3
    names = {path.name for path in exported.path.iterdir()}
    assert {"adapter_config.json", "adapter_model.safetensors", "tokenizer.json", "README.md"} <= names
    code = (
        "import sys\nfrom peft import AutoPeftModelForCausalLM\nfrom transformers import AutoTokenizer\n"
        "model = AutoPeftModelForCausalLM.from_pretrained(sys.argv[1])\n"
        "ids = AutoTokenizer.from_pretrained(sys.argv[1])('hello', return_tensors='pt')['input_ids']\n"
        "strangers = [name for name in sys.modules if name.startswith('workbench')]\n"
        "print(model(input_ids=ids).logits.shape[-1], strangers)"
    )
    child = subprocess.run(
        [sys.executable, "-I", "-c", code, str(exported.path)], capture_output=True, text=True, check=True
    )
    assert child.stdout.split() == ["300", "[]"]


@pytest.mark.usefixtures("unchecked")
def test_the_card_tells_base_data_settings_values_and_lineage(project: Project, base: Path, tmp_path: Path) -> None:
    first = make_run(project, base, "instruction-tuning")
    second = make_run(project, base, "ppo", parents={"from": first.id})
    export(project, second.id, "adapter", tmp_path / "out", quiet)
    card = (tmp_path / "out" / "README.md").read_text("utf-8")
    for part in (
        "library_name: peft",
        f"base_model: {base}",
        "small-talk",
        "`abc123def456789`",
        "| learning_rate | 0.0002 |",
        "| adapter.rank | 4 |",
        "| eval/loss | 1.5 |",
        f"- {second.id} (ppo",
        f"  - from: {first.id} (instruction-tuning",
        "PeftModel.from_pretrained(",
    ):
        assert part in card


@pytest.mark.usefixtures("unchecked")
def test_a_starter_is_named_by_its_upstream_so_that_it_loads_elsewhere(
    project: Project, base: Path, tmp_path: Path
) -> None:
    run = make_run(project, base, "instruction-tuning")
    spec = msgspec.structs.replace(run.spec(), model="smollm2-135m-instruct")
    (run.path / "spec.json").write_bytes(msgspec.json.encode(spec))
    export(project, run.id, "adapter", tmp_path / "out", quiet)
    config = json.loads((tmp_path / "out" / "adapter_config.json").read_text())
    assert config["base_model_name_or_path"] == "HuggingFaceTB/SmolLM2-135M-Instruct"
    assert "workbench starter get smollm2-135m-instruct" in (tmp_path / "out" / "README.md").read_text("utf-8")


def test_a_reward_model_becomes_a_classifier_with_its_head_inside(project: Project, base: Path, tmp_path: Path) -> None:
    run = make_run(project, base, "reward-model", reward_mean=0.3, reward_deviation=1.7)
    head = reward.new_head(32)
    with torch.no_grad():
        head.bias.fill_(0.5)
    reward.save_head(head, run.result)
    exported = export(project, run.id, "adapter", tmp_path / "out", quiet)
    assert exported.max_difference < 0.05
    weights = load_file(exported.path / "adapter_model.safetensors")
    assert torch.equal(weights["base_model.model.score.weight"], head.weight)
    assert "AutoModelForSequenceClassification" in (exported.path / "README.md").read_text("utf-8")


def test_an_adapter_becomes_part_of_a_model_that_loads_with_plain_transformers(
    project: Project, base: Path, tmp_path: Path
) -> None:
    run = make_run(project, base, "instruction-tuning")
    assert list(formats(run)) == ["adapter", "merged", "gguf"]
    exported = export(project, run.id, "merged", tmp_path / "out", quiet)
    names = {path.name for path in exported.path.iterdir()}
    assert {"model.safetensors", "config.json", "tokenizer.json", "README.md"} <= names
    assert not any("adapter" in name for name in names)
    merged = LlamaForCausalLM.from_pretrained(exported.path)
    plain = LlamaForCausalLM.from_pretrained(base)
    ids = torch.tensor([[5, 6, 7]])
    live = PeftModel.from_pretrained(plain, run.result / "adapter")
    expected = live(input_ids=ids).logits
    assert torch.allclose(merged(input_ids=ids).logits, expected, atol=1e-4)
    with live.disable_adapter():
        assert (live(input_ids=ids).logits - expected).abs().max() > 0.1
    card = (exported.path / "README.md").read_text("utf-8")
    assert "library_name: transformers" in card and "PeftModel" not in card


def test_a_llama_becomes_a_gguf_file(project: Project, base: Path, tmp_path: Path) -> None:
    run = make_run(project, base, "instruction-tuning")
    exported = export(project, run.id, "gguf", tmp_path / "out", quiet)
    assert 0 < exported.max_difference < 0.05
    reader = gguf.GGUFReader(exported.path / "model.gguf")
    fields = {name: field.contents() for name, field in reader.fields.items()}
    assert fields["general.architecture"] == "llama"
    assert (fields["llama.block_count"], fields["llama.attention.head_count_kv"]) == (2, 2)
    tokenizer = json.loads((base / "tokenizer.json").read_text("utf-8"))
    tokens = {number: token for token, number in tokenizer["model"]["vocab"].items()}
    assert fields["tokenizer.ggml.tokens"] == [tokens[number] for number in range(300)]
    assert len(fields["tokenizer.ggml.merges"]) == len(tokenizer["model"]["merges"])
    assert fields["tokenizer.ggml.eos_token_id"] == 0
    tensors = {tensor.name: tensor for tensor in reader.tensors}
    assert {"token_embd.weight", "blk.1.attn_q.weight", "blk.0.ffn_down.weight", "output_norm.weight"} <= set(tensors)
    assert 'gguf_file="model.gguf"' in (exported.path / "README.md").read_text("utf-8")


def test_rows_of_queries_change_places_in_pairs() -> None:
    """A head of four rows: llama.cpp turns rows 0 and 1 together, which transformers calls 0 and 2."""
    rows = np.arange(8, dtype=np.float32)[:, None]
    assert gguf_file._pairs_together(rows, 2)[:, 0].tolist() == [0, 2, 1, 3, 4, 6, 5, 7]


def test_what_cannot_become_part_of_a_model_is_not_offered_as_one(project: Project, base: Path) -> None:
    run = make_run(project, base, "instruction-tuning")
    spec = msgspec.structs.replace(run.spec(), adapter="prefix-tuning")
    (run.path / "spec.json").write_bytes(msgspec.json.encode(spec))
    assert list(formats(project.run(run.id))) == ["adapter"]
    assert list(formats(make_run(project, base, "reward-model"))) == ["adapter"]


def test_a_run_without_an_adapter_gives_its_whole_model(project: Project, base: Path, tmp_path: Path) -> None:
    run = make_run(project, base, "instruction-tuning")
    info = {"task": "instruction-tuning", "base": str(base), "adapter": None, "model": "model"}
    (run.result / "result.json").write_text(json.dumps(info))
    (run.result / "adapter").rename(run.path / "unused")
    (run.result / "model").symlink_to(base)
    exported = export(project, run.id, "adapter", tmp_path / "out", quiet)
    assert exported.max_difference < 1e-3
    assert (exported.path / "model.safetensors").exists()
    assert "library_name: transformers" in (exported.path / "README.md").read_text("utf-8")


def test_an_export_that_answers_differently_is_refused_and_leaves_nothing(
    project: Project, base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make_run(project, base, "instruction-tuning")
    write = exporting._write

    def damage(*arguments: object) -> None:
        write(*arguments)  # type: ignore[arg-type]
        path = arguments[-1] / "adapter_model.safetensors"  # type: ignore[operator]
        weights = load_file(path)
        save_file({name: value * 1.5 for name, value in weights.items()}, path)

    monkeypatch.setattr(exporting, "_write", damage)
    with pytest.raises(RunFailed, match="does not answer like the live one"):
        export(project, run.id, "adapter", tmp_path / "out", quiet)
    assert [path.name for path in tmp_path.iterdir()] == ["project"]


def test_an_export_that_does_not_load_is_refused_with_the_reason(
    project: Project, base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make_run(project, base, "instruction-tuning")
    write = exporting._write

    def cut(*arguments: object) -> None:
        write(*arguments)  # type: ignore[arg-type]
        os.truncate(arguments[-1] / "adapter_model.safetensors", 100)  # type: ignore[operator]

    monkeypatch.setattr(exporting, "_write", cut)
    with pytest.raises(RunFailed, match="could not be loaded again") as caught:
        export(project, run.id, "adapter", tmp_path / "out", quiet)
    assert "safetensors" in caught.value.detail.lower()
    assert not (tmp_path / "out").exists()


def test_what_stands_in_the_way_is_said_before_anything_is_loaded(project: Project, base: Path, tmp_path: Path) -> None:
    run = make_run(project, base, "instruction-tuning")
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "letter.txt").write_text("mine")
    with pytest.raises(UserError, match="is not empty"):
        export(project, run.id, "adapter", tmp_path / "taken", quiet)
    with pytest.raises(UserError, match="There is no run"):
        export(project, "nobody", "adapter", tmp_path / "out", quiet)
    (run.result / "result.json").unlink()
    with pytest.raises(UserError, match="no result yet"):
        export(project, run.id, "adapter", tmp_path / "out", quiet)
    assert (tmp_path / "taken" / "letter.txt").read_text() == "mine"
