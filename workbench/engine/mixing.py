"""PPO-ptx: now and then an example of what the policy was tuned on, so that it does not forget it.

InstructGPT (arXiv 2203.02155), equation 2 and section 4.2, there with pre-training text.
"""

import random
from typing import TYPE_CHECKING

from torch.nn.functional import cross_entropy

from workbench.core.context import RunContext
from workbench.core.datasets.dataset import Dataset
from workbench.core.errors import UserError
from workbench.core.i18n import tr
from workbench.core.project import Project
from workbench.engine import chat
from workbench.engine.actors import Actors
from workbench.engine.device import autocast
from workbench.engine.instruction import answer_logits

if TYPE_CHECKING:
    from workbench.tasks.ppo import Options


class Mixing:
    """Examples with answers, and their share of the gradient.

    Args:
        context: Of the run; the examples come from the instruction tuning that it goes back to.
        actors: The policy must be active when a gradient is added.
        options: ``ptx_coefficient``, ``minibatch_size``, ``max_prompt_length`` and ``seed`` count.

    Raises:
        UserError: No ancestor was tuned on examples.
    """

    def __init__(self, context: RunContext, actors: Actors, options: "Options") -> None:
        self.actors, self.options = actors, options
        rows = _tuning_data(context.project, context.spec.parents["from"]).rows("train")
        longest = options.max_prompt_length + options.max_new_tokens
        examples = [chat.encode_example(actors.tokenizer, chat.messages_of(row), longest) for row in rows]
        self.examples = [example for example in examples if example.answer_tokens]

    def add_gradient(self, step: int, index: int) -> float:
        """Add the gradient of a minibatch of examples (drawn by round and minibatch) and return its mean loss."""
        draw = random.Random(f"{self.options.seed}-{step}-{index}")
        chosen = draw.sample(self.examples, min(self.options.minibatch_size, len(self.examples)))
        with autocast(self.actors.device):
            logits, labels = answer_logits(
                self.actors.model, chosen, self.actors.tokenizer.pad_token_id, self.actors.device
            )
        loss = cross_entropy(logits.float(), labels)
        (self.options.ptx_coefficient * loss).backward()  # type: ignore[no-untyped-call]
        return float(loss.detach())


def _tuning_data(project: Project, run: str) -> Dataset:
    """Return the data of the nearest instruction tuning among a run and its ancestors."""
    name: str | None = run
    while name:
        spec = project.run(name).spec()
        if spec.task == "instruction-tuning":
            return Dataset(project.path / spec.data_path)
        name = spec.parents.get("from")
    raise UserError(tr("The supervised loss cannot be mixed in: no run before this one was tuned on examples."))
