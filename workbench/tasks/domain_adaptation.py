"""Domain adaptation: make a language model at home in a field by reading its texts."""

from typing import TYPE_CHECKING, Annotated, Literal

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

ADAPTIVE = mark("Gururangan et al., arXiv 2004.10964")
"""Where continued pre-training on the texts of a domain, or of a task, comes from."""


class Options(core_options.Options, frozen=True):
    """Settings of domain adaptation."""

    epochs: Annotated[
        float,
        option(
            mark("Epochs"),
            mark("How many times every text is read. Few texts may be read more often, many need it only once."),
            source=mark("Muennighoff et al., arXiv 2305.16264: up to 4 times is nearly as good as new text"),
            low=0.01,
            high=1000,
            basic=True,
        ),
    ] = 3.0
    batch_size: Annotated[
        int,
        option(
            mark("Batch size"),
            mark("Blocks of text a step. Larger batches learn more calmly."),
            unit=mark("blocks"),
            low=1,
            high=4096,
            basic=True,
        ),
    ] = 8
    learning_rate: Annotated[
        float,
        option(
            mark("Learning rate"),
            mark("How far each step goes. 1e-4 suits full fine-tuning of a small model; LoRA needs more, about 5e-4."),
            source=ADAPTIVE,
            low=1e-8,
            high=1.0,
            basic=True,
        ),
    ] = 1e-4
    max_length: Annotated[
        int,
        option(
            mark("Block length"),
            mark("Texts are read in blocks of this length: several short ones in one, a long one in several."),
            unit=mark("tokens"),
            source=ADAPTIVE,
            low=8,
            high=131072,
            basic=True,
        ),
    ] = 512
    keep_best: Annotated[
        Literal["loss", "last"],
        option(
            mark("Model to keep"),
            mark("The one with the lowest loss on held-out texts, or simply the last one."),
        ),
    ] = "loss"
    max_steps: shared.MaxSteps = 0
    micro_batch: Annotated[
        int,
        option(
            mark("Micro-batch"),
            mark("Blocks computed at once; the gradients of a batch are added up. 0 takes the whole batch at once."),
            unit=mark("blocks"),
            low=0,
            high=4096,
        ),
    ] = 1
    warmup_ratio: Annotated[
        float,
        option(
            mark("Warm-up"),
            mark("The share of the steps over which the learning rate rises."),
            source=ADAPTIVE,
            low=0.0,
            high=1.0,
        ),
    ] = 0.06
    weight_decay: Annotated[
        float,
        option(mark("Weight decay"), mark("Pulls weights towards zero."), source=ADAPTIVE, low=0.0, high=1.0),
    ] = 0.01
    max_grad_norm: shared.MaxGradNorm = 1.0
    eval_every: shared.EvalEvery = 0
    save_every: shared.SaveEvery = 50
    samples: Annotated[
        int,
        option(
            mark("Sample texts"),
            mark("Held-out texts whose beginnings the model continues at each evaluation."),
            low=0,
            high=16,
        ),
    ] = 2
    base_bits: shared.BaseBits = "as-is"
    precision: shared.Precision = "auto"
    gradient_checkpointing: shared.GradientCheckpointing = False
    seed: shared.Seed = 0


def run(context: RunContext) -> None:
    """Train in the trainer process; see `workbench.engine.domain`."""
    context.phase(tr("Loading libraries"))
    from workbench.engine.domain import train

    train(context, parse(Options, context.spec.options))


def evaluate(project: "Project", run: "Run", dataset: "Dataset") -> dict[str, float]:
    """Measure a result; see `workbench.engine.domain.evaluate`."""
    from workbench.engine.domain import evaluate as measure

    return measure(project, run, dataset, known(Options, run.spec().options))


TASK = Task(
    name="domain-adaptation",
    label=mark("Domain adaptation"),
    help=mark("Let a language model read texts of your field, so that it is at home there before it learns to answer."),
    options=Options,
    kinds=("text", "unlabelled"),
    architectures=("causal-lm",),
    adapters=("lora", "adalora", "bottleneck", "ia3", "prefix-tuning", "p-tuning", "prompt-tuning", "full"),
    parents=("from?",),
    suited={
        "lora": {"learning_rate": 5e-4},
        "adalora": {"learning_rate": 1e-3},
        "bottleneck": {"learning_rate": 1e-3},
        "ia3": {"learning_rate": 3e-3},
        "prefix-tuning": {"learning_rate": 1e-2},
        "p-tuning": {"learning_rate": 1e-3},
        "prompt-tuning": {"learning_rate": 3e-2},
    },
    packed=True,
    run=run,
    evaluate=evaluate,
)
