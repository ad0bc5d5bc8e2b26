"""Training a reward model on rankings.

All answers of one ranking are scored together: K of them give K(K-1)/2 pairs (InstructGPT, arXiv 2203.02155,
section 3.5), and their prompt is computed once. Accuracy is measured on prompts that were held out as a whole.
"""

from typing import TYPE_CHECKING, Any

import torch

from workbench.core.context import RunContext
from workbench.core.datasets.dataset import Dataset
from workbench.core.i18n import tr
from workbench.core.project import Project
from workbench.core.runs import Run
from workbench.engine import batching
from workbench.engine.device import Device, autocast, probe, seed_everything
from workbench.engine.evaluation import measure
from workbench.engine.loop import Loop, Part, check_enough
from workbench.engine.losses import pair_margins, ranking_loss
from workbench.engine.models import load_tokenizer, load_trainable, starting_point
from workbench.engine.results import save_result
from workbench.engine.reward import encode_answer, new_head, save_head, score_together, trained_reward

if TYPE_CHECKING:
    from workbench.tasks.reward_model import Options

REFERENCE_ANSWERS = 256
"""On how many answers at most the reward is brought to mean 0 and variance 1."""


def train(context: RunContext, options: "Options") -> None:
    """Do the whole run: rankings, model and head, loop, scale, result."""
    device = probe(options.precision)
    seed_everything(options.seed)
    context.phase(tr("Reading the rankings"))
    tokenizer = load_tokenizer(starting_point(context.project, context.spec).base)
    dataset = Dataset(context.data)
    context.phase(tr("Loading the model"))
    model, start = load_trainable(context.project, context.spec, device)
    head = new_head(model.config.hidden_size).to(device.name)
    objective = RankingObjective(model, head, tokenizer, dataset, options, device)
    check_enough(len(objective.examples), dataset.name)

    def keep() -> None:
        context.phase(tr("Setting the scale of the reward"))
        mean, deviation = objective.scale()
        context.run.result.mkdir(exist_ok=True)
        save_head(head, context.run.result)
        save_result(
            context, model, tokenizer, base=start.base, reward_mean=mean, reward_deviation=deviation,
            reward_head="reward.safetensors",
        )  # fmt: skip

    Loop(context, model, objective, options, device, keep, head=head).train()


def evaluate(project: Project, run: Run, dataset: Dataset, options: "Options") -> dict[str, float]:
    """Return loss and pairwise accuracy of a reward model on rankings; see `workbench.engine.evaluation`."""

    def make(model: Any, tokenizer: Any, device: Device) -> RankingObjective:
        head = trained_reward(project, run.id, device.name).head
        return RankingObjective(model, head, tokenizer, dataset, options, device)

    return measure(project, run, make)


class Ranking:
    """One ranking, encoded: K token rows and their ranks (1 for the best)."""

    def __init__(self, rows: list[list[int]], ranks: list[int]) -> None:
        self.rows = rows
        self.ranks = torch.tensor(ranks)

    @property
    def tokens(self) -> int:
        """Tokens of all answers, each with the prompt."""
        return sum(len(row) for row in self.rows)


class RankingObjective:
    """Rankings, their loss and held-out accuracy; an `workbench.engine.loop.Objective`."""

    def __init__(
        self,
        model: Any,
        head: torch.nn.Linear,
        tokenizer: Any,
        dataset: Dataset,
        options: "Options",
        device: Device,
    ) -> None:
        self.model, self.head, self.tokenizer = model, head, tokenizer
        self.options, self.device = options, device
        self.examples = self._encode(dataset.rows("train"))
        self.held_out = self._encode(dataset.rows("validation"))
        self.lengths = [ranking.tokens for ranking in self.examples]

    def _encode(self, rows: list[dict[str, Any]]) -> list[Ranking]:
        return [
            Ranking(
                [
                    encode_answer(
                        self.tokenizer,
                        [{"role": "user", "content": row["prompt"]}],
                        text,
                        self.options.max_length,
                    )
                    for text in row["responses"]
                ],
                row["ranks"],
            )
            for row in rows
            if len(set(row["ranks"])) > 1  # all tied: nothing to learn
        ]

    def _rewards(self, ranking: Ranking) -> torch.Tensor:
        return score_together(self.model, self.head, ranking.rows, self.tokenizer.pad_token_id)

    def weight(self, indices: list[int]) -> float:
        """Return the number of rankings: each counts the same, however many pairs it has."""
        return float(len(indices))

    def loss(self, indices: list[int]) -> Part:
        """Return the summed loss of some rankings."""
        rankings = [self.examples[index] for index in indices]
        rewards = [self._rewards(ranking) for ranking in rankings]
        losses = [ranking_loss(r, ranking.ranks) for r, ranking in zip(rewards, rankings, strict=True)]
        margins = torch.cat([pair_margins(r, ranking.ranks) for r, ranking in zip(rewards, rankings, strict=True)])
        return Part(
            loss=torch.stack(losses).sum(),
            tokens=sum(ranking.tokens for ranking in rankings),
            right=float(_right(margins).sum()),
            judged=len(margins),
        )

    def evaluate(self) -> dict[str, float]:
        """Return loss and pairwise accuracy on held-out prompts."""
        if not self.held_out:
            return {}
        losses, margins = [], []
        for index in (i for batch in batching.in_order([r.tokens for r in self.held_out], 1) for i in batch):
            ranking = self.held_out[index]
            rewards = self._rewards(ranking)
            losses.append(ranking_loss(rewards, ranking.ranks))
            margins.append(pair_margins(rewards, ranking.ranks))
        margin = torch.cat(margins)
        return {
            "eval/loss": float(torch.stack(losses).mean()),
            "eval/accuracy": float(_right(margin).mean()),
            "reward/margin": float(margin.mean()),
        }

    def samples(self) -> list[tuple[str, str]]:
        """Return nothing: a reward model writes no text."""
        return []

    @torch.no_grad()
    def scale(self) -> tuple[float, float]:
        """Return mean and standard deviation of the raw reward on the answers of the training rankings."""
        self.model.eval()
        rewards: list[torch.Tensor] = []
        with autocast(self.device):
            for ranking in self.examples:
                rewards.append(self._rewards(ranking))
                if sum(len(part) for part in rewards) >= REFERENCE_ANSWERS:
                    break
        all_rewards = torch.cat(rewards)
        return float(all_rewards.mean()), max(float(all_rewards.std()), 1e-6)


def _right(margins: torch.Tensor) -> torch.Tensor:
    """Return for each pair (P,) whether the better answer is scored higher: 1, 0, or a half when they are equal."""
    return (margins > 0).float() + 0.5 * (margins == 0).float()
