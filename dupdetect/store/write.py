"""From one generation to the next: what is new is written, and small segments are put together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Protocol, TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from dupdetect.store.files import PACKED_ROWS, Files, Manifest, count_batches, decoded
from dupdetect.store.fold import fold_sketches, fold_stories, pack_stories, to_fold
from dupdetect.store.pairs import PairMemory, known_pairs, merged_pairs
from dupdetect.store.segments import SketchSegment, StorySegment
from dupdetect.store.view import View, load

__all__ = ["KINDS", "Numbering", "Part", "Step", "write"]

#: Kinds of files of a generation, of each of which it may have several: stories and their texts;
#: what texts have in common; sketches and the order of their fingerprints; what is known of pairs,
#: as :data:`Part`; which stories there are, and the pairs that are reported; what repetition makes
#: of lines; and what became of stories.
KINDS = ("stories", "dictionary", "sketches", "pairs", "live", "verdicts", "changes")
_PACKED = {"pairs": (2,), "changes": (0,)}  # the alignments, and all
_HELD = 1 << 12  # pairs that are not read again: the next addition asks about them

Part = tuple[pa.Table, pa.Table, pa.Table, pa.Table]
"""Keys of pairs that are nothing, keys of alignments, these, and what stories name."""


@dataclass(frozen=True, slots=True)
class Numbering:
    """The next free numbers of an index."""

    seq: int = 0
    uid: int = 0
    name: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """What makes the next generation.

    Attributes
    ----------
    view : View
        The next one: new segments stand behind those of the one before.
    numbering : Numbering
        The numbers that are free then.
    changes : pyarrow.Table
        What became of stories.
    parts : list of tuple of pyarrow.Table
        What was found of pairs.
    verdicts : pyarrow.Table, optional
        New ones.
    settled : bool
        Whether clusters are those of a run over all stories.
    """

    view: View
    numbering: Numbering
    changes: pa.Table
    parts: list[Part] = field(default_factory=list)
    verdicts: pa.Table | None = None
    settled: bool = False


def write(
    files: Files,
    manifest: Manifest,
    step: Step,
    *,
    compact: bool = False,
    rebuilt: bool = False,
) -> tuple[Manifest, View]:
    """Write the next generation.

    Parameters
    ----------
    files : Files
        Where to.
    manifest : dict
        The generation before.
    step : Step
        What is new.
    compact : bool
        Put everything together, leave out what is gone, and remove the files before at once.
    rebuilt : bool
        Nothing of the generation before stays but its changes.

    Raises
    ------
    OutputError
        When it cannot be written; the generation before is in force then.
    """
    names: dict[str, list[str]] = {kind: list(manifest["tables"][kind]) for kind in KINDS}
    new: dict[str, tuple[pa.Table, ...]] = {}
    number = manifest["next_file"]

    def put(kind: str, instead_of: int, *tables: pa.Table) -> None:
        """Add a file, instead of the newest ones."""
        nonlocal number
        name = f"{kind}-{number}"
        number += 1
        names[kind] = [*names[kind][: len(names[kind]) - instead_of], name]
        new[name] = tables

    everything = compact or rebuilt or _mostly_gone(step.view)
    _segments(step.view, names, put, everything=everything)
    _pairs(step, names, put, everything=everything)
    put("live", len(names["live"]), *step.view.live.tables())
    if step.verdicts is not None:
        put("verdicts", len(names["verdicts"]), step.verdicts)
    _changes(files, step, names, put, compact=compact)
    used = {name for kind in names.values() for name in kind}
    files.commit(
        {
            **manifest,
            "generation": manifest["generation"] + 1,
            "tables": names,
            "files": {name: said for name, said in manifest["files"].items() if name in used},
            "next_file": number,
            "next_seq": step.numbering.seq,
            "next_uid": step.numbering.uid,
            "next_name": step.numbering.name,
            "settled": step.settled,
            "settled_seq": step.view.settled_seq if step.verdicts is None else step.numbering.seq,
        },
        new,
        {name: _PACKED.get(name.rpartition("-")[0], ()) for name in new},
        purge=compact,
    )
    known = {**step.view.read, names["live"][-1]: step.view.live}
    for name in names["pairs"]:
        if name in new and sum(table.num_rows for table in new[name]) <= _HELD:
            known[name] = known_pairs(*new[name])
    return load(files, replace(step.view, read=known))


class Put(Protocol):
    """Adds a file of a kind, instead of some of the newest ones."""

    def __call__(self, kind: str, instead_of: int, /, *tables: pa.Table) -> None: ...


def _mostly_gone(view: View) -> bool:
    """Tell whether more than half of what segments hold is gone."""
    most = 2 * view.live.seq.size
    segments = (
        [one.table.num_rows for one in view.stories],
        [one.table.num_rows for one in view.sketches],
    )
    return any(sum(rows) > most for rows in segments)


def _segments(view: View, names: dict[str, list[str]], put: Put, *, everything: bool) -> None:
    """Write new segments of stories and sketches, small ones put together."""
    known = len(names["stories"]), len(names["sketches"]), len(names["dictionary"])
    if everything and view.stories:
        segment, packing = pack_stories(view)
        put("stories", known[0], segment.table, segment.texts)
        names["dictionary"] = []
        if packing.dictionary:
            put("dictionary", 0, packing.table())
    else:
        if view.packing.dictionary and not known[2]:
            put("dictionary", 0, view.packing.table())
        for added, instead in _folded(view.stories, known[0], partial(fold_stories, view)):
            put("stories", instead, added.table, added.texts)
    some = partial(fold_sketches, view)
    if everything and view.sketches:
        sketches = [(some(len(view.sketches)), known[1])]
    else:
        sketches = _folded(view.sketches, known[1], some)
    for one, instead in sketches:
        put("sketches", instead, one.table, one.places)


Segment = TypeVar("Segment", StorySegment, SketchSegment)


def _folded(
    segments: Sequence[Segment], known: int, fold: Callable[[int], Segment]
) -> list[tuple[Segment, int]]:
    """Return segments to write, and instead of how many that are written."""
    new = len(segments) - known
    count = to_fold([one.table.num_rows for one in segments]) if new else 0
    if count > 1:
        return [(fold(count), count - new)]
    return [(one, 0) for one in segments[known:]]


def _pairs(step: Step, names: dict[str, list[str]], put: Put, *, everything: bool) -> None:
    """Write what was found of pairs; small parts are put together."""
    parts = [part for part in step.parts if any(table.num_rows for table in part)]
    if not parts and not everything:
        return
    known = len(names["pairs"])
    whole = step.view.memory
    memory = PairMemory(whole.none[:known], whole.aligned[:known], whole.own[:known])
    sizes = [
        none.size + aligned.keys.size
        for none, aligned in zip(memory.none, memory.aligned, strict=True)
    ]
    new = sum(none.num_rows + keys.num_rows for none, keys, *_ in parts)
    count = known + 1 if everything else to_fold([*sizes, new], smaller=1)
    instead = count - 1
    if not instead and len(parts) == 1:
        found = parts[0]
    else:
        first = known - instead
        tail = PairMemory(memory.none[first:], memory.aligned[first:], memory.own[first:])
        for part in parts:
            tail = tail.extended(*part)
        found = merged_pairs(tail, step.view.alive)
    put("pairs", instead, *found)


def _changes(
    files: Files, step: Step, names: dict[str, list[str]], put: Put, *, compact: bool
) -> None:
    """Write what became of stories; small files are put together."""
    if compact:
        before = [decoded(files.buffer(name)) for name in names["changes"]]
        ids = step.view.stories_of(step.view.live.seq, ["id"])["id"] if step.view.stories else None
        whole = _of(pa.concat_tables([*before, step.changes]), ids)
        put("changes", len(before), whole)
        return
    if not step.changes.num_rows:
        return
    sizes = [count_batches(files.buffer(name)) for name in names["changes"]]
    count = to_fold([*sizes, -(-step.changes.num_rows // PACKED_ROWS)])
    chosen = names["changes"][len(sizes) - (count - 1) :]
    tail = [decoded(files.buffer(name)) for name in chosen]
    put("changes", count - 1, pa.concat_tables([*tail, step.changes]).combine_chunks())


def _of(changes: pa.Table, ids: pa.ChunkedArray | None) -> pa.Table:
    """Return the changes of stories that are still there."""
    if ids is None:
        return changes.slice(0, 0).combine_chunks()
    known = ids.combine_chunks().cast(pa.string())
    return changes.filter(pc.is_in(changes["id"], value_set=known)).combine_chunks()
