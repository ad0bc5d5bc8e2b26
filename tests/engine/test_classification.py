import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from peft import PeftModel
from safetensors.torch import load_file
from transformers import AutoModelForSequenceClassification

from tests.engine import tiny_classifier
from tests.engine.tiny import FP32, go, metrics, new_run, stop_at, train
from workbench.adapters import layers
from workbench.core import events, registry
from workbench.core.datasets.writer import write_dataset
from workbench.core.errors import UserError
from workbench.core.judging import evaluate
from workbench.core.models import inspect
from workbench.core.project import Project
from workbench.core.runs import Run
from workbench.engine import classification
from workbench.engine.author import Author
from workbench.engine.best import Best
from workbench.engine.classification import Classifier, encode, logits
from workbench.engine.classification_training import ClassificationObjective
from workbench.engine.device import Device
from workbench.engine.export import export
from workbench.engine.heads import head_modules
from workbench.engine.loop import Part
from workbench.engine.models import load_base, load_trainable, trainable
from workbench.tasks.text_classification import Options

pytestmark = pytest.mark.usefixtures("plain_cpu")

TASK = "text-classification"
LABELS = ["cold", "warm"]
MORE: dict[str, Any] = {"batch_size": 6, "epochs": 2, "learning_rate": 1e-2}
TEXTS = [{"text": "sun it is."}, {"text": "ice."}, {"text": "a"}, {"text": "storm and wind and rain."}]


@pytest.fixture(scope="session")
def bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_classifier.save(tmp_path_factory.mktemp("tiny-bert"))


@pytest.fixture
def tune(project: Project, bert: Path) -> Callable[..., Run]:
    tiny_classifier.write_weather(project)

    def tune(**more: Any) -> Run:
        return train(project, TASK, "weather", model=str(bert), **{**MORE, **more})

    return tune


@pytest.mark.parametrize("family", ["bert", "bert-without-pooler", "roberta", "deberta", "distilbert"])
@pytest.mark.parametrize("targets", ["all-linear", "attention"])
def test_every_family_trains_its_whole_head_and_an_adapter_elsewhere(
    project: Project, tmp_path: Path, family: str, targets: str
) -> None:
    """What is fresh must not stay frozen, and an adapter inside a head that is trained anyway would be lost."""
    base = tiny_classifier.save(tmp_path / family, family)
    tiny_classifier.write_weather(project)
    run = new_run(project, TASK, "weather", model=str(base), **{"adapter.targets": targets})
    plain, found = AutoModelForSequenceClassification.from_pretrained(base, output_loading_info=True)
    heads = tuple(f"{name}." for name in head_modules(plain))
    assert found["missing_keys"] and all(name.startswith(heads) for name in found["missing_keys"])
    trained = list(trainable(load_trainable(project, run.spec(), FP32, LABELS)[0]))
    names = [name.removeprefix("base_model.model.") for name in trained]
    whole = {name.replace(".modules_to_save.default", "") for name in names if "modules_to_save" in name}
    assert whole == {name for name, _ in plain.named_parameters() if name.startswith(heads)}
    adapted = [name for name in names if "modules_to_save" not in name]
    assert adapted and all("lora_" in name and not name.startswith(heads) for name in adapted)
    assert targets == "all-linear" or not any("intermediate" in name for name in adapted)


def test_the_count_of_parameters_is_what_is_trained_but_for_the_classes(project: Project, bert: Path) -> None:
    tiny_classifier.write_weather(project)
    run = new_run(project, TASK, "weather", model=str(bert))
    model, _ = load_trainable(project, run.spec(), FP32, LABELS)
    adapter, classes = registry.adapter("lora"), 2 * 16 + 2
    found = sum(weight.numel() for weight in trainable(model).values())
    assert adapter.count(inspect(str(bert)).shapes, adapter.options()) + classes == found


def test_what_is_trained_is_held_in_fp32_on_a_base_in_bf16(project: Project, bert: Path) -> None:
    tiny_classifier.write_weather(project)
    spec = new_run(project, TASK, "weather", model=str(bert)).spec()
    model, _ = load_trainable(project, spec, Device("cpu", "bf16", 1), LABELS)
    assert {weight.dtype for weight in trainable(model).values()} == {torch.float32}
    assert {weight.dtype for weight in model.parameters() if not weight.requires_grad} == {torch.bfloat16}


@pytest.mark.parametrize("adapter", ["lora", "full"])
def test_a_run_tells_its_curves_and_leaves_a_classifier(
    tune: Callable[..., Run], project: Project, adapter: str
) -> None:
    run = tune(adapter=adapter)
    found = metrics(run)
    assert {"eval/loss", "eval/accuracy", "eval/macro_f1", "train/loss", "train/accuracy"} <= set(found)
    assert list(found["eval/loss"]) == [0, 3, 6]
    assert run.result_info()["labels"] == LABELS
    classifier = Classifier.load(project, run.id, FP32)
    assert classifier.labels == LABELS
    assert [classifier.model.config.id2label[number] for number in (0, 1)] == LABELS
    told = run.result_info()["metrics"]
    measured = evaluate(project, run.id, project.dataset("weather"))
    assert set(measured) == {"eval/loss", "eval/accuracy", "eval/macro_f1"}
    for name, value in measured.items():
        assert value == pytest.approx(told[name], rel=1e-4), name


def test_an_adapter_loads_with_plain_peft(tune: Callable[..., Run], project: Project, bert: Path) -> None:
    run = tune()
    base = AutoModelForSequenceClassification.from_pretrained(bert, num_labels=2)
    plain = PeftModel.from_pretrained(base, run.result / "adapter").eval()
    row = encode(tiny_classifier.make_tokenizer(), TEXTS[:1], 64)[0]
    with torch.no_grad():
        expected = plain(input_ids=torch.tensor([row.ids])).logits.softmax(-1)
    found = Classifier.load(project, run.id, FP32).probabilities(TEXTS[:1])
    assert found == pytest.approx(expected.numpy(), abs=1e-5)


@pytest.mark.parametrize("adapter", ["lora", "full"])
def test_an_export_gives_the_same_logits_elsewhere(
    tune: Callable[..., Run], project: Project, tmp_path: Path, adapter: str
) -> None:
    run = tune(adapter=adapter)
    done = export(project, run.id, "adapter", tmp_path / "out", lambda text: None)
    assert done.max_difference < 1e-4
    card = (done.path / "README.md").read_text("utf-8")
    assert "AutoModelForSequenceClassification" in card and "cold, warm" in card
    assert ("num_labels=2" in card) == (adapter == "lora")


def test_the_order_and_the_company_of_texts_change_nothing(tune: Callable[..., Run], project: Project) -> None:
    classifier = Classifier.load(project, tune().id, FP32)
    together = classifier.probabilities(TEXTS)
    apart = np.concatenate([classifier.probabilities([row]) for row in TEXTS])
    assert together == pytest.approx(apart, abs=1e-5)
    assert len({tuple(row.round(4)) for row in together}) == len(TEXTS)
    assert together.sum(-1) == pytest.approx(np.ones(len(TEXTS)))
    assert classifier.labels_of(np.array([[0.4, 0.6], [0.9, 0.1]])) == ["warm", "cold"]
    assert classifier.probabilities([]).shape == (0, 2)


def test_blocks_of_texts_are_put_together_again(
    tune: Callable[..., Run], project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    classifier = Classifier.load(project, tune().id, FP32)
    whole = classifier.probabilities(TEXTS)
    monkeypatch.setattr(classification, "BLOCK", 3)
    told: list[float] = []
    assert classifier.probabilities(TEXTS, told.append) == pytest.approx(whole, abs=1e-5)
    assert told == [0.75, 1.0]


def test_texts_and_pairs_become_tokens_by_hand() -> None:
    tokenizer = tiny_classifier.make_tokenizer()
    one, two = encode(tokenizer, [{"text": "ab"}, {"text": "ab", "text_pair": "c"}], 64)
    assert (one.ids, one.types) == ([1, 4, 5, 2], [0, 0, 0, 0])
    assert (two.ids, two.types) == ([1, 4, 5, 2, 6, 2], [0, 0, 0, 0, 1, 1])
    (cut,) = encode(tokenizer, [{"text": "abcdef", "text_pair": "ab"}], 8)
    assert cut.ids == [1, 4, 5, 6, 2, 4, 5, 2]


@pytest.mark.parametrize("family", ["bert", "roberta"])
def test_a_text_longer_than_the_model_has_places_is_cut(project: Project, tmp_path: Path, family: str) -> None:
    base = tiny_classifier.save(tmp_path / family, family)
    tiny_classifier.write_weather(project)
    run = train(project, TASK, "weather", model=str(base), **MORE)
    classifier = Classifier.load(project, run.id, FP32)
    long, longer = classifier.probabilities([{"text": "sun" * 40}, {"text": "sun" * 50}])
    assert long == pytest.approx(longer, abs=1e-5)


def test_the_second_text_counts(project: Project, bert: Path) -> None:
    tiny_classifier.write_weather(project, pairs=True)
    run = train(project, TASK, "weather", model=str(bert), **MORE)
    classifier = Classifier.load(project, run.id, FP32)
    alone, paired = classifier.probabilities([{"text": "sun"}, {"text": "sun", "text_pair": "ice"}])
    assert alone != pytest.approx(paired, abs=1e-3)


def objective(project: Project, bert: Path, **options: Any) -> ClassificationObjective:
    rows = [{"text": f"{word}.", "label": "warm" if word == "sun" else "cold"} for word in ("sun", "ice", "fog", "dew")]
    write_dataset(project.data / "four", "four", "text-label", rows, split=0.0)
    model = load_base(bert, FP32, frozen=True, labels=LABELS).eval()
    tokenizer = tiny_classifier.make_tokenizer()
    return ClassificationObjective(model, tokenizer, project.dataset("four"), LABELS, Options(**options), FP32)


def test_the_loss_is_the_weighted_mean_by_hand(project: Project, bert: Path) -> None:
    """Three cold and one warm: balanced weights are 4 / (2 * 3) and 4 / (2 * 1), so both classes weigh 2 in all."""
    balanced = objective(project, bert, class_weights="balanced")
    assert balanced.weight([0, 1, 2, 3]) == pytest.approx(4.0)
    weights = [balanced.weight([index]) for index in range(4)]
    assert sorted(weights) == pytest.approx([2 / 3, 2 / 3, 2 / 3, 2.0])
    shares = logits(balanced.model, [example.content for example in balanced.examples], 0, FP32).softmax(-1)
    by_hand = sum(
        -weight * float(share[example.truth[0]].log())
        for weight, share, example in zip(weights, shares, balanced.examples, strict=True)
    )
    assert float(balanced.loss([0, 1, 2, 3]).loss) == pytest.approx(by_hand, rel=1e-5)
    assert balanced.loss([0, 1, 2, 3]).judged == 4


def test_metrics_by_hand(project: Project, bert: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All called cold where one of four is warm: 3 of 4 right, F1 6/7 for cold and 0 for warm."""
    plain = objective(project, bert)
    plain.held_out = plain.examples

    monkeypatch.setattr(plain, "logits", lambda examples: torch.tensor([[2.0, 0.0]] * len(examples)))
    found = plain.evaluate()
    cold, warm = -np.log(np.exp(2) / (np.exp(2) + 1)), -np.log(1 / (np.exp(2) + 1))
    assert found["eval/accuracy"] == 0.75
    assert found["eval/macro_f1"] == pytest.approx((6 / 7 + 0) / 2)
    assert found["eval/loss"] == pytest.approx((3 * cold + warm) / 4)


def test_the_best_weights_are_kept_and_come_back(tmp_path: Path) -> None:
    weight = torch.nn.Parameter(torch.zeros(1))
    best = Best({"eval/accuracy": 1, "eval/loss": -1}, {"weight": weight})
    for step, accuracy, loss in [
        (0, 0.9, 0.1),
        (1, 0.5, 0.7),
        (2, 0.6, 0.6),
        (3, 0.6, 0.5),
        (4, 0.6, 0.5),
        (5, 0.4, 0.1),
    ]:
        with torch.no_grad():
            weight.fill_(step)
        best.look(step, {"eval/accuracy": accuracy, "eval/loss": loss})
    assert (best.step, best.values) == (3, {"eval/accuracy": 0.6, "eval/loss": 0.5})
    other = torch.nn.Parameter(torch.zeros(1))
    again = Best({"eval/accuracy": 1, "eval/loss": -1}, {"weight": other})
    again.load(tmp_path, best.save(tmp_path))
    again.put_back()
    assert (again.step, other.item()) == (3, 3.0)


def kept(run: Run) -> dict[str, torch.Tensor]:
    return load_file(run.result / "adapter" / "adapter_model.safetensors")


def test_a_resumed_run_ends_as_one_that_was_never_stopped(
    tune: Callable[..., Run], project: Project, bert: Path
) -> None:
    """With dropout, and with the best step before the stop or after it."""
    more = {**MORE, "epochs": 4, "eval_every": 2}
    straight = tune(**more)
    stopped = new_run(project, TASK, "weather", model=str(bert), **more)
    stop_at(project, stopped, 7)
    assert stopped.result_info()["best_step"] in (2, 4, 6)
    go(project, stopped, resume=True)
    for name in ("train/loss", "eval/loss", "eval/accuracy"):
        assert metrics(stopped)[name] == pytest.approx(metrics(straight)[name], rel=1e-6), name
    assert stopped.result_info()["best_step"] == straight.result_info()["best_step"]
    assert all(torch.equal(value, kept(straight)[name]) for name, value in kept(stopped).items())


def test_what_is_kept_is_what_was_measured_best(tune: Callable[..., Run], project: Project) -> None:
    run = tune(epochs=6, eval_every=1, keep_best="loss", learning_rate=5e-2)
    losses = {step: loss for step, loss in metrics(run)["eval/loss"].items() if step}
    best = min(losses, key=lambda step: losses[step])
    assert best != max(losses), "a run whose last step is the best shows nothing"
    assert run.result_info()["best_step"] == best
    assert evaluate(project, run.id, project.dataset("weather"))["eval/loss"] == pytest.approx(losses[best], rel=1e-5)
    notes = [event.text for event in run.follow().read() if isinstance(event, events.Note)]
    assert notes == [f"The model of step {best} is kept: it did best on the held-out rows."]


def test_a_run_goes_on_from_another_classifier_of_the_same_labels(tune: Callable[..., Run], project: Project) -> None:
    first = tune()
    second = tune(parents={"from": first.id})
    assert metrics(second)["eval/loss"][0] == pytest.approx(first.result_info()["metrics"]["eval/loss"], rel=1e-5)
    rows = [{"text": f"{word}.", "label": label} for word in ("sun", "ice") for label in "xyz"]
    write_dataset(project.data / "other", "other", "text-label", rows, split=0.0)
    with pytest.raises(UserError, match="knows other labels than “other”"):
        train(project, TASK, "other", parents={"from": first.id}, **MORE)
    with pytest.raises(UserError, match=r"labels that run “001.*” never learnt: x, y, z. It knows: cold, warm"):
        evaluate(project, first.id, project.dataset("other"))


def test_mistakes_are_told_in_a_sentence(tune: Callable[..., Run], project: Project, bert: Path) -> None:
    same = [{"text": f"{word}.", "label": "one"} for word in ("sun", "ice", "fog")]
    write_dataset(project.data / "same", "same", "text-label", same, split=0.0)
    with pytest.raises(UserError, match="All rows of “same” have the same label"):
        train(project, TASK, "same", model=str(bert), **MORE)
    run = tune()
    with pytest.raises(UserError, match="sorts texts into classes and cannot write"):
        Author(project, run.id, "", FP32)
    shutil.rmtree(project.data / "weather")
    rows = [{"text": f"{word}.", "label": word} for word in ("sun", "ice", "fog")]
    write_dataset(project.data / "weather", "weather", "text-label", rows, split=0.0)
    with pytest.raises(UserError, match="no longer the one that this run was made for"):
        go(project, run, resume=True)
    waiting = new_run(project, TASK, "weather", model=str(bert))
    with pytest.raises(UserError, match="has no result yet"):
        Classifier.load(project, waiting.id, FP32)


def test_a_class_with_one_row_is_warned_of(project: Project, bert: Path) -> None:
    rows = [{"text": f"{word} {n}.", "label": "a"} for n, word in enumerate(["sun", "ice", "fog"])]
    write_dataset(project.data / "rare", "rare", "text-label", [*rows, {"text": "dew", "label": "lonely"}], split=0.0)
    run = train(project, TASK, "rare", model=str(bert), **MORE)
    notes = [event.text for event in run.follow().read() if isinstance(event, events.Note) and event.level == "warning"]
    assert notes == ["Too few rows to learn from have these labels: lonely."]


def test_a_loss_that_is_no_number_ends_the_run(tune: Callable[..., Run], monkeypatch: pytest.MonkeyPatch) -> None:
    real = ClassificationObjective.loss

    def broken(self: ClassificationObjective, indices: list[int]) -> Part:
        part = real(self, indices)
        return replace(part, loss=part.loss * float("nan"))

    monkeypatch.setattr(ClassificationObjective, "loss", broken)
    with pytest.raises(UserError, match="diverged at step 1"):
        tune()


def test_the_defaults_suit_the_adapter(project: Project, bert: Path) -> None:
    tiny_classifier.write_weather(project)
    rates = {
        adapter: new_run(project, TASK, "weather", model=str(bert), adapter=adapter).spec().options["learning_rate"]
        for adapter in ("lora", "full")
    }
    assert rates == {"lora": 5e-4, "full": 2e-5}
    given = new_run(project, TASK, "weather", model=str(bert), learning_rate=2e-5)
    assert (given.spec().adapter, given.spec().options["learning_rate"]) == ("lora", 2e-5)


def test_samples_are_held_out_texts_with_a_verdict(tune: Callable[..., Run], project: Project) -> None:
    run = tune(samples=3, keep_best="last")
    rows = project.dataset("weather").rows("validation")[:3]
    samples = [event for event in run.follow().read() if isinstance(event, events.Sample) and event.step == 6]
    assert [sample.prompt for sample in samples] == [row["text"] for row in rows]
    classifier = Classifier.load(project, run.id, FP32)
    shares = classifier.probabilities(rows)
    for sample, row, label, share in zip(samples, rows, classifier.labels_of(shares), shares.max(-1), strict=True):
        end = "right" if label == row["label"] else f"wrong, it is {row['label']}"
        assert sample.response == f"{label}, {round(100 * share)} % sure: {end}"


def test_a_model_without_known_attention_layers_is_told(
    project: Project, bert: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layers, "ATTENTION", ("somewhere_else",))
    tiny_classifier.write_weather(project)
    spec = new_run(project, TASK, "weather", model=str(bert), **{"adapter.targets": "attention"}).spec()
    with pytest.raises(UserError, match="Choose all linear layers"):
        load_trainable(project, spec, FP32, LABELS)
