"""Many files as one: those of an archive or a folder that hold rows, one after the other."""

import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import PurePosixPath

import msgspec

from workbench.core.datasets.albums import is_hidden
from workbench.core.datasets.readers.source import Format, How, Piece, Record, Source, placed
from workbench.core.datasets.splits import PARTS, part_of
from workbench.core.errors import UserError
from workbench.core.i18n import tr

ABOUT = ("readme", "license", "licence", "copying", "notice", "changelog", "citation", "contributing", "authors")
DESCRIPTIONS = ("dataset_info", "dataset_infos", "dataset_dict", "state", "package", "croissant")
"""Files that stand beside the rows and hold none."""

HEAD = 8 << 20
"""Bytes of an archive's member that its encoding is judged by: to look further on, all before must be unpacked."""


def choose(names: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return which files hold rows, in the order in which they are read, and which are passed over.

    What a system put there unseen (``__MACOSX``, ``.DS_Store``) is in neither.
    """
    seen = [name for name in names if not is_hidden(name) and not name.endswith("/")]
    chosen = [name for name in seen if _format(name) is not None and not _is_about(name)]
    parts = parts_of(chosen)
    chosen.sort(key=lambda name: ([*PARTS, ""].index(parts[name]), _in_order(name)))
    return chosen, sorted(set(seen) - set(chosen))


def parts_of(names: Sequence[str]) -> dict[str, str]:
    """Return the part that each file is, by its name and folders; "" where they do not tell."""
    parts = {name: _part(name) for name in names}
    told = set(parts.values())
    # all files in one part that is not for training: the name only sounds like one
    return parts if "train" in told or len(told) > 1 else dict.fromkeys(names, "")


def read(names: Sequence[str], open_one: Callable[[str], Source], how: How) -> Iterator[Piece]:
    """Read files one after the other; one that is damaged is told of in a record, and the next is read.

    Args:
        names: Of files with rows, as `choose` gives them.
        open_one: Gives one of them.
        how: How each is to be read.
    """
    parts = parts_of(names)
    for number, name in enumerate(names):
        last = 1
        try:
            for piece in _pieces(name, open_one(name), how):
                done = (number + piece.done) / len(names)
                yield placed(piece, file=name, part=piece.part or parts[name], done=done)
                last = piece.line + 1 if isinstance(piece, Record) else last
        except UserError as error:
            yield Record(1, name, None, error.sentence, (number + 1) / len(names), file=name)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError):
            reason = tr("The file is damaged from here on; the rows that follow are missing.")
            yield Record(last, name, None, reason, (number + 1) / len(names), file=name)


def passed_over(names: Sequence[str]) -> list[str]:
    """Say in sentences which files hold no rows that can be read."""
    _, left = choose(names)
    archives = [name for name in left if PurePosixPath(name).suffix.lower() == ".zip"]
    others = [name for name in left if name not in archives]
    said = []
    if others:
        said.append(tr("Files without rows, passed over: {count} ({names}).", count=len(others), names=_few(others)))
    if archives:
        text = tr(
            "Archives inside, not opened: {count} ({names}). Unpack them first if they hold rows.",
            count=len(archives),
            names=_few(archives),
        )
        said.append(text)
    return said


def _few(names: Sequence[str]) -> str:
    return ", ".join(names[:5]) + ("…" if len(names) > 5 else "")


def _pieces(name: str, source: Source, how: How) -> Iterator[Piece]:
    format = _format(name)
    assert format is not None
    if format.is_text and not how.encoding:
        beginning = source if source.path is not None else source.head(HEAD)
        how = msgspec.structs.replace(how, encoding=beginning.encoding())
    return format.read(source, how)


def _format(name: str) -> Format | None:
    from workbench.core.datasets import readers

    suffix = PurePosixPath(name).suffix.lower()
    known = (format for format in readers.formats().values() if suffix in format.suffixes)
    return None if suffix == ".zip" else next(known, None)


def _is_about(name: str) -> bool:
    path = PurePosixPath(name)
    stem, suffix = path.stem.lower(), path.suffix.lower()
    if suffix in (".md", ".markdown", ".txt") and re.split(r"[^a-z]", stem)[0] in ABOUT:
        return True
    return suffix == ".json" and stem in DESCRIPTIONS


def _part(name: str) -> str:
    *folders, _ = PurePosixPath(name).parts
    words = [*folders, *re.split(r"[-_. ]+", PurePosixPath(name).stem)]
    return next(filter(None, map(part_of, words)), "")


def _in_order(name: str) -> list[tuple[int, str]]:
    """Sort key that puts 10 behind 9."""
    return [(int(text), "") if text.isdecimal() else (-1, text) for text in re.split(r"(\d{1,18})", name)]
