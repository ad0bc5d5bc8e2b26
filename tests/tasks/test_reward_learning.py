import pytest
from review_rankings import review_rankings

from workbench.core.context import RunContext
from workbench.core.datasets.writer import write_dataset
from workbench.core.plan import Request, create
from workbench.core.project import Project
from workbench.core.registry import task


@pytest.mark.slow
def test_a_reward_model_learns_what_people_prefer(project: Project) -> None:
    """100 rankings of 9 sentences to learn from, 12 more on other prompts to be judged by."""
    write_dataset(
        project.data / "rankings-of-reviews", "rankings-of-reviews", "ranking", review_rankings(112, 9, 0), split=0.107
    )
    assert project.dataset("rankings-of-reviews").info.splits == {"train": 100, "validation": 12}
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
    assert accuracies[-1] >= 0.75
    sentences = run.result_info()
    assert sentences["reward_deviation"] > 0
