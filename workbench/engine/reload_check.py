"""Loads an exported folder the way a stranger would, in a process of its own, and writes its logits.

Run as a file, never imported: only torch, transformers and peft are used, nothing of this program. Standard
input holds a JSON object: ``classes`` (how many logits a text has; 0 for a causal language model), ``base`` (folder
of the base, empty for a whole model), ``folder``, ``device``, ``dtype``, ``threads``, ``texts``, and ``out``, the file
to write.
"""

import json
import sys

import torch
from peft import PeftModel
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification, AutoTokenizer

if __name__ == "__main__":
    job = json.load(sys.stdin)
    torch.set_num_threads(job["threads"])
    auto, more = AutoModelForCausalLM, {}
    if job["classes"]:
        auto, more = AutoModelForSequenceClassification, {"num_labels": job["classes"], "ignore_mismatched_sizes": True}
    dtype = getattr(torch, job["dtype"])
    model = auto.from_pretrained(job["base"] or job["folder"], dtype=dtype, use_safetensors=True, **more)
    if job["base"]:
        model = PeftModel.from_pretrained(model, job["folder"])
    model = model.to(job["device"]).eval()
    tokenizer = AutoTokenizer.from_pretrained(job["folder"])
    logits = {}
    with torch.inference_mode():
        for number, text in enumerate(job["texts"]):
            inputs = tokenizer(text, return_tensors="pt").to(job["device"])
            found = model(input_ids=inputs["input_ids"], attention_mask=inputs["attention_mask"]).logits
            logits[str(number)] = found.float().cpu().contiguous()
    save_file(logits, job["out"])
