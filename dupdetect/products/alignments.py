"""What passes between the stages, and what a user gets: relations, passages, table schemas."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from dupdetect.products.schemas import COPIES, KINDS

COLUMNS = (
    "a_words", "b_words", "a_covered", "b_covered", "shared", "quoted", "doubtful",
    "long_words", "long_prose", "a_hits", "a_first", "a_end",
    "shared_shingles", "a_shingles", "b_shingles", "identical", "a_reach", "solid_prose",
    "smaller_weight", "a_exact", "b_exact", "unlike",
)  # fmt: skip
#: Facts opposite each other, of pairs whose wording is that of copies; each is explained in
#: :class:`dupdetect.kernels.reference.facts.Facts`.
FACTS = (
    "words", "equal", "slots", "number_slots", "name_slots", "fillers", "spellings",
    "numbers_equal", "numbers_opposite", "characters", "caseless", "short", "openings",
    "money_apart", "own_sums", "opposites",
)  # fmt: skip
_IS_COPY = np.isin(np.arange(len(KINDS)), COPIES)
_COLUMN = {name: place for place, name in enumerate(COLUMNS)}
_FACT = {name: place for place, name in enumerate(FACTS)}


@dataclass(frozen=True, slots=True, eq=False)
class Alignments:
    """Measurements of aligned pairs.

    Attributes
    ----------
    a, b : ndarray of int64, shape (pairs,)
        Story numbers; ``a`` has the larger body.
    measures : ndarray of int32, shape (pairs, len(COLUMNS))
        Words, except ``identical`` (0 or 1); see :meth:`column`.
    passage_offsets : ndarray of int64, shape (pairs + 1,)
        Where each pair's passages start; zeros unless they were asked for.
    passages : ndarray of int64, shape (passages, 6)
        a_start, a_end, b_start, b_end (half open; words of the bodies or, once they are to be
        shown, characters of the raw texts), words, and those of them inside quotation marks.
    changed_offsets, changed : ndarray of int64, shapes (pairs + 1,) and (changes, 4)
        Spans inside passages whose words differ; empty unless they were asked for.
    facts : ndarray of int32, shape (pairs, len(FACTS))
        See :meth:`fact`; zeros where they were not measured.
    """

    a: NDArray[np.int64]
    b: NDArray[np.int64]
    measures: NDArray[np.int32]
    passage_offsets: NDArray[np.int64]
    passages: NDArray[np.int64]
    changed_offsets: NDArray[np.int64]
    changed: NDArray[np.int64]
    facts: NDArray[np.int32]

    @property
    def nbytes(self) -> int:
        """Bytes that all of it holds; pairs of shuffled sentences have many passages each."""
        return sum(getattr(self, part.name).nbytes for part in fields(self))

    def column(self, name: str) -> NDArray[np.int64]:
        """Return one measurement of all pairs; `name` is one of :data:`COLUMNS`."""
        return self.measures[:, _COLUMN[name]].astype(np.int64)

    def named(self) -> dict[str, NDArray[np.int64]]:
        """Return all measurements by name: sooner done than one by one where many are read."""
        return dict(zip(COLUMNS, self.measures.T.astype(np.int64), strict=True))

    def fact(self, name: str) -> NDArray[np.int64]:
        """Return one measurement of the facts of all pairs; `name` is one of :data:`FACTS`."""
        return self.facts[:, _FACT[name]].astype(np.int64)

    def with_measures(self, measures: NDArray[np.int32]) -> Alignments:
        """Return the pairs with other measurements."""
        return Alignments(
            self.a, self.b, measures, self.passage_offsets, self.passages,
            self.changed_offsets, self.changed, self.facts,
        )  # fmt: skip

    def with_spans(self, passages: NDArray[np.int64], changed: NDArray[np.int64]) -> Alignments:
        """Return the pairs with their spans given otherwise."""
        return Alignments(
            self.a, self.b, self.measures, self.passage_offsets, passages,
            self.changed_offsets, changed, self.facts,
        )  # fmt: skip

    def columns(self, *names: str) -> NDArray[np.int32]:
        """Return several measurements of all pairs, shape (pairs, len(names))."""
        return self.measures[:, [_COLUMN[name] for name in names]]

    def passages_of(self, pair: int) -> NDArray[np.int64]:
        """Return the passages of one pair, shape (passages, 6)."""
        return self.passages[self.passage_offsets[pair] : self.passage_offsets[pair + 1]]

    def take(self, order: NDArray[np.int64]) -> Alignments:
        """Return the pairs numbered in `order`, with their spans."""
        passage_rows, passage_offsets = _rows(self.passage_offsets, order, self.a.size)
        changed_rows, changed_offsets = _rows(self.changed_offsets, order, self.a.size)
        return Alignments(
            self.a[order], self.b[order], self.measures.take(order, 0),
            passage_offsets, self.passages.take(passage_rows, 0),
            changed_offsets, self.changed.take(changed_rows, 0), self.facts.take(order, 0),
        )  # fmt: skip

    @classmethod
    def none(cls) -> Alignments:
        """No pairs."""
        numbers, start = np.empty(0, dtype=np.int64), np.zeros(1, dtype=np.int64)
        return cls(
            numbers, numbers, np.empty((0, len(COLUMNS)), np.int32),
            start, np.empty((0, 6), np.int64), start, np.empty((0, 4), np.int64),
            np.empty((0, len(FACTS)), np.int32),
        )  # fmt: skip

    @classmethod
    def joined(cls, parts: Sequence[Alignments]) -> Alignments:
        """Put at least one batch of pairs after the other; all with the same spans asked for."""

        def offsets(name: str) -> NDArray[np.int64]:
            starts = [getattr(part, name) for part in parts]
            counts = np.concatenate([one[1:] - one[:-1] for one in starts])
            found = np.zeros(counts.size + 1, dtype=np.int64)
            counts.cumsum(out=found[1:])
            return found

        def values(name: str) -> NDArray[np.int64]:
            return np.concatenate([getattr(part, name) for part in parts])

        return cls(
            a=values("a"), b=values("b"),
            measures=np.concatenate([part.measures for part in parts]),
            passage_offsets=offsets("passage_offsets"), passages=values("passages"),
            changed_offsets=offsets("changed_offsets"), changed=values("changed"),
            facts=np.concatenate([part.facts for part in parts]),
        )  # fmt: skip


def _rows(
    offsets: NDArray[np.int64], order: NDArray[np.int64], pairs: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Row numbers of the chosen pairs' spans, and their new offsets."""
    if offsets.size != pairs + 1:  # spans were not asked for
        return np.empty(0, dtype=np.int64), offsets[:1]
    if offsets[-1] == 0:
        return np.empty(0, dtype=np.int64), np.zeros(order.size + 1, dtype=np.int64)
    first = offsets[order]
    counts = offsets[order + 1] - first
    ends = np.zeros(counts.size + 1, dtype=np.int64)
    counts.cumsum(out=ends[1:])
    return np.arange(ends[-1]) + (first - ends[:-1]).repeat(counts), ends


@dataclass(frozen=True, slots=True, eq=False)
class OwnFacts:
    """What rows name that stands nowhere in the stories kept instead; int64, shape (pairs,).

    Each is explained in :class:`dupdetect.kernels.reference.own_facts.OwnFacts`.
    """

    words: NDArray[np.int64]
    entries: NDArray[np.int64]
    lines: NDArray[np.int64]
    facts: NDArray[np.int64]
    leads: NDArray[np.int64]
    notices: NDArray[np.int64]
    signs: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Related:
    """What pairs of stories were found to be, code by code.

    Attributes
    ----------
    kind, kept : ndarray of int8, shape (pairs,)
        Indexes into :data:`KINDS` and :data:`KEPT`.
    a_coverage, b_coverage, a_exact, b_exact, resemblance : ndarray of float64, shape (pairs,)
        Shares, 0-1.
    cut_before, cut_after : ndarray of int64, shape (pairs,)
        Words of ``a`` before and after what ``b`` kept; -1 but for truncations.
    certainty : ndarray of float64, shape (pairs,)
        How far the measures are from the nearest threshold, 0-1; NaN where that was not measured.
    """

    kind: NDArray[np.int8]
    kept: NDArray[np.int8]
    a_coverage: NDArray[np.float64]
    b_coverage: NDArray[np.float64]
    a_exact: NDArray[np.float64]
    b_exact: NDArray[np.float64]
    resemblance: NDArray[np.float64]
    cut_before: NDArray[np.int64]
    cut_after: NDArray[np.int64]
    certainty: NDArray[np.float64]

    def take(self, order: NDArray[np.int64]) -> Related:
        """Return the pairs numbered in `order`."""
        return Related(*(getattr(self, name)[order] for name in _RELATED))

    @classmethod
    def joined(cls, parts: Sequence[Related]) -> Related:
        """Put at least one batch of pairs after the other."""
        return cls(*(np.concatenate([getattr(part, n) for part in parts]) for n in _RELATED))


_RELATED = tuple(item.name for item in fields(Related))


def are_copies(kinds: NDArray[np.int8]) -> NDArray[np.bool_]:
    """Tell which codes of kinds are those of copies.

    Examples
    --------
    >>> are_copies(np.array([0, 1, 5], np.int8)).tolist()
    [False, True, False]
    """
    return np.asarray(_IS_COPY[kinds])
