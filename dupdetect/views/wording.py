"""Relations, shares and counts in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dupdetect.products.schemas import KEPT_LABELS, KIND_FACTS, KindFacts
from dupdetect.support.shares import percent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dupdetect.products.relation import Relation

__all__ = [
    "KIND_OF",
    "REASONS",
    "certain",
    "change_of",
    "count",
    "kinds_json",
    "meaning_of",
    "measured",
    "sentence",
]

KIND_OF: dict[str, KindFacts] = {facts.name: facts for facts in KIND_FACTS}


REASONS: dict[str, str] = {
    "prose": "prose of the story",
    "short line": "short, and ends no sentence: counts only where the other story has it",
    "open line": "ends no sentence, before prose: counts only where the other story has it",
    "short page": "little else is on the page: counts, but not as prose",
    "repetition": "pages print it that have little else in common",
    "printed before": "stands on this page before",
    "notice": "stands in place of a story: a link, a wall, a note on cookies, word that it is gone",
    "picture": "names a picture or its source",
    "sharing": "sharing, or a link to something else to read",
    "sign-up": "asks to sign up or subscribe",
    "copyright": "copyright or terms of use",
    "video": "belongs to a video",
    "poll": "note on how a poll was made",
    "own": "note of the site about its own programme or contest",
    "editors": "note of the editors: whose opinions these are, or that more is to come",
    "label": "label or button of the page",
    "address": "has an e-mail address: a note about its author",
    "credit": "credit of a picture",
    "caption": "caption of a picture, or a note that opens like one",
    "twin": "printed twice on end, as captions are",
    "player": "stands around a video player",
    "link list": "list of links",
}
"""Why a line is taken for what it is, by the codes of `dupdetect.stages.reasons`."""


def sentence(relation: Relation, a: str = "A", b: str = "B") -> str:
    """Say in one sentence what the relation is and what it rests on.

    Parameters
    ----------
    relation
        The measurements; `a` is the story with the larger body.
    a, b
        What to call the two stories.
    """
    shared = count(relation.words, "word")
    if relation.kind not in KIND_OF:
        few = f"{shared}, too few to count" if relation.words else "no passage that counts"
        return f"no relation: {a} and {b} share {few}"
    part = KEPT_LABELS.get(relation.kept, "") if relation.kept else ""
    return KIND_OF[relation.kind].sentence.format(
        a=a,
        b=b,
        shared=shared,
        in_a=percent(relation.a_coverage, relation.a_exact),
        in_b=percent(relation.b_coverage, relation.b_exact),
        part=part,
        cut=_cut(relation),
    )


def _cut(relation: Relation) -> str:
    sides = (("before", relation.cut_before), ("after", relation.cut_after))
    cuts = [f"{count(words, 'word')} {side}" for side, words in sides if words]
    return f"; cut: {' and '.join(cuts)} what it kept" if cuts else ""


def change_of(kind: str) -> int:
    """Where a kind stands between the least change and the most."""
    return KIND_OF[kind].change


def meaning_of(facts: KindFacts, config: Mapping[str, Any], *, one: bool = False) -> str:
    """Say what a kind means under the settings of a run: of many pairs, or of one.

    Examples
    --------
    >>> meaning_of(KIND_OF["overlap"], {"overlap_words": 30}, one=True)
    'pair shares 30 words or more: kept apart'
    """
    return facts.meaning.format(
        overlap_words=config.get("overlap_words", 25),
        pairs_share="pair shares" if one else "pairs share",
        pairs_have="pair has" if one else "pairs have",
    )


def kinds_json() -> list[dict[str, Any]]:
    """Names of the kinds and parts for the page's script."""
    return [
        {"name": facts.name, "label": facts.label, "apart": facts.apart} for facts in KIND_FACTS
    ]


def measured(coverage: float, exact: float | None) -> str:
    """Write what of a story is shared, and how much of it unchanged, where that is known.

    Examples
    --------
    >>> measured(0.31, None), measured(0.31, 0.25)
    ('31% shared', '31% shared, 25% unchanged')
    """
    said = f"{percent(coverage, exact)} shared"
    return said if exact is None else f"{said}, {percent(exact)} unchanged"


def certain(certainty: float | None) -> str:
    """Write a certainty in brackets; nothing where it is not known.

    Examples
    --------
    >>> certain(0.704), certain(None)
    (' (certainty 0.70)', '')
    """
    return "" if certainty is None else f" (certainty {certainty:.2f})"


def count(number: int, noun: str, plural: str = "") -> str:
    """Write a number with its noun in the right form and grouped digits.

    Parameters
    ----------
    number
        How many.
    noun, plural
        The noun for one; for others, where its end does not tell.

    Examples
    --------
    >>> count(1, "story"), count(1200, "story"), count(2, "word")
    ('1 story', '1,200 stories', '2 words')
    """
    if number == 1:
        return f"1 {noun}"
    turns = noun.endswith("y") and noun[-2:-1] not in "aeiou"
    regular = f"{noun[:-1]}ies" if turns else f"{noun}s"
    return f"{number:,} {plural or regular}"
