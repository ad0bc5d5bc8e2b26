"""What a run leaves behind: an adapter or a whole model as safetensors, and a description."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from peft import PeftModel

from workbench.core import jsonl
from workbench.core.context import RunContext


def save_result(
    context: RunContext,
    model: Any,
    tokenizer: Any,
    *,
    base: Path,
    adapter: str = "default",
    values: Mapping[str, float] | None = None,
    **more: Any,
) -> None:
    """Write ``result/``: weights first, ``result.json`` last, so that a result with a description is whole.

    Args:
        context: The run.
        model: A PEFT model (its adapter is saved) or a whole one.
        tokenizer: Saved with a whole model.
        base: Folder of the base that an adapter stands on.
        adapter: Name of the adapter on the model.
        values: Metrics of what is saved, where the last ones are those of other weights.
        more: Further entries of the description.
    """
    result = context.run.result
    result.mkdir(exist_ok=True)
    (result / "result.json").unlink(missing_ok=True)  # of an earlier stop; a crash in between must not leave it
    description: dict[str, Any] = {
        "task": context.spec.task,
        "base": str(base),
        "adapter": None,
        "model": None,
        **more,
    }
    if isinstance(model, PeftModel):
        save_adapter(model, result / "adapter", adapter)
        description["adapter"] = "adapter"
    else:
        model.save_pretrained(result / "model")
        tokenizer.save_pretrained(result / "model")
        description["model"] = "model"
    description["metrics"] = {**context.run.summary().metrics, **(values or {})}
    jsonl.write_atomically(result / "result.json", description)


def save_adapter(model: PeftModel, folder: Path, name: str = "default") -> None:
    """Save one adapter of a PEFT model as a flat PEFT folder (PEFT puts all but ``default`` into a sub-folder)."""
    staging = folder.with_name(folder.name + ".new")
    shutil.rmtree(staging, ignore_errors=True)
    model.save_pretrained(staging, selected_adapters=[name], save_embedding_layers=False)
    (staging / "README.md").unlink(
        missing_ok=True
    )  # PEFT's own template of a card, all blanks; exports write a real one
    nested = staging / name
    shutil.rmtree(folder, ignore_errors=True)
    (nested if name != "default" and nested.is_dir() else staging).rename(folder)
    shutil.rmtree(staging, ignore_errors=True)
