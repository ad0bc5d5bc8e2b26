"""What runs do and how they ended, in a word or two."""

from collections.abc import Mapping

from workbench.core import registry
from workbench.core.i18n import tr
from workbench.core.runs import Story

FIRST = ("reward/mean", "eval/accuracy", "eval/perplexity", "eval/loss", "train/loss")
"""Metrics that tell most about a run, the best first."""


def state_word(state: str) -> str:
    """Return the state of a run as a person would say it."""
    return {
        "waiting": tr("waiting"),
        "running": tr("training"),
        "stopping": tr("stopping"),
        "finished": tr("finished"),
        "stopped": tr("stopped"),
        "failed": tr("failed"),
        "died": tr("failed"),
    }[state]


def task_label(task: str) -> str:
    """Return what a task is called."""
    known = registry.tasks().get(task)
    return tr(known.label) if known else task


def metric_label(name: str) -> str:
    """Return what a metric is called; one that nobody named keeps its own name."""
    return {
        "train/loss": tr("Training loss"),
        "eval/loss": tr("Held-out loss"),
        "eval/accuracy": tr("Held-out accuracy"),
        "train/accuracy": tr("Training accuracy"),
        "epoch/loss": tr("Training loss of an epoch"),
        "epoch/accuracy": tr("Training accuracy of an epoch"),
        "eval/macro_f1": tr("Held-out F1, mean of the classes"),
        "eval/perplexity": tr("Held-out perplexity"),
        "eval/reward": tr("Held-out reward"),
        "eval/kl": tr("Held-out KL"),
        "eval/reward_error": tr("Standard error of the held-out reward"),
        "reward": tr("Reward"),
        "reward/mean": tr("Mean reward"),
        "reward/margin": tr("Reward margin"),
        "kl": tr("KL"),
        "kl/mean": tr("Mean KL"),
        "kl/coefficient": tr("KL penalty"),
        "entropy": tr("Entropy"),
        "clip_fraction": tr("Clipped share"),
        "policy/loss": tr("Policy loss"),
        "value/loss": tr("Value loss"),
        "ptx/loss": tr("Mixed-in loss"),
        "length/mean": tr("Mean answer length"),
        "ended/share": tr("Answers that came to an end"),
        "learning_rate": tr("Learning rate"),
        "gradient_norm": tr("Gradient norm"),
        "tokens_per_second": tr("Tokens per second"),
        "images_per_second": tr("Images per second"),
        "memory_mb": tr("Memory (MB)"),
    }.get(name, name)


def headline(metrics: Mapping[str, float]) -> str:
    """Return the one value that tells most, with its name; "" when there is none."""
    for name in FIRST:
        if name in metrics:
            return f"{metric_label(name)} {metrics[name]:.3g}"
    return ""


def progress_of(story: Story) -> str:
    """Return how far a live run is: its step, and what it does besides."""
    step = tr("step {step} of {total}", step=story.step, total=story.total) if story.total else ""
    return " · ".join(part for part in (step, story.phase) if part) or tr("starting")
