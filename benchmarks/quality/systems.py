"""Runs dupdetect on a labelled set."""

from __future__ import annotations

import time

import dupdetect
from benchmarks.quality.labelled import Answer, LabelledSet, PairKey, Passages, Relation, by_key
from dupdetect.config import Config

CORPUS = "dupdetect"
PAIRWISE = "dupdetect, pair by pair"

VARIANTS: dict[str, dict[str, dict[str, str]]] = {
    "wirebench": {"quotations count": {"overlap_prose_words": "0"}},
}
"""Second rows with other settings, where a format defines reuse otherwise than the defaults do.

Format -> name of the row -> settings. Wirebench counts shared quotations as reuse.
"""


def warm_up() -> None:
    """Load everything once, so that no row pays for imports."""
    dupdetect.cluster(["One short story.", "Another short story."])


def corpus_run(
    labelled: LabelledSet, *, config: Config, threads: int | None = None, system: str = CORPUS
) -> Answer:
    """Cluster the whole set, with every relation.

    Parameters
    ----------
    labelled
        The set; read from its own file where it has one.
    config
        Settings of the run.
    threads
        As in `dupdetect.cluster`.
    system
        Name of the row.
    """
    source = labelled.source or [story.row() for story in labelled.stories]
    started = time.process_time()
    found = dupdetect.cluster(source, config=config, relations="all", threads=threads)
    cpu = time.process_time() - started
    clusters = dict(
        zip(
            found.clusters.column("id").to_pylist(),
            found.clusters.column("cluster").to_pylist(),
            strict=True,
        )
    )
    relations = by_key(
        Relation(
            row["a"], row["b"], row["kind"], row["kept"], row["a_coverage"], row["b_coverage"],
            tuple((s[0], s[1], s[2], s[3]) for s in row["passages"]),
        )
        for row in found.relations.to_pylist()
    )  # fmt: skip
    return Answer(system, clusters, relations, cpu)


def pairwise_run(labelled: LabelledSet, *, config: Config, system: str = PAIRWISE) -> Answer:
    """Compare each labelled pair by itself, knowing nothing of the other stories."""
    texts = labelled.texts()
    relations: dict[PairKey, Relation] = {}
    started = time.process_time()
    for pair in labelled.pairs:
        for other in pair.others:
            relation = compared(pair.a, texts[pair.a], other, texts[other], config=config)
            if relation is not None:
                relations[relation.key] = relation
    return Answer(system, {}, relations, time.process_time() - started)


def compared(a: str, text_a: str, b: str, text_b: str, *, config: Config) -> Relation | None:
    """Compare two texts and name the stories as the set does; None when unrelated."""
    found = dupdetect.compare(text_a, text_b, config=config)
    if found is None or found.kind == "none":
        return None
    # compare() calls its two texts "a" and "b" and puts the fuller one first.
    names = {"a": a, "b": b}
    spans: Passages = tuple((p.a_start, p.a_end, p.b_start, p.b_end) for p in found.passages)
    return Relation(
        names[found.a], names[found.b], found.kind, found.kept,
        found.a_coverage, found.b_coverage, spans,
    )  # fmt: skip
