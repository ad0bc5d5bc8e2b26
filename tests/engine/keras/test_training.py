"""Runs of Keras image classification from their first to their last event, on a base of two convolutions."""

from pathlib import Path
from typing import Any

import pytest

from tests.engine.keras import child

RUN = """
from pathlib import Path
import keras
import numpy as np
from tests.engine.keras import small
from workbench.core import events, reports
from workbench.core.checkpoints import latest
from workbench.core.judging import evaluate
from workbench.engine.keras import checkpoint

project = small.make_project(Path(sys.argv[1]))
run = small.train(project, views=2)
history = run.follow().read()
told["curves"] = small.curves(run, "eval/accuracy", "eval/loss", "eval/macro_f1", "epoch/accuracy", "train/loss")
told["more"] = sorted({name for one in history if isinstance(one, events.Metrics) for name in one.values})
told["progress"] = [(one.step, one.seconds_left) for one in history if isinstance(one, events.Progress)]
told["first progress"] = next(place for place, one in enumerate(history) if isinstance(one, events.Progress))
told["first training"] = next(p for p, one in enumerate(history) if getattr(one, "text", "") == "Training")
told["result"] = run.result_info()
told["measured"] = evaluate(project, run.id, project.dataset("colours"))
report = reports.load(run)
told["report"] = [report.medium, report.rows, report.after.accuracy, report.before.accuracy, report.data_path]
judged = reports.judged(run)[0]
told["judged"] = (project.dataset("colours").path / judged.what).is_file() and abs(sum(judged.scores) - 1) < 1e-5
told["features kept"] = (run.path / "features").exists()
after, base = dict(small.weights(run)), keras.saving.load_model(sys.argv[1] + "/base.keras")
told["frozen"] = all(
    all(map(np.array_equal, after[layer.name], layer.get_weights())) for layer in base.layers if layer.weights
)
told["balanced"] = small.train(project, max_steps=2, class_weights="balanced").summary().state
state = checkpoint.load_state(latest(run.checkpoints))
told["state"] = [state.step, state.looked, state.best_step > 0]
"""

RESUME = """
from pathlib import Path
import numpy as np
from tests.engine.keras import small
from workbench.core import events
from workbench.core.context import Stop
from workbench.engine.keras import pieces, telling

pieces.LARGE = 5_000  # bytes: the head learns in ten pieces, as one of the usual size does
telling.BETWEEN = 0.0  # every step is told, so that a stop can come in any
project = small.make_project(Path(sys.argv[1]))
how = {"fine_tune_layers": 1, "fine_tune_epochs": 2, "keep_best": "last", "save_every": 0, "batch_size": 4}
straight = small.train(project, **how)
stopped = small.new_run(project, **how)

def at(step):
    return small.stops(lambda event: isinstance(event, events.Progress) and event.step == step)

def in_features(event):
    return isinstance(event, events.Phase) and "of" in event.text and event.text.startswith("Computing")

# in the features, within an epoch, at the end of the first stage, within an epoch of the second one
waits = [small.stops(in_features), at(3), at(28), at(31), None]
steps = []
for number, context in enumerate(waits):
    try:
        small.go(project, stopped, resume=number > 0, **({"context": context} if context else {}))
    except Stop as stop:
        steps.append(stop.step)
told["stops"] = steps
told["results"] = [bool(stopped.result_info()), stopped.result_info()["best_step"]]
one, other = small.weights(straight), small.weights(stopped)
told["same"] = all(
    np.array_equal(a, b)
    for (_, mine), (_, others) in zip(one, other, strict=True)
    for a, b in zip(mine, others, strict=True)
)
names = ("eval/loss", "epoch/loss", "epoch/accuracy")
told["curves"] = [small.curves(run, *names) for run in (straight, stopped)]
told["other seed"] = all(
    np.array_equal(a, b) for (_, mine), (_, others) in zip(one, small.weights(small.train(project, seed=1, **how)))
    for a, b in zip(mine, others)
)
"""

PIECES = """
from pathlib import Path
import keras
import numpy as np
from tests.engine.keras import small
from workbench.core.judging import evaluate
from workbench.engine.keras import pieces

project = small.make_project(Path(sys.argv[1]))
whole = small.train(project)
pieces.LARGE = 5_000  # bytes; a row has 128
in_pieces = small.train(project)
one, other = dict(small.weights(whole)), dict(small.weights(in_pieces))
matrix = keras.Variable(np.zeros((384, 32), np.float32))
made = pieces.Pieces(matrix, np.arange(1, 384))
told["sizes"] = made._sizes
made.variables[0].assign(np.ones((39, 32)))
made.join()
told["rows"] = [float(matrix[place, 0]) for place in (0, 1, 39, 40)]
told["difference"] = max(float(abs(a - b).max()) for name in one for a, b in zip(one[name], other[name]))
told["learnt"] = float(abs(one["head_hidden"][0]).max())
hasty = small.train(project, learning_rate=1.0, epochs=3)
told["best"], told["last"] = hasty.result_info()["best_step"], hasty.summary().step
measured = evaluate(project, hasty.id, project.dataset("colours"))
told["kept"] = [hasty.result_info()["metrics"]["eval/loss"], measured["eval/loss"]]
"""

STAGE = """
from pathlib import Path
import keras
import numpy as np
from tests.engine.keras import small
from workbench.core import events

project = small.make_project(Path(sys.argv[1]))
base = keras.saving.load_model(sys.argv[1] + "/base.keras")
before = {layer.name: layer.get_weights() for layer in base.layers}
for count in (1, 99):
    run = small.train(project, epochs=1, fine_tune_layers=count, fine_tune_epochs=1, fine_tune_learning_rate=1e-2)
    after = dict(small.weights(run))
    told[count] = [
        name for name in ("first", "norm", "second") if not all(map(np.array_equal, after[name], before[name]))
    ]
    told[f"steps {count}"] = run.summary().step
    told[f"notes {count}"] = small.said(run, events.Note)
best = small.train(project, epochs=3, learning_rate=3e-2, fine_tune_layers=2, fine_tune_learning_rate=0.5)
told["best"] = [best.result_info()["best_step"], best.result_info()["metrics"]["eval/accuracy"]]
told["worst"] = min(value for _, value in small.curves(best, "eval/accuracy")["eval/accuracy"])
told["put back"] = all(map(np.array_equal, dict(small.weights(best))["second"], before["second"]))
"""

REFUSED = """
import json
from pathlib import Path
from tests.engine.keras import small
from workbench.core import events
from workbench.core.context import Stop
from workbench.core.datasets.importer import import_file
from workbench.core.errors import UserError
from workbench.core.judging import evaluate, predict
from workbench.core.project import Project
from workbench.engine.keras import stages

def sentence(act, *arguments, **more):
    try:
        act(*arguments, **more)
    except UserError as error:
        return error.sentence
    return ""

folder = Path(sys.argv[1])
project = small.make_project(folder)
dataset = project.dataset("colours")
told["side"] = sentence(small.train, project, side=16)
told["file"] = sentence(small.train, project, weights="file")
spoilt = [row for part in ("train", "validation") for row in dataset.rows(part)[:2]]
for row in spoilt:
    small.damage(dataset, row)
run = small.train(project)
told["notes"] = [note for note in small.said(run, events.Note) if "left out" in note]
told["rows"] = [len(dataset.rows("train")), len(dataset.rows("validation"))]
told["steps"] = run.summary().step
told["evaluate"] = sentence(evaluate, project, run.id, dataset)
told["predict"] = sentence(predict, project, run.id, [{"image": str(dataset.path / spoilt[0]["image"])}])
whole = [row for row in dataset.rows("validation") if row not in spoilt]
verdicts = predict(project, run.id, [{"image": str(dataset.path / row["image"])} for row in whole])
told["right"] = sum(verdict.label == row["label"] for verdict, row in zip(verdicts, whole, strict=True)) / len(whole)
told["empty"] = predict(project, run.id, [])

one_class = small.write_images(folder / "single", 4)
for name in ("green", "red"):
    for file in (one_class / name).iterdir():
        file.unlink()
import_file(project, one_class, kind="image-folder", name="single")
told["one class"] = sentence(small.train, project, "single")
for name, color in (("many", 4), ("lonely", 4)):
    images = small.write_images(folder / name, color)
    if name == "lonely":
        for file in list((images / "red").iterdir())[1:]:
            file.unlink()
    (images / "blue").rename(images / "violet")
    import_file(project, images, kind="image-folder", name=name, split=0.25)
told["one row"] = [note for note in small.said(small.train(project, "lonely"), events.Note) if "Too few" in note]
told["unknown label"] = sentence(evaluate, project, run.id, project.dataset("many"))

halted = small.new_run(project)
try:
    small.go(project, halted, context=small.stops(lambda e: isinstance(e, events.Progress) and e.step == 2))
except Stop:
    pass
spec = json.loads((halted.path / "spec.json").read_text())
changed = {**spec, "data": "lonely", "data_path": "data/lonely"}
(halted.path / "spec.json").write_text(json.dumps(changed))
told["other data"] = sentence(small.go, project, project.run(halted.id), resume=True)
(halted.path / "spec.json").write_text(json.dumps({**changed, "data_hash": ""}))
told["other classes"] = sentence(small.go, project, project.run(halted.id), resume=True)
mean_loss = stages._mean_loss
stages._mean_loss = lambda *given: mean_loss(*given) * float("inf")
told["diverged"] = sentence(small.train, project)
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return child.run(RUN, tmp_path_factory.mktemp("run"))  # type: ignore[no-any-return]


def test_a_run_tells_its_curves_and_leaves_a_network_that_learnt(told: dict[str, Any]) -> None:
    steps = [step for step, _ in told["curves"]["eval/accuracy"]]
    assert steps == [0, 4, 8, 12, 16]  # 27 images in batches of 8
    assert told["curves"]["eval/accuracy"][-1][1] == 1.0
    assert [step for step, _ in told["curves"]["epoch/accuracy"]] == steps[1:]
    assert {step for step, _ in told["curves"]["train/loss"]} >= set(steps[1:])
    assert {"train/accuracy", "images_per_second", "memory_mb", "epoch/loss"} <= set(told["more"])
    assert told["result"]["labels"] == ["blue", "green", "red"]
    assert told["state"] == [16, 16, True]
    assert told["balanced"] == "finished"
    assert told["features kept"] is False
    assert told["frozen"] is True


def test_the_time_left_is_told_from_the_features_on(told: dict[str, Any]) -> None:
    assert told["first progress"] < told["first training"]
    assert told["progress"][0][0] == 0
    assert all(left > 0 for step, left in told["progress"] if step < 16)
    assert told["progress"][-1] == [16, 0.0]


def test_the_report_says_what_evaluate_measures(told: dict[str, Any]) -> None:
    medium, rows, after, before, path = told["report"]
    assert (medium, rows, path) == ("image", 9, "data/colours")
    assert after == told["measured"]["eval/accuracy"] == told["result"]["metrics"]["eval/accuracy"] == 1.0
    assert before == told["curves"]["eval/accuracy"][0][1] < 1.0
    assert told["measured"]["eval/loss"] == pytest.approx(told["result"]["metrics"]["eval/loss"], rel=1e-3)
    assert told["judged"] is True


def test_a_run_that_was_stopped_again_and_again_ends_as_if_it_never_was(tmp_path: Path) -> None:
    told = child.run(RESUME, tmp_path)
    assert told["stops"] == [0, 3, 28, 31]  # 27 images in batches of 4: an epoch has 7 steps, the first stage 28
    assert told["results"] == [True, 0]
    assert told["same"] is True
    assert told["other seed"] is False
    assert told["curves"][0] == told["curves"][1]
    assert [step for step, _ in told["curves"][0]["eval/loss"]] == [0, 7, 14, 21, 28, 35, 42]


def test_a_head_that_is_trained_in_pieces_learns_the_same(tmp_path: Path) -> None:
    told = child.run(PIECES, tmp_path)
    assert told["sizes"] == [39] * 9 + [32]
    assert told["rows"] == [0, 1, 1, 0]  # the first does not learn, the next 39 are the first piece
    assert told["difference"] < 1e-5 < told["learnt"]
    assert told["best"] < told["last"]
    assert told["kept"][0] == pytest.approx(told["kept"][1], abs=3e-8)  # the last step has 1.3e-7, the best 8e-8


def test_the_second_stage_trains_the_last_layers_and_no_normalisation(tmp_path: Path) -> None:
    told = child.run(STAGE, tmp_path)
    assert (told["1"], told["99"]) == (["second"], ["first", "second"])
    assert told["steps 1"] == 8
    assert "Now the last layers of the base are trained, too." in told["notes 1"]
    step, accuracy = told["best"]
    assert accuracy > told["worst"]
    assert 0 < step <= 12  # the rate of the second stage was absurd: what the first one left is kept, base and all
    assert told["put back"] is True


def test_what_cannot_work_is_said_in_a_sentence(tmp_path: Path) -> None:
    told = child.run(REFUSED, tmp_path)
    assert told["side"] == "Images need at least 32 pixels a side; 0 is what the base was made for."
    assert told["file"] == "Say where the file of weights is, or choose “imagenet” or “none”."
    assert told["diverged"].startswith("Training diverged at step 1 (train/loss is no longer a number)")
    assert len(told["notes"]) == 1
    assert told["notes"][0].startswith("4 images cannot be read and are left out: images/")
    assert told["rows"] == [27, 9]
    assert told["steps"] == 16  # 25 images that can be read, in batches of 8
    assert told["evaluate"] == "Images of “colours” cannot be read."
    assert "cannot be judged. The file is not an image" in told["predict"]
    assert told["right"] == 1.0
    assert told["empty"] == []
    assert told["one class"].startswith("All rows of “single” have the same label")
    assert told["one row"] == ["Too few rows to learn from have these labels: red."]
    assert told["unknown label"].startswith("“many” has labels that run “")
    assert "violet" in told["unknown label"]
    assert "is no longer the one that this run was made for" in told["other data"]
    assert told["other classes"] == "This run learnt other classes than its data has now. Start a new run."
