import numpy as np
import pytest
import torch

from tests.engine.tiny import FP32, save_tiny
from workbench.core.datasets.writer import write_dataset
from workbench.core.errors import UserError
from workbench.core.labelling.setup import Prompt, Setup
from workbench.core.labelling.standing import Standing
from workbench.core.labelling.store import Labelling
from workbench.core.project import Project
from workbench.engine import chat
from workbench.engine.author import Author
from workbench.engine.device import Device, autocast
from workbench.engine.labelling import CONTENT_FREE, MOST_TOKENS, PromptLabeller, measure, propose
from workbench.engine.models import decoder

ROWS = [{"text": "it rains."}, {"text": "no"}, {"text": "the sun shines on the long road home."}]
WORDS = ("good", "so bad", "no")
PROMPT = Prompt("{{ text }} {{ labels }}?", WORDS)


@pytest.fixture
def author(project: Project) -> Author:
    return Author(project, "", str(save_tiny(project.path.parent / "base")), FP32)


def by_hand(author: Author, text: str) -> np.ndarray:
    """One whole text at a time, without a cache, without padding."""
    scores = []
    for word in WORDS:
        prompt = chat.encode_prompt(author.tokenizer, [{"role": "user", "content": PROMPT.fill({"text": text})}])
        answer = author.tokenizer(word, add_special_tokens=False).input_ids
        with torch.inference_mode():
            found = author.model(torch.tensor([prompt + answer])).logits[0].log_softmax(-1)
        places = range(len(prompt) - 1, len(prompt) + len(answer) - 1)
        scores.append(np.mean([float(found[at, token]) for at, token in zip(places, answer, strict=True)]))
    weights = np.exp(scores)
    return weights / weights.sum()


def test_words_are_weighed_as_one_by_one(author: Author) -> None:
    labeller = PromptLabeller(author, "abc", WORDS, PROMPT, contextual=False)
    found = labeller.probabilities(ROWS)
    assert found == pytest.approx(np.stack([by_hand(author, row["text"]) for row in ROWS]), abs=1e-5)


def test_words_of_one_token_need_nothing_more(author: Author) -> None:
    found = PromptLabeller(author, "ab", ("a", "b"), PROMPT, contextual=False).probabilities(ROWS)
    assert found.shape == (3, 2)
    assert found.sum(1) == pytest.approx(np.ones(3))


def test_what_the_model_says_anyway_is_taken_out(author: Author) -> None:
    plain = PromptLabeller(author, "abc", WORDS, PROMPT, contextual=False).probabilities(ROWS)
    bias = np.mean([by_hand(author, text) for text in CONTENT_FREE], 0)
    corrected = PromptLabeller(author, "abc", WORDS, PROMPT, contextual=True).probabilities(ROWS)
    expected = plain / bias
    assert corrected == pytest.approx(expected / expected.sum(1, keepdims=True), abs=1e-5)


def test_the_few_logits_that_count_are_not_rounded_to_bf16(project: Project) -> None:
    device = Device("cpu", "bf16", 2)
    author = Author(project, "", str(save_tiny(project.path.parent / "base")), device)
    with torch.no_grad():
        author.model.lm_head.weight.mul_(64)  # logits as large as those of a trained model, and larger
    labeller = PromptLabeller(author, "ab", ("a", "b"), PROMPT, contextual=False)
    prompt = chat.encode_prompt(author.tokenizer, [{"role": "user", "content": PROMPT.fill(ROWS[0])}])
    with torch.inference_mode(), autocast(device):
        state = decoder(author.model)(torch.tensor([prompt])).last_hidden_state[0, -1]
    first, second = (author.model.lm_head.weight[author.tokenizer(word).input_ids[0]] for word in "ab")
    expected = float(state.double() @ (first.double() - second.double()))
    found = labeller.probabilities(ROWS[:1])[0]
    assert np.log(found[0] / found[1]) == pytest.approx(expected, abs=1e-3)


def test_a_text_too_long_for_the_prompt_loses_its_end(author: Author) -> None:
    author.model.config.max_position_embeddings = 4096
    labeller = PromptLabeller(author, "abc", WORDS, PROMPT, contextual=False)
    long = "a" * MOST_TOKENS
    found = labeller.probabilities([{"text": long}, {"text": long + "zzz"}])
    assert found[0] == pytest.approx(found[1])


class Fixed:
    """Says of a number how likely it is odd; knows all of them but one."""

    def __init__(self) -> None:
        self.labels = ["even", "odd"]
        self.asked: list[str] = []

    def probabilities(self, rows: list[dict[str, str]]) -> np.ndarray:
        self.asked += [row["text"] for row in rows]
        if "stop" in self.asked:
            raise KeyboardInterrupt
        odd = np.array([0.8 if int(row["text"]) % 2 or row["text"] == "4" else 0.1 for row in rows])
        return np.stack([1 - odd, odd], 1)


def begin(project: Project, texts: list[str]) -> Labelling:
    dataset = write_dataset(project.data / "open", "open", "unlabelled", [{"text": t} for t in texts], split=0.0)
    return Labelling.begin(project, Setup(data="open", hash=dataset.info.hash, model="m", labels=("even", "odd")))


def test_a_stopped_labelling_goes_on_where_it_was(project: Project) -> None:
    texts = [str(number) for number in range(100)]
    labelling = begin(project, [*texts[:70], "stop", *texts[70:]])
    told: list[tuple[int, int]] = []
    with pytest.raises(KeyboardInterrupt):
        propose(labelling, Fixed(), lambda done, total: told.append((done, total)))
    assert told == [(0, 101), (64, 101)]
    labeller = Fixed()
    with pytest.raises(KeyboardInterrupt):
        propose(labelling, labeller)
    assert labeller.asked[0] == "64"
    assert Standing.read(labelling).report(None)["labelled"] == 64


def test_it_is_measured_on_rows_whose_labels_are_known(project: Project) -> None:
    rows = [{"text": str(number), "label": "odd" if number % 2 else "even"} for number in range(10)]
    known = write_dataset(project.data / "known", "known", "text-label", rows, split=0.2)
    labelling, labeller = begin(project, ["5"]), Fixed()
    measure(labelling, labeller, known)
    measure(labelling, labeller, known)
    assert len(labeller.asked) == 10  # what is known already is not asked again
    propose(labelling, labeller)
    report = Standing.read(labelling).report(0.85)
    assert (report["measured"], report["measured_on"]) == (10, "known")
    assert [(one.count, one.accuracy) for one in report["bins"]] == [(6, pytest.approx(5 / 6)), (4, 1.0)]
    assert report["above"] == 0 and report["expected_accuracy"] == 1.0


def test_labels_that_the_labeller_does_not_know_are_no_measure(project: Project) -> None:
    known = write_dataset(project.data / "x", "x", "text-label", [{"text": "a", "label": "red"}] * 3, split=0.0)
    with pytest.raises(UserError, match="even, odd"):
        measure(begin(project, ["5"]), Fixed(), known)
