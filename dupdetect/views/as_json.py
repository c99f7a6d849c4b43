"""Findings as JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from dupdetect.views.pair import Pair, Story
from dupdetect.views.wording import REASONS, sentence

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dupdetect.products.relation import Relation
    from dupdetect.stages.reasons import LineReason
    from dupdetect.views.decision import Decision


def story_json(story: Story) -> dict[str, Any]:
    """Write what is known of a story, its text as a length."""
    facts = asdict(story)
    facts["characters"] = len(facts.pop("text") or "")
    return facts


def relation_json(relation: Relation) -> dict[str, Any]:
    """Write a relation without its passages, and as a sentence."""
    names = ("kind", "kept", "a_coverage", "b_coverage", "a_exact", "b_exact", "certainty")
    more = ("resemblance", "words", "quoted_words", "cut_before", "cut_after")
    facts = {name: getattr(relation, name) for name in (*names, *more)}
    return {**facts, "said": sentence(relation)}


def pair_json(pair: Pair) -> dict[str, Any]:
    """Write the comparison as the terminal view has it, with spans and texts."""
    segments = []
    for segment in pair.segments:
        texts: dict[str, Any] = {}
        for side, story, span in (("a", pair.a, segment.a), ("b", pair.b, segment.b)):
            texts[side] = span
            texts[f"{side}_text"] = None if span is None else (story.text or "")[span[0] : span[1]]
        segments.append(
            {
                "mark": segment.mark,
                "words": segment.words,
                **texts,
                "quoted_words": segment.quoted_words,
                "changed": segment.changed,
            }
        )
    return {
        "a": story_json(pair.a),
        "b": story_json(pair.b),
        **relation_json(pair.relation),
        "segments": segments,
    }


def lines_json(text: str, lines: Iterable[LineReason]) -> list[dict[str, Any]]:
    """Write what each line is taken for, and why, as a code and in words."""
    return [
        {
            "line": number,
            "span": (line.start, line.end),
            "words": line.words,
            "verdict": line.verdict,
            "reason": line.reason,
            "said": REASONS[line.reason],
            "text": text[line.start : line.end],
        }
        for number, line in enumerate(lines, start=1)
    ]


def decision_json(decision: Decision) -> dict[str, Any]:
    """Write all that a run decided about one story."""
    members = [{**asdict(member), "story": story_json(member.story)} for member in decision.members]
    neighbours = [
        {
            "ours": neighbour.ours.id,
            "theirs": story_json(neighbour.theirs),
            **relation_json(neighbour.relation),
        }
        for neighbour in decision.neighbours
    ]
    return {
        "id": decision.member.story.id,
        "canonical": decision.canonical.story.id,
        "parent": decision.member.parent,
        "pair": None if decision.pair is None else pair_json(decision.pair),
        "members": members,
        "overlaps": neighbours,
    }
