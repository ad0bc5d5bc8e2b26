import random

import pytest

from workbench.core.ranking import Placement, shuffled


def test_the_first_card_placed_is_the_best() -> None:
    placement = Placement(4)
    for card in (2, 0, 3, 1):
        assert placement.place(card)
    assert placement.ranks() == [2, 4, 1, 3]


def test_a_tie_shares_the_place_and_the_next_rank_follows_without_a_gap() -> None:
    placement = Placement(4)
    placement.place(1)
    placement.place(3)
    placement.place(0, tie=True)
    placement.place(2)
    assert placement.groups == ((1,), (3, 0), (2,))
    assert placement.ranks() == [2, 1, 3, 2]


def test_a_tie_before_anything_is_placed_is_just_the_first_place() -> None:
    placement = Placement(2)
    placement.place(1, tie=True)
    assert placement.groups == ((1,),)


def test_the_last_card_left_is_the_worst() -> None:
    placement = Placement(3)
    placement.place(2)
    assert not placement.complete
    placement.place(0)
    assert placement.complete
    assert placement.ranks() == [2, 3, 1]


def test_ranks_of_an_unfinished_order_are_refused() -> None:
    placement = Placement(4)
    placement.place(0)
    with pytest.raises(ValueError, match="not complete"):
        placement.ranks()


def test_a_card_is_placed_once_and_strangers_not_at_all() -> None:
    placement = Placement(2)
    assert placement.place(0)
    assert not placement.place(0)
    assert not placement.place(7)
    assert placement.groups == ((0,),)


@pytest.mark.parametrize(
    ("place", "expected"), [(0, ((2,), (0,), (1,))), (1, ((0,), (2,), (1,))), (2, ((0,), (1,), (2,)))]
)
def test_a_new_card_dropped_between_the_groups_goes_there(place: int, expected: object) -> None:
    placement = Placement(3)
    placement.place(0)
    placement.place(1)
    placement.insert(2, place)
    assert placement.groups == expected


def test_a_placed_card_moves_to_where_it_is_dropped() -> None:
    placement = Placement(3)
    for card in (0, 1, 2):
        placement.place(card)
    placement.insert(0, 3)
    assert placement.groups == ((1,), (2,), (0,))
    placement.insert(0, 1)
    assert placement.groups == ((1,), (0,), (2,))


def test_dropping_a_card_on_a_group_ties_it_and_leaves_no_empty_place() -> None:
    placement = Placement(3)
    for card in (0, 1, 2):
        placement.place(card)
    placement.join(2, 0)
    assert placement.groups == ((0, 2), (1,))
    assert placement.ranks() == [1, 2, 1]
    placement.join(1, 1)
    assert placement.groups == ((0, 2), (1,))


def test_every_change_is_taken_back_in_turn() -> None:
    placement = Placement(3)
    placement.place(0)
    placement.place(1)
    placement.join(1, 0)
    placement.remove(0)
    seen = [placement.groups]
    while placement.take_back():
        seen.append(placement.groups)
    assert seen == [((1,),), ((0, 1),), ((0,), (1,)), ((0,),), ()]


def test_saved_ranks_come_back_as_the_same_order() -> None:
    placement = Placement(5)
    placement.restore([2, 1, 2, 3, 1])
    assert placement.groups == ((1, 4), (0, 2), (3,))
    assert placement.ranks() == [2, 1, 2, 3, 1]
    assert not placement.changed


def test_the_order_shown_is_a_shuffle_that_puts_every_answer_everywhere() -> None:
    source = random.Random(1)
    orders = [shuffled(4, source) for _ in range(400)]
    assert all(sorted(order) == [0, 1, 2, 3] for order in orders)
    for position in range(4):
        share = sum(order[position] == 0 for order in orders) / len(orders)
        assert 0.15 < share < 0.35
