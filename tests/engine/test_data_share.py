from pathlib import Path
from typing import Any

import pytest

from tests.engine.tiny import metrics, train
from tests.engine.tiny_classifier import save
from workbench.core import judging
from workbench.core.datasets.writer import write_dataset
from workbench.core.project import Project

pytestmark = pytest.mark.usefixtures("plain_cpu")

ROWS = [{"text": "sun rain"[: 3 + place % 5] + "." * (place % 7), "label": "ab"[place % 2]} for place in range(60)]
MORE: dict[str, Any] = {"batch_size": 4, "epochs": 1, "max_length": 16, "samples": 0, "learning_rate": 1e-3}


def test_a_share_of_the_rows_is_learnt_from_and_the_same_rows_are_held_out(project: Project, tmp_path: Path) -> None:
    model = str(save(tmp_path / "bert"))
    write_dataset(project.data / "d", "d", "text-label", ROWS, split=1 / 3)
    learnt, held_out = (project.dataset("d").info.splits[part] for part in ("train", "validation"))
    runs = {
        share: train(project, "text-classification", "d", model=model, data_share=share, **MORE)
        for share in (0.25, 0.5, 1.0)
    }
    steps = {share: run.summary().total for share, run in runs.items()}
    assert steps == {share: -(-round(share * learnt) // 4) for share in runs}
    before = {share: metrics(run)["eval/loss"][0] for share, run in runs.items()}
    assert len(set(before.values())) == 1, "all are measured on the same rows"
    measured = judging.evaluate(project, runs[0.25].id, project.dataset("d"))
    assert measured["eval/loss"] == pytest.approx(metrics(runs[0.25])["eval/loss"][steps[0.25]], rel=1e-4)
    assert held_out >= 15


def test_what_is_measured_is_never_a_share(project: Project, tmp_path: Path) -> None:
    model = str(save(tmp_path / "bert"))
    write_dataset(project.data / "d", "d", "text-label", ROWS, split=0.0)
    found = []
    for share in (0.1, 1.0):
        settings = {**MORE, "max_steps": 1, "learning_rate": 1e-8, "adapter": "full"}
        run = train(project, "text-classification", "d", model=model, data_share=share, **settings)
        found.append(judging.evaluate(project, run.id, project.dataset("d"))["eval/loss"])
    assert found[0] == pytest.approx(found[1], rel=1e-5)
