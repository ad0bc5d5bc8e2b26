"""Which encoding a text file is in: marks at its start first, then which one makes sense of what follows.

Statistics alone misjudge short Japanese files, so each likely encoding is tried and the outcome judged by
what people write: kana, runs of kanji, accents in Latin words. Where none fits, charset-normalizer is asked.
"""

import codecs
import os
import re
from collections.abc import Iterator
from typing import IO

SAMPLE = 1 << 18
AT_BEGINNING = 16 << 20
"""Bytes of a file that are all looked at."""

PLACES = 32
"""Further on in a file that are looked at."""

DAMAGED = "\udcff"
"""Stands for bytes that the encoding does not have; only the row that holds it is rejected."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_KANA = r"\u3000-\u303f\u3041-\u30ff\uff01-\uff5e"
_KANJI = r"\u4e00-\u9fff"
_ACCENTED = "À-ÖØ-öø-ÿŒœŠšŽžŸ"
# the characters that make sense when an encoding is the right one
_SENSIBLE = {
    "utf-8": re.compile(r"[^\x00-\x9f\udcff]"),
    "cp932": re.compile(f"[{_KANA}]|[{_KANJI}](?=[{_KANA}{_KANJI}])|(?<=[{_KANA}{_KANJI}])[{_KANJI}]"),
    "cp1252": re.compile(
        f"(?<=[A-Za-z])[{_ACCENTED}]{{1,2}}|[{_ACCENTED}](?=[A-Za-z])|(?<![^\\x00-\\x7f])[“”‘’–—…€£©®°«»¿¡](?![^\\x00-\\x7f])"
    ),
}
_SENSIBLE["euc_jp"] = _SENSIBLE["cp932"]
_TRIALS = ("utf-8", "cp932", "euc_jp", "cp1252")
_ENOUGH = 0.5
A_SENTENCE = 20


def _mark_damaged(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return DAMAGED, error.end


codecs.register_error("workbench-damaged", _mark_damaged)


def detect(file: IO[bytes]) -> str:
    """Return the name of the encoding that an open file is most likely in, from what follows in it.

    Of a large file whose beginning is plain ASCII only some places are looked at, evenly spread.
    """
    start = file.read(SAMPLE)
    for mark, name in _MARKS:
        if start.startswith(mark):
            return name
    if wide := _without_mark(start):
        return wide
    if b"\x1b$B" in start or b"\x1b$@" in start:
        return "iso2022_jp"
    sample = next((part for part in (start, *_later(file)) if not part.isascii()), b"")
    return _best(sample) if sample else "utf-8"


def _later(file: IO[bytes]) -> Iterator[bytes]:
    """Give what follows in a file, and where that is much, samples from the lines further on."""
    for _ in range(AT_BEGINNING // SAMPLE):
        if not (part := file.read(SAMPLE)):
            return
        yield part
    if not file.seekable():
        return
    begin = file.tell()
    rest = file.seek(0, os.SEEK_END) - begin
    for number in range(PLACES):
        file.seek(begin + rest * number // PLACES)
        yield file.read(SAMPLE).partition(b"\n")[2]


def _without_mark(start: bytes) -> str:
    """Recognise UTF-16 without a mark: its ASCII characters have a zero byte, always on the same side."""
    zeros = start.count(0)
    if zeros < 2 or zeros < len(start) * 0.02:
        return ""
    at_even = start[::2].count(0)
    if at_even < zeros * 0.05:
        return "utf-16-le"
    return "utf-16-be" if at_even > zeros * 0.95 else ""


def _best(sample: bytes) -> str:
    scores = {name: _sense(sample, name) for name in _TRIALS}
    best = max(_TRIALS, key=lambda name: scores[name])
    if scores[best] >= _ENOUGH:
        return best
    from charset_normalizer import from_bytes

    guess = from_bytes(sample).best()
    return guess.encoding if guess is not None else best


def _sense(sample: bytes, encoding: str) -> float:
    """Return the share of the non-ASCII characters that make sense in an encoding, from 0 to 1."""
    text = sample.decode(encoding, "workbench-damaged")
    sensible = sum(len(found) for found in _SENSIBLE[encoding].findall(text))
    if encoding in ("cp932", "euc_jp") and sensible > A_SENTENCE and not re.search(f"[{_KANA}]", text):
        return 0.0  # Cyrillic, Chinese or Korean bytes give kanji too, but Japanese is never without kana for long
    return sensible / max(1, sum(not character.isascii() for character in text))
