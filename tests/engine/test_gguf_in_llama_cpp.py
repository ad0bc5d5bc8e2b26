"""What is written as GGUF, in llama.cpp itself: it makes the same tokens and goes on with the same words."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from tokenizers import Tokenizer, decoders, models, normalizers, trainers
from transformers import AutoModelForCausalLM, LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from workbench.core import starters
from workbench.engine import gguf_file
from workbench.engine.models import load_tokenizer

PROMPTS = (
    "The capital of France is",
    "def fibonacci(n):",
    "日本の首都は東京です。",
    "12345 what—ever  two  spaces\n\nThen",
)
LLAMA_CPP = """
import json, sys
import xllamacpp

how = xllamacpp.CommonParams()
how.model.path, how.n_ctx, how.warmup = sys.argv[1], 512, False
server = xllamacpp.Server(how)
found = []
for prompt in json.loads(sys.argv[2]):
    said = server.handle_completions({"prompt": prompt, "max_tokens": 16, "temperature": 0})
    found.append([said["usage"]["prompt_tokens"], said["choices"][0]["text"]])
print(json.dumps(found))
"""


def in_llama_cpp(file: Path, prompts: Sequence[str]) -> list[Any]:
    """Return how many tokens each prompt has there, and how it goes on."""
    pytest.importorskip("xllamacpp", reason="there is no llama.cpp for this system on the package index")
    command = [sys.executable, "-c", LLAMA_CPP, str(file), json.dumps(prompts)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])  # type: ignore[no-any-return]


def in_transformers(model: Any, tokenizer: Any, prompts: Sequence[str]) -> list[Any]:
    """Return the same here."""
    found = []
    for prompt in prompts:
        tokens = tokenizer(prompt, return_tensors="pt")
        written = model.generate(**tokens, max_new_tokens=16, do_sample=False)[0, tokens.input_ids.shape[1] :]
        found.append([tokens.input_ids.shape[1], tokenizer.decode(written, skip_special_tokens=True)])
    return found


def test_the_starter_goes_on_with_the_same_words(tmp_path: Path) -> None:
    folder = starters.get("smollm2-135m-instruct")
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    gguf_file.write(model, folder, tmp_path / "model.gguf", "starter")
    wanted = in_transformers(model, load_tokenizer(folder), PROMPTS)
    assert in_llama_cpp(tmp_path / "model.gguf", PROMPTS) == wanted
    assert len(set(map(str, wanted))) == len(PROMPTS)


def letters(text: str) -> Tokenizer:
    """Return a tokenizer as those of Llama 2 are: it joins letters that it has seen, and spells others in bytes."""
    cut = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    cut.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    special = ["<unk>", "<s>", "</s>"]
    learn = trainers.BpeTrainer(vocab_size=500, special_tokens=[*special, *(f"<0x{byte:02X}>" for byte in range(256))])
    cut.train_from_iterator(text.splitlines(), learn)
    learnt = json.loads(cut.to_str())
    learnt["added_tokens"] = [one for one in learnt["added_tokens"] if one["content"] in special]
    made = Tokenizer.from_str(json.dumps(learnt))
    made.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    return made


def test_a_model_whose_tokenizer_joins_letters_goes_on_with_the_same_words(tmp_path: Path) -> None:
    rows = starters.data_path("small-talk").read_text("utf-8").splitlines()
    text = "\n".join(json.loads(row)["answer"] for row in rows[:400])
    made = letters(text)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=made, bos_token="<s>", eos_token="</s>", unk_token="<unk>", pad_token="</s>"
    )
    tokenizer.save_pretrained(tmp_path)
    torch.manual_seed(0)
    size = {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 4}
    config = LlamaConfig(vocab_size=made.get_vocab_size(), num_key_value_heads=2, eos_token_id=2, **size)
    model = LlamaForCausalLM(config)
    learn(model, tokenizer, text.splitlines()[:8])
    gguf_file.write(model, tmp_path, tmp_path / "model.gguf", "letters")

    prompts = ["I", "You can", *(line[:9] for line in text.splitlines()[:3]), "Größe und žluť 🦊"]
    wanted = in_transformers(model, tokenizer, prompts)
    assert in_llama_cpp(tmp_path / "model.gguf", prompts) == wanted
    assert wanted[-1][0] > len("Größe und žluť 🦊")  # what it has not seen is spelt in bytes


def learn(model: Any, tokenizer: Any, lines: Sequence[str]) -> None:
    """Let a model learn some lines by heart, so that it is sure of what comes next."""
    optimizer = torch.optim.AdamW(model.parameters(), 3e-3)
    batch = tokenizer(list(lines), return_tensors="pt", padding=True, truncation=True, max_length=48)
    for _ in range(60):
        model(**batch, labels=batch.input_ids.masked_fill(batch.attention_mask == 0, -100)).loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    model.eval()
