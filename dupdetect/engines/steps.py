"""What adding, removing and settling make of a generation of an index; nothing is written here."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from dupdetect.engines.answer import body_of
from dupdetect.engines.lookup import Candidates, find_candidates
from dupdetect.engines.naming import CHANGES, changes_table, names_of
from dupdetect.engines.reach import linked, related_to
from dupdetect.engines.window import (
    Outcome,
    decide_lines,
    run,
    run_all,
    sketch_segment,
)
from dupdetect.engines.work import Work
from dupdetect.products.pairs import places_in_groups
from dupdetect.products.stories import Stories
from dupdetect.stages.credit import story_credits
from dupdetect.stages.furniture import find_furniture, scan_lines
from dupdetect.store.pairs import Unwritten, uid_keys
from dupdetect.store.segments import StorySegment, sketches_of, stories_table
from dupdetect.store.texts import Packing
from dupdetect.store.view import VERDICTS, KnownVerdicts, Live, View
from dupdetect.store.write import Numbering, Part, Step
from dupdetect.support.columns import contained, to_numpy, united

__all__ = ["add", "rebuild", "remove", "settle"]

Seqs = NDArray[np.uint32]
_AMONG = 4  # stories that come together, of which each is compared with the likeliest
_NEW = 64  # lines are decided anew where one story in so many is new since


def add(
    view: View,
    stories: Stories,
    work: Work,
    *,
    name: str,
    numbering: Numbering,
    generation: int,
    instead_of: Seqs,
) -> Step:
    """Add stories; those that they relate to, and the clusters of these, are decided anew.

    Parameters
    ----------
    view : View
        The generation before.
    stories : Stories
        Whose ids the index does not hold.
    work : Work
        Settings, threads.
    name : str
        Of the index.
    numbering : Numbering
        Free numbers.
    generation : int
        The new one.
    instead_of : ndarray of uint32
        Stories that are taken out, by ``seq``.
    """
    count = len(stories.ids)
    seqs = np.arange(numbering.seq, numbering.seq + count, dtype=np.uint32)
    uids = np.arange(numbering.uid, numbering.uid + count, dtype=np.uint32)
    features = scan_lines(stories.text, stories.text_offsets, threads=work.threads)
    lines = body_of(view, stories, features, work, new=True)
    credits_ = story_credits(
        stories.text,
        stories.text_offsets,
        authors=stories.authors,
        published_us=stories.published_us,
    )
    now = time.time_ns() // 1000
    table = stories_table(stories, seqs, features, credits_, now)
    first, last = stories.text_offsets[[0, -1]]
    text, offsets = stories.text[first:last], stories.text_offsets - first
    packing = view.packing if view.packing.dictionary else Packing.learned(text, offsets)
    added = StorySegment(table, packing.pack(text, offsets))
    segment = sketch_segment(text, offsets, lines, uids, seqs, work)
    before = view.live
    after = replace(
        view.with_segments(stories=added, sketches=segment),
        packing=packing,
        live=_with(before.without(instead_of), seqs, uids, numbering.name),
    )
    if 2 * count >= before.without(instead_of).seq.size:  # asking all would cost more
        free = Numbering(numbering.seq + count, numbering.uid + count, numbering.name)
        return _settled(before, after, work, name, free, generation)
    after, asked = _restated(after, seqs, work, name, numbering.uid + count)
    lost = linked(view, before, united(instead_of, asked), work)
    candidates = _candidates(after, asked, work)
    unwritten = Unwritten()
    near = related_to(after, asked, candidates, work, unwritten=unwritten)
    parts = [unwritten.tables()]
    after = replace(after, memory=after.memory.extended(*parts[0]))
    mates = linked(after, after.live, near.mates, work)
    touched = united(mates, near.seqs, lost[contained(lost, after.live.seq)])
    numbering = replace(numbering, name=numbering.name + count)
    return _decided(
        before,
        after,
        touched,
        work,
        name,
        numbering,
        generation,
        "deleted",
        parts,
        near.pairs,
        concerned=united(seqs, instead_of),
        verdicts=None if after.settled_seq == view.settled_seq else after.verdicts.table,
    )


def _restated(view: View, seqs: Seqs, work: Work, name: str, next_uid: int) -> tuple[View, Seqs]:
    """Decide lines anew once enough stories came since; return new stories and changed ones."""
    live = view.live
    if _NEW * np.count_nonzero(live.seq >= view.settled_seq) < live.seq.size:
        return view, seqs
    found = decide_lines(view, work, name=name, next_uid=next_uid, anew=False)
    asked = united(seqs, live.seq[found.uids != live.uid])
    # What is kept of their pairs is of other bodies.
    pairs = live.pairs[~contained(live.pairs, asked).any(axis=1)]
    known = replace(live, uid=found.uids, pairs=pairs)
    after = int(live.seq[-1]) + 1
    return replace(
        found.view, live=known, verdicts=KnownVerdicts(found.verdicts), settled_seq=after
    ), asked


def _candidates(view: View, asked: Seqs, work: Work) -> Candidates:
    """Find what stories may be copies of, or the other way round; a pair of asked ones once."""
    uids = view.live.uid[view.live.rows(asked)]
    sketches = sketches_of(
        view.sketches_of(uids, ["body_words", "digest", "bands", "fingerprints"])
    )
    found = find_candidates(view, sketches, work.config.window - 1, threads=work.threads)
    found = found.take(found.copies & (found.uid != uids[found.asked]))
    among = np.flatnonzero(contained(found.uid, uids))
    likeliest = np.lexsort((found.uid[among], -found.score[among], found.asked[among]))
    some = among[likeliest[places_in_groups(found.asked[among[likeliest]]) < _AMONG]]
    once = np.unique(uid_keys(uids[found.asked[some]], found.uid[some]), return_index=True)[1]
    stays = np.ones(found.asked.size, dtype=bool)
    stays[among] = False
    stays[some[once]] = True
    return found.take(stays)


def remove(
    view: View,
    seqs: Seqs,
    work: Work,
    *,
    name: str,
    numbering: Numbering,
    generation: int,
    reason: str,
) -> Step:
    """Take stories out; what is left of their clusters is decided anew."""
    before = view.live
    left = linked(view, before, seqs, work)
    after = replace(view, live=before.without(seqs))
    touched = left[contained(left, after.live.seq)]
    return _decided(
        before, after, touched, work, name, numbering, generation, reason, [], concerned=seqs
    )


def settle(view: View, work: Work, *, name: str, numbering: Numbering, generation: int) -> Step:
    """Decide everything as a run over all stories does."""
    if not view.live.seq.size:
        return Step(
            view, numbering, CHANGES.empty_table(), verdicts=VERDICTS.empty_table(), settled=True
        )
    return _settled(view.live, view, work, name, numbering, generation)


def rebuild(view: View, work: Work, *, name: str, numbering: Numbering, generation: int) -> Step:
    """Make everything anew from the texts, as for stories that come in at once."""
    seqs = view.live.seq
    if not seqs.size:
        return Step(View(), numbering, CHANGES.empty_table(), verdicts=VERDICTS.empty_table(),
                    settled=True)  # fmt: skip
    uids = np.arange(numbering.uid, numbering.uid + seqs.size, dtype=np.uint32)
    stories = Stories.of(view.corpus(seqs, name=name))
    text, offsets = stories.text, stories.text_offsets
    features = scan_lines(text, offsets, threads=work.threads)
    lines = find_furniture(
        text, offsets, stories.publisher_codes, stories.published_us,
        config=work.config, threads=work.threads, features=features,
    )  # fmt: skip
    credits_ = story_credits(
        text, offsets, authors=stories.authors, published_us=stories.published_us
    )
    added_us = to_numpy(view.stories_of(seqs, ["added_us"])["added_us"])
    table = stories_table(stories, seqs, features, credits_, added_us)
    packing = Packing.learned(text, offsets)
    fresh = View(
        stories=(StorySegment(table, packing.pack(text, offsets)),),
        sketches=(sketch_segment(text, offsets, lines, uids, seqs, work),),
        packing=packing,
        live=replace(view.live, uid=uids, pairs=view.live.pairs[:0]),
    )
    free = Numbering(numbering.seq, numbering.uid + seqs.size, numbering.name)
    return _settled(view.live, fresh, work, name, free, generation)


def _settled(
    before: Live, view: View, work: Work, name: str, numbering: Numbering, generation: int
) -> Step:
    """Decide all stories of a view as a run over them does."""
    done = run_all(view, work, name=name, next_uid=numbering.uid)
    found = done.outcome
    names, next_name = _names(before, found, numbering)
    live = Live(
        found.seqs, done.uids, names, found.canonical, found.parent, found.keeper, found.pairs
    )
    highest = int(done.view.sketch_uids[-1]) + 1
    return Step(
        view=replace(done.view, live=live),
        numbering=Numbering(numbering.seq, max(numbering.uid, highest), next_name),
        changes=changes_table(generation, partial(_ids, view), before, live, "deleted"),
        parts=[found.unwritten.tables()],
        verdicts=done.verdicts,
        settled=True,
    )


def _decided(
    before: Live,
    view: View,
    touched: Seqs,
    work: Work,
    name: str,
    numbering: Numbering,
    generation: int,
    reason: str,
    parts: list[Part],
    across: Seqs | None = None,
    *,
    concerned: Seqs,
    verdicts: pa.Table | None = None,
) -> Step:
    """Decide some stories, which are whole clusters, anew.

    `across` are related pairs of others, `concerned` stories that came or went, `verdicts` new
    ones.
    """
    live, next_name = view.live, numbering.name
    if touched.size:
        rows = live.rows(touched)
        found = run(view, touched, live.uid[rows], work, name=name)
        names, next_name = _names(before, found, numbering)
        live = _replaced(live, found, names)
        parts = [*parts, found.unwritten.tables()]
    live = _with_pairs(live, across)
    highest = int(view.sketch_uids[-1]) + 1 if view.sketch_uids.size else 0
    last = int(view.story_seqs[-1]) + 1 if view.story_seqs.size else 0
    return Step(
        view=replace(view, live=live),
        numbering=Numbering(max(numbering.seq, last), max(numbering.uid, highest), next_name),
        changes=changes_table(
            generation, partial(_ids, view), before, live, reason, united(concerned, touched)
        ),
        parts=parts,
        verdicts=verdicts,
    )


def _names(before: Live, found: Outcome, numbering: Numbering) -> tuple[Seqs, int]:
    rows = before.rows(found.seqs)
    old = np.full(rows.size, -1, dtype=np.int64)
    old[rows >= 0] = before.name[rows[rows >= 0]]
    return names_of(old, found.root, numbering.name)


def _replaced(live: Live, found: Outcome, names: Seqs) -> Live:
    """Return the stories with what was found of some of them."""
    rows = live.rows(found.seqs)
    values = {"name": names, "canonical": found.canonical, "parent": found.parent,
              "keeper": found.keeper}  # fmt: skip
    columns = {name: getattr(live, name).copy() for name in values}
    for name, new in values.items():
        columns[name][rows] = new
    among = np.zeros(int(live.seq[-1]) + 1, dtype=bool)
    among[found.seqs] = True
    one, other = among[live.pairs].T
    apart = np.flatnonzero(~(one & other))
    pairs = np.concatenate([live.pairs.take(apart, 0), found.pairs])
    return replace(live, **columns, pairs=pairs)


def _with_pairs(live: Live, pairs: Seqs | None) -> Live:
    """Have relations reported, too, one a pair of clusters."""
    if pairs is None or not pairs.size:
        return live
    names = live.name[live.rows(pairs.ravel())].reshape(-1, 2)
    first = np.unique(uid_keys(*names.T), return_index=True)[1]
    first = np.sort(first[names[first, 0] != names[first, 1]])
    return replace(live, pairs=np.concatenate([live.pairs, pairs[first]]))


def _with(live: Live, seqs: Seqs, uids: Seqs, next_name: int) -> Live:
    """Return the stories and new ones, which are alone."""
    alone = np.arange(next_name, next_name + seqs.size, dtype=np.uint32)
    new = (seqs, uids, alone, seqs, seqs, seqs)
    names = ("seq", "uid", "name", "canonical", "parent", "keeper")
    columns = {
        name: np.concatenate([getattr(live, name), one])
        for name, one in zip(names, new, strict=True)
    }
    return Live(**columns, pairs=live.pairs)


def _ids(view: View, seqs: Seqs) -> pa.Array:
    return view.stories_of(seqs, ["id"])["id"].combine_chunks()
