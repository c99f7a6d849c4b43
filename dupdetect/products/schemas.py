"""What the tables of a run hold: kinds of relation, what was kept, and the columns."""

from __future__ import annotations

from typing import Literal

import pyarrow as pa

Kind = Literal[
    "none", "identical", "near_duplicate", "truncation", "abridgement", "overlap", "template"
]  # fmt: skip


Kept = Literal["head", "tail", "middle", "scattered"]


#: Kinds in the order of their codes; 0 is no relation.
KINDS: tuple[Kind, ...] = (
    "none", "identical", "near_duplicate", "truncation", "abridgement", "overlap", "template",
)  # fmt: skip


NONE, IDENTICAL, NEAR_DUPLICATE, TRUNCATION, ABRIDGEMENT, OVERLAP, TEMPLATE = range(7)


#: Which part was kept, in the order of their codes; 0 is nothing to say.
KEPT: tuple[Kept | None, ...] = (None, "head", "tail", "middle", "scattered")


_SPANS = pa.list_(pa.list_(pa.int64()))


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
        pa.field("exact", pa.float64()),
        pa.field("parent_exact", pa.float64()),
        pa.field("publisher", pa.string()),
        pa.field("published", pa.string()),
        pa.field("credit", pa.string()),
        pa.field("credit_span", pa.list_(pa.int64())),
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
        pa.field("a_exact", pa.float64()),
        pa.field("b_exact", pa.float64()),
        pa.field("resemblance", pa.float64(), nullable=False),
        pa.field("words", pa.int64(), nullable=False),
        pa.field("quoted_words", pa.int64(), nullable=False),
        pa.field("cut_before", pa.int64()),
        pa.field("cut_after", pa.int64()),
        pa.field("passages", _SPANS, nullable=False),
    ]
)


#: Of all tables below; a table of another version is not read.
SCHEMA_VERSION = 1


def _required(**columns: pa.DataType) -> list[pa.Field]:
    return [pa.field(name, kind, nullable=False) for name, kind in columns.items()]


def _optional(**columns: pa.DataType) -> list[pa.Field]:
    return [pa.field(name, kind) for name, kind in columns.items()]


_WORDS, _LISTED = pa.int32(), pa.large_list

#: What the stages of a run take and give, by name. A story is named by its 64-bit key; tables with
#: one row a story keep the order of ``stories``.
TABLES: dict[str, pa.Schema] = {
    "stories": pa.schema(
        [
            *_required(key=pa.uint64(), id=pa.large_string(), published_us=pa.int64()),
            *_optional(publisher=pa.large_string(), title=pa.large_string()),
            *_optional(published=pa.large_string(), author=pa.large_string()),
            *_required(text=pa.large_string()),
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
            *_required(b_coverage=pa.float64(), a_coverage=pa.float64()),
            *_required(stretches=pa.list_(_WORDS, 3)),
        ]
    ),
    "classes": pa.schema(_required(story=pa.uint64(), leader=pa.uint64())),
    "credits": pa.schema(
        [
            *_required(story=pa.uint64()),
            *_optional(agency=pa.string(), span=pa.list_(pa.int64())),
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
    # One row a story that has a parent: which of the two is `b`, and how they relate.
    "copies": pa.schema(
        [
            *_required(story=pa.uint64(), parent=pa.uint64(), b=pa.uint64()),
            *_required(kind=pa.int8(), kept=pa.int8(), a_coverage=pa.float64()),
            *_required(b_coverage=pa.float64(), resemblance=pa.float64()),
            *_required(cut_before=pa.int64(), cut_after=pa.int64()),
        ]
    ),
    "excepted": pa.schema(_required(cluster=pa.uint64())),
}
