import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from tests.engine.tiny import FP32, go, make_model, make_tokenizer, metrics, new_run, stop_at, train
from workbench.core import events, judging
from workbench.core.datasets.writer import write_dataset
from workbench.core.errors import UserError
from workbench.core.project import Project
from workbench.core.runs import Run
from workbench.engine import packing
from workbench.engine.domain import DomainObjective
from workbench.engine.models import decoder
from workbench.tasks.domain_adaptation import Options

pytestmark = pytest.mark.usefixtures("plain_cpu")

WORDS = ["sun", "rain", "snow", "wind", "fog", "hail", "heat", "ice", "storm", "cloud", "dew", "gale"]
TEXTS = [f"the {word} is here" + "." * place for place, word in enumerate(WORDS)]
MORE: dict[str, Any] = {"batch_size": 2, "max_length": 64, "max_steps": 5, "eval_every": 2, "learning_rate": 3e-3}


@pytest.fixture
def read(project: Project) -> Project:
    write_dataset(project.data / "texts", "texts", "text", [{"text": text} for text in TEXTS], split=2 / 12)
    return project


@pytest.fixture
def adapt(read: Project, tiny_model: Path) -> Callable[..., Run]:
    def adapt(data: str = "texts", **settings: Any) -> Run:
        return train(read, "domain-adaptation", data, model=str(tiny_model), **{**MORE, **settings})

    return adapt


def notes(run: Run) -> list[str]:
    return [event.text for event in run.follow().read() if isinstance(event, events.Note)]


def by_hand(texts: list[str], cut: int = 1000) -> tuple[float, int]:
    """Return the mean loss of the untouched tiny model, each text computed alone, and the number of tokens."""
    model, tokenizer = make_model(), make_tokenizer()
    loss, count = 0.0, 0
    for text in texts:
        ids = [*tokenizer(text).input_ids, tokenizer.eos_token_id]
        for piece in (ids[at : at + cut] for at in range(0, len(ids), cut)):
            with torch.no_grad():
                log_probs = model(input_ids=torch.tensor([piece])).logits[0].log_softmax(-1)
            loss -= sum(float(log_probs[place, piece[place + 1]]) for place in range(len(piece) - 1))
            count += len(piece) - 1
    return loss / count, count


def test_perplexity_before_the_first_step_is_that_of_the_untouched_model(
    adapt: Callable[..., Run], read: Project
) -> None:
    held_out = [row["text"] for row in read.dataset("texts").rows("validation")]
    expected, tokens = by_hand(held_out)
    run = adapt()
    found = metrics(run)
    assert list(found["eval/loss"]) == [0, 2, 4, 5]
    assert found["eval/loss"][0] == pytest.approx(expected, rel=1e-5)
    assert found["eval/perplexity"][0] == pytest.approx(math.exp(expected), rel=1e-5)
    assert found["eval/loss"][5] < found["eval/loss"][0]
    info = run.result_info()
    assert info["before"]["eval/perplexity"] == found["eval/perplexity"][0]
    assert info["metrics"]["eval/loss"] == min(found["eval/loss"].values())
    told = [info[when]["eval/perplexity"] for when in ("before", "metrics")]
    assert notes(run)[-1].endswith("{:.3g} before, {:.3g} after.".format(*told))
    measured = judging.evaluate(read, run.id, read.dataset("texts"))
    assert measured["eval/loss"] == pytest.approx(info["metrics"]["eval/loss"], rel=1e-5)
    assert (measured["eval/texts"], measured["eval/tokens"]) == (2, tokens)
    words = sum(len(row["text"]) + 1 for row in read.dataset("texts").rows("train"))
    assert notes(run)[0] == f"10 texts with {words} tokens fill 4 blocks; {tokens} tokens are held out."


def test_a_long_text_is_learnt_in_pieces(adapt: Callable[..., Run], read: Project) -> None:
    write_dataset(read.data / "long", "long", "text", [{"text": "abcdefgh " * 5}, {"text": "short"}], split=0.0)
    run = adapt("long", max_length=16, max_steps=1)
    assert notes(run)[1] == "1 texts are longer than 16 tokens and are cut there."
    assert "eval/loss" not in metrics(run), "nothing was held out"
    write_dataset(read.data / "judged", "judged", "text", [{"text": "abcdefgh " * 5}], split=0.0)
    tiny = adapt("long", max_length=16, max_steps=1, learning_rate=1e-8)
    measured = judging.evaluate(read, tiny.id, read.dataset("judged"))
    expected, tokens = by_hand(["abcdefgh " * 5], cut=16)
    assert measured["eval/loss"] == pytest.approx(expected, rel=1e-5)
    assert (measured["eval/texts"], measured["eval/tokens"]) == (3, tokens)


def test_texts_without_labels_are_read_too_and_both_texts_of_a_pair(read: Project, tiny_model: Path) -> None:
    rows = [{"text": "one text", "text_pair": "another"}, {"text": "third"}]
    write_dataset(read.data / "raw", "raw", "unlabelled", rows, split=0.0)
    objective = DomainObjective(make_model(), make_tokenizer(), read.dataset("raw"), Options(max_length=64), FP32)
    tokenizer = make_tokenizer()
    texts = sorted(tokenizer.decode(text) for text in objective.texts)
    assert texts == sorted(
        tokenizer.decode(tokenizer(text + "<end>").input_ids) for text in ("one text", "another", "third")
    )
    assert objective.lengths == [sum(len(text) + 1 for text in ("one text", "another", "third"))]
    assert objective.weight([0]) == objective.lengths[0] - 3, "the first token of a text is never predicted"


def test_a_model_that_cannot_keep_texts_apart_gets_one_a_block(
    read: Project, adapt: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    packed = metrics(adapt())
    monkeypatch.setattr(packing, "keeps_apart", lambda _model: False)
    run = adapt(batch_size=5)
    assert metrics(run)["eval/loss"][0] == pytest.approx(packed["eval/loss"][0], rel=1e-5)
    assert "fill 10 blocks" in notes(run)[0]
    assert notes(run)[1].startswith("This model cannot keep several texts in one block apart")


def test_samples_go_on_from_held_out_beginnings(adapt: Callable[..., Run], read: Project) -> None:
    held_out = [row["text"] for row in read.dataset("texts").rows("validation")]
    history = adapt(samples=2, max_steps=1).follow().read()
    samples = [event for event in history if isinstance(event, events.Sample) and event.step == 0]
    begun = ["".join(sample.prompt.split()) for sample in samples]
    assert len(begun) == 2
    assert all("".join(text.split()).startswith(start) for text, start in zip(held_out, begun, strict=True))
    assert all(len(start) >= 5 for start in begun)


def weights(run: Run) -> dict[str, torch.Tensor]:
    return load_file(run.result / "adapter" / "adapter_model.safetensors")


def test_stopped_and_resumed_it_is_the_same_run(adapt: Callable[..., Run], read: Project, tiny_model: Path) -> None:
    whole = adapt(**{"adapter.dropout": 0.1})
    run = new_run(read, "domain-adaptation", "texts", model=str(tiny_model), **MORE, **{"adapter.dropout": 0.1})
    stop_at(read, run, 3)
    assert run.result_info()["adapter"] == "adapter"
    go(read, run, resume=True)
    assert metrics(run) == metrics(whole)
    assert all(torch.equal(weights(run)[name], tensor) for name, tensor in weights(whole).items())
    assert run.result_info()["before"] == whole.result_info()["before"]


def test_blocks_one_by_one_are_the_batch(adapt: Callable[..., Run]) -> None:
    together, apart = (adapt(batch_size=4, micro_batch=size, max_steps=3) for size in (0, 1))
    for name, values in metrics(together).items():
        assert metrics(apart)[name] == pytest.approx(values, rel=1e-4), name


@pytest.mark.parametrize("adapter", ["lora", "full"])
def test_other_tasks_go_on_from_its_model(read: Project, adapt: Callable[..., Run], adapter: str) -> None:
    run = adapt(adapter=adapter)
    rows = [{"prompt": f"{word}?", "answer": f"{word}!"} for word in WORDS]
    write_dataset(read.data / "talk", "talk", "instruction", rows, split=2 / 12)
    more: dict[str, Any] = {"max_steps": 2, "samples": 0}
    first = train(read, "instruction-tuning", "talk", parents={"from": run.id}, **more)
    plain = train(read, "instruction-tuning", "talk", model=run.spec().model, **more)
    assert first.spec().adapter == adapter
    assert metrics(first)["eval/loss"][0] != metrics(plain)["eval/loss"][0], "it begins with what was learnt"
    again = train(read, "domain-adaptation", "texts", parents={"from": first.id}, **MORE)
    assert again.spec().parents == {"from": first.id}
    if adapter == "full":
        on_top = train(read, "instruction-tuning", "talk", parents={"from": run.id}, adapter="lora", **more)
        assert metrics(on_top)["eval/loss"][0] == pytest.approx(metrics(first)["eval/loss"][0], rel=1e-5)
        assert Path(on_top.result_info()["base"]) == run.result / "model"


def test_the_untouched_adapter_changes_nothing_in_a_block(read: Project) -> None:
    from workbench.adapters import lora

    plain = make_model()
    adapted = lora.attach(make_model(), lora.Options(), "default").eval()
    laid_out = packing.lay_out([[[5, 6, 7], [8, 9, 10, 11]]], 0, "cpu")
    torch.testing.assert_close(packing.hidden_states(adapted, laid_out), packing.hidden_states(plain, laid_out))
    assert decoder(adapted) is adapted.get_base_model().model


def test_data_that_cannot_be_learnt_from(adapt: Callable[..., Run], read: Project) -> None:
    with pytest.raises(UserError, match="takes data of the kinds text, unlabelled"):
        write_dataset(read.data / "asked", "asked", "prompts", [{"prompt": "a"}], split=0.0)
        adapt("asked")
