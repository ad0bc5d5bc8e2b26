import itertools

from workbench.ui.bake_off.labels import DOT, placed

AREA = (0.0, 0.0, 400.0, 200.0)
SIZE = (60.0, 14.0)


def apart(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    across = one[0] + one[2] <= other[0] or other[0] + other[2] <= one[0]
    down = one[1] + one[3] <= other[1] or other[1] + other[3] <= one[1]
    return across or down


def test_a_name_stands_right_of_its_point() -> None:
    assert placed([(100, 50)], [SIZE], AREA) == [(106, 43, 60, 14)]


def test_at_the_right_edge_it_stands_left() -> None:
    assert placed([(390, 50)], [SIZE], AREA) == [(324, 43, 60, 14)]


def test_a_second_point_in_the_same_place_gets_the_other_side_then_the_line_below() -> None:
    found = placed([(200, 100)] * 3, [SIZE] * 3, AREA)
    assert found[:2] == [(206, 93, 60, 14), (134, 93, 60, 14)]
    assert found[2] == (206, 107, 60, 14)


def test_eight_points_in_a_heap_keep_apart() -> None:
    points = [(200 + 3 * number, 100 - 2 * number) for number in range(8)]
    found = placed(points, [SIZE] * 8, AREA)
    dots = [(x - DOT, y - DOT, 2 * DOT, 2 * DOT) for x, y in points]
    assert all(apart(one, other) for one, other in itertools.combinations(found, 2))
    assert all(apart(box, dot) for box in found for dot in dots)


def test_where_there_is_no_room_each_still_has_a_place() -> None:
    assert len(placed([(5, 5)] * 4, [SIZE] * 4, (0.0, 0.0, 80.0, 20.0))) == 4
