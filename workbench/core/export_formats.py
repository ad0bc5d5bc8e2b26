"""What the result of a run can be exported as."""

import json
from pathlib import Path

from workbench.core import registry
from workbench.core.i18n import mark
from workbench.core.runs import Run

WHOLE = mark("Whole model, as transformers loads it")
GGUF = mark("GGUF, as llama.cpp and programs built on it load it")
GGUF_FILE = "model.gguf"


def formats(run: Run) -> dict[str, str]:
    """Return the labels, to be translated, of the formats that a run's result can become, the recommended one first.

    The format ``adapter`` of a result without an adapter is its whole model.
    """
    spec, info = run.spec(), run.result_info()
    task = registry.task(spec.task)
    if task.export is not None or not info:
        return dict(task.formats)
    found = {"adapter": WHOLE} if info.get("model") else dict(task.formats)
    merges = registry.adapter(spec.adapter).merges and spec.task != "reward-model"
    if info.get("adapter") and merges:
        found["merged"] = WHOLE
    if (info.get("model") or merges) and not task.sorts and spec.task != "reward-model" and _family(run) == "llama":
        found["gguf"] = GGUF
    return found


def _family(run: Run) -> str:
    """Return the family of the model of a result."""
    info = run.result_info()
    folder = run.result / info["model"] if info.get("model") else Path(info["base"])
    try:
        return str(json.loads((folder / "config.json").read_text("utf-8")).get("model_type", ""))
    except (OSError, ValueError):  # the base was moved away; exporting says so
        return ""
