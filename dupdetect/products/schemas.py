"""What the tables of a run hold: kinds of relation, what was kept, and the columns."""

from __future__ import annotations

from typing import Literal, NamedTuple

import pyarrow as pa

Kind = Literal[
    "none", "identical", "near_duplicate", "truncation", "abridgement", "overlap", "template"
]  # fmt: skip

Kept = Literal["head", "tail", "middle", "scattered"]


class KindFacts(NamedTuple):
    """One kind of relation as tables, sentences and views name it.

    Attributes
    ----------
    name, label : str
        As tables hold it, and as a heading.
    meaning : str
        In one clause; ``{overlap_words}`` is the setting.
    brief : str
        Of ``{a}`` and ``{b}``; ``{kept}`` is the part that was kept.
    sentence : str
        The same with shares: ``{shared}`` words, ``{in_a}`` and ``{in_b}`` of the bodies,
        ``{part}`` that was kept, ``{cut}`` what was cut.
    change : int
        Order from the least change to the most.
    apart : bool
        Whether such stories stay in clusters of their own.
    """

    name: Kind
    label: str
    meaning: str
    brief: str
    sentence: str
    change: int
    apart: bool = False


#: Every kind, in the order of the codes from 1 on; views read all they say of a kind here.
KIND_FACTS: tuple[KindFacts, ...] = (
    KindFacts(
        "identical",
        "Identical",
        "the same words, page furniture aside",
        "{b} is identical to {a}",
        "{b} prints the same words as {a}",
        change=0,
    ),
    KindFacts(
        "near_duplicate",
        "Near-duplicate",
        "light edits: most of both texts is shared",
        "{b} is a near-duplicate of {a}",
        "{a} and {b} are the same story, lightly edited: they share {in_a} of {a} and {in_b} "
        "of {b}",
        change=1,
    ),
    KindFacts(
        "truncation",
        "Truncation",
        "cut from a fuller story",
        "{b} is a truncation of {a}, which kept its {kept}",
        "{b} is cut from {a}: it keeps {part}, {shared} or {in_a} of {a}{cut}",
        change=3,
    ),
    KindFacts(
        "abridgement",
        "Abridgement",
        "a fuller story shortened in several places",
        "{b} is an abridgement of {a}",
        "{b} is {a} shortened in several places: it keeps {shared} or {in_a} of {a}",
        change=4,
    ),
    KindFacts(
        "overlap",
        "Overlap",
        "pairs share {overlap_words} words or more: kept apart",
        "{a} and {b} overlap",
        "{a} and {b} are different stories that share {shared}: {in_a} of {a}, {in_b} of {b}",
        change=5,
        apart=True,
    ),
    KindFacts(
        "template",
        "Template",
        "pairs have other names or figures between the same words: kept apart",
        "{b} has the wording of {a} and other facts",
        "{a} and {b} have one wording, but other facts: they share {in_a} of {a} and {in_b} of "
        "{b}, and names or figures differ",
        change=6,
        apart=True,
    ),
)

#: Kinds in the order of their codes; 0 is no relation.
KINDS: tuple[Kind, ...] = ("none", *(facts.name for facts in KIND_FACTS))

NONE, IDENTICAL, NEAR_DUPLICATE, TRUNCATION, ABRIDGEMENT, OVERLAP, TEMPLATE = range(7)

#: Which part was kept, in the order of their codes; 0 is nothing to say.
KEPT: tuple[Kept | None, ...] = (None, "head", "tail", "middle", "scattered")

#: The same parts in words.
KEPT_LABELS: dict[Kept, str] = {
    "head": "the beginning",
    "tail": "the end",
    "middle": "the middle",
    "scattered": "scattered parts",
}


STORIES = pa.schema(
    [
        pa.field("key", pa.uint64(), nullable=False),
        pa.field("id", pa.large_string(), nullable=False),
        pa.field("publisher", pa.large_string()),
        pa.field("title", pa.large_string()),
        pa.field("published", pa.large_string()),
        pa.field("published_us", pa.int64(), nullable=False),
        pa.field("author", pa.large_string()),
        pa.field("text", pa.large_string(), nullable=False),
    ]
)


_ROWS = pa.list_(pa.list_(pa.int64()))

CLUSTERS = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("cluster", pa.string(), nullable=False),
        pa.field("canonical", pa.bool_(), nullable=False),
        pa.field("parent", pa.string()),
        pa.field("kind", pa.string()),
        pa.field("kept", pa.string()),
        pa.field("coverage", pa.float64()),
        pa.field("parent_coverage", pa.float64()),
        pa.field("exact", pa.float64()),  # share of the body that stands in the parent unchanged
        pa.field("parent_exact", pa.float64()),
        pa.field("certainty", pa.float64()),
        pa.field("publisher", pa.string()),
        pa.field("published", pa.string()),
        pa.field("credit", pa.string()),
        pa.field("credit_span", pa.list_(pa.int64())),
        # Half-open spans of furniture, in characters of the raw text.
        pa.field("furniture", _ROWS),
        # Number of the source, line or row in it from 1, and half-open bytes of it decompressed
        # (-1, -1 where it has none).
        pa.field("place", pa.list_(pa.int64())),
    ]
)


RELATIONS = pa.schema(
    [
        pa.field("a", pa.string(), nullable=False),
        pa.field("b", pa.string(), nullable=False),
        pa.field("kind", pa.string(), nullable=False),
        pa.field("kept", pa.string()),
        pa.field("a_coverage", pa.float64(), nullable=False),
        pa.field("b_coverage", pa.float64(), nullable=False),
        pa.field("a_exact", pa.float64()),  # share of the body that stands unchanged, in order
        pa.field("b_exact", pa.float64()),
        pa.field("certainty", pa.float64()),
        pa.field("resemblance", pa.float64(), nullable=False),
        pa.field("words", pa.int64(), nullable=False),
        pa.field("quoted_words", pa.int64(), nullable=False),
        pa.field("cut_before", pa.int64()),
        pa.field("cut_after", pa.int64()),
        # a_start, a_end, b_start, b_end (half open, in characters of the raw texts), words, and
        # those of them inside quotation marks.
        pa.field("passages", _ROWS, nullable=False),
        # a_start, a_end, b_start, b_end: stretches inside passages whose words differ.
        pa.field("changed", _ROWS),
    ]
)
