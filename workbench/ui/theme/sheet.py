"""The one stylesheet, filled from the palette. Widgets say what they are by properties (``role``, ``level``)."""

from string import Template

from workbench.core.paths import resources
from workbench.ui.theme.metrics import GRID, RADIUS
from workbench.ui.theme.palette import Palette

_SHEET = Template("""
QToolTip { color: $text; background: $base; border: 1px solid $edge; padding: 4px; }
QLabel { background: transparent; }
QLabel[role="title"] { font-size: ${large}pt; font-weight: 600; }
QLabel[role="heading"] { font-weight: 600; }
QLabel[role="caption"], QLabel[muted="true"] { color: $muted; }
QLabel[role="problem"] { color: $error; }

QPushButton { padding: 5px ${two}px; border: 1px solid $edge; border-radius: ${radius}px; background: $base; }
QPushButton:hover { background: $hover; }
QPushButton:pressed, QPushButton:checked { background: $tint; border-color: $accent; }
QPushButton:focus { border: 2px solid $accent; padding: 4px ${two_less}px; }
QPushButton:disabled { color: $edge; border-color: $line; }
QPushButton[primary="true"] { background: $accent; color: $on_accent; border-color: $accent; font-weight: 600; }
QPushButton[primary="true"]:hover, QPushButton[primary="true"]:pressed {
    background: $text; border-color: $text; color: $ground;
}
QPushButton[primary="true"]:focus { border: 2px solid $text; }
QPushButton[primary="true"]:disabled { background: $line; border-color: $line; color: $muted; }
QPushButton[segment="true"] { border-radius: 0; margin-right: -1px; }
QFrame[segments="true"] { border: none; border-right: 1px solid $edge; }

QToolButton { border: 1px solid transparent; border-radius: ${radius}px; padding: 4px; background: transparent; }
QToolButton:hover { background: $hover; }
QToolButton:checked { background: $tint; color: $accent; }
QToolButton:focus { border: 2px solid $accent; padding: 3px; }
QToolButton:disabled { color: $edge; }
QToolButton::menu-indicator { image: none; }
QToolButton[role="menu"] { border-color: $edge; padding: 5px ${two}px; background: $base; }
QToolButton[role="menu"]:focus { padding: 4px ${two_less}px; }
QToolButton[role="tab"] { padding: ${grid}px 4px; }
QToolButton[role="tab"]:checked { font-weight: 600; }
QToolButton[role="fold"]:checked { background: transparent; color: $text; }
QToolButton[role="fold"] { font-weight: 600; padding: 4px ${grid}px 4px 2px; }

QComboBox, QAbstractSpinBox {
    border: 1px solid $edge; border-radius: ${radius}px; background: $base; padding: 4px ${grid}px;
    selection-background-color: $accent; selection-color: $on_accent;
}
QComboBox:focus, QComboBox:on, QAbstractSpinBox:focus { border: 2px solid $accent; padding: 3px 7px; }
QComboBox:disabled, QAbstractSpinBox:disabled { color: $edge; border-color: $line; background: $ground; }
QComboBox::drop-down { border: none; width: 24px; }
QComboBox::down-arrow { image: url("$themes/down.svg"); width: 12px; height: 12px; }
QComboBox QAbstractItemView { background: $base; border: 1px solid $edge; border-radius: 0; padding: 2px; }
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button { border: none; width: 20px; }
QAbstractSpinBox::up-arrow { image: url("$themes/up.svg"); width: 9px; height: 9px; }
QAbstractSpinBox::down-arrow { image: url("$themes/down.svg"); width: 9px; height: 9px; }
QCheckBox, QRadioButton { spacing: ${grid}px; background: transparent; padding: 2px; border: 1px solid transparent; }
QCheckBox:focus, QRadioButton:focus { border: 1px solid $accent; border-radius: 4px; }
QCheckBox::indicator, QRadioButton::indicator, QListView::indicator {
    width: 16px; height: 16px; border: 1px solid $edge; border-radius: 3px; background: $base;
}
QRadioButton::indicator { border-radius: 9px; }
QCheckBox::indicator:checked, QRadioButton::indicator:checked, QListView::indicator:checked {
    background: $accent; border-color: $accent; image: url("$themes/check-$shade.svg");
}
QCheckBox:disabled, QRadioButton:disabled { color: $edge; }
QCheckBox::indicator:disabled, QListView::indicator:disabled { border-color: $line; }

QLineEdit, QPlainTextEdit, QTextEdit {
    border: 1px solid $edge; border-radius: ${radius}px; background: $base; padding: 4px ${grid}px;
    selection-background-color: $accent; selection-color: $on_accent;
}
QLineEdit:focus, QPlainTextEdit:focus, QTextEdit:focus { border: 2px solid $accent; padding: 3px 7px; }
QLineEdit[wrong="true"] { border: 2px solid $error; padding: 3px 7px; }
QLineEdit:disabled { color: $edge; border-color: $line; background: $ground; }
QTextEdit[role="plain"] { border: none; background: transparent; padding: 0; }

QFrame[role="card"] { background: $base; border: 1px solid $line; border-radius: ${grid}px; }
QFrame[role="card"][chosen="true"] { border: 2px solid $accent; }
QFrame[dropzone="true"] { border: 1px dashed $edge; border-radius: ${grid}px; background: $base; }
QFrame[dropzone="true"][hot="true"] { border: 2px dashed $accent; background: $tint; }
QFrame[role="dialog"] { border: 1px solid $edge; }
QFrame[role="rail"] { background: $rail; border: none; }
QFrame[role="line"] { background: $line; border: none; }
QFrame[role="notice"] { background: $base; border: 1px solid $edge; border-left: 4px solid $edge; border-radius: 4px; }
QFrame[role="notice"][level="error"] { border-left-color: $error; }
QFrame[role="notice"][level="warning"] { border-left-color: $warning; }
QFrame[role="notice"][level="info"] { border-left-color: $accent; }

QScrollArea { background: transparent; border: none; }
QScrollArea > QWidget > QWidget[scrolled="true"] { background: transparent; }
QListWidget, QListView, QTableView, QTreeView {
    background: $base; border: 1px solid $line; border-radius: ${radius}px; outline: 0; gridline-color: $line;
    selection-background-color: $tint; selection-color: $text; alternate-background-color: $ground;
}
QListView::item { padding: ${half}px ${grid}px; }
QListView::item:hover { background: $hover; }
QListView::item:selected { background: $tint; color: $text; }
QListView:focus, QTableView:focus { border: 2px solid $accent; }
QTableView[role="matrix"], QTableView[role="matrix"]:focus { background: transparent; border: none; }
QTableView[role="matrix"] QHeaderView { background: $ground; border: none; }
QTableView[role="matrix"] QHeaderView::section { border: none; }
QAbstractScrollArea::corner { background: transparent; border: none; }
QHeaderView::section {
    background: $ground; color: $muted; border: none; border-bottom: 1px solid $line; padding: 4px ${grid}px;
}
QTableCornerButton::section { background: $ground; border: none; }

QProgressBar {
    color: transparent; background: $line; border: none; border-radius: 3px; max-height: 6px; min-height: 6px;
}
QProgressBar::chunk { background: $accent; border-radius: 3px; }
QTabWidget::pane { border: none; border-top: 1px solid $line; }
QTabBar { background: transparent; }
QTabBar::tab { padding: ${half}px ${two}px; border: none; border-bottom: 2px solid transparent; color: $muted; }
QTabBar::tab:hover { background: $hover; }
QTabBar::tab:selected { color: $text; border-bottom-color: $accent; }
QTabBar::tab:focus { background: $tint; }
QSlider::groove:horizontal { height: 4px; border-radius: 2px; background: $edge; }
QSlider::sub-page:horizontal { height: 4px; border-radius: 2px; background: $accent; }
QSlider::handle:horizontal { width: 16px; margin: -6px 0; border-radius: 8px; background: $accent; }
QSlider:focus { border: 1px solid $accent; border-radius: 4px; }
QSplitter::handle { background: transparent; }
QSplitter::handle:hover { background: $line; }
QMenu { background: $base; border: 1px solid $edge; padding: 4px; }
QMenu::item { padding: 5px 28px 5px 24px; border-radius: 4px; }
QMenu::item:selected { background: $tint; color: $text; }
QMenu::item:disabled { color: $edge; }
QMenu::separator { height: 1px; background: $line; margin: 4px; }
QStatusBar { background: $rail; color: $muted; }
QScrollBar:vertical { background: transparent; width: 12px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 12px; margin: 0; }
QScrollBar::handle { background: $edge; min-height: 24px; min-width: 24px; }
QScrollBar::handle:vertical { margin: 0 3px; border: none; border-radius: 3px; }
QScrollBar::handle:horizontal { margin: 3px 0; border: none; border-radius: 3px; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
""")


def sheet(colours: Palette, points: float) -> str:
    """Return the stylesheet for a palette and a text size in points."""
    names = {name: value for name, value in vars(colours).items() if isinstance(value, str)}
    sizes = {"grid": GRID, "half": GRID // 2, "two": 2 * GRID, "two_less": 2 * GRID - 1, "radius": RADIUS}
    themes = (resources() / "themes").as_posix()
    return _SHEET.substitute(names, themes=themes, shade=colours.name, large=f"{points * 1.5:.1f}", **sizes)
