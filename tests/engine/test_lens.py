import io
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import PreTrainedTokenizerFast

from tests.engine.tiny import make_tokenizer
from workbench.core.datasets.checkup.written import Ruler
from workbench.core.datasets.kinds import Row, kind
from workbench.core.datasets.writer import write_dataset
from workbench.core.errors import UserError
from workbench.core.lens import Answer, Ask, View
from workbench.core.project import Project
from workbench.engine import chat, classification
from workbench.engine.lens import Lens
from workbench.engine.lens_session import serve
from workbench.engine.reward import encode_answer

ROWS: dict[str, list[Row]] = {
    "instruction": [
        {"prompt": "who is there?", "answer": "it is me."},
        {"system": "be brief", "prompt": "why?", "input": "the sun", "answer": "yes"},
    ],
    "chat": [
        {
            "messages": [
                {"role": "system", "content": "be kind"},
                {"role": "user", "content": "hi"},
                {"role": "assistant", "content": "hello"},
                {"role": "user", "content": "bye"},
                {"role": "assistant", "content": "see you"},
            ]
        }
    ],
    "ranking": [{"prompt": "and?", "responses": ["no", "it is so. it is so."], "ranks": [2, 1]}],
    "prompts": [{"prompt": "what now?"}],
    "text": [{"text": "once upon a time"}],
    "text-label": [
        {"text": "this is good", "label": "x"},
        {"text": "a long first one", "text_pair": "short", "label": "y"},
    ],
}
LETTERS = "abcdefghijklmnopqrstuvwxyz ."


def save_classifier_tokenizer(folder: Path) -> Path:
    """A tokenizer that lowers its text and writes special tokens around it, as those of classifiers do."""
    words = {token: number for number, token in enumerate(["[PAD]", "[CLS]", "[SEP]", "[UNK]", *LETTERS])}
    tokenizer = Tokenizer(models.WordLevel(words, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    tokenizer.add_special_tokens(["[PAD]", "[CLS]", "[SEP]", "[UNK]"])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 1), ("[SEP]", 2)]
    )
    named: Any = {"pad_token": "[PAD]", "cls_token": "[CLS]", "sep_token": "[SEP]", "unk_token": "[UNK]"}
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_max_length=64, **named).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def chat_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("chat")
    make_tokenizer().save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def plain_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("plain")
    tokenizer = make_tokenizer()
    tokenizer.chat_template = None
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def class_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_classifier_tokenizer(tmp_path_factory.mktemp("classes"))


def texts(view: View, **flags: bool) -> list[str]:
    return [segment.text for segment in view.segments if all(getattr(segment, k) == v for k, v in flags.items())]


def test_an_example_reads_as_the_template_writes_it(chat_model: Path) -> None:
    lens = Lens(chat_model)
    for name in ("instruction", "chat"):
        for row in ROWS[name]:
            merged = kind(name).merge(row)
            (view,) = lens.views(name, merged, 512)
            text = chat.render(lens.tokenizer, chat.messages_of(merged), answer_next=False)
            assert "".join(texts(view)) == text.replace("\n\n", "?")  # a sign that this tokenizer does not know
            assert view.kept == view.tokens


def test_what_is_learnt_is_what_the_loss_is_taken_over(chat_model: Path) -> None:
    (view,) = Lens(chat_model).views("chat", ROWS["chat"][0], 512)
    assert texts(view, trained=True) == ["hello", "<end>", "see you", "<end>"]
    assert texts(view, special=True) == [
        *("<system>", "<end>", "<user>", "<end>", "<assistant>", "<end>"),
        *("<user>", "<end>", "<assistant>", "<end>"),
    ]


def test_the_end_of_a_long_example_is_cut(chat_model: Path) -> None:
    lens, row = Lens(chat_model), ROWS["instruction"][0]
    example = chat.encode_example(lens.tokenizer, chat.messages_of(row), 20)
    (view,) = lens.views("instruction", row, 20)
    assert view.kept == len(example.ids) == 20
    assert len("".join(texts(view, trained=True))) == example.answer_tokens  # a letter is a token here
    assert texts(view, cut=True)[-1] == "<end>"
    assert texts(view, cut=True, trained=True) == []


def test_an_example_whose_answer_is_cut_whole_is_left_out(chat_model: Path) -> None:
    lens = Lens(chat_model)
    assert lens.views("instruction", ROWS["instruction"][0], 10)[0].left_out
    assert not lens.views("instruction", ROWS["instruction"][0], 512)[0].left_out


def test_an_answer_to_rank_loses_its_beginning(chat_model: Path) -> None:
    lens, row = Lens(chat_model), ROWS["ranking"][0]
    views = lens.views("ranking", row, 12)
    assert [view.title for view in views] == ["Answer 1, rank 2", "Answer 2, rank 1"]
    ids = encode_answer(lens.tokenizer, chat.prompt_of(row), row["responses"][1], 12)
    assert views[1].kept == len(ids) == 12
    assert "".join(texts(views[1], cut=False)) == ". it is so.<end>"
    assert texts(views[1], cut=True)[0] == "<user>"


def test_a_text_is_written_as_the_tokenizer_reads_it(class_model: Path) -> None:
    lens = Lens(class_model)
    (view,) = lens.views("text-label", {"text": "Good DAY é", "label": "x"}, 512)
    assert [(one.text, one.special) for one in view.segments] == [
        ("[CLS]", True),
        ("good day ", False),
        ("[UNK]", True),
        ("[SEP]", True),
    ]


@pytest.mark.parametrize("length", [8, 10, 13, 64])
def test_of_texts_is_cut_what_the_classifier_cuts(class_model: Path, length: int) -> None:
    lens = Lens(class_model)
    for row in ROWS["text-label"]:
        (ids,) = [encoded.ids for encoded in classification.encode(lens.tokenizer, [row], length)]
        (view,) = lens.views("text-label", row, length)
        assert view.kept == len(ids)
        pieces = [piece for one in view.segments if not one.cut for piece in ([one.text] if one.special else one.text)]
        assert pieces == lens.tokenizer.convert_ids_to_tokens(ids)


def test_a_kind_without_texts_is_refused(chat_model: Path) -> None:
    with pytest.raises(UserError, match="not texts"):
        Lens(chat_model).views("image-folder", {"image": "a.png"}, 512)


@pytest.mark.parametrize("model", ["chat_model", "plain_model", "class_model"])
@pytest.mark.parametrize("name", list(ROWS))
def test_the_check_up_counts_the_same_tokens(name: str, model: str, request: pytest.FixtureRequest) -> None:
    folder: Path = request.getfixturevalue(model)
    rows = [kind(name).merge(row) for row in ROWS[name]]
    lens = Lens(folder)
    shown = [max(view.tokens for view in lens.views(name, row, 512)) for row in rows]
    assert Ruler(folder, kind(name)).lengths(rows) == shown


def test_a_child_answers_and_goes_on_after_a_mistake(project: Project, chat_model: Path) -> None:
    write_dataset(project.data / "talk", "talk", "instruction", ROWS["instruction"], split=0.0)
    asks = [
        Ask(id=1, data="talk", model=str(chat_model), row=3),
        Ask(id=2, data="none", model=str(chat_model), row=1),
        Ask(id=3, data="talk", model=str(chat_model), row=2, count=5, max_length=20),
    ]
    output = io.BytesIO()
    serve(project, io.BytesIO(b"".join(msgspec.json.encode(ask) + b"\n" for ask in asks)), output)
    answers = [msgspec.json.decode(line, type=Answer) for line in output.getvalue().splitlines()]
    assert [answer.id for answer in answers] == [1, 2, 3]
    assert "no row 3" in answers[0].sentence
    assert "none" in answers[1].sentence
    (shown,) = answers[2].rows
    assert (shown.row, shown.split, shown.views[0].kept) == (2, "train", 20)
    assert json.loads(output.getvalue().splitlines()[2])["rows"][0]["views"][0]["segments"][0] == {
        "text": "<system>",
        "special": True,
    }
