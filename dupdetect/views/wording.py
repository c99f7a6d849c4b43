"""Relations, shares and counts in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dupdetect.support.shares import percent

if TYPE_CHECKING:
    from dupdetect.products.relation import Relation


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
    in_a = percent(relation.a_coverage, relation.a_exact)
    in_b = percent(relation.b_coverage, relation.b_exact)
    few = f"share {shared}, too few to count" if relation.words else "share no passage that counts"
    said = {
        "identical": f"{b} prints the same words as {a}",
        "near_duplicate": f"{a} and {b} are the same story, lightly edited: they share {in_a} "
        f"of {a} and {in_b} of {b}",
        "truncation": f"{b} is cut from {a}: it keeps {_part(relation.kept)}, {shared} or {in_a} "
        f"of {a}{_cut(relation)}",
        "abridgement": f"{b} is {a} shortened in several places: it keeps {shared} or {in_a} "
        f"of {a}",
        "overlap": f"{a} and {b} are different stories that share {shared}: {in_a} of {a}, "
        f"{in_b} of {b}",
        "template": f"{a} and {b} have one wording, but other facts: they share {in_a} of {a} and "
        f"{in_b} of {b}, and names or figures differ",
    }
    return said.get(relation.kind, f"no relation: {a} and {b} {few}")


def _part(kept: str | None) -> str:
    return {"head": "the beginning", "tail": "the end"}.get(kept or "", "the middle")


def _cut(relation: Relation) -> str:
    sides = (("before", relation.cut_before), ("after", relation.cut_after))
    cuts = [f"{count(words, 'word')} {side}" for side, words in sides if words]
    return f"; cut: {' and '.join(cuts)} what it kept" if cuts else ""


def count(number: int, noun: str) -> str:
    """Write a number with its noun in the right form and grouped digits.

    Examples
    --------
    >>> count(1, "story"), count(1200, "story"), count(2, "word")
    ('1 story', '1,200 stories', '2 words')
    """
    if number == 1:
        return f"1 {noun}"
    plural = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{number:,} {plural}"
