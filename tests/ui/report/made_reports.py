"""Runs with a report, made by hand."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from workbench.core import events, reports
from workbench.core.datasets.dataset import DatasetInfo
from workbench.core.project import Project
from workbench.core.registry import Medium
from workbench.core.reports import Judged
from workbench.core.runs import Run
from workbench.core.spec import RunSpec


def write(
    project: Project,
    labels: list[str],
    rows: Sequence[Judged],
    *,
    medium: Medium = "text",
    several: bool = False,
    task: str = "text-classification",
) -> Run:
    """Make a finished run with a report of these rows."""
    spec = RunSpec(task=task, name=f"a {task}", model="m", model_path="m", data="d", data_path="data/d")
    run = project.new_run(spec)
    run.append(events.Launched(pid=1))
    for step in range(10):
        run.append(events.Metrics(step=step, values={"train/loss": 1.0 / (step + 1)}))
    run.append(events.Finished(step=9, seconds=1.0))
    report(run, labels, rows, medium=medium, several=several)
    return run


def report(
    run: Run, labels: list[str], rows: Sequence[Judged], *, medium: Medium = "text", several: bool = False
) -> None:
    """Write a report of these rows into a run, and a result beside it."""
    info = DatasetInfo(
        name="d", kind="text-label", rows=len(rows), hash="h", splits={"train": 0, "validation": len(rows)}
    )
    reports.save(run.result, reports.build(info, "data/d", medium, labels, rows, several=several), rows)
    (run.result / "result.json").write_text('{"base": "m", "adapter": "adapter"}')


def judged(what: str, truth: int, scores: tuple[float, ...], before: tuple[float, ...] = ()) -> Judged:
    """Return a row with one label."""
    return Judged(what=what, truth=(truth,), scores=scores, before=before)


def drawn(truth: int, labels: int, right: bool, generator: np.random.Generator) -> tuple[float, ...]:
    """Return probabilities of labels whose largest is the true one, or another."""
    said = truth if right else int((truth + generator.integers(1, labels)) % labels)
    scores = generator.random(labels)
    scores[said] = scores.max() + generator.random() * labels
    return tuple((scores / scores.sum()).tolist())


def many(labels: int, rows: int, accuracy: float = 0.9, seed: int = 0) -> list[Judged]:
    """Return rows of many labels of which about a share is right."""
    generator = np.random.default_rng(seed)
    return [
        Judged(
            what=f"Text number {number} tells of label {number % labels} in some words.",
            truth=(number % labels,),
            scores=drawn(number % labels, labels, generator.random() < accuracy, generator),
            before=drawn(number % labels, labels, generator.random() < 1 / labels, generator),
        )
        for number in range(rows)
    ]


def pictures(project: Project, count: int) -> list[str]:
    """Write small images of different greys into the folder of the data set, but not the last; return their paths."""
    folder = project.data / "d" / "images"
    folder.mkdir(parents=True)
    names = [f"images/{number}.png" for number in range(count)]
    for number, name in enumerate(names[:-1]):
        Image.new("L", (32, 32), 10 * number + 10).save(project.data / "d" / name)
    return names


def overlays(folder: Path, images: Sequence[Path]) -> list[dict[str, object]]:
    """Write a red picture for each image, as the command that explains does, and return what it prints."""
    folder.mkdir(parents=True, exist_ok=True)
    found: list[dict[str, object]] = []
    for number, image in enumerate(images):
        Image.new("RGB", (32, 32), (255, 0, 0)).save(folder / f"{number}.png")
        found.append({"path": str(image), "label": "cat", "score": 0.9, "overlay": str(folder / f"{number}.png")})
    return found
