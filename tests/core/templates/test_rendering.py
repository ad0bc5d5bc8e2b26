import pytest

from workbench.core.errors import UserError
from workbench.core.templates.rendering import MOST_FILLED, Template, Unfilled

NAMES = ("text", "label")


def test_slots_and_parts_that_depend_on_one() -> None:
    template = Template("{% if label %}\nAbout {{ label|upper }}:\n{% endif %}\n{{ text }}\n", NAMES, "prompt")
    assert template.fill({"text": "rain", "label": "sky"}) == "About SKY:\nrain"
    assert template.fill({"text": "rain", "label": ""}) == "rain"
    assert template.used == {"text", "label"}


def test_what_stands_in_a_row_is_never_read_as_a_template() -> None:
    assert Template("{{ text }}", NAMES, "prompt").fill({"text": "{{ 7 * 7 }} <b>&"}) == "{{ 7 * 7 }} <b>&"


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("Good\n{{ txet }}", 2, "names “txet”, which there is not; there are: text, label."),
        ("{{ text }\n", 1, "cannot be read: look at its braces."),
        ("a\nb\n{% if text %}", 3, "cannot be read"),
        ("{{ text|nonsense }}", 1, "does what a wording may not"),
        ("{{ text.__class__ }}", 1, "does what a wording may not"),
        ("\n{{ text.upper() }}", 2, "does what a wording may not"),
        ("{{ text['__class__'].mro() }}", 1, "does what a wording may not"),
        ("{% for x in text %}{{ text }}{% endfor %}", 1, "does what a wording may not"),
        ("{% set a = text %}", 1, "does what a wording may not"),
        ("{% include 'x' %}", 1, "does what a wording may not"),
        ("{% macro a() %}{% endmacro %}", 1, "does what a wording may not"),
        ("{{ text * 1000000000 }}", 1, "does what a wording may not"),
        ("{{ 'a' * 1000000000000 }}", 1, "does what a wording may not"),
        ("{{ 9 ** 9 ** 9 }}", 1, "does what a wording may not"),
        ("{{ text|center(1000000000) }}", 1, "does what a wording may not"),
        ("{{ text|attr('upper') }}", 1, "does what a wording may not"),
        ("{{ '%1000000000d' % 1 }}", 1, "does what a wording may not"),
        ("{{ range(99999999) }}", 1, "does what a wording may not"),
        ("{{ range }}", 1, "names “range”"),
    ],
)
def test_a_broken_one_is_told_in_a_sentence_with_its_line(text: str, line: int, says: str) -> None:
    with pytest.raises(UserError) as caught:
        Template(text, NAMES, "prompt")
    assert caught.value.sentence.startswith(f"Line {line} of the prompt ")
    assert says in caught.value.sentence


def test_one_that_is_too_long_or_too_deep_is_refused() -> None:
    with pytest.raises(UserError, match="longer than 20,000"):
        Template("a" * 20_001, NAMES, "prompt")
    with pytest.raises(UserError, match=r"nested too deeply|cannot be read"):
        Template("{{" + "(" * 9000 + "text" + ")" * 9000 + "}}", NAMES, "prompt")


def test_what_comes_out_is_bounded_and_never_empty() -> None:
    template = Template("{{ text }}", NAMES, "prompt")
    with pytest.raises(Unfilled, match="too long"):
        template.fill({"text": "a" * (MOST_FILLED + 1)})
    with pytest.raises(Unfilled, match="empty"):
        template.fill({"text": " \n"})
    with pytest.raises(Unfilled, match="cannot be filled"):
        Template("{{ text < 1 }}", NAMES, "prompt").fill({"text": "a"})
