"""Reward model: learn from rankings which answers people prefer."""

from typing import TYPE_CHECKING

from workbench.core import options as core_options
from workbench.core import training_fields as shared
from workbench.core.context import RunContext
from workbench.core.i18n import mark, tr
from workbench.core.options import known, parse
from workbench.core.registry import Task
from workbench.tasks.rounds import ADAPTERS

if TYPE_CHECKING:
    from workbench.core.datasets.dataset import Dataset
    from workbench.core.project import Project
    from workbench.core.runs import Run


class Options(core_options.Options, frozen=True):
    """Settings of the reward model; a batch is counted in rankings, each with all its answers."""

    epochs: shared.Epochs = 1.0
    batch_size: shared.BatchSize = 1
    learning_rate: shared.LearningRate = 5e-4
    max_length: shared.MaxLength = 512
    max_steps: shared.MaxSteps = 0
    micro_batch: shared.MicroBatch = 1
    warmup_ratio: shared.WarmupRatio = 0.1
    weight_decay: shared.WeightDecay = 0.0
    max_grad_norm: shared.MaxGradNorm = 1.0
    eval_every: shared.EvalEvery = 0
    save_every: shared.SaveEvery = 25
    base_bits: shared.BaseBits = "as-is"
    precision: shared.Precision = "auto"
    gradient_checkpointing: shared.GradientCheckpointing = False
    seed: shared.Seed = 0


def run(context: RunContext) -> None:
    """Train in the trainer process; see `workbench.engine.reward_training`."""
    context.phase(tr("Loading libraries"))
    from workbench.engine.reward_training import train

    train(context, parse(Options, context.spec.options))


def evaluate(project: "Project", run: "Run", dataset: "Dataset") -> dict[str, float]:
    """Measure a result; see `workbench.engine.reward_training.evaluate`."""
    from workbench.engine.reward_training import evaluate as measure

    return measure(project, run, dataset, known(Options, run.spec().options))


TASK = Task(
    name="reward-model",
    label=mark("Reward model"),
    help=mark("Learn from rankings which answers people prefer."),
    options=Options,
    kinds=("ranking",),
    architectures=("causal-lm",),
    adapters=ADAPTERS,
    parents=("from?",),
    suited={
        "ia3": {"learning_rate": 3e-3},
        "prefix-tuning": {"learning_rate": 1e-2},
        "prompt-tuning": {"learning_rate": 1e-2},
    },
    run=run,
    evaluate=evaluate,
    samples=False,
)
