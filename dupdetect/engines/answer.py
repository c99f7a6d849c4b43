"""What stories that are asked about have in common with those of an index."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from dupdetect.engines.lookup import best, find_candidates
from dupdetect.engines.verify import Verifier
from dupdetect.engines.window import known_verdicts, with_own
from dupdetect.engines.work import Work
from dupdetect.output.tables import relations_table
from dupdetect.products.alignments import Alignments, Related
from dupdetect.products.pairs import Numbers, Ranking
from dupdetect.products.schemas import COPIES, IDENTICAL, NEAR_DUPLICATE, NONE
from dupdetect.products.sketches import Sketches
from dupdetect.products.stories import Stories
from dupdetect.products.texts import LineFeatures, Lines, Texts
from dupdetect.stages.furniture import find_furniture, scan_lines
from dupdetect.stages.sketch import sketch_stories
from dupdetect.store.view import View
from dupdetect.support.columns import strings_to_arrow, to_arrow

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
    found = best(find_candidates(view, sketches, threads=work.threads), view, limit)
    asked, uid = found.asked, found.uid
    if not asked.size:
        return QUERY.empty_table()
    count = len(stories.ids)
    uids, story = np.unique(uid, return_inverse=True)
    rows = view.row_of_uid[uids]
    order = np.argsort(rows)
    uids, rows = uids[order], rows[order]
    story = np.argsort(order)[story]
    texts, published, ids = _together(view, stories, lines, sketches, uids, rows)
    own = np.arange(count + uids.size)
    verifier = Verifier(texts, Ranking(own, own), work, published_us=published)
    aligned = verifier.aligned(asked, count + story)
    related = verifier.relate(aligned)
    some = np.flatnonzero(related.kind != NONE)
    aligned, related = verifier.in_characters(aligned.take(some)), related.take(some)
    return _table(view, aligned, related, ids, asked[some], rows[story[some]], generation)


def _together(
    view: View,
    stories: Stories,
    lines: Lines,
    sketches: Sketches,
    uids: NDArray[np.uint32],
    rows: Numbers,
) -> tuple[Texts, Numbers, pa.Array]:
    """Texts, times and ids of the asked stories, then those of the index."""
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
    published = np.concatenate([stories.published_us, view.published_us[rows]])
    ids = view.stories_of(seqs, ["id"])["id"].chunks
    return texts, published, pa.concat_arrays([stories.ids, *ids])


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
    relations = relations_table(ids, found, related)
    copy = np.isin(related.kind, COPIES)
    ours = np.where(larger, related.a_coverage, related.b_coverage)
    theirs = np.where(larger, related.b_coverage, related.a_coverage)
    near = (related.kind == IDENTICAL) | (related.kind == NEAR_DUPLICATE)
    order = np.lexsort((rows, -theirs, -ours, ~near, ~copy, asked))
    joins = np.zeros(asked.size, dtype=bool)
    joins[order[np.diff(asked[order], prepend=-1) > 0]] = True
    joins &= copy
    heads, places = np.unique(view.live.canonical[rows], return_inverse=True)
    canonical = view.stories_of(heads, ["id"])["id"].combine_chunks()
    columns = {
        "query": ids.take(to_arrow(asked)).cast(pa.string()),
        "story": ids.take(to_arrow(np.where(larger, found.b, found.a))).cast(pa.string()),
        "larger": strings_to_arrow(["story", "query"], pa.string()).take(
            to_arrow(larger.astype(np.int8))
        ),
        "coverage": _side(relations, "coverage", larger, ours=True),
        "story_coverage": _side(relations, "coverage", larger, ours=False),
        "exact": _side(relations, "exact", larger, ours=True),
        "story_exact": _side(relations, "exact", larger, ours=False),
        "passages": _turned(found, larger),
        "cluster": to_arrow(view.live.name[rows].astype(np.int64)),
        "canonical": canonical.take(to_arrow(places)).cast(pa.string()),
        "joins": to_arrow(joins),
        "generation": to_arrow(np.full(asked.size, generation, dtype=np.int64)),
    }
    columns |= {
        name: relations[name].combine_chunks()
        for name in ("kind", "kept", "certainty", "words", "quoted_words", "cut_before",
                     "cut_after")
    }  # fmt: skip
    whole = pa.Table.from_arrays([columns[field.name] for field in QUERY], schema=QUERY)
    return whole.take(to_arrow(order))


def _side(
    relations: pa.Table, name: str, larger: NDArray[np.bool_], *, ours: bool
) -> pa.ChunkedArray:
    """Return a share of the asked stories, or of the others; ``a`` is the larger body."""
    first, second = ("a", "b") if ours else ("b", "a")
    return pc.if_else(to_arrow(larger), relations[f"{first}_{name}"], relations[f"{second}_{name}"])


def _turned(found: Alignments, larger: NDArray[np.bool_]) -> pa.ListArray:
    """Passages, the asked story's span first."""
    passages = found.passages.copy()
    turned = np.repeat(~larger, np.diff(found.passage_offsets))
    passages[turned] = passages[turned][:, [2, 3, 0, 1, 4, 5]]
    ends = np.arange(0, passages.size + 1, passages.shape[1], dtype=np.int32)
    rows = pa.ListArray.from_arrays(to_arrow(ends), to_arrow(passages.ravel()))
    return pa.ListArray.from_arrays(to_arrow(found.passage_offsets.astype(np.int32)), rows)
