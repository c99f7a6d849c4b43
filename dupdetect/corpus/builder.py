"""From what the readers of each format yield to one corpus."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass, field, replace
from functools import partial
from typing import IO, TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dupdetect import kernels
from dupdetect.corpus.fields import option_of
from dupdetect.corpus.mend import restore_lost
from dupdetect.corpus.readers.base import MEMORY, BadRow, Batch, Seen
from dupdetect.corpus.values import hosts_of
from dupdetect.errors import InputError
from dupdetect.products.corpus import Corpus, DuplicateId, OnBadRow, Origin, Reject, Source
from dupdetect.support.columns import scalar, strings_to_arrow, text_buffers, to_arrow, to_numpy
from dupdetect.support.dates import UNKNOWN_TIME, parse_dates
from dupdetect.support.spill import Spill
from dupdetect.support.threads import in_background

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    _Texts = tuple[NDArray[np.uint8], NDArray[np.int64], IO[bytes] | None]

__all__ = ["LONGEST_ID", "USES", "CorpusBuilder", "common_type"]

MOST_BAD_ROWS = 1_000_000
"""Beyond this a run goes on only while most rows are good: each reject takes memory."""

MOST_SHORT_ROWS = 10_000
"""The same for bad rows too short to be stories: they cost far more than their bytes."""

LONGEST_ID = 2048
"""Bytes; results repeat an id for every copy of its story, so that a long one costs without end."""

_NO_STRINGS = pa.nulls(0, pa.large_string())
_SHORT_BYTES = 64  # a story without its text is longer
_IN_A_CHUNK = 90_000  # good rows that a mebibyte can have, `{"text":""}` each

USES = ("id", "text", "title", "publisher", "published", "author")


@dataclass
class CorpusBuilder:
    """Collects batches; knows the rows that were set aside and the spilled bytes."""

    on_bad_row: OnBadRow
    memory_bytes: int
    threads: int = 1
    duplicate_id: DuplicateId = "version"
    also: tuple[str, ...] = ()
    restore_lost: bool = True
    rejected: list[Reject] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)
    origins: list[Origin] = field(default_factory=list)
    kept_files: list[IO[bytes]] = field(default_factory=list)
    blank_lines: int = 0
    path: str = MEMORY  # of the source that is being read
    unread: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        """Start with no rows."""
        self._texts = Spill(self.memory_bytes, threads=self.threads)
        self._text_ends: list[NDArray[np.int64]] = [np.zeros(1, np.int64)]
        self._columns: dict[str, list[pa.LargeStringArray]] = {
            use: [] for use in (*USES, *self.also) if use != "text"
        }
        self._rows: dict[str, list[NDArray[np.int64]]] = {
            name: [] for name in ("source", "line", "start", "end", "number")
        }
        self._mended: list[NDArray[np.bool_]] = [np.zeros(0, np.bool_)]
        self._lost: list[int] = []  # stories, by number
        self._id_types: set[str | pa.DataType] = set()
        self.first_ordinal = 0
        self.good_rows = 0
        self._bad_bytes = 0
        self._last_bad = BadRow(""), ""
        self._ends_early = False

    def reject(self, bad: BadRow, *, line: int, start: int, end: int, path: str) -> None:
        """Raise `InputError`, or note the row, as `on_bad_row` says."""
        if self.on_bad_row == "stop":
            remedy = bad.remedy or (
                "mend the row, or set bad rows aside with --on-bad-row skip (on_bad_row='skip' in "
                "Python)"
            )
            line = bad.line or line
            raise InputError(bad.reason, file=path, line=line, column=bad.column, remedy=remedy)
        self._ends_early |= bad.ends_early
        if start == end >= 0:
            return
        self.rejected.append(Reject(len(self.sources), line, start, end, bad.reason))
        self._bad_bytes += end - start + 1 if start >= 0 else _SHORT_BYTES
        self._last_bad = bad, path
        # The good rows among which this one stands are counted when their batch is added.
        self._check_bad_rows(self.good_rows + _IN_A_CHUNK)

    def _check_bad_rows(self, good_rows: int) -> None:
        """Raise `InputError` where rows are bad beyond the bound, and more than are good."""
        if len(self.rejected) <= good_rows:
            return
        short = self._bad_bytes < _SHORT_BYTES * len(self.rejected)
        most = min(MOST_SHORT_ROWS, MOST_BAD_ROWS) if short else MOST_BAD_ROWS
        if len(self.rejected) <= most:
            return
        bad, path = self._last_bad
        raise InputError(
            f"{len(self.rejected):,} rows are bad, more than are good; this one: {bad.reason}",
            file=path,
            line=bad.line or self.rejected[-1].line,
            column=bad.column,
            remedy="look at the first ones with --on-bad-row stop (on_bad_row= in Python)",
        )

    def add(self, batch: Batch) -> None:
        """Take the rows of a batch of the source that is being read."""
        batch = self._without_long_ids(batch)
        text = batch.columns["text"]
        count = len(text)
        self.good_rows += count
        self._check_bad_rows(self.good_rows)
        data, offsets = text_buffers(text)
        self._text_ends.append(offsets[1:] - offsets[0] + self._texts.size)
        self._texts.append(data[offsets[0] : offsets[-1]])
        none = np.zeros(count, np.bool_)
        self._mended.append(none if batch.mended is None else batch.mended)
        if batch.lost is not None:
            self._lost += (batch.lost.nonzero()[0] + self.good_rows - count).tolist()
        for use, parts in self._columns.items():
            column = batch.columns.get(use)
            if column is None and use == "id":
                column = to_arrow(batch.ordinal + self.first_ordinal).cast(pa.large_string())
            parts.append(pa.nulls(count, pa.large_string()) if column is None else column)
        self._rows["source"].append(np.full(count, len(self.sources), np.int64))
        self._rows["number"].append(batch.ordinal + self.first_ordinal)
        for name in ("line", "start", "end"):
            self._rows[name].append(getattr(batch, name))

    def _without_long_ids(self, batch: Batch) -> Batch:
        if "id" not in batch.columns:
            return batch
        ends = text_buffers(batch.columns["id"])[1]
        lengths = ends[1:] - ends[:-1]
        kept = lengths <= LONGEST_ID
        if kept.all():
            return batch
        for row in np.flatnonzero(~kept).tolist():
            bad = BadRow(
                f"an id of {lengths[row]:,} bytes, at most {LONGEST_ID:,} are read",
                remedy=f"give a shorter one, or name another field with {option_of('id')}",
            )
            line, start, end = (int(places[row]) for places in (batch.line, batch.start, batch.end))
            self.reject(bad, line=line, start=start, end=end, path=self.path)
        columns = {use: values.filter(to_arrow(kept)) for use, values in batch.columns.items()}
        return Batch(
            columns,
            ordinal=batch.ordinal[kept],
            line=batch.line[kept],
            start=batch.start[kept],
            end=batch.end[kept],
            mended=None if batch.mended is None else batch.mended[kept],
            lost=None if batch.lost is None else batch.lost[kept],
        )

    def finish_source(
        self, source: Source, origin: Origin, *, rows: int, seen: Seen | None = None
    ) -> None:
        """Close the source whose batches were added; it had so many rows, bad ones counted."""
        self._check_bad_rows(self.good_rows)
        if seen is not None:
            self.unread.update(seen.unread)
            self._id_types |= seen.id_types if "id" in source.fields else {"string"}
        self.sources.append(replace(source, ends_early=self._ends_early))
        self._ends_early = False
        self.origins.append(origin)
        self.first_ordinal += rows

    def abandon(self) -> None:
        """Give back what was spilled; the run ends here."""
        self._texts.close()
        for file in self.kept_files:
            file.close()

    def finish(self) -> Corpus:
        """Return the corpus; two rows with one id are dealt with as `duplicate_id` says."""
        columns, rows = self._joined()
        ends = np.concatenate(self._text_ends)
        mended = np.concatenate(self._mended)
        columns["publisher"] = hosts_of(columns["publisher"])
        read_dates = partial(parse_dates, columns["published"])
        published_us = in_background(read_dates) if self.threads > 1 else read_dates
        first = _first_equal(columns["id"])
        repeated = (first != np.arange(first.size)).nonzero()[0]
        dropped = np.zeros(0, np.int64)
        if repeated.size and self.duplicate_id == "version":
            columns["id"] = _made_distinct(columns["id"], first)
            self._id_types.add("string")
        elif repeated.size:
            dropped = self._set_aside(first, columns["id"], rows)
        text, spilled = self._texts.finish()
        times = published_us()
        self._count_unread_dates(columns["published"], times)
        if dropped.size:
            kept = np.ones(len(ends) - 1, bool)
            kept[dropped] = False
            times, mended = times[kept], mended[kept]
            text, ends, spilled = self._without(kept, text, ends, spilled)
            columns = {use: values.filter(to_arrow(kept)) for use, values in columns.items()}
            self._lost = (np.cumsum(kept) - 1)[[row for row in self._lost if kept[row]]].tolist()
            rows = {name: values[kept] for name, values in rows.items()}
        if self._lost and self.restore_lost:
            text, ends, spilled = self._restored(text, ends, spilled)
        return Corpus(
            ids=columns["id"],
            titles=columns["title"],
            publishers=columns["publisher"],
            published=columns["published"],
            authors=columns["author"],
            urls=columns.get("url"),
            languages=columns.get("language"),
            text=text,
            text_offsets=ends,
            mended=mended,
            published_us=times,
            row_source=rows["source"].astype(np.int32),
            row_line=rows["line"],
            row_start=rows["start"],
            row_end=rows["end"],
            sources=tuple(self.sources),
            row_number=rows["number"],
            rows=self.first_ordinal,
            id_type=common_type(self._id_types, columns["id"]),
            unread=dict(sorted(self.unread.items())),
            repeated_ids=0 if dropped.size else repeated.size,
            duplicate_id=self.duplicate_id,
            rejected=tuple(sorted(self.rejected, key=lambda bad: (bad.source, bad.line))),
            origins=tuple(self.origins),
            blank_lines=self.blank_lines,
            spill_files=(*self.kept_files, *([] if spilled is None else [spilled])),
        )

    def _joined(self) -> tuple[dict[str, pa.LargeStringArray], dict[str, NDArray[np.int64]]]:
        """Columns and places of the rows, each in one array."""
        columns = {
            use: parts[0] if len(parts) == 1 else pa.concat_arrays([*parts, _NO_STRINGS])
            for use, parts in self._columns.items()
        }
        self._columns.clear()
        empty = np.zeros(0, np.int64)
        rows = {
            name: parts[0] if len(parts) == 1 else np.concatenate([empty, *parts])
            for name, parts in self._rows.items()
        }
        return columns, rows

    def _count_unread_dates(self, given: pa.LargeStringArray, times: NDArray[np.int64]) -> None:
        unknown = times == UNKNOWN_TIME
        if unknown.any() and given.null_count < len(given):
            said = to_numpy(pc.greater(pc.binary_length(given), scalar(0)), missing=False)
            count = int(np.count_nonzero(unknown & said))
            self.unread.update({"published": count} if count else {})

    def _set_aside(
        self,
        first: NDArray[np.int64],
        ids: pa.LargeStringArray,
        rows: Mapping[str, NDArray[np.int64]],
    ) -> NDArray[np.int64]:
        """Note all rows of one id but the last, or but the first; return their numbers."""
        stays = np.arange(first.size)
        if self.duplicate_id == "last":
            np.maximum.at(stays, first, np.arange(first.size))
            stays = stays[first]
        else:
            stays = first
        for row in np.flatnonzero(stays != np.arange(first.size)).tolist():
            other = int(stays[row])
            path = self.sources[rows["source"][row]].path
            where = f"line {rows['line'][other]}"
            if rows["source"][other] != rows["source"][row]:
                where += f" of {self.sources[rows['source'][other]].path}"
            reason = f"id {ids[row].as_py()!r} is also that of {where}"
            line, start, end = (int(rows[name][row]) for name in ("line", "start", "end"))
            if self.duplicate_id == "stop" and self.on_bad_row == "stop":
                remedy = (
                    f"make ids unique, name another field with {option_of('id')}, or compare all "
                    "with --duplicate-id version"
                )
                raise InputError(reason, file=path, line=line, remedy=remedy)
            self.rejected.append(
                Reject(
                    int(rows["source"][row]),
                    line,
                    start,
                    end,
                    reason,
                    superseded=self.duplicate_id == "last",
                )
            )
        return np.flatnonzero(stays != np.arange(first.size))

    def _restored(
        self, text: NDArray[np.uint8], ends: NDArray[np.int64], spilled: IO[bytes] | None
    ) -> _Texts:
        """Give texts the letters that they lost; rare, so all are copied once more."""

        def text_of(row: int) -> str:
            return text[ends[row] : ends[row + 1]].tobytes().decode()

        lost = set(self._lost)
        others = (row for row in range(len(ends) - 1) if row not in lost)
        restored = restore_lost(self._lost, others, text_of)
        again = Spill(self.memory_bytes)
        lengths = np.diff(ends)
        last = 0
        for row, said in sorted(restored.items()):
            data = np.frombuffer(said.encode(), np.uint8)
            again.append(text[ends[last] : ends[row]])
            again.append(data)
            lengths[row], last = data.size, row + 1
        again.append(text[ends[last] :])
        if spilled is not None:
            spilled.close()
        whole, file = again.finish()
        return whole, np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)]), file

    def _without(
        self,
        kept: NDArray[np.bool_],
        text: NDArray[np.uint8],
        ends: NDArray[np.int64],
        spilled: IO[bytes] | None,
    ) -> _Texts:
        """Leave out texts that were already taken; rare, so the others are copied once more."""
        again = Spill(self.memory_bytes)
        for start, end in _runs(kept):
            again.append(text[ends[start] : ends[end]])
        if spilled is not None:
            spilled.close()
        lengths = np.diff(ends)[kept]
        data, file = again.finish()
        return data, np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)]), file


def _runs(kept: NDArray[np.bool_]) -> Sequence[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], kept, [False]]).astype(np.int8)))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def _first_equal(ids: pa.LargeStringArray) -> NDArray[np.int64]:
    data, offsets = text_buffers(ids)
    seed = (int.from_bytes(os.urandom(8)), int.from_bytes(os.urandom(8)))
    first: NDArray[np.int64] = kernels.first_equal(data, offsets, seed)
    return first


def _made_distinct(ids: pa.LargeStringArray, first: NDArray[np.int64]) -> pa.LargeStringArray:
    """Return ids in which the second row called ``a`` is ``a#2``, and so on.

    Where some row is called that already, there are more signs between the two.
    """
    repeated = np.flatnonzero(first != np.arange(first.size))
    times: Counter[int] = Counter()
    signs = "#"
    while True:
        times.clear()
        names = []
        for row, before in zip(repeated.tolist(), first[repeated].tolist(), strict=True):
            times[before] += 1
            names.append(f"{ids[row].as_py()}{signs}{times[before] + 1}")
        mask = np.zeros(first.size, np.bool_)
        mask[repeated] = True
        found = pc.replace_with_mask(
            ids, to_arrow(mask), strings_to_arrow(names, pa.large_string())
        )
        if (_first_equal(found) == np.arange(first.size)).all():
            return found
        signs += "#"


def common_type(types: set[str | pa.DataType], ids: pa.LargeStringArray) -> pa.DataType | None:
    """Return the one type of all ids; None for strings."""
    if "string" in types or not types:
        return None
    candidates = [pa.int64(), pa.uint64()]
    if len(types) == 1 and "integer" not in types:
        candidates = [*types, *candidates]
    for kind in candidates:
        try:
            ids.cast(kind)
        except pa.ArrowInvalid:
            continue
        return kind
    return None
