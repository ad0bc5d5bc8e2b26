"""Instruction tuning: teach a causal language model to answer as the examples do."""

from typing import TYPE_CHECKING, Annotated

from workbench.core import options as core_options
from workbench.core import training_fields as shared
from workbench.core.context import RunContext
from workbench.core.i18n import mark, tr
from workbench.core.options import known, option, parse
from workbench.core.registry import Task

if TYPE_CHECKING:
    from workbench.core.datasets.dataset import Dataset
    from workbench.core.project import Project
    from workbench.core.runs import Run


class Options(core_options.Options, frozen=True):
    """Settings of instruction tuning."""

    epochs: shared.Epochs = 3.0
    batch_size: shared.BatchSize = 16
    learning_rate: shared.LearningRate = 2e-4
    max_length: shared.MaxLength = 512
    max_steps: shared.MaxSteps = 0
    micro_batch: shared.MicroBatch = 0
    warmup_ratio: shared.WarmupRatio = 0.03
    weight_decay: shared.WeightDecay = 0.0
    max_grad_norm: shared.MaxGradNorm = 1.0
    eval_every: shared.EvalEvery = 0
    save_every: shared.SaveEvery = 50
    samples: Annotated[
        int,
        option(
            mark("Sample answers"),
            mark("Held-out prompts that the model answers at each evaluation."),
            low=0,
            high=16,
        ),
    ] = 2
    base_bits: shared.BaseBits = "as-is"
    precision: shared.Precision = "auto"
    gradient_checkpointing: shared.GradientCheckpointing = False
    seed: shared.Seed = 0


def run(context: RunContext) -> None:
    """Train in the trainer process; see `workbench.engine.instruction`."""
    context.phase(tr("Loading libraries"))
    from workbench.engine.instruction import train

    train(context, parse(Options, context.spec.options))


def evaluate(project: "Project", run: "Run", dataset: "Dataset") -> dict[str, float]:
    """Measure a result; see `workbench.engine.instruction.evaluate`."""
    from workbench.engine.instruction import evaluate as measure

    return measure(project, run, dataset, known(Options, run.spec().options))


TASK = Task(
    name="instruction-tuning",
    label=mark("Instruction tuning"),
    help=mark("Teach a language model to answer the way your examples do."),
    options=Options,
    kinds=("instruction", "chat"),
    architectures=("causal-lm",),
    adapters=("lora", "adalora", "bottleneck", "ia3", "prefix-tuning", "p-tuning", "prompt-tuning", "full"),
    parents=("from?",),
    suited={
        "adalora": {"learning_rate": 1e-3},
        "bottleneck": {"learning_rate": 5e-4},
        "ia3": {"learning_rate": 3e-3},
        "prefix-tuning": {"learning_rate": 1e-2},
        "p-tuning": {"learning_rate": 1e-3},
        "prompt-tuning": {"learning_rate": 3e-2},
    },
    run=run,
    evaluate=evaluate,
)
