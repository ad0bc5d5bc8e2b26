"""The kinds of data sets: what a row of each is made of, and when a row is good.

A new kind is one more entry in `KINDS`. Labels and help are marked in these files and translated where they are shown.
"""

from workbench.core.datasets.kinds.answers import CHAT, INSTRUCTION
from workbench.core.datasets.kinds.base import COMMON, Kind, Role, Row, Type
from workbench.core.datasets.kinds.images import IMAGE_FOLDER
from workbench.core.datasets.kinds.rankings import RANKING
from workbench.core.datasets.kinds.texts import PLAIN, PROMPTS, TEXT_LABEL, UNLABELLED
from workbench.core.errors import UserError
from workbench.core.i18n import tr

KINDS: dict[str, Kind] = {
    kind.name: kind for kind in (TEXT_LABEL, INSTRUCTION, CHAT, PLAIN, UNLABELLED, IMAGE_FOLDER, PROMPTS, RANKING)
}


def kind(name: str) -> Kind:
    """Return a kind of data set.

    Raises:
        UserError: There is none of that name.
    """
    if name not in KINDS:
        raise UserError(tr("There is no kind of data “{name}”; there are: {known}.", name=name, known=", ".join(KINDS)))
    return KINDS[name]


__all__ = ["COMMON", "KINDS", "Kind", "Role", "Row", "Type", "kind"]
