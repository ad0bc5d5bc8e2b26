"""A small world for tests of Keras runs, made inside a child process: coloured images, a base of two convolutions."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from workbench.core import events, registry
from workbench.core.context import RunContext
from workbench.core.datasets.dataset import Dataset
from workbench.core.datasets.importer import import_file
from workbench.core.plan import Request, create
from workbench.core.project import Project
from workbench.core.runs import Run

TASK = "keras-image-classification"
SIDE = 32
COLOURS = {"blue": (40, 60, 220), "green": (50, 190, 60), "red": (220, 50, 40)}
SETTINGS: dict[str, Any] = {"epochs": 4, "batch_size": 8, "learning_rate": 5e-3, "dense_units": 32, "dropout": 0.2}


def write_images(folder: Path, each: int = 12) -> Path:
    """A folder a colour with images of noise around it."""
    draw = np.random.default_rng(0)
    for name, colour in COLOURS.items():
        (folder / name).mkdir(parents=True)
        for number in range(each):
            noise = draw.integers(-40, 40, (SIDE, SIDE, 3))
            pixels = (np.array(colour) + noise).clip(0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(folder / name / f"{number}.png")
    return folder


def write_base(file: Path) -> Path:
    """A .keras file with two convolutions and a BatchNorm between them, weights by chance."""
    import keras
    from keras import layers

    keras.utils.set_random_seed(0)
    inputs = keras.Input((SIDE, SIDE, 3))
    x = layers.Rescaling(1 / 255)(inputs)
    x = layers.Conv2D(4, 3, 2, "same", name="first")(x)
    x = layers.BatchNormalization(name="norm")(x)
    x = layers.ReLU()(x)
    x = layers.Conv2D(6, 3, 2, "same", activation="relu", name="second")(x)
    model = keras.Model(inputs, x)
    mean, variance = (np.random.default_rng(1).uniform(0.1, 1, 4) for _ in range(2))
    model.get_layer("norm").set_weights([np.ones(4), np.zeros(4), mean, variance])
    model.save(file)
    return file


def make_project(folder: Path) -> Project:
    """A project with the data set ``colours`` (a quarter held out), and ``base.keras`` beside it."""
    write_base(folder / "base.keras")
    project = Project.create(folder / "project")
    import_file(project, write_images(folder / "colours"), kind="image-folder", split=0.25)
    return project


def new_run(project: Project, data: str = "colours", **settings: Any) -> Run:
    base = str(project.path.parent / "base.keras")
    return create(project, Request(task=TASK, data=data, model=base, settings={**SETTINGS, **settings}))


def go(project: Project, run: Run, *, resume: bool = False, context: type[RunContext] = RunContext) -> None:
    """Do what the trainer process does."""
    run.forget_commands()
    made = context(project, run, resume=resume)
    run.append(events.Started(pid=0))
    registry.task(TASK).run(made)
    made.emit(events.Finished(step=made.last_step, seconds=0.0))


def train(project: Project, data: str = "colours", **settings: Any) -> Run:
    run = new_run(project, data, **settings)
    go(project, run)
    return run


def stops(when: Callable[[events.AnyEvent], bool]) -> type[RunContext]:
    """A context that is asked to stop by the first event that is so."""

    class Stopped(RunContext):
        asked_already = False

        def emit(self, event: events.AnyEvent) -> None:
            super().emit(event)
            if not self.asked_already and when(event):
                self.asked_already = True
                self.run.ask("stop")

    return Stopped


def curves(run: Run, *names: str) -> dict[str, list[tuple[int, float]]]:
    """Return the points of metrics, by name."""
    found: dict[str, list[tuple[int, float]]] = {name: [] for name in names}
    for event in run.follow().read():
        if isinstance(event, events.Metrics):
            for name in names:
                if name in event.values:
                    found[name].append((event.step, event.values[name]))
    return found


def weights(run: Run) -> list[Any]:
    """Return the weights of a run's network, those of its layers by name."""
    from workbench.engine.keras.judging import load

    return [(layer.name, layer.get_weights()) for layer in load(run).layers if layer.weights]


def damage(dataset: Dataset, row: dict[str, Any]) -> None:
    """Spoil the image of a row as a failing disk does."""
    (dataset.path / row["image"]).write_bytes(b"no image")


def said(run: Run, of: type[Any]) -> list[str]:
    """Return the texts of events of a type."""
    return [event.text for event in run.follow().read() if isinstance(event, of)]
