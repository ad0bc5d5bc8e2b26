"""Where an export goes: a new or empty folder, in which it stands whole or not at all."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from workbench.core.errors import UserError
from workbench.core.i18n import tr


@contextmanager
def placed(target: Path) -> Iterator[Path]:
    """Give a folder to write into, which takes the place of a new or empty one on leaving without an error.

    Raises:
        UserError: The target is taken, or cannot be written.
    """
    target = _free(target)
    staging = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        yield staging
        if target.exists():
            target.rmdir()
        staging.chmod(0o755)  # mkdtemp makes it private
        staging.rename(target)
    except OSError as error:
        raise UserError(tr("{path} could not be written. Choose another folder.", path=target), str(error)) from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _free(target: Path) -> Path:
    target = target.expanduser().resolve()
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise UserError(tr("{path} is not empty. Choose a new or an empty folder.", path=target))
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(tr("{path} could not be written. Choose another folder.", path=target), str(error)) from error
    return target
