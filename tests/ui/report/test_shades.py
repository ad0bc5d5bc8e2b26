import pytest

from workbench.ui.report.shades import contrast, shade
from workbench.ui.theme import palette


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_every_shade_and_fuller_cells_from_emptier_ones(scheme: str) -> None:
    shades = [shade(share / 200, scheme) for share in range(201)]
    assert min(contrast(ink, fill) for fill, ink in shades) >= 4.5
    ground = shades[0][0]
    distance = [contrast(fill, ground) for fill, _ in shades]
    assert distance == sorted(distance)
    assert distance[2] > 1.1  # one row in a hundred can be seen
    assert ground.name() == (palette.LIGHT if scheme == "light" else palette.DARK).base
