import math
from pathlib import Path

import pytest

from tests.cli.test_train import WORDS, value
from tests.engine.tiny import save_tiny
from workbench.core.project import Project


@pytest.mark.slow
def test_texts_are_read_measured_and_answers_learnt_on_top(tmp_path: Path) -> None:
    """From a file of texts to instruction tuning that starts from the run, as a person does it."""
    project, model = Project.create(tmp_path / "p").path, save_tiny(tmp_path / "model")
    (tmp_path / "texts.txt").write_text("".join(f"the {word} is here.\n" for word in WORDS))
    (tmp_path / "talk.jsonl").write_text("".join(f'{{"prompt": "{w}?", "answer": "{w} it is."}}\n' for w in WORDS))
    value("data", "import", project, tmp_path / "texts.txt", "--kind", "text", "--split", "0.2")
    value("data", "import", project, tmp_path / "talk.jsonl", "--kind", "instruction", "--split", "0.2")
    settings = [f"--set={pair}" for pair in ("batch_size=2", "max_length=64", "max_steps=4", "learning_rate=3e-3")]
    adapt = ["train", project, "--task", "domain-adaptation", "--data", "texts", "--model", model, *settings]
    read = value(*adapt)
    assert (read["state"], read["adapter"], read["step"]) == ("finished", "lora", 4)
    loss, perplexity = read["metrics"]["eval/loss"], read["metrics"]["eval/perplexity"]
    assert perplexity == pytest.approx(math.exp(loss), rel=1e-6)
    measured = value("evaluate", project, "--run", read["run"], "--data", "texts")["metrics"]
    assert measured["eval/perplexity"] == pytest.approx(perplexity, rel=0.02)
    assert (measured["eval/texts"], measured["eval/tokens"]) == (2, sum(len(t) for t in held_out(project)))
    talk = ["train", project, "--task", "instruction-tuning", "--data", "talk", "--from", read["run"]]
    tuned = value(*talk, "--set", "max_steps=1", "--set", "samples=0")
    assert (tuned["state"], tuned["adapter"], tuned["parents"]) == ("finished", "lora", {"from": read["run"]})


def held_out(project: Path) -> list[str]:
    return [row["text"] for row in Project.open(project).dataset("texts").rows("validation")]
