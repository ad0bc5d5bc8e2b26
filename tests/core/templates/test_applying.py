from collections import Counter
from collections.abc import Sequence

import pytest

from workbench.core.datasets.dataset import Dataset
from workbench.core.datasets.kinds import Row
from workbench.core.datasets.writer import write_dataset
from workbench.core.errors import UserError
from workbench.core.project import Project
from workbench.core.templates.applying import Draw, apply
from workbench.core.templates.families import family
from workbench.core.templates.filling import Fill
from workbench.core.templates.proposing import propose
from workbench.core.templates.wordings import Wording, builtin

SENTIMENT = family("sentiment")
PLAIN = [Wording(id=f"p{n}", language="en", prompt=f"{n} {{{{ text }}}}") for n in range(4)]
TURNED = [Wording(id="t", language="en", prompt="Write {{ label }}.", answer="{{ text }}", turned=True)]
FILL = Fill(roles={"text": "text", "label": "label"})


def make(project: Project, rows: Sequence[Row], kind: str = "text-label", name: str = "set") -> Dataset:
    parts = [("train", "validation", "test")[n % 3] for n in range(len(rows))]
    return write_dataset(project.data / name, name, kind, rows, split=0, parts=parts)


@pytest.fixture
def reviews(project: Project) -> Dataset:
    return make(project, [{"text": f"text {n}", "label": str(n % 2)} for n in range(3000)])


def test_every_row_gets_its_wordings_and_stays_in_its_part(project: Project, reviews: Dataset) -> None:
    made = apply(reviews, SENTIMENT, PLAIN, FILL, Draw(per_row=2))
    assert (made.name, made.info.kind) == ("set-prompts", "instruction")
    assert made.info.splits == {"train": 2000, "validation": 2000, "test": 2000}
    assert "set" in made.info.source
    rows = made.page(0, 6000)
    for n, row in enumerate(reviews.page(0, 3000)):
        pair = rows[2 * n : 2 * n + 2]
        assert [one["split"] for one in pair] == [row["split"]] * 2
        assert [one["answer"] for one in pair] == [row["label"]] * 2
        assert all(one["prompt"].endswith(f" {row['text']}") for one in pair)
        assert pair[0]["prompt"] != pair[1]["prompt"]
    counts = Counter(row["prompt"][0] for row in rows)
    assert all(abs(counts[number] - 1500) < 150 for number in "0123"), counts  # 4.5 deviations of an even draw


def test_the_same_seed_draws_the_same(reviews: Dataset) -> None:
    first, second = (apply(reviews, SENTIMENT, PLAIN, FILL, Draw(seed=7), name) for name in ("one", "two"))
    other = apply(reviews, SENTIMENT, PLAIN, FILL, Draw(seed=8), "three")
    assert first.info.hash == second.info.hash != other.info.hash


def test_as_many_are_turned_round_as_was_said(reviews: Dataset) -> None:
    def turned(share: float, wordings: list[Wording], per_row: int = 1) -> int:
        name = f"turned-{share}-{len(wordings)}-{per_row}"
        made = apply(reviews, SENTIMENT, wordings, FILL, Draw(turned=share, per_row=per_row), name)
        return sum(row["prompt"].startswith("Write") for row in made.rows())

    assert turned(0.0, PLAIN + TURNED) == 0
    assert abs(turned(0.2, PLAIN + TURNED) - 600) < 100  # 4.5 deviations
    assert turned(1.0, PLAIN + TURNED) == 3000
    assert turned(0.0, TURNED) == 3000  # there is nothing else
    assert turned(1.0, PLAIN + TURNED, per_row=5) == 3000


def test_labels_get_words_and_options(reviews: Dataset) -> None:
    fill = Fill(
        roles=FILL.roles, options=True, labels=("0", "1"), words={"en": {"0": "bad"}, "ja": {"0": "悪い", "1": "良い"}}
    )
    en = Wording(id="e", language="en", prompt="{{ text }}")
    ja = Wording(id="j", language="ja", prompt="{{ options }}\n{{ text }}")
    first = apply(reviews, SENTIMENT, [en], fill, name="en").page(0, 2)
    assert first[0] == {"prompt": "text 0\n\nOPTIONS:\n- bad\n- 1", "answer": "bad", "split": "train"}
    assert first[1]["answer"] == "1"
    assert apply(reviews, SENTIMENT, [ja], fill, name="ja").page(1, 1) == [
        {"prompt": "選択肢：\n- 悪い\n- 良い\ntext 1", "answer": "良い", "split": "validation"}
    ]


def test_rows_that_lack_something_are_kept_apart_and_a_system_message_is_kept(project: Project) -> None:
    rows: list[Row] = [
        {"prompt": "Who?", "answer": "Bob", "input": "Bob ran.", "system": "Be brief."},
        {"prompt": "Why?", "answer": "Rain"},
    ]
    made = apply(
        make(project, rows, "instruction"),
        family("reading"),
        builtin("reading")[:1],
        Fill(roles={"context": "input", "question": "prompt", "answer": "answer"}),
    )
    assert made.page(0, 9) == [{"prompt": "Bob ran.\n\nWho?", "answer": "Bob", "system": "Be brief.", "split": "train"}]
    assert [(row.line, row.reason) for row in made.rejected()] == [(2, "The row has nothing for “Text to read”.")]
    assert made.info.reasons == {"The row has nothing for “Text to read”.": 1}


def test_languages_have_the_names_that_a_wording_calls_them_by(project: Project) -> None:
    dataset = make(project, [{"prompt": "Good morning", "answer": "おはよう"}] * 3, "instruction")
    translation, proposal = family("translation"), propose(dataset)
    assert proposal.family() is translation
    fill = proposal.fill(translation)
    assert fill.given == {"source_language": "en", "target_language": "ja"}
    wordings = [wording for wording in builtin("translation") if wording.id in ("en-3", "ja-3")]
    texts = {row["prompt"] for row in apply(dataset, translation, wordings, fill, Draw(per_row=2)).rows()}
    assert texts == {"English: Good morning\nJapanese:", "英語：Good morning\n日本語："}
    french = proposal.fill(translation, {"target_language": "フランス語", "source_language": "Klingon"})
    row = apply(dataset, translation, wordings[:1], french, name="k").rows()[0]
    assert row["prompt"] == "Klingon: Good morning\nFrench:"


def test_mistakes_are_one_sentence_and_leave_nothing(project: Project, reviews: Dataset) -> None:
    before = sorted(project.data.iterdir())
    for wordings, fill, draw, says in [
        (PLAIN, FILL, Draw(per_row=5), "into 1 to 4 of the wordings that are on, not into 5"),
        (PLAIN, FILL, Draw(turned=1.5), "from 0 to 1"),
        (PLAIN, Fill(roles={"text": "text"}), Draw(), "nothing for “Label”, which “Sentiment” needs"),
        (PLAIN, Fill(roles=FILL.roles, options=True, labels=("x",) * 41), Draw(), "too many to list"),
        ([Wording(id="x", language="en", prompt="{{ x }}")], FILL, Draw(), "names “x”"),
        ([Wording(id="x", language="en", prompt="{{ text < 1 }}")], FILL, Draw(), "No row of “set” could be put"),
    ]:
        with pytest.raises(UserError, match=says):
            apply(reviews, SENTIMENT, wordings, fill, draw)
    assert sorted(project.data.iterdir()) == before
    with pytest.raises(UserError, match="already a data set “set”"):
        apply(reviews, SENTIMENT, PLAIN, FILL, name="set")


def test_other_kinds_are_refused(project: Project) -> None:
    with pytest.raises(UserError, match="cannot be put into prompts"):
        propose(make(project, [{"text": "a"}], "text"))


def test_it_can_be_cancelled_and_leaves_nothing(project: Project, reviews: Dataset) -> None:
    before = sorted(project.data.iterdir())
    asked: list[bool] = []

    def cancelled() -> bool:
        asked.append(True)
        return True

    with pytest.raises(UserError, match="Cancelled"):
        apply(reviews, SENTIMENT, PLAIN, FILL, cancelled=cancelled)
    assert asked == [True]
    assert sorted(project.data.iterdir()) == before
