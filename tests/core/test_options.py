from typing import Annotated, Literal

import pytest

from workbench.core import registry
from workbench.core.errors import UserError
from workbench.core.options import Options, check_needs, fields, option, parse, problems


class Sample(Options, frozen=True):
    count: Annotated[int, option("Count", "How many.", unit="things", source="a paper", low=1, high=9, basic=True)] = 3
    share: Annotated[float, option("Share", "How much.", low=0.0, high=1.0)] = 0.5
    exact: Annotated[bool, option("Exact", "Or not.")] = False
    word: Annotated[str, option("Word", "Any.")] = "a"
    side: Annotated[Literal["left", "right"], option("Side", "Which.")] = "left"
    limit: Annotated[int | None, option("Limit", "None for no limit.", low=2)] = None


def test_fields_tell_a_form_all_it_needs() -> None:
    count, share, exact, word, side, limit = fields(Sample)
    assert (count.name, count.type, count.default, count.label, count.help) == ("count", int, 3, "Count", "How many.")
    assert (count.unit, count.source, count.low, count.high, count.basic) == ("things", "a paper", 1, 9, True)
    assert (share.type, share.basic, share.unit) == (float, False, "")
    assert [field.type for field in (exact, word, side, limit)] == [bool, str, str, int]
    assert side.choices == ("left", "right")
    assert [field.optional for field in (word, limit)] == [False, True]


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("count", 0, "Count must be at least 1."),
        ("count", "10", "Count must be at most 9."),
        ("count", "many", "Count must be a whole number."),
        ("count", 1.5, "Count must be a whole number."),
        ("count", None, "Count must be a whole number."),
        ("share", -0.1, "Share must be at least 0."),
        ("share", "inf", "Share must be at most 1."),
        ("share", "nan", "Share must be a number."),
        ("share", float("nan"), "Share must be a number."),
        ("share", True, "Share must be a number."),
        ("exact", "perhaps", "Exact must be true or false."),
        ("word", 3, "Word must be a text."),
        ("side", "up", "Side must be one of: left, right."),
        ("limit", 1, "Limit must be at least 2."),
        ("limit", "x", "Limit must be a whole number."),
        ("colour", 1, "There is no setting called “colour”; there are: count, share, exact, word, side, limit."),
    ],
)
def test_each_wrong_value_has_its_sentence(name: str, value: object, sentence: str) -> None:
    assert problems(Sample, {name: value, "word": "fine"} if name != "word" else {name: value}) == {name: sentence}
    with pytest.raises(UserError) as error:
        parse(Sample, {name: value})
    assert error.value.sentence == sentence


def test_texts_of_the_command_line_become_values() -> None:
    given = {"count": "9", "share": "1e-1", "exact": "true", "word": "b", "side": "right", "limit": "2"}
    assert parse(Sample, given) == Sample(count=9, share=0.1, exact=True, word="b", side="right", limit=2)
    assert parse(Sample, {"limit": None}) == Sample()
    assert parse(Sample, {}) == Sample()


def test_two_mistakes_are_both_told() -> None:
    with pytest.raises(UserError, match=r"Count must be .* Share must be"):
        parse(Sample, {"count": 0, "share": 2})


@pytest.mark.parametrize("owner", [*registry.tasks().values(), *registry.adapters().values()], ids=lambda o: o.name)
def test_every_option_of_the_program_explains_itself(owner: registry.Task | registry.Adapter) -> None:
    for field in fields(owner.options):
        assert field.label and field.help, field.name
        assert field.help.endswith("."), field.name
        if field.type in (int, float):
            assert field.low is not None and field.high is not None, field.name
    defaults = {field.name: field.default for field in fields(owner.options)}
    assert problems(owner.options, defaults) == {}
    assert problems(owner.options, {name: str(value) for name, value in defaults.items() if value is not None}) == {}


def test_what_the_computer_lacks_is_said_of_what_was_chosen_only(monkeypatch: pytest.MonkeyPatch) -> None:
    class Demanding(Options, frozen=True):
        bits: Annotated[Literal["as-is", "4"], option("Bits", "How many.", needs="few-bits")] = "as-is"

    assert fields(Demanding)[0].needs == "few-bits"
    monkeypatch.setattr("workbench.core.options.lack", lambda need: "Needs a card." if need else "")
    check_needs(Demanding())
    chosen = parse(Demanding, {"bits": "4"})  # a run of another computer can still be read
    with pytest.raises(UserError) as error:
        check_needs(chosen)
    assert error.value.sentence == "Bits: Needs a card."
    monkeypatch.setattr("workbench.core.options.lack", lambda need: "")
    check_needs(chosen)
