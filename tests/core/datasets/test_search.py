from pathlib import Path

import pytest

from workbench.core.datasets import search
from workbench.core.datasets.dataset import Dataset
from workbench.core.datasets.writer import write_dataset


@pytest.fixture
def questions(tmp_path: Path) -> Dataset:
    rows = [{"prompt": f"Question {n}", "answer": f"Answer {n}"} for n in range(500)]
    rows[120]["answer"] = "It is in Kyōto, 京都."
    rows[130]["prompt"] = "KYŌTO?"
    rows[131]["input"] = "the river Kamo"
    return write_dataset(tmp_path / "q", "q", "instruction", rows, split=0.1)


def test_the_next_row_with_a_text_in_any_column(questions: Dataset) -> None:
    assert search.find(questions, "京都") == 120
    assert search.find(questions, "kyōto", 121) == 130
    assert search.find(questions, "kamo") == 131
    assert search.find(questions, "nowhere") is None


def test_it_goes_on_at_the_beginning_and_over_blocks(questions: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "BLOCK", 7)
    assert search.find(questions, "京都", 400) == 120
    assert search.find(questions, "京都", 120) == 120
    assert search.find(questions, "question 499", 130) == 499


def test_texts_in_lists_count_for_their_row(tmp_path: Path) -> None:
    rows = [
        {"messages": [{"role": "user", "content": f"Hello {n}"}, {"role": "assistant", "content": f"Yes {n}"}]}
        for n in range(20)
    ]
    chat = write_dataset(tmp_path / "c", "c", "chat", rows, split=0.1)
    assert search.find(chat, "yes 7") == 7
    ranking = [{"prompt": f"p{n}", "responses": [f"a{n}", f"b{n}"], "ranks": [1, 2]} for n in range(20)]
    ranked = write_dataset(tmp_path / "r", "r", "ranking", ranking, split=0.1)
    assert search.find(ranked, "b13") == 13


def test_the_name_of_the_split_is_not_searched(questions: Dataset) -> None:
    assert search.find(questions, "train") is None


def test_a_search_can_be_ended(questions: Dataset) -> None:
    assert search.find(questions, "京都", cancelled=lambda: True) is None
