"""REINFORCE: improve a model by a reward model, with several answers a prompt in the place of a value model."""

from typing import Annotated

from workbench.core.context import RunContext
from workbench.core.i18n import mark, tr
from workbench.core.options import option, parse
from workbench.core.registry import Task
from workbench.tasks import instruction_tuning
from workbench.tasks.rounds import ADAPTERS, SUITED, RoundOptions


class Options(RoundOptions, frozen=True):
    """Settings of REINFORCE; a round is one step, so there are more of them than in PPO, and smaller ones."""

    max_steps: Annotated[
        int,
        option(
            mark("Rounds"),
            mark("How often answers are written and learnt from, with one step each time."),
            source=mark("measured: a few minutes for a 135M model on 2 cores"),
            low=1,
            high=1_000_000,
            basic=True,
        ),
    ] = 30
    batch_size: Annotated[
        int,
        option(
            mark("Prompts a round"),
            mark("More prompts a round make each step surer and slower."),
            unit=mark("prompts"),
            source=mark("arXiv 2402.14740, appendix A: 512 answers a round; fewer for one computer"),
            low=1,
            high=4096,
            basic=True,
        ),
    ] = 4
    answers: Annotated[
        int,
        option(
            mark("Answers a prompt"),
            mark("Each answer is judged against the others to the same prompt."),
            unit=mark("answers"),
            source=mark("arXiv 2402.14740, section 5: 2 and 4"),
            low=2,
            high=64,
        ),
    ] = 4


def run(context: RunContext) -> None:
    """Train in the trainer process; see `workbench.engine.reinforce`."""
    context.phase(tr("Loading libraries"))
    from workbench.engine.reinforce import train

    train(context, parse(Options, context.spec.options))


TASK = Task(
    name="reinforce",
    label=mark("Improve with REINFORCE"),
    help=mark(
        "Let a model write several answers to each prompt, and teach it to write those that a reward model likes best."
    ),
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
