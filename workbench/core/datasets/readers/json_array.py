"""The items of a JSON list, one at a time, never holding the whole document; damaged ones are passed over."""

import json
import re
from collections.abc import Iterator
from typing import Any, Literal, TextIO

import msgspec

from workbench.core.datasets.readers.text import KEPT, LONGEST

CHUNK = 1 << 20
LONGEST_WORD = len("-Infinity")
OVERLAP = 1000
"""Characters in which the end of an item and the beginning of the next one are looked for together."""

_SPACE = re.compile(r"[\s\ufeff]*")
_NEXT_ITEM = re.compile(r"\}\s*,?\s*(?=\{)")
_DECODER = json.JSONDecoder()


class Piece(msgspec.Struct, frozen=True):
    """An item of the list: the line it begins at, its text and value, and whether it is bad, cut off or too long."""

    line: int
    raw: str
    value: Any = None
    damage: Literal["", "bad", "cut", "long"] = ""


class _TooLong(ValueError):
    """A value is longer than any that is read."""


class _Buffer:
    """The part of a file that has been read and not yet been used."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self.text = ""
        self.at = 0
        self.line = 1
        self.ended = False

    def more(self) -> bool:
        """Read on, dropping what has been used; return False at the end of the file."""
        chunk = self._file.read(max(CHUNK, len(self.text) - self.at))
        self.text = self.text[self.at :] + chunk
        self.at = 0
        self.ended = not chunk
        return bool(chunk)

    def peek(self) -> str:
        """Return the next character that is no space, or ""."""
        while True:
            match = _SPACE.match(self.text, self.at)
            self.take(match.end() if match else self.at)
            if self.at < len(self.text):
                return self.text[self.at]
            if not self.more():
                return ""

    def take(self, end: int) -> str:
        """Use the text up to a position."""
        taken = self.text[self.at : end]
        self.line += taken.count("\n")
        self.at = end
        return taken

    def value(self) -> tuple[Any, int]:
        """Return the value that begins here and where it ends.

        Raises:
            ValueError: It is damaged, cut off by the end of the file, or too long.
        """
        self.peek()
        while True:
            try:
                value, end = _DECODER.raw_decode(self.text, self.at)
                if end < len(self.text) or not self.more():
                    return value, end
            except RecursionError as error:
                raise ValueError from error
            except json.JSONDecodeError as error:
                if self._is_final(error):
                    raise
                if len(self.text) - self.at > LONGEST:
                    raise _TooLong from error
                if not self.more():
                    raise

    def skip(self, pattern: re.Pattern[str]) -> str:
        """Use the text up to the end of the next match, or of the file; return the beginning of it.

        The text that has been passed over is not held.
        """
        beginning = ""
        while not (match := pattern.search(self.text, self.at)):
            end = max(self.at, len(self.text) - OVERLAP)
            beginning += self.take(end)[: KEPT - len(beginning)]
            if not self.more():
                end = len(self.text)
                break
        else:
            end = match.end()
        return beginning + self.take(end)[: KEPT - len(beginning)]

    def _is_final(self, error: json.JSONDecodeError) -> bool:
        """Return whether reading on could not mend the error."""
        return not error.msg.startswith("Unterminated") and error.pos + LONGEST_WORD < len(self.text)


def pieces(file: TextIO) -> Iterator[Piece]:
    """Yield the items of a document that is a list, or an object with a list of objects among its values.

    A document without such a list yields nothing.
    """
    buffer = _Buffer(file)
    if buffer.peek() == "{" and not _enter_list(buffer):
        return
    if buffer.peek() == "[":
        buffer.take(buffer.at + 1)
        yield from _items(buffer)


def _enter_list(buffer: _Buffer) -> bool:
    """Step through an object to its first value that is a list of objects or texts."""
    buffer.take(buffer.at + 1)
    try:
        while buffer.peek() == '"':
            buffer.take(buffer.value()[1])
            if buffer.peek() == ":":
                buffer.take(buffer.at + 1)
            if buffer.peek() == "[" and re.match(r'\[\s*[{"]', _ahead(buffer)):
                return True
            buffer.take(buffer.value()[1])
            if buffer.peek() == ",":
                buffer.take(buffer.at + 1)
    except ValueError:
        return False
    return False


def _ahead(buffer: _Buffer) -> str:
    while len(buffer.text) - buffer.at < 100 and buffer.more():
        pass
    return buffer.text[buffer.at : buffer.at + 100]


def _items(buffer: _Buffer) -> Iterator[Piece]:
    while (character := buffer.peek()) not in ("", "]"):
        if character == ",":
            buffer.take(buffer.at + 1)
            continue
        line = buffer.line
        try:
            value, end = buffer.value()
            raw = buffer.take(end)
            yield Piece(line, raw, value) if len(raw) <= LONGEST else Piece(line, raw[:KEPT], None, "long")
        except _TooLong:
            yield Piece(line, buffer.skip(_NEXT_ITEM), None, "long")
        except ValueError:
            raw = buffer.skip(_NEXT_ITEM)
            cut_off = buffer.ended and buffer.at == len(buffer.text) and not raw.rstrip().endswith(("}", "]"))
            yield Piece(line, raw.rstrip(", \r\n"), None, "cut" if cut_off else "bad")
