import pytest
from review_rankings import review_rankings

from tests.engine.tiny import metrics, train
from workbench.core import starters
from workbench.core.datasets.writer import write_dataset
from workbench.core.project import Project

SAMPLES = 200
THINGS = ["camera", "phone", "toaster", "lamp", "chair", "kettle", "printer", "router", "headset", "watch", "tent"]


@pytest.mark.slow
def test_ppo_writes_what_the_reward_model_likes_and_stays_near_where_it_began(project: Project) -> None:
    """Reward before and after over 200 answers to held-out prompts under the same random numbers."""
    starters.get("smollm2-135m-instruct")
    starters.get("reviews")
    rankings = review_rankings(112, 9, 0)
    talk = [
        {"prompt": f"Review the {THINGS[i % len(THINGS)]}.", "answer": one["responses"][0]}
        for i, one in enumerate(rankings)
    ]
    write_dataset(project.data / "talk", "talk", "instruction", talk, split=0.1)
    write_dataset(project.data / "rankings", "rankings", "ranking", rankings[:24], split=0.0)
    asked = [{"prompt": f"{ask} the {thing}."} for ask in ("Review", "Describe", "What about") for thing in THINGS]
    write_dataset(project.data / "asked", "asked", "prompts", asked, split=0.2)
    train(
        project,
        "instruction-tuning",
        "talk",
        name="tuned",
        model="smollm2-135m-instruct",
        max_steps=16,
        batch_size=8,
        learning_rate=5e-4,
        eval_every=16,
        samples=0,
    )
    train(project, "reward-model", "rankings", name="reward", parents={"from": "tuned"})
    settings = {"max_steps": 5, "eval_every": 0, "eval_prompts": SAMPLES, "max_new_tokens": 16}
    settings |= {"minibatch_size": 16, "learning_rate": 6e-4}
    run = train(project, "ppo", "asked", parents={"from": "tuned", "reward": "reward"}, **settings)
    found = metrics(run)
    reward, error, kl = found["eval/reward"], found["eval/reward_error"], found["eval/kl"]
    assert reward[5] - reward[0] > 2 * (error[0] ** 2 + error[5] ** 2) ** 0.5
    assert kl[0] == 0
    assert 0 < kl[5] < 10
