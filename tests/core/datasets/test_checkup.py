import random
from pathlib import Path

import numpy as np
import pytest

from workbench.core.datasets.checkup import check, labels, lengths, same
from workbench.core.datasets.checkup.kept import keep, kept
from workbench.core.datasets.checkup.labels import confident
from workbench.core.datasets.dataset import Dataset
from workbench.core.datasets.kinds import Row
from workbench.core.datasets.masking import mask_dataset
from workbench.core.datasets.relabelling import relabel
from workbench.core.datasets.writer import write_dataset
from workbench.core.errors import UserError

GOOD, BAD = ["lovely", "great", "superb", "delightful"], ["awful", "broken", "useless", "dreadful"]


def dataset(folder: Path, kind: str, rows: list[Row], parts: list[str] | None = None) -> Dataset:
    return write_dataset(folder / "data", "data", kind, rows, split=0.0, parts=parts or ["train"] * len(rows))


def labelled(*rows: tuple[str, str]) -> list[Row]:
    return [{"text": text, "label": label} for text, label in rows]


def opinions(count: int) -> list[Row]:
    chance = random.Random(0)
    words = [chance.choice(GOOD if number % 2 else BAD) for number in range(count)]
    return [
        {"text": f"The thing number {number} is {word}, I say", "label": "good" if number % 2 else "bad"}
        for number, word in enumerate(words)
    ]


def test_parts_and_labels_are_counted(tmp_path: Path) -> None:
    rows = labelled(("a b", "x"), ("c d", "x"), ("e f", "y"), ("g h", "x"))
    report = check(dataset(tmp_path, "text-label", rows, ["train", "train", "validation", "test"]))
    assert report.parts == {"train": 2, "validation": 1, "test": 1}
    assert [(one.label, one.parts) for one in report.labels] == [
        ("x", {"train": 2, "test": 1}),
        ("y", {"validation": 1}),
    ]


def test_repeats_are_exact_or_nearly(tmp_path: Path) -> None:
    rows = labelled(("Hello  World", "x"), ("other text", "x"), ("Hello  World", "x"), ("ｈｅｌｌｏ world ", "x"))
    found = check(dataset(tmp_path, "text-label", rows)).same
    assert found is not None
    assert (found.duplicates.count, found.near_duplicates.count) == (1, 1)
    assert found.duplicates.groups[0].rows == [1, 3]
    assert found.near_duplicates.groups[0].rows == [1, 3, 4]
    assert found.contradictions.count == found.leaks.count == 0


def test_the_same_text_with_other_labels_contradicts_itself(tmp_path: Path) -> None:
    rows = labelled(("so so", "x"), ("So so", "y"), ("fine", "x"), ("fine", "x"))
    found = check(dataset(tmp_path, "text-label", rows)).same
    assert found is not None
    assert found.contradictions.count == 2
    assert found.contradictions.groups[0].rows == [1, 2]
    assert found.contradictions.groups[0].labels == ["x", "y"]
    assert found.near_duplicates.count == 0


def test_held_out_rows_that_are_in_training_are_found(tmp_path: Path) -> None:
    rows = labelled(("one", "x"), ("two", "x"), ("ONE", "x"), ("two", "y"), ("three", "x"))
    parts = ["train", "train", "validation", "test", "validation"]
    found = check(dataset(tmp_path, "text-label", rows, parts)).same
    assert found is not None
    assert (found.leaks.count, found.leaks.groups[0].rows) == (1, [1, 3])
    assert (found.leaks_other_label.count, found.leaks_other_label.groups[0].rows) == (1, [2, 4])


def test_all_texts_of_a_conversation_count(tmp_path: Path) -> None:
    def talk(answer: str) -> Row:
        return {"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": answer}]}

    found = check(dataset(tmp_path, "chat", [talk("a"), talk("b"), talk("A")])).same
    assert found is not None
    assert (found.duplicates.count, found.near_duplicates.count) == (0, 1)


def test_fields_are_not_mixed_up(tmp_path: Path) -> None:
    rows: list[Row] = [{"prompt": "a b", "answer": "c"}, {"prompt": "a", "answer": "b c"}]
    found = check(dataset(tmp_path, "instruction", rows)).same
    assert found is not None
    assert found.duplicates.count == 0


def test_of_too_many_rows_a_part_is_compared_in_which_equal_ones_stay_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(same, "LIMIT", 100)
    rows = [{"text": f"text {number % 200}"} for number in range(400)]
    found = check(dataset(tmp_path, "text", rows)).same
    assert found is not None
    assert not found.scope.complete
    assert 0 < found.scope.rows < 200
    assert found.duplicates.count == found.scope.rows / 2


def test_empty_fields_are_listed_by_row(tmp_path: Path) -> None:
    rows: list[Row] = [{"prompt": "ask", "answer": "yes"}, {"prompt": "ask me", "answer": " ? "}]
    (found,) = check(dataset(tmp_path, "instruction", rows)).empty
    assert (found.field, found.count, found.rows) == ("answer", 1, [2])


def test_lengths_in_characters(tmp_path: Path) -> None:
    found = check(dataset(tmp_path, "text", [{"text": "ab"}, {"text": "日本語です"}, {"text": "abc"}])).lengths
    assert found is not None
    assert (found.unit, found.median, found.longest, found.longest_row, found.cut) == ("characters", 3, 5, 2, None)
    assert sum(found.counts) == 3


def test_lengths_are_measured_in_a_sample_of_many_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.engine.tiny import make_tokenizer

    make_tokenizer().save_pretrained(tmp_path / "model")
    monkeypatch.setattr(lengths, "ROWS", 50)
    rows = [{"text": "a" * (1 + number % 10)} for number in range(500)]
    found = check(dataset(tmp_path, "text", rows), tokenizer=tmp_path / "model", max_length=8).lengths
    assert found is not None
    assert (found.scope.rows, found.scope.of) == (50, 500)
    assert sum(found.counts) == 50
    assert found.cut is not None
    assert 0 < found.cut < 0.5


def test_confident_learning_by_hand() -> None:
    likely = np.array([[0.9, 0.1], [0.8, 0.2], [0.2, 0.8], [0.3, 0.7], [0.1, 0.9], [0.45, 0.55]])
    codes = np.array([0, 0, 0, 1, 1, 1])
    # usual: of 0 (0.9 + 0.8 + 0.2) / 3 = 0.633, of 1 (0.7 + 0.9 + 0.55) / 3 = 0.717
    order, proposed = confident(likely, codes)
    assert order.tolist() == [2]  # row 5 is less sure than usual too, but no other label is likely enough
    assert proposed[2] == 1


def test_wrong_labels_are_found_and_set_right(tmp_path: Path) -> None:
    rows = opinions(200)
    wrong = [11, 58, 120]
    for place in wrong:
        rows[place]["label"] = {"good": "bad", "bad": "good"}[rows[place]["label"]]
    parts = ["validation" if number % 10 == 0 else "train" for number in range(200)]
    bad = dataset(tmp_path, "text-label", rows, parts)
    found = check(bad).suspects
    assert found is not None
    assert {suspect.row - 1 for suspect in found.rows[:3]} == set(wrong)
    right = relabel(bad, {suspect.row: suspect.proposed for suspect in found.rows[:3]})
    assert right.name == "data-corrected"
    assert [row["label"] for row in right.page(0, 200)] == [row["label"] for row in opinions(200)]
    assert [row["split"] for row in right.page(0, 200)] == parts


def test_labels_that_cannot_be_judged_are_not_guessed(tmp_path: Path) -> None:
    found = check(dataset(tmp_path, "text-label", opinions(12))).suspects
    assert found is not None
    assert found.reason
    assert not found.rows


def test_texts_of_signs_alone_are_no_trouble(tmp_path: Path) -> None:
    rows = [{"text": "!?" * (1 + number), "label": "ab"[number % 2]} for number in range(60)]
    assert check(dataset(tmp_path, "text-label", rows)).suspects is not None


def test_a_sample_of_labels_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(labels, "ROWS", 100)
    found = check(dataset(tmp_path, "text-label", opinions(300))).suspects
    assert found is not None
    assert (found.scope.rows, found.scope.of) == (100, 300)


def test_personal_data_is_counted_and_never_shown(tmp_path: Path) -> None:
    rows: list[Row] = [
        {"prompt": "Who?", "answer": "Write to anna@example.com or bob@example.com, 090-1234-5678"},
        {"prompt": "See carl@example.com", "answer": "There is nothing to see"},
    ]
    data = dataset(tmp_path, "instruction", rows)
    found = check(data).personal
    assert found is not None
    assert [(one.type, one.count, one.rows) for one in found.types] == [("email", 3, 2), ("phone", 1, 1)]
    texts = " ".join(group.text for one in found.types for group in one.examples)
    assert "[EMAIL]" in texts
    assert "example.com" not in texts


def test_a_masked_copy_keeps_parts_and_everything_else(tmp_path: Path) -> None:
    rows: list[Row] = [
        {"messages": [{"role": "user", "content": f"I am {n}@example.com"}, {"role": "assistant", "content": "Hi"}]}
        for n in range(4)
    ]
    parts = ["train", "validation", "test", "train"]
    copy, changed = mask_dataset(dataset(tmp_path, "chat", rows, parts))
    assert (copy.name, changed) == ("data-masked", 4)
    assert [row["split"] for row in copy.page(0, 9)] == parts
    assert [row["messages"][0]["content"] for row in copy.rows()] == ["I am [EMAIL]"] * 4
    assert [row["messages"][1] for row in copy.rows()] == [{"role": "assistant", "content": "Hi"}] * 4
    assert not check(copy).personal.types  # type: ignore[union-attr]
    assert mask_dataset(Dataset(tmp_path / "data"))[0].name == "data-masked-2"


def test_lists_are_masked_and_optional_fields_kept(tmp_path: Path) -> None:
    rows: list[Row] = [{"prompt": "Tel?", "responses": ["Tel 090-1234-5678", "no"], "ranks": [1, 2]}]
    copy, _ = mask_dataset(dataset(tmp_path, "ranking", rows))
    assert copy.rows() == [{"prompt": "Tel?", "responses": ["Tel [PHONE]", "no"], "ranks": [1, 2]}]


def test_a_report_is_kept_for_its_rows_model_and_length(tmp_path: Path) -> None:
    data = dataset(tmp_path, "text", [{"text": "some text"}])
    report = check(data, max_length=64)
    assert kept(data, "", 64) is None
    keep(data, report)
    assert kept(Dataset(data.path), "", 64) == report
    assert kept(data, "", 32) is None
    assert kept(data, "a-model", 64) is None


def test_a_cancelled_check_up_ends_with_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cancelled"):
        check(dataset(tmp_path, "text", [{"text": "some text"}]), cancelled=lambda: True)


def test_a_row_that_is_not_there_cannot_be_relabelled(tmp_path: Path) -> None:
    data = dataset(tmp_path, "text-label", labelled(("a b", "x"), ("c d", "y")))
    with pytest.raises(UserError, match="no row 3"):
        relabel(data, {3: "x"})
    with pytest.raises(UserError, match="has no labels"):
        relabel(write_dataset(tmp_path / "texts", "texts", "text", [{"text": "a"}], split=0), {1: "x"})


def test_the_same_image_twice_and_with_two_labels_is_found(tmp_path: Path) -> None:
    rows = [{"image": f"images/{name}.png", "label": label} for name, label in ("ax", "ax", "bx", "by")]
    report = check(dataset(tmp_path, "image-folder", rows, ["train", "validation", "train", "train"]))
    assert report.same is not None
    assert (report.same.duplicates.count, report.same.leaks.count, report.same.contradictions.count) == (1, 1, 2)
    assert (report.lengths, report.personal, report.suspects, report.empty) == (None, None, None, [])


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("prompts", [{"prompt": "what?"}, {"prompt": "why?"}]),
        ("unlabelled", [{"text": "a b", "text_pair": "c d"}, {"text": "a b"}]),
        ("instruction", [{"prompt": "ask", "answer": "yes", "system": "be kind"}, {"prompt": "ask", "answer": "yes"}]),
        ("ranking", [{"prompt": "ask", "responses": ["aa", "bb"], "ranks": [1, 2], "annotator": "me@example.com"}] * 2),
        ("chat", [{"messages": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "ho"}]}] * 2),
    ],
)
def test_every_kind_of_text_is_checked(tmp_path: Path, name: str, rows: list[Row]) -> None:
    from tests.engine.tiny import make_tokenizer

    make_tokenizer().save_pretrained(tmp_path / "model")
    report = check(dataset(tmp_path, name, rows), tokenizer=tmp_path / "model", max_length=8)
    assert report.same is not None
    assert report.same.duplicates.count == (1 if rows[0] == rows[1] else 0)
    assert report.lengths is not None
    assert sum(report.lengths.counts) == 2
    assert report.empty == []
    assert (report.labels, report.suspects) == ([], None)


def test_a_data_set_without_rows_is_no_trouble(tmp_path: Path) -> None:
    report = check(dataset(tmp_path, "text-label", []))
    assert (report.rows, report.lengths, report.same, report.personal) == (0, None, None, None)
