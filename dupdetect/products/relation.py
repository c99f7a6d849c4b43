"""What a user gets of two stories: their relation and its passages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from dupdetect.products.schemas import KIND_FACTS, KINDS, Kept, Kind
from dupdetect.support.notebook import html_table
from dupdetect.support.shares import percent


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of text that two stories share.

    Attributes
    ----------
    a_start, a_end, b_start, b_end : int
        Half-open spans in characters of the raw texts.
    words, quoted_words : int
        Words that match, and those of them inside quotation marks.
    changed : tuple of (int, int, int, int)
        Half-open spans inside the passage, in ``a`` and in ``b``, whose words differ; an empty
        span where only the other side has words.
    """

    a_start: int
    a_end: int
    b_start: int
    b_end: int
    words: int
    quoted_words: int
    changed: tuple[tuple[int, int, int, int], ...] = ()


def passages_of(
    rows: Sequence[Sequence[int]], changed: Sequence[Sequence[int]]
) -> tuple[Passage, ...]:
    """Build passages, each with the changes inside it, out of the rows of a relation.

    Parameters
    ----------
    rows : sequence of (a_start, a_end, b_start, b_end, words, quoted_words)
    changed : sequence of (a_start, a_end, b_start, b_end)
        Columns ``passages`` and ``changed`` of :data:`dupdetect.products.schemas.RELATIONS`.
    """
    spans = [(int(w), int(x), int(y), int(z)) for w, x, y, z in changed]
    passages = []
    for a_start, a_end, b_start, b_end, words, quoted in rows:
        inside = tuple(
            c
            for c in spans
            if a_start <= c[0] <= c[1] <= a_end and b_start <= c[2] <= c[3] <= b_end
        )
        passages.append(Passage(a_start, a_end, b_start, b_end, words, quoted, inside))
    return tuple(passages)


@dataclass(frozen=True, slots=True)
class Relation:
    """How two stories relate. ``a`` has the larger body.

    Attributes
    ----------
    a, b : str
        Story ids.
    kind : str
        identical, near_duplicate, truncation, abridgement, overlap, template or none.
    kept : str or None
        What of ``a`` stands in ``b``: head, tail, middle or scattered.
    a_coverage, b_coverage : float
        Share of each body's words inside passages, 0-1.
    a_exact, b_exact : float or None
        Share of each body's words that stand equal in the other, 0-1; 1 where none is missing,
        None in results of format 1.
    resemblance : float
        Jaccard resemblance of the word shingles, aligned, 0-1.
    words, quoted_words : int
        Words shared, and those of them inside quotation marks.
    cut_before, cut_after : int or None
        For truncations, the words of ``a`` before and after what ``b`` kept.
    passages : tuple of Passage
        In the order of ``b``.
    certainty : float or None
        0-1: how far the measures are from the nearest threshold.

    Examples
    --------
    >>> import dupdetect
    >>> story = "The ferry left at noon with ninety people and four dogs on board. " * 1
    >>> dupdetect.compare(story, story.upper()).kind
    'identical'
    """

    a: str
    b: str
    kind: Kind
    kept: Kept | None
    a_coverage: float
    b_coverage: float
    a_exact: float | None
    b_exact: float | None
    resemblance: float
    words: int
    quoted_words: int
    cut_before: int | None
    cut_after: int | None
    passages: tuple[Passage, ...]
    certainty: float | None = None

    def __str__(self) -> str:
        if self.kind == "none":
            return f"{self.a} and {self.b}: no relation ({self.words} words shared)"
        facts = KIND_FACTS[KINDS.index(self.kind) - 1]
        sentence = facts.brief.format(a=self.a, b=self.b, kept=self.kept)
        words = "1 word" if self.words == 1 else f"{self.words} words"
        quoted = f", {self.quoted_words} of them quoted" if self.quoted_words else ""
        cut = ""
        if self.cut_before is not None:
            cut = f"; cut {self.cut_before} words before and {self.cut_after} after"
        return (
            f"{sentence}: {words} shared{quoted} in {len(self.passages)} "
            f"{'passage' if len(self.passages) == 1 else 'passages'}, "
            f"{percent(self.b_coverage, self.b_exact)} of {self.b} and "
            f"{percent(self.a_coverage, self.a_exact)} of {self.a}{cut}"
        )

    def _repr_html_(self) -> str:
        rows = [
            [f"{p.a_start:,}–{p.a_end:,}", f"{p.b_start:,}–{p.b_end:,}", p.words, p.quoted_words]
            for p in self.passages
        ]
        columns = [f"characters of {self.a}", f"of {self.b}", "words shared", "quoted"]
        return f"<p>{escape(str(self))}</p>" + (html_table(columns, rows) if rows else "")
