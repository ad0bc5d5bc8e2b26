"""What training on labels of a model gains, judged by labels of people.

    python -m tests.benchmarks.labelling_gain [--seeds 3] [--labeller MODEL] [--unlabelled 1500] [--reviewed 0]

A few reviews have labels of people and a classifier learns from them. It, or a language model that is asked, labels
the rest; the surest of these labels are taken, and a second classifier learns from both. The two classifiers are
compared on 500 reviews that no model, and no choice of a threshold, has seen. With ``--reviewed`` a person decides so
many of the least certain ones first; the labels that are kept back stand for the person.

Measured, with 60 reviews to learn from (mean accuracy over 3 seeds; each seed gained in the first two lines):
    labelled by the classifier          0.745 before, 0.775 after; 74 % of all labels were right, 87 % of those taken
    with 60 reviewed by a person        0.745 before, 0.808 after
    labelled by smollm2-135m-instruct   0.754 before, 0.736 after (1 seed, 600 unlabelled): no gain; 70 % of all labels
                                        were right, 83 % of those taken
"""

import argparse
import json
import random
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tests.engine.tiny import train
from workbench.core import starters
from workbench.core.datasets.writer import write_dataset
from workbench.core.labelling.reliability import threshold_for, trust
from workbench.core.labelling.result import make_dataset
from workbench.core.labelling.setup import describe
from workbench.core.labelling.standing import Standing
from workbench.core.labelling.store import Decision, Labelling
from workbench.core.project import Project
from workbench.engine import labelling as engine
from workbench.engine.classification import Classifier
from workbench.engine.device import probe

REAL, MEASURED, UNLABELLED, JUDGED = 60, 60, 1500, 500
"""Reviews: with labels, with labels to measure on, without labels, to judge by."""
WANTED = 0.9
SHARE = 0.5
"""Where so few measured rows do not show the wanted accuracy, the surest half of the proposals is taken."""
FIRST = {"epochs": 20.0, "learning_rate": 1e-3}
SECOND = {"epochs": 4.0, "learning_rate": 5e-4}

Row = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Gain:
    """What came out.

    Attributes:
        before: Accuracy of the classifier that learnt from the labels of people alone.
        after: Of the one that learnt from both.
        all_right: Share of all proposed labels that were right.
        taken: How many were taken.
        taken_right: Share of these that were right.
    """

    before: float
    after: float
    all_right: float
    threshold: float
    taken: int
    taken_right: float
    seconds: float


def reviews(seed: int, unlabelled: int) -> tuple[list[Row], list[Row], list[Row]]:
    """Return rows with labels to learn from and measure on, rows whose labels are kept back, and rows to judge by."""
    lines = starters.get("reviews").read_text("utf-8").splitlines()
    rows = [{"text": row["text"], "label": row["label"]} for row in map(json.loads, lines)]
    random.Random(seed).shuffle(rows)
    judged, rest = rows[:JUDGED], rows[JUDGED:]
    known = REAL + MEASURED
    return rest[:known], rest[known : known + unlabelled], judged


def once(folder: Path, seed: int, *, labeller: str = "", unlabelled: int = UNLABELLED, reviewed: int = 0) -> Gain:
    """Do all of it, as a person would in the window.

    Args:
        folder: For the project.
        seed: Of the choice of rows and of the training.
        labeller: A language model; the classifier that learnt from the few labels if it is empty.
        unlabelled: Rows to label.
        reviewed: Rows that the person decides.
    """
    began = time.monotonic()
    project = Project.create(folder)
    known, others, judged = reviews(seed, unlabelled)
    parts = ["train"] * REAL + ["validation"] * MEASURED
    write_dataset(project.data / "known", "known", "text-label", known, split=0.0, parts=parts)
    texts = [{"text": row["text"]} for row in others]
    write_dataset(project.data / "open", "open", "unlabelled", texts, split=0.0)
    model = str(starters.get("minilm-l6"))
    first = train(project, "text-classification", "known", model=model, seed=seed, **FIRST)
    standing, threshold = label(project, first.id, labeller, [row["label"] for row in others], reviewed)
    second = train(project, "text-classification", "both", model=model, seed=seed, **SECOND)
    sure = [float(value) for value in standing.proposals.confidence]
    right = [standing.proposed(number) == row["label"] for number, row in enumerate(others)]
    return Gain(
        before=accuracy(project, first.id, judged),
        after=accuracy(project, second.id, judged),
        all_right=sum(right) / len(right),
        threshold=threshold,
        taken=standing.above(threshold),
        taken_right=trust(sure, right, threshold).accuracy,
        seconds=time.monotonic() - began,
    )


def label(project: Project, run: str, model: str, truth: list[str], reviewed: int) -> tuple[Standing, float]:
    """Label the data set “open” and join it with “known” as “both”; return what was proposed and the threshold."""
    who = {"model": model, "labels": "positive, negative"} if model else {"run": run}
    work = Labelling.begin(project, describe(project, "open", **who))
    labeller = engine.load(project, work.setup, probe())
    engine.measure(work, labeller, project.dataset("known"))
    engine.propose(work, labeller)
    for row in Standing.read(work).to_review()[:reviewed]:
        work.decide(Decision(row=row, label=truth[row]))
    standing = Standing.read(work)
    threshold = threshold_for(*standing.known(), WANTED)
    if threshold is None:
        threshold = float(np.quantile(standing.proposals.confidence, 1 - SHARE))
    make_dataset(work, "both", threshold, beside="known")
    return standing, threshold


def accuracy(project: Project, run: str, rows: list[Row]) -> float:
    """Return the share of rows that a classifier labels as people did."""
    classifier = Classifier.load(project, run, probe())
    found = classifier.labels_of(classifier.probabilities(rows))
    return sum(label == row["label"] for label, row in zip(found, rows, strict=True)) / len(rows)


def main() -> None:
    """Print what was gained for some seeds, and the means."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--labeller", default="classifier")
    parser.add_argument("--unlabelled", type=int, default=UNLABELLED)
    parser.add_argument("--reviewed", type=int, default=0)
    chosen = parser.parse_args()
    labeller = "" if chosen.labeller == "classifier" else chosen.labeller
    gains = []
    for seed in range(chosen.seeds):
        with tempfile.TemporaryDirectory() as folder:
            how = {"labeller": labeller, "unlabelled": chosen.unlabelled, "reviewed": chosen.reviewed}
            gains.append(once(Path(folder) / "project", seed, **how))
        print(seed, gains[-1], flush=True)
    for name in ("before", "after", "all_right", "taken_right"):
        values = [getattr(gain, name) for gain in gains]
        print(f"{name}: {np.mean(values):.3f}, from {min(values):.3f} to {max(values):.3f}")


if __name__ == "__main__":
    main()
