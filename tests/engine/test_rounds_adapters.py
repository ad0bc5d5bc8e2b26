"""Every adapter that learning from a reward takes: from examples over rankings to a better policy and a value."""

from pathlib import Path
from typing import Any

import pytest
import torch
from peft import PeftModel
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM

from tests.engine.tiny import FP32, WORDS, metrics, new_run, save_tiny, train, write_rankings, write_talk
from workbench.core import registry
from workbench.core.context import RunContext
from workbench.core.datasets.writer import write_dataset
from workbench.core.errors import UserError
from workbench.core.project import Project
from workbench.engine.actors import POLICY, VALUE, Actors
from workbench.engine.models import load_run
from workbench.tasks.rounds import ADAPTERS

SMALL: dict[str, Any] = {"batch_size": 4, "answers": 2, "max_new_tokens": 8, "eval_prompts": 4}
IDS = torch.tensor([[5, 6, 7]])

pytestmark = pytest.mark.usefixtures("plain_cpu")


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny(tmp_path_factory.mktemp("base"))


@pytest.fixture(scope="module")
def project(base: Path, tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = Project.create(tmp_path_factory.mktemp("adapters") / "project")
    write_talk(project)
    write_rankings(project)
    write_dataset(project.data / "asked", "asked", "prompts", [{"prompt": f"{word}?"} for word in WORDS], split=0.2)
    train(project, "instruction-tuning", "talk", name="whole", model=str(base), adapter="full", max_steps=1, samples=0)
    return project


def test_three_tasks_take_the_same_ones() -> None:
    for task in ("reward-model", "ppo", "reinforce"):
        assert registry.task(task).adapters == ADAPTERS
        assert registry.misfit(registry.task(task), "adalora").endswith("does not work with this adapter.")


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_a_round_with_every_player_on_one_base(project: Project, base: Path, adapter: str) -> None:
    kind, more = registry.task("reward-model").suited.get(adapter, {}), {"max_steps": 2, **SMALL}
    names = {"from": f"{adapter} tuned", "reward": f"{adapter} reward"}
    begun = train(
        project, "instruction-tuning", "talk", name=names["from"], model=str(base), adapter=adapter,
        max_steps=2, samples=0,
    )  # fmt: skip
    judge = train(
        project, "reward-model", "ranked", name=names["reward"], parents={"from": begun.id}, epochs=2,
        learning_rate=kind.get("learning_rate", 3e-3),
    )  # fmt: skip
    losses = list(metrics(judge)["eval/loss"].values())
    assert judge.spec().adapter == adapter and losses[-1] < losses[0]

    actors = Actors(RunContext(project, new_run(project, "ppo", "asked", parents=names)), FP32, with_value=True)
    policy, value = actors.parameters(POLICY), actors.parameters(VALUE)
    assert policy and not set(policy) & set(value)
    actors.use(POLICY, training=True)
    assert {name for name, weight in actors.model.named_parameters() if weight.requires_grad} == set(policy)
    valued = {name: weight.detach().clone() for name, weight in value.items()}

    for task in ("ppo", "reinforce"):
        run = train(project, task, "asked", parents=names, **more)
        kl = metrics(run)["kl/mean"]
        assert kl[1] == pytest.approx(0, abs=1e-4)  # the reference is where the policy began
        assert kl[2] != pytest.approx(0, abs=1e-6)
        before, after = (load_file(one.result / "adapter" / "adapter_model.safetensors") for one in (begun, run))
        assert before.keys() == after.keys() and not all(torch.equal(after[name], before[name]) for name in after)
        if task == "ppo":
            learnt = load_file(run.result / "value.safetensors")
            assert learnt.keys() == valued.keys() and not all(torch.equal(learnt[one], valued[one]) for one in valued)
    model, _ = load_run(project, run.id, "", FP32)
    if not registry.adapter(adapter).module:
        plain = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(base), run.result / "adapter").eval()
        with torch.no_grad():
            torch.testing.assert_close(model(IDS).logits, plain(IDS).logits)


def test_policy_and_reward_are_of_one_kind(project: Project) -> None:
    """What was tuned as a whole gets an adapter of the reward model's kind; one that has another is refused."""
    train(project, "reward-model", "ranked", name="judge", parents={"from": "whole"}, adapter="ia3", max_steps=1)
    names = {"from": "whole", "reward": "judge"}
    assert new_run(project, "ppo", "asked", parents=names).spec().adapter == "ia3"
    with pytest.raises(UserError, match="has a “ia3” adapter, and “lora” is to be improved: both must be of one kind"):
        new_run(project, "ppo", "asked", parents=names, adapter="lora")
