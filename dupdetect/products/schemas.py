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
        In one clause; ``{overlap_words}`` is the setting, ``{pairs_share}`` and ``{pairs_have}``
        say whether there is one.
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
        "{pairs_share} {overlap_words} words or more: kept apart",
        "{a} and {b} overlap",
        "{a} and {b} are different stories that share {shared}: {in_a} of {a}, {in_b} of {b}",
        change=5,
        apart=True,
    ),
    KindFacts(
        "template",
        "Template",
        "{pairs_have} other names or figures between the same words: kept apart",
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
COPIES = (IDENTICAL, NEAR_DUPLICATE, TRUNCATION, ABRIDGEMENT)
"""Kinds that make a story a copy of another."""

#: Which part was kept, in the order of their codes; 0 is nothing to say.
KEPT: tuple[Kept | None, ...] = (None, "head", "tail", "middle", "scattered")

#: The same parts in words.
KEPT_LABELS: dict[Kept, str] = {
    "head": "the beginning",
    "tail": "the end",
    "middle": "the middle",
    "scattered": "scattered parts",
}


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
        pa.field("canonical_coverage", pa.float64()),  # share of the body that the canonical has
        pa.field("keeper", pa.string()),  # because of which the row is removed; null: it stays
        pa.field("keeper_exact", pa.float64()),
        pa.field("publisher", pa.string()),
        pa.field("published", pa.string()),
        # Agencies named, each once; their half-open spans, null for one in the author field.
        pa.field("credits", pa.list_(pa.string())),
        pa.field("credit_spans", _ROWS),
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


#: Of all tables below; a table of another version is not read.
SCHEMA_VERSION = 1


def _required(**columns: pa.DataType) -> list[pa.Field]:
    return [pa.field(name, kind, nullable=False) for name, kind in columns.items()]


def _optional(**columns: pa.DataType) -> list[pa.Field]:
    return [pa.field(name, kind) for name, kind in columns.items()]


_WORDS, _LISTED = pa.int32(), pa.large_list

# One row a story that has another one: which of the two is `b`, and how they relate.
_COPIES = pa.schema(
    [
        *_required(story=pa.uint64(), other=pa.uint64(), b=pa.uint64()),
        *_required(kind=pa.int8(), kept=pa.int8(), a_coverage=pa.float64()),
        *_required(b_coverage=pa.float64(), a_exact=pa.float64(), b_exact=pa.float64()),
        *_required(resemblance=pa.float64(), cut_before=pa.int64(), cut_after=pa.int64()),
        *_required(certainty=pa.float64()),
    ]
)

#: What the stages of a run take and give, by name. A story is named by its 64-bit key; tables with
#: one row a story keep the order of ``stories``.
TABLES: dict[str, pa.Schema] = {
    "stories": pa.schema(
        [
            *_required(key=pa.uint64(), id=pa.large_string(), published_us=pa.int64()),
            *_optional(publisher=pa.large_string(), title=pa.large_string()),
            *_optional(published=pa.large_string(), author=pa.large_string()),
            *_required(text=pa.large_string(), mended=pa.bool_()),
        ]
    ),
    "lines": pa.schema(
        _required(
            story=pa.uint64(),
            keys=_LISTED(pa.uint64()),
            words=_LISTED(pa.uint32()),
            flags=_LISTED(pa.uint8()),
        )
    ),
    "line_status": pa.schema(_required(story=pa.uint64(), status=_LISTED(pa.uint8()))),
    # One row: different lines and words dropped in all, and the lines dropped most often.
    "furniture": pa.schema(
        _required(
            dropped_lines=pa.int64(),
            dropped_words=pa.int64(),
            story=_LISTED(pa.uint64()),
            line=_LISTED(pa.int64()),
            stories=_LISTED(pa.int64()),
        )
    ),
    "sketches": pa.schema(
        _required(
            story=pa.uint64(),
            body_words=pa.uint32(),
            digest=pa.list_(pa.uint64(), 2),
            bands=_LISTED(pa.uint32()),
            fingerprints=_LISTED(pa.uint64()),
        )
    ),
    "candidates": pa.schema(_required(a=pa.uint64(), b=pa.uint64())),
    "stock": pa.schema(_required(fingerprint=pa.uint64(), story=pa.uint64(), classes=pa.int64())),
    "edges": pa.schema(
        [
            *_required(a=pa.uint64(), b=pa.uint64(), kind=pa.int8()),
            *_required(b_coverage=pa.float64(), a_coverage=pa.float64(), alike=pa.float64()),
            *_required(stretches=pa.list_(_WORDS, 3)),
        ]
    ),
    "classes": pa.schema(_required(story=pa.uint64(), leader=pa.uint64())),
    "credits": pa.schema(
        [
            *_required(story=pa.uint64()),
            *_optional(agencies=pa.list_(pa.string()), spans=_ROWS),
        ]
    ),
    "clusters": pa.schema(
        [
            *_required(story=pa.uint64(), cluster=pa.uint64()),
            *_optional(parent=pa.uint64()),
        ]
    ),
    "relations": RELATIONS,
    "canonical": pa.schema(_required(story=pa.uint64(), canonical=pa.uint64())),
    # How stories relate to their parent, to the canonical story, and to the one that stays.
    "copies": _COPIES,
    "members": _COPIES,
    "removed": _COPIES,
    "excepted": pa.schema(_required(cluster=pa.uint64())),
}


#: Of each row that is removed: the row that stays, and how it relates to that.
REMOVED = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("matched", pa.string(), nullable=False),
        pa.field("canonical", pa.string(), nullable=False),
        pa.field("kind", pa.string(), nullable=False),
        pa.field("kept", pa.string()),
        pa.field("coverage", pa.float64(), nullable=False),
        pa.field("matched_coverage", pa.float64(), nullable=False),
        pa.field("exact", pa.float64(), nullable=False),
        pa.field("certainty", pa.float64()),
    ]
)
