"""Furniture by the company a line keeps: what at least half of the pages that print it also print.

The lines of a story, however many copies, versions or woven copies there are, keep the whole
story for company; a sign-up box keeps a box. A summary of a line holds the pages of smallest
content hash that print it, of each publisher and of all. Summaries merge by union and cut, exactly
and in any order; nothing is summed, so evidence does not add up over copies.
"""

from __future__ import annotations

from collections import Counter, defaultdict

import numpy as np
from numpy.typing import NDArray

from dupdetect.kernels.codes import (
    ALL_PAGES,
    BODY,
    FURNITURE,
    STANDING,
    UNKNOWN_DAY,
    UNKNOWN_PUBLISHER,
)
from dupdetect.kernels.numbers import LINES
from dupdetect.kernels.reference.arrays import check_equal, check_offsets, offsets_of, spans
from dupdetect.kernels.reference.hashing import MASK64, mix64

_TAKEN_SALT = 0xA0761D6478BD642F

Summaries = tuple[
    NDArray[np.uint64],
    NDArray[np.int32],
    NDArray[np.int64],
    NDArray[np.uint64],
    NDArray[np.int64],
    NDArray[np.int32],
]
_Samples = dict[tuple[int, int], dict[int, tuple[int, int]]]
"""(line key, scope) -> {content hash: (page, day)}."""


def line_summaries(
    keys: NDArray[np.uint64],
    line_offsets: NDArray[np.int64],
    counted: NDArray[np.uint8],
    publishers: NDArray[np.int32],
    days: NDArray[np.int32],
    sample: int,
    least: int,
    threads: int,  # noqa: ARG001  one thread does it here
) -> Summaries:
    """Summarise which pages print each line.

    Parameters
    ----------
    keys : uint64, shape (lines,)
        Line keys as :func:`scan_lines` returns them.
    line_offsets : int64, shape (n + 1,)
        Where each page's lines start and end.
    counted : uint8, shape (lines,)
        0 for lines that are furniture already: they are summarised, but keep nobody company.
    publishers : int32, shape (n,)
        A number per publisher; negative: unknown.
    days : int32, shape (n,)
        Days since 1970; ``UNKNOWN_DAY`` where unknown.
    sample : int
        Pages to keep of each line and scope. Pages of equal lines count once; long pages, of
        more than ``long_page`` lines, not at all.
    least : int
        Summaries of fewer pages are left out: for summaries that are to be merged, 1.
    threads
        Without effect.

    Returns
    -------
    keys : uint64, shape (summaries,)
        Ascending.
    scopes : int32, shape (summaries,)
        Whose pages: ``ALL_PAGES``, ``UNKNOWN_PUBLISHER`` or a publisher's number; ascending for
        one key.
    offsets : int64, shape (summaries + 1,)
        Where each one's pages start and end.
    contents : uint64, shape (pages,)
        Content hashes, ascending in each summary.
    pages : int64, shape (pages,)
        Row of a page; of pages of equal content the first.
    days : int32, shape (pages,)
        Of pages of equal content the first known.

    Raises
    ------
    ValueError
        When offsets leave the data or lengths differ.
    """
    check_offsets(line_offsets, len(keys), "line_offsets")
    check_equal(len(counted), len(keys), "counted")
    check_equal(len(publishers), len(line_offsets) - 1, "publishers")
    check_equal(len(days), len(publishers), "days")
    samples: _Samples = defaultdict(dict)
    for page, row in enumerate(spans(line_offsets)):
        if row.stop - row.start > LINES.long_page:
            continue
        found = {content_hash(keys[row].tolist(), counted[row].tolist()): (page, int(days[page]))}
        for key in set(keys[row].tolist()):
            for scope in (ALL_PAGES, max(UNKNOWN_PUBLISHER, int(publishers[page]))):
                _add(samples[key, scope], found, sample)
    return _arrays({where: one for where, one in samples.items() if len(one) >= max(least, 1)})


def content_hash(keys: list[int], counted: list[int]) -> int:
    """Return a hash of a page's lines in any order, and of which of them count."""
    lines = zip(keys, counted, strict=True)
    return mix64(sum(mix64(key ^ (0 if one else _TAKEN_SALT)) for key, one in lines) & MASK64)


def _add(sample: dict[int, tuple[int, int]], others: dict[int, tuple[int, int]], most: int) -> None:
    for content, (page, day) in others.items():
        other_page, other_day = sample.get(content, (page, day))
        known = [one for one in (day, other_day) if one != UNKNOWN_DAY]
        sample[content] = min(page, other_page), min(known, default=UNKNOWN_DAY)
    for content in sorted(sample)[most:]:
        del sample[content]


def _arrays(samples: _Samples) -> Summaries:
    order = sorted(samples)
    pages = [
        (content, *samples[where][content]) for where in order for content in sorted(samples[where])
    ]
    return (
        np.array([key for key, _ in order], np.uint64),
        np.array([scope for _, scope in order], np.int32),
        offsets_of([len(samples[where]) for where in order]),
        np.array([content for content, _, _ in pages], np.uint64),
        np.array([page for _, page, _ in pages], np.int64),
        np.array([day for _, _, day in pages], np.int32),
    )


def merge_summaries(
    keys: NDArray[np.uint64],
    scopes: NDArray[np.int32],
    offsets: NDArray[np.int64],
    contents: NDArray[np.uint64],
    pages: NDArray[np.int64],
    days: NDArray[np.int32],
    sample: int,
) -> Summaries:
    """Merge summaries of parts of a collection, joined one after the other.

    Parameters
    ----------
    keys, scopes, offsets, contents, pages, days
        As :func:`line_summaries` returns them, with ``least`` 1; keys may come again, and pages
        are numbered through.
    sample : int
        As there.

    Returns
    -------
    tuple of arrays
        As :func:`line_summaries` returns for the whole, however it was divided.

    Raises
    ------
    ValueError
        When offsets leave the data or lengths differ.
    """
    check_offsets(offsets, len(contents), "offsets")
    check_equal(len(offsets), len(keys) + 1, "offsets")
    check_equal(len(scopes), len(keys), "scopes")
    check_equal(len(pages), len(contents), "pages")
    check_equal(len(days), len(contents), "days")
    samples: _Samples = defaultdict(dict)
    for key, scope, row in zip(keys.tolist(), scopes.tolist(), spans(offsets), strict=True):
        entries = zip(pages[row].tolist(), days[row].tolist(), strict=True)
        found = dict(zip(contents[row].tolist(), entries, strict=True))
        _add(samples[key, scope], found, sample)
    return _arrays(samples)


def company_verdicts(
    scopes: NDArray[np.int32],
    offsets: NDArray[np.int64],
    pages: NDArray[np.int64],
    days: NDArray[np.int32],
    keys: NDArray[np.uint64],
    line_offsets: NDArray[np.int64],
    words: NDArray[np.uint32],
    counted: NDArray[np.uint8],
    *,
    same: int,
    any: int,  # noqa: A002
    unknown: int,
    often: int,
    little: int,
    most: int,
    little_any: int,
    line_words: int,
    apart_days: int,
    weeks: int,
    threads: int,  # noqa: ARG001  one thread does it here
) -> NDArray[np.uint8]:
    """Say what each summary makes of its line.

    The company of a line is the lines that at least half of its pages print. A line is furniture
    when its company has few words and the pages have others: when they are no copies.

    Parameters
    ----------
    scopes, offsets, pages, days
        As :func:`line_summaries` returns them.
    keys, line_offsets, words, counted
        Lines of all pages that are named; those with ``counted`` 0 are taken for gone.
    same, any, unknown : int
        Pages of one publisher, of all, of unknown publishers that may make a line furniture.
    often : int
        Pages of one publisher that make "often".
    little, most, little_any : int
        Words of company below which a line is furniture: of one publisher; of one that prints
        it often or with days between, and of unknown ones; of all.
    line_words : int
        Words of a line that counts among those.
    apart_days : int
        Days from the first to the last of the pages.
    weeks : int
        Different weeks in which a publisher prints a line: it is standing text if no furniture,
        as it is if it is printed often on pages that have more of their own.
    threads
        Without effect.

    Returns
    -------
    uint8, shape (summaries,)
        ``BODY``, ``FURNITURE`` or ``STANDING``.

    Raises
    ------
    ValueError
        When offsets leave the data, lengths differ, or there is no such page.
    """
    check_offsets(offsets, len(pages), "offsets")
    check_equal(len(offsets), len(scopes) + 1, "offsets")
    check_equal(len(days), len(pages), "days")
    check_offsets(line_offsets, len(keys), "line_offsets")
    check_equal(len(words), len(keys), "words")
    check_equal(len(counted), len(keys), "counted")
    for page in pages.tolist():
        if not 0 <= page < len(line_offsets) - 1:
            raise ValueError(f"pages: {page} is no story's number")
    rows = spans(line_offsets)
    verdicts = np.full(len(scopes), BODY, np.uint8)
    for number, (scope, row) in enumerate(zip(scopes.tolist(), spans(offsets), strict=True)):
        asked = [_page(keys, words, counted, rows[page]) for page in pages[row].tolist()]
        known = sorted(day for day in days[row].tolist() if day != UNKNOWN_DAY)
        is_often = len(asked) >= often
        is_apart = bool(known) and known[-1] - known[0] >= apart_days
        shared, full = _company(asked, line_words)
        if scope == ALL_PAGES:
            few = len(asked) >= any and shared < little_any
        elif scope < 0:
            few = len(asked) >= unknown and shared < most
        else:
            few = len(asked) >= same and shared < (most if is_often or is_apart else little)
        comes_back = bool(known) and len({day // 7 for day in known}) >= weeks
        if few and not full:
            verdicts[number] = FURNITURE
        elif scope >= 0 and len(asked) >= same and (comes_back or (is_often and not full)):
            verdicts[number] = STANDING
    return verdicts


def _page(
    keys: NDArray[np.uint64], words: NDArray[np.uint32], counted: NDArray[np.uint8], row: slice
) -> dict[int, int]:
    """Words of each different line that counts."""
    lines = zip(keys[row].tolist(), words[row].tolist(), counted[row].tolist(), strict=True)
    return {key: size for key, size, one in lines if one}


def _company(asked: list[dict[int, int]], line_words: int) -> tuple[int, bool]:
    """Words of the longer lines that half of the pages share, and if most pages are little else."""
    times = Counter(key for page in asked for key in page)
    size_of = {key: size for page in asked for key, size in page.items()}
    shared = {key for key, count in times.items() if 2 * count >= len(asked)}
    full = sum(
        2 * sum(size for key, size in page.items() if key in shared) >= sum(page.values())
        for page in asked
    )
    words = sum(size_of[key] for key in shared if size_of[key] >= line_words)
    return words, 2 * full >= len(asked)


def look_up_verdicts(
    keys: NDArray[np.uint64],
    scopes: NDArray[np.int32],
    verdicts: NDArray[np.uint8],
    line_keys: NDArray[np.uint64],
    line_offsets: NDArray[np.int64],
    publishers: NDArray[np.int32],
) -> NDArray[np.uint8]:
    """Say what repetition makes of every line.

    Parameters
    ----------
    keys, scopes, verdicts
        Of summaries; no key and scope come twice.
    line_keys, line_offsets, publishers
        Lines of pages and the pages' publishers.

    Returns
    -------
    uint8, shape (lines,)
        ``FURNITURE`` where all pages say so, else what the line's own publisher says.

    Raises
    ------
    ValueError
        When offsets leave the data or lengths differ.
    """
    check_equal(len(scopes), len(keys), "scopes")
    check_equal(len(verdicts), len(keys), "verdicts")
    check_offsets(line_offsets, len(line_keys), "line_offsets")
    check_equal(len(publishers), len(line_offsets) - 1, "publishers")
    where = zip(keys.tolist(), scopes.tolist(), strict=True)
    known = dict(zip(where, verdicts.tolist(), strict=True))
    found = np.full(len(line_keys), BODY, np.uint8)
    for publisher, row in zip(publishers.tolist(), spans(line_offsets), strict=True):
        for line in range(row.start, row.stop):
            key = int(line_keys[line])
            own = known.get((key, max(UNKNOWN_PUBLISHER, publisher)), BODY)
            anywhere = known.get((key, ALL_PAGES), BODY) == FURNITURE
            found[line] = FURNITURE if anywhere else own
    return found
