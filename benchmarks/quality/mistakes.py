"""The pairs a system got wrong, one by one, for reading."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.quality.labelled import Answer, LabelledSet, Relation, by_key
from benchmarks.quality.labels import answers, label


def mistakes(labelled: LabelledSet, answer: Answer) -> Iterator[dict[str, object]]:
    """Give every wrong pair with what was labelled and what was found.

    `what` is one of missed (a certain relation not found), false (a relation that is not there),
    kind, kept (the relation is there, its kind or the part kept is wrong), label and related
    (labelled pairs).
    """
    if labelled.relations is not None and answer.clusters:
        yield from _relations(labelled, answer)
    hits = answers(labelled.pairs, answer.relations)
    for pair, hit in zip(labelled.pairs, hits, strict=True):
        ours = label(pair, hit, answer.relations)
        names = (pair.a, " ".join(pair.others))
        if pair.label is not None and pair.label != ours:
            yield _row("label", names, pair.label, ours, group=pair.category)
        elif pair.related is not None and pair.related != (hit is not None):
            yield _row("related", names, pair.related, ours, group=pair.category)


def _relations(labelled: LabelledSet, answer: Answer) -> Iterator[dict[str, object]]:
    gold, home = by_key(labelled.relations or ()), labelled.clusters or {}
    for key, known in gold.items():
        found, names = answer.relations.get(key), (known.a, known.b)
        if not known.certain:
            continue
        if found is None:
            yield _row("missed", names, _told(known), None, group=known.edit)
        elif found.kind != known.kind and known.kind:
            yield _row("kind", names, _told(known), _told(found), group=known.edit)
        elif found.kept != known.kept:
            yield _row("kept", names, _told(known), _told(found), group=known.edit)
    for key, found in answer.relations.items():
        in_part = labelled.listed_in_part is not None and all(
            home.get(i) == labelled.listed_in_part for i in key
        )
        if key not in gold and not in_part:
            yield _row("false", (found.a, found.b), None, _told(found))


def _told(relation: Relation) -> str:
    shares = [f"{c:.3f}" for c in (relation.a_coverage, relation.b_coverage) if c is not None]
    return " ".join([str(relation.kind), *([relation.kept] if relation.kept else []), *shares])


def _row(
    what: str, pair: tuple[str, str], gold: object, found: object, *, group: str | None = None
) -> dict[str, object]:
    a, b = pair
    return {"what": what, "a": a, "b": b, "gold": gold, "found": found, "group": group}
