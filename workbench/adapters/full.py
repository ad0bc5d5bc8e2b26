"""No adapter: every weight of the model is trained."""

import math
from collections.abc import Mapping
from typing import Any

from workbench.core import options as core_options
from workbench.core.i18n import mark
from workbench.core.registry import Adapter


class Options(core_options.Options, frozen=True):
    """Nothing to choose."""


def count(shapes: Mapping[str, tuple[int, ...]], options: Options) -> int:
    """Return the number of all parameters."""
    return sum(math.prod(shape) for shape in shapes.values())


def attach(model: Any, options: Options, name: str) -> Any:
    """Make every weight trainable."""
    return model.requires_grad_(True)


ADAPTER = Adapter(
    name="full",
    label=mark("Full fine-tuning"),
    help=mark(
        "Trains every weight. The most room to learn, the most memory, and a result as large as the model itself."
    ),
    options=Options,
    count=count,
    attach=attach,
    freezes=False,
)
