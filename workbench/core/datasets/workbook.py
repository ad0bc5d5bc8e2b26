"""Excel workbooks opened without reading ahead: the first rows of a large one are there at once.

openpyxl's own way reads all texts that cells share, and a whole sheet that does not say how large it is, before it
gives a row. This module is imported where a workbook is read, as openpyxl takes a third of a second to import.
"""

from collections.abc import Iterator
from typing import IO, Any

from openpyxl.packaging.manifest import Manifest
from openpyxl.reader.excel import ExcelReader
from openpyxl.worksheet._read_only import ReadOnlyWorksheet
from openpyxl.xml.constants import SHARED_STRINGS, SHEET_MAIN_NS
from openpyxl.xml.functions import iterparse


class SharedTexts:
    """The texts that cells share, by their number; they are read as far as they are asked for."""

    def __init__(self, file: IO[bytes]) -> None:
        self._known: list[str] = []
        self._more = _texts(file)

    def __getitem__(self, number: int) -> str:
        while number >= len(self._known):
            try:
                self._known.append(next(self._more))
            except StopIteration:
                raise KeyError(number) from None
        return self._known[number]


def _texts(file: IO[bytes]) -> Iterator[str]:
    item, text, phonetic = (f"{{{SHEET_MAIN_NS}}}{tag}" for tag in ("si", "t", "rPh"))
    root: Any = None
    for event, node in iterparse(file, ("start", "end")):
        if root is None:
            root = node
        elif event == "end" and node.tag == phonetic:
            node.clear()  # how a Japanese word is read is no part of it
        elif event == "end" and node.tag == item:
            yield "".join(part.text or "" for part in node.iter(text))
            root.clear()


class _Sheet(ReadOnlyWorksheet):  # type: ignore[misc]  # openpyxl has no types
    """A sheet that does not look for its size: that may be a lie, or cost a walk through all rows."""

    def _get_size(self) -> None:
        return

    def _get_source(self) -> Any:
        self._opened = super()._get_source()
        return self._opened

    def values_done(self) -> Iterator[tuple[tuple[Any, ...], float]]:
        """Give the rows, and with each the share of the sheet that has been read."""
        size = max(1, self.parent._archive.getinfo(self._worksheet_path).file_size)
        for row in self.iter_rows(values_only=True):
            yield row, self._opened.tell() / size


class _Reader(ExcelReader):  # type: ignore[misc]
    package: Manifest

    def read_strings(self) -> None:
        part = self.package.find(SHARED_STRINGS)
        if part is not None:
            self.shared_strings = SharedTexts(self.archive.open(part.PartName[1:]))

    def read_worksheets(self) -> None:
        for sheet, place in self.parser.find_sheets():
            if place.target in self.valid_files and "chartsheet" not in place.Type:
                self.wb._sheets.append(_Sheet(self.wb, sheet.name, place.target, self.shared_strings))


def sheets(file: IO[bytes]) -> Iterator[tuple[str, Iterator[tuple[tuple[Any, ...], float]]]]:
    """Give the name of each sheet of a workbook and its rows, each with the share of all sheets that has been read.

    A cell is a text, number, date, truth value or None.
    """
    reader = _Reader(file, read_only=True, data_only=True, keep_links=False)
    reader.read()
    there = reader.wb.worksheets
    for number, sheet in enumerate(there):
        yield sheet.title, ((row, (number + done) / len(there)) for row, done in sheet.values_done())
