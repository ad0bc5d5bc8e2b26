"""Loads an exported folder the way a stranger would, in a process of its own, and writes its logits.

Run as a file, never imported: only torch, transformers and peft are used, nothing of this program, unless the adapter
is of a kind that peft does not know. Standard input holds a JSON object: ``auto`` (class of transformers that loads the
model), ``classes`` (how many logits a text or an image has; 0 for a causal language model), ``base`` (folder of the
base, empty for a whole model), ``folder``, ``gguf`` (name of the file in it that holds the model; empty for other
formats), ``module`` (what makes the adapter's kind known; empty for those of peft), ``program`` (the folder where that
is found), ``device``, ``dtype``, ``threads``, ``texts`` or else ``pictures``, and ``out``, the file to write.
"""

import importlib
import json
import sys

import torch
import transformers
from peft import PeftModel
from PIL import Image
from safetensors.torch import save_file

if __name__ == "__main__":
    job = json.load(sys.stdin)
    torch.set_num_threads(job["threads"])
    more = {"num_labels": job["classes"], "ignore_mismatched_sizes": True} if job["classes"] else {}
    auto, dtype = getattr(transformers, job["auto"]), getattr(torch, job["dtype"])
    more |= {"gguf_file": job["gguf"]} if job["gguf"] else {"use_safetensors": True}
    model = auto.from_pretrained(job["base"] or job["folder"], dtype=dtype, **more)
    if job["module"]:
        sys.path.append(job["program"])
        importlib.import_module(job["module"])
    if job["base"]:
        model = PeftModel.from_pretrained(model, job["folder"])
    model = model.to(job["device"]).eval()
    if job["pictures"]:
        processor = transformers.AutoImageProcessor.from_pretrained(job["folder"], backend="pil")
        inputs = [processor([Image.open(path)], return_tensors="pt").to(dtype=dtype) for path in job["pictures"]]
    else:
        tokenizer = transformers.AutoTokenizer.from_pretrained(job["folder"])
        found = [tokenizer(text, return_tensors="pt") for text in job["texts"]]
        inputs = [{name: one[name] for name in ("input_ids", "attention_mask")} for one in found]
    logits = {}
    with torch.inference_mode():
        for number, one in enumerate(inputs):
            given = {name: value.to(job["device"]) for name, value in one.items()}
            logits[str(number)] = model(**given).logits.float().cpu().contiguous()
    save_file(logits, job["out"])
