"""Settings that all ways of learning from a reward share; not a task itself."""

from typing import Annotated

from workbench.core import options as core_options
from workbench.core import training_fields as shared
from workbench.core.i18n import mark
from workbench.core.options import option

ADAPTERS = ("lora", "bottleneck", "ia3", "prefix-tuning", "prompt-tuning")
"""Of which one base carries several that are trained: policy and value, beside the reward and the reference.

Of AdaLoRA PEFT trains one at a time; a P-tuning that goes on is prompt tuning, and PEFT puts no two kinds on a base.
"""

SUITED = {
    "ia3": {"learning_rate": 3e-3},
    "prefix-tuning": {"learning_rate": 5e-3},
    "prompt-tuning": {"learning_rate": 5e-3},
}
"""See `workbench.core.registry.Task.suited`."""


class RoundOptions(core_options.Options, frozen=True):
    """A round: answers are written, scored, and the model is moved towards the better ones."""

    max_steps: Annotated[
        int,
        option(
            mark("Rounds"),
            mark("How often answers are written and learnt from."),
            source=mark("measured: PPO takes 4 minutes for 12 rounds, a 135M model, 2 cores"),
            low=1,
            high=1_000_000,
            basic=True,
        ),
    ] = 12
    batch_size: Annotated[
        int,
        option(
            mark("Prompts a round"),
            mark("More prompts a round make each step surer and slower."),
            unit=mark("prompts"),
            source=mark("InstructGPT, arXiv 2203.02155, appendix C.4: 512; fewer for one computer"),
            low=1,
            high=4096,
            basic=True,
        ),
    ] = 16
    answers: Annotated[
        int,
        option(
            mark("Answers a prompt"),
            mark("How many answers are written to each prompt in a round."),
            unit=mark("answers"),
            source=mark("InstructGPT, arXiv 2203.02155, appendix C.4: 1"),
            low=1,
            high=64,
        ),
    ] = 2
    minibatch_size: Annotated[
        int,
        option(
            mark("Minibatch"),
            mark("Answers in one step of the optimiser."),
            unit=mark("answers"),
            source=mark("InstructGPT, arXiv 2203.02155, appendix C.4: 8 minibatches a round"),
            low=1,
            high=4096,
        ),
    ] = 8
    learning_rate: Annotated[
        float,
        option(
            mark("Learning rate"),
            mark("How far each step goes. Too high a rate shows as a KL that runs away."),
            source=mark("measured on a 135M model with LoRA; InstructGPT, which tunes all weights: 9e-6"),
            low=1e-8,
            high=1.0,
            basic=True,
        ),
    ] = 3e-4
    kl_coefficient: Annotated[
        float,
        option(
            mark("KL penalty"),
            mark("The price of writing differently from the model that it began as, in reward per nat."),
            source=mark("measured: a default run ends near 5 nats; arXiv 2009.01325: 0.05; InstructGPT: 0.02"),
            low=0.0,
            high=100.0,
            basic=True,
        ),
    ] = 0.15
    kl_target: Annotated[
        float,
        option(
            mark("KL wanted"),
            mark("The penalty is led towards this KL per answer; 0 keeps it as it is."),
            unit=mark("nats"),
            source=mark("Ziegler et al., arXiv 1909.08593, section 2.2 (6 to 10 nats)"),
            low=0.0,
            high=1000.0,
        ),
    ] = 6.0
    temperature: Annotated[
        float,
        option(
            mark("Temperature"),
            mark("How freely answers are sampled; 1 is the model as it is."),
            source=mark("InstructGPT, arXiv 2203.02155, appendix C.4: 1"),
            low=0.1,
            high=5.0,
        ),
    ] = 1.0
    max_new_tokens: Annotated[
        int,
        option(
            mark("Longest answer"),
            mark("Where an answer is cut off."),
            unit=mark("tokens"),
            source=mark("Stiennon et al., arXiv 2009.01325: 48"),
            low=1,
            high=4096,
            basic=True,
        ),
    ] = 48
    max_prompt_length: Annotated[
        int,
        option(
            mark("Longest prompt"),
            mark("Longer prompts are left out."),
            unit=mark("tokens"),
            source=mark("InstructGPT, arXiv 2203.02155, appendix B: 1000"),
            low=1,
            high=131072,
        ),
    ] = 512
    missing_end_penalty: Annotated[
        float,
        option(
            mark("Penalty for no end"),
            mark("Taken from the reward of an answer that was cut off, so that the model learns to come to an end."),
            unit=mark("deviations of the reward"),
            source=mark("Stiennon et al. and TRL: 1"),
            low=0.0,
            high=100.0,
        ),
    ] = 1.0
    entropy_bonus: Annotated[
        float,
        option(
            mark("Entropy bonus"),
            mark("Rewards variety in what is written."),
            source=mark("PPO, arXiv 1707.06347, equation 9; 0 in InstructGPT"),
            low=0.0,
            high=10.0,
        ),
    ] = 0.0
    max_grad_norm: shared.MaxGradNorm = 1.0
    eval_prompts: Annotated[
        int,
        option(
            mark("Evaluation answers"),
            mark("Answers to held-out prompts that are scored at each evaluation, always from the same seed."),
            unit=mark("answers"),
            source=mark("as many as a round"),
            low=1,
            high=10_000,
        ),
    ] = 32
    eval_every: Annotated[
        int,
        option(
            mark("Evaluate every"),
            mark("0 evaluates at the start and at the end only."),
            unit=mark("rounds"),
            source=mark("a few points for a curve of 12 rounds"),
            low=0,
            high=1_000_000,
        ),
    ] = 6
    save_every: Annotated[
        int,
        option(
            mark("Checkpoint every"),
            mark("A run can be resumed from its last checkpoint; 0 saves only at a stop and at the end."),
            unit=mark("rounds"),
            source=mark("a minute or so of work"),
            low=0,
            high=1_000_000,
        ),
    ] = 4
    base_bits: shared.BaseBits = "as-is"
    precision: shared.Precision = "auto"
    seed: shared.Seed = 0
