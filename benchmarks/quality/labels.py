"""Scores over pairs labelled one by one: five-way accuracy and related-or-not."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from benchmarks.quality.labelled import LABELS, JudgedPair, PairKey, Relation
from benchmarks.quality.scores import Scores, f1, share, span_scores


def answers(
    pairs: Sequence[JudgedPair], found: Mapping[PairKey, Relation]
) -> list[Relation | None]:
    """Look up what was found for each labelled pair, turned so that the labelled story is `a`.

    Of several candidate sources the one that covers most of the story speaks. Kinds named
    "none" count as nothing found.
    """
    out: list[Relation | None] = []
    for pair in pairs:
        hits = [found.get(frozenset((pair.a, other))) for other in pair.others]
        related = [hit.seen_from(pair.a) for hit in hits if hit and hit.kind != "none"]
        out.append(max(related, key=lambda r: r.a_coverage or 0.0, default=None))
    return out


def label(pair: JudgedPair, hit: Relation | None, found: Mapping[PairKey, Relation]) -> str:
    """Give the five-way label of what was found for a pair (`LABELS`)."""
    if hit is None:
        return "none"
    if hit.kind in ("identical", "near_duplicate"):
        return "same"
    if hit.kind == "overlap":
        return "overlap"
    # `a` is the fuller story in what was reported: turning it for the look-up lost that.
    return "b_in_a" if found[frozenset((hit.a, hit.b))].a == pair.a else "a_in_b"


def pair_scores(
    pairs: Sequence[JudgedPair], found: Mapping[PairKey, Relation]
) -> tuple[Scores, dict[str, dict[str, int]]]:
    """Score what was found against labelled pairs.

    Parameters
    ----------
    pairs
        The labelled pairs of a `LabelledSet`.
    found
        Relations by pair.

    Returns
    -------
    scores : Scores
        `accuracy`, `accuracy_high` (five-way; only with labels), `related_precision`,
        `related_recall`, `related_f1`, `related_f1_high`, `related_accuracy`,
        `related_by_category` (share called related, 0-1), `span_*` where spans are labelled.
    confusion : dict
        Gold label -> found label -> pairs; empty without labels.
    """
    hits = answers(pairs, found)
    scores: Scores = {}
    confusion: dict[str, dict[str, int]] = {}
    labelled = [(p, label(p, hit, found)) for p, hit in zip(pairs, hits, strict=True) if p.label]
    if labelled:
        high = [(p, ours) for p, ours in labelled if p.confident]
        scores["accuracy"] = share(sum(p.label == ours for p, ours in labelled), len(labelled))
        scores["accuracy_high"] = share(sum(p.label == ours for p, ours in high), len(high))
        counts = Counter((p.label, ours) for p, ours in labelled)
        confusion = {g: {ours: counts[g, ours] for ours in LABELS} for g in LABELS}
    scores |= _related(pairs, hits)
    spans = [
        (p.passages, hit.passages if hit else ())
        for p, hit in zip(pairs, hits, strict=True)
        if p.passages is not None and len(p.others) == 1
    ]
    known = [(gold, ours) for gold, ours in spans if ours is not None]
    if known and len(known) == len(spans):
        scores |= span_scores(known)
    return scores, confusion


def _related(pairs: Sequence[JudgedPair], hits: Sequence[Relation | None]) -> Scores:
    answered = list(zip(pairs, hits, strict=True))
    counted = [(p, p.related, hit is not None) for p, hit in answered if p.related is not None]
    both = [(gold, ours) for _, gold, ours in counted]
    sure = [(gold, ours) for p, gold, ours in counted if p.confident]
    precision, recall = _precision_recall(both)
    groups: defaultdict[str, list[bool]] = defaultdict(list)
    for pair, hit in answered:
        groups[pair.category].append(hit is not None)
    return {
        "related_precision": precision,
        "related_recall": recall,
        "related_f1": f1(precision, recall),
        "related_f1_high": f1(*_precision_recall(sure)),
        "related_accuracy": share(sum(gold == ours for gold, ours in both), len(both)),
        "related_by_category": {k: share(sum(v), len(v)) for k, v in sorted(groups.items())},
    }


def _precision_recall(both: list[tuple[bool, bool]]) -> tuple[float, float]:
    right = sum(gold and ours for gold, ours in both)
    return share(right, sum(ours for _, ours in both)), share(right, sum(g for g, _ in both))
