import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel, QLineEdit, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from workbench.core import options, registry
from workbench.core.options import Annotated, Options, option
from workbench.ui.forms.options_form import OptionsForm

OFFERS = [task.options for task in registry.tasks().values()] + [
    adapter.options for adapter in registry.adapters().values()
]


class Every(Options, frozen=True):
    whole: Annotated[int, option("Whole", "A number.", low=1, high=9, basic=True)] = 3
    broken: Annotated[float, option("Broken", "A number.", low=0.0)] = 0.5
    chance: Annotated[int | None, option("Chance", "May be left out.", low=0)] = None
    flag: Annotated[bool, option("Flag", "Yes or no.")] = False
    words: Annotated[str, option("Words", "A text.")] = "a"


def other_value(field: options.Field) -> object:
    if field.type is bool:
        return not field.default
    if field.choices:
        return next(choice for choice in field.choices if choice != field.default)
    if field.type is str:
        return "other"
    low = field.low if field.low is not None else 0
    high = field.high if field.high is not None else low + 10
    for candidate in (low, high, (low + high) / 2):
        value = int(candidate) if field.type is int else float(candidate)
        if value != field.default:
            return value
    raise AssertionError(field)


def enter(form: OptionsForm, field: options.Field, value: object) -> None:
    control = form.findChild(QWidget, f"{form.objectName()}.{field.name}")
    match control:
        case QCheckBox():
            control.setChecked(bool(value))
        case QComboBox():
            control.setCurrentIndex(control.findData(value))
        case QLineEdit():
            control.setText(str(value))
        case _:
            raise AssertionError(field.name)


@pytest.mark.parametrize("cls", [Every, *OFFERS], ids=lambda cls: cls.__module__.rpartition(".")[2])
def test_each_control_sets_the_option_it_claims(workspace: object, qtbot: QtBot, cls: type[Options]) -> None:
    for field in options.fields(cls):
        form = OptionsForm("f")
        qtbot.addWidget(form)
        form.set_options(cls)
        assert form.values() == {} and form.valid()
        value = other_value(field)
        with qtbot.waitSignal(form.changed):
            enter(form, field, value)
        assert form.values() == {field.name: value}
        assert getattr(options.parse(cls, form.values()), field.name) == value


@pytest.fixture
def form(workspace: object, qtbot: QtBot) -> OptionsForm:
    form = OptionsForm("f")
    qtbot.addWidget(form)
    form.set_options(Every, {"words": "b"})
    form.show()
    return form


def line(form: OptionsForm, name: str) -> QLineEdit:
    found = form.findChild(QLineEdit, f"f.{name}")
    assert found is not None
    return found


def test_a_wrong_value_is_marked_where_it_stands(form: OptionsForm) -> None:
    line(form, "whole").setText("10")
    problem = form.findChild(QLabel, "f.whole.problem")
    assert problem is not None and problem.isVisible() and "at most 9" in problem.text()
    assert line(form, "whole").property("wrong") and not form.valid()
    line(form, "whole").setText("9")
    assert not problem.isVisible() and form.valid() and form.values() == {"whole": 9, "words": "b"}


def test_an_optional_number_may_be_empty(form: OptionsForm) -> None:
    line(form, "chance").setText("4")
    assert form.values()["chance"] == 4
    line(form, "chance").setText("")
    assert "chance" not in form.values() and form.valid()
    line(form, "broken").setText("")
    assert not form.valid()


def test_the_rest_is_behind_more(form: OptionsForm) -> None:
    assert line(form, "whole").isVisible() and not line(form, "broken").isVisible()
    more = form.findChild(QToolButton, "f.more")
    assert more is not None
    more.click()
    assert line(form, "broken").isVisible()


@pytest.mark.parametrize(
    ("text", "key", "result"),
    [("3", Qt.Key.Key_Up, "4"), ("9", Qt.Key.Key_Up, "9"), ("1", Qt.Key.Key_Down, "1")],
)
def test_arrow_keys_step_inside_the_bounds(
    form: OptionsForm, qtbot: QtBot, text: str, key: Qt.Key, result: str
) -> None:
    line(form, "whole").setText(text)
    qtbot.keyClick(line(form, "whole"), key)
    assert line(form, "whole").text() == result


@pytest.mark.parametrize(
    ("text", "key", "result"),
    [
        ("0.0003", Qt.Key.Key_Up, "0.0004"),
        ("0.0001", Qt.Key.Key_Down, "9e-05"),
        ("2e-4", Qt.Key.Key_Down, "0.0001"),
        ("10", Qt.Key.Key_Up, "20"),
    ],
)
def test_arrow_keys_step_by_the_first_figure(
    form: OptionsForm, qtbot: QtBot, text: str, key: Qt.Key, result: str
) -> None:
    line(form, "broken").setText(text)
    qtbot.keyClick(line(form, "broken"), key)
    assert line(form, "broken").text() == result


def test_hidden_options_keep_their_values(form: OptionsForm) -> None:
    form.set_options(Every, {"words": "b", "whole": 4}, hidden=("words",))
    assert form.findChild(QLineEdit, "f.words") is None or not form.findChild(QLineEdit, "f.words").isVisible()
    assert form.values() == {"words": "b", "whole": 4}


def test_what_the_computer_cannot_do_is_greyed_with_the_reason(
    workspace: object, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    cls = registry.task("instruction-tuning").options
    for reason, value in (("Needs an NVIDIA GPU.", {}), ("", {"base_bits": "4"})):
        monkeypatch.setattr("workbench.ui.forms.row.lack", lambda need, reason=reason: reason if need else "")
        form = OptionsForm("f")
        qtbot.addWidget(form)
        form.set_options(cls, {"base_bits": "4"})  # a draft of another computer
        box = form.findChild(QComboBox, "f.base_bits")
        said = form.findChild(QLabel, "f.base_bits.lacking")
        assert box is not None and box.isEnabled() == (not reason)
        assert (said.text() if said else "") == reason and form.values() == value
        assert (box.accessibleDescription() == reason) == bool(reason)
