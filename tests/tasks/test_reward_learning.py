import pytest
from review_rankings import review_rankings

from workbench.core.context import RunContext
from workbench.core.datasets.writer import write_dataset
from workbench.core.plan import Request, create
from workbench.core.project import Project
from workbench.core.registry import task

GOAL = 0.7
"""Share of pairs. Measured with 100 rankings in place of 60: from 0.52 to 0.82."""


@pytest.mark.slow
def test_a_reward_model_learns_what_people_prefer(project: Project) -> None:
    """60 rankings of 9 sentences to learn from, 12 more on other prompts to be judged by."""
    write_dataset(
        project.data / "rankings-of-reviews", "rankings-of-reviews", "ranking", review_rankings(72, 9, 0), split=1 / 6
    )
    assert project.dataset("rankings-of-reviews").info.splits == {"train": 60, "validation": 12}
    run = create(
        project, Request(task="reward-model", data="rankings-of-reviews", model="smollm2-135m-instruct", adapter="lora")
    )
    task("reward-model").run(RunContext(project, run))
    accuracies = [
        event.values["eval/accuracy"]
        for event in run.follow().read()
        if "eval/accuracy" in getattr(event, "values", {})
    ]
    assert 0.4 < accuracies[0] < 0.6
    assert accuracies[-1] >= GOAL
    sentences = run.result_info()
    assert sentences["reward_deviation"] > 0
