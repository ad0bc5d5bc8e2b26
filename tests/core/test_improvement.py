from workbench.core import events
from workbench.core.datasets.writer import write_dataset
from workbench.core.improvement import Standing, can_answer, standing
from workbench.core.project import Project
from workbench.core.prompts import prompts
from workbench.core.runs import Run
from workbench.core.spec import RunSpec


def add_run(
    project: Project, task: str, *, model: str = "/base", adapter: str = "lora", finished: bool = True, **parents: str
) -> Run:
    how = {"model": model, "model_path": model, "adapter": adapter}
    spec = RunSpec(task=task, name=task, **how, data="d", data_path="data/d", parents=parents)
    run = project.new_run(spec)
    run.append(events.Started(pid=1))
    if finished:
        run.append(events.Finished(step=1, seconds=1.0))
        run.result.mkdir()
        (run.result / "result.json").write_text('{"base": "/base", "adapter": "adapter"}')
    else:
        run.claim()  # by this process, which lives
    return run


def test_the_steps_follow_one_another(project: Project) -> None:
    write_dataset(project.data / "d", "d", "text", ({"text": text} for text in "ab"), split=0.0)
    source = add_run(project, "instruction-tuning")
    assert standing(project, 1, source.id).next_step == "rank"
    assert standing(project, 2, source.id).next_step == "reward"
    reward = add_run(project, "reward-model", **{"from": source.id})
    found = standing(project, 2, source.id)
    assert (found.reward, found.learnt, found.next_step) == (reward.id, 2, "improve")
    add_run(project, "ppo", **{"from": source.id, "reward": reward.id})
    assert standing(project, 3, source.id).next_step == "rank"
    assert standing(project, 4, source.id).next_step == "reward"


def test_a_reward_model_of_another_base_does_not_fit(project: Project) -> None:
    source = add_run(project, "instruction-tuning")
    add_run(project, "reward-model", model="/other")
    found = standing(project, 5, source.id)
    assert found.reward == ""
    assert "its base" in found.why_no_improvement()


def test_a_base_model_gets_a_reward_model_but_no_improvement(project: Project) -> None:
    add_run(project, "reward-model")
    found = standing(project, 5, "")
    assert found.why_no_reward() == ""
    assert "Choose a run" in found.why_no_improvement()
    assert found.next_step == "rank"


def test_what_is_being_trained_is_not_offered_again(project: Project) -> None:
    source = add_run(project, "instruction-tuning")
    add_run(project, "reward-model", finished=False)
    assert standing(project, 5, source.id).why_no_reward() == "A reward model is being trained."
    reward = add_run(project, "reward-model")
    add_run(project, "ppo", finished=False, **{"from": source.id, "reward": reward.id})
    assert standing(project, 5, source.id).why_no_improvement() == "The model is being improved."


def test_too_few_rankings_are_counted() -> None:
    assert Standing(rankings=1).why_no_reward() == "Rank 1 more first: at least 2 are needed."


def test_only_runs_with_a_result_that_writes_can_answer(project: Project) -> None:
    assert can_answer(add_run(project, "instruction-tuning"))
    assert not can_answer(add_run(project, "reward-model"))
    assert not can_answer(add_run(project, "text-classification")), "of a language model, maybe, but it sorts"
    assert not can_answer(add_run(project, "instruction-tuning", finished=False))
    assert not can_answer(add_run(project, "a task of a later version"))


def test_prompts_are_what_a_person_says_first_each_once(project: Project) -> None:
    chats = [
        {"messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": text}]}
        for text in ("やあ", "hello", "やあ")
    ]
    for chat in chats:
        chat["messages"].append({"role": "assistant", "content": "hi"})
    assert prompts(write_dataset(project.data / "c", "c", "chat", iter(chats), split=0.0)) == ["やあ", "hello"]
    rows = ({"prompt": text, "answer": "yes"} for text in ("one", "two", "one"))
    assert prompts(write_dataset(project.data / "i", "i", "instruction", rows, split=0.0)) == ["one", "two"]


def test_a_reward_model_stands_beside_an_adapter_of_its_own_kind(project: Project) -> None:
    source = add_run(project, "instruction-tuning", adapter="ia3")
    add_run(project, "reward-model", adapter="lora")
    assert standing(project, 5, source.id).reward == ""
    reward = add_run(project, "reward-model", adapter="ia3")
    add_run(project, "reward-model", adapter="lora")
    assert standing(project, 5, source.id).reward == reward.id
    whole = add_run(project, "instruction-tuning", adapter="full")
    assert standing(project, 5, whole.id).reward not in ("", reward.id), "any kind fits, the newest is taken"
