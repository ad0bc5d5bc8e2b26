import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from tests.engine.tiny import save_tiny
from workbench.core.project import Project
from workbench.core.session import Answered, Cancel, Done, Generate, Ready, Refused, Reply, Token
from workbench.engine.author import Pieces
from workbench.engine.chat import BROKEN


class Child:
    """A real session in a real process."""

    def __init__(self, *arguments: str) -> None:
        command = [sys.executable, "-m", "workbench", "session", *arguments]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self._decoder = msgspec.json.Decoder(Reply)

    def say(self, *wishes: Generate | Cancel) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(b"".join(msgspec.json.encode(wish) + b"\n" for wish in wishes))
        self.process.stdin.flush()

    def hear(self) -> Reply:
        assert self.process.stdout is not None
        return self._decoder.decode(self.process.stdout.readline())

    def until(self, wanted: Callable[[Reply], bool]) -> list[Reply]:
        heard = [self.hear()]
        while not wanted(heard[-1]):
            heard.append(self.hear())
        return heard

    def close(self) -> int:
        if self.process.stdin is not None and not self.process.stdin.closed:
            self.process.stdin.close()
        return self.process.wait(60)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("session")
    Project.create(folder / "project")
    save_tiny(folder / "base")
    return folder


@pytest.fixture(scope="module")
def child(folder: Path) -> Iterator[Child]:
    child = Child("--project", str(folder / "project"), "--model", str(folder / "base"))
    assert child.hear() == Ready(model=str(folder / "base"))
    yield child
    assert child.close() == 0


def done(reply: Reply) -> bool:
    return isinstance(reply, Done)


def test_answers_stream_and_come_whole(child: Child) -> None:
    child.say(Generate(id=1, prompt="hello", k=9, max_new_tokens=8, seed=1))
    heard = child.until(done)
    answers = {reply.answer: reply for reply in heard if isinstance(reply, Answered)}
    assert set(answers) == set(range(9))
    assert {True, False} == {answer.ended for answer in answers.values()}
    for number, answer in answers.items():
        pieces = [reply.text for reply in heard if isinstance(reply, Token) and reply.answer == number]
        assert "".join(pieces).strip() == answer.text
        assert len(pieces) > 1 or len(answer.text) < 2
    assert heard[-1] == Done(id=1)
    first_end = next(index for index, reply in enumerate(heard) if isinstance(reply, Answered))
    assert any(isinstance(reply, Token) for reply in heard[first_end:]), "an answer is told while others go on"


def test_a_seed_repeats(child: Child) -> None:
    texts = []
    for number, seed in ((11, 5), (12, 5), (13, 6)):
        child.say(Generate(id=number, prompt="again", k=2, max_new_tokens=10, seed=seed))
        heard = [reply for reply in child.until(done) if isinstance(reply, Answered)]
        texts.append([answer.text for answer in sorted(heard, key=lambda answer: answer.answer)])
    assert texts[0] == texts[1] != texts[2]


def test_a_request_is_given_up_between_two_tokens_and_before_its_turn(child: Child) -> None:
    # only a token at a time can be written until the place for 256 is full: the first request is long
    child.say(Generate(id=21, prompt="long", k=9, max_new_tokens=240), Generate(id=22, prompt="next", k=2))
    child.until(lambda reply: isinstance(reply, Token))
    child.say(Cancel(id=21), Cancel(id=22))
    heard = child.until(lambda reply: reply == Done(id=22, cancelled=True))
    assert Done(id=21, cancelled=True) in heard
    assert not any(isinstance(reply, Token | Answered) and reply.id == 22 for reply in heard)


def test_one_refused_request_leaves_the_session_alive(child: Child) -> None:
    child.say(Generate(id=31, prompt="a" * 300, k=1), Generate(id=32, prompt="b", k=1, max_new_tokens=2))
    refused, *_, last = child.until(done)
    assert isinstance(refused, Refused)
    assert (refused.id, last) == (31, Done(id=32))
    assert "tokens" in refused.sentence


def test_a_model_that_is_not_there_is_refused_in_a_sentence(folder: Path) -> None:
    child = Child("--project", str(folder / "project"), "--model", "nowhere")
    refused = child.hear()
    assert isinstance(refused, Refused)
    assert refused.id == -1
    assert "nowhere" in refused.sentence
    assert child.close() == 1


def test_the_session_ends_with_its_input_even_in_the_middle_of_an_answer(folder: Path) -> None:
    child = Child("--project", str(folder / "project"), "--model", str(folder / "base"))
    child.say(Generate(id=1, prompt="hello", k=9, max_new_tokens=240))
    child.until(lambda reply: isinstance(reply, Token))
    assert child.close() == 0


def test_a_character_of_several_tokens_is_held_back_until_it_is_whole() -> None:
    alphabet = {token: index for index, token in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
    inner = Tokenizer(models.BPE(alphabet, []))
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=inner)
    text = "日本語 and 🎉!"
    ids = tokenizer(text).input_ids
    assert len(ids) == len(text.encode())
    heard: list[tuple[int, str]] = []
    pieces = Pieces(tokenizer, lambda row, piece: heard.append((row, piece)))
    for token in ids:
        pieces([0, 7], [token, token])
    for row in (0, 7):
        own = [piece for at, piece in heard if at == row]
        assert "".join(own) == text
        assert len(own) == len(text)
        assert BROKEN not in "".join(own)
