"""What every adapter must do in a run: resume exactly, and leave an export that loads as its card says, anywhere."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from tests.adapters.ways import ARCHITECTURES, CLOSE, WAYS, Pair, Way, each, pairs, save_base
from tests.engine import tiny, tiny_classifier, tiny_vision
from workbench.core import cards, events, registry
from workbench.core.checkpoints import latest
from workbench.core.export_formats import formats
from workbench.core.project import Project
from workbench.core.runs import Run
from workbench.engine import export as exporting
from workbench.engine import reward
from workbench.engine.loop import Loop
from workbench.engine.models import load_reader
from workbench.engine.vision import Eye

pytestmark = pytest.mark.usefixtures("plain_cpu")

STEPS = 6
MORE: dict[str, Any] = {"max_steps": STEPS, "batch_size": 4, "eval_every": 2, "learning_rate": 1e-2}
TASKS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "writes": ("instruction-tuning", "talk", {"samples": 0}),
    "reads": ("text-classification", "weather", {}),
    "sees": ("image-classification", "halves", {"augmentation": "crop-and-mirror"}),
    "judges": ("reward-model", "ranked", {}),
}
TEXTS = ("sun and rain", "it is. the fog?")
RUNS: list[Pair] = [
    *pairs(),
    *(("judges", way) for way in WAYS if way.name in registry.task("reward-model").adapters),
]
STRANGER = Path(__file__).with_name("stranger.py")


@dataclass(frozen=True)
class Done:
    """A run, and the logits that its model gave when it was done, before it was saved."""

    run: Run
    logits: list[torch.Tensor]


class Workshop:
    """A project with a tiny model and data of each kind; a run is made once, when it is first asked for."""

    def __init__(self, folder: Path) -> None:
        self.project = Project.create(folder / "project")
        self.bases = {kind: save_base(kind, folder / kind) for kind in ARCHITECTURES}
        self.bases["judges"] = self.bases["writes"]
        tiny.write_talk(self.project)
        tiny_classifier.write_weather(self.project)
        tiny_vision.write_halves(self.project, folder)
        tiny.write_rankings(self.project)
        self.pictures = [folder / f"{side}.png" for side in tiny_vision.LABELS]
        for number, path in enumerate(self.pictures):
            tiny_vision.picture(path.stem, 1000 + number).save(path)
        self._done: dict[tuple[str, str], Done] = {}

    def new(self, kind: str, way: Way) -> Run:
        task, data, more = TASKS[kind]
        settings = MORE | more | {f"adapter.{name}": value for name, value in way.settings.items()}
        return tiny.new_run(self.project, task, data, model=str(self.bases[kind]), adapter=way.name, **settings)

    def done(self, kind: str, way: Way) -> Done:
        key = (kind, str(way))
        if key not in self._done:
            run = self.new(kind, way)
            with remembered() as loops:
                tiny.go(self.project, run)
            self._done[key] = Done(run, self.asked(kind, loops[0].model, run))
        return self._done[key]

    def asked(self, kind: str, model: Any, run: Run) -> list[torch.Tensor]:
        """Return what a live model says to the texts, or to the pictures."""
        reader = load_reader(self.bases[kind])
        if kind == "sees":
            eye = Eye(reader)
            inputs = [{"pixel_values": eye.pixels([eye.prepared(path)], "cpu")} for path in self.pictures]
        else:
            inputs = [dict(reader(text, return_tensors="pt", return_token_type_ids=False)) for text in TEXTS]
        model.eval()
        with torch.no_grad():
            if kind == "judges":
                head = reward.load_head(run.result)
                rewards = [reward.score(model, head, one["input_ids"], one["attention_mask"]) for one in inputs]
                return [(one - head.bias).unsqueeze(-1) for one in rewards]
            return [model(**one).logits for one in inputs]


@contextmanager
def remembered() -> Iterator[list[Loop]]:
    """Keep the loops of the trainings inside this context."""
    loops: list[Loop] = []
    real = Loop.train

    def train(loop: Loop) -> None:
        loops.append(loop)
        real(loop)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Loop, "train", train)
        yield loops


@pytest.fixture(scope="module")
def workshop(plain_cpu: None, tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    return Workshop(tmp_path_factory.mktemp("workshop"))


@pytest.fixture(**each(RUNS))
def pair(request: pytest.FixtureRequest) -> Pair:
    found: Pair = request.param
    return found


def contents(folder: Path | None, *, but: str = "") -> dict[str, bytes]:
    assert folder is not None
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != but}


def test_a_resumed_run_is_the_run_that_was_never_stopped(workshop: Workshop, pair: Pair) -> None:
    """To the bit: curves, weights, optimiser, random states, what the adapter's schedule knows, and the result."""
    straight, halved = workshop.done(*pair).run, workshop.new(*pair)
    tiny.stop_at(workshop.project, halved, STEPS // 2)
    assert contents(latest(halved.checkpoints)) != contents(latest(straight.checkpoints))
    tiny.go(workshop.project, halved, resume=True)
    steps = [event.step for event in halved.follow().read() if isinstance(event, events.Metrics)]
    assert steps == sorted(steps), "it has begun anew"
    assert tiny.metrics(halved) == tiny.metrics(straight)
    assert contents(latest(halved.checkpoints)) == contents(latest(straight.checkpoints))
    assert contents(halved.result / "adapter") == contents(straight.result / "adapter")


@dataclass(frozen=True)
class Found:
    """What a stranger got of the exports: logits by name, and why some were refused without the workbench."""

    logits: dict[str, list[torch.Tensor]]
    refused: dict[str, str]


@pytest.fixture(scope="module")
def found(workshop: Workshop, tmp_path_factory: pytest.TempPathFactory) -> Found:
    """Export every run in the formats that are offered, and have all of them loaded by one fresh process.

    `exporting.export` does the like for each; its own check, a process each time, is left out here.
    """
    folder, folders = tmp_path_factory.mktemp("exports"), {}
    out = folder / "out"
    out.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(exporting, "_check", lambda *_: 0.0)
        for kind, way in RUNS:
            run = workshop.done(kind, way).run
            for format in {"adapter", "merged"} & set(formats(run)):
                name = f"{kind}-{way}-{format}"
                done = exporting.export(workshop.project, run.id, format, folder / name, lambda text: None)
                folders[name] = str(done.path)
    job = {
        "folders": folders,
        "texts": TEXTS,
        "pictures": [str(path) for path in workshop.pictures],
        "program": str(Path(registry.__file__).parents[2]),
        "out": str(out),
    }
    command = [sys.executable, "-I", str(STRANGER)]
    child = subprocess.run(command, input=json.dumps(job), capture_output=True, text=True, check=False)
    assert child.returncode == 0, child.stderr
    given = {name: load_file(out / f"{name}.safetensors") for name in folders}
    logits = {name: [tensors[str(number)] for number in range(len(tensors))] for name, tensors in given.items()}
    return Found(logits, json.loads((out / "refused.json").read_text("utf-8")))


def test_an_export_answers_elsewhere_as_its_card_says(workshop: Workshop, found: Found, pair: Pair) -> None:
    """With plain transformers and peft; what is a kind of our own is refused by them, and loads with our module."""
    kind, way = pair
    done, adapter = workshop.done(kind, way), registry.adapter(way.name)
    losses = tiny.metrics(done.run)["eval/loss"]
    assert abs(losses[STEPS] - losses[0]) > 100 * CLOSE, "a run that has learnt nothing shows nothing"
    name = f"{kind}-{way}"
    assert furthest(found.logits[f"{name}-adapter"], done.logits) < CLOSE
    merges = adapter.merges and kind != "judges"  # its head has no place in the model that it stands on
    assert (f"{name}-merged" in found.logits) == merges
    if merges:
        assert furthest(found.logits[f"{name}-merged"], done.logits) < 10 * CLOSE
    told = cards.own_kind(done.run)
    assert bool(told) == bool(adapter.module)
    assert found.refused.get(f"{name}-adapter", "") == ("KeyError: 'BOTTLENECK'" if told else "")
    assert told in cards.card(workshop.project, done.run)


def furthest(logits: list[torch.Tensor], others: list[torch.Tensor]) -> float:
    return max(float((one - other).abs().max()) for one, other in zip(logits, others, strict=True))
