import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import transformers
from PIL import Image
from safetensors.torch import load_file
from transformers import AutoImageProcessor, AutoModelForImageClassification, EfficientNetImageProcessorPil

from tests.engine import tiny_vision
from tests.engine.tiny import FP32, go, metrics, new_run, stop_at, train
from workbench.core import events, reports
from workbench.core.datasets.images import BadImage
from workbench.core.errors import UserError
from workbench.core.judging import evaluate, predict
from workbench.core.models import inspect
from workbench.core.project import Project
from workbench.core.runs import Run
from workbench.engine import vision
from workbench.engine.device import Device
from workbench.engine.export import export
from workbench.engine.models import load_trainable, trainable
from workbench.engine.vision import Crop, Eye, ImageClassifier, Pictures, load_processor

pytestmark = pytest.mark.usefixtures("plain_cpu")

TASK = "image-classification"
LABELS = tiny_vision.LABELS
MORE: dict[str, Any] = {"batch_size": 6, "epochs": 3, "learning_rate": 2e-2}
ADAPTERS = ("lora", "adalora", "bottleneck", "full")


@pytest.fixture(scope="session")
def vit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_vision.save(tmp_path_factory.mktemp("tiny-vit"))


@pytest.fixture
def source(project: Project, tmp_path: Path) -> Path:
    """The folder that the data set “halves” came from."""
    return tiny_vision.write_halves(project, tmp_path)


@pytest.fixture
def tune(project: Project, vit: Path, source: Path) -> Callable[..., Run]:
    def tune(**more: Any) -> Run:
        return train(project, TASK, "halves", model=str(vit), **{**MORE, **more})

    return tune


def noise(height: int = 30, width: int = 40) -> Image.Image:
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8))


@pytest.mark.parametrize(
    "name", ["ViTImageProcessor", "DeiTImageProcessor", "BitImageProcessor", "ConvNextImageProcessor"]
)
def test_what_the_model_gets_is_what_its_own_processor_makes(tmp_path: Path, name: str) -> None:
    getattr(transformers, f"{name}Pil")().save_pretrained(tmp_path)
    noise().save(tmp_path / "image.png")
    expected = AutoImageProcessor.from_pretrained(tmp_path)([noise()], return_tensors="pt")["pixel_values"]
    eye = Eye(load_processor(tmp_path))
    assert torch.allclose(eye.pixels([eye.prepared(tmp_path / "image.png")], "cpu"), expected, atol=1e-5)


def test_a_model_without_a_processor_gets_the_usual_one_of_its_size(tmp_path: Path) -> None:
    tiny_vision.make().save_pretrained(tmp_path)
    noise().save(tmp_path / "image.png")
    eye = Eye(load_processor(tmp_path))
    assert eye.pixels([eye.prepared(tmp_path / "image.png")], "cpu").shape == (1, 3, tiny_vision.SIDE, tiny_vision.SIDE)


def test_a_processor_that_does_things_of_its_own_is_refused() -> None:
    with pytest.raises(UserError, match="made ready in a way that is not known"):
        Eye(EfficientNetImageProcessorPil())


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGBA", "CMYK"])
def test_images_of_every_mode_are_seen(tmp_path: Path, mode: str) -> None:
    path = tmp_path / ("image.tif" if mode == "CMYK" else "image.png")
    noise().convert(mode).save(path)
    prepared = Eye(load_processor(tiny_vision.save(tmp_path / "vit"))).prepared(path)
    assert (prepared.shape, prepared.dtype) == ((tiny_vision.SIDE, tiny_vision.SIDE, 3), np.uint8)


def test_crops_by_hand() -> None:
    """The right half of the top: columns 4 to 7 of 8, rows 0 to 3, each pixel then twice as large."""
    picture = np.tile(np.arange(8, dtype=np.uint8)[:, None, None] * 10, (1, 8, 3)).transpose(1, 0, 2).copy()
    whole = Crop(0.0, 0.0, 1.0, mirrored=False)
    assert np.array_equal(whole.of(picture), picture)
    assert np.array_equal(Crop(0.0, 0.0, 1.0, mirrored=True).of(picture), picture[:, ::-1])
    half = Crop(0.5, 0.0, 0.5, mirrored=False).of(picture)
    assert half.shape == picture.shape
    assert half[0, 0, 0] in (38, 39, 40) and half[0, -1, 0] in (70, 71, 72)
    random.seed(0)
    drawn = [Crop.draw(mirror=True) for _ in range(200)]
    assert all(vision.SMALLEST_CROP <= crop.side <= 1 and crop.left + crop.side <= 1 + 1e-9 for crop in drawn)
    assert 60 < sum(crop.mirrored for crop in drawn) < 140
    assert not any(Crop.draw(mirror=False).mirrored for _ in range(50))


def test_images_that_do_not_fit_into_memory_are_read_anew(
    tmp_path: Path, vit: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [tmp_path / f"{number}.png" for number in range(3)]
    for number, path in enumerate(paths):
        tiny_vision.picture("left", number).save(path)
    eye = Eye(load_processor(vit))
    kept = Pictures(eye, paths)
    size = kept.get([0])[0].nbytes
    monkeypatch.setattr(vision, "MOST_KEPT", 2 * size)
    some = Pictures(eye, paths)
    assert all(np.array_equal(one, two) for one, two in zip(kept.get([2, 0, 1]), some.get([2, 0, 1]), strict=True))
    for path in paths:
        path.unlink()
    assert len(some.get([0, 1])) == 2
    with pytest.raises(BadImage):
        some.get([2])
    assert len(kept.get([0, 1, 2])) == 3


@pytest.mark.parametrize("family", ["vit", "deit", "swin", "convnext"])
@pytest.mark.parametrize("adapter", ["lora", "adalora", "bottleneck"])
def test_every_family_trains_its_head_and_an_adapter_elsewhere(
    project: Project, source: Path, tmp_path: Path, family: str, adapter: str
) -> None:
    base = tiny_vision.save(tmp_path / family, family)
    spec = new_run(project, TASK, "halves", model=str(base), adapter=adapter).spec()
    model, _ = load_trainable(project, spec, Device("cpu", "bf16", 1), LABELS)
    own = trainable(model)
    head = {name for name in own if "modules_to_save" in name}
    assert {name.split("modules_to_save.default.")[1] for name in head} == {"weight", "bias"}
    assert all("classifier" in name and own[name].shape[0] == len(LABELS) for name in head)
    adapted = set(own) - head
    assert adapted and all("lora_" in name or "bottleneck_" in name for name in adapted)
    assert {weight.dtype for weight in own.values()} == {torch.float32}
    with torch.autocast("cpu", torch.bfloat16):
        pixels = torch.zeros(2, 3, tiny_vision.SIDE, tiny_vision.SIDE)
        assert model(pixel_values=pixels).logits.shape == (2, len(LABELS))


@pytest.mark.parametrize(
    ("family", "layers", "width", "patches"), [("vit", 2, 16, 17), ("swin", 2, 16, 2), ("convnext", 2, 16, 2)]
)
def test_what_the_files_of_an_image_model_tell(
    tmp_path: Path, family: str, layers: int, width: int, patches: int
) -> None:
    """A ViT has (16 / 4)^2 patches and a token for the whole; where patches grow, sides of 16 pixels are reckoned."""
    info = inspect(str(tiny_vision.save(tmp_path, family)))
    assert info.architecture == "image-classifier"
    assert (info.layers, info.hidden_size, info.side, info.patches) == (layers, width, tiny_vision.SIDE, patches)


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_a_run_learns_and_leaves_a_classifier_with_a_report(
    tune: Callable[..., Run], project: Project, source: Path, adapter: str
) -> None:
    run = tune(adapter=adapter, epochs=8, learning_rate=5e-3 if adapter == "full" else 2e-2)
    found = metrics(run)
    assert found["train/loss"][24] < found["train/loss"][1] / 2
    assert run.result_info()["metrics"]["eval/accuracy"] >= 5 / 6
    measured = evaluate(project, run.id, project.dataset("halves"))
    for name, value in measured.items():
        assert value == pytest.approx(run.result_info()["metrics"][name], rel=1e-4), name
    report = reports.load(run)
    assert report is not None and report.before is not None
    assert (report.medium, report.labels, report.rows) == ("image", LABELS, 6)
    assert report.after.accuracy == measured["eval/accuracy"]
    assert report.before.loss == pytest.approx(found["eval/loss"][0], rel=1e-6)
    rows = reports.judged(run)
    assert all((project.path / report.data_path / row.what).is_file() for row in rows)
    paths = sorted(source.rglob("*.png"))
    verdicts = predict(project, run.id, [{"image": str(path)} for path in paths])
    right = [verdict.label == path.parent.name for verdict, path in zip(verdicts, paths, strict=True)]
    assert sum(right) >= 20
    by_image = {(project.path / report.data_path / row.what).read_bytes(): row.scores for row in rows}
    known = [
        (by_image[path.read_bytes()], verdict)
        for path, verdict in zip(paths, verdicts, strict=True)
        if path.read_bytes() in by_image
    ]
    assert len(known) == 6
    assert all(list(verdict.scores.values()) == pytest.approx(scores, abs=1e-4) for scores, verdict in known)


@pytest.mark.parametrize("adapter", ["lora", "full"])
def test_a_resumed_run_ends_as_one_that_was_never_stopped(
    tune: Callable[..., Run], project: Project, vit: Path, adapter: str
) -> None:
    """With crops and mirrors, which are drawn at random."""
    more = {**MORE, "adapter": adapter, "augmentation": "crop-and-mirror", "keep_best": "last"}
    straight = tune(**more)
    stopped = new_run(project, TASK, "halves", model=str(vit), **more)
    stop_at(project, stopped, 5)
    go(project, stopped, resume=True)
    assert metrics(stopped) == metrics(straight)
    assert reports.load(stopped) == reports.load(straight)
    file = "model/model.safetensors" if adapter == "full" else "adapter/adapter_model.safetensors"
    one, two = load_file(straight.result / file), load_file(stopped.result / file)
    assert one.keys() == two.keys() and all(torch.equal(value, two[name]) for name, value in one.items())


@pytest.mark.parametrize("adapter", ["adalora", "full"])
def test_an_export_gives_the_same_logits_elsewhere(
    tune: Callable[..., Run], project: Project, tmp_path: Path, vit: Path, adapter: str
) -> None:
    run = tune(adapter=adapter, epochs=1)
    done = export(project, run.id, "adapter", tmp_path / "out", lambda text: None)
    assert (done.max_difference < 1e-4, done.note) == (True, "")
    card = (done.path / "README.md").read_text("utf-8")
    assert "AutoModelForImageClassification" in card and "AutoImageProcessor" in card and "left, right" in card
    assert "pipeline_tag: image-classification" in card
    if adapter == "full":
        plain = AutoModelForImageClassification.from_pretrained(done.path)
        assert [plain.config.id2label[number] for number in (0, 1)] == LABELS


def test_micro_batches_change_nothing(tune: Callable[..., Run]) -> None:
    """Crops are drawn image by image, so that they are the same however many images are computed at once."""
    whole, split = (metrics(tune(micro_batch=size))["train/loss"] for size in (0, 4))
    assert split == pytest.approx(whole, rel=1e-4)


def test_crops_vary_what_is_learnt_from_and_not_what_is_measured(tune: Callable[..., Run]) -> None:
    plain, cropped = (metrics(tune(augmentation=how, max_steps=2, eval_every=1)) for how in ("none", "crop"))
    assert plain["train/loss"][1] != cropped["train/loss"][1]
    assert plain["eval/loss"][0] == cropped["eval/loss"][0]


def test_a_damaged_image_is_left_out_of_training_and_named(
    tune: Callable[..., Run], project: Project, source: Path
) -> None:
    dataset = project.dataset("halves")
    row = dataset.rows("train")[0]
    (dataset.path / row["image"]).write_bytes(b"\x89PNG no more")
    run = tune()
    notes = [event.text for event in run.follow().read() if isinstance(event, events.Note) and event.level == "warning"]
    assert len(notes) == 1 and notes[0].startswith(f"Images that cannot be read are left out (1): {row['file']}")
    held_out = dataset.path / dataset.rows("validation")[0]["image"]
    held_out.unlink()
    with pytest.raises(UserError, match="Images of “halves” cannot be read"):
        evaluate(project, run.id, dataset)
    with pytest.raises(UserError, match="cannot be used"):
        predict(project, run.id, [{"image": str(held_out)}])


def test_images_are_judged_in_blocks_and_in_their_order(
    tune: Callable[..., Run], project: Project, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    classifier = ImageClassifier.load(project, tune(epochs=1).id, FP32)
    rows = [{"image": str(path)} for path in sorted(source.rglob("*.png"))[:5]]
    whole = classifier.probabilities(rows)
    monkeypatch.setattr(vision, "TOGETHER", 2)
    told: list[float] = []
    assert classifier.probabilities(rows, told.append) == pytest.approx(whole, abs=1e-5)
    assert told == [0.4, 0.8, 1.0]


def test_a_share_of_the_images_is_enough_if_asked(tune: Callable[..., Run]) -> None:
    assert max(metrics(tune(data_share=1 / 3, epochs=2))["train/loss"]) == 2  # 6 of 18 images, in batches of 6


def test_a_run_goes_on_from_another(tune: Callable[..., Run]) -> None:
    first = tune(adapter="bottleneck")
    second = tune(parents={"from": first.id})
    assert metrics(second)["eval/loss"][0] == pytest.approx(first.result_info()["metrics"]["eval/loss"], rel=1e-5)
