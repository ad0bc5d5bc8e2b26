"""What is written as GGUF, in llama.cpp itself: it makes the same tokens and goes on with the same words."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch

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


def test_llama_cpp_goes_on_with_the_same_words(tmp_path: Path) -> None:
    pytest.importorskip("xllamacpp", reason="there is no llama.cpp for this system on the package index")
    from transformers import AutoModelForCausalLM

    folder = starters.get("smollm2-135m-instruct")
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    tokenizer = load_tokenizer(folder)
    gguf_file.write(model, folder, tmp_path / "model.gguf", "starter")
    wanted = []
    for prompt in PROMPTS:
        tokens = tokenizer(prompt, return_tensors="pt")
        written = model.generate(**tokens, max_new_tokens=16, do_sample=False)[0, tokens.input_ids.shape[1] :]
        wanted.append([tokens.input_ids.shape[1], tokenizer.decode(written, skip_special_tokens=True)])

    command = [sys.executable, "-c", LLAMA_CPP, str(tmp_path / "model.gguf"), json.dumps(PROMPTS)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == wanted
    assert len(set(map(str, wanted))) == len(PROMPTS)
