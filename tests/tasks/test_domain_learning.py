import json

import pytest

from tests.engine.tiny import metrics, train
from workbench.core import starters
from workbench.core.datasets.writer import write_dataset
from workbench.core.project import Project

GOAL = 0.65
"""Perplexity after eight steps as a share of that before. Measured with two seeds: from 17.5 to 8.2, a share of 0.47;
and the loss of answers before the first step from 2.40 to 2.21 (2 cores, bf16)."""


@pytest.mark.slow
def test_reading_japanese_makes_japanese_less_surprising_and_answers_are_learnt_from_there(project: Project) -> None:
    """What the starter, which hardly knows Japanese, expects of texts that it has never seen."""
    lines = starters.get("small-talk").read_text("utf-8").splitlines()
    japanese = [row for row in map(json.loads, lines) if row["language"] == "ja"]
    texts = [{"text": f"{row['prompt']}\n{row['answer']}"} for row in japanese[:200]]
    write_dataset(project.data / "read", "read", "text", texts, split=0.1)
    model = str(starters.get("smollm2-135m-instruct"))
    more = {"batch_size": 4, "max_length": 128, "max_steps": 8, "eval_every": 100, "samples": 0, "learning_rate": 1e-3}
    read = train(project, "domain-adaptation", "read", model=model, **more)
    perplexity = metrics(read)["eval/perplexity"]
    assert list(perplexity) == [0, 8]
    assert perplexity[8] < GOAL * perplexity[0]

    talk = [{"prompt": row["prompt"], "answer": row["answer"]} for row in japanese[200:260]]
    write_dataset(project.data / "talk", "talk", "instruction", talk, split=0.5)
    more = {"batch_size": 4, "max_length": 64, "max_steps": 1, "eval_every": 100, "samples": 0}
    plain = train(project, "instruction-tuning", "talk", model=model, **more)
    after = train(project, "instruction-tuning", "talk", parents={"from": read.id}, **more)
    losses = [metrics(run)["eval/loss"][0] for run in (plain, after)]
    assert losses[1] < losses[0], "it begins with what was read"
