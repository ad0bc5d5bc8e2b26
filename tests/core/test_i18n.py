import os
from collections.abc import Iterator

import pytest

from workbench.core import i18n


@pytest.fixture(autouse=True)
def english_again() -> Iterator[None]:
    yield
    i18n.use_language("en")


def test_fields_are_filled_and_values_are_taken_as_they_are() -> None:
    assert i18n.tr("{a} and {b}", a=1, b="{b} {}") == "1 and {b} {}"
    assert i18n.tr("no fields, but {braces}") == "no fields, but {braces}"
    assert i18n.tr("") == ""
    assert i18n.mark("Rank") == "Rank"


def test_children_inherit_the_language_and_unknown_ones_mean_english() -> None:
    i18n.use_language("ja")
    assert os.environ["WORKBENCH_LANGUAGE"] == "ja"
    i18n.use_language("tlh")
    assert os.environ["WORKBENCH_LANGUAGE"] == "en"
    assert i18n.tr("Finished.") == "Finished."
