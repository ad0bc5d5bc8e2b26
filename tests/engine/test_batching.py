import random
from itertools import pairwise

import pytest

from workbench.engine import batching

CASES = [(1, 1), (7, 1), (7, 8), (8, 8), (9, 8), (1000, 3), (1000, 16)]


def lengths(count: int) -> list[int]:
    draw = random.Random(count)
    return [draw.randint(1, 400) for _ in range(count)]


@pytest.mark.parametrize(("count", "size"), CASES)
def test_an_epoch_has_every_example_once(count: int, size: int) -> None:
    for batches in (
        batching.length_sorted(lengths(count), size, seed=3, epoch=1),
        batching.in_order(lengths(count), size),
    ):
        assert sorted(index for batch in batches for index in batch) == list(range(count))
        assert len(batches) == -(-count // size), "the loop counts its steps by this"
        assert all(0 < len(batch) <= size for batch in batches)


def test_the_order_follows_from_seed_and_epoch_alone() -> None:
    def order(seed: int, epoch: int) -> list[list[int]]:
        return batching.length_sorted(lengths(200), 4, seed=seed, epoch=epoch)

    first = order(1, 0)
    random.seed(99)
    assert order(1, 0) == first
    assert first not in (order(2, 0), order(1, 1), order(0, 1), order(10, 0))


def test_sorting_saves_padding_and_keeps_the_batches_mixed() -> None:
    given = lengths(1000)
    batches = batching.length_sorted(given, 8, seed=0, epoch=0)

    def computed(groups: list[list[int]]) -> int:
        return sum(len(group) * max(given[index] for index in group) for group in groups)

    plain = [list(range(at, at + 8)) for at in range(0, 1000, 8)]
    assert computed(batches) < 1.1 * sum(given) < 1.5 * sum(given) < computed(plain)
    means = [sum(given[index] for index in batch) / len(batch) for batch in batches]
    rising = sum(first < second for first, second in pairwise(means))
    assert 0.35 < rising / len(means) < 0.65, "long and short batches come in no order"


def test_evaluation_begins_with_the_longest() -> None:
    given = lengths(50)
    sizes = [max(given[index] for index in batch) for batch in batching.in_order(given, 4)]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] == max(given)


def test_pad() -> None:
    assert batching.pad([[1], [2, 3, 4], []], 0) == [[1, 0, 0], [2, 3, 4], [0, 0, 0]]
