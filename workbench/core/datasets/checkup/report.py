"""What a check-up found, as values that can be written as JSON. Row numbers are from 1, as the table shows them."""

import msgspec


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """How many rows were looked at, of how many; fewer than all were chosen by a seeded shuffle."""

    rows: int
    of: int

    @property
    def complete(self) -> bool:
        """Whether every row was looked at."""
        return self.rows == self.of


class LabelCount(msgspec.Struct, frozen=True, kw_only=True):
    """How many rows have a label, by part."""

    label: str
    parts: dict[str, int]


class Lengths(msgspec.Struct, frozen=True, kw_only=True):
    """How long the rows are.

    Attributes:
        unit: ``tokens`` of the chosen model, as training counts them, or ``characters``.
        edges: Borders of the bins; the last bin takes everything longer as well.
        counts: Rows in each bin.
        cut: Share of the rows that are longer than ``max_length``; None when characters were counted.
        longest_row: Its number.
    """

    unit: str
    scope: Scope
    edges: list[int]
    counts: list[int]
    mean: float
    median: float
    longest: int
    longest_row: int
    cut: float | None


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """Rows that are alike: the numbers of the first few, the text of the first one, their labels if they have any."""

    rows: list[int]
    text: str
    labels: list[str] = []


class Alike(msgspec.Struct, frozen=True, kw_only=True):
    """How many rows are affected, and the first groups of them."""

    count: int
    groups: list[Group]


class Sameness(msgspec.Struct, frozen=True, kw_only=True):
    """Rows that are there more than once.

    Attributes:
        duplicates: Rows that repeat an earlier one exactly.
        near_duplicates: Rows that repeat an earlier one but for case, blanks or the width of characters.
        leaks: Held-out rows that are also in the training part.
        leaks_other_label: Held-out rows whose text is in the training part, but with another label only.
        contradictions: Rows whose text also stands there with another label.
    """

    scope: Scope
    duplicates: Alike
    near_duplicates: Alike
    leaks: Alike
    leaks_other_label: Alike
    contradictions: Alike


class Empty(msgspec.Struct, frozen=True, kw_only=True):
    """A field that holds nothing, or a single character, in some rows."""

    field: str
    count: int
    rows: list[int]


class Suspect(msgspec.Struct, frozen=True, kw_only=True):
    """A row whose label is probably wrong.

    Attributes:
        probability: Of the proposed label.
        given_probability: Of the label that the row has.
    """

    row: int
    text: str
    given: str
    proposed: str
    probability: float
    given_probability: float


class Suspects(msgspec.Struct, frozen=True, kw_only=True):
    """Suspicious labels, the most suspicious first.

    Attributes:
        count: How many there are; ``rows`` has the first of them.
        accuracy: Share of the labels that the simple classifier guessed right without having seen them.
        reason: Why nothing was looked for; "" if it was.
    """

    scope: Scope
    count: int = 0
    rows: list[Suspect] = []
    accuracy: float = 0.0
    reason: str = ""


class Personal(msgspec.Struct, frozen=True, kw_only=True):
    """Personal data of one type; the examples show only where it stands."""

    type: str
    count: int
    rows: int
    examples: list[Group]


class PersonalData(msgspec.Struct, frozen=True, kw_only=True):
    """All personal data that was found, the most frequent type first."""

    scope: Scope
    types: list[Personal]


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What a check-up found.

    Attributes:
        labels: The most frequent labels; ``label_count`` tells how many there are.
    """

    data: str
    kind: str
    hash: str
    model: str
    max_length: int
    rows: int
    parts: dict[str, int]
    labels: list[LabelCount]
    label_count: int
    lengths: Lengths | None
    same: Sameness | None
    empty: list[Empty]
    suspects: Suspects | None
    personal: PersonalData | None
