"""Loads exports as their cards say, in a process that knows nothing of the workbench, and writes what they answer.

Run as a file, never imported. Standard input holds a JSON object: ``folders`` (of exports, by name), ``texts`` and
``pictures`` to ask about, ``program`` (where the workbench is) and ``out``, a folder: ``NAME.safetensors`` in it gets
the logits, ``refused.json`` why those that need the workbench did not load without it.
"""

import json
import sys
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from safetensors.torch import save_file


def loaded(folder: str, *, alone: bool) -> dict[str, Any]:
    """Do what a card says; ``alone`` leaves out what it says to import of the workbench."""
    card = (Path(folder) / "README.md").read_text("utf-8")
    lines = card.split("```python\n")[1].split("\n```")[0].replace("FOLDER", folder).splitlines()
    said: dict[str, Any] = {}
    exec("\n".join(line for line in lines if not (alone and line.startswith("import workbench"))), said)
    return said


def logits(said: dict[str, Any], job: dict[str, Any]) -> dict[str, torch.Tensor]:
    if "processor" in said:
        inputs = [said["processor"](Image.open(path), return_tensors="pt") for path in job["pictures"]]
    else:
        inputs = [said["tokenizer"](text, return_tensors="pt", return_token_type_ids=False) for text in job["texts"]]
    model = said["model"].eval()
    with torch.no_grad():
        return {str(number): model(**one).logits.contiguous() for number, one in enumerate(inputs)}


if __name__ == "__main__":
    job = json.load(sys.stdin)
    torch.set_num_threads(1)
    out, refused = Path(job["out"]), {}
    for name, folder in job["folders"].items():
        try:
            said = loaded(folder, alone=True)
        except Exception as error:  # noqa: BLE001 - the test looks at what it was
            refused[name] = f"{type(error).__name__}: {error}"
        else:
            save_file(logits(said, job), out / f"{name}.safetensors")
    assert not any(name.startswith("workbench") for name in sys.modules)
    sys.path.append(job["program"])
    for name in refused:
        save_file(logits(loaded(job["folders"][name], alone=False), job), out / f"{name}.safetensors")
    (out / "refused.json").write_text(json.dumps(refused), "utf-8")
