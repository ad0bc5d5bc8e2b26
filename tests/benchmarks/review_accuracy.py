"""What the default recipe of text classification reaches on all of ``reviews``, judged on a part that is held out.

    python -m tests.benchmarks.review_accuracy [--seeds 3] [--adapters lora,full]

Nothing is set but the seed, which draws the held-out part as well: 500 of 2,943 sentences. The goal is 0.80.

Measured with bf16 (1 seed): lora 0.421 before, 0.918 after; full 0.417 before, 0.900 after.
"""

import argparse
import json
import statistics
import tempfile
import time
from pathlib import Path

import workbench.engine  # noqa: F401 - how threads wait is set before torch is loaded

# isort: split

from tests.engine.tiny import train
from workbench.core import reports, starters
from workbench.core.datasets.writer import write_dataset
from workbench.core.project import Project

HELD_OUT = 500


def recipe(adapter: str, seed: int) -> tuple[float, float, float]:
    """Return the accuracy of the untouched and of the tuned model, and the seconds that it took."""
    lines = starters.get("reviews").read_text("utf-8").splitlines()
    rows = [{"text": row["text"], "label": row["label"]} for row in map(json.loads, lines)]
    with tempfile.TemporaryDirectory() as folder:
        project = Project.create(Path(folder) / "project")
        share = HELD_OUT / len(rows)
        write_dataset(project.data / "reviews", "reviews", "text-label", rows, split=share, seed=seed)
        began = time.monotonic()
        run = train(project, "text-classification", "reviews", model="minilm-l6", adapter=adapter, seed=seed)
        seconds = time.monotonic() - began
        report = reports.load(run)
    assert report is not None and report.before is not None
    return report.before.accuracy, report.after.accuracy, seconds


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--adapters", default="lora,full")
    asked = parser.parse_args()
    print("adapter  seed  before  after  seconds")
    for adapter in asked.adapters.split(","):
        found = []
        for seed in range(asked.seeds):
            found.append(recipe(adapter, seed))
            print(f"{adapter:>7}  {seed:4}  {found[-1][0]:6.3f}  {found[-1][1]:5.3f}  {found[-1][2]:7.0f}", flush=True)
        means = [statistics.mean(column) for column in zip(*found, strict=True)]
        print(f"{adapter:>7}  mean  {means[0]:6.3f}  {means[1]:5.3f}  {means[2]:7.0f}", flush=True)


if __name__ == "__main__":
    main()
