"""Which copies of a story are whole and clean, so that the best one stays.

Reading mends what can be mended, and says of which texts. Other damage is known by its signs alone:
replacement characters, question marks amid words, what reading left of text that was decoded twice
and of markup, and times before lines. Such signs are words, too; so what a damaged text really
holds is counted without them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from dupdetect.products.edges import Edges
from dupdetect.products.pairs import Numbers, group_starts
from dupdetect.products.texts import Texts
from dupdetect.support.columns import to_arrow, to_numpy

_LONGER = 1.5  # times the shortest copy, from which on a text may hold itself twice
_BEGINNING = 64  # bytes
_HOLDS = 0.9  # of the longest body, from which on a copy is whole

# Expressions of RE2, on UTF-8.
_LOST = r"\x{FFFD}|\pL\?\pL"  # characters that were lost
_TWICE = r"[\x{C2}\x{C3}][\x{80}-\x{BF}]|\x{E2}\x{20AC}"  # UTF-8 read as Latin-1, Windows-1252
_MARKUP = (
    r"</?[A-Za-z][^<>]*>|<!--|&(?:#\d{2,6}|#[xX][0-9A-Fa-f]{2,5}|[a-z]{2,8});"
    r"|(?:^|\n)[\[(]?\d{1,2}:\d\d(?::\d\d(?:[.,]\d+)?)?[\])]"
)
_DAMAGE = "|".join((_LOST, _TWICE, _MARKUP))
_WORD = r"[\pL\pN]+"


@dataclass(frozen=True, slots=True, eq=False)
class Condition:
    """What state the copies of stories are in.

    Attributes
    ----------
    damaged : ndarray of bool, shape (stories,)
        Whether a text shows signs of damage.
    held : ndarray of float64, shape (stories,)
        Share of a text's words that are left without those signs, 0-1.
    """

    damaged: NDArray[np.bool_]
    held: NDArray[np.float64]

    def joined(self, other: Condition) -> Condition:
        """Return what both, which looked at different stories, found."""
        return Condition(self.damaged | other.damaged, np.minimum(self.held, other.held))

    def take(self, stories: Numbers) -> Condition:
        """Return that of some stories, in their order."""
        return Condition(self.damaged[stories], self.held[stories])


def find_signs(texts: Texts, stories: Numbers, mended: NDArray[np.bool_]) -> Condition:
    """Look for signs of damage in some texts, each by itself.

    Parameters
    ----------
    texts : Texts
        As they were read.
    stories : ndarray of int64
        Story numbers.
    mended : ndarray of bool, shape (stories,)
        Which texts were not plain before they were read.

    Returns
    -------
    Condition
        Of all stories; those that were not asked for are taken for clean.
    """
    count = texts.text_offsets.size - 1
    damaged = np.zeros(count, dtype=bool)
    held = np.ones(count)
    text = pa.LargeStringArray.from_buffers(
        count, pa.py_buffer(texts.text_offsets), pa.py_buffer(texts.text)
    )
    for first in range(0, stories.size, _BATCH):
        some = stories[first : first + _BATCH]
        asked = text.take(to_arrow(some))
        signs = to_numpy(pc.match_substring_regex(asked, _DAMAGE))
        damaged[some] = signs | mended[some]
        if not signs.any():
            continue
        asked = asked.filter(to_arrow(signs))
        repaired = pc.replace_substring_regex(asked, _LOST, "x")
        repaired = pc.replace_substring_regex(repaired, _TWICE, "x")
        repaired = pc.replace_substring_regex(repaired, _MARKUP, " ")
        before, after = (
            to_numpy(pc.count_substring_regex(one, _WORD)).astype(float)
            for one in (asked, repaired)
        )
        held[some[signs]] = after / np.maximum(before, np.maximum(after, 1))
    return Condition(damaged, held)


def with_doubled(found: Condition, texts: Texts, stories: Numbers, clusters: Numbers) -> Condition:
    """Call the texts damaged, too, that hold themselves twice.

    Parameters
    ----------
    found : Condition
        From :func:`find_signs`.
    texts, stories
        As there.
    clusters : ndarray of int64, shape (stories asked for,)
        Equal numbers for stories of one cluster.
    """
    damaged = found.damaged.copy()
    sizes = np.diff(texts.text_offsets)[stories]
    least = np.full(int(clusters.max(initial=0)) + 1, np.iinfo(np.int64).max)
    np.minimum.at(least, clusters, sizes)
    for story in stories[sizes > _LONGER * least[clusters]].tolist():
        first, end = texts.text_offsets[story : story + 2]
        damaged[story] |= _is_doubled(texts.text[first:end].tobytes())
    return Condition(damaged, found.held)


def _is_doubled(text: bytes) -> bool:
    """Whether a text begins once more, word for word, about where its second half does."""
    begins = text.lstrip()[:_BEGINNING]
    half = len(text) // 2
    return len(begins) == _BEGINNING and text.find(begins, half // 2, half + half // 2) > 0


_BATCH = 1024  # texts a batch: few enough for the memory of their copies to be used again


def choose_best(
    root: Numbers,
    body_words: NDArray[np.uint32],
    condition: Condition,
    edges: Edges,
    published_us: Numbers,
) -> Numbers:
    """Return the canonical story of each story's cluster: the fullest clean copy.

    Of the copies that hold at least nine tenths of the longest body clean ones come first, then
    the earliest, then the first by rank. All arrays are by rank.

    Parameters
    ----------
    root : ndarray of int64, shape (stories,)
        Cluster of each story.
    body_words : ndarray of uint32, shape (stories,)
        Words of each body.
    condition : Condition
        From :func:`with_doubled`.
    edges : Edges
        Verified pairs.
    published_us : ndarray of int64, shape (stories,)
        Microseconds since 1970 or the smallest int64.
    """
    stories = np.arange(root.size)
    words = body_words * condition.held
    longest = _first_of_each(root, (stories, -words))
    full = longest == stories
    for a, b, share in (
        (edges.a, edges.b, edges.a_coverage),
        (edges.b, edges.a, edges.b_coverage),
    ):
        holds = (longest[b] == a) & (share >= _HOLDS * condition.held[a])
        full[b[holds]] = True
    unknown = published_us == np.iinfo(np.int64).min
    when = np.where(unknown, np.iinfo(np.int64).max, published_us)
    return _first_of_each(root, (stories, when, condition.damaged, ~full))


def _first_of_each(root: Numbers, merits: tuple[NDArray[np.generic], ...]) -> Numbers:
    """First story of each one's cluster by merits, the last of which weighs most."""
    order = np.lexsort((*merits, root))
    first = group_starts(root[order])
    chosen = np.empty(root.size, dtype=np.int64)
    chosen[root[order][first]] = order[first]
    return chosen[root]
