"""What the Hugging Face Hub and the network raise, as sentences for a person."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from workbench.core.errors import UserError
from workbench.core.i18n import tr


def gated(name: str) -> str:
    """Return what to do about a repository whose terms must be accepted first."""
    return tr(
        "“{name}” is only given to people who accepted its terms. Accept them on huggingface.co, then log in on "
        "this computer: hf auth login",
        name=name,
    )


@contextmanager
def explained(name: str, folder: Path, *, missing: str, misnamed: str) -> Iterator[None]:
    """Turn what is raised while the Hub is asked into one sentence.

    Args:
        name: What it is asked for.
        folder: Where downloads go.
        missing: A sentence for a repository that is not there.
        misnamed: A sentence for a name that cannot be one.

    Raises:
        UserError: Whatever it was.
    """
    import httpx2
    from huggingface_hub.errors import (
        GatedRepoError,
        HfHubHTTPError,
        HFValidationError,
        LocalEntryNotFoundError,
        OfflineModeIsEnabled,
        RepositoryNotFoundError,
    )

    try:
        yield
    except GatedRepoError as error:
        raise UserError(gated(name), str(error)) from error
    except RepositoryNotFoundError as error:
        raise UserError(missing, str(error)) from error
    except HFValidationError as error:
        raise UserError(misnamed, str(error)) from error
    except HfHubHTTPError as error:
        sentence = tr("Hugging Face could not give “{name}”. Try again later.", name=name)
        raise UserError(sentence, str(error)) from error
    except (httpx2.HTTPError, OfflineModeIsEnabled, LocalEntryNotFoundError) as error:
        raise UserError(tr("Hugging Face cannot be reached. Check the network and try again."), str(error)) from error
    except OSError as error:
        raise UserError(tr("The download could not be written to {folder}.", folder=folder), str(error)) from error


def check_space(folder: Path, needed: int) -> None:
    """Check that a download fits on the disk.

    Args:
        folder: Where it goes; it is there.
        needed: Bytes that are still to come.

    Raises:
        UserError: It does not.
    """
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise UserError(
            tr(
                "There is not enough disk space in {folder}: {needed} MB are needed, {free} MB are free.",
                folder=folder,
                needed=needed // 1_000_000,
                free=free // 1_000_000,
            )
        )
