"""From measurements to the kind of relation; the one place where it is decided.

The kinds follow Gaizauskas and Clough (METER, 2001) in asking how much of one text is derived
from the other, measured by directed containment (Broder 1997).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from dupdetect.products.alignments import Alignments, Related, are_copies
from dupdetect.products.schemas import (
    ABRIDGEMENT,
    IDENTICAL,
    KEPT,
    NEAR_DUPLICATE,
    NONE,
    OVERLAP,
    TEMPLATE,
    TRUNCATION,
)
from dupdetect.settings import RelateSettings

_ALIKE = 1.25  # words of the larger body for each of the smaller, of lengths that are alike
# Words outside quotations that make an overlap: this share of a short story, but so many at least;
# or so many, quotations aside, that were copied in one passage.
_PROSE_SHARE, _LEAST_PROSE = 0.14, 28
_SOLID_PROSE = 20
_DENSE = 0.85  # share of the stretch it was taken from, of a cut in one piece
_EDGE = 0.04  # share of the larger body within which a head begins, or a tail ends


@dataclass(frozen=True, slots=True, eq=False)
class Worded:
    """What aligned pairs are by their wording, facts aside; shape (pairs,) each.

    Attributes
    ----------
    kind : ndarray of int8
        Codes of kinds; none is a template.
    a_coverage, b_coverage : ndarray of float64
        Shares of the larger and of the smaller body that stand in the other, 0-1.
    """

    kind: NDArray[np.int8]
    a_coverage: NDArray[np.float64]
    b_coverage: NDArray[np.float64]

    def alike(self) -> NDArray[np.bool_]:
        """Tell which would be copies, identical ones aside."""
        kind = self.kind
        return np.asarray((kind == NEAR_DUPLICATE) | (kind == TRUNCATION) | (kind == ABRIDGEMENT))

    def take(self, order: NDArray[np.int64]) -> Worded:
        """Return the pairs numbered in `order`."""
        return Worded(self.kind[order], self.a_coverage[order], self.b_coverage[order])


def relate(
    found: Alignments,
    *,
    config: RelateSettings,
    copies: NDArray[np.bool_] | None = None,
    worded: Worded | None = None,
) -> Related:
    """Decide the kind of relation of every aligned pair.

    Parameters
    ----------
    found : Alignments
        Measurements.
    config : RelateSettings
        Thresholds.
    copies : ndarray of bool, shape (pairs,), optional
        Pairs known to be copies of one story: a quotation that both have came with the story, so
        there it counts as any other passage.
    worded : Worded, optional
        From :func:`by_wording` with the same `copies`, where it is known.

    Returns
    -------
    Related
        Kind 0 (none) where the evidence is too small.
    """
    of = found.named()
    a_words, b_words = of["a_words"], of["b_words"]
    decided = decide(found, config=config, copies=copies, worded=worded)
    kind, a_coverage, b_coverage = decided.kind, decided.a_coverage, decided.b_coverage
    identical = kind == IDENTICAL
    first, end = of["a_first"], of["a_end"]
    truncated = kind == TRUNCATION
    edge = _EDGE * a_words
    part = np.where(
        first <= edge,
        KEPT.index("head"),
        np.where(end >= a_words - edge, KEPT.index("tail"), KEPT.index("middle")),
    )
    kept = np.where(truncated, part, np.where(kind == ABRIDGEMENT, KEPT.index("scattered"), 0))
    shared = of["shared_shingles"]
    union = of["a_shingles"] + of["b_shingles"] - shared
    return Related(
        kind=kind,
        kept=kept.astype(np.int8),
        a_coverage=a_coverage,
        b_coverage=b_coverage,
        a_exact=np.where(identical, 1.0, _share(of["a_exact"], a_words)),
        b_exact=np.where(identical, 1.0, _share(of["b_exact"], b_words)),
        resemblance=_share(shared, union),
        cut_before=np.where(truncated, first, -1),
        cut_after=np.where(truncated, a_words - end, -1),
        certainty=_certainty(found, of, kind, a_coverage, b_coverage, config),
    )


def decide(
    found: Alignments,
    *,
    config: RelateSettings,
    copies: NDArray[np.bool_] | None = None,
    worded: Worded | None = None,
) -> Worded:
    """Decide what pairs are, templates told from copies: all of :func:`relate` that edges need."""
    worded = worded or by_wording(found, config=config, copies=copies)
    kind = worded.kind
    if found.facts.any():
        kind = np.where(worded.alike() & _is_template(found, config), TEMPLATE, kind)
        kind = kind.astype(np.int8)
    identical = kind == IDENTICAL
    shares = (np.where(identical, 1.0, one) for one in (worded.a_coverage, worded.b_coverage))
    return Worded(kind, *shares)


def by_wording(
    found: Alignments, *, config: RelateSettings, copies: NDArray[np.bool_] | None = None
) -> Worded:
    """Decide what pairs are, facts aside; as for :func:`relate`."""
    of = found.named()
    a_words, b_words = of["a_words"], of["b_words"]
    a_covered, b_covered = of["a_covered"], of["b_covered"]
    a_coverage, b_coverage = _share(a_covered, a_words), _share(b_covered, b_words)
    kind = np.zeros(found.a.size, dtype=np.int8)

    long_words = of["long_words"]
    enough = of["shared"] >= config.overlap_words
    enough &= long_words >= config.overlap_words
    weight = of["smaller_weight"]
    prose = of["long_prose"] >= _prose_needed(weight, config)
    prose |= of["solid_prose"] >= _SOLID_PROSE
    kind[enough & (prose if copies is None else prose | copies)] = OVERLAP

    smaller = np.minimum(a_words, b_words)
    needed = np.minimum(config.overlap_words, np.ceil(config.contained * weight))
    evidence = long_words >= needed
    contained = (b_coverage >= config.contained) & evidence
    dense = of["a_hits"] >= _DENSE * of["a_reach"]
    kind[contained] = np.where(dense, TRUNCATION, ABRIDGEMENT)[contained]

    high = np.maximum(a_coverage, b_coverage) >= config.contained
    low = np.minimum(a_coverage, b_coverage)
    alike = np.maximum(a_words, b_words) <= _ALIKE * smaller
    edited = alike & (low >= config.near_coverage) & ~dense  # not cut: what is missing is scattered
    near = high & ((low >= config.contained) | edited)
    # Edited sentences count whole; those of twice the text hold something else between the lines.
    a_larger = a_words >= b_words
    covered = np.where(a_larger, a_covered, b_covered)
    near &= covered <= _MOST_COVERED * smaller
    kind[near & evidence] = NEAR_DUPLICATE
    kind[of["identical"] == 1] = IDENTICAL
    return Worded(kind, a_coverage, b_coverage)


def no_copies(related: Related, chosen: NDArray[np.bool_]) -> Related:
    """Return the relations with those chosen that would be copies made overlaps."""
    chosen = chosen & are_copies(related.kind)
    return replace(
        related,
        kind=np.where(chosen, OVERLAP, related.kind).astype(np.int8),
        kept=np.where(chosen, 0, related.kept).astype(np.int8),
        cut_before=np.where(chosen, -1, related.cut_before),
        cut_after=np.where(chosen, -1, related.cut_after),
    )


_MOST_COVERED = 1.5  # words of the larger body for each of the smaller, of near-duplicates
# How far beyond a threshold a decision is sure: half, and all, of the shares between the kinds.
_MARGIN, _WIDE_MARGIN = 0.15, 0.25


def _certainty(
    found: Alignments,
    of: dict[str, NDArray[np.int64]],
    kind: NDArray[np.int8],
    a_coverage: NDArray[np.float64],
    b_coverage: NDArray[np.float64],
    config: RelateSettings,
) -> NDArray[np.float64]:
    """Distance of the measurements to the nearest threshold, 0-1; read, not fitted.

    Of pairs labelled by reading, six in ten below 0.1 were right and all but three in a hundred
    above 0.75.
    """
    higher, lower = np.maximum(a_coverage, b_coverage), np.minimum(a_coverage, b_coverage)
    contained = (higher - config.contained) / _MARGIN
    contained = np.minimum(contained, (config.contained - lower) / _WIDE_MARGIN)
    same = np.where(
        lower < config.contained,
        (lower - config.near_coverage) / _WIDE_MARGIN,
        (lower - config.contained) / _MARGIN,
    )
    needed = _prose_needed(of["smaller_weight"], config)
    evidence = of["long_prose"] / np.maximum(needed, 1)
    solid = of["solid_prose"] / _SOLID_PROSE
    evidence = np.maximum(evidence, solid)
    evidence *= np.minimum(1, of["long_words"] / max(config.overlap_words, 1))
    apart = np.abs(np.log(np.maximum(evidence, 0.01)))
    apart = np.minimum(apart, (config.contained - higher) / _WIDE_MARGIN)
    doubt = (kind == NONE) & (evidence >= 1)  # enough, but for something else
    apart = np.where(doubt, 0.5, apart)
    certainty = np.where((kind == NONE) | (kind == OVERLAP), apart, contained)
    certainty = np.where(kind == NEAR_DUPLICATE, same, certainty)
    slots = 100 * found.fact("slots") / np.maximum(found.fact("equal"), 1)
    forms = np.abs(np.log(np.maximum(slots / max(config.template_slots, 0.01), 0.01)))
    certainty = np.where(kind == TEMPLATE, forms, certainty)
    certainty = np.where(kind == IDENTICAL, 1.0, certainty)
    return np.maximum(np.minimum(certainty, 1.0), 0.0)


def _prose_needed(weight: NDArray[np.int64], config: RelateSettings) -> NDArray[np.float64]:
    """Words of prose that make an overlap: in a short story fewer, as fewer are there by chance."""
    least = np.maximum(_PROSE_SHARE * weight, _LEAST_PROSE)
    return np.asarray(np.minimum(least, config.overlap_prose_words))


def _share(part: NDArray[np.int64], whole: NDArray[np.int64]) -> NDArray[np.float64]:
    """Quotient in 0-1; 0 where there is nothing to divide by."""
    return np.maximum(np.minimum(part / np.maximum(whole, 1), 1.0), 0.0)


_NO_TEMPLATES = 100  # slots per hundred words
_FEW_WORDS = 68  # equal words, of Chinese and the like, where one slot is enough
_FIGURES_PER_100 = 3  # slots from which other figures alone are no correction of some


def with_evidence(found: Alignments, *, config: RelateSettings) -> NDArray[np.int64]:
    """Return the numbers of the pairs that share anything: no other is any relation.

    All pairs, where settings ask for no words at all.
    """
    if config.contained <= 0 or config.overlap_words <= 0:
        return np.arange(found.a.size)
    return np.flatnonzero((found.column("shared") > 0) | (found.column("identical") == 1))


def worded_alike(
    found: Alignments, *, config: RelateSettings, worded: Worded | None = None
) -> NDArray[np.bool_]:
    """Tell which pairs would be copies by their wording, so that their facts have to be measured.

    Where all words of both stand equal in the other, no facts are opposite each other. `worded` is
    from :func:`by_wording`, where it is known.
    """
    if config.template_slots >= _NO_TEMPLATES:
        return np.zeros(found.a.size, dtype=np.bool_)
    alike = (worded or by_wording(found, config=config)).alike()
    words = found.column("a_words") + found.column("b_words")
    return np.asarray(alike & (found.column("a_exact") + found.column("b_exact") < words))


def _is_template(found: Alignments, config: RelateSettings) -> NDArray[np.bool_]:
    """Tell which pairs have other facts between equal words; none where facts were not measured.

    A form filled for another item has many slots, a copy few, and those are corrections. A block
    of a site after other openings is a form, too.
    """
    equal, slots, fillers = (found.fact(name) for name in ("equal", "slots", "fillers"))
    number, name = found.fact("number_slots") > 0, found.fact("name_slots") > 0
    characters, repeated = found.fact("characters") == 1, fillers < slots
    # Two characters are a name or any other word: more of them are asked for.
    several = (fillers >= 2) & (slots >= 2 + characters)
    short = (found.fact("short") == 1) | (characters & (equal <= _FEW_WORDS))

    damaged = found.fact("spellings") >= 2 * slots
    few = 100 * slots < _FIGURES_PER_100 * equal
    hold = found.fact("numbers_equal") > found.fact("numbers_opposite")
    corrected = ~name & few & hold & ~repeated
    # Where capitals tell no names, any word may be one.
    plain = characters | (found.fact("caseless") == 0)
    plain |= number | repeated | (short & several)
    dense = (100 * slots >= config.template_slots * equal) & (number | several | short)
    enough = dense | ((found.fact("money_apart") == 1) & name)
    filled = (slots > 0) & ~damaged & ~corrected & plain & enough
    return np.asarray(filled | (found.fact("openings") == 1))
