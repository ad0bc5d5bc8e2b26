"""What a study has found: accuracy against rows, and what twice the rows would likely bring.

Letters: P points, N held-out rows, D draws.
"""

from collections.abc import Sequence
from typing import Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from workbench.core import reports
from workbench.core.i18n import tr
from workbench.core.labelling.reliability import SURE, wilson
from workbench.core.learning_curve.study import Part, Study
from workbench.core.project import Project
from workbench.core.runs import Run
from workbench.core.studies import known_run

Floats = NDArray[np.float64]

LAST = 3
"""Points that the outlook goes by. Fewer say next to nothing over chance; the first ones of a curve that will flatten
promise too much (tried on made-up curves with 100 and 350 held-out rows)."""

DRAWS = 2000
LUCK = 0.01
"""Standard deviation of accuracy between trainings that differ in their seed alone; more in Dodge et al. (arXiv
2002.06305), where data sets are small."""

WORTH, LITTLE = 0.005, 0.015
"""Twice the rows are worth it if they bring half a point of accuracy at least, and hardly if one and a half at most."""


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """One training.

    Attributes:
        state: Of its run; ``waiting`` before it has begun.
        accuracy: Share of the held-out rows that it has right; None until it has finished.
        low: What the true accuracy is at least (Wilson's bound, 95 %).
        high: What it is at most.
    """

    share: float
    rows: int
    seed: int
    run: str
    state: str
    accuracy: float | None = None
    low: float | None = None
    high: float | None = None


class Outlook(msgspec.Struct, frozen=True, kw_only=True):
    """What twice as many rows would likely bring.

    Attributes:
        verdict: ``open`` until all trainings have finished.
        gain: Accuracy that they would bring; between ``low`` and ``high`` 90 times in 100, if it goes on so.
        sentence: All of it in one plain sentence.
    """

    verdict: Literal["open", "worth", "little", "unsure"]
    sentence: str
    gain: float = 0.0
    low: float = 0.0
    high: float = 0.0


def points(project: Project, study: Study) -> list[Point]:
    """Return what is known of each training of a study, in its order."""
    return [_point(project, study, part) for part in study.parts]


def _point(project: Project, study: Study, part: Part) -> Point:
    run = known_run(project, part)
    known = Point(share=part.share, rows=part.rows, seed=part.seed, run=part.run, state="waiting")
    if run is None:
        return known
    summary = run.summary()
    accuracy = _accuracy(run)
    if summary.state != "finished" or accuracy is None:
        return msgspec.structs.replace(known, state=summary.state)
    right = accuracy * study.held_out
    low, high = (float(wilson(right, study.held_out, bound)) for bound in (SURE, -SURE))
    return msgspec.structs.replace(known, state="finished", accuracy=accuracy, low=low, high=high)


def _accuracy(run: Run) -> float | None:
    """Return the held-out accuracy of what a run has kept."""
    value: float | None = run.result_info().get("metrics", {}).get("eval/accuracy")
    return value


def outlook(project: Project, study: Study, found: Sequence[Point]) -> Outlook:
    """Return what twice as many rows would likely bring, by the points with the most rows, once all have finished."""
    done = sum(point.accuracy is not None for point in found)
    if done < len(found):
        sentence = tr("{done} of {count} trainings are finished.", done=done, count=len(found))
        return Outlook(verdict="open", sentence=sentence)
    counts = sorted({point.rows for point in found})[-LAST:]
    used = [point for point in found if point.rows in counts]
    errors = 1 - _draws(project, study, used)
    means = np.stack([errors[:, [p.rows == count for p in used]].mean(1) for count in counts], 1)
    low, gain, high = np.quantile(gains(np.array(counts, float), means), [0.05, 0.5, 0.95]).tolist()
    return _said(2 * counts[-1], gain, low, high)


def gains(rows: Floats, errors: Floats) -> Floats:
    """Return by how much the error falls when the rows are doubled once more, for each draw (D,).

    The error follows a power of the rows (Hestness et al., arXiv 1712.00409): a line through its logarithms.

    Args:
        rows: Of each point, ascending (P,).
        errors: Of each point, above 0, (D, P).
    """
    x, y = np.log2(rows), np.log2(errors)
    away = x - x.mean()
    slope = (y - y.mean(1, keepdims=True)) @ away / (away @ away)
    last = 2 ** (y.mean(1) + slope * away[-1])
    gained: Floats = last * (1 - 2**slope)
    return gained


def _draws(project: Project, study: Study, used: Sequence[Point]) -> Floats:
    """Return accuracies as they might have come out on other held-out rows and with other seeds, (D, P), all below 1.

    All runs judge the same rows, and most rows are right in all or wrong in all: rows are drawn anew for all points
    together (a paired bootstrap), so that only what differs between the points counts. Without reports of the rows
    each point is drawn for itself, which leaves more to chance.
    """
    draw, count = np.random.default_rng(0), study.held_out
    judged = _right(project, used)
    if judged is None:
        right = draw.binomial(count, [float(point.accuracy or 0) for point in used], size=(DRAWS, len(used)))
    else:
        patterns, times = np.unique(judged, axis=1, return_counts=True)
        count = int(times.sum())
        right = draw.multinomial(count, times / count, size=DRAWS) @ patterns.T
    lucky: Floats = (right + 0.5) / (count + 1) + draw.normal(0, LUCK, right.shape)
    return lucky.clip(0, 1 - 0.5 / (count + 1))


def _right(project: Project, used: Sequence[Point]) -> NDArray[np.int64] | None:
    """Return whether each run has each held-out row right (P, N); None unless all have judged the same rows."""
    found: list[list[bool]] = []
    rows: list[list[tuple[str, str]]] = []
    for point in used:
        run = Run(project.runs_folder / point.run)
        report = reports.load(run)
        if report is None:
            return None
        judged = reports.judged(run)
        rows.append([(row.what, row.pair) for row in judged])
        found.append([row.said(report.several) == row.truth for row in judged])
    return np.array(found, np.int64) if all(some == rows[0] for some in rows) else None


def _said(rows: int, gain: float, low: float, high: float) -> Outlook:
    values = {
        "rows": f"{rows:,}",
        "gain": f"{100 * gain:+.1f}",
        "low": f"{100 * low:+.1f}",
        "high": f"{100 * high:+.1f}",
    }
    if low >= WORTH:
        verdict: Literal["worth", "little", "unsure"] = "worth"
        sentence = tr(
            "Doubling the labelled rows to {rows} would likely bring about {gain} points of accuracy "
            "(between {low} and {high}).",
            **values,
        )
    elif high <= LITTLE:
        verdict = "little"
        sentence = tr(
            "More rows would hardly help: twice as many ({rows}) would likely bring {gain} points of accuracy, "
            "{high} at the most.",
            **values,
        )
    else:
        verdict = "unsure"
        sentence = tr(
            "It cannot be told yet whether more rows would help: twice as many ({rows}) may bring anything between "
            "{low} and {high} points of accuracy. More held-out rows or repetitions would tell.",
            **values,
        )
    return Outlook(verdict=verdict, sentence=sentence, gain=gain, low=low, high=high)
