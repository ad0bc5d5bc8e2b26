"""Where names go beside points, so that none covers another or a point; in pixels, y downwards."""

from collections.abc import Iterator, Sequence

Box = tuple[float, float, float, float]
"""Left, top, width and height."""

DOT = 6.0
"""Half the width of a point, with what is left free around it."""


def placed(points: Sequence[tuple[float, float]], sizes: Sequence[tuple[float, float]], area: Box) -> list[Box]:
    """Return a place for the name of each point: beside it where that is free, else further up or down.

    Args:
        points: Where the points are.
        sizes: Width and height of each name.
        area: Where names may be.
    """
    dots = [(x - DOT, y - DOT, 2 * DOT, 2 * DOT) for x, y in points]
    taken: list[Box] = []
    for point, size in zip(points, sizes, strict=True):
        tried = list(_candidates(point, size, area))
        inside = [box for box in tried if _holds(area, box)] or tried[:1]
        free = (box for box in inside if not any(_meet(box, other) for other in (*dots, *taken)))
        taken.append(next(free, inside[0]))
    return taken


def _candidates(point: tuple[float, float], size: tuple[float, float], area: Box) -> Iterator[Box]:
    (x, y), (width, height) = point, size
    for step in range(2 * int(area[3] / height) + 1):
        for away in (step * height / 2, -step * height / 2):
            for left in (x + DOT, x - DOT - width):
                yield left, y + away - height / 2, width, height


def _holds(area: Box, box: Box) -> bool:
    right, bottom = area[0] + area[2], area[1] + area[3]
    return area[0] <= box[0] and area[1] <= box[1] and box[0] + box[2] <= right and box[1] + box[3] <= bottom


def _meet(one: Box, other: Box) -> bool:
    return all(one[side] < other[side] + other[side + 2] and other[side] < one[side] + one[side + 2] for side in (0, 1))
