"""What a classifier of texts can be made of, and what is said of what it cannot be made of."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification, BertForSequenceClassification

from tests.engine import tiny_classifier
from tests.engine.tiny import FP32, new_run, save_tiny, train
from tests.ui.model_folders import write_model
from workbench.core import events, reports
from workbench.core.errors import UserError
from workbench.core.judging import evaluate
from workbench.core.project import Project
from workbench.core.runs import Run
from workbench.engine.classification import Classifier, encode
from workbench.engine.export import export
from workbench.engine.models import lineage, load_base, load_run, load_tokenizer

pytestmark = pytest.mark.usefixtures("plain_cpu")

TASK = "text-classification"
LABELS = ["cold", "warm"]
MORE: dict[str, Any] = {"batch_size": 6, "epochs": 2, "learning_rate": 1e-2}
TEXTS = [{"text": "sun it is."}, {"text": "ice."}, {"text": "a"}, {"text": "storm and wind and rain."}]


@pytest.fixture(scope="module")
def llama(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny(tmp_path_factory.mktemp("tiny-llama"))


@pytest.fixture
def tune(weather: Project) -> Callable[..., Run]:
    """Trains on texts with labels; the project has instructions as well."""
    tiny_classifier.write_weather(weather)
    return lambda **more: train(weather, TASK, "weather", **{**MORE, **more})


def warnings(run: Run) -> list[str]:
    history = run.follow().read()
    return [event.text for event in history if isinstance(event, events.Note) and event.level == "warning"]


@pytest.mark.parametrize("family", ["bert-without-pooler", "roberta", "deberta", "distilbert"])
@pytest.mark.parametrize("adapter", ["lora", "full"])
def test_every_family_judges_as_it_was_measured(
    weather: Project, tune: Callable[..., Run], tmp_path: Path, family: str, adapter: str
) -> None:
    run = tune(model=str(tiny_classifier.save(tmp_path / family, family)), adapter=adapter)
    found, told = evaluate(weather, run.id, weather.dataset("weather")), run.result_info()["metrics"]
    assert {name: told[name] for name in found} == pytest.approx(found, rel=1e-4)
    report = reports.load(run)
    assert report is not None and report.before is not None
    assert abs(report.after.loss - report.before.loss) > 1e-3, "nothing was learnt"


@pytest.mark.parametrize("adapter", ["lora", "full"])
def test_a_language_model_becomes_a_classifier(
    weather: Project, llama: Path, tune: Callable[..., Run], adapter: str
) -> None:
    run = tune(model=str(llama), adapter=adapter)
    classifier = Classifier.load(weather, run.id, FP32)
    together = classifier.probabilities(TEXTS)
    apart = [classifier.probabilities([row])[0] for row in TEXTS]
    assert together == pytest.approx(np.array(apart), abs=1e-5), "padding must not be judged"
    told = run.result_info()["metrics"]
    for name, value in evaluate(weather, run.id, weather.dataset("weather")).items():
        assert value == pytest.approx(told[name], rel=1e-4), name
    assert reports.load(run) is not None


def test_its_head_is_saved_with_the_adapter(weather: Project, llama: Path, tune: Callable[..., Run]) -> None:
    run = tune(model=str(llama))
    saved = load_file(run.result / "adapter" / "adapter_model.safetensors")
    heads = [name for name in saved if "lora_" not in name]
    assert [name.rsplit(".", 2)[-2] for name in heads] == ["score"]
    torch.manual_seed(0)
    fresh = load_base(llama, FP32, frozen=True, labels=LABELS)
    assert not torch.equal(saved[heads[0]], fresh.score.weight)


def test_it_gives_the_same_logits_elsewhere(
    weather: Project, llama: Path, tune: Callable[..., Run], tmp_path: Path
) -> None:
    run = tune(model=str(llama), adapter="full")
    assert export(weather, run.id, "adapter", tmp_path / "out", lambda text: None).max_difference < 1e-4
    plain = AutoModelForSequenceClassification.from_pretrained(tmp_path / "out")
    assert plain.config.pad_token_id == load_tokenizer(llama).pad_token_id


def test_a_tokenizer_without_marks_keeps_two_texts_apart(llama: Path) -> None:
    """The tokenizers of language models would put the second text right behind the first."""
    tokenizer = load_tokenizer(llama)
    (pair,) = encode(tokenizer, [{"text": "ab", "text_pair": "c"}], 64)
    (one,) = encode(tokenizer, [{"text": "ab\nc"}], 64)
    assert pair.ids == one.ids


def test_a_run_that_writes_is_a_base_with_its_adapter_inside(
    weather: Project, llama: Path, tune: Callable[..., Run]
) -> None:
    writer = train(weather, "instruction-tuning", "talk", model=str(llama), max_steps=4, learning_rate=1e-2)
    run = tune(parents={"from": writer.id}, **{"adapter.rank": 3})
    base = lineage(weather, run.id).base
    whole = AutoModelForCausalLM.from_pretrained(base).eval()
    ids = torch.tensor([[3, 9, 12, 7]])
    tuned = load_run(weather, writer.id, "", FP32)[0]
    untouched = load_base(llama, FP32, frozen=True).eval()
    with torch.no_grad():
        torch.testing.assert_close(whole(ids).logits, tuned(ids).logits, rtol=1e-4, atol=1e-4)
        assert (whole(ids).logits - untouched(ids).logits).abs().max() > 1e-2
    again = tune(parents={"from": writer.id}, adapter="full")
    assert Classifier.load(weather, again.id, FP32).labels == LABELS
    assert lineage(weather, run.id).base == base, "made once"


def test_what_cannot_go_on_is_said(weather: Project, llama: Path, tune: Callable[..., Run]) -> None:
    sorter = tune(model=str(llama), max_steps=1)
    with pytest.raises(UserError, match="sorts into classes and writes nothing"):
        new_run(weather, "instruction-tuning", "talk", parents={"from": sorter.id})
    bent = train(weather, "instruction-tuning", "talk", model=str(llama), adapter="bottleneck", max_steps=1)
    with pytest.raises(UserError, match=f"The adapter of run “{bent.id}” cannot become part of its model"):
        tune(parents={"from": bent.id})
    assert not (bent.result / "merged").exists()


def test_a_family_without_classifiers_is_refused(tune: Callable[..., Run], tmp_path: Path) -> None:
    mamba = write_model(tmp_path / "mamba", architectures=["MambaForCausalLM"], model_type="mamba")
    save_tiny(tmp_path / "other")
    for file in (tmp_path / "other").glob("token*"):
        file.rename(mamba / file.name)
    with pytest.raises(UserError, match="Models of the family “mamba” cannot be made classifiers"):
        tune(model=str(mamba))


def test_pickled_weights_are_refused(weather: Project, tmp_path: Path) -> None:
    tiny_classifier.write_weather(weather)
    base = tiny_classifier.save(tmp_path / "bert")
    (base / "model.safetensors").rename(base / "pytorch_model.bin")
    with pytest.raises(UserError, match=r"are pickled \(pytorch_model.bin\), which can run hidden code"):
        new_run(weather, TASK, "weather", model=str(base))


@pytest.mark.parametrize("classes", [2, 3])
def test_a_head_of_another_size_begins_anew_and_that_is_said(
    tune: Callable[..., Run], tmp_path: Path, classes: int
) -> None:
    base = tiny_classifier.save(tmp_path / "bert")
    BertForSequenceClassification.from_pretrained(base, num_labels=classes).save_pretrained(base)
    run = tune(model=str(base))
    told = "The model has learnt 3 classes and the data has 2, so its last layer begins anew."
    assert warnings(run) == ([told] if classes == 3 else [])
    assert run.result_info()["labels"] == LABELS
