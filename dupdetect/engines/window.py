"""The stages of a run over stories of an index: what is known of each is taken from there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from dupdetect.engines.declared import STAGE
from dupdetect.engines.remember import RememberingVerifier
from dupdetect.engines.stages import Chosen, Flow, choose, describe, run_stage, texts_of
from dupdetect.engines.work import Work
from dupdetect.errors import FormatError
from dupdetect.kernels.codes import BODY
from dupdetect.output.tables import clusters_table
from dupdetect.products.corpus import Corpus
from dupdetect.products.pairs import Numbers, among, distinct_pairs, pair_ends, pair_keys
from dupdetect.products.stories import Stories
from dupdetect.products.texts import Dropped, LineFeatures, LineStatus, Texts, stories_with
from dupdetect.stages.furniture import Verdicts, find_furniture, find_verdicts
from dupdetect.stages.sketch import sketch_stories
from dupdetect.store.pairs import Unwritten, uid_keys
from dupdetect.store.segments import (
    SketchSegment,
    features_of,
    found_order,
    sketches_of,
    sketches_table,
    status_of,
    taken,
)
from dupdetect.store.texts import Unpacked
from dupdetect.store.view import VERDICTS, KnownVerdicts, View
from dupdetect.support.columns import to_arrow, to_numpy, united

__all__ = [
    "Decided",
    "Outcome",
    "Settled",
    "decide_lines",
    "describe_live",
    "run",
    "run_all",
    "sketch_segment",
]

Seqs = NDArray[np.uint32]
_KEY_BITS = 16
_LOWER = np.uint64((1 << _KEY_BITS) - 1)
_FLOW = ("propose", "verify", "classes", "clusters")


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What a run over some stories found.

    Attributes
    ----------
    seqs : ndarray of uint32, shape (stories,)
        The stories.
    root, canonical, parent, keeper : ndarray of uint32, shape (stories,)
        Longest and canonical story of each one's cluster, the story that it hangs on, and the one
        that stays in its place; itself where there is none.
    pairs : ndarray of uint32, shape (pairs, 2)
        Pairs whose relation is reported.
    unwritten : Unwritten
        What was found of pairs that were not known.
    """

    seqs: Seqs
    root: Seqs
    canonical: Seqs
    parent: Seqs
    keeper: Seqs
    pairs: Seqs
    unwritten: Unwritten


@dataclass(frozen=True, slots=True, eq=False)
class Settled:
    """A run over all stories, lines decided anew.

    Attributes
    ----------
    outcome : Outcome
        Clusters and pairs.
    uids : ndarray of uint32, shape (stories,)
        The body of each story.
    view : View
        With the bodies that have changed.
    verdicts : pyarrow.Table
        What repetition makes of lines.
    corpus, stories, found, flow, chosen
        Of the run.
    """

    outcome: Outcome
    uids: Seqs
    view: View
    verdicts: pa.Table
    corpus: Corpus
    stories: Stories
    found: Mapping[str, Any]
    flow: Flow
    chosen: Chosen


def run(
    view: View, seqs: Seqs, uids: Seqs, work: Work, *, name: str, unwritten: Unwritten | None = None
) -> Outcome:
    """Run the stages over some stories, their bodies as they are.

    Parameters
    ----------
    view : View
        With these stories.
    seqs, uids : ndarray of uint32, shape (stories,)
        Which, ascending by ``seq``.
    work : Work
        Settings, threads.
    name : str
        Of the index.
    unwritten : Unwritten, optional
        What was found since the view was written; takes what is found.
    """
    corpus = view.corpus(seqs, name=name)
    stories = Stories.of(corpus)
    table = view.sketches_of(uids, ["status", "body_words", "digest", "bands", "fingerprints"])
    found: dict[str, Any] = {
        "stories": stories,
        "line_status": status_of(table),
        "sketches": sketches_of(table),
        "credits": _credits(view, seqs),
    }
    unwritten = unwritten or Unwritten()
    flow, chosen = _flow(found, uids, view, unwritten, work)
    return _outcome(seqs, flow, chosen, found, unwritten)


def run_all(view: View, work: Work, *, name: str, next_uid: int, spans: bool = False) -> Settled:
    """Run the stages over all stories, as over a collection that was read at once.

    Parameters
    ----------
    view : View
        A generation.
    work : Work
        Settings, threads.
    name : str
        Of the index.
    next_uid : int
        The first that is free.
    spans : bool
        Whether the passages of known pairs are needed.
    """
    seqs = view.live.seq
    decided = decide_lines(view, work, name=name, next_uid=next_uid, anew=spans)
    view, uids, stories, texts = decided.view, decided.uids, decided.stories, decided.texts
    table = view.sketches_of(uids, ["body_words", "digest", "bands", "fingerprints"])
    found: dict[str, Any] = {
        "stories": stories,
        "line_status": decided.lines,
        "furniture": decided.dropped,
        "sketches": sketches_of(table),
        "credits": _credits(view, seqs),
    }
    unwritten = Unwritten()
    flow, chosen = _flow(found, uids, view, unwritten, work, spans=spans, fill=texts.fill)
    return Settled(
        outcome=_outcome(seqs, flow, chosen, found, unwritten),
        uids=uids,
        view=view,
        verdicts=decided.verdicts,
        corpus=decided.corpus,
        stories=stories,
        found=found,
        flow=flow,
        chosen=chosen,
    )


@dataclass(frozen=True, slots=True, eq=False)
class Decided:
    """What all lines of the stories of an index are taken for.

    Attributes
    ----------
    view : View
        With the bodies that have changed.
    uids : ndarray of uint32, shape (stories,)
        The body of each story.
    verdicts : pyarrow.Table
        What repetition makes of lines.
    corpus, stories, texts
        The stories; their texts are unpacked when they are read.
    lines, dropped
        Status of all lines; the furniture of those that were decided anew.
    """

    view: View
    uids: Seqs
    verdicts: pa.Table
    corpus: Corpus
    stories: Stories
    texts: Unpacked
    lines: LineStatus
    dropped: Dropped


def decide_lines(view: View, work: Work, *, name: str, next_uid: int, anew: bool) -> Decided:
    """Say what all lines are taken for, as in a collection that was read at once.

    Parameters
    ----------
    view : View
        A generation.
    work : Work
        Settings, threads.
    name : str
        Of the index.
    next_uid : int
        The first that is free.
    anew : bool
        Look at all lines again; else at those alone of which something else may be said now.
    """
    seqs = view.live.seq
    texts = view.unpacked(seqs)
    corpus = view.corpus(seqs, name=name, texts=texts)
    stories = _Unread.of_texts(Stories.of(corpus), texts)
    features = features_of(
        view.stories_of(seqs, ["line_keys", "line_words", "line_flags"]).combine_chunks()
    )
    verdicts = find_verdicts(
        features, stories.publisher_codes, stories.published_us,
        config=work.config, threads=work.threads,
    )  # fmt: skip
    said = verdicts_table(verdicts, stories)
    before = status_of(view.sketches_of(view.live.uid, ["status"]))
    some = np.arange(seqs.size) if anew else _to_decide(view, features, said)
    if anew:
        texts.fill()
    text, offsets = (stories.text, stories.text_offsets) if anew else view.texts_of(seqs[some])
    decided = find_furniture(
        text, offsets,
        stories.publisher_codes[some], stories.published_us[some], config=work.config,
        threads=work.threads, features=features.take(some), verdicts=verdicts,
    )  # fmt: skip
    lines = before.replaced(some, decided)
    view, uids = _restated(view, (some, text, offsets), before, lines, work, next_uid)
    return Decided(view, uids, said, corpus, stories, texts, lines, decided.dropped)


def _flow(
    found: dict[str, Any],
    uids: Seqs,
    view: View,
    unwritten: Unwritten,
    work: Work,
    *,
    spans: bool = False,
    fill: Callable[[Numbers | None], None] | None = None,
) -> tuple[Flow, Chosen]:
    remembering = partial(
        RememberingVerifier,
        uids=uids,
        memory=view.memory,
        unwritten=unwritten,
        spans=spans,
        fill=fill,
    )
    flow = Flow(work, "canonical", remembering, split=False, misread=view.misread(uids))
    flow.sort_ids(found["stories"])
    for name in _FLOW:
        with work.stage(name):
            found |= run_stage(STAGE[name], found, flow)
    if fill is not None:  # their condition is looked at
        root = found["clusters"].root
        several = np.bincount(root, minlength=root.size)[root] > 1
        ranking = flow.ranking(found["stories"], found["sketches"])
        fill(ranking.to_story(np.flatnonzero(several)))
    with work.stage("select"):
        chosen = choose(
            found["stories"], found["line_status"], found["sketches"], found["edges"],
            found["classes"], found["clusters"], found["credits"], flow,
        )  # fmt: skip
        verifier = flow.verifier(found["stories"], found["line_status"], found["sketches"])
        if isinstance(verifier, RememberingVerifier):
            verifier.align_unknown(*chosen.pairs.T)
    return flow, chosen


def _outcome(
    seqs: Seqs, flow: Flow, chosen: Chosen, found: Mapping[str, Any], unwritten: Unwritten
) -> Outcome:
    ranking = flow.ranking(found["stories"], found["sketches"])
    own = np.arange(seqs.size)

    def named(ranks: NDArray[np.int64]) -> Seqs:
        numbers = ranking.by_story(ranking.to_story(ranks))
        return np.asarray(seqs[np.where(numbers < 0, own, numbers)])

    ends = [seqs[ranking.to_story(chosen.pairs[:, side])] for side in (0, 1)]
    return Outcome(
        seqs=seqs,
        root=named(found["clusters"].root),
        canonical=named(chosen.root),
        parent=named(chosen.parent),
        keeper=named(chosen.keeper),
        pairs=np.stack(ends, axis=1).astype(np.uint32),
        unwritten=unwritten,
    )


def _credits(view: View, seqs: Seqs) -> tuple[pa.Array, pa.Array]:
    table = view.stories_of(seqs, ["credits", "credit_spans"])
    return table["credits"].combine_chunks(), table["credit_spans"].combine_chunks()


@dataclass(frozen=True, slots=True, eq=False)
class _Unread(Stories):
    """Stories whose texts are unpacked when they are read."""

    fill: Callable[[Numbers], None]

    @classmethod
    def of_texts(cls, stories: Stories, texts: Unpacked) -> _Unread:
        """Return stories whose texts stand in `texts`."""
        known = {one.name: getattr(stories, one.name) for one in fields(Stories)}
        return cls(**known, fill=texts.fill)

    def text_of(self, story: int) -> str:
        """Return the raw text of one story, by number."""
        self.fill(np.array([story]))
        return Stories.text_of(self, story)


def _to_decide(view: View, features: LineFeatures, verdicts: pa.Table) -> Numbers:
    """Stories some of whose lines may be taken for something else than before, by row.

    Those that were added since the verdicts before, and those that print a line with another
    verdict than then.
    """
    unlike = view.verdicts.unlike(verdicts)
    differs = np.zeros(1 << _KEY_BITS, dtype=bool)  # by the lower bits of the lines' keys
    differs[unlike & _LOWER] = True
    some = np.flatnonzero(differs[features.keys & _LOWER])  # few of all lines
    differs = np.zeros(features.keys.size, dtype=bool)
    differs[some] = among(features.keys[some], unlike)
    anew = stories_with(differs, features.offsets)
    return np.flatnonzero(anew | (view.live.seq >= view.settled_seq))


def _restated(
    view: View,
    looked_at: tuple[Numbers, NDArray[np.uint8], Numbers],
    before: LineStatus,
    lines: LineStatus,
    work: Work,
    next_uid: int,
) -> tuple[View, Seqs]:
    """Sketch again the stories of which a line is taken for something else than before.

    `looked_at` are rows of stories, ascending, their texts, and where each starts.
    """
    live = view.live
    changed = np.flatnonzero(stories_with(before.status != lines.status, lines.offsets))
    if not changed.size:
        return view, live.uid
    uids = live.uid.copy()
    uids[changed] = np.arange(next_uid, next_uid + changed.size, dtype=np.uint32)
    rows, held, starts = looked_at
    text, offsets = taken(held, starts, np.searchsorted(rows, changed))
    status, line_offsets = taken(lines.status, lines.offsets, changed)
    segment = sketch_segment(
        text, offsets, LineStatus(line_offsets, status), uids[changed], live.seq[changed], work
    )
    return view.with_segments(sketches=segment), uids


def sketch_segment(
    text: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    status: LineStatus,
    uids: Seqs,
    seqs: Seqs,
    work: Work,
) -> SketchSegment:
    """Return the segment of the sketches of some texts."""
    sketches = sketch_stories(
        text, offsets, status.status, status.offsets, config=work.config, threads=work.threads
    )
    furniture = Texts(text, offsets, status.status, status.offsets).furniture(threads=work.threads)
    table = sketches_table(uids, seqs, status, furniture, sketches)
    return SketchSegment(table, found_order(table))


def verdicts_table(verdicts: Verdicts, stories: Stories) -> pa.Table:
    """Return what repetition makes of lines, with the names of the publishers."""
    some = verdicts.codes != BODY
    scopes = verdicts.scopes[some]
    first = np.flatnonzero(stories.publisher_codes >= 0)
    names, places = np.unique(stories.publisher_codes[first], return_index=True)
    row = np.zeros(names.size, dtype=np.int64) if not names.size else first[places]
    story = row[np.maximum(scopes, 0)] if row.size else np.zeros(scopes.size, dtype=np.int64)
    publishers = (
        stories.publishers.take(to_arrow(story, scopes < 0))
        if len(stories.publishers)
        else pa.nulls(0, pa.large_string())
    )
    columns = [
        to_arrow(verdicts.keys[some]),
        to_arrow(np.minimum(scopes, 0)),
        publishers,
        to_arrow(verdicts.codes[some]),
    ]
    return pa.Table.from_arrays(columns, schema=VERDICTS)


def known_verdicts(
    said: KnownVerdicts, publishers: pa.Array, line_keys: NDArray[np.uint64]
) -> tuple[Verdicts, NDArray[np.int32]]:
    """Return the verdicts on some lines, and the numbers of their stories' publishers.

    Parameters
    ----------
    said : KnownVerdicts
        What repetition makes of lines.
    publishers : pyarrow.LargeStringArray
        Of the stories.
    line_keys : ndarray of uint64
        Their lines.
    """
    keys = united(line_keys)
    first, end = said.keys.searchsorted(keys), said.keys.searchsorted(keys, side="right")
    sizes = end - first
    ends = sizes.cumsum()
    rows = np.arange(sizes.sum()) + (first - (ends - sizes)).repeat(sizes)
    ours = said.numbers_of(publishers)
    return Verdicts(said.keys[rows], said.scopes[rows], said.codes[rows]), ours


def describe_live(view: View, work: Work, *, name: str) -> tuple[pa.Table, pa.Table]:
    """Return the tables of clusters and relations of the stories as they stand.

    Parameters
    ----------
    view : View
        A generation.
    work : Work
        Settings, threads.
    name : str
        Of the index.

    Raises
    ------
    FormatError
        When a pair that is reported was not kept.
    """
    live = view.live
    corpus = view.corpus(live.seq, name=name)
    stories = Stories.of(corpus)
    table = view.sketches_of(live.uid, ["body_words", "digest", "bands", "furniture", "status"])
    flow = Flow(work)
    ranking = flow.ranking(stories, sketches_of(table))
    verifier = RememberingVerifier(
        texts_of(stories, status_of(table)), ranking, work, published_us=stories.published_us,
        uids=live.uid, memory=view.memory, unwritten=Unwritten(), spans=True,
    )  # fmt: skip
    ends = ranking.to_rank(live.rows(live.pairs.ravel())).reshape(-1, 2)
    pairs = np.stack(pair_ends(distinct_pairs(pair_keys(*ends.T))), axis=1)
    known = uid_keys(*(live.uid[ranking.to_story(pairs[:, side])] for side in (0, 1)))
    if (view.memory.find(known)[2] < 0).any():
        raise FormatError(f"{name}: a relation is missing; settle the index")

    def by_rank(seqs: Seqs) -> Numbers:
        found: Numbers = ranking.by_rank(ranking.to_rank(live.rows(seqs)))
        return found

    own = np.arange(live.seq.size)
    parent, keeper = by_rank(live.parent), by_rank(live.keeper)
    chosen = Chosen(
        root=by_rank(live.canonical),
        parent=np.where(parent == own, -1, parent),
        keeper=np.where(keeper == own, -1, keeper),
        pairs=pairs,
        excepted=own[:0],
    )
    relations, canonical, *copies = describe(stories, chosen, verifier)
    spans = table["furniture"].combine_chunks()
    furniture = spans.flatten().cast(pa.int64())
    offsets = np.concatenate([[0], np.cumsum(to_numpy(pc.list_value_length(spans)) // 2)])
    clusters = clusters_table(
        stories.ids,
        canonical,
        *copies,
        publishers=stories.publishers,
        published=stories.published,
        credits=_credits(view, live.seq),
        furniture=(offsets, to_numpy(furniture).reshape(-1, 2)),
        place=corpus.places(),
    )
    return clusters, relations


def with_own(
    known: Verdicts,
    features: LineFeatures,
    publishers: NDArray[np.int32],
    published_us: NDArray[np.int64],
    work: Work,
) -> Verdicts:
    """Return verdicts that are known, then those that stories by themselves give.

    Parameters
    ----------
    known : Verdicts
        From :func:`known_verdicts`.
    features, publishers, published_us
        Of the stories, publishers with the numbers of `known`.
    work : Work
        Settings, threads.
    """
    own = find_verdicts(
        features, publishers, published_us, config=work.config, threads=work.threads
    )
    said = own.codes != BODY
    keys = np.concatenate([known.keys, own.keys[said]])
    scopes = np.concatenate([known.scopes, own.scopes[said]])
    codes = np.concatenate([known.codes, own.codes[said]])
    later = np.arange(keys.size) >= known.keys.size
    order = np.lexsort((later, scopes, keys))
    again = np.zeros(keys.size, dtype=bool)
    again[1:] = (np.diff(keys[order]) == 0) & (np.diff(scopes[order]) == 0)
    first = order[~again]
    return Verdicts(keys[first], scopes[first], codes[first])
