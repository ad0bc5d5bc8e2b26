"""Labels: how many rows have which, and which are probably wrong.

Confident learning (Northcutt et al., arXiv 1911.00068): a classifier guesses each label without having seen the row;
a row is suspicious when its own label is less likely than is usual for that label, and another label is as likely as
is usual for that one. The classifier is a simple one on character n-grams, which fits Japanese as well.
"""

from collections import Counter
from collections.abc import Callable
from typing import Any

from workbench.core.datasets.checkup.report import LabelCount, Scope, Suspect, Suspects
from workbench.core.datasets.checkup.texts import chunks, joined, normal, quoted, rows_at, sample, text_roles
from workbench.core.datasets.kinds import Kind
from workbench.core.datasets.several import parted
from workbench.core.i18n import tr

ROWS = 20_000
GUESSES = 100_000
"""Rows times labels that are looked at at most, but never fewer than ``FEW`` rows."""

FEW = 5_000
FEWEST = 30
"""Rows that are needed; with fewer a guess means nothing."""

FOLDS = 5
EPOCHS = 8
STRENGTH = 4.0
"""Inverse of the regularisation: the C of logistic regression."""

MOST_LABELS = 50
CHARACTERS = 1_000
"""So much of the beginning of each text is read."""

FEATURES = 1 << 16
LISTED = 200


def balance(table: Any, kind: Kind) -> tuple[list[LabelCount], int]:
    """Return how many rows have each label, by part, the most frequent label first; and how many labels there are."""
    role = kind.stratum
    counts: dict[str, Counter[str]] = {}
    found = table.select([role, "split"]).group_by([role, "split"]).aggregate([([], "count_all")])
    for row in found.to_pylist():
        text = row[role] or ""
        for label in (parted(text) if kind.several else ()) or (text,):
            counts.setdefault(label, Counter())[row["split"]] += row["count_all"]
    ordered = sorted(counts, key=lambda label: (-sum(counts[label].values()), label))
    listed = [LabelCount(label=label, parts=dict(counts[label])) for label in ordered[:LISTED]]
    return listed, len(ordered)


def suspicious(table: Any, kind: Kind, step: Callable[[float], None]) -> Suspects:
    """Look for labels that are probably wrong.

    Args:
        table: The stored rows of a kind with a label and a text.
        kind: Their kind.
        step: Told the share that is done; may raise to give up.
    """
    import numpy

    kinds = table[kind.stratum].combine_chunks().dictionary_encode().dictionary
    places = sample(table.num_rows, min(ROWS, max(FEW, GUESSES // max(len(kinds), 1))))
    looked = rows_at(table, places)
    given = numpy.array([label or "" for label in looked[kind.stratum].to_pylist()], dtype=object)
    often = {label for label, count in Counter(given.tolist()).items() if count >= FOLDS}
    kept = numpy.array([label in often for label in given], dtype=bool)
    scope = Scope(rows=int(kept.sum()), of=table.num_rows)
    rows = looked.filter(kept)
    words = [text[:CHARACTERS] for text in _texts(rows, kind, normal)]
    if len(set(words)) < FEWEST or len(often) < 2:
        return Suspects(scope=scope, reason=tr("There are too few rows or labels to tell wrong ones."))
    if len(often) > MOST_LABELS:
        return Suspects(scope=scope, reason=tr("There are too many labels to tell wrong ones."))
    places, given = places[kept], given[kept]
    names, codes = numpy.unique(given.astype(str), return_inverse=True)
    likely = _guessed(words, codes, len(names), step)
    order, proposed = confident(likely, codes)
    quotes = _texts(rows.take(order[:LISTED]), kind)
    listed = [
        Suspect(
            row=int(places[place]) + 1,
            text=quoted(quote),
            given=str(names[codes[place]]),
            proposed=str(names[proposed[place]]),
            probability=float(likely[place, proposed[place]]),
            given_probability=float(likely[place, codes[place]]),
        )
        for place, quote in zip(order[:LISTED].tolist(), quotes, strict=True)
    ]
    accuracy = float((likely.argmax(1) == codes).mean())
    return Suspects(scope=scope, count=len(order), rows=listed, accuracy=accuracy)


def _texts(table: Any, kind: Kind, change: Callable[[Any], Any] = lambda column: column) -> list[str]:
    roles = text_roles(kind)
    return [text for _, columns in chunks(table, roles) for text in change(joined(columns)).to_pylist()]


def confident(likely: Any, codes: Any) -> tuple[Any, Any]:
    """Return the rows whose label is suspicious, the most suspicious first, and the best other label of every row.

    Args:
        likely: Out-of-fold probabilities (N, K).
        codes: The given labels (N,), each of the K at least once.
    """
    import numpy

    everyone = numpy.arange(len(codes))
    own = likely[everyone, codes]
    usual = numpy.array([own[codes == label].mean() for label in range(likely.shape[1])])
    others = numpy.where(likely >= usual, likely, -1.0)
    others[everyone, codes] = -1.0
    proposed = others.argmax(1)
    best = others[everyone, proposed]
    suspects = numpy.flatnonzero((own < usual[codes]) & (best > own))
    return suspects[numpy.argsort(own[suspects] - best[suspects], kind="stable")], proposed


def _guessed(words: list[str], codes: Any, labels: int, step: Callable[[float], None]) -> Any:
    """Return the probability of each label (N, K) for each text, by a classifier that has not seen it.

    Equal texts are in the same fold, so that none is guessed from its own double.
    """
    import numpy
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import SGDClassifier
    from sklearn.model_selection import StratifiedGroupKFold
    from sklearn.pipeline import make_union

    shared = {"sublinear_tf": True, "max_features": FEATURES, "dtype": numpy.float32}
    characters = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), **shared)
    terms = TfidfVectorizer(token_pattern=r"(?u)\w+|[^\w\s]", ngram_range=(1, 2), **shared)  # noqa: S106 - no password
    features = make_union(characters, terms).fit_transform(words)
    numbers: dict[str, int] = {}
    groups = [numbers.setdefault(text, len(numbers)) for text in words]
    likely = numpy.zeros((len(words), labels))
    folds = StratifiedGroupKFold(n_splits=FOLDS, shuffle=True, random_state=0)
    for number, (seen, unseen) in enumerate(folds.split(features, codes, groups)):
        step((number + 1) / (FOLDS + 1))
        if len(set(codes[seen].tolist())) < 2:
            likely[unseen, codes[seen[0]]] = 1.0
            continue
        strength = 1 / (STRENGTH * len(seen))
        classifier = SGDClassifier(
            loss="log_loss", alpha=strength, max_iter=EPOCHS, tol=None, average=True, random_state=0
        )
        classifier.fit(features[seen], codes[seen])
        likely[numpy.ix_(unseen, classifier.classes_)] = classifier.predict_proba(features[unseen])
    return likely
