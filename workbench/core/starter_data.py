"""How the starter data is made from what its packages hold."""

import csv
import gzip
import hashlib
import importlib.metadata
import itertools
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from workbench.core.archives import unpack
from workbench.core.errors import UserError
from workbench.core.i18n import tr

POSITIVE = 0.5
"""Reviews rated above this on the scale from -4 to 4 are positive, those below its negative are negative."""

DIALOGUES = ("conversations", "health")
"""Files of small talk where each line answers the one before; elsewhere all lines answer the first."""


def write_reviews(archive: Path, target: Path) -> None:
    """Write the review sentences of the vaderSentiment archive as ``text``, ``label``, ``rating`` lines.

    ``rating`` is the mean of at least 20 people's, from -4 to 4 (Hutto and Gilbert, ICWSM 2014).
    """
    source = target.parent / "source"
    inner = unpack(archive, ["*/additional_resources/hutto_ICWSM_2014.tar.gz", "*/LICENSE.txt"], source)
    (rated,) = unpack(
        next(path for path in inner if path.suffix == ".gz"),
        ["*/amazonReviewSnippets_GroundTruth.txt"],
        source,
    )
    with rated.open(encoding="utf-8-sig", newline="") as file:
        rows = [(float(mean), text.strip()) for _, mean, text in csv.reader(file, "excel-tab", quoting=csv.QUOTE_NONE)]
    chosen = [
        {"text": text, "label": "positive" if mean > 0 else "negative", "rating": mean}
        for mean, text in rows
        if abs(mean) > POSITIVE
    ]
    _write(target, chosen)
    next(path for path in inner if path.name == "LICENSE.txt").replace(target.parent / "LICENSE")
    shutil.rmtree(source)


def write_small_talk(archive: Path, target: Path) -> None:
    """Write the talks of chatterbot-corpus as ``prompt``, ``answer`` and ``language`` (en, ja) lines."""
    source = target.parent / "source"
    patterns = [f"chatterbot_corpus/data/{language}/*.yml" for language in ("english", "japanese")]
    pairs: dict[tuple[str, str], str] = {}
    for path in unpack(archive, patterns, source):
        for prompt, answer in _pairs(path):
            pairs.setdefault((prompt, answer), {"english": "en", "japanese": "ja"}[path.parent.name])
    _write(target, [{"prompt": q, "answer": a, "language": language} for (q, a), language in pairs.items()])
    shutil.rmtree(source)


def _pairs(path: Path) -> Iterator[tuple[str, str]]:
    """Give prompt and answer of each conversation; one that is not a list of texts is passed over."""
    import yaml

    for conversation in yaml.safe_load(path.read_text("utf-8"))["conversations"]:
        if not (isinstance(conversation, list) and all(isinstance(line, str) for line in conversation)):
            continue
        lines = [line.replace("\u200b", "").strip() for line in conversation]
        if path.stem in DIALOGUES:
            yield from ((q, a) for q, a in itertools.pairwise(lines) if q and a)
        else:
            yield from ((lines[0], answer) for answer in lines[1:] if lines[0] and answer)


def write_digits(sha256: str, target: Path) -> None:
    """Write scikit-learn's bundled digits as PNG files of 32 x 32 grey pixels, a sub-folder for each digit.

    Raises:
        UserError: The installed scikit-learn holds other digits than the expected ones.
    """
    from PIL import Image

    packed = importlib.metadata.distribution("scikit-learn").locate_file("sklearn/datasets/data/digits.csv.gz")
    data = Path(str(packed)).read_bytes()  # read as a file: importing scikit-learn takes a second
    if hashlib.sha256(data).hexdigest() != sha256:
        raise UserError(tr("The digits in the installed scikit-learn are not the expected ones."))
    for number, line in enumerate(gzip.decompress(data).decode("ascii").splitlines()):
        *greys, digit = (int(float(value)) for value in line.split(","))
        picture = Image.frombytes("L", (8, 8), bytes(grey * 255 // 16 for grey in greys))
        path = target / str(digit) / f"{number:04d}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        picture.resize((32, 32), Image.Resampling.BICUBIC).save(path)


def _write(target: Path, rows: list[dict[str, Any]]) -> None:
    target.write_bytes(b"".join(msgspec.json.encode(row) + b"\n" for row in rows))


WRITERS: dict[str, Callable[[Path, Path], None]] = {"reviews": write_reviews, "small-talk": write_small_talk}
"""What makes the data file from the downloaded archive, by the starter's name."""
