"""What a round learns from: prompts in their order, answers written to them, and what the players say about these."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from workbench.core.datasets.dataset import Dataset
from workbench.core.errors import UserError
from workbench.core.i18n import tr
from workbench.engine import chat, rl
from workbench.engine.actors import POLICY, REFERENCE, Actors
from workbench.engine.generation import generate
from workbench.engine.sequences import Sequences

if TYPE_CHECKING:
    from workbench.tasks.rounds import RoundOptions


@dataclass(frozen=True)
class Prompt:
    """Something to answer: as messages and as tokens up to where the answer begins."""

    messages: list[chat.Message]
    ids: list[int]

    @property
    def text(self) -> str:
        """The last thing said, for people to read."""
        return self.messages[-1]["content"]


class Prompts:
    """The prompts of a data set, in an order that follows from seed and round alone, so that a resume needs no memory.

    Args:
        dataset: Of the kind ``prompts``, ``instruction`` or ``chat``.
        tokenizer: The model's tokenizer.
        longest: Longer prompts, in tokens, are left out.
        seed: Of the run.

    Attributes:
        held_out: Prompts for evaluation; those for training where the data set has none held out.
        left_out: How many were too long.

    Raises:
        UserError: No prompt is left.
    """

    def __init__(self, dataset: Dataset, tokenizer: object, longest: int, seed: int) -> None:
        def usable(split: str) -> list[Prompt]:
            rows = dataset.rows("train") if split == "train" else dataset.rows("validation")
            messages = [chat.prompt_of(row) for row in rows]
            found = [Prompt(m, chat.encode_prompt(tokenizer, m)) for m in messages if m]
            self.left_out += sum(len(prompt.ids) > longest for prompt in found)
            return [prompt for prompt in found if len(prompt.ids) <= longest]

        self.left_out = 0
        self._seed = seed
        self._train = usable("train")
        self.held_out = usable("validation") or self._train
        self._orders: dict[int, list[int]] = {}
        if not self._train:
            raise UserError(tr("No prompt of “{data}” can be used; they may be too long.", data=dataset.name))

    def of_round(self, step: int, count: int) -> list[Prompt]:
        """Return the prompts of a round (from 0); every prompt has its turn before one comes again."""
        places = range(step * count, (step + 1) * count)
        return [self._train[self._at(place)] for place in places]

    def _at(self, place: int) -> int:
        epoch, index = divmod(place, len(self._train))
        if epoch not in self._orders:
            order = list(range(len(self._train)))
            random.Random(f"{self._seed}-{epoch}").shuffle(order)
            self._orders[epoch] = order
        return self._orders[epoch][index]

    def sort(self) -> None:
        """Let the longest prompts come first, for a trial."""
        self._orders[0] = sorted(range(len(self._train)), key=lambda index: -len(self._train[index].ids))

    def for_evaluation(self, count: int) -> list[Prompt]:
        """Return always the same held-out prompts, again and again where there are fewer than ``count``."""
        return [self.held_out[index % len(self.held_out)] for index in range(count)]


@dataclass(frozen=True)
class Rollout:
    """B answers with what is known of them; T tokens in the longest.

    Attributes:
        prompts: The prompt of each answer.
        texts: The answers as texts.
        batch: Prompts and answers as tokens.
        log_probs: Under the policy that wrote them, (B, T).
        reference: Under the reference, (B, T).
        rewards: Normalised reward of each answer, (B,).
        ended: Whether the answer came to an end, (B,).
    """

    prompts: list[Prompt]
    texts: list[str]
    batch: Sequences
    log_probs: Tensor
    reference: Tensor
    rewards: Tensor
    ended: Tensor

    @property
    def mask(self) -> Tensor:
        """1 for the tokens of the answers, (B, T)."""
        return self.batch.answer_mask

    @property
    def kl(self) -> Tensor:
        """Per token, see `rl.token_kl`, (B, T)."""
        return rl.token_kl(self.log_probs, self.reference, self.mask)

    def penalised(self, missing_end_penalty: float) -> Tensor:
        """Return the rewards less the penalty of answers without an end, (B,)."""
        return self.rewards - missing_end_penalty * (~self.ended).float()


def roll_out(actors: Actors, prompts: Sequence[Prompt], options: "RoundOptions", *, count: int, seed: int) -> Rollout:
    """Write ``count`` answers to each prompt and let the reference and the reward model judge them.

    Row ``j * len(prompts) + i`` is answer j to prompt i: neighbours, which make a minibatch, answer different prompts.

    The log-probabilities that come with the writing are used where the arithmetic is exact. In bf16 a token at a time
    gives others than all at once (0.07 nats a token apart, measured: a third of the clip range), so there they are
    computed again as the update computes them, and the first ratio is 1.
    """
    actors.use(POLICY)
    answers = generate(
        actors.model,
        [prompt.ids for prompt in prompts],
        actors.device,
        count=count,
        max_new_tokens=options.max_new_tokens,
        ends=actors.ends,
        temperature=options.temperature,
        seed=seed,
    )
    answers = answers.select(torch.arange(len(prompts) * count).view(len(prompts), count).T.flatten())
    repeated = list(prompts) * count
    texts = [chat.decode_answer(actors.tokenizer, row) for row in answers.rows()]
    batch = Sequences.join([prompt.ids for prompt in repeated], answers)
    size = options.minibatch_size
    log_probs = answers.log_probs
    if actors.device.precision != "fp32":
        log_probs = actors.log_probs(POLICY, batch, options.temperature, size)
    return Rollout(
        repeated,
        texts,
        batch,
        log_probs,
        actors.log_probs(REFERENCE, batch, options.temperature, size),
        actors.scores([prompt.messages for prompt in repeated], texts, size),
        answers.ended,
    )


def describe(rollout: Rollout) -> dict[str, float]:
    """Return the metrics of the answers themselves."""
    return {
        "reward/mean": float(rollout.rewards.mean()),
        "kl/mean": float(rollout.kl.sum(1).mean()),
        "length/mean": float(rollout.mask.sum(1).mean()),
        "ended/share": float(rollout.ended.float().mean()),
    }


def evaluate(actors: Actors, prompts: Prompts, options: "RoundOptions") -> tuple[dict[str, float], Rollout]:
    """Score answers to held-out prompts, always from the same random numbers, so that rounds can be compared.

    Returns:
        The mean reward with its standard error and the mean KL, and the first answers; as many at once as in a round.
    """
    chosen = prompts.for_evaluation(options.eval_prompts)
    size = options.batch_size * options.answers
    parts = [
        roll_out(actors, chosen[at : at + size], options, count=1, seed=options.seed + 1_000_003 + at)
        for at in range(0, len(chosen), size)
    ]
    rewards = torch.cat([part.rewards for part in parts])
    kl = torch.cat([part.kl.sum(1) for part in parts])
    error = float(rewards.std(correction=0)) / len(rewards) ** 0.5
    return {"eval/reward": float(rewards.mean()), "eval/reward_error": error, "eval/kl": float(kl.mean())}, parts[0]
