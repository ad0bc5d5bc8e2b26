"""From the pieces of a file to portions of canonical rows: made in several threads, given in the order of the file."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

from workbench.core.datasets.columnar import Portion, Recipe, Unfit, from_batch, from_records
from workbench.core.datasets.readers import Batch, Block, Piece, Record

WORKERS = min(4, os.cpu_count() or 1)
AHEAD = WORKERS + 2
"""Portions that may be in memory at once."""

MOST_ROWS = 4096
MOST_CHARACTERS = 1 << 20
"""Of the records that are converted together."""

EVERY = 500
"""Records between two looks at whether to go on."""


def portions(pieces: Iterable[Piece], recipe: Recipe, check: Callable[[], None]) -> Iterator[Portion]:
    """Convert the pieces of a file.

    Args:
        pieces: What a reader gives.
        recipe: How records become rows.
        check: Called now and then; may raise to stop.
    """
    pool = ThreadPoolExecutor(WORKERS)
    waiting: deque[Future[list[Portion]]] = deque()
    try:
        for piece in _gathered(pieces, check):
            is_run = isinstance(piece, list)  # Python's own work, which a thread would not make quicker
            if not is_run:
                waiting.append(pool.submit(_convert, piece, recipe))
            while len(waiting) >= AHEAD or (is_run and waiting):
                yield from waiting.popleft().result()
            if is_run:
                yield from _convert(piece, recipe)
        while waiting:
            yield from waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def _gathered(pieces: Iterable[Piece], check: Callable[[], None]) -> Iterator[Batch | Block | list[Record]]:
    """Put single records together to runs that are worth a task of their own."""
    run: list[Record] = []
    characters = 0
    for piece in pieces:
        if isinstance(piece, Record):
            if len(run) % EVERY == 0:
                check()
            run.append(piece)
            characters += len(piece.raw)
            if len(run) < MOST_ROWS and characters < MOST_CHARACTERS:
                continue
        check()
        if run:
            yield run
            run, characters = [], 0
        if not isinstance(piece, Record):
            yield piece
    if run:
        yield run


def _convert(piece: Batch | Block | list[Record], recipe: Recipe) -> list[Portion]:
    if isinstance(piece, list):
        return [from_records(piece, recipe)]
    if isinstance(piece, Block):
        found = _gathered(piece.pieces(), lambda: None)
        return [portion for part in found for portion in _convert(part, recipe)]
    if recipe.is_columnar():
        try:
            return [from_batch(piece, recipe)]
        except Unfit:
            pass
    return [from_records(list(piece.records()), recipe)]
