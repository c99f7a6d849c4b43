"""What stories that are asked about have in common with those of an index."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from dupdetect.engines.lookup import Candidates, best, find_candidates
from dupdetect.engines.verify import relate_dated
from dupdetect.engines.window import known_verdicts, with_own
from dupdetect.engines.work import Work
from dupdetect.output.tables import coded, lists_of, rounded_shares
from dupdetect.products.alignments import Alignments, Related, are_copies
from dupdetect.products.pairs import Numbers, group_starts, places_in_groups
from dupdetect.products.schemas import IDENTICAL, KEPT, KINDS, NEAR_DUPLICATE, NONE
from dupdetect.products.sketches import Sketches
from dupdetect.products.stories import Stories
from dupdetect.products.texts import LineFeatures, LineStatus, Texts
from dupdetect.stages.align import align_pairs, in_characters
from dupdetect.stages.bodies import split_bodies
from dupdetect.stages.facts import add_facts
from dupdetect.stages.furniture import line_status, scan_lines
from dupdetect.stages.relate import by_wording, worded_alike
from dupdetect.stages.sketch import sketch_stories
from dupdetect.store.view import View
from dupdetect.support.columns import strings_to_arrow, to_arrow, united

__all__ = ["QUERY", "answer", "body_of"]

#: One row a story of the index that an asked one relates to. Shares are of the asked story's body
#: (``coverage``, ``exact``) and of the other's; ``cut_before`` and ``cut_after`` are words of the
#: one with the larger body, ``larger``. ``passages``: start and end in the asked text, start and
#: end in the other (half open, characters), words, and those inside quotation marks.
QUERY = pa.schema(
    [
        pa.field("query", pa.string(), nullable=False),
        pa.field("story", pa.string(), nullable=False),
        pa.field("kind", pa.string(), nullable=False),
        pa.field("kept", pa.string()),
        pa.field("larger", pa.string(), nullable=False),  # "query" or "story"
        pa.field("coverage", pa.float64(), nullable=False),
        pa.field("story_coverage", pa.float64(), nullable=False),
        pa.field("exact", pa.float64()),
        pa.field("story_exact", pa.float64()),
        pa.field("certainty", pa.float64()),
        pa.field("words", pa.int64(), nullable=False),
        pa.field("quoted_words", pa.int64(), nullable=False),
        pa.field("cut_before", pa.int64()),
        pa.field("cut_after", pa.int64()),
        pa.field("passages", pa.list_(pa.list_(pa.int64())), nullable=False),
        pa.field("cluster", pa.int64(), nullable=False),  # the story's, by its lasting name
        pa.field("canonical", pa.string(), nullable=False),  # of that cluster
        pa.field("joins", pa.bool_(), nullable=False),  # whether the query would join that cluster
        pa.field("generation", pa.int64(), nullable=False),
    ]
)


def body_of(
    view: View, stories: Stories, features: LineFeatures, work: Work, *, new: bool
) -> LineStatus:
    """Say which lines of stories that an index does not hold are their body.

    Parameters
    ----------
    view : View
        A generation: what repetition makes of a line is as when it was last settled.
    stories : Stories
        The stories.
    features : LineFeatures
        Their lines.
    work : Work
        Settings, threads.
    new : bool
        Whether lines that these stories repeat among themselves count, too.
    """
    verdicts, publishers = known_verdicts(view.verdicts, stories.publishers, features.keys)
    if new:
        verdicts = with_own(verdicts, features, publishers, stories.published_us, work)
    return line_status(
        stories.text, stories.text_offsets, publishers,
        config=work.config, threads=work.threads, features=features, verdicts=verdicts,
    )  # fmt: skip


def answer(view: View, stories: Stories, work: Work, *, limit: int, generation: int) -> pa.Table:
    """Relate stories to those of an index.

    Parameters
    ----------
    view : View
        A generation.
    stories : Stories
        What is asked about.
    work : Work
        Settings, threads.
    limit : int
        Stories to align with each one at most.
    generation : int
        Number of the view.

    Returns
    -------
    pyarrow.Table
        Schema :data:`QUERY`; see :meth:`dupdetect.Index.query` for the order.
    """
    features = scan_lines(stories.text, stories.text_offsets, threads=work.threads)
    lines = body_of(view, stories, features, work, new=False)
    sketches = sketch_stories(
        stories.text, stories.text_offsets, lines.status, lines.offsets,
        config=work.config, threads=work.threads,
    )  # fmt: skip
    asked = _Asked(stories, lines, sketches)
    candidates = find_candidates(view, sketches, work.config.window - 1, threads=work.threads)
    if not candidates.asked.size:
        return QUERY.empty_table()
    first, later = candidates, candidates.take(slice(0))
    if candidates.asked.size > limit:
        first, later = best(candidates, view, limit)
    found, joins = _in_order(view, _related(view, asked, first, work))
    if later.asked.size:
        joined = np.full(len(stories.ids), -1, dtype=np.int64)
        joined[found.asked[joins]] = view.live.name[found.rows[joins]]
        some = _others_to_see(view, asked, found, joined, later, max(limit // 4, 1))
        if some.asked.size:
            others = _related(view, asked, some, work)
            stays = others.copies() | (view.live.name[others.rows] == joined[others.asked])
            both = _Answers.joined([found, others.take(np.flatnonzero(stays))])
            found, joins = _in_order(view, both)
    return _table(view, found, joins, stories.ids, generation)


def _others_to_see(
    view: View, asked: _Asked, found: _Answers, joined: Numbers, later: Candidates, most: int
) -> Candidates:
    """Return those that are looked at after the first.

    Of stories in one form hundreds share as much as a copy does: where none of the first is one,
    all others that may be are. And others of the cluster that the asked story joins, `most` at
    most, which may hold what shares less with it.
    """
    lacks = np.ones(joined.size, dtype=bool)
    itself = asked.stories.keys[found.asked] == view.keys[found.rows]
    lacks[found.asked[found.copies() & ~itself]] = False
    mates = view.live.name[view.row_of_uid[later.uid]] == joined[later.asked]
    mates[mates] = places_in_groups(later.asked[mates]) < most
    return later.take(mates | (later.copies & lacks[later.asked]))


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    """Stories that are asked about."""

    stories: Stories
    lines: LineStatus
    sketches: Sketches


@dataclass(frozen=True, slots=True, eq=False)
class _Answers:
    """Pairs that relate; shape (pairs,) each.

    Attributes
    ----------
    asked : ndarray of int64
        Number of the asked story.
    rows : ndarray of int64
        Row of the other one in ``view.live``.
    larger : ndarray of bool
        Whether the asked one has the larger body.
    aligned : Alignments
        Spans in words of the bodies, later in characters of the raw texts.
    related : Related
        What they are.
    """

    asked: Numbers
    rows: Numbers
    larger: NDArray[np.bool_]
    aligned: Alignments
    related: Related

    def take(self, order: Numbers) -> _Answers:
        """Return some of the pairs, by place."""
        parts = (self.asked[order], self.rows[order], self.larger[order])
        return _Answers(*parts, self.aligned.take(order), self.related.take(order))

    @classmethod
    def joined(cls, parts: Sequence[_Answers]) -> _Answers:
        """Put pairs one after the other."""
        return cls(
            np.concatenate([one.asked for one in parts]),
            np.concatenate([one.rows for one in parts]),
            np.concatenate([one.larger for one in parts]),
            Alignments.joined([one.aligned for one in parts]),
            Related.joined([one.related for one in parts]),
        )

    def copies(self) -> NDArray[np.bool_]:
        """Tell which are copies, of one or of the other."""
        return are_copies(self.related.kind)

    def coverage(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return coverage of the asked stories, and of the others."""
        return _turned(self.related.a_coverage, self.related.b_coverage, self.larger)

    def others_words(self) -> Numbers:
        """Return the words of the bodies of the others."""
        words = self.aligned.columns("a_words", "b_words")
        return np.where(self.larger, words[:, 1], words[:, 0]).astype(np.int64)


def _in_order(view: View, found: _Answers) -> tuple[_Answers, NDArray[np.bool_]]:
    """Return pairs in the order of an answer, and which of the others are of the cluster joined.

    Copies first, of these those of the cluster that the story would join; identical ones and
    near-duplicates, then the fullest. Others by what they share with it. The cluster is that of an
    identical story, else of a near-duplicate, else of those that cover most of it; of several,
    that of most copies, then that of the copy nearest in size: a round-up is longer than what it
    holds.
    """
    asked, rows, kind, copies = found.asked, found.rows, found.related.kind, found.copies()
    if asked.size <= 1:
        return found, copies
    ours, theirs = (-share for share in found.coverage())
    # Keys that sort identical stories first, then near-duplicates; the last one counts most.
    unlike = (kind != IDENTICAL, (kind != IDENTICAL) & (kind != NEAR_DUPLICATE), ~copies)
    joins = np.zeros(asked.size, dtype=np.bool_)
    some = copies.nonzero()[0]
    if some.size:
        clusters, at = np.unique(asked << 32 | view.live.name[rows], return_inverse=True)
        mates = np.bincount(at[some], minlength=clusters.size)[at]
        order = np.lexsort((rows, theirs, -mates, ours.round(2), *unlike, asked))
        order = order[copies[order]]
        joined = np.zeros(clusters.size, dtype=np.bool_)
        joined[at[order[group_starts(asked[order])]]] = True
        joins = joined[at]
    full = np.where(copies, -found.others_words(), 0)
    order = np.lexsort((rows, theirs, ours, full, *unlike[:2], ~joins, ~copies, asked))
    return found.take(order), joins[order]


def _related(view: View, asked: _Asked, candidates: Candidates, work: Work) -> _Answers:
    """Align candidates; return those that relate."""
    count = len(asked.stories.ids)
    rows, story = np.unique(view.row_of_uid[candidates.uid], return_inverse=True)
    texts, published = _together(view, asked, view.live.uid[rows], rows)
    bodies = split_bodies(texts, threads=work.threads)
    texts = replace(texts, bodies=bodies)
    # Those with the larger body are aligned the other way round, each by itself: last.
    larger = bodies.prose_words[count + story] > bodies.prose_words[candidates.asked]
    order = np.lexsort((larger, candidates.asked))
    number, story = candidates.asked[order], story[order]
    aligned = align_pairs(
        texts, number, count + story,
        config=work.config, passages=True, skip_unrelated=True, threads=work.threads,
    )  # fmt: skip
    worded = by_wording(aligned, config=work.config)
    alike = worded_alike(aligned, config=work.config, worded=worded)
    aligned = add_facts(texts, aligned, alike, threads=work.threads)
    related = relate_dated(aligned, work.config, published, worded=worded)
    some = (related.kind != NONE).nonzero()[0]
    found = aligned.take(some)
    number, row = number[some], rows[story[some]]
    larger = found.a == number
    shown = in_characters(texts, found, threads=work.threads)
    return _Answers(number, row, larger, shown, related.take(some))


def _together(
    view: View, asked: _Asked, uids: NDArray[np.uint32], rows: Numbers
) -> tuple[Texts, Numbers]:
    """Texts and times of the asked stories, then those of the index."""
    stories, lines = asked.stories, asked.lines
    seqs = view.live.seq[rows]
    text, offsets = view.texts_of(seqs)
    status = view.status_of(uids)
    first, last = stories.text_offsets[[0, -1]]
    texts = Texts(
        np.concatenate([stories.text[first:last], text]),
        np.concatenate([stories.text_offsets - first, offsets[1:] + last - first]),
        np.concatenate([lines.status, status.status]),
        np.concatenate([lines.offsets, status.offsets[1:] + lines.offsets[-1]]),
        misread=np.concatenate([asked.sketches.misread(), view.misread(uids)]),
    )
    return texts, np.concatenate([stories.published_us, view.published_us[rows]])


def _table(
    view: View, found: _Answers, joins: NDArray[np.bool_], ids: pa.Array, generation: int
) -> pa.Table:
    if not found.asked.size:
        return QUERY.empty_table()
    asked, rows, larger = found.asked, found.rows, found.larger
    aligned, related = found.aligned, found.related
    seqs, heads = view.live.seq[rows], view.live.canonical[rows]
    known = united(seqs, heads)
    names, asked_ids = view.ids_of(known), ids.to_pylist()
    exact = _turned(related.a_exact, related.b_exact, larger)
    shares = rounded_shares(np.concatenate([*found.coverage(), *exact, related.certainty]))
    columns = [
        _texts([asked_ids[story] for story in asked.tolist()]),
        _texts([names[at] for at in np.searchsorted(known, seqs).tolist()]),
        coded(related.kind, KINDS),
        coded(related.kept, KEPT),
        coded(larger.astype(np.int8), ("story", "query")),
        *(shares.slice(first, asked.size) for first in range(0, len(shares), asked.size)),
        to_arrow(aligned.column("shared")),
        to_arrow(aligned.column("quoted")),
        to_arrow(related.cut_before, related.cut_before < 0),
        to_arrow(related.cut_after, related.cut_after < 0),
        lists_of(aligned.passage_offsets, _asked_first(aligned, larger)),
        to_arrow(view.live.name[rows].astype(np.int64)),
        _texts([names[at] for at in np.searchsorted(known, heads).tolist()]),
        to_arrow(joins),
        to_arrow(np.full(asked.size, generation, dtype=np.int64)),
    ]
    return pa.Table.from_arrays(columns, schema=QUERY)


def _texts(values: list[str]) -> pa.Array:
    return strings_to_arrow(values, pa.string())


def _turned(
    a: NDArray[np.float64], b: NDArray[np.float64], larger: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Shares of the asked stories, and of the others; ``a`` is the larger body."""
    return np.where(larger, a, b), np.where(larger, b, a)


def _asked_first(found: Alignments, larger: NDArray[np.bool_]) -> Numbers:
    """Passages, the asked story's span first."""
    passages = found.passages.copy()
    turned = np.repeat(~larger, np.diff(found.passage_offsets))
    passages[turned] = passages[turned][:, [2, 3, 0, 1, 4, 5]]
    return passages
