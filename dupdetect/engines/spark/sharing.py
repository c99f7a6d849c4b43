"""What executors do to find the stories that share something: lines, bands or fingerprints.

What each story has goes to the part of its key, packed: all that one partition has for a part is
one row, of lists. There everything of a key is together, and nothing else is needed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from dupdetect import kernels
from dupdetect.config import Config
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
    batches_of,
    bytes_column,
    column,
    features_of,
    numbers_column,
    numbers_of,
    rows,
    strings_columns,
    strings_of,
    tables_of,
)
from dupdetect.engines.spark.tasks import Batches, Task
from dupdetect.kernels.codes import (
    ALL_PAGES,
    BODY,
    SURROUNDING_BITS,
    UNKNOWN_PUBLISHER,
)
from dupdetect.products.pairs import Numbers
from dupdetect.stages.furniture import (
    CompanyRule,
    company_verdicts,
    counted_lines,
    days_of,
)
from dupdetect.support.columns import name_codes, to_arrow, to_numpy
from dupdetect.support.dates import parse_dates

__all__ = [
    "find_company",
    "mark_fingerprints",
    "merge_lines",
    "pack_bands",
    "pack_fingerprints",
    "pack_lines",
    "packed",
    "pages_needed",
    "part_of",
    "settle_pairs",
    "share_bands",
    "share_fingerprints",
]

_BYTES = 32 << 20  # of rows that are packed at a time
_EVERYTHING = 1 << 62
_ROW = 1 << 13  # numbers of the longest lists of a row
_ROWS = 1 << 11  # of a table, so that its bytes can be counted in 32 bits
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)


def part_of(keys: NDArray[Any], parts: int) -> Numbers:
    """Return to which of the parts each key belongs.

    Examples
    --------
    >>> part_of(np.array([1, 2, 3, 1]), 4).tolist()
    [1, 3, 3, 1]
    """
    mixed = keys.astype(np.uint64) * _MULTIPLIER
    mixed = (mixed ^ mixed >> np.uint64(29)) * _MULTIPLIER
    return np.asarray(mixed >> np.uint64(33), dtype=np.int64) % parts


def _by_number(numbers: Numbers) -> Numbers:
    """Return the order by numbers, stable: those of 16 bits are sorted digit by digit."""
    small = numbers.max(initial=0) < 1 << 16
    return np.argsort(numbers.astype(np.uint16) if small else numbers, kind="stable")


def packed(
    schema: pa.Schema,
    parts: Numbers,
    columns: dict[str, Any],
    lists: tuple[Numbers, dict[str, NDArray[Any]]] | None = None,
) -> pa.Table:
    """Put all of one part into a row of lists, or several rows; what is of one part stays in order.

    Parameters
    ----------
    schema : pyarrow.Schema
        ``part`` and lists.
    parts : ndarray of int64, shape (n,)
        Part of each.
    columns : dict
        Arrays of shape (n,), or arrow arrays of that many strings.
    lists : tuple of ndarray of int64, shape (n,), and dict, optional
        Sizes of lists that each has; and columns of their numbers, one list after the other.
    """
    order = _by_number(parts)
    parts = parts[order]
    sizes, numbers = (np.empty(0, dtype=np.int64), {}) if lists is None else lists
    sums = np.append(0, np.cumsum(sizes))
    within = np.append(0, np.cumsum(sizes[order])) if numbers else np.arange(parts.size + 1)
    starts = np.ones(parts.size, dtype=bool)
    starts[1:] = (np.diff(parts) != 0) | (np.diff(within[:-1] // _ROW) != 0)
    first = np.flatnonzero(starts)
    ends = np.append(first, parts.size)
    tables = [schema.empty_table()]
    for begin in range(0, first.size, _ROWS):
        some = ends[begin : begin + _ROWS + 1]
        of = order[some[0] : some[-1]]
        longer = within[some] - within[some[0]]
        some = some - some[0]
        made: dict[str, Any] = {"part": parts[first[begin : begin + _ROWS]]}
        for name, values in columns.items():
            if isinstance(values, np.ndarray):
                made[name] = numbers_column(values[of], some)
            else:
                made |= strings_columns(name, values.take(to_arrow(of)), some)
        for name, values in numbers.items():
            made[name] = numbers_column(values[_places(sums[of], sizes[of])], longer)
        tables.append(rows(schema, made))
    return pa.concat_tables(tables)


def _places(first: Numbers, sizes: Numbers) -> Numbers:
    """Return so many places from each first one on."""
    before = np.cumsum(sizes) - sizes
    return np.repeat(first - before, sizes) + np.arange(sizes.sum())


def pack_lines(orders: frozenset[bool], parts: int, config: Config) -> Task:
    """Sum up the lines of stories by publisher: which pages print each, up to a number of them."""

    def run(batches: Batches) -> Iterator[pa.RecordBatch]:
        for table in tables_of(batches, _BYTES):
            yield from batches_of(_summarised(table, orders, parts, config))

    return run


def _summarised(table: pa.Table, orders: frozenset[bool], parts: int, config: Config) -> pa.Table:
    stories = column(table, "publisher")
    codes = name_codes(stories)
    keys, offsets, _, counted = counted_lines(features_of(table), config)
    days = days_of(parse_dates(column(table, "published"), orders), codes.size)
    rule = CompanyRule.of(config)
    found = kernels.line_summaries(keys, offsets, counted, codes, days, rule.sample, 1, 1)
    line_keys, scopes, page_offsets, contents, pages, page_days = found
    some = np.flatnonzero(scopes != ALL_PAGES)  # that is all others together
    sizes = np.diff(page_offsets)
    kept = np.repeat(scopes != ALL_PAGES, sizes)
    scope = scopes[some]
    row = _row_of_each(codes)[np.maximum(scope, 0)]
    publishers = stories.take(to_arrow(row, scope < 0)) if len(stories) else stories
    # One row a page: most lines have one.
    line = np.repeat(np.arange(some.size), sizes[some])
    return packed(
        PACKED_LINES,
        part_of(line_keys[some], parts)[line],
        {
            "keys": line_keys[some][line],
            "publishers": publishers.take(to_arrow(line)),
            "contents": contents[kept],
            "pages": to_numpy(table["key"])[pages[kept]],
            "days": page_days[kept],
        },
    )


def _row_of_each(publishers: NDArray[np.int32]) -> Numbers:
    """Return a row of each publisher's number."""
    named = np.flatnonzero(publishers >= 0)
    rows_of = np.zeros(int(publishers.max(initial=0)) + 1, dtype=np.int64)
    rows_of[publishers[named]] = named
    return rows_of


def merge_lines(parts: int, config: Config) -> Task:
    """Merge what was summed up: rows of ``SAMPLED`` for the lines of enough pages."""

    def run(batches: Batches) -> Iterator[pa.RecordBatch]:
        for table in tables_of(batches, _EVERYTHING):
            yield from batches_of(_sampled(table, parts, config))
        yield from batches_of(SAMPLED.empty_table())

    return run


def _sampled(table: pa.Table, parts: int, config: Config) -> pa.Table:
    rule = CompanyRule.of(config)
    keys, contents = (numbers_of(table, name, np.uint64)[0] for name in ("keys", "contents"))
    pages, days = (
        numbers_of(table, name, kind)[0] for name, kind in (("pages", np.int64), ("days", np.int32))
    )
    names = strings_of(table, "publishers")
    scopes = name_codes(names)
    scopes = np.where(scopes < 0, UNKNOWN_PUBLISHER, scopes).astype(np.int32)
    lines = keys, scopes, np.arange(keys.size + 1), contents
    own = kernels.merge_summaries(*lines, pages, days, rule.sample)
    every = np.full(own[1].size, ALL_PAGES, dtype=np.int32)
    both = own, kernels.merge_summaries(own[0], every, *own[2:], rule.sample)
    row_of = _row_of_each(scopes)
    least = {ALL_PAGES: rule.any, UNKNOWN_PUBLISHER: rule.unknown}
    found = []
    for line_keys, of, ends, _, sampled, when in both:
        bar = np.full(of.size, rule.same)
        for unnamed, pages_needed in least.items():
            bar[of == unnamed] = pages_needed
        sizes = np.diff(ends)
        enough = np.flatnonzero(sizes >= bar)
        chosen = _places(ends[enough], sizes[enough])
        scope = of[enough]
        found.append(
            packed(
                SAMPLED,
                part_of(sampled[ends[enough]], parts),  # those of the same pages
                {
                    "lines": line_keys[enough],
                    "scopes": np.minimum(scope, 0),
                    "publishers": names.take(to_arrow(row_of[np.maximum(scope, 0)], scope < 0)),
                    "sizes": sizes[enough],
                },
                (sizes[enough], {"pages": sampled[chosen], "days": when[chosen]}),
            )
        )
    return pa.concat_tables(found)


def pages_needed() -> Task:
    """Yield the pages that each part's lines were sampled from, each once a partition."""

    def run(batches: Batches) -> Iterator[pa.RecordBatch]:
        for table in tables_of(batches, _EVERYTHING):
            pages, offsets = numbers_of(table, "pages", np.int64)
            part = np.repeat(to_numpy(table["part"]), np.diff(offsets))
            order = np.lexsort((pages, part))
            pages, part = pages[order], part[order]
            first = np.append(True, (np.diff(pages) != 0) | (np.diff(part) != 0))[: pages.size]
            yield from batches_of(rows(PAGES, {"part": part[first], "key": pages[first]}))

    return run


def find_company(config: Config) -> Task:
    """Say what repetition makes of lines, given their pages.

    Takes the lines of all pages that the others name (``t`` 0), and rows of ``SAMPLED`` (1).
    """

    def run(batches: Batches) -> Iterator[pa.RecordBatch]:
        for table in tables_of(batches, _EVERYTHING):
            yield from batches_of(_verdicts(table, config))
        yield from batches_of(VERDICTS.empty_table())

    return run


def _verdicts(table: pa.Table, config: Config) -> pa.Table:
    what = to_numpy(table["t"])
    stories = table.filter(pa.array(what == 0)).sort_by("key")
    sampled = table.filter(pa.array(what == 1))
    scopes, _ = numbers_of(sampled, "scopes", np.int32)
    sizes, _ = numbers_of(sampled, "sizes", np.int64)
    pages, _ = numbers_of(sampled, "pages", np.int64)
    days, _ = numbers_of(sampled, "days", np.int32)
    numbers = np.searchsorted(to_numpy(stories["key"]), pages)
    found = company_verdicts(
        (scopes, np.append(0, np.cumsum(sizes)), numbers, days),
        counted_lines(features_of(stories), config),
        CompanyRule.of(config),
    )
    some = np.flatnonzero(found != BODY)
    return rows(
        VERDICTS,
        {
            "key": numbers_of(sampled, "lines", np.int64)[0][some],
            "scope": scopes[some],
            "publisher": strings_of(sampled, "publishers").take(to_arrow(some)),
            "verdict": found[some],
        },
    )


def _by_rank(table: pa.Table) -> pa.Table:
    """Sort rows, so that ranks are little more than those before them."""
    return table.take(pa.array(np.argsort(to_numpy(table["rank"]))))


def _steps(ranks: Numbers, parts: Numbers) -> Numbers:
    """Return what each rank is more than the one before it in its part, which is mostly little."""
    order = _by_number(parts)
    steps = np.empty_like(ranks)
    new = np.ones(ranks.size, dtype=bool)
    new[1:] = (np.diff(parts[order]) != 0) | (np.arange(1, parts.size) % _ROW == 0)
    steps[order] = np.where(new, ranks[order], np.diff(ranks[order], prepend=0))
    return steps.astype(np.int32)


def _ranks(table: pa.Table) -> Numbers:
    """Return the ranks of packed steps."""
    steps, offsets = numbers_of(table, "steps", np.int32)
    sums = np.cumsum(steps, dtype=np.int64)
    if not steps.size:
        return sums
    before = np.where(offsets[:-1] > 0, sums[offsets[:-1] - 1], 0)
    return np.asarray(sums - np.repeat(before, np.diff(offsets)))


def pack_bands(parts: int) -> Task:
    """Send each band's key of stories (rank, bands) to its part."""

    def run(batches: Batches) -> Iterator[pa.RecordBatch]:
        for table in map(_by_rank, tables_of(batches, _BYTES)):
            values, offsets = numbers_of(table, "bands", np.uint32)
            bands = np.arange(values.size) - np.repeat(offsets[:-1], np.diff(offsets))
            keys = bands << 32 | values.astype(np.int64)
            ranks = np.repeat(to_numpy(table["rank"]), np.diff(offsets))
            part = part_of(keys, parts)
            columns = {"keys": keys, "steps": _steps(ranks, part)}
            yield from batches_of(packed(PACKED_BANDS, part, columns))

    return run


def share_bands() -> Task:
    """Yield the stories of the buckets of several, those of the same stories once."""

    def run(batches: Batches) -> Iterator[pa.RecordBatch]:
        for table in tables_of(batches, _EVERYTHING):
            keys, _ = numbers_of(table, "keys", np.int64)
            ranks = _ranks(table)
            order = np.lexsort((ranks, keys))
            keys, ranks = keys[order], ranks[order]
            first = np.flatnonzero(np.diff(keys, prepend=-1))
            ends = np.append(first[1:], keys.size)
            several = ends - first > 1
            known: set[bytes] = set()
            kept = np.zeros(keys.size, dtype=bool)
            for start, end in zip(first[several].tolist(), ends[several].tolist(), strict=True):
                members = ranks[start:end].tobytes()
                if members not in known:
                    known.add(members)
                    kept[start:end] = True
            yield from batches_of(rows(GROUPS, {"bucket": keys[kept], "member": ranks[kept]}))
        yield from batches_of(GROUPS.empty_table())

    return run


def mark_fingerprints(slots: int) -> Task:
    """Mark the slots of stories' fingerprints: a row of as many bits a partition."""

    def run(batches: Batches) -> Iterator[pa.RecordBatch]:
        marks = np.zeros(slots, dtype=bool)
        for table in tables_of(batches, _BYTES):
            keys, _ = numbers_of(table, "fingerprints", np.uint64)
            marks[_slots(keys, slots)] = True
        bits = np.packbits(marks)
        yield from batches_of(rows(MARKS, {"bits": bytes_column(bits, np.array([0, bits.size]))}))

    return run


def _slots(keys: NDArray[np.uint64], slots: int) -> Numbers:
    """Return the slot of each fingerprint, whatever stands around it; `slots` is a power of 2."""
    return np.asarray(keys >> np.uint64(SURROUNDING_BITS) & np.uint64(slots - 1), dtype=np.int64)


def pack_fingerprints(parts: int, marks: NDArray[np.uint8] | None = None) -> Task:
    """Send the fingerprints of stories (rank, label, asked, fingerprints) to their parts.

    Of the stories of one label that have a fingerprint only the first goes.

    Parameters
    ----------
    parts : int
        How many.
    marks : ndarray of uint8, optional
        Bits of the slots in which the fingerprints are that go.
    """

    def run(batches: Batches) -> Iterator[pa.RecordBatch]:
        known = None if marks is None else np.unpackbits(marks).view(bool)
        for table in map(_by_rank, tables_of(batches, _BYTES)):
            yield from batches_of(_packed_fingerprints(table, parts, known))

    return run


def _packed_fingerprints(
    table: pa.Table, parts: int, known: NDArray[np.bool_] | None = None
) -> pa.Table:
    keys, offsets = numbers_of(table, "fingerprints", np.uint64)
    if known is not None:
        asked_for = known[_slots(keys, known.size)]
        keys, offsets = keys[asked_for], np.append(0, np.cumsum(asked_for))[offsets]
    sizes = np.diff(offsets)
    ranks, labels = to_numpy(table["rank"]), to_numpy(table["label"])
    asked = to_numpy(table["asked"], missing=False)
    behind = np.where(asked, -1, ranks - labels).astype(np.int32)
    _, label, counts = np.unique(labels, return_inverse=True, return_counts=True)
    row = np.repeat(np.arange(ranks.size), sizes)
    kept = np.ones(keys.size, dtype=bool)
    shared = np.flatnonzero((counts[label] > 1)[row])
    if shared.size:
        some, rank = keys[shared] >> np.uint64(SURROUNDING_BITS), ranks[row[shared]]
        of = label[row[shared]]
        order = np.lexsort((rank, of, some))
        some, rank, of = some[order], rank[order], of[order]
        first = np.ones(order.size, dtype=bool)
        first[1:] = (some[1:] != some[:-1]) | (of[1:] != of[:-1])
        smallest = rank[np.maximum.accumulate(np.where(first, np.arange(order.size), 0))]
        kept[shared[order[rank != smallest]]] = False
    keys, row = keys[kept], row[kept]
    part = part_of(keys >> np.uint64(SURROUNDING_BITS), parts)
    columns = {"keys": keys, "steps": _steps(ranks[row], part), "behind": behind[row]}
    return packed(PACKED_FINGERPRINTS, part, columns)


def share_fingerprints(parts: int, config: Config, *, asked: bool) -> Task:
    """Propose the pairs of stories that share fingerprints, and name those of many labels.

    Pairs go to parts of their own, since one may need two fingerprints.

    Parameters
    ----------
    parts : int
        Of pairs.
    config : Config
        Settings.
    asked : bool
        Whether only the fingerprints count that some story has of which pairs are asked.
    """

    def run(batches: Batches) -> Iterator[pa.RecordBatch]:
        for table in tables_of(batches, _EVERYTHING):
            yield from batches_of(_proposed(table, parts, config, asked=asked))
        yield from batches_of(PACKED_PAIRS.empty_table())

    return run


def _proposed(table: pa.Table, parts: int, config: Config, *, asked: bool) -> pa.Table:
    keys, ranks = numbers_of(table, "keys", np.uint64)[0], _ranks(table)
    behind, _ = numbers_of(table, "behind", np.int32)
    if asked:
        plain = keys >> np.uint64(SURROUNDING_BITS)
        some = np.isin(plain, plain[behind < 0])
        keys, ranks, behind = keys[some], ranks[some], behind[some]
    stories, numbers = np.unique(ranks, return_inverse=True)
    order = _by_number(numbers)
    labels = stories.copy()
    labels[numbers] = ranks - np.maximum(behind, 0)
    offsets = np.concatenate([[0], np.cumsum(np.bincount(numbers, minlength=stories.size))])
    sure, once, listed, ends, list_keys, around = kernels.postings_of_some(
        keys[order], offsets.astype(np.int64), numbers=np.arange(stories.size), labels=labels,
        most=config.max_classes, run_words=config.window - 1,
    )  # fmt: skip
    pairs = np.concatenate([sure, once])
    of_lists = np.repeat(list_keys.view(np.int64), np.diff(ends))
    columns = {
        "kind": np.repeat(np.array([2, 1, 0], np.uint8), [len(sure), len(once), listed.size]),
        "a": np.concatenate([stories[pairs[:, 0]], of_lists]),
        "b": np.concatenate([stories[pairs[:, 1]], stories[listed]]),
        "around": np.concatenate([np.zeros(len(pairs), np.uint32), around]),
    }
    return packed(PACKED_PAIRS, part_of(columns["a"] * 31 + columns["b"], parts), columns)


def settle_pairs() -> Task:
    """Yield the pairs that are sure or that two fingerprints propose, and long lists, as they are.

    One row of ``SHARED``: ``a`` and ``b`` of pairs, whose ``around`` is -1; or a fingerprint, a
    story that has it, and what is around it there.
    """

    def run(batches: Batches) -> Iterator[pa.RecordBatch]:
        for table in tables_of(batches, _EVERYTHING):
            kind, _ = numbers_of(table, "kind", np.uint8)
            a, b = (numbers_of(table, name, np.int64)[0] for name in "ab")
            around, _ = numbers_of(table, "around", np.uint32)
            pair = kind > 0
            keys, numbers = np.unique(a[pair] << 32 | b[pair], return_inverse=True)
            found = keys[np.bincount(numbers, weights=kind[pair], minlength=keys.size) > 1]
            made = {
                "a": np.concatenate([found >> 32, a[~pair]]),
                "b": np.concatenate([found & 0xFFFFFFFF, b[~pair]]),
                "around": np.append(np.full(found.size, -1), around[~pair].astype(np.int64)),
            }
            ends = np.array([0, made["a"].size])
            columns = {name: numbers_column(values, ends) for name, values in made.items()}
            yield from batches_of(rows(SHARED, columns))
        yield from batches_of(SHARED.empty_table())

    return run
