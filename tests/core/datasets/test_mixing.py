import pytest

from workbench.core.datasets.dataset import Dataset
from workbench.core.datasets.mixing import Limits, allot, mix, shares
from workbench.core.datasets.writer import write_dataset
from workbench.core.errors import UserError
from workbench.core.project import Project


def make(project: Project, name: str, kind: str = "instruction", **counts: int) -> Dataset:
    parts = [part for part, count in counts.items() for _ in range(count)]
    if kind == "chat":
        rows = [
            {"messages": [{"role": "user", "content": str(n)}, {"role": "assistant", "content": name}]}
            for n in range(len(parts))
        ]
    else:
        rows = [{"prompt": f"{part} {n}", "answer": name} for n, part in enumerate(parts)]
    return write_dataset(project.data / name, name, kind, rows, split=0, parts=parts)


@pytest.mark.parametrize(
    ("weights", "most", "size", "expected"),
    [
        ([1, 1], [10, 10], 10, [5, 5]),
        ([3, 1], [100, 100], 8, [6, 2]),
        ([1, 1], [2, 10], 10, [2, 8]),  # the first is used up; the second takes its place
        ([1, 1, 2], [1, 9, 9], 9, [1, 3, 5]),  # 8 are left for 1 : 2, that is 2 2/3 and 5 1/3
        ([1, 1, 1], [9, 9, 9], 10, [4, 3, 3]),
        ([1, 2], [3, 4], 100, [3, 4]),
        ([0, 5], [0, 5], 3, [0, 3]),
        ([5, 5], [5, 5], 0, [0, 0]),
    ],
)
def test_sharing_out(weights: list[int], most: list[int], size: int, expected: list[int]) -> None:
    assert allot(weights, most, size) == expected


def test_shares_are_proportional_to_the_sizes_up_to_the_maximum(project: Project) -> None:
    large, small = make(project, "large", train=120, validation=12), make(project, "small", train=20, validation=4)
    both = [large, small]
    # a rate maximum of 60: 60 and 20 of 80; as many as that keep the shares exact
    found = shares(both, Limits(rate_maximum=60))
    assert [share.rate for share in found] == [0.75, 0.25]
    assert [share.drawn for share in found] == [{"train": 60, "validation": 6}, {"train": 20, "validation": 4}]
    # no maximum below the sizes: plainly in proportion, 120 and 20 of 140
    assert [share.drawn["train"] for share in shares(both, Limits(size=70))] == [60, 10]
    # the cap comes first: 40 and 20
    assert [share.drawn["train"] for share in shares(both, Limits(cap=40))] == [40, 20]
    assert [share.drawn["train"] for share in shares(both, Limits(cap=40, size=30))] == [20, 10]
    # 100 of 3 : 1 would be 75 and 25, but there are only 20
    assert [share.drawn["train"] for share in shares(both, Limits(rate_maximum=60, size=100))] == [80, 20]
    assert [share.drawn["train"] for share in shares(both, Limits(size=10_000))] == [120, 20]


def test_the_mix_holds_what_was_shown_each_row_once_and_in_its_part(project: Project) -> None:
    both = [make(project, "large", train=120, validation=12, test=24), make(project, "small", train=20, validation=4)]
    limits = Limits(rate_maximum=60, seed=3)
    mixed = mix(both, limits)
    assert mixed.name == "mix"
    assert mixed.info.splits == {"train": 80, "validation": 10, "test": 12}
    assert "78 rows of “large”, 24 rows of “small”" in mixed.info.source
    rows = mixed.page(0, 200)
    assert len({(row["prompt"], row["answer"]) for row in rows}) == len(rows) == 102
    assert all(row["prompt"].startswith(row["split"]) for row in rows)
    for share in shares(both, limits):
        drawn = [row["split"] for row in rows if row["answer"] == share.name]
        assert {part: drawn.count(part) for part in share.drawn} == share.drawn
    assert {row["answer"] for row in rows[:20]} == {"large", "small"}  # not one after the other


def test_the_same_seed_draws_the_same_rows(project: Project) -> None:
    both = [make(project, "large", train=120), make(project, "small", train=20)]
    first, second, third = (
        mix(both, Limits(rate_maximum=30, seed=seed), name) for seed, name in ((0, "a"), (0, "b"), (1, "c"))
    )
    assert first.info.hash == second.info.hash != third.info.hash
    other_order = mix(both[::-1], Limits(rate_maximum=30), "d")
    key = lambda row: (row["answer"], row["prompt"])  # noqa: E731
    assert sorted(other_order.rows(), key=key) == sorted(first.rows(), key=key)


def test_conversations_can_be_mixed_too(project: Project) -> None:
    mixed = mix([make(project, "one", "chat", train=5, validation=2), make(project, "two", "chat", train=5)])
    assert mixed.info.splits == {"train": 10, "validation": 2}
    assert mixed.info.kind == "chat"


def test_mistakes_are_one_sentence(project: Project) -> None:
    one, two = make(project, "one", train=5), make(project, "two", train=5)
    chat, held = make(project, "chat", "chat", train=5), make(project, "held", validation=5)
    for datasets, limits, says in [
        ([one], Limits(), "at least two"),
        ([one, one], Limits(), "at least two"),
        ([one, two, one], Limits(), "only once"),
        ([one, chat], Limits(), "of one kind"),
        ([one, two], Limits(cap=0), "at least 1"),
        ([one, two], Limits(size=-1), "at least 1"),
        ([held, make(project, "held2", validation=5)], Limits(), "None of these"),
    ]:
        with pytest.raises(UserError, match=says):
            mix(datasets, limits)
    with pytest.raises(UserError, match="already a data set “two”"):
        mix([one, two], name="two")
    assert mix([one, two]).name == "mix"
    assert mix([one, two, held]).name == "mix-2"


def test_it_can_be_cancelled_and_leaves_nothing(project: Project) -> None:
    both = [make(project, "one", train=5), make(project, "two", train=5)]
    before = sorted(project.data.iterdir())
    with pytest.raises(UserError, match="Cancelled"):
        mix(both, cancelled=lambda: True)
    assert sorted(project.data.iterdir()) == before
