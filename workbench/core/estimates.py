"""What a run will need before it starts: memory and time, from shapes and counts alone, nothing loaded.

A guess with its reasons, not a promise: the parts can be shown one by one, and a speed measured by an earlier run of
the same model and adapter takes the place of the rule of thumb.

Letters: P parameters of the base, T trainable parameters, t tokens in a batch, L layers, H hidden size, V vocabulary.
"""

import dataclasses
import math
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import psutil

from workbench.core import hardware, units
from workbench.core.i18n import tr
from workbench.core.models import ModelInfo
from workbench.core.project import Project

LIBRARIES = 480e6
"""Bytes of a trainer process besides its model: Python, torch, transformers, peft."""

TRAINABLE = 16
"""Bytes a trainable parameter: fp32 weight, gradient and the two moments of AdamW."""

ACTIVATIONS = {True: 79, False: 115}
"""Bytes kept a token, layer and hidden unit, in bf16 and in fp32. arXiv 2205.05198, equation 2, has 34 for half
precision without the attention matrix; LoRA's own activations and what autocast keeps in fp32 come on top."""

LOGITS = 13
"""Bytes an answer token and vocabulary entry: logits, their log-probabilities and gradients."""

ANSWERS = 0.5
"""Share of the tokens that are answers, for which alone there are logits."""

START = 12.0
"""Seconds until the first step: process, imports, model, data."""

TEMPLATE = 28.0
"""Tokens that a chat template puts around an example (SmolLM2: its default system message and the marks)."""

END = 1.0
"""Tokens that are put behind a text that is read as it is."""

BORDERS = 2.0
"""Tokens that a classifier's tokenizer puts around a text."""

EFFICIENCY = 0.6
"""Share of the speed of a matrix product in the cache that fp32 training of a small model reaches."""

BF16_GAIN = 2.3
"""How much faster bf16 is on a whole step where the processor multiplies in it."""

# Measured with SmolLM2-135M on 2 cores with avx512_bf16 (processor time, batches of 8 x 64 and 16 x 96): LoRA in bf16
# 655 tokens/s and 1.67 MB a token, in fp32 280 tokens/s and 2.29 MB a token, all weights in bf16 440 tokens/s.


@dataclass(frozen=True, kw_only=True)
class Machine:
    """What the estimate needs to know of the computer.

    Attributes:
        flops: fp32 operations a second of a matrix product in the cache, all cores.
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
        held_out: Examples in the held-out part.
        tokens_per_row: Their mean length in tokens.
        longest: Length of the longest ones, which come together in a batch (see `lengths`).
        settings: Values of the task's Options; ``epochs``, ``max_steps``, ``batch_size``,
            ``micro_batch``, ``eval_every`` and ``max_length`` count.
        speed: Tokens a second measured by an earlier run, if there is one.
    """

    trainable: int
    full: bool
    rows: int
    held_out: int
    tokens_per_row: float
    longest: float
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
            "About {memory} of memory and roughly {time}, if nothing else keeps the computer busy. "
            "The first run will tell the time more exactly.",
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
    limit = float(settings.get("max_length") or math.inf)
    examples = work.rows * float(settings.get("epochs") or 1)
    if settings.get("max_steps"):
        examples = min(examples, int(settings["max_steps"]) * batch)
    steps = math.ceil(examples / batch)
    per_evaluation = int(settings.get("eval_every") or 0) or math.ceil(work.rows / batch)
    evaluations = 1 + math.ceil(steps / max(per_evaluation, 1))  # one before the first step
    forward_only = 1 / 3 if work.full else 1 / 2  # of the operations of a training step
    at_once = int(settings.get("micro_batch") or 0) or batch
    usual, longest = (info.patches or min(length, limit) for length in (work.tokens_per_row, work.longest))
    tokens = (examples + evaluations * work.held_out * forward_only) * usual
    parts = _memory(info, work, machine, tokens=at_once * longest)
    memory = sum(parts.values())
    return Estimate(
        memory=memory,
        parts=parts,
        seconds=START + tokens / (work.speed or _speed(info, work, machine)),
        steps=steps,
        basis="measured" if work.speed else "rule",
        fits=memory <= machine.free,
    )


def packed(work: Work) -> Work:
    """Return the same work where rows come together in blocks of ``max_length`` tokens; its examples are blocks."""
    length = float(work.settings["max_length"])
    rows, held_out = (math.ceil(count * work.tokens_per_row / length) for count in (work.rows, work.held_out))
    usual = min(length, work.rows * work.tokens_per_row)
    return dataclasses.replace(work, rows=rows, held_out=held_out, tokens_per_row=usual, longest=usual)


def _memory(info: ModelInfo, work: Work, machine: Machine, tokens: float) -> dict[str, float]:
    """Return the bytes of each part; a base that is trained is counted with what is trained."""
    held = 2 if machine.bf16 else 4
    per_token: float = ACTIVATIONS[machine.bf16] * info.layers * info.hidden_size
    if info.architecture == "causal-lm":
        per_token += ANSWERS * LOGITS * info.vocabulary
    return {
        tr("Libraries"): LIBRARIES,
        tr("Model"): 0.0 if work.full else float(info.parameters * held),
        tr("Trained weights, gradients and optimiser"): float(work.trainable * TRAINABLE),
        tr("Activations of one batch"): tokens * per_token,
    }


def _speed(info: ModelInfo, work: Work, machine: Machine) -> float:
    """Return tokens a second: forward 2 P, backward 2 P for what flows through and 2 P more for a trained base."""
    looked_up = 0 if info.architecture == "causal-lm" else info.vocabulary * info.hidden_size  # it has no output layer
    operations = (6 if work.full else 4) * max(info.parameters - looked_up, 1)
    return machine.flops * (BF16_GAIN if machine.bf16 else 1.0) * EFFICIENCY / operations


def tokens_in(text: str) -> float:
    """Guess the tokens of a text: nearly four letters each in Latin script, almost two tokens a sign elsewhere.

    Fitted to what SmolLM2's tokenizer makes of the English and Japanese small talk: 0.29 a letter, 1.84 a sign.
    """
    latin = sum(1 for sign in text if ord(sign) < 0x250)
    return latin * 0.28 + (len(text) - latin) * 1.8


def lengths(rows: Iterable[Mapping[str, Any]], around: float = TEMPLATE) -> tuple[float, float]:
    """Return the mean length of rows in tokens, and the length that one in a hundred reaches.

    Args:
        rows: Rows of a data set.
        around: Tokens that are put around each (`TEMPLATE`, `BORDERS` or `END`).
    """
    found = sorted(around + sum(tokens_in(text) for text in _texts(row)) for row in rows)
    if not found:
        return 0.0, 0.0
    return sum(found) / len(found), found[math.ceil(0.99 * len(found)) - 1]


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


SIDE = 256


def probe() -> Machine:
    """Measure this computer, in a tenth of a second or so.

    One core is measured and the others are taken to be alike: threads that wait for each other on a busy computer would
    make it look a thousand times slower than it is.
    """
    import numpy
    from threadpoolctl import threadpool_limits

    matrix = numpy.ones((SIDE, SIDE), dtype=numpy.float32)
    best = math.inf
    with threadpool_limits(1):
        for _ in range(100):  # the best of many short ones is hardly touched by what else the computer does
            began = time.perf_counter()
            matrix @ matrix
            best = min(best, time.perf_counter() - began)
    flops = hardware.threads() * 2 * SIDE**3 / best
    return Machine(flops=flops, bf16=hardware.has_bf16(), free=psutil.virtual_memory().available)
