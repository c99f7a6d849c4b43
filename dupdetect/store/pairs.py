"""What pairs of bodies were found to be: those that are nothing, and alignments of the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from dupdetect.products.alignments import COLUMNS, FACTS, Alignments, OwnFacts
from dupdetect.products.pairs import Numbers, among
from dupdetect.store.files import PACKED_ROWS, batches, decoded
from dupdetect.support.columns import as_one_array, to_arrow, to_numpy, united

__all__ = [
    "ALIGNED",
    "KEYS",
    "OWN",
    "Aligned",
    "KnownPairs",
    "Own",
    "PairMemory",
    "Unwritten",
    "known_pairs",
    "uid_keys",
]

#: Keys of pairs of uids, ascending.
KEYS = pa.schema([pa.field("key", pa.uint64(), nullable=False)])

#: Alignments in the order of their keys; ``turned`` says that the larger uid has the larger body.
ALIGNED = pa.schema(
    [
        pa.field("turned", pa.bool_(), nullable=False),
        pa.field("measures", pa.list_(pa.int32(), len(COLUMNS)), nullable=False),
        pa.field("facts", pa.list_(pa.int32(), len(FACTS)), nullable=False),
        pa.field("passages", pa.list_(pa.int32()), nullable=False),
        pa.field("changed", pa.list_(pa.int32()), nullable=False),
    ]
)

_OWN = tuple(one.name for one in fields(OwnFacts))
#: What stories name that those kept in their place do not, by ``uid`` of the one and the other.
OWN = pa.schema(
    [
        pa.field("key", pa.uint64(), nullable=False),
        pa.field("counts", pa.list_(pa.int32(), len(_OWN)), nullable=False),
    ]
)

_MANY = 4096  # keys that are put in order before they are looked up
Uids = NDArray[np.uint32]
Keys = NDArray[np.uint64]


def uid_keys(a: Uids, b: Uids) -> Keys:
    """Return one number for each pair of uids, whichever way round."""
    low, high = np.minimum(a, b).astype(np.uint64), np.maximum(a, b).astype(np.uint64)
    return np.asarray(low << np.uint64(32) | high)


class Aligned:
    """Alignments by key; what was read of a packed file is kept.

    Parameters
    ----------
    keys : ndarray of uint64, shape (pairs,)
        Ascending.
    data : pyarrow.Buffer or pyarrow.Table
        A table of ``ALIGNED``, in a packed file or in memory.
    """

    def __init__(self, keys: Keys, data: pa.Buffer | pa.Table) -> None:
        self.keys = keys
        self._data = data
        self._read = np.zeros(-(-keys.size // PACKED_ROWS), dtype=bool)  # of each batch
        self._measured: Measured | None = None  # of all rows; what was not read has any value

    def measured(self, places: Numbers) -> Measured:
        """Return what was measured at some places."""
        if not places.size:
            return _NOTHING
        if isinstance(self._data, pa.Table):
            if self._measured is None:
                self._measured = Measured.of(self._data)
            return self._measured.take(places)
        lacks = np.zeros(self._read.size, dtype=bool)
        lacks[places // PACKED_ROWS] = True
        numbers = (lacks & ~self._read).nonzero()[0]
        if numbers.size:
            self._measured = self._with_batches(numbers.tolist())
        held = _NOTHING if self._measured is None else self._measured
        return held.take(places)

    def _with_batches(self, numbers: list[int]) -> Measured:
        """Read batches; return all columns."""
        file = batches(self._data, Measured._fields)
        held, size = self._measured, self.keys.size
        for number in numbers:
            found = Measured.of(pa.Table.from_batches([file.get_batch(number)]))
            first, rows = number * PACKED_ROWS, found.turned.size
            self._read[number] = True
            if held is None:
                if rows == size:
                    return found
                held = Measured(
                    np.empty(size, dtype=bool),
                    np.empty((size, len(COLUMNS)), dtype=np.int32),
                    np.empty((size, len(FACTS)), dtype=np.int32),
                )
            for column, values in zip(held, found, strict=True):
                column[first : first + rows] = values
        return held or _NOTHING

    def rows(self, places: Numbers) -> pa.Table:
        """Return whole rows at some places, which ascend."""
        if not places.size:
            return ALIGNED.empty_table()
        if isinstance(self._data, pa.Table):
            whole = places.size == self.keys.size
            return self._data if whole else self._data.take(to_arrow(places))
        file = pa.ipc.open_file(self._data)
        if places.size == self.keys.size:
            return file.read_all()
        numbers = np.unique(places // PACKED_ROWS)
        found = pa.Table.from_batches([file.get_batch(number) for number in numbers.tolist()])
        first = np.searchsorted(numbers, places // PACKED_ROWS) * PACKED_ROWS
        return found.take(to_arrow(first + places % PACKED_ROWS))


class Own(NamedTuple):
    """What stories name that those kept in their place do not.

    ``keys`` ascend, the ``uid`` of the story in the upper half; ``counts`` are the values of
    :class:`OwnFacts`, shape (pairs, counts).
    """

    keys: Keys
    counts: NDArray[np.int32]

    @classmethod
    def of(cls, table: pa.Table) -> Own:
        """Return what a table of :data:`OWN` holds."""
        return cls(to_numpy(table["key"]), _fixed(table, "counts"))

    @classmethod
    def joined(cls, parts: Sequence[Own]) -> Own:
        """Put parts together; of a pair the first is kept."""
        keys = np.concatenate([np.empty(0, np.uint64), *(one.keys for one in parts)])
        none = np.empty((0, len(_OWN)), np.int32)
        counts = np.concatenate([none, *(one.counts for one in parts)])
        keys, first = np.unique(keys, return_index=True)
        return cls(keys, counts[first])

    def table(self) -> pa.Table:
        """Return the table."""
        counts = np.ascontiguousarray(self.counts, dtype=np.int32).ravel()
        lists = pa.FixedSizeListArray.from_arrays(to_arrow(counts), len(_OWN))
        return pa.Table.from_arrays([to_arrow(self.keys), lists], schema=OWN)


class Measured(NamedTuple):
    """The first columns of ``ALIGNED``, as arrays of as many rows."""

    turned: NDArray[np.bool_]
    measures: NDArray[np.int32]
    facts: NDArray[np.int32]

    @classmethod
    def of(cls, table: pa.Table) -> Measured:
        """Return what a table of :data:`ALIGNED` holds."""
        return cls(to_numpy(table["turned"]), _fixed(table, "measures"), _fixed(table, "facts"))

    def take(self, places: Numbers) -> Measured:
        """Return the rows at some places."""
        return Measured(self.turned[places], self.measures[places], self.facts[places])


_NOTHING = Measured(
    np.empty(0, dtype=bool),
    np.empty((0, len(COLUMNS)), dtype=np.int32),
    np.empty((0, len(FACTS)), dtype=np.int32),
)


KnownPairs = tuple[Keys, Aligned, Own]
"""Pairs that are nothing, those that were aligned, and what stories name."""


def known_pairs(
    none: pa.Table | pa.Buffer,
    keys: pa.Table | pa.Buffer,
    aligned: pa.Table | pa.Buffer,
    own: pa.Table | pa.Buffer,
) -> KnownPairs:
    """Return what tables hold, in memory or in a file; see :meth:`Unwritten.tables`."""
    none, keys, own = (
        decoded(one) if isinstance(one, pa.Buffer) else one for one in (none, keys, own)
    )
    return to_numpy(none["key"]), Aligned(to_numpy(keys["key"]), aligned), Own.of(own)


@dataclass(frozen=True, slots=True, eq=False)
class PairMemory:
    """What pairs were found to be, part by part, each by key.

    Attributes
    ----------
    none : tuple of ndarray of uint64
        Keys of pairs that are nothing; each part ascends.
    aligned : tuple of Aligned
        All others.
    own : tuple of Own
        What was counted of stories and those kept in their place.
    """

    none: tuple[Keys, ...] = ()
    aligned: tuple[Aligned, ...] = ()
    own: tuple[Own, ...] = ()

    @classmethod
    def of(cls, parts: Sequence[KnownPairs]) -> PairMemory:
        """Return what parts, as :func:`known_pairs` gives them, hold."""
        none, aligned, own = zip(*parts, strict=True) if parts else ((), (), ())
        return cls(none, aligned, own)

    def extended(self, *part: pa.Table) -> PairMemory:
        """Return this with another part in memory, as :meth:`Unwritten.tables` gives it."""
        none, aligned, own = known_pairs(*part)
        return PairMemory((*self.none, none), (*self.aligned, aligned), (*self.own, own))

    def own_facts(self, keys: Keys) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
        """Tell of which pairs it is known, and what they name, shape (pairs, counts)."""
        known, counts = np.zeros(keys.size, dtype=bool), np.zeros((keys.size, len(_OWN)), np.int64)
        for part in self.own:
            at = _places(part.keys, keys)
            known |= at >= 0
            counts[at >= 0] = part.counts[at[at >= 0]]
        return known, counts

    def find(self, keys: Keys) -> tuple[NDArray[np.bool_], NDArray[np.int32], Numbers]:
        """Tell which pairs are known to be nothing; of the others the part and place, or -1."""
        if keys.size > _MANY and self.none:  # in order they are found faster
            order = np.argsort(keys)
            back = np.empty_like(order)
            back[order] = np.arange(order.size)
            nothing, parts, places = self._find(keys[order])
            return nothing[back], parts[back], places[back]
        return self._find(keys)

    def _find(self, keys: Keys) -> tuple[NDArray[np.bool_], NDArray[np.int32], Numbers]:
        nothing = np.zeros(keys.size, dtype=bool)
        for part in self.none:
            nothing |= _places(part, keys) >= 0
        parts = np.full(keys.size, -1, dtype=np.int32)
        places = np.full(keys.size, -1, dtype=np.int64)
        for number, one in enumerate(self.aligned):
            at = _places(one.keys, keys)
            parts[at >= 0], places[at >= 0] = number, at[at >= 0]
        return nothing & (parts < 0), parts, places

    def inside(self, uids: Uids) -> tuple[Keys, NDArray[np.int32], Numbers]:
        """Find all pairs of some uids, which ascend, of which anything is known.

        Returns
        -------
        keys : ndarray of uint64, shape (pairs,)
            Ascending.
        parts, places : ndarray of int32, ndarray of int64, shape (pairs,)
            As from :meth:`find`; -1 for a pair that is nothing.
        """
        numbered = [(keys, -1) for keys in self.none]
        numbered += [(one.keys, number) for number, one in enumerate(self.aligned)]
        at = [_inside(part, uids) for part, _ in numbered]
        parts = np.repeat(
            np.array([number for _, number in numbered], np.int32), [one.size for one in at]
        )
        places = np.where(parts < 0, -1, np.concatenate([np.empty(0, np.int64), *at]))
        inside = [part[one] for (part, _), one in zip(numbered, at, strict=True)]
        keys = np.concatenate([np.empty(0, np.uint64), *inside])
        order = np.argsort(keys, kind="stable")
        last = np.ones(keys.size, dtype=bool)  # what is said last counts, as in `find`
        last[:-1] = keys[order[1:]] != keys[order[:-1]]
        order = order[last]
        return keys[order], parts[order], places[order]

    def take(
        self,
        parts: NDArray[np.int32],
        places: Numbers,
        smaller: Numbers,
        larger: Numbers,
        *,
        spans: bool,
    ) -> Alignments:
        """Return the alignments of known pairs, in their order.

        Parameters
        ----------
        parts, places
            From :meth:`find`; none unknown.
        smaller, larger : ndarray of int64, shape (pairs,)
            Story numbers of the smaller and the larger uid of each.
        spans : bool
            Whether to read passages, too.
        """
        order = np.lexsort((places, parts))
        chosen = [
            (self.aligned[number], places[order[parts[order] == number]])
            for number in np.unique(parts).tolist()
        ]
        ends = smaller[order], larger[order]
        if spans:
            tables = [ALIGNED.empty_table(), *(part.rows(rows) for part, rows in chosen)]
            found = _alignments(pa.concat_tables(tables).combine_chunks(), *ends)
        else:
            found = _without_spans([part.measured(rows) for part, rows in chosen], *ends)
        back = np.empty_like(order)
        back[order] = np.arange(order.size)
        return found.take(back)


@dataclass(slots=True)
class Unwritten:
    """What was found of pairs and stands in no file yet.

    Attributes
    ----------
    none : list of ndarray of uint64
        Keys of pairs that are nothing.
    keys : list of ndarray of uint64
        Keys of the alignments.
    aligned : list of Alignments
        By story number.
    turned : list of ndarray of bool
        Whether the larger uid has the larger body.
    own : list of Own
        What was counted of stories and those kept in their place.
    """

    none: list[Keys] = field(default_factory=list)
    keys: list[Keys] = field(default_factory=list)
    aligned: list[Alignments] = field(default_factory=list)
    turned: list[NDArray[np.bool_]] = field(default_factory=list)
    own: list[Own] = field(default_factory=list)

    def tables(self) -> tuple[pa.Table, pa.Table, pa.Table, pa.Table]:
        """Return keys of what is nothing; keys of alignments; these; and what stories name."""
        none = np.unique(np.concatenate([np.empty(0, np.uint64), *self.none]))
        own = Own.joined(self.own).table()
        if not self.aligned:
            return keys_table(none), KEYS.empty_table(), ALIGNED.empty_table(), own
        keys, first = np.unique(np.concatenate(self.keys), return_index=True)
        found = Alignments.joined(self.aligned).take(first)
        turned = np.concatenate(self.turned)[first]
        return keys_table(none), keys_table(keys), _aligned_table(found, turned), own


def keys_table(keys: Keys) -> pa.Table:
    """Return the table of keys that ascend."""
    return pa.Table.from_arrays([to_arrow(keys)], schema=KEYS)


def merged_pairs(
    memory: PairMemory, alive: NDArray[np.bool_]
) -> tuple[pa.Table, pa.Table, pa.Table, pa.Table]:
    """Return all parts as one, without pairs of bodies that are gone.

    Parameters
    ----------
    memory : PairMemory
        All parts.
    alive : ndarray of bool
        Whether each uid is in use.
    """
    none = united(np.empty(0, np.uint64), *memory.none)
    none = none[_in_use(none, alive)]
    keys = np.concatenate([np.empty(0, np.uint64), *(part.keys for part in memory.aligned)])
    tables = [part.rows(np.arange(part.keys.size)) for part in memory.aligned]
    whole = pa.concat_tables([ALIGNED.empty_table(), *tables]).combine_chunks()
    order = np.argsort(keys, kind="stable")
    order = order[_in_use(keys[order], alive)]
    own = Own.joined(memory.own)
    some = _in_use(own.keys, alive)
    own = Own(own.keys[some], own.counts[some])
    return keys_table(none), keys_table(keys[order]), whole.take(to_arrow(order)), own.table()


def _in_use(keys: Keys, alive: NDArray[np.bool_]) -> NDArray[np.bool_]:
    return np.asarray(alive[keys >> np.uint64(32)] & alive[keys & np.uint64(0xFFFFFFFF)])


def _inside(keys: Keys, uids: Uids) -> Numbers:
    """Where the pairs of some uids stand among keys; both ascend."""
    low = uids.astype(np.uint64) << np.uint64(32)
    first = np.searchsorted(keys, low)
    sizes = np.searchsorted(keys, low + np.uint64(1 << 32)) - first
    ends = np.cumsum(sizes)
    at = np.arange(ends[-1] if ends.size else 0) + np.repeat(first - (ends - sizes), sizes)
    chosen: Numbers = at[among(keys[at] & np.uint64(0xFFFFFFFF), uids.astype(np.uint64))]
    return chosen


def _places(keys: Keys, asked: Keys) -> Numbers:
    """Where keys stand in others, which ascend; -1 where they do not."""
    if not keys.size:
        return np.full(asked.size, -1, dtype=np.int64)
    at = np.minimum(np.searchsorted(keys, asked), keys.size - 1)
    return np.where(keys[at] == asked, at, -1)


def _rows(offsets: Numbers, rows: Numbers) -> pa.ListArray:
    """Rows of numbers as lists of numbers, several rows each."""
    width = rows.shape[1]
    return pa.ListArray.from_arrays(
        to_arrow((offsets * width).astype(np.int32)), to_arrow(rows.astype(np.int32).ravel())
    )


def _aligned_table(found: Alignments, turned: NDArray[np.bool_]) -> pa.Table:
    columns = [
        to_arrow(turned),
        pa.FixedSizeListArray.from_arrays(to_arrow(found.measures.ravel()), len(COLUMNS)),
        pa.FixedSizeListArray.from_arrays(to_arrow(found.facts.ravel()), len(FACTS)),
        _rows(found.passage_offsets, found.passages),
        _rows(found.changed_offsets, found.changed),
    ]
    return pa.Table.from_arrays(columns, schema=ALIGNED)


def _fixed(table: pa.Table, name: str) -> NDArray[np.int32]:
    column = as_one_array(table[name])
    held: NDArray[np.int32] = to_numpy(column.flatten())
    return held.reshape(-1, column.type.list_size)


def _without_spans(parts: list[Measured], smaller: Numbers, larger: Numbers) -> Alignments:
    turned, measures, facts = (
        np.concatenate(columns) for columns in zip(_NOTHING, *parts, strict=True)
    )
    none = np.zeros(smaller.size + 1, dtype=np.int64)
    return Alignments(
        np.where(turned, larger, smaller), np.where(turned, smaller, larger), measures,
        none, np.empty((0, 6), np.int64), none, np.empty((0, 4), np.int64), facts,
    )  # fmt: skip


def _alignments(table: pa.Table, smaller: Numbers, larger: Numbers) -> Alignments:
    turned = to_numpy(table["turned"])
    return Alignments(
        np.where(turned, larger, smaller),
        np.where(turned, smaller, larger),
        _fixed(table, "measures"),
        *_lists(table, "passages", 6),
        *_lists(table, "changed", 4),
        _fixed(table, "facts"),
    )


def _lists(table: pa.Table, name: str, width: int) -> tuple[Numbers, Numbers]:
    array = table[name].combine_chunks()
    if not len(array):
        return np.zeros(1, dtype=np.int64), np.empty((0, width), dtype=np.int64)
    offsets = to_numpy(array.offsets).astype(np.int64)
    held = to_numpy(array.values)[offsets[0] : offsets[-1]].astype(np.int64)
    return (offsets - offsets[0]) // width, held.reshape(-1, width)
