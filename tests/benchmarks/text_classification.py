"""The speed of text classification, beside the plain loop that most tutorials show.

    python -m tests.benchmarks.text_classification [--seeds 3] [--epochs 3] [--rows 2000] [--held-out 500]
        [--accuracy-only]

Both tune all of ``minilm-l6`` on the same review sentences, with the same batch size, learning rate and epochs, and are
measured on the same others after the last epoch. The plain loop pads every sentence to 128 tokens, computes in fp32 and
takes the sentences in their order. With ``--accuracy-only`` it pads to the longest of a batch: the same arithmetic in a
third of the time, but no fair race. A second an epoch is one of training; evaluations are left out on both sides.

Measured on 2 cores with AMX, 1 epoch, seeds 0, 1, 2 (the first two on a busy machine): 325.7, 414.0, 141.8 s an epoch
against 39.0, 56.3, 24.5 s: 8.3, 7.4, 5.8 times as fast; right 0.772, 0.800, 0.826 (mean 0.799) against 0.784, 0.786,
0.830 (mean 0.800).
"""

import argparse
import json
import random
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import workbench.engine  # noqa: F401 - how threads wait is set before torch is loaded

# isort: split

import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer, get_linear_schedule_with_warmup

from tests.engine.tiny import metrics, train
from workbench.core import events, starters
from workbench.core.datasets.kinds import Row
from workbench.core.datasets.writer import write_dataset
from workbench.core.project import Project
from workbench.engine.device import probe, seed_everything

MODEL = "minilm-l6"
LENGTH, BATCH, RATE = 128, 16, 2e-5
LABELS = ("negative", "positive")


@dataclass(frozen=True)
class Outcome:
    """Seconds of training in each epoch, and the accuracy after the last one."""

    seconds: list[float]
    accuracy: float


def reviews(seed: int, rows: int, held_out: int) -> tuple[list[Row], list[Row]]:
    """Return sentences to learn from and others to measure on."""
    lines = starters.get("reviews").read_text("utf-8").splitlines()
    found = [{"text": row["text"], "label": row["label"]} for row in map(json.loads, lines)]
    random.Random(seed).shuffle(found)
    return found[:rows], found[rows : rows + held_out]


def plain(learnt: list[Row], held_out: list[Row], *, seed: int, epochs: int, padding: str) -> Outcome:
    """Train as most tutorials do; ``padding`` is ``max_length`` or ``longest``."""
    seed_everything(seed)
    folder = starters.get(MODEL)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForSequenceClassification.from_pretrained(folder, num_labels=len(LABELS))

    def batches(rows: list[Row]) -> list[dict[str, torch.Tensor]]:
        made = []
        for at in range(0, len(rows), BATCH):
            some = rows[at : at + BATCH]
            texts = [row["text"] for row in some]
            batch = tokenizer(texts, padding=padding, max_length=LENGTH, truncation=True, return_tensors="pt")
            made.append({**batch, "labels": torch.tensor([LABELS.index(row["label"]) for row in some])})
        return made

    train_batches, held_out_batches = batches(learnt), batches(held_out)
    steps = epochs * len(train_batches)
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE, eps=1e-8)
    schedule = get_linear_schedule_with_warmup(optimizer, round(0.06 * steps), steps)
    seconds = []
    for _ in range(epochs):
        model.train()
        began = time.perf_counter()
        for batch in train_batches:
            model(**batch).loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad()
        seconds.append(time.perf_counter() - began)
    model.eval()
    with torch.no_grad():
        right = sum(int((model(**batch).logits.argmax(-1) == batch["labels"]).sum()) for batch in held_out_batches)
    return Outcome(seconds, right / len(held_out))


def ours(learnt: list[Row], held_out: list[Row], *, seed: int, epochs: int) -> Outcome:
    """Train with the task as it is."""
    with tempfile.TemporaryDirectory() as folder:
        project = Project.create(Path(folder) / "project")
        parts = ["train"] * len(learnt) + ["validation"] * len(held_out)
        write_dataset(project.data / "reviews", "reviews", "text-label", learnt + held_out, split=0.0, parts=parts)
        settings = {"epochs": epochs, "seed": seed, "keep_best": "last", "save_every": 0}
        run = train(project, "text-classification", "reviews", model=MODEL, adapter="full", **settings)
        wanted = {"max_length": LENGTH, "batch_size": BATCH, "learning_rate": RATE}
        assert {name: run.spec().options[name] for name in wanted} == wanted, "the defaults are those of the plain loop"
        seconds, began = [], 0.0
        for event in run.follow().read():
            if isinstance(event, events.Phase):  # the last one before a step tells that training goes on
                began = event.time
            elif isinstance(event, events.Progress) and event.step % -(-len(learnt) // BATCH) == 0:
                seconds.append(event.time - began)
        return Outcome(seconds, list(metrics(run)["eval/accuracy"].values())[-1])


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, usual in (("seeds", 3), ("epochs", 3), ("rows", 2000), ("held-out", 500)):
        parser.add_argument(f"--{name}", type=int, default=usual)
    parser.add_argument("--accuracy-only", action="store_true")
    asked = parser.parse_args()
    padding = "longest" if asked.accuracy_only else "max_length"
    device = probe()
    print(f"{device.name} {device.precision}, {device.threads} threads; {asked.rows} rows, {asked.held_out} held out")
    titles = ("seed", "plain s/epoch", "ours s/epoch", "ratio", "plain right", "ours right")
    print("  ".join(titles))
    lines = []
    for seed in range(asked.seeds):
        learnt, held_out = reviews(seed, asked.rows, asked.held_out)
        both = (
            plain(learnt, held_out, seed=seed, epochs=asked.epochs, padding=padding),
            ours(learnt, held_out, seed=seed, epochs=asked.epochs),
        )
        slow, fast = (statistics.mean(outcome.seconds) for outcome in both)
        lines.append((slow, fast, slow / fast, *(outcome.accuracy for outcome in both)))
        tell(str(seed), lines[-1])
    means = tuple(statistics.mean(column) for column in zip(*lines, strict=True))
    tell("mean", (*means[:2], means[0] / means[1], *means[3:]))


def tell(name: str, line: tuple[float, ...]) -> None:
    """Print a line of the table."""
    slow, fast, ratio, plain_right, our_right = line
    print(f"{name:>4}  {slow:13.1f}  {fast:12.1f}  {ratio:5.1f}  {plain_right:11.3f}  {our_right:10.3f}", flush=True)


if __name__ == "__main__":
    main()
