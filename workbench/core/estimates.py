"""What a run will need before it starts: memory and time, from shapes and counts alone, nothing loaded.

A guess with its reasons, not a promise: the parts can be shown one by one, and a speed measured by an earlier run of
the same model and adapter takes the place of the rule of thumb.

Letters: P parameters of the base, T trainable parameters, t tokens in a batch, L layers, H hidden size, V vocabulary.
"""

import math
import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import psutil

from workbench.core import units
from workbench.core.i18n import tr
from workbench.core.models import ModelInfo
from workbench.core.project import Project

LIBRARIES = 650e6
"""Bytes of a trainer process before any model: Python, torch, transformers, peft (measured: about 0.6 GB)."""

TRAINABLE = 16
"""Bytes a trainable parameter: fp32 weight, gradient and the two moments of AdamW."""

ACTIVATIONS = 34
"""Values kept a token, layer and hidden unit, counted in single bytes at half precision (arXiv 2205.05198, equation 2,
without the attention matrix, which is never stored)."""

LOGITS = 12
"""Bytes a token and vocabulary entry: logits, their log-probabilities and gradients in fp32."""

START = 15.0
"""Seconds until the first step: process, imports, model, data."""

TEMPLATE = 28.0
"""Tokens that a chat template puts around an example (SmolLM2: its default system message and the marks)."""

EFFICIENCY = 0.45
"""Share of the speed of a large matrix product that training a small model reaches (measured on 2 cores)."""

BF16_GAIN = 2.0
"""How much faster bf16 products are where the processor has them (measured: 2.2 on a whole step)."""


@dataclass(frozen=True, kw_only=True)
class Machine:
    """What the estimate needs to know of the computer.

    Attributes:
        flops: fp32 operations a second of a large matrix product, all cores.
        bf16: Whether the processor multiplies in bf16.
        free: Bytes of memory that a new process can have.
    """

    flops: float
    bf16: bool
    free: int


@dataclass(frozen=True, kw_only=True)
class Work:
    """What is to be done.

    Attributes:
        trainable: Trainable parameters of the adapter.
        full: Whether the base itself is trained.
        rows: Examples in the training part of the data.
        tokens_per_row: Their mean length in tokens.
        settings: Values of the task's Options; ``epochs``, ``max_steps``, ``batch_size`` and ``max_length`` count.
        speed: Tokens a second measured by an earlier run, if there is one.
    """

    trainable: int
    full: bool
    rows: int
    tokens_per_row: float
    settings: Mapping[str, Any]
    speed: float | None = None


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """What a run will need.

    Attributes:
        memory: Bytes at the peak.
        parts: What they are made of, by translated name.
        seconds: From start to end.
        steps: Optimiser steps.
        basis: Whether the time comes from an earlier run or from a rule of thumb.
        fits: Whether the memory is there.
    """

    memory: float
    parts: dict[str, float]
    seconds: float
    steps: int
    basis: Literal["measured", "rule"]
    fits: bool

    @property
    def sentence(self) -> str:
        """One plain sentence for the review."""
        memory, needed = units.size(self.memory), units.duration(self.seconds)
        if self.basis == "measured":
            return tr(
                "About {memory} of memory and {time}, judged by an earlier run with this model.",
                memory=memory,
                time=needed,
            )
        return tr(
            "About {memory} of memory and roughly {time}; the first run will tell the time more exactly.",
            memory=memory,
            time=needed,
        )

    @property
    def warning(self) -> str:
        """A sentence when the memory will not do, else nothing."""
        if self.fits:
            return ""
        return tr("That is more memory than is free now. Choose LoRA, a smaller batch or a shorter length.")


def estimate(info: ModelInfo, work: Work, machine: Machine) -> Estimate:
    """Reckon what training ``info`` will need."""
    settings = work.settings
    batch = max(int(settings.get("batch_size") or 1), 1)
    length = min(work.tokens_per_row, float(settings.get("max_length") or math.inf))
    examples = work.rows * float(settings.get("epochs") or 1)
    if settings.get("max_steps"):
        examples = min(examples, int(settings["max_steps"]) * batch)
    parts = _memory(info, work, machine, tokens=batch * length)
    tokens = examples * length
    speed = work.speed or _speed(info, work, machine)
    memory = sum(parts.values())
    return Estimate(
        memory=memory,
        parts=parts,
        seconds=START + tokens / speed,
        steps=math.ceil(examples / batch),
        basis="measured" if work.speed else "rule",
        fits=memory <= machine.free,
    )


def _memory(info: ModelInfo, work: Work, machine: Machine, tokens: float) -> dict[str, float]:
    """Return the bytes of each part; a base that is trained is counted with what is trained."""
    held = 2 if machine.bf16 else 4
    per_token = ACTIVATIONS * info.layers * info.hidden_size * held / 2 + LOGITS * info.vocabulary
    return {
        tr("Libraries"): LIBRARIES,
        tr("Model"): 0.0 if work.full else float(info.parameters * held),
        tr("Trained weights, gradients and optimiser"): float(work.trainable * TRAINABLE),
        tr("Activations of one batch"): tokens * per_token,
    }


def _speed(info: ModelInfo, work: Work, machine: Machine) -> float:
    """Return tokens a second: forward 2 P, backward 2 P for what flows through and 2 P more for a trained base."""
    operations = (6 if work.full else 4) * max(info.parameters, 1)
    return machine.flops * (BF16_GAIN if machine.bf16 else 1.0) * EFFICIENCY / operations


def tokens_in(text: str) -> float:
    """Guess the tokens of a text: nearly four letters each in Latin script, almost two tokens a sign elsewhere.

    Fitted to what SmolLM2's tokenizer makes of the English and Japanese small talk: 0.29 a letter, 1.84 a sign.
    """
    latin = sum(1 for sign in text if ord(sign) < 0x250)
    return latin * 0.28 + (len(text) - latin) * 1.8


def mean_tokens(rows: Iterable[Mapping[str, Any]]) -> float:
    """Return the mean length of rows in tokens, with what a chat template puts around each."""
    lengths = [TEMPLATE + sum(tokens_in(text) for text in _texts(row)) for row in rows]
    return sum(lengths) / len(lengths) if lengths else 0.0


def _texts(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            if key not in ("split", "role"):
                yield from _texts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)


def measured_speed(project: Project, model_path: str, adapter: str, task: str) -> float | None:
    """Return the tokens a second of the newest finished run of this model, adapter and task in the project."""
    for run in reversed(project.runs()):
        spec = run.spec()
        if (spec.model_path, spec.adapter, spec.task) == (model_path, adapter, task):
            summary = run.summary()
            speed = summary.metrics.get("tokens_per_second", 0.0)
            if summary.state in ("finished", "stopped") and speed > 0:
                return speed
    return None


def probe() -> Machine:
    """Measure this computer, in a few hundredths of a second."""
    import numpy

    matrix = numpy.ones((768, 768), dtype=numpy.float32)
    best = math.inf
    for _ in range(4):  # the first one wakes the threads
        began = time.perf_counter()
        matrix @ matrix
        best = min(best, time.perf_counter() - began)
    return Machine(flops=2 * 768**3 / best, bf16=_has_bf16(), free=psutil.virtual_memory().available)


def _has_bf16() -> bool:
    """Whether the processor says so; only Linux lists its abilities in a file."""
    flags = Path("/proc/cpuinfo")
    if os.name != "posix" or not flags.exists():
        return False
    words = set(flags.read_text("utf-8", errors="replace").split())
    return bool(words & {"avx512_bf16", "amx_bf16"})
