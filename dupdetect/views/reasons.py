"""Why two stories were decided to be what they are: the measures, and their thresholds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dupdetect.products.schemas import KINDS
from dupdetect.support.shares import percent
from dupdetect.views.wording import count

if TYPE_CHECKING:
    from dupdetect.products.alignments import Alignments, Related
    from dupdetect.settings import RelateSettings

__all__ = ["reason_of"]


def reason_of(found: Alignments, related: Related, pair: int, *, config: RelateSettings) -> str:
    """Say in one line what decided about a pair.

    Parameters
    ----------
    found, related
        Measurements and decisions of the same pairs.
    pair
        Number of the pair, from 0.
    config
        The thresholds that were used.
    """
    kind = KINDS[int(related.kind[pair])]
    larger, smaller = float(related.a_coverage[pair]), float(related.b_coverage[pair])
    held = f"{percent(smaller)} of the smaller body stands in the larger, {percent(larger)} of the "
    held += "larger in the smaller"
    limit = f"{percent(config.contained)} (contained)"
    if kind == "identical":
        return "the bodies have the same words"
    if kind == "near_duplicate":
        least = percent(config.near_coverage)
        edited = f"edited ones of like length at {least} (near_coverage)"
        return f"{held}; copies begin at {limit}, {edited}"
    if kind in {"truncation", "abridgement"}:
        return f"{held}; copies begin at {limit}"
    if kind == "template":
        return f"{held}, as of copies, but {_slots(found, pair, config)}"
    words = int(found.column("long_words")[pair])
    prose = int(found.column("long_prose")[pair])
    shared = f"{count(words, 'word')} shared in runs, {prose} of them outside quotations"
    if kind == "overlap":
        why = f"below {limit}"
        if max(larger, smaller) >= config.contained:
            why = _no_copy(config)
        return f"{held}, {why}; {shared}"
    return (
        f"{shared}; overlaps begin at {config.overlap_words} (overlap_words) with "
        f"{config.overlap_prose_words} outside quotations (overlap_prose_words), fewer in a short "
        f"story; {held}"
    )


def _no_copy(config: RelateSettings) -> str:
    """Say why a story that stands in another is no copy of it all the same."""
    if config.within_days:
        return f"but they are more than {count(int(config.within_days), 'day')} apart (within_days)"
    return "but in passages too short to tell"


def _slots(found: Alignments, pair: int, config: RelateSettings) -> str:
    slots, equal = int(found.fact("slots")[pair]), int(found.fact("equal")[pair])
    if not slots:
        return "the bodies open otherwise or name other sums"
    said = f"{count(slots, 'name or figure', 'names or figures')} stand opposite others"
    rate = 100 * slots / max(equal, 1)
    limit = f"{config.template_slots:g} (template_slots)"
    return f"{said}: {rate:.2g} in 100 equal words, copies have below {limit}"
