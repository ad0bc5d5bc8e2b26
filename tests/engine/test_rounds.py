import json
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import PeftModel
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM

from tests.engine.tiny import go, make_project, metrics, new_run, train
from workbench.core import events
from workbench.core.checkpoints import latest
from workbench.core.context import RunContext, Stop
from workbench.core.datasets.dataset import Dataset
from workbench.core.errors import UserError
from workbench.core.project import Project
from workbench.engine import actors as players
from workbench.engine import device
from workbench.engine.actors import POLICY, REFERENCE, REWARD, VALUE, Actors
from workbench.engine.rollouts import Prompts, roll_out
from workbench.engine.sequences import Sequences
from workbench.tasks.ppo import Options

PARENTS = {"from": "tuned", "reward": "reward"}
SMALL: dict[str, Any] = {"batch_size": 4, "answers": 2, "max_new_tokens": 8, "eval_prompts": 4, "learning_rate": 1e-3}


pytestmark = pytest.mark.usefixtures("plain_cpu")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return make_project(tmp_path_factory.mktemp("tiny"))


@pytest.fixture
def actors(project: Project) -> Actors:
    run = new_run(project, "ppo", "asked", parents=PARENTS)
    return Actors(RunContext(project, run), device.probe(), with_value=True)


@pytest.fixture
def rollout(project: Project, actors: Actors) -> Any:
    prompts = Prompts(Dataset(project.data / "asked"), actors.tokenizer, 100, 0)
    return roll_out(actors, prompts.of_round(0, 3), Options(max_new_tokens=8), count=2, seed=1)


@pytest.mark.parametrize("task", ["ppo", "reinforce"])
def test_a_stopped_and_resumed_run_is_the_run_that_was_not_stopped(project: Project, task: str) -> None:
    more = {"parents": PARENTS, "max_steps": 3, "eval_every": 1, "kl_target": 0.5, **SMALL}
    whole = train(project, task, "asked", **more)
    broken = new_run(project, task, "asked", **more)
    with pytest.raises(Stop) as stop:
        go(project, broken, ask="stop")
    assert stop.value.step == 1
    assert broken.result_info()["adapter"] == "adapter"
    go(project, broken, resume=True)
    assert metrics(broken) == metrics(whole)
    assert {1, 2, 3} == set(metrics(whole)["reward/mean"])
    assert {0, 1, 2, 3} == set(metrics(whole)["eval/reward"])
    for name in ("adapter/adapter_model.safetensors", *(["value.safetensors"] if task == "ppo" else [])):
        ours, theirs = load_file(broken.result / name), load_file(whole.result / name)
        assert all(torch.equal(ours[key], theirs[key]) for key in theirs)


def test_a_round_says_what_happened(project: Project) -> None:
    run = train(project, "ppo", "asked", parents=PARENTS, max_steps=1, ptx_coefficient=0.5, **SMALL)
    found = metrics(run)
    names = {"reward/mean", "kl/mean", "entropy", "clip_fraction", "value/loss", "policy/loss", "explained_variance"}
    assert names | {"length/mean", "ended/share", "kl/coefficient", "ptx/loss"} <= set(found)
    assert set(found["eval/reward"]) == set(found["eval/kl"]) == {0, 1}
    assert found["kl/mean"][1] == pytest.approx(0, abs=1e-4)  # nothing was learnt before the first round
    history = run.follow().read()
    samples = [event for event in history if isinstance(event, events.Sample) and event.step == 1]
    assert len(samples) == 2
    assert set(samples[0].values) == {"reward", "kl"}
    assert [event.step for event in history if isinstance(event, events.Saved)] == [1]
    state = json.loads((latest(run.checkpoints) / "state.json").read_text())
    assert state["extra"]["step"] == 1
    assert state["extra"]["kl_coefficient"] == run.spec().options["kl_coefficient"] * (1 - 0.1 * 0.2)


@pytest.mark.parametrize("task", ["ppo", "reinforce"])
def test_it_learns_what_the_reward_model_likes(project: Project, task: str) -> None:
    rounds = {"ppo": 16, "reinforce": 20}[task]
    more = {**SMALL, "batch_size": 8, "answers": 4, "learning_rate": 1e-2}
    more |= {"kl_coefficient": 0.0, "eval_every": 0, "eval_prompts": 100}
    run = train(project, task, "asked", parents=PARENTS, max_steps=rounds, **more)
    rewards, errors = metrics(run)["eval/reward"], metrics(run)["eval/reward_error"]
    assert rewards[rounds] - rewards[0] > 2 * (errors[0] ** 2 + errors[rounds] ** 2) ** 0.5
    assert metrics(run)["eval/kl"][rounds] > 0.5


def test_the_result_loads_with_plain_peft_and_can_be_improved_again(project: Project) -> None:
    first = train(project, "ppo", "asked", name="first", parents=PARENTS, max_steps=1, **SMALL)
    base = AutoModelForCausalLM.from_pretrained(first.result_info()["base"])
    before = base(torch.tensor([[5, 6, 7]])).logits
    assert not torch.equal(
        PeftModel.from_pretrained(base, first.result / "adapter")(torch.tensor([[5, 6, 7]])).logits, before
    )
    again = train(project, "ppo", "asked", parents={**PARENTS, "from": first.id}, max_steps=1, **SMALL)
    assert metrics(again)["kl/mean"][1] == pytest.approx(0, abs=1e-4)  # its reference is where it began


def test_a_fully_tuned_model_gets_a_fresh_adapter_and_is_its_own_reference(project: Project) -> None:
    base = project.run("tuned").spec().model
    train(project, "instruction-tuning", "talk", name="whole", model=base, adapter="full", epochs=1)
    train(project, "reward-model", "ranked", name="its reward", parents={"from": "whole"}, epochs=1)
    parents = {"from": "whole", "reward": "its reward"}
    run = train(project, "ppo", "asked", parents=parents, max_steps=2, **SMALL)
    kl = metrics(run)["kl/mean"]
    assert kl[1] == pytest.approx(0, abs=1e-4)
    assert kl[2] != 0
    with pytest.raises(UserError, match="another base model"):
        train(project, "ppo", "asked", parents={"from": "whole", "reward": "reward"}, max_steps=1)


def test_every_prompt_has_its_turn_and_too_long_ones_are_left_out(project: Project, actors: Actors) -> None:
    dataset = Dataset(project.data / "asked")
    prompts = Prompts(dataset, actors.tokenizer, 100, 0)
    turns = [prompt.text for step in range(4) for prompt in prompts.of_round(step, 4)]
    assert sorted(turns[:8]) == sorted(turns[8:]) == sorted(row["prompt"] for row in dataset.rows("train"))
    assert turns[:8] != turns[8:]
    held_out = {row["prompt"] for row in dataset.rows("validation")}
    assert {prompt.text for prompt in prompts.for_evaluation(5)} == held_out
    assert Prompts(dataset, actors.tokenizer, 7, 0).left_out > 0
    with pytest.raises(UserError, match="too long"):
        Prompts(dataset, actors.tokenizer, 3, 0)


@pytest.mark.parametrize("packs", [True, False])
def test_log_probs_and_values_of_a_batch_are_those_of_each_answer_alone_in_the_whole_model(
    actors: Actors, rollout: Any, packs: bool
) -> None:
    assert actors._packs
    actors._packs = packs
    batch = rollout.batch
    assert not batch.mask.all()
    values = actors.old_values(batch, size=4)
    together = actors.log_probs(POLICY, batch, 0.7, size=4)
    for row in range(len(batch.ids)):
        ids = batch.ids[row][batch.mask[row].bool()].unsqueeze(0)
        length = int(batch.answer_mask[row].sum())
        alone = Sequences(ids, torch.ones_like(ids), length)
        torch.testing.assert_close(values[row, :length], actors.old_values(alone, 1)[0], atol=1e-4, rtol=1e-4)
        actors.use(POLICY)
        with torch.no_grad():
            logits = actors.model(input_ids=ids).logits[0, -length - 1 : -1] / 0.7
        expected = logits.log_softmax(-1).gather(1, ids[0, -length:].unsqueeze(1)).squeeze(1)
        torch.testing.assert_close(together[row, :length], expected, atol=1e-4, rtol=1e-4)
        assert not together[row, length:].any()


def test_log_probs_while_writing_are_those_of_the_update(actors: Actors, rollout: Any) -> None:
    again = actors.log_probs(POLICY, rollout.batch, 1.0, size=2)
    torch.testing.assert_close(rollout.log_probs, again, atol=1e-4, rtol=1e-4)


def test_players_share_the_base_and_only_the_active_one_learns(actors: Actors) -> None:
    policy, value = actors.parameters(POLICY), actors.parameters(VALUE)
    assert not set(policy) & set(value)
    assert all(".default." in name for name in policy)
    assert {name for name in value if ".value." not in name} == {"value_head.weight", "value_head.bias"}
    actors.use(POLICY, training=True)
    trained = {name for name, weight in actors.model.named_parameters() if weight.requires_grad}
    assert trained == set(policy)
    bases = [name for name, _ in actors.model.named_parameters() if "embed_tokens" in name]
    assert len(bases) == 1
    assert set(actors.model.peft_config) == {POLICY, REFERENCE, REWARD, VALUE}


def test_the_value_begins_as_the_reward(actors: Actors, rollout: Any) -> None:
    prompts, texts = [prompt.messages for prompt in rollout.prompts], rollout.texts
    assert actors.value_head is not None
    actors.use(VALUE)
    with torch.no_grad():
        from workbench.engine.batching import pad_batch
        from workbench.engine.reward import encode_answer, score

        rows = [encode_answer(actors.tokenizer, p, t, 10**9) for p, t in zip(prompts, texts, strict=True)]
        values = score(actors.model, actors.value_head, *pad_batch(rows, 0, "cpu"))
    torch.testing.assert_close(values, actors.scores(prompts, texts, size=3), atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(values, rollout.rewards, atol=1e-4, rtol=1e-4)


def test_a_penalty_for_answers_without_an_end(rollout: Any) -> None:
    expected = rollout.rewards - 2.0 * (~rollout.ended)
    assert 0 < rollout.ended.sum() < len(rollout.ended)
    torch.testing.assert_close(rollout.penalised(2.0), expected)
    assert players.POLICY == "default"


def test_no_model_beside_the_first_is_loaded(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[Path] = []
    original = players.load_base

    def counting(folder: Path, *args: Any, **more: Any) -> Any:
        loaded.append(folder)
        return original(folder, *args, **more)

    monkeypatch.setattr(players, "load_base", counting)
    train(project, "ppo", "asked", parents=PARENTS, max_steps=1, **SMALL)
    assert len(loaded) == 1
