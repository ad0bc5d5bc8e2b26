import random
from collections import Counter

from workbench.core.datasets.splits import held_out


def groups(count: int) -> list[bytes]:
    return [str(number).encode() for number in range(count)]


def test_the_share_is_exact_and_the_seed_decides() -> None:
    first = held_out(groups(1000), [""] * 1000, 0.1, seed=1)
    assert sum(first) == 100
    assert held_out(groups(1000), [""] * 1000, 0.1, seed=1) == first
    assert held_out(groups(1000), [""] * 1000, 0.1, seed=2) != first


def test_rows_of_a_group_are_never_separated() -> None:
    chance = random.Random(0)
    names = [chance.choice(groups(40)) for _ in range(1000)]
    flags = held_out(names, [""] * 1000, 0.25, seed=3)
    assert len(set(zip(names, flags, strict=True))) == len(set(names)) == 40
    assert len({name for name, flag in zip(names, flags, strict=True) if flag}) == 10


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
    assert sum(held_out(groups(5), [""] * 5, 0.1, seed=0)) == 1
    assert sum(held_out(groups(4), [""] * 4, 0.1, seed=0)) == 0
    assert sum(held_out(groups(100), [""] * 100, 0.0, seed=0)) == 0
    assert held_out([], [], 0.1, seed=0) == []
    assert sum(held_out(groups(1), [""], 0.9, seed=0)) == 0
