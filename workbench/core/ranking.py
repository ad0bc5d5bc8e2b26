"""Putting answers into an order, from best to worst, with ties: the logic behind the ranking panel."""

import random

Groups = tuple[tuple[int, ...], ...]


def shuffled(count: int, source: random.Random) -> list[int]:
    """Return in which order ``count`` answers are shown: item ``n`` is the answer shown at position ``n``."""
    order = list(range(count))
    source.shuffle(order)
    return order


class Placement:
    """Which cards have been placed where.

    A card is known by the position at which it is shown (0-based). Cards in one group are tied; groups run
    from best to worst. Every change can be taken back, the latest first. The last card that is left needs no
    placing: it is the worst.

    Args:
        count: How many cards there are.
    """

    def __init__(self, count: int) -> None:
        self.count = count
        self._groups: Groups = ()
        self._history: list[Groups] = []

    @property
    def groups(self) -> Groups:
        """The placed cards, best group first."""
        return self._groups

    @property
    def unplaced(self) -> list[int]:
        """The cards without a place, in the order in which they are shown."""
        placed = {card for group in self._groups for card in group}
        return [card for card in range(self.count) if card not in placed]

    @property
    def complete(self) -> bool:
        """Whether the order is settled: at most one card is left, and not the only one."""
        return len(self.unplaced) <= 1 and bool(self._groups)

    @property
    def changed(self) -> bool:
        """Whether there is a change to take back."""
        return bool(self._history)

    def place(self, card: int, *, tie: bool = False) -> bool:
        """Give an unplaced card the next place, or that of the card before; False when it has one already."""
        if card not in self.unplaced:
            return False
        if tie and self._groups:
            self._set((*self._groups[:-1], (*self._groups[-1], card)))
        else:
            self._set((*self._groups, (card,)))
        return True

    def insert(self, card: int, place: int) -> None:
        """Put a card, placed or not, before the group that is now at ``place`` (or after the last)."""
        before, after = self._without(card, self._groups[:place]), self._without(card, self._groups[place:])
        self._set((*before, (card,), *after))

    def join(self, card: int, place: int) -> None:
        """Tie a card, placed or not, with the group that is now at ``place``."""
        target = self._groups[place]
        if card not in target:
            moved = ((*group, card) if group is target else self._keep(card, group) for group in self._groups)
            self._set(tuple(group for group in moved if group))

    def remove(self, card: int) -> None:
        """Take a card out of the order."""
        self._set(self._without(card, self._groups))

    def take_back(self) -> bool:
        """Undo the last change; False when there is none."""
        if not self._history:
            return False
        self._groups = self._history.pop()
        return True

    def rank(self, card: int) -> int:
        """Return the place of a card from 1, or 0 when it has none."""
        return next((place for place, group in enumerate(self._groups, 1) if card in group), 0)

    def ranks(self) -> list[int]:
        """Return the rank of every card in the order shown: 1 is best, ties are equal, no rank is left out.

        Raises:
            ValueError: More than one card has no place.
        """
        if not self.complete:
            raise ValueError("the order is not complete")
        return [self.rank(card) or len(self._groups) + 1 for card in range(self.count)]

    def restore(self, ranks: list[int]) -> None:
        """Start from ranks that were given before."""
        self._history.clear()
        self._groups = tuple(
            tuple(card for card, rank in enumerate(ranks) if rank == wanted) for wanted in sorted(set(ranks))
        )

    def _set(self, groups: Groups) -> None:
        if groups != self._groups:
            self._history.append(self._groups)
            self._groups = groups

    @staticmethod
    def _keep(card: int, group: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(other for other in group if other != card)

    def _without(self, card: int, groups: Groups) -> Groups:
        return tuple(group for group in (self._keep(card, group) for group in groups) if group)
