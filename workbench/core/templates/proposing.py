"""What a data set is probably for: proposed from its name and some of its rows, for the person to change."""

import re
from collections.abc import Mapping, Sequence
from statistics import median

from workbench.core.datasets.dataset import Dataset
from workbench.core.datasets.kinds import Row
from workbench.core.errors import UserError
from workbench.core.i18n import tr
from workbench.core.templates.families import FAMILIES, KINDS, MOST_OPTIONS, Family
from workbench.core.templates.filling import Fill
from workbench.core.templates.languages import guess
from workbench.core.templates.wordings import LANGUAGES

SAMPLE = 200
"""Rows that are looked at, from all over the data set: many are sorted by their label."""

LONG = 200
SHORT_TITLE = 80
"""Characters of a text that may be worth a summary, and of one that may be a title."""

MOST_LABELS = 1000
"""Different labels that are collected."""

_CHOICES = re.compile(r"(?m)^\s*(?:[-*•・]|\(?[A-Ha-h1-8ア-エ][.):）．、])\s*\S")


class Proposal:
    """What can be made of a data set.

    Args:
        dataset: Of one of `families.KINDS`.

    Attributes:
        dataset: The same.
        rows: The rows that were looked at, as they are stored.
        numbers: Their numbers, from 1.
        roles: Stored roles that most of them have, then those that some have.
        language: Code of the language that their texts are in, as far as their script tells.
    """

    def __init__(self, dataset: Dataset) -> None:
        self.dataset = dataset
        count = dataset.info.rows
        shown = min(SAMPLE, count)
        self.numbers = [1 + step * count // shown for step in range(shown)]
        self.rows: list[Row] = [row for number in self.numbers for row in dataset.page(number - 1, 1)]
        counts = {role: sum(bool(row.get(role)) for row in self.rows) for role in _roles(self.rows)}
        self.roles = tuple(sorted(counts, key=lambda role: 2 * counts[role] < len(self.rows)))
        self._common = [role for role in self.roles if 2 * counts[role] >= len(self.rows)]
        self.language = guess(str(row.get("prompt", row.get("text", ""))) for row in self.rows)

    def families(self) -> list[Family]:
        """Return the families whose wordings the rows can fill."""
        return [family for family in FAMILIES.values() if family.fits(self.roles)]

    def family(self) -> Family:
        """Return the family that fits best: what the name says, else what the rows look like."""
        fitting = {family.name: family for family in FAMILIES.values() if family.fits(self._common)}
        name = f"{self.dataset.name} {self.dataset.info.source}".lower()
        guessed = self._labelled() if "text" in self.roles else self._answered()
        named = [family for family in fitting.values() if any(_says(name, hint) for hint in family.hints)]
        if guessed in fitting and (FAMILIES[guessed] in named or not named):
            return fitting[guessed]
        return next((family for family in named if self._is_likely(family)), fitting.get(guessed, FAMILIES[guessed]))

    def _is_likely(self, family: Family) -> bool:
        """Return whether a family that the name tells of may be right: classes must be few."""
        role = family.filled_by(self._common).get(family.answer, "")
        return not family.options or len({row.get(role) for row in self.rows}) <= MOST_OPTIONS

    def _labelled(self) -> str:
        labels = {str(row.get("label", "")).lower() for row in self.rows}
        if "text_pair" in self._common:
            entailments = set(FAMILIES["inference"].known)
            return "inference" if labels & entailments or len(labels) == 3 else "paraphrase-check"
        return "sentiment" if labels and labels <= set(FAMILIES["sentiment"].known) else "classification"

    def _answered(self) -> str:
        asked = [str(row.get("prompt", "")) for row in self.rows]
        given = [str(row["input"]) for row in self.rows if row.get("input")]
        answers = [str(row.get("answer", "")) for row in self.rows]
        if "input" in self._common:
            if 2 * sum(len(_CHOICES.findall(text)) > 1 for text in given) > len(given):
                return "multiple-choice"
            if 5 * len(set(asked)) > len(asked):
                return "reading"
            asked = given  # one and the same request above many texts
        if guess(asked) != guess(answers):
            return "translation"
        if asked and median(map(len, asked)) > LONG and 2 * median(map(len, answers)) < median(map(len, asked)):
            return "title" if median(map(len, answers)) < SHORT_TITLE else "summary"
        asks = sum(text.rstrip().endswith(("?", "？", "か。")) for text in asked)
        return "question-answering" if 2 * asks > len(asked) else "dialogue"

    def fill(self, family: Family, changes: Mapping[str, str] | None = None) -> Fill:
        """Return what stands for the slots of a family, as far as it can be known; all labels are looked up.

        Args:
            family: What the rows are about.
            changes: What the person says: the role of a slot, or the language of a fixed one.

        Raises:
            UserError: There is no such slot or role.
        """
        roles = {**family.filled_by(self.roles), **family.filled_by(self._common)}
        changes = changes or {}
        fixed = [slot.name for slot in family.slots if not slot.roles]
        for slot, value in changes.items():
            if slot not in family.names:
                raise UserError(
                    tr(
                        "“{family}” has no slot “{slot}”; there are: {known}.",
                        family=family.name,
                        slot=slot,
                        known=", ".join(slot.name for slot in family.slots),
                    )
                )
            if slot not in fixed and value not in self.roles:
                raise UserError(tr("The rows of “{name}” have no “{role}”.", name=self.dataset.name, role=value))
        roles.update({slot: role for slot, role in changes.items() if slot not in fixed})
        given = self._given(fixed, roles) | {slot: value for slot, value in changes.items() if slot in fixed}
        labels = self.labels(roles["label"]) if "label" in roles else ()
        return Fill(
            roles=roles,
            given=given,
            words=words(family, labels),
            options=family.options and len(labels) <= MOST_OPTIONS,
            labels=labels,
        )

    def _given(self, fixed: Sequence[str], roles: Mapping[str, str]) -> dict[str, str]:
        """Return the languages of a translation: a fixed slot ``x_language`` tells that of slot ``x``."""
        return {
            name: guess(str(row.get(roles.get(name.removesuffix("_language"), ""), "")) for row in self.rows)
            for name in fixed
        }

    def labels(self, role: str) -> tuple[str, ...]:
        """Return the different values of a role in all rows, in their order, up to `MOST_LABELS`."""
        found: set[str] = set()
        for chunk in self.dataset.table()[role].chunks:
            found.update(value.strip() for value in chunk.unique().to_pylist() if value and value.strip())
            if len(found) >= MOST_LABELS:
                break
        return tuple(sorted(found, key=_in_order)[:MOST_LABELS])


def propose(dataset: Dataset) -> Proposal:
    """Return what can be made of a data set.

    Raises:
        UserError: It is of a kind that has no wordings.
    """
    if dataset.info.kind not in KINDS:
        raise UserError(
            tr(
                "“{name}” cannot be put into prompts; texts with labels and instructions with answers can.",
                name=dataset.name,
            )
        )
    return Proposal(dataset)


def words(family: Family, labels: Sequence[str]) -> dict[str, dict[str, str]]:
    """Return what usual labels are called, by language; numbers from 0 stand for what they usually stand for."""
    numbers = [str(number) for number in range(len(labels))]
    usual = family.numbered.get(len(labels), ()) if list(labels) == numbers else ()
    meant = dict(zip(numbers, usual, strict=False)) if usual else {label: label.lower() for label in labels}
    pairs = {label: family.known[meaning] for label, meaning in meant.items() if meaning in family.known}
    return {language: {label: pair[index] for label, pair in pairs.items()} for index, language in enumerate(LANGUAGES)}


def _roles(rows: Sequence[Row]) -> list[str]:
    return [role for role in dict.fromkeys(role for row in rows for role in row) if role != "split"]


def _says(name: str, hint: str) -> bool:
    """Return whether a name holds a hint: a short one as a word of its own, a longer one as the start of one."""
    if not hint.isascii():
        return hint in name
    return bool(re.search(rf"(?<![a-z]){hint}{'(?![a-z])' if len(hint) < 4 else ''}", name))


def _in_order(label: str) -> tuple[int, str]:
    return (int(label), "") if label.isdecimal() and len(label) < 19 else (1 << 62, label)
