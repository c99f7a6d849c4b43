"""What stories that are asked about have in common with those of an index."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from dupdetect.engines.lookup import best, find_candidates
from dupdetect.engines.verify import Verifier
from dupdetect.engines.window import known_verdicts, with_own
from dupdetect.engines.work import Work
from dupdetect.output.tables import coded, lists_of, rounded_shares
from dupdetect.products.alignments import Alignments, Related
from dupdetect.products.pairs import Numbers, Ranking
from dupdetect.products.schemas import COPIES, IDENTICAL, KEPT, KINDS, NEAR_DUPLICATE, NONE
from dupdetect.products.sketches import Sketches
from dupdetect.products.stories import Stories
from dupdetect.products.texts import LineFeatures, Lines, Texts
from dupdetect.stages.furniture import find_furniture, scan_lines
from dupdetect.stages.sketch import sketch_stories
from dupdetect.store.view import View
from dupdetect.support.columns import to_arrow

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
        pa.field("joins", pa.bool_(), nullable=False),  # the cluster that the query would join
        pa.field("generation", pa.int64(), nullable=False),
    ]
)


def body_of(
    view: View, stories: Stories, features: LineFeatures, work: Work, *, new: bool
) -> Lines:
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
    return find_furniture(
        stories.text, stories.text_offsets, publishers, stories.published_us,
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
        Schema :data:`QUERY`; copies before others, the fullest first.
    """
    features = scan_lines(stories.text, stories.text_offsets, threads=work.threads)
    lines = body_of(view, stories, features, work, new=False)
    sketches = sketch_stories(
        stories.text, stories.text_offsets, lines.status, lines.offsets,
        config=work.config, threads=work.threads,
    )  # fmt: skip
    candidates = find_candidates(view, sketches, work.config.window - 1, threads=work.threads)
    found = best(candidates, view, limit)
    asked, uid = found.asked, found.uid
    if not asked.size:
        return QUERY.empty_table()
    count = len(stories.ids)
    uids, story = np.unique(uid, return_inverse=True)
    rows = view.row_of_uid[uids]
    order = np.argsort(rows)
    uids, rows = uids[order], rows[order]
    story = np.argsort(order)[story]
    texts, published = _together(view, stories, lines, sketches, uids, rows)
    own = np.arange(count + uids.size)
    verifier = Verifier(texts, Ranking(own, own), work, published_us=published)
    aligned = verifier.aligned(asked, count + story)
    related = verifier.relate(aligned)
    order = _copies_first(aligned.a == asked, related, asked, rows[story])
    if not order.size:
        return QUERY.empty_table()
    aligned, related = _without_changes(aligned.take(order)), related.take(order)
    aligned = verifier.in_characters(aligned)
    return _table(view, aligned, related, stories.ids, asked[order], rows[story[order]], generation)


def _together(
    view: View,
    stories: Stories,
    lines: Lines,
    sketches: Sketches,
    uids: NDArray[np.uint32],
    rows: Numbers,
) -> tuple[Texts, Numbers]:
    """Texts and times of the asked stories, then those of the index."""
    seqs = view.live.seq[rows]
    text, offsets = view.texts_of(seqs)
    status = view.status_of(uids)
    first, last = stories.text_offsets[[0, -1]]
    texts = Texts(
        np.concatenate([stories.text[first:last], text]),
        np.concatenate([stories.text_offsets - first, offsets[1:] + last - first]),
        np.concatenate([lines.status, status.status]),
        np.concatenate([lines.offsets, status.offsets[1:] + lines.offsets[-1]]),
        misread=np.concatenate([sketches.misread(), view.misread(uids)]),
    )
    return texts, np.concatenate([stories.published_us, view.published_us[rows]])


def _copies_first(
    larger: NDArray[np.bool_], related: Related, asked: Numbers, rows: Numbers
) -> Numbers:
    """Which pairs relate: those of each asked story together, copies first, the fullest first."""
    ours, theirs = _turned(related.a_coverage, related.b_coverage, larger)
    near = (related.kind == IDENTICAL) | (related.kind == NEAR_DUPLICATE)
    copy = np.isin(related.kind, COPIES)
    order = np.lexsort((rows, -theirs, -ours, ~near, ~copy, asked))
    some: Numbers = order[related.kind[order] != NONE]
    return some


def _without_changes(found: Alignments) -> Alignments:
    """Leave out the spans of changed words, which an answer does not have."""
    none = np.zeros_like(found.passage_offsets)
    return replace(found, changed=found.changed[:0], changed_offsets=none)


def _table(
    view: View,
    found: Alignments,
    related: Related,
    ids: pa.Array,
    asked: Numbers,
    rows: Numbers,
    generation: int,
) -> pa.Table:
    larger = found.a == asked  # the asked story
    seqs, heads = view.live.seq[rows], view.live.canonical[rows]
    known = np.unique(np.concatenate([seqs, heads]))
    names = view.stories_of(known, ["id"])["id"].chunk(0).cast(pa.string())
    coverage = _turned(related.a_coverage, related.b_coverage, larger)
    exact = _turned(related.a_exact, related.b_exact, larger)
    joins = np.isin(related.kind, COPIES)
    joins[1:] &= asked[1:] != asked[:-1]
    columns = [
        ids.take(to_arrow(asked)).cast(pa.string()),
        names.take(to_arrow(np.searchsorted(known, seqs))),
        coded(related.kind, KINDS),
        coded(related.kept, KEPT),
        coded(larger.astype(np.int8), ("story", "query")),
        *map(rounded_shares, (*coverage, *exact, related.certainty)),
        to_arrow(found.column("shared")),
        to_arrow(found.column("quoted")),
        to_arrow(related.cut_before, related.cut_before < 0),
        to_arrow(related.cut_after, related.cut_after < 0),
        lists_of(found.passage_offsets, _asked_first(found, larger)),
        to_arrow(view.live.name[rows].astype(np.int64)),
        names.take(to_arrow(np.searchsorted(known, heads))),
        to_arrow(joins),
        to_arrow(np.full(asked.size, generation, dtype=np.int64)),
    ]
    return pa.Table.from_arrays(columns, schema=QUERY)


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
