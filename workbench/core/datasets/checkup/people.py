"""Personal data in a data set, by type, with examples in which it is masked."""

from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Any

from workbench.core.datasets.checkup.report import Group, Personal, PersonalData, Scope
from workbench.core.datasets.checkup.texts import SHOWN, chunks, joined, rows_at, sample, text_roles
from workbench.core.datasets.kinds import Kind
from workbench.core.datasets.personal import FINDERS, PREFILTER, find, mask

ROWS = 1_000_000
EXAMPLES = 5
AROUND = 40
"""Characters that an example shows on either side."""


def personal_data(table: Any, kind: Kind, step: Callable[[float], None]) -> PersonalData:
    """Look for personal data.

    Args:
        table: The stored rows.
        kind: Their kind.
        step: Told the share that is done; may raise to give up.
    """
    import pyarrow.compute as compute

    places = sample(table.num_rows, ROWS)
    looked = table if len(places) == table.num_rows else rows_at(table, places)
    counts: Counter[str] = Counter()
    rows: Counter[str] = Counter()
    examples: dict[str, list[Group]] = defaultdict(list)
    for start, columns in chunks(looked, text_roles(kind)):
        step(start / len(places))
        words = joined(columns)
        candidates = compute.indices_nonzero(compute.match_substring_regex(words, PREFILTER)).to_pylist()
        for place in candidates:
            text = words[place].as_py()
            found = Counter(finding.type for finding in find(text))
            counts += found
            rows.update(found.keys())
            for type in found:
                if len(examples[type]) < EXAMPLES:
                    row = int(places[start + place]) + 1
                    examples[type].append(Group(rows=[row], text=_excerpt(text, FINDERS[type].mask)))
    types = [
        Personal(type=type, count=count, rows=rows[type], examples=examples[type])
        for type, count in counts.most_common()
    ]
    return PersonalData(scope=Scope(rows=len(places), of=table.num_rows), types=types)


def _excerpt(text: str, word: str) -> str:
    """Return what stands around the first finding of a type, everything personal masked."""
    masked = mask(text)
    at = masked.index(word)
    start, end = max(at - AROUND, 0), min(at + len(word) + AROUND, len(masked))
    shown = " ".join(masked[start:end].split())[:SHOWN]
    return "…" * (start > 0) + shown + "…" * (end < len(masked))
