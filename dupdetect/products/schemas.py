"""What the tables of a run hold: kinds of relation, what was kept, and the columns."""

from __future__ import annotations

from typing import Literal

import pyarrow as pa

Kind = Literal["none", "identical", "near_duplicate", "truncation", "abridgement", "overlap"]


Kept = Literal["head", "tail", "middle", "scattered"]


#: Kinds in the order of their codes; 0 is no relation.
KINDS: tuple[Kind, ...] = (
    "none", "identical", "near_duplicate", "truncation", "abridgement", "overlap",
)  # fmt: skip


NONE, IDENTICAL, NEAR_DUPLICATE, TRUNCATION, ABRIDGEMENT, OVERLAP = range(6)


#: Which part was kept, in the order of their codes; 0 is nothing to say.
KEPT: tuple[Kept | None, ...] = (None, "head", "tail", "middle", "scattered")


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
        pa.field("resemblance", pa.float64(), nullable=False),
        pa.field("words", pa.int64(), nullable=False),
        pa.field("quoted_words", pa.int64(), nullable=False),
        pa.field("cut_before", pa.int64()),
        pa.field("cut_after", pa.int64()),
        pa.field("passages", _SPANS, nullable=False),
    ]
)
