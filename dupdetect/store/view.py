"""One generation of an index, over the memory of its files."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import accumulate
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from dupdetect.errors import FormatError
from dupdetect.products.corpus import Corpus, Source
from dupdetect.products.pairs import Numbers
from dupdetect.products.texts import LineStatus
from dupdetect.store.files import Files, Manifest, decoded, tables_in
from dupdetect.store.pairs import PairMemory, known_pairs
from dupdetect.store.segments import (
    SKETCHES,
    STORIES,
    SketchSegment,
    StorySegment,
    gathered,
    split,
    taken,
)
from dupdetect.store.texts import Packing, Unpacked
from dupdetect.support.columns import contained, numbered_names, numbers_among, to_arrow, to_numpy

__all__ = ["LIVE", "REPORTED", "VERDICTS", "KnownVerdicts", "Live", "View", "load"]

Seqs = NDArray[np.uint32]

#: The stories of a generation, a row each, by ``seq``: their body (``uid``), their cluster, and
#: other stories of it; a story that has no parent or keeper names itself there.
LIVE = pa.schema(
    [
        pa.field(name, pa.uint32(), nullable=False)
        for name in ("seq", "uid", "name", "canonical", "parent", "keeper")
    ]
)

#: Pairs whose relation is reported.
REPORTED = pa.schema([pa.field(name, pa.uint32(), nullable=False) for name in "ab"])

#: What repetition made of lines when the index was last settled; no publisher: that of all pages
#: (``scope`` -2 and -1 as in the kernels).
VERDICTS = pa.schema(
    [
        pa.field("key", pa.uint64(), nullable=False),
        pa.field("scope", pa.int32(), nullable=False),
        pa.field("publisher", pa.large_string()),
        pa.field("verdict", pa.uint8(), nullable=False),
    ]
)

_RUN = 16  # rows of a run, from which it is copied as one
_FEW = 256  # rows that are copied one by one
TRIES = 100  # a reader starts again where a writer took files away meanwhile


@dataclass(frozen=True, slots=True, eq=False)
class Live:
    """The stories of a generation; arrays of uint32, shape (stories,), see :data:`LIVE`.

    Attributes
    ----------
    pairs : ndarray of uint32, shape (pairs, 2)
        Those whose relation is reported.
    """

    seq: Seqs
    uid: Seqs
    name: Seqs
    canonical: Seqs
    parent: Seqs
    keeper: Seqs
    pairs: Seqs

    @classmethod
    def empty(cls) -> Live:
        """No stories."""
        none = np.empty(0, dtype=np.uint32)
        return cls(none, none, none, none, none, none, none.reshape(0, 2))

    def tables(self) -> tuple[pa.Table, pa.Table]:
        """Return the tables of stories and of pairs."""
        columns = [to_arrow(getattr(self, one.name)) for one in LIVE]
        ends = [to_arrow(np.ascontiguousarray(self.pairs[:, side])) for side in (0, 1)]
        return (
            pa.Table.from_arrays(columns, schema=LIVE),
            pa.Table.from_arrays(ends, schema=REPORTED),
        )

    @classmethod
    def of(cls, stories: pa.Table, pairs: pa.Table) -> Live:
        """Return what the tables hold."""
        ends = np.stack([to_numpy(pairs[side]) for side in "ab"], axis=1)
        columns = {one.name: to_numpy(stories[one.name]) for one in LIVE}
        return cls(**columns, pairs=ends)

    def rows(self, seqs: NDArray[np.integer]) -> Numbers:
        """Return the rows of stories; -1 for those that are not there."""
        return _find(self.seq, seqs)

    def without(self, seqs: Seqs) -> Live:
        """Return all other stories, and the pairs of them."""
        if not seqs.size:
            return self
        stays = ~contained(self.seq, seqs)
        pairs = self.pairs[~contained(self.pairs, seqs).any(axis=1)]
        kept = {one.name: getattr(self, one.name)[stays] for one in LIVE}
        return Live(**kept, pairs=pairs)


@dataclass(frozen=True, eq=False)
class KnownVerdicts:
    """What repetition makes of lines, as arrays of shape (verdicts,).

    Attributes
    ----------
    table : pyarrow.Table
        Schema :data:`VERDICTS`; keys ascend.
    """

    table: pa.Table = field(default_factory=VERDICTS.empty_table)

    @cached_property
    def keys(self) -> NDArray[np.uint64]:
        """Keys of the lines."""
        return to_numpy(self.table["key"])

    @cached_property
    def codes(self) -> NDArray[np.uint8]:
        """What each is taken for."""
        return to_numpy(self.table["verdict"])

    @cached_property
    def _named(self) -> tuple[NDArray[np.int32], dict[str, int]]:
        """Number of the publisher of each, -1 for none, and the numbers of the names."""
        return numbered_names(self.table["publisher"].combine_chunks(), {})

    @cached_property
    def scopes(self) -> NDArray[np.int32]:
        """Number of the publisher that each is about; see :data:`VERDICTS` where it is none."""
        numbers = self._named[0]
        return np.where(numbers >= 0, numbers, to_numpy(self.table["scope"])).astype(np.int32)

    def unlike(self, table: pa.Table) -> NDArray[np.uint64]:
        """Return the lines of which another table says something else, ascending."""
        other = KnownVerdicts(table)
        numbers = self.numbers_of(table["publisher"].combine_chunks())
        scopes = np.where(numbers >= 0, numbers, to_numpy(table["scope"]))
        keys = np.concatenate([self.keys, other.keys])
        rest = np.concatenate([self.scopes, scopes]), np.concatenate([self.codes, other.codes])
        order = np.lexsort((*rest, keys))
        same = np.ones(order.size + 1, dtype=bool)  # as the row before, of those in order
        same[[0, -1]] = False
        for column in (keys, *rest):
            same[1:-1] &= column[order[1:]] == column[order[:-1]]
        return keys[order[~same[1:] & ~same[:-1]]]

    def numbers_of(self, publishers: pa.Array) -> NDArray[np.int32]:
        """Return the numbers of publishers; others than those of the verdicts have higher ones."""
        return numbers_among(publishers, self._named[1])


@dataclass(frozen=True, eq=False)
class View:
    """One generation, or one that is about to be written.

    Attributes
    ----------
    stories : tuple of StorySegment
        The stories, by ``seq``.
    sketches : tuple of SketchSegment
        What was made of them, by ``uid``.
    packing : Packing
        How their texts are compressed.
    live : Live
        Which stories there are.
    memory : PairMemory
        What pairs were found to be.
    verdicts : KnownVerdicts
        What repetition makes of lines.
    settled_seq : int
        Stories before it were there when `verdicts` were found.
    read : mapping of str to Any
        What was read of files, by name: the next generation has most of them.
    """

    stories: tuple[StorySegment, ...] = ()
    sketches: tuple[SketchSegment, ...] = ()
    packing: Packing = field(default_factory=Packing)
    live: Live = field(default_factory=Live.empty)
    memory: PairMemory = field(default_factory=PairMemory)
    verdicts: KnownVerdicts = field(default_factory=KnownVerdicts)
    settled_seq: int = 0
    read: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def story_seqs(self) -> Seqs:
        """``seq`` of each row of the stories, ascending; also of those that are gone."""
        return _joined([one.seqs for one in self.stories])

    @cached_property
    def sketch_uids(self) -> Seqs:
        """``uid`` of each row of the sketches, ascending; also of those that are gone."""
        return _joined([one.uids for one in self.sketches])

    @cached_property
    def row_of_uid(self) -> Numbers:
        """Row in ``live`` of each ``uid`` that was ever sketched; -1 for those not in use."""
        size = int(self.sketch_uids[-1]) + 1 if self.sketch_uids.size else 0
        found = np.full(size, -1, dtype=np.int64)
        found[self.live.uid] = np.arange(self.live.uid.size)
        return found

    @cached_property
    def alive(self) -> NDArray[np.bool_]:
        """Whether each ``uid`` that a sketch has is in use, by ``uid``."""
        return np.asarray(self.row_of_uid >= 0)

    @cached_property
    def keys(self) -> NDArray[np.uint64]:
        """Key of the id of each live story, shape (stories,)."""
        found: NDArray[np.uint64] = np.concatenate(
            [np.empty(0, np.uint64), *(one.keys for one in self.stories)]
        )[_find(self.story_seqs, self.live.seq)]
        return found

    @cached_property
    def published_us(self) -> Numbers:
        """When each live story was published, shape (stories,)."""
        found: Numbers = np.concatenate(
            [np.empty(0, np.int64), *(one.published_us for one in self.stories)]
        )[_find(self.story_seqs, self.live.seq)]
        return found

    def has_keys(self, keys: NDArray[np.uint64]) -> NDArray[np.bool_]:
        """Tell which keys of ids are those of live stories."""
        found = np.zeros(keys.size, dtype=bool)
        for segment in self.stories:
            known, seqs = segment.by_key
            at = np.flatnonzero(_find(known, keys) >= 0)
            found[at] |= self.live.rows(seqs[_find(known, keys[at])]) >= 0
        return found

    def stories_of(self, seqs: Seqs, columns: Sequence[str] | None = None) -> pa.Table:
        """Return the stories, without texts, of some ``seq``, which ascend."""
        rows = _find(self.story_seqs, seqs)
        tables = [one.table for one in self.stories] or [STORIES.empty_table()]
        return gathered(tables, rows, columns)

    def ids_of(self, seqs: Seqs) -> list[str]:
        """Return the ids of some ``seq``, which ascend."""
        inside = split([one.seqs.size for one in self.stories], _find(self.story_seqs, seqs))
        return [
            one.ids[row].as_py()
            for one, chosen in zip(self.stories, inside, strict=True)
            for row in chosen.tolist()
        ]

    def sketches_of(self, uids: Seqs, columns: Sequence[str] | None = None) -> pa.Table:
        """Return the sketches of some ``uid``, in any order."""
        tables = [one.table for one in self.sketches] or [SKETCHES.empty_table()]
        rows = _find(self.sketch_uids, uids)
        chosen = tables if columns is None else [one.select(list(columns)) for one in tables]
        starts = np.flatnonzero(np.diff(rows, prepend=-2) != 1)
        if _RUN * starts.size <= rows.size:  # long runs of them are copied as they are
            whole = pa.concat_tables(chosen)
            ends = np.append(starts[1:], rows.size)
            parts = zip(rows[starts].tolist(), (ends - starts).tolist(), strict=True)
            found = [whole.slice(0, 0), *(whole.slice(first, size) for first, size in parts)]
            return pa.concat_tables(found).combine_chunks()
        if (rows[1:] >= rows[:-1]).all():
            return gathered(tables, rows, columns)
        order = np.argsort(rows, kind="stable")
        back = np.empty_like(order)
        back[order] = np.arange(order.size)
        return gathered(tables, rows[order], columns).take(to_arrow(back)).combine_chunks()

    def texts_of(self, seqs: Seqs) -> tuple[NDArray[np.uint8], Numbers]:
        """Return texts, and where each starts, of some ``seq``, which ascend."""
        rows = _find(self.story_seqs, seqs)
        inside = split([one.seqs.size for one in self.stories], rows)
        return self.packing.unpack([one.texts for one in self.stories], inside)

    def unpacked(self, seqs: Seqs) -> Unpacked:
        """Return texts of some ``seq``, which ascend, that are unpacked when they are asked for."""
        rows = _find(self.story_seqs, seqs)
        inside = split([one.seqs.size for one in self.stories], rows)
        sizes = [np.empty(0, np.int64)]
        for one, chosen in zip(self.stories, inside, strict=True):
            sizes.append(to_numpy(one.texts["bytes"])[chosen].astype(np.int64))
        return Unpacked(np.concatenate(sizes), lambda some: self.texts_of(seqs[some]))

    def status_of(self, uids: Seqs) -> LineStatus:
        """Return what the lines of some ``uid`` are taken for, in any order."""
        return LineStatus(*self._lists(lambda one: one.status, uids, np.uint8))

    @cached_property
    def _misread(self) -> NDArray[np.bool_]:
        return np.concatenate([np.empty(0, np.bool_), *(one.misread for one in self.sketches)])

    def misread(self, uids: Seqs) -> NDArray[np.bool_]:
        """Tell which of some ``uid``, in any order, have the letters of a bad scan."""
        return np.asarray(self._misread[_find(self.sketch_uids, uids)])

    def _lists(
        self,
        column: Callable[[SketchSegment], tuple[Numbers, NDArray[Any]]],
        uids: Seqs,
        kind: type[np.generic],
    ) -> tuple[Numbers, NDArray[Any]]:
        """Offsets and values of a column of lists of some ``uid``, in any order."""
        rows = _find(self.sketch_uids, uids)
        if uids.size <= _FEW:
            return self._few_lists(column, rows, kind)
        order = rows.argsort(kind="stable")
        rows = rows[order]
        inside = split([one.uids.size for one in self.sketches], rows)
        sizes, parts = [np.empty(0, np.int64)], [np.empty(0, kind)]
        for one, chosen in zip(self.sketches, inside, strict=True):
            if chosen.size:
                offsets, held = column(one)
                found, ends = taken(held, offsets, chosen)
                parts.append(found)
                sizes.append(np.diff(ends))
        whole = np.concatenate([[0], *sizes]).cumsum()
        values = np.concatenate(parts)
        back = np.empty_like(order)
        back[order] = np.arange(order.size)
        values, whole = taken(values, whole, back)
        return whole, values

    def _few_lists(
        self,
        column: Callable[[SketchSegment], tuple[Numbers, NDArray[Any]]],
        rows: Numbers,
        kind: type[np.generic],
    ) -> tuple[Numbers, NDArray[Any]]:
        """As :meth:`_lists`, of some rows of all sketches, one by one."""
        ends = list(accumulate(one.uids.size for one in self.sketches))
        columns = [column(one) for one in self.sketches]
        parts = [np.empty(0, kind)]
        for row in rows.tolist():
            number = bisect_right(ends, row)
            offsets, held = columns[number]
            inside = row - (ends[number - 1] if number else 0)
            parts.append(held[offsets[inside] : offsets[inside + 1]])
        whole = np.fromiter(accumulate(map(len, parts)), np.int64, len(parts))
        return whole, np.concatenate(parts)

    def corpus(self, seqs: Seqs, *, name: str, texts: Unpacked | None = None) -> Corpus:
        """Return some stories, by ``seq``, which ascend, as if they had been read.

        Parameters
        ----------
        seqs : ndarray of uint32
            Which.
        name : str
            What stands for the path of the source.
        texts : Unpacked, optional
            Their texts; unpacked by default.
        """
        named = ("id", "title", "publisher", "published", "author")
        table = self.stories_of(seqs, [*named, "published_us", "mended"])
        count = table.num_rows
        text = (texts.text, texts.offsets) if texts else self.texts_of(seqs)
        columns = {column: table[column].combine_chunks() for column in named}
        none = np.full(count, -1, dtype=np.int64)
        return Corpus(
            ids=columns["id"],
            titles=columns["title"],
            publishers=columns["publisher"],
            published=columns["published"],
            authors=columns["author"],
            text=text[0],
            text_offsets=text[1],
            published_us=to_numpy(table["published_us"]),
            mended=to_numpy(table["mended"]),
            row_source=np.zeros(count, dtype=np.int32),
            row_line=np.arange(1, count + 1),
            row_start=none,
            row_end=none,
            sources=(Source(name, "arrow", None, {}, -1),),
            row_number=np.arange(count),
            rows=count,
        )

    def with_segments(
        self, stories: StorySegment | None = None, sketches: SketchSegment | None = None
    ) -> View:
        """Return this generation with new segments."""
        added = self
        if stories is not None:
            added = replace(added, stories=(*self.stories, stories))
        if sketches is not None:
            added = replace(added, sketches=(*self.sketches, sketches))
        return added


def load(files: Files, before: View | None = None) -> tuple[Manifest, View]:
    """Return the newest generation.

    Parameters
    ----------
    files : Files
        Where it stands.
    before : View, optional
        One that was read: files that both have are not read again.

    Raises
    ------
    FormatError
        When a file is missing or damaged.
    """
    for _ in range(TRIES):
        manifest = files.manifest()
        try:
            return manifest, _view(files, manifest, before.read if before else {})
        except FileNotFoundError as error:
            missing = error
            if files.manifest()["generation"] == manifest["generation"]:
                break
        except (pa.ArrowException, KeyError, ValueError) as error:
            raise FormatError(
                f"{files.name}: a file is damaged ({error}); restore it, or index again"
            ) from error
    raise FormatError(f"{files.name}: a file is missing ({missing}); restore it, or index again")


def _view(files: Files, manifest: Manifest, known: Mapping[str, Any]) -> View:
    parts: Mapping[str, list[str]] = manifest["tables"]
    read: dict[str, Any] = {}

    def once(make: Callable[..., Any], kind: str) -> tuple[Any, ...]:
        """Make something of the tables of each file, unless it was made before."""
        for name in parts[kind]:
            new = name not in known
            read[name] = make(*tables_in(files, manifest, name)) if new else known[name]
        return tuple(read[name] for name in parts[kind])

    live = once(lambda *data: Live.of(*map(decoded, data)), "live")
    verdicts = once(lambda data: KnownVerdicts(decoded(data)), "verdicts")
    return View(
        stories=once(lambda *data: StorySegment(*map(decoded, data)), "stories"),
        sketches=once(lambda *data: SketchSegment(*map(decoded, data)), "sketches"),
        packing=(*once(lambda data: Packing.of([decoded(data)]), "dictionary"), Packing())[0],
        live=live[0] if live else Live.empty(),
        memory=PairMemory.of(once(known_pairs, "pairs")),
        verdicts=verdicts[0] if verdicts else KnownVerdicts(),
        settled_seq=manifest["settled_seq"],
        read=read,
    )


def _joined(parts: Sequence[Seqs]) -> Seqs:
    found: Seqs = np.concatenate([np.empty(0, np.uint32), *parts])
    return found


def _find(known: NDArray[np.unsignedinteger], asked: NDArray[np.integer]) -> Numbers:
    """Where numbers stand in others, which ascend; -1 where they do not."""
    if not known.size:
        return np.full(asked.size, -1, dtype=np.int64)
    at = np.minimum(known.searchsorted(asked), known.size - 1)
    return np.where(known[at] == asked, at, -1)
