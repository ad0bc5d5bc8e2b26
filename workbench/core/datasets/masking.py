"""A copy of a data set without the personal data in its texts."""

from collections.abc import Callable, Sequence
from typing import Any

from workbench.core.datasets.dataset import Dataset
from workbench.core.datasets.kinds import Role, Row, kind
from workbench.core.datasets.personal import mask
from workbench.core.datasets.rewrite import free_name, rewrite
from workbench.core.errors import UserError
from workbench.core.i18n import tr

TYPES = ("text", "texts", "messages")


def mask_dataset(
    dataset: Dataset, name: str = "", progress: Callable[[float], None] = lambda share: None
) -> tuple[Dataset, int]:
    """Write a copy in which a word in brackets stands for everything personal: ``[EMAIL]``, ``[PHONE]``.

    Args:
        dataset: What is copied; it stays as it is.
        name: Of the copy; else that of the data set with ``-masked`` after it.
        progress: Told the share that is done.

    Returns:
        The copy, and how many of its rows were changed.

    Raises:
        UserError: It holds no texts, its rows cannot be read, or the name is taken.
    """
    roles = [role for role in kind(dataset.info.kind).stored if role.type in TYPES]
    if not roles:
        raise UserError(tr("“{name}” holds no texts that could be masked.", name=dataset.name))
    changed = 0

    def change(_number: int, row: Row) -> Row:
        nonlocal changed
        masked = masked_row(row, roles)
        changed += masked != row
        return masked

    copy = rewrite(dataset, name or free_name(dataset.path.parent, f"{dataset.name}-masked"), change, progress)
    return copy, changed


def masked_row(row: Row, roles: Sequence[Role]) -> Row:
    """Return a row in which the personal data in the texts of these roles is masked."""
    return {**row, **{role.name: _masked(row[role.name]) for role in roles if role.name in row}}


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, dict):
        return {**value, "content": mask(value["content"])}
    return [_masked(item) for item in value]
