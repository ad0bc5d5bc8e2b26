"""PPO: improve a model by what a reward model has learnt from rankings."""

from typing import Annotated

from workbench.core.context import RunContext
from workbench.core.i18n import mark, tr
from workbench.core.options import option, parse
from workbench.core.registry import Task
from workbench.tasks import instruction_tuning
from workbench.tasks.rounds import ADAPTERS, SUITED, RoundOptions


class Options(RoundOptions, frozen=True):
    """Settings of PPO."""

    ppo_epochs: Annotated[
        int,
        option(
            mark("Passes over a round"),
            mark("How often the answers of a round are learnt from before new ones are written."),
            source=mark("between InstructGPT, arXiv 2203.02155: 1, and Stiennon et al., arXiv 2009.01325: 4; measured"),
            low=1,
            high=32,
        ),
    ] = 2
    clip_range: Annotated[
        float,
        option(
            mark("Clip range"),
            mark("How far the probability of a token may move in one round and still count."),
            source=mark("PPO, arXiv 1707.06347, section 6.1: 0.2"),
            low=0.01,
            high=1.0,
        ),
    ] = 0.2
    value_clip: Annotated[
        float,
        option(
            mark("Value clip range"),
            mark("How far a value may move in one round and still count."),
            source=mark("InstructGPT, arXiv 2203.02155, appendix C.4: 0.2"),
            low=0.01,
            high=100.0,
        ),
    ] = 0.2
    gamma: Annotated[
        float,
        option(
            mark("Discount"),
            mark("What a later reward counts against an early one; 1 counts them the same."),
            source=mark("InstructGPT, arXiv 2203.02155, appendix C.4: 1"),
            low=0.0,
            high=1.0,
        ),
    ] = 1.0
    lam: Annotated[
        float,
        option(
            mark("GAE lambda"),
            mark("1 trusts the observed rewards alone, 0 the values alone."),
            source=mark("Stiennon et al., arXiv 2009.01325, appendix B.1: 0.95"),
            low=0.0,
            high=1.0,
        ),
    ] = 0.95
    ptx_coefficient: Annotated[
        float,
        option(
            mark("Mixing in of examples"),
            mark("How strongly the examples that the model was tuned on keep teaching it; 0 leaves them out."),
            source=mark("PPO-ptx, InstructGPT, arXiv 2203.02155, section 3.5"),
            low=0.0,
            high=100.0,
        ),
    ] = 0.0


def run(context: RunContext) -> None:
    """Train in the trainer process; see `workbench.engine.ppo`."""
    context.phase(tr("Loading libraries"))
    from workbench.engine.ppo import train

    train(context, parse(Options, context.spec.options))


TASK = Task(
    name="ppo",
    label=mark("Improve with PPO"),
    help=mark("Let a model write, score what it writes with a reward model, and teach it to write what scores well."),
    options=Options,
    kinds=("prompts", "instruction", "chat"),
    architectures=("causal-lm",),
    adapters=ADAPTERS,
    parents=("from", "reward"),
    suited=SUITED,
    run=run,
    evaluate=instruction_tuning.evaluate,
    measured_on=instruction_tuning.TASK.kinds,
)
