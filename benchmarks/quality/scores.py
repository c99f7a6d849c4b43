"""How well clusters, relations and labelled pairs were found.

All shares are in 0-1. Where a share has nothing to count it is 0.0, and where the set or the
system says nothing about it (a baseline has no passages) it is None.
Sources: Hubert and Arabie 1985 (adjusted Rand index); Bagga and Baldwin 1998 (B-cubed).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

from benchmarks.quality.labelled import PairKey, Passages, Relation

Scores: TypeAlias = dict[str, "float | int | Scores | None"]

CONTAINED = ("truncation", "abridgement")


def share(part: float, whole: float) -> float:
    """Divide, 0.0 when there is nothing to divide by."""
    return part / whole if whole else 0.0


def f1(precision: float, recall: float) -> float:
    """Give the harmonic mean of two shares; 0.0 when both are 0."""
    return share(2 * precision * recall, precision + recall)


def cluster_scores(gold: Mapping[str, str], found: Mapping[str, str]) -> Scores:
    """Compare two clusterings of the stories in `gold`.

    Parameters
    ----------
    gold, found
        Cluster label by story id. A story absent from `found` counts as alone; stories only in
        `found` are left out.

    Returns
    -------
    Scores
        `ari` (-0.5 to 1), `bcubed_precision`, `bcubed_recall`, `bcubed_f1` (0-1).

    Examples
    --------
    >>> same = {"a": "1", "b": "1", "c": "2"}
    >>> cluster_scores(same, {"a": "x", "b": "x", "c": "y"})["ari"]
    1.0
    """
    both = Counter((gold[i], found.get(i, ("absent", i))) for i in gold)
    rows: Counter[str] = Counter()
    columns: Counter[object] = Counter()
    for (row, column), n in both.items():
        rows[row] += n
        columns[column] += n
    together = sum(map(_pairs, both.values()))
    in_gold, in_found = sum(map(_pairs, rows.values())), sum(map(_pairs, columns.values()))
    expected = share(in_gold * in_found, _pairs(len(gold)))
    most = (in_gold + in_found) / 2
    precision = share(sum(n * n / columns[c] for (_, c), n in both.items()), len(gold))
    recall = share(sum(n * n / rows[r] for (r, _), n in both.items()), len(gold))
    return {
        "ari": (together - expected) / (most - expected) if most != expected else 1.0,
        "bcubed_precision": precision,
        "bcubed_recall": recall,
        "bcubed_f1": f1(precision, recall),
    }


def _pairs(n: int) -> float:
    return n * (n - 1) / 2


def relation_scores(
    gold: Mapping[PairKey, Relation],
    found: Mapping[PairKey, Relation],
    *,
    clusters: Mapping[str, str] | None = None,
    listed_in_part: str | None = None,
) -> Scores:
    """Compare found relations with a complete list of the true ones.

    Parameters
    ----------
    gold, found
        Relations by pair.
    clusters, listed_in_part
        Gold clusters, and the one whose inner pairs `gold` lists only in part: a found pair
        inside it that gold does not list is neither right nor wrong.

    Returns
    -------
    Scores
        `precision`, `recall` (over certain pairs), `f1`, `predicted`, `gold`, `recall_by_kind`,
        `recall_by_edit`; over the certain pairs found: `kind_accuracy`, `kept_accuracy`,
        `kind_confusion` (gold -> found, errors only), span figures and `coverage_error`.
    """
    home = clusters or {}

    def unlisted(key: PairKey) -> bool:
        return listed_in_part is not None and all(home.get(i) == listed_in_part for i in key)

    known = [key for key in found if key in gold or not unlisted(key)]
    certain = {key: relation for key, relation in gold.items() if relation.certain}
    hits = [(relation, found[key]) for key, relation in certain.items() if key in found]
    precision = share(sum(key in gold for key in known), len(known))
    recall = share(len(hits), len(certain))
    out: Scores = {
        "precision": precision,
        "recall": recall,
        "f1": f1(precision, recall),
        "predicted": len(known),
        "gold": len(gold),
        "recall_by_kind": _recall_by(certain, found, lambda r: r.kind),
        "recall_by_edit": _recall_by(certain, found, lambda r: r.edit),
    }
    if any(relation.kind for relation in certain.values()):
        out |= _kind_scores(hits)
    return out | _span_scores(hits)


def _recall_by(
    certain: Mapping[PairKey, Relation],
    found: Mapping[PairKey, Relation],
    name: Callable[[Relation], str | None],
) -> Scores:
    groups: defaultdict[str, list[bool]] = defaultdict(list)
    for key, relation in certain.items():
        if (group := name(relation)) is not None:
            groups[group].append(key in found)
    return {group: share(sum(hits), len(hits)) for group, hits in sorted(groups.items())}


def _kind_scores(hits: list[tuple[Relation, Relation]]) -> Scores:
    right = [(g, p) for g, p in hits if g.kind == p.kind]
    contained = [(g, p) for g, p in right if g.kind in CONTAINED]
    wrong = Counter(f"{g.kind} -> {p.kind}" for g, p in hits if g.kind != p.kind)
    return {
        "kind_accuracy": share(len(right), len(hits)),
        "kept_accuracy": share(sum(g.kept == p.kept for g, p in contained), len(contained)),
        "kind_confusion": dict(wrong.most_common()),
    }


def _span_scores(hits: list[tuple[Relation, Relation]]) -> Scores:
    turned = [(g, p.seen_from(g.a)) for g, p in hits]
    spans = [(g.passages, p.passages) for g, p in turned]
    errors = [
        abs(theirs - ours)
        for g, p in turned
        for ours, theirs in ((g.a_coverage, p.a_coverage), (g.b_coverage, p.b_coverage))
        if ours is not None and theirs is not None
    ]
    return {
        **span_scores([(g, p) for g, p in spans if g is not None and p is not None]),
        "coverage_error": share(sum(errors), len(errors)) if errors else None,
    }


def span_scores(pairs: Iterable[tuple[Passages, Passages]]) -> Scores:
    """Compare passages character by character, both sides of every pair together.

    Parameters
    ----------
    pairs
        (labelled, found) passages of each pair, in the same order of stories.

    Returns
    -------
    Scores
        `span_precision`, `span_recall`, `span_f1` (0-1), all None without pairs.
    """
    right = labelled = found = n = 0
    for n, (gold, ours) in enumerate(pairs, 1):  # noqa: B007 (n counts the pairs)
        for side in (0, 2):
            x = _union(span[side : side + 2] for span in gold)
            y = _union(span[side : side + 2] for span in ours)
            labelled += sum(end - start for start, end in x)
            found += sum(end - start for start, end in y)
            right += _common(x, y)
    if not n:
        return {"span_precision": None, "span_recall": None, "span_f1": None}
    precision, recall = share(right, found), share(right, labelled)
    return {"span_precision": precision, "span_recall": recall, "span_f1": f1(precision, recall)}


def _union(spans: Iterable[tuple[int, ...]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted((s[0], s[1]) for s in spans if s[1] > s[0]):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _common(x: list[tuple[int, int]], y: list[tuple[int, int]]) -> int:
    i = j = total = 0
    while i < len(x) and j < len(y):
        total += max(0, min(x[i][1], y[j][1]) - max(x[i][0], y[j][0]))
        if x[i][1] <= y[j][1]:
            i += 1
        else:
            j += 1
    return total
