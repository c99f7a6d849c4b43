"""What stories share is found in parts as in the whole, without Spark; and skew moves little."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from dupdetect import Config, kernels
from dupdetect.engines.spark import sharing
from dupdetect.engines.spark.plan import parts_of_pairs, shared_of, sorted_verdicts
from dupdetect.engines.spark.rows import (
    GROUPS,
    MARKS,
    PACKED_BANDS,
    PACKED_FINGERPRINTS,
    PACKED_LINES,
    PACKED_PAIRS,
    PAGES,
    SAMPLED,
    SHARED,
    VERDICTS,
    features_of,
    numbers_column,
    numbers_of,
)
from dupdetect.engines.spark.tasks import Task
from dupdetect.engines.window import verdicts_table
from dupdetect.kernels.codes import SURROUNDING_BITS
from dupdetect.products.pairs import Numbers
from dupdetect.products.stories import Stories
from dupdetect.stages.furniture import find_verdicts
from dupdetect.support.columns import name_codes, to_numpy
from dupdetect.support.dates import parse_dates

PARTS = 6


def run(task: Task, table: pa.Table, schema: pa.Schema) -> pa.Table:
    return pa.Table.from_batches(list(task(iter(table.combine_chunks().to_batches()))), schema)


def exchanged(packed: list[pa.Table], partitions: int) -> list[pa.Table]:
    """Bring the rows of each part together, as Spark does; several parts share a partition."""
    table = pa.concat_tables(packed)
    part = to_numpy(table["part"]) % partitions
    return [table.filter(pa.array(part == k)) for k in range(partitions)]


def cut(table: pa.Table, seed: int, pieces: int) -> list[pa.Table]:
    of = np.random.default_rng(seed).integers(0, pieces, table.num_rows)
    return [table.filter(pa.array(of == k)) for k in range(pieces)]


def shared(
    table: pa.Table, pack: Task, sent: pa.Schema, share: Task, found: pa.Schema, pieces: Pieces
) -> pa.Table:
    """Pack each of some pieces, and share what comes to each of as many partitions."""
    packed = [run(pack, piece, sent) for piece in cut(table, *pieces)]
    return pa.concat_tables([run(share, part, found) for part in exchanged(packed, pieces[1])])


Pieces = tuple[int, int]
PIECES = st.tuples(st.integers(0, 2**32), st.integers(1, 4))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.integers(0, 3), min_size=3, max_size=3), min_size=1), PIECES)
def test_buckets(bands: list[list[int]], pieces: tuple[int, int]) -> None:
    keys = np.array(bands, np.uint32)
    every = np.arange(len(keys))
    ends = np.arange(len(keys) + 1) * 3
    table = pa.table({"rank": every, "bands": numbers_column(keys.ravel(), ends)})
    pack, share = sharing.pack_bands(PARTS), sharing.share_bands()
    found = shared(table, pack, PACKED_BANDS, share, GROUPS, pieces)
    lists: dict[int, list[int]] = {}
    for row in found.to_pylist():
        lists.setdefault(row["bucket"], []).append(row["member"])
    expected = set()
    for band in range(3):
        positions, offsets = kernels.buckets(keys, band, every)
        expected |= {tuple(positions[a:b]) for a, b in pairwise(offsets)}
    assert {tuple(members) for members in lists.values()} == expected


def fingerprints(rows: list[list[tuple[int, int]]]) -> tuple[np.ndarray, Numbers]:
    keys = [key << SURROUNDING_BITS | around for row in rows for key, around in row]
    offsets = np.cumsum([0, *map(len, rows)], dtype=np.int64)
    return np.array(keys, np.uint64), offsets


KEYS = st.tuples(
    st.sampled_from([0, 1, 2, 1 << 38, (1 << 40) - 1]), st.sampled_from([0, 7, 1 << 12, 2**24 - 1])
)


@settings(max_examples=80, deadline=None)
@given(
    rows=st.lists(st.lists(KEYS, max_size=6), min_size=1, max_size=14),
    seed=st.integers(0, 2**32),
    most=st.integers(2, 4),
    pieces=PIECES,
    asked=st.booleans(),
)
def test_postings(
    rows: list[list[tuple[int, int]]], seed: int, most: int, pieces: tuple[int, int], asked: bool
) -> None:
    """Pairs and long lists are those of the kernel; with `asked`, pairs of the stories asked of."""
    rng = np.random.default_rng(seed)
    keys, offsets = fingerprints(rows)
    ranks = rng.permutation(len(rows))
    labels = np.minimum(np.arange(len(rows)), rng.integers(0, len(rows), len(rows)))
    labels = labels[labels]
    takes_part = rng.random(len(rows)) < 0.9
    alone = (labels == np.arange(len(rows))) & (np.bincount(labels, minlength=len(rows)) == 1)
    of = alone & (rng.random(len(rows)) < 0.5) if asked else np.zeros(len(rows), bool)
    config = Config(max_classes=most)
    table = pa.table(
        {"rank": ranks, "label": labels[ranks], "asked": of[ranks],
         "fingerprints": numbers_column(keys, offsets)}
    ).filter(pa.array(takes_part[ranks]))  # fmt: skip
    marks = None
    if asked:  # eight slots, so that others share them
        mine = table.filter(table["asked"])
        bits = run(sharing.mark_fingerprints(8), mine, MARKS)["bits"]
        marks = np.frombuffer(bits[0].as_py(), np.uint8)
    pack = sharing.pack_fingerprints(PARTS, marks)
    share = sharing.share_fingerprints(PARTS, config, asked=asked)
    pairs = shared(table, pack, PACKED_FINGERPRINTS, share, PACKED_PAIRS, pieces)
    settled = [run(sharing.settle_pairs(), part, SHARED) for part in exchanged([pairs], 3)]
    found = shared_of(pa.concat_tables(settled))
    expected = kernels.postings(
        keys, offsets, numbers=np.where(takes_part[ranks], ranks, -1), labels=labels,
        most=config.max_classes, run_words=config.window - 1,
    )  # fmt: skip
    if asked:
        ours, theirs = (pairs[of[pairs].any(axis=1)] for pairs in (found[0], expected[0]))
        np.testing.assert_array_equal(ours, theirs)
        return
    for x, y in zip(found, expected, strict=True):
        np.testing.assert_array_equal(x, y)


def lines_table(stories: list[tuple[str | None, int, list[int]]]) -> pa.Table:
    keys = np.array([key for *_, lines in stories for key in lines], np.uint64)
    offsets = np.cumsum([0, *(len(lines) for *_, lines in stories)], dtype=np.int64)
    words = (keys % np.uint64(30)).astype(np.uint32)
    flags = [bytes(len(lines)) for *_, lines in stories]
    return pa.table(
        {
            "key": np.arange(len(stories)) + 100,
            "publisher": pa.array([publisher for publisher, *_ in stories], pa.string()),
            "published": [f"2024-{day // 28 + 1:02}-{day % 28 + 1:02}" for _, day, _ in stories],
            "line_keys": numbers_column(keys, offsets),
            "line_words": numbers_column(words, offsets),
            "line_flags": pa.array(flags, pa.binary()),
        }
    )


def verdicts_in_parts(table: pa.Table, pieces: tuple[int, int], config: Config) -> pa.Table:
    merge = sharing.merge_lines(PARTS, config)
    pack = sharing.pack_lines(frozenset(), PARTS, config)
    sampled = shared(table, pack, PACKED_LINES, merge, SAMPLED, pieces)
    found = []
    for some in exchanged([sampled], 2):
        pages = set(run(sharing.pages_needed(), some, PAGES)["key"].to_pylist())
        wanted = table.filter(pa.array([key in pages for key in table["key"].to_pylist()]))
        both = [
            one.append_column("t", pa.array([t] * one.num_rows, pa.int32()))
            for t, one in enumerate((wanted, some))
        ]
        together = pa.concat_tables(both, promote_options="default")
        found.append(run(sharing.find_company(config), together, VERDICTS))
    return sorted_verdicts(pa.concat_tables(found))


LINES = st.lists(st.integers(1, 12), min_size=1, max_size=5)
STORY = st.tuples(st.sampled_from(["A", "B", None]), st.integers(0, 40), LINES)


@settings(max_examples=40, deadline=None)
@given(st.lists(STORY, min_size=3, max_size=60), PIECES)
def test_verdicts_on_lines(
    stories: list[tuple[str | None, int, list[int]]], pieces: tuple[int, int]
) -> None:
    config = Config()
    table = lines_table(stories)
    publishers = table["publisher"].combine_chunks().cast(pa.large_string())
    times = parse_dates(table["published"].combine_chunks().cast(pa.large_string()))
    features = features_of(table)
    codes = name_codes(publishers)
    whole = find_verdicts(features, codes, times, config=config)
    none = pa.nulls(len(publishers), pa.large_string())
    about = Stories(
        keys=to_numpy(table["key"]).astype(np.uint64), ids=none, publishers=publishers,
        titles=none, published=none, authors=none, published_us=times,
        text=np.empty(0, np.uint8), text_offsets=np.zeros(len(publishers) + 1, np.int64),
        mended=np.zeros(len(publishers), bool), publisher_codes=codes,
    )  # fmt: skip
    expected = verdicts_table(whole, about).to_pylist()
    found = verdicts_in_parts(table, pieces, config).to_pylist()

    def in_order(rows: list[dict[str, object]]) -> list[list[object]]:
        return sorted([str(value) for value in row.values()] for row in rows)

    assert in_order(found) == in_order(expected)


def count_in(table: pa.Table) -> int:
    """Count what the first column of numbers of a packed table holds."""
    return numbers_of(table, table.column_names[1], np.int64)[0].size


def test_a_line_in_every_story_is_moved_a_few_times() -> None:
    """It is summed up before it is sent: 16 pages, however many print it."""
    config = Config()
    pack = sharing.pack_lines(frozenset(), PARTS, config)

    def packed(common: int) -> pa.Table:
        own = [("A", day % 40, [1000 + 3 * day, 1001 + 3 * day]) for day in range(4_000)]
        return run(
            pack,
            lines_table([(p, d, [*lines, *[7] * common]) for p, d, lines in own]),
            PACKED_LINES,
        )

    assert count_in(packed(1)) <= count_in(packed(0)) + 16


def test_a_fingerprint_of_a_large_family_is_moved_once() -> None:
    keys = np.arange(4_000 * 3, dtype=np.uint64).reshape(-1, 3) << np.uint64(SURROUNDING_BITS)

    def packed(common: int) -> pa.Table:
        some = keys.copy()
        some[:, 0] = some[0, 0] if common else some[:, 0]
        ranks = np.arange(len(some))
        labels = np.zeros_like(ranks) if common else ranks
        given = {"rank": ranks, "label": labels, "asked": np.zeros(ranks.size, bool)}
        lists = numbers_column(some.ravel(), np.arange(len(some) + 1) * 3)
        table = pa.table(given | {"fingerprints": lists})
        return run(sharing.pack_fingerprints(PARTS), table, PACKED_FINGERPRINTS)

    assert count_in(packed(0)) == 12_000
    assert count_in(packed(1)) == 8_001


def test_the_pairs_of_one_story_are_spread_over_parts() -> None:
    a, b = np.zeros(20_000, np.int64), np.arange(1, 20_001)
    sizes = np.bincount(parts_of_pairs(a, b, 64), minlength=64)
    assert sizes.min() >= 312
    assert sizes.max() <= 313
    assert parts_of_pairs(a[:0], b[:0], 64).size == 0


def test_pairs_of_a_family_share_a_part() -> None:
    """Families of eight, of which all pairs are compared, stories in any order."""
    ranks = np.random.default_rng(7).permutation(8_000).reshape(1_000, 8)
    ends = np.sort(ranks[:, np.stack(np.triu_indices(8, 1))].swapaxes(0, 1).reshape(2, -1), axis=0)
    a, b = np.random.default_rng(8).permutation(ends, axis=1)
    part = parts_of_pairs(a, b, 10)
    texts = np.unique(np.tile(part, 2) << 32 | np.concatenate([a, b])).size
    assert texts <= 8_000 + 9 * 8  # a family may stand on both sides of a cut
