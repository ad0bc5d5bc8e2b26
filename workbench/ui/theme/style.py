"""Puts the palette on the program: Fusion, a QPalette and one stylesheet, following the system's light or dark."""

from typing import Literal

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QFontInfo, QPalette
from PySide6.QtWidgets import QApplication

from workbench.ui.theme import palette
from workbench.ui.theme.sheet import sheet

Scheme = Literal["system", "light", "dark"]


JAPANESE = ("Hiragino Sans", "Yu Gothic UI", "Meiryo", "Noto Sans CJK JP", "Noto Sans JP", "IPAexGothic")
"""Typefaces for Japanese by system. Named, because one that Qt falls back to may have the wrong weight, or Chinese
forms of the signs."""


class Theme(QObject):
    """The look of the running program.

    Signals:
        changed(): Colours or text size are others now; what is drawn by hand is drawn anew.
    """

    changed = Signal()

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self._app = app
        self._points = app.font().pointSizeF() if app.font().pointSizeF() > 0 else 10.0
        present = set(QFontDatabase.families())
        self._families = [QFontInfo(app.font()).family(), *(name for name in JAPANESE if name in present)]
        self.scheme: Scheme = "system"
        self.text_size = 100
        app.setStyle("Fusion")
        app.styleHints().colorSchemeChanged.connect(self._show)
        self._show()

    def set_scheme(self, scheme: Scheme) -> None:
        """Follow the system, or stay light or dark."""
        self.scheme = scheme
        self._show()

    def set_text_size(self, percent: int) -> None:
        """Make all text larger or smaller, in per cent of the system's size."""
        self.text_size = percent
        self._show()

    def _show(self) -> None:
        dark = self.scheme == "dark"
        if self.scheme == "system":
            dark = self._app.styleHints().colorScheme() == Qt.ColorScheme.Dark
        palette.use(palette.DARK if dark else palette.LIGHT)
        points = self._points * self.text_size / 100
        font = QFont(self._app.font())
        font.setFamilies(self._families)
        font.setPointSizeF(points)
        font.setFeature(QFont.Tag("tnum"), 1)  # figures of one width, so that changing numbers do not jump
        self._app.setFont(font)
        self._app.setPalette(_qt_palette(palette.now()))
        self._app.setStyleSheet(sheet(palette.now(), points))
        self.changed.emit()


_theme: Theme | None = None


def apply(app: QApplication) -> Theme:
    """Dress the program; once, before any widget is made."""
    global _theme
    if _theme is None:
        _theme = Theme(app)
    return _theme


def theme() -> Theme:
    """Return the look of the running program."""
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    return apply(app)


def _qt_palette(colours: palette.Palette) -> QPalette:
    made = QPalette()
    role = QPalette.ColorRole
    for which, colour in {
        role.Window: colours.ground,
        role.WindowText: colours.text,
        role.Base: colours.base,
        role.AlternateBase: colours.ground,
        role.Text: colours.text,
        role.PlaceholderText: colours.muted,
        role.Button: colours.base,
        role.ButtonText: colours.text,
        role.BrightText: colours.error,
        role.Highlight: colours.accent,
        role.HighlightedText: colours.on_accent,
        role.Accent: colours.accent,
        role.Link: colours.accent,
        role.LinkVisited: colours.accent,
        role.ToolTipBase: colours.base,
        role.ToolTipText: colours.text,
        role.Mid: colours.line,
        role.Midlight: colours.hover,
        role.Light: colours.base,
        role.Dark: colours.edge,
    }.items():
        made.setColor(which, QColor(colour))
    for which in (role.WindowText, role.Text, role.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, which, QColor(colours.edge))
    return made
