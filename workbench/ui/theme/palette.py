"""The one palette: each colour by its use, light and dark; text reaches a contrast of 4.5 on its ground."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Palette:
    """Colours by use.

    Attributes:
        name: ``light`` or ``dark``.
        ground: Behind everything.
        rail: Behind the rail of tabs and the status line.
        base: Behind text to read or edit: fields, lists, cards.
        hover: Under the pointer.
        line: Borders and grids that only separate.
        edge: Borders of what can be operated (contrast 3 or better).
        text: Text.
        muted: Text that matters less.
        accent: The one accent: the next step, the selection, the focus.
        on_accent: Text on the accent.
        tint: A breath of the accent, behind what is selected.
        error: Text and marks of what went wrong.
        warning: Text and marks of what needs care.
        success: Text and marks of what went well.
        curves: Colours of curves, told apart by the colour-blind as well (Okabe and Ito, 2008).
    """

    name: str
    ground: str
    rail: str
    base: str
    hover: str
    line: str
    edge: str
    text: str
    muted: str
    accent: str
    on_accent: str
    tint: str
    error: str
    warning: str
    success: str
    curves: tuple[str, ...]


LIGHT = Palette(
    name="light",
    ground="#f6f7f8",
    rail="#eceef1",
    base="#ffffff",
    hover="#e4e7ec",
    line="#d8dce2",
    edge="#878e99",
    text="#1b1e23",
    muted="#565d68",
    accent="#1c5cb8",
    on_accent="#ffffff",
    tint="#dfe9f8",
    error="#a8201a",
    warning="#7a4a00",
    success="#17663a",
    curves=("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#1b1e23"),
)

DARK = Palette(
    name="dark",
    ground="#191b1f",
    rail="#131518",
    base="#212429",
    hover="#2c3037",
    line="#353a42",
    edge="#79818d",
    text="#e7e9ec",
    muted="#a6adb8",
    accent="#86b3f5",
    on_accent="#0c1d36",
    tint="#26354d",
    error="#f58f87",
    warning="#efbb6a",
    success="#7fcd9f",
    curves=("#56b4e9", "#e69f00", "#009e73", "#cc79a7", "#d55e00", "#f0e442", "#e7e9ec"),
)

_now = LIGHT


def use(palette: Palette) -> None:
    """Make a palette the one in use."""
    global _now
    _now = palette


def now() -> Palette:
    """Return the palette in use."""
    return _now
