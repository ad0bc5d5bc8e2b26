import re

import pytest

from workbench.core.paths import resources
from workbench.core.templates.families import FAMILIES, Family
from workbench.core.templates.filling import Fill, Filler
from workbench.core.templates.wordings import Pair, builtin

SAMPLES = {"source_language": "en", "target_language": "ja", "label": "spam"}
NEED_NOT_BE_SAID = {"options", "source_language", "target_language"}


def named(family: Family) -> str:
    return family.name


def sample(family: Family) -> tuple[dict[str, str], Fill]:
    """A row whose values name their slot, so that each can be found again in what comes out."""
    roles = {slot.name: f"role-{slot.name}" for slot in family.slots if slot.roles}
    given = {slot.name: SAMPLES[slot.name] for slot in family.slots if not slot.roles}
    row = {role: SAMPLES.get(slot, f"<the {slot}>") for slot, role in roles.items()}
    return row, Fill(roles=roles, given=given, options=family.options, labels=("ham", "spam"))


def test_there_are_files_for_the_families_and_no_others() -> None:
    assert {path.stem for path in (resources() / "templates").iterdir()} == set(FAMILIES)
    assert len(FAMILIES) >= 10


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("family", FAMILIES.values(), ids=named)
def test_every_family_has_ten_wordings_a_language_some_of_them_turned_round(family: Family, language: str) -> None:
    found = [wording for wording in builtin(family.name) if wording.language == language]
    assert len(found) >= 10
    assert 2 <= sum(wording.turned for wording in found) <= len(found) // 2
    assert len({wording.id for wording in builtin(family.name)}) == len(builtin(family.name))


def test_no_two_wordings_are_alike() -> None:
    seen: dict[str, str] = {}
    for family in FAMILIES.values():
        for wording in builtin(family.name):
            bare = re.sub(r"\s+", "", re.sub(r"{{.*?}}", "{}", wording.prompt)).lower()
            bare += "" if re.search(r"\w", bare) else family.name  # nothing but the question, or what was said
            assert bare not in seen, f"{family.name} {wording.id} is like {seen[bare]}"
            seen[bare] = f"{family.name} {wording.id}"


@pytest.mark.parametrize("family", FAMILIES.values(), ids=named)
def test_they_are_filled_in_and_do_not_give_their_answer_away(family: Family) -> None:
    row, fill = sample(family)
    filler = Filler(family, builtin(family.name), fill)
    for wording in builtin(family.name):
        filled, pair = filler.fill(wording, row), Pair(wording, family)
        assert "{" not in filled.prompt + filled.answer
        assert not pair.prompt.used & pair.answer.used
        shown = filled.prompt
        if family.options and not wording.turned:
            heading = "選択肢：" if wording.language == "ja" else "OPTIONS:"
            assert f"\n{heading}\n- ham\n- spam" in shown
            shown = shown.replace("- spam", "")
        assert filled.answer not in shown, wording.id
        assert (family.answer in pair.answer.used) is not wording.turned
        unused = set(family.names) - pair.prompt.used - pair.answer.used - NEED_NOT_BE_SAID
        assert not unused, f"{wording.id} says nothing of {unused}"


@pytest.mark.parametrize("family", FAMILIES.values(), ids=named)
def test_a_wording_is_in_the_language_that_it_says(family: Family) -> None:
    for wording in builtin(family.name):
        words = re.sub(r"{{.*?}}|{%.*?%}", "", wording.prompt + wording.answer)
        if re.search(r"\w", words):
            assert bool(re.search("[぀-ヿ一-鿿]", words)) is (wording.language == "ja"), wording.id
