"""Exports a run's result as a folder that plain `peft` and `transformers` load, and proves that they do."""

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file, save_file

from workbench.core import cards, registry
from workbench.core.errors import RunFailed
from workbench.core.export_formats import GGUF_FILE
from workbench.core.exporting import placed
from workbench.core.i18n import tr
from workbench.core.models import inspect
from workbench.core.project import Project
from workbench.core.registry import Exported
from workbench.core.runs import Run
from workbench.engine import gguf_file, reward
from workbench.engine.device import Device, probe
from workbench.engine.few_bits import AS_IS, bits_of
from workbench.engine.models import Lineage, lineage, load_reader, load_run, merge
from workbench.engine.virtual_tokens import is_saved

TEXTS = (
    "The capital of France is",
    "Question: What is two plus three?\nAnswer:",
    "今日はいい天気ですね。",
    "def add(a, b):\n    return",
)
"""What the live and the exported model read when they are compared."""

SHAPES = ((48, 64), (64, 48), (300, 300), (30, 200))
"""Heights and widths of what they see, where they see."""

TOLERANCE = {"fp32": 1e-4, "bf16": 2e-2}
"""Largest difference allowed, as a share of the largest logit; bf16 keeps 8 bits."""

ROUNDED = 5e-2
"""The same for whole models, whose weights are rounded when they are written. SmolLM2 in bf16: 0.41 of 20 or so."""

Report = Callable[[str], None]


def export(project: Project, run_id: str, format: str, target: Path, report: Report) -> Exported:
    """Write a run's result as a folder, load it in a fresh process, compare, and only then put it in place.

    Args:
        project: The project of the run.
        run_id: A run with a result.
        format: One of `workbench.core.export_formats.formats`.
        target: A new or empty folder.
        report: Told what is being done, in translated phrases.

    Raises:
        UserError: The run has no result, or the target is taken.
        RunFailed: What was written does not load, or does not give the answers of the live model.
    """
    run = project.run(run_id)
    made_of = lineage(project, run.id)
    with placed(target) as staging:
        report(tr("Writing the files"))
        if format == "adapter":
            _write(project, run, made_of, staging)
        else:
            _write_whole(project, run, made_of, format, staging)
            made_of = Lineage(staging)
        (staging / "README.md").write_text(cards.card(project, run, format), "utf-8")
        difference = _check(project, run, made_of, staging, format, report)
    return Exported(target.expanduser().resolve(), difference, cards.own_kind(run) if made_of.adapter else "")


def _write_whole(project: Project, run: Run, made_of: Lineage, format: str, folder: Path) -> None:
    """Write what a run's adapter makes of its base, in the precision of the base's files, or as GGUF.

    Raises:
        UserError: The adapter cannot become part of the weights.
    """
    model, reader = load_run(project, run.id, "", Device("cpu", "fp32", 1))
    whole = merge(run, model) if made_of.adapter else model
    reader.save_pretrained(folder)
    if format == "gguf":
        gguf_file.write(whole, folder, folder / GGUF_FILE, run.spec().name)
        return
    stored = inspect(str(made_of.base)).bytes_per_parameter
    whole.to(torch.bfloat16 if stored < torch.float32.itemsize else torch.float32).save_pretrained(folder)


def _write(project: Project, run: Run, made_of: Lineage, folder: Path) -> None:
    base = cards.base(project, run)
    if made_of.adapter is None or base is None:
        shutil.copytree(made_of.base, folder, dirs_exist_ok=True)
    else:
        shutil.copytree(made_of.adapter, folder, dirs_exist_ok=True)
        _edit_config(folder, base_model_name_or_path=base.name)
        load_reader(made_of.base).save_pretrained(folder)
        if run.spec().task == "reward-model":
            _add_head(run, folder)


def _edit_config(folder: Path, **changes: object) -> None:
    path = folder / "adapter_config.json"
    config = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps({**config, **changes}, indent=2, sort_keys=True), "utf-8")


def _add_head(run: Run, folder: Path) -> None:
    """Make a reward model's adapter one for `AutoModelForSequenceClassification`, with the head inside.

    transformers' classification heads have no bias; a constant does not change which answer is better.
    """
    weights = load_file(folder / "adapter_model.safetensors")
    head = reward.load_head(run.result)
    inner = "base_model" if is_saved(folder) else "base_model.model"  # PEFT wraps no model for virtual tokens
    weights[f"{inner}.score.weight"] = head.weight.detach().contiguous()
    save_file(weights, folder / "adapter_model.safetensors", metadata={"format": "pt"})
    _edit_config(folder, task_type="SEQ_CLS", modules_to_save=["score"])


def _check(project: Project, run: Run, made_of: Lineage, folder: Path, format: str, report: Report) -> float:
    """Return the largest difference between the logits of the live and of the exported model."""
    device = probe()
    # a whole model is rounded when it is written: bf16 on top would hide what that has cost; and a base that was held
    # in few bits when its adapter was trained is as it is here
    if format != "adapter" or bits_of(run.spec()) != AS_IS:
        device = Device("cpu", "fp32", device.threads)
    report(tr("Asking the live model"))
    with tempfile.TemporaryDirectory() as scratch:
        pictures = _pictures(Path(scratch)) if registry.task(run.spec().task).medium == "image" else []
        expected = _seen(project, run, device, pictures) if pictures else _live(project, run, device)
        report(tr("Loading the export in a fresh process"))
        found = _fresh(run, made_of, folder, format, device, pictures)
    difference = max(float((a - b).abs().max()) for a, b in zip(expected, found, strict=True))
    largest = max(float(logits.abs().max()) for logits in expected)
    allowed = (TOLERANCE[device.precision] if format == "adapter" else ROUNDED) * largest
    if not difference <= allowed:  # written so that a NaN fails, too
        raise RunFailed(
            tr(
                "The exported model does not answer like the live one (by {difference}); nothing was kept.",
                difference=f"{difference:.3g}",
            )
        )
    return difference


def _live(project: Project, run: Run, device: Device) -> list[torch.Tensor]:
    model, tokenizer = load_run(project, run.id, "", device)
    head = reward.load_head(run.result, device.name) if run.spec().task == "reward-model" else None
    found = []
    with torch.inference_mode():
        for text in TEXTS:
            inputs = tokenizer(text, return_tensors="pt").to(device.name)
            ids, mask = inputs["input_ids"], inputs["attention_mask"]
            if head is None:
                logits = model(input_ids=ids, attention_mask=mask).logits
            else:
                logits = reward.score(model, head, ids, mask).unsqueeze(-1) - head.bias
            found.append(logits.float().cpu())
    return found


def _pictures(folder: Path) -> list[Path]:
    """Write images of noise, of several shapes, for the live and the exported model to look at."""
    from PIL import Image

    draw = np.random.default_rng(0)
    paths = [folder / f"{number}.png" for number in range(len(SHAPES))]
    for path, shape in zip(paths, SHAPES, strict=True):
        Image.fromarray(draw.integers(0, 256, (*shape, 3), np.uint8)).save(path)
    return paths


def _seen(project: Project, run: Run, device: Device, pictures: list[Path]) -> list[torch.Tensor]:
    from workbench.engine.vision import Eye

    model, processor = load_run(project, run.id, "", device)
    eye = Eye(processor)
    with torch.inference_mode():
        inputs = [eye.pixels([eye.prepared(path)], device.name).to(device.dtype) for path in pictures]
        return [model(pixel_values=pixels).logits.float().cpu() for pixels in inputs]


def _classes(run: Run) -> int:
    """Return how many logits a run's result gives for a text as a whole; 0 for one that writes."""
    return 1 if run.spec().task == "reward-model" else len(run.result_info().get("labels", ()))


def _fresh(
    run: Run, made_of: Lineage, folder: Path, format: str, device: Device, pictures: list[Path]
) -> list[torch.Tensor]:
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch) / "logits.safetensors"
        job: dict[str, Any] = {
            "auto": cards.auto(run),
            "classes": _classes(run),
            "base": str(made_of.base) if made_of.adapter else "",
            "folder": str(folder),
            "gguf": GGUF_FILE if format == "gguf" else "",
            "module": registry.adapter(run.spec().adapter).module if made_of.adapter else "",
            "program": str(Path(__file__).parents[2]),
            "device": device.name,
            "dtype": str(device.dtype).removeprefix("torch."),
            "threads": device.threads,
            "texts": [] if pictures else TEXTS,
            "pictures": [str(path) for path in pictures],
            "out": str(out),
        }
        command = [sys.executable, "-I", str(Path(__file__).with_name("reload_check.py"))]
        child = subprocess.run(command, input=json.dumps(job), capture_output=True, text=True, encoding="utf-8")
        if child.returncode != 0:
            detail = "\n".join(child.stderr.splitlines()[-30:])
            raise RunFailed(tr("The exported model could not be loaded again; nothing was kept."), detail)
        logits = load_file(out)
    return [logits[str(number)] for number in range(len(logits))]
