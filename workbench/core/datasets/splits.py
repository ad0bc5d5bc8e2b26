"""Which rows are for training and which are held out: decided once, by a seeded shuffle."""

import random
from collections import defaultdict
from collections.abc import Sequence

ENOUGH = 5
"""From so many different rows on, at least one is held out."""


def held_out(groups: Sequence[bytes], strata: Sequence[str], share: float, seed: int) -> list[bool]:
    """Return for each row whether it is held out for validation.

    Args:
        groups: A row's group; rows of one group are never separated.
        strata: A row's stratum; each one gives its share of its groups. The first row of a group decides.
        share: How much is held out, from 0 (nothing) to below 1.
        seed: The same seed gives the same split.
    """
    members: dict[str, list[bytes]] = defaultdict(list)
    for group, stratum in dict(zip(reversed(groups), reversed(strata), strict=True)).items():
        members[stratum].append(group)
    chance = random.Random(seed)
    chosen: set[bytes] = set()
    owed = 0.0  # the fractions that small strata could not give are not lost
    for stratum in sorted(members):
        candidates = sorted(members[stratum])
        chance.shuffle(candidates)
        owed += share * len(candidates)
        taken = min(round(owed), len(candidates) - 1)
        owed -= taken
        chosen.update(candidates[:taken])
    total = sum(len(candidates) for candidates in members.values())
    if share > 0 and not chosen and total >= ENOUGH:
        largest = max(sorted(members), key=lambda stratum: len(members[stratum]))
        chosen.add(chance.choice(sorted(members[largest])))
    return [group in chosen for group in groups]
