import itertools
from collections import Counter

import pytest

from workbench.core.datasets.subset import chosen, training_rows
from workbench.core.datasets.writer import write_dataset
from workbench.core.project import Project

UNEVEN = ["a"] * 600 + ["b"] * 300 + ["c"] * 98 + ["d"] * 2


@pytest.mark.parametrize("seed", [0, 1, 2**31 - 1])
def test_a_smaller_share_is_inside_of_a_larger_one(seed: int) -> None:
    shares = [0.01, 0.02, 0.1, 0.25, 0.33, 0.5, 0.9, 1.0]
    found = [set(chosen(UNEVEN, share, seed)) for share in shares]
    for smaller, larger in itertools.pairwise(found):
        assert smaller < larger
    assert [len(some) for some in found] == [10, 20, 100, 250, 330, 500, 900, 1000]


def test_each_class_gives_its_share() -> None:
    for share in (0.1, 0.25, 0.5):
        counts = Counter(UNEVEN[index] for index in chosen(UNEVEN, share, 0))
        for label, all_of_it in Counter(UNEVEN).items():
            assert abs(counts[label] - share * all_of_it) <= 1.5, (label, share)


def test_no_class_is_left_out_however_small_the_share() -> None:
    labels = [str(number) for number in range(50) for _ in range(number + 1)]
    assert {labels[index] for index in chosen(labels, 0.01, 0)} == set(labels)


def test_the_rows_are_drawn_from_all_over_and_by_the_seed() -> None:
    labels = ["a", "b"] * 1000
    one, other = chosen(labels, 0.1, 0), chosen(labels, 0.1, 1)
    assert one == sorted(one) == chosen(labels, 0.1, 0)
    assert len(set(one) & set(other)) < 60, "20 of 200 are shared by chance"
    quarters = Counter(index // 500 for index in one)
    assert all(25 <= count <= 75 for count in quarters.values())


def test_rows_with_several_labels_are_shared_out_by_the_rarest() -> None:
    labels = ["a; b"] * 400 + ["a"] * 500 + ["a; rare"] * 100
    counts = Counter(labels[index] for index in chosen(labels, 0.2, 0))
    assert sum(counts.values()) == 200
    assert abs(counts["a; rare"] - 20) <= 1


def test_what_is_held_out_is_never_touched(project: Project) -> None:
    rows = [{"text": f"text {number}", "label": "ab"[number % 2]} for number in range(100)]
    dataset = write_dataset(project.data / "d", "d", "text-label", rows, split=0.2)
    aside = {row["text"] for row in dataset.rows("validation")}
    tenth = training_rows(dataset, 0.1, 0)
    assert Counter(row["label"] for row in tenth) == {"a": 4, "b": 4}
    assert not aside & {row["text"] for row in tenth}
    assert training_rows(dataset, 1.0, 0) == dataset.rows("train")
    places = [dataset.rows("train").index(row) for row in tenth]
    assert places == sorted(places)


def test_data_without_labels_has_a_share_too(project: Project) -> None:
    rows = [{"text": f"text {number}"} for number in range(40)]
    dataset = write_dataset(project.data / "t", "t", "text", rows, split=0.0)
    assert len(training_rows(dataset, 0.25, 0)) == 10
