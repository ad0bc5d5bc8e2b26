"""The items of a JSON list, one at a time, never holding the whole document; damaged ones are passed over."""

import json
import re
from collections.abc import Iterator
from typing import Any, Literal, TextIO

import msgspec

CHUNK = 1 << 20
LONGEST_WORD = len("-Infinity")

_SPACE = re.compile(r"[\s\ufeff]*")
_NEXT_ITEM = re.compile(r"\}\s*,?\s*(?=\{)")
_DECODER = json.JSONDecoder()


class Piece(msgspec.Struct, frozen=True):
    """An item of the list: the line it begins at, its text and value, and whether it is bad or cut off."""

    line: int
    raw: str
    value: Any = None
    damage: Literal["", "bad", "cut"] = ""


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
            ValueError: It is damaged, or cut off by the end of the file.
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
                if self._is_final(error) or not self.more():
                    raise

    def find(self, pattern: re.Pattern[str]) -> int:
        """Return where the next match from here ends; the end of the file if there is none."""
        while not (match := pattern.search(self.text, self.at)):
            if not self.more():
                return len(self.text)
        return match.end()

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
            yield Piece(line, buffer.take(end), value)
        except ValueError:
            raw = buffer.take(buffer.find(_NEXT_ITEM))
            cut_off = buffer.ended and buffer.at == len(buffer.text) and not raw.rstrip().endswith(("}", "]"))
            yield Piece(line, raw.rstrip(", \r\n"), None, "cut" if cut_off else "bad")
