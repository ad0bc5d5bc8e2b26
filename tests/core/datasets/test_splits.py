import random
from collections import Counter

import numpy
import pytest

from workbench.core.datasets import splits
from workbench.core.datasets.splits import FREE, TEST, TRAIN, VALIDATION, decide, part_of


def groups(count: int) -> numpy.ndarray:
    return numpy.random.default_rng(0).permutation(numpy.arange(count)).astype(numpy.uint64)


def held_out(names: numpy.ndarray, labels: list[str] | None, share: float, seed: int) -> list[bool]:
    strata = None
    if labels is not None:
        strata = numpy.array([sorted(set(labels)).index(label) for label in labels], numpy.int32)
    parts = decide(names, strata, numpy.zeros(len(names), numpy.uint8), share, seed)
    assert set(parts.tolist()) <= {TRAIN, VALIDATION}
    return (parts == VALIDATION).tolist()


def test_the_share_is_exact_and_the_seed_decides() -> None:
    first = held_out(groups(1000), None, 0.1, seed=1)
    assert sum(first) == 100
    assert held_out(groups(1000), None, 0.1, seed=1) == first
    assert held_out(groups(1000), None, 0.1, seed=2) != first


def test_what_is_held_out_does_not_depend_on_the_order_of_the_rows() -> None:
    names = groups(1000)
    flags = held_out(names, None, 0.1, seed=1)
    turned = held_out(names[::-1], None, 0.1, seed=1)
    assert turned == flags[::-1]


def test_rows_of_a_group_are_never_separated() -> None:
    chance = random.Random(0)
    names = numpy.array([chance.choice(groups(40).tolist()) for _ in range(1000)], numpy.uint64)
    flags = held_out(names, None, 0.25, seed=3)
    assert len(set(zip(names.tolist(), flags, strict=True))) == len(set(names.tolist())) == 40
    assert len({name for name, flag in zip(names.tolist(), flags, strict=True) if flag}) == 10


def test_every_label_gives_its_share() -> None:
    labels = ["common"] * 800 + ["rare"] * 200
    flags = held_out(groups(1000), labels, 0.1, seed=0)
    assert Counter(label for label, flag in zip(labels, flags, strict=True) if flag) == {"common": 80, "rare": 20}


def test_many_small_labels_still_give_the_whole_share() -> None:
    labels = [str(number // 4) for number in range(100)]
    flags = held_out(groups(100), labels, 0.1, seed=0)
    assert sum(flags) == 10
    assert max(Counter(label for label, flag in zip(labels, flags, strict=True) if flag).values()) == 1


def test_small_sets() -> None:
    assert sum(held_out(groups(5), None, 0.1, seed=0)) == 1
    assert sum(held_out(groups(4), None, 0.1, seed=0)) == 0
    assert sum(held_out(groups(100), None, 0.0, seed=0)) == 0
    assert held_out(groups(0), None, 0.1, seed=0) == []
    assert sum(held_out(groups(1), None, 0.9, seed=0)) == 0


def test_a_large_set_meets_the_share_and_keeps_groups_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(splits, "EXACT", 1000)
    names = numpy.repeat(groups(100_000), 2)
    flags = held_out(names, None, 0.1, seed=0)
    assert flags[::2] == flags[1::2]
    assert sum(flags) == pytest.approx(20_000, rel=0.05)  # the deviation is 0.9 %: no false alarm in a lifetime
    assert held_out(names, None, 0.1, seed=1) != flags


def test_settled_rows_stay_and_take_their_group_along() -> None:
    parts = numpy.array([FREE, TEST, TRAIN, VALIDATION, FREE, FREE, FREE], numpy.uint8)
    names = numpy.array([1, 1, 2, 2, 2, 3, 4], numpy.uint64)
    decided = decide(names, None, parts, 0.0, 0)
    assert decided.tolist() == [TEST, TEST, TRAIN, VALIDATION, TRAIN, TRAIN, TRAIN]
    assert parts[0] == FREE


def test_training_rows_that_are_open_do_not_follow_the_test_rows_of_their_group() -> None:
    parts = numpy.array([TRAIN, TEST] * 50, numpy.uint8)
    decided = decide(groups(100) // 2, None, parts, 0.5, 0, train_is_open=True)
    assert Counter(decided.tolist())[TEST] == 50
    assert Counter(decided.tolist())[VALIDATION] > 10
    parts[0] = VALIDATION
    assert (decide(groups(100), None, parts, 0.5, 0, train_is_open=True) == parts).all()


@pytest.mark.parametrize(
    ("name", "part"),
    [
        *(("train", "train"), ("Training ", "train"), ("学習", "train"), ("訓練", "train")),
        *(("val", "validation"), ("dev", "validation"), ("VALID", "validation"), ("検証", "validation")),
        *(("test", "test"), ("テスト", "test"), ("評価", "test"), ("other", ""), (3, ""), ("", "")),
    ],
)
def test_names_of_parts(name: object, part: str) -> None:
    assert part_of(name) == part
