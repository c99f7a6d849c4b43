"""Two short stories and their relation, made by hand, for the tests of what a person sees."""

from __future__ import annotations

from collections.abc import Sequence

from dupdetect.products.relation import Passage, Relation
from dupdetect.products.schemas import Kept, Kind
from dupdetect.products.texts import word_spans

WIRE = (
    "LISBON (Lusa) - The last ferry of the evening ran aground on a sandbank off Cacilhas. "
    "All ninety passengers were taken ashore in fishing boats, and nobody was hurt. "
    "The harbour master blamed a buoy that had drifted in the storm."
)
CUT = (
    "Every passenger was saved. "
    "All ninety passengers were brought ashore in fishing boats, and nobody was hurt."
)


def passage(
    a: str, b: str, said: str, said_b: str | None = None, changed: tuple[str, str] | None = None
) -> Passage:
    a_start, b_start = a.index(said), b.index(said_b or said)
    spans: tuple[tuple[int, int, int, int], ...] = ()
    if changed is not None:
        at, in_b = a.index(changed[0]), b.index(changed[1])
        spans = ((at, at + len(changed[0]), in_b, in_b + len(changed[1])),)
    return Passage(
        a_start=a_start,
        a_end=a_start + len(said),
        b_start=b_start,
        b_end=b_start + len(said_b or said),
        words=len(word_spans(said)),
        quoted_words=0,
        changed=spans,
    )


def relation(
    kind: Kind = "truncation", passages: Sequence[Passage] = (), kept: Kept | None = "middle"
) -> Relation:
    return Relation(
        a="wire",
        b="cut",
        kind=kind,
        kept=kept,
        a_coverage=0.31,
        b_coverage=0.8,
        a_exact=None,
        b_exact=None,
        resemblance=0.2,
        words=sum(p.words for p in passages),
        quoted_words=0,
        cut_before=15,
        cut_after=12,
        passages=tuple(passages),
    )
