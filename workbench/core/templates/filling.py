"""A row put into a wording: the prompt and the answer that a model learns from."""

from collections.abc import Mapping, Sequence

import msgspec

from workbench.core.datasets.kinds import Row
from workbench.core.i18n import tr
from workbench.core.templates.families import MOST_OPTIONS, Family
from workbench.core.templates.languages import called
from workbench.core.templates.rendering import Unfilled
from workbench.core.templates.wordings import Pair, Wording

_HEADINGS = {"ja": "選択肢："}
OTHER_HEADING = "OPTIONS:"


class Fill(msgspec.Struct, frozen=True, kw_only=True):
    """What stands for the slots of a family.

    Attributes:
        roles: The stored role that fills a slot, by slot.
        given: What is the same in all rows, by slot: the languages of a translation.
        words: What to call a label, by language of the wording and by label.
        options: Whether the labels are listed below a prompt.
        labels: All of them, in their order.
    """

    roles: dict[str, str] = {}
    given: dict[str, str] = {}
    words: dict[str, dict[str, str]] = {}
    options: bool = False
    labels: tuple[str, ...] = ()

    def word(self, label: str, language: str) -> str:
        """Return what a label is called in a wording."""
        return self.words.get(language, {}).get(label) or label


class Filled(msgspec.Struct, frozen=True):
    """What a row has become."""

    prompt: str
    answer: str


class Filler:
    """Puts rows into the wordings of a family.

    Args:
        family: What the wordings are for.
        wordings: Those that will be used.
        fill: What stands for their slots.

    Raises:
        UserError: A wording is wrong.
    """

    def __init__(self, family: Family, wordings: Sequence[Wording], fill: Fill) -> None:
        self._family = family
        self._fill = fill
        self._pairs = {wording.id: Pair(wording, family) for wording in wordings}
        self._options = {wording.language: self._listed(wording.language) for wording in wordings}

    def _listed(self, language: str) -> str:
        """Return the labels as lines, under a heading; "" if they are not to be listed."""
        if not self._family.options or not self._fill.options or len(self._fill.labels) > MOST_OPTIONS:
            return ""
        words = dict.fromkeys(self._fill.word(label, language) for label in self._fill.labels)
        return "\n".join((_HEADINGS.get(language, OTHER_HEADING), *(f"- {word}" for word in words)))

    def fill(self, wording: Wording, row: Row) -> Filled:
        """Put a stored row into a wording.

        Raises:
            Unfilled: It lacks something.
        """
        values = self._values(wording, row)
        pair = self._pairs[wording.id]
        options = self._options[wording.language]
        prompt = pair.prompt.fill({**values, "options": options})
        if options and not pair.places_options and not wording.turned:
            prompt = f"{prompt}\n\n{options}"
        return Filled(prompt, pair.answer.fill(values))

    def _values(self, wording: Wording, row: Row) -> Mapping[str, str]:
        values = {}
        for slot in self._family.slots:
            if slot.roles:
                value = str(row.get(self._fill.roles.get(slot.name, ""), "")).strip()
            else:
                value = called(self._fill.given.get(slot.name, ""), wording.language)
            if slot.required and not value:
                raise Unfilled(tr("The row has nothing for “{slot}”.", slot=tr(slot.label)))
            values[slot.name] = self._fill.word(value, wording.language) if slot.name == "label" else value
        return values
