"""Turns the quantised GGUF file of the starter chat model into a plain one, in a process of its own.

``python -m workbench.engine.starter_models GGUF TARGET UPSTREAM``: transformers can read a GGUF file, but
then takes the model for a quantised one, which cannot be trained. A clean model is built from its
configuration and weights.
"""

import sys
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, GenerationConfig

END_OF_ANSWER = "<|im_end|>"


def convert(gguf: Path, target: Path, upstream: str) -> None:
    """Write model (bf16 safetensors), tokenizer, chat template and generation settings into ``target``."""
    names: dict[str, Any] = {"pretrained_model_name_or_path": gguf.parent, "gguf_file": gguf.name}
    tokenizer = AutoTokenizer.from_pretrained(**names)
    tokenizer.model_max_length = 8192
    quantised = AutoModelForCausalLM.from_pretrained(**names, dtype=torch.float32)
    config = quantised.config
    del config.quantization_config
    config._name_or_path = upstream
    model = AutoModelForCausalLM.from_config(config, dtype=torch.float32)
    model.load_state_dict(quantised.state_dict())
    model = model.to(torch.bfloat16)
    model.config.dtype = torch.bfloat16
    end = tokenizer.convert_tokens_to_ids(END_OF_ANSWER)
    model.generation_config = GenerationConfig(bos_token_id=tokenizer.bos_token_id, eos_token_id=end, pad_token_id=end)
    model.save_pretrained(target)
    tokenizer.save_pretrained(target)


def answer(folder: Path, question: str) -> str:
    """Load the model in a folder and let it answer a question."""
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder)
    inputs = tokenizer.apply_chat_template(
        [{"role": "user", "content": question}],
        add_generation_prompt=True,
        return_tensors="pt",
        return_dict=True,
    )
    with torch.inference_mode():
        written = model.generate(**inputs, max_new_tokens=24, do_sample=False)
    text: str = tokenizer.decode(written[0, inputs["input_ids"].shape[1] :], skip_special_tokens=True)
    return text


def main(arguments: list[str]) -> int:
    """Convert and check; the exit status is 1 when the converted model does not answer as it should."""
    gguf, target, upstream = arguments
    convert(Path(gguf), Path(target), upstream)
    text = answer(Path(target), "What is the capital of France?")
    print(text)
    return 0 if "Paris" in text else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
