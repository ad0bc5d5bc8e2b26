"""What a run needs: its largest batch is computed, forward and back, on tensors that have shapes and no content."""

import math
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import psutil
import torch
from torch._subclasses.fake_tensor import FakeTensorMode
from transformers import AutoConfig

from workbench.core import estimates, registry
from workbench.core.datasets.dataset import Dataset
from workbench.core.fitting import Fit, Remedy
from workbench.core.options import known
from workbench.core.spec import RunSpec
from workbench.engine import few_bits
from workbench.engine.device import Device, probe
from workbench.engine.fit import phases
from workbench.engine.fit.ghosts import auto_of, build
from workbench.engine.fit.lessons import loss
from workbench.engine.fit.meter import Meter
from workbench.engine.fit.sizes import Sizes, largest
from workbench.engine.models import trainable

LIBRARIES = 400e6
"""Bytes of resident memory of a trainer before it has a model. Measured; see tests/benchmarks/memory_fit.py."""

KEPT = 0.45
"""What comes on top of the small tensors of a step, as a share of their peak: glibc's heap keeps blocks that are free
but of no use, since an aligned one of the same size needs a little more. Large ones go back to the system as soon as
they are free (`workbench.engine.device.LARGE`)."""

WORKING = 150e6
"""Bytes of what a step needs besides: threads, and code that is loaded late.

Both are fitted to twelve of the measured peaks in tests/benchmarks/memory_fit.py, which has others besides."""

GPU_WORKING = 70e6
"""The same on a GPU: the working room of cuBLAS (32 MiB a stream on recent ones) and rounding to blocks."""

MOMENTS = 2
"""Numbers that AdamW keeps of each trained one (arXiv 1711.05101)."""

ROUNDS = ("ppo", "reinforce")


@dataclass(frozen=True)
class _Case:
    """A run that is reckoned."""

    folder: Path
    spec: RunSpec
    dataset: Dataset

    @property
    def options(self) -> Any:
        return known(registry.task(self.spec.task).options, self.spec.options)

    def changed(self, adapter: str = "", **settings: Any) -> "_Case":
        spec = msgspec.structs.replace(self.spec, options={**self.spec.options, **settings})
        if adapter:
            own = msgspec.to_builtins(registry.adapter(adapter).options())
            spec = msgspec.structs.replace(spec, adapter=adapter, adapter_options=own)
        return replace(self, spec=spec)


def estimate(folder: Path, spec: RunSpec, dataset: Dataset, *, remedies: bool = True) -> Fit:
    """Reckon a run, and what would take less.

    Args:
        folder: Of the model; its ``config.json`` is enough.
        spec: The run.
        dataset: What it learns from.
        remedies: Whether to reckon them, too.
    """
    case = _Case(folder, spec, dataset)
    found = _reckon(case)
    if not remedies:
        return found
    return msgspec.structs.replace(found, remedies=_remedies(case, found))


def _reckon(case: _Case) -> Fit:
    spec, options = case.spec, case.options
    device = probe(options.precision)
    config = AutoConfig.from_pretrained(case.folder, local_files_only=True)
    sizes = largest(spec.task, case.folder, case.dataset, options, config)
    in_rounds = spec.task in ROUNDS
    mode = FakeTensorMode(allow_non_fake_inputs=True)  # PEFT keeps the numbers of virtual tokens beside the model
    meter = Meter()
    players = phases.others(spec.task) if in_rounds else []
    model = build(case.folder, spec, device, mode, classes=sizes.classes, players=players)
    with mode:
        if in_rounds:
            trained = [weight for name in phases.learners(spec.task) for weight in phases.weights(model, name)]
        else:
            trained = list(trainable(model.train()).values())
        moments = [torch.zeros_like(weight) for weight in trained for _ in range(MOMENTS)]
        meter.hold([*model.parameters(), *model.buffers(), *moments])
        still = meter.now
        with meter:
            if in_rounds:
                round_ = phases.Round(model, phases.learners(spec.task), sizes, options, device)
                found = phases.measure(round_, meter)
            else:
                meter.restart()
                loss(model, spec.task, sizes, device).backward()  # type: ignore[no-untyped-call]
                found = {"learning": (meter.small, meter.large, meter.both, meter.flops)}
    moving = {name: _moving(device, still, *peaks[:3]) for name, peaks in found.items()}
    lighter = few_bits.saved(few_bits.bits_of(spec), device, auto_of(spec, sizes.classes), case.folder)
    return _told(
        model,
        trained,
        device,
        sizes,
        still=sum(still) - lighter,
        moving=moving,
        seconds=_seconds(found, options, sizes),
    )


def _moving(device: Device, still: tuple[int, int], small: int, large: int, both: int) -> float:
    """Return the bytes that a phase needs beyond what is always there."""
    if device.name != "cpu":
        return both - sum(still) + GPU_WORKING
    return WORKING + (1 + KEPT) * (small - still[0]) + large - still[1]


def _told(
    model: Any,
    trained: list[Any],
    device: Device,
    sizes: Sizes,
    *,
    still: float,
    moving: dict[str, float],
    seconds: float,
) -> Fit:
    base = LIBRARIES if device.name == "cpu" else 0.0
    own = float(sum(weight.numel() * weight.element_size() for weight in trained) * (1 + MOMENTS))
    parts = {"libraries": base, "model": still - own, "trained": own, "batch": max(moving.values())}
    free = psutil.virtual_memory().available if device.name == "cpu" else torch.cuda.mem_get_info()[0]
    return Fit(
        parameters=sum(weight.numel() for weight in model.parameters()),
        trainable=sum(weight.numel() for weight in trained),
        memory=sum(parts.values()),
        free=float(free),
        device=device.name,
        precision=device.precision,
        parts=parts,
        phases={name: base + still + amount for name, amount in moving.items()} if len(moving) > 1 else {},
        examples=sizes.rows,
        tokens=sizes.length,
        step_seconds=seconds,
    )


@cache
def _machine() -> estimates.Machine:
    """Return how fast this computer is, measured once: what takes less is compared by the same speed."""
    return estimates.probe()


def _seconds(found: dict[str, tuple[int, int, int, int]], options: Any, sizes: Sizes) -> float:
    """Return the seconds of a step by a rule of thumb, with as many parts as its batch has; of a round, of learning."""
    speed = _machine().flops * (estimates.BF16_GAIN if probe(options.precision).precision == "bf16" else 1.0)
    parts = math.ceil(options.batch_size / sizes.rows) if len(found) == 1 else 1
    return parts * sum(peaks[3] for peaks in found.values()) / (speed * estimates.EFFICIENCY)


def _remedies(case: _Case, now: Fit) -> list[Remedy]:
    options, rounds = case.options, case.spec.task in ROUNDS
    found = (
        [
            _halved(case, now, "micro-batch", "minibatch_size", options.minibatch_size, 1),
            _halved(case, now, "answers", "max_new_tokens", options.max_new_tokens, 8),
        ]
        if rounds
        else [_halved(case, now, "micro-batch", "micro_batch", now.examples, 1)]
    )
    if not getattr(options, "gradient_checkpointing", True) and case.spec.adapter != "prefix-tuning":
        found.append(_remedy(case, now, "checkpointing", gradient_checkpointing=True))
    if now.precision == "fp32":
        found.append(_remedy(case, now, "bf16", precision="bf16"))
    if case.spec.adapter == "full" and "lora" in registry.task(case.spec.task).adapters:
        found.append(_remedy(case, now, "lora", adapter="lora"))
    if hasattr(options, "max_length"):
        found.append(_halved(case, now, "length", "max_length", min(now.tokens, options.max_length), 16))
    return [one for one in found if one is not None and one.memory < now.memory]


def _halved(case: _Case, now: Fit, name: str, setting: str, value: int, least: int) -> Remedy | None:
    halved: dict[str, Any] = {setting: value // 2}
    return _remedy(case, now, name, **halved) if value // 2 >= least else None


def _remedy(case: _Case, now: Fit, name: str, adapter: str = "", **settings: Any) -> Remedy:
    found = _reckon(case.changed(adapter, **settings))
    slower = found.step_seconds / now.step_seconds
    return Remedy(name=name, settings=settings, adapter=adapter, memory=found.memory, slower=slower)
