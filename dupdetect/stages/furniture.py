"""Body and furniture: which lines of a page are the story's own prose.

Four kinds of evidence; ``page_lines`` switches the first two off:

phrases
    Sharing, sign-up, copyright lines and the like, by the phrases of nine languages in ``words/``,
    and notes with an e-mail address.
credits and captions
    A credit with the caption before it, a line that opens as captions do, one that is printed
    twice on end, what stands between the buttons of a gallery or around a video player, a list of
    links inside a paragraph: by the words in ``words/``.
doubtful lines
    A short line that ends no sentence (headline, byline, list item) is neither body nor
    furniture: it counts where it matches the other story and not at all where it does not.
repetition
    A line (digits folded to 0) is furniture because pages print it that have little else in
    common: see :class:`CompanyRule`. The lines of a story keep the whole story for company,
    however many copies and versions there are, so they cannot be. What one publisher prints for
    weeks is *standing*: it counts where it matches, and never as prose.

Where fewer than 25 words of body are left, and less than half of a page, all of it
counts again, but not as prose; and a text made of repeated lines alone keeps them all.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dupdetect import kernels
from dupdetect.kernels.codes import (
    CAPTION,
    CREDIT,
    LINK_LIST,
    PHRASE,
    PLAYER,
    TERMS,
    TWIN,
    UNKNOWN_DAY,
)
from dupdetect.products.texts import FURNITURE, Dropped, LineFeatures, Lines, LineStatus
from dupdetect.settings import BodySettings
from dupdetect.stages.languages import words_of
from dupdetect.stages.lists import read_lists, split_texts
from dupdetect.stages.notices import printed_before, set_aside
from dupdetect.support.dates import UNKNOWN_TIME

_WORDED = PHRASE
_PAGE = CREDIT | CAPTION | TWIN | PLAYER | LINK_LIST
# A line of so many words that ends no sentence and stands before prose, with no more than so many
# like it, is a caption and counts like a headline.
_CAPTION_WORDS, _CAPTION_LINES = 60, 2
_LEAST_BODY = 25  # words; of fewer that are less than half of a text, nothing can be said
_ANY_WORDS = -1
_DAY_US = 86_400_000_000


@dataclass(frozen=True, slots=True)
class CompanyRule:
    """When the lines that pages print together are furniture; ``most`` is the setting's.

    The company of a line is the lines that at least half of the pages asked print, those known
    for furniture aside, and its words are those of the longer ones among them.

    Attributes
    ----------
    sample : int
        Pages asked about a line: those of the smallest content hash.
    same, any, unknown : int
        Pages of one publisher, of all, or of unknown ones, from which on they are asked.
    often : int
        Pages of one publisher that make "often".
    little, most, little_any : int
        Words of company below which a line is furniture: of one publisher; of one that prints
        it often, or over a week; of all.
    line_words : int
        Words of a line that counts.
    apart_days : int
        Days from the first to the last of the pages asked.
    weeks : int
        Weeks in which one publisher prints a line of more company: it stands.
    """

    sample: int = 16
    same: int = 3
    any: int = 6
    unknown: int = 12
    often: int = 6
    little: int = 40
    most: int = 100
    little_any: int = 25
    line_words: int = 8
    apart_days: int = 7
    weeks: int = 3

    @classmethod
    def of(cls, config: BodySettings) -> CompanyRule:
        """Return the rule for a setting: no bar is higher than the highest."""
        most, usual = config.company_words, _COMPANY
        return replace(
            usual, most=most, little=min(usual.little, most), little_any=min(usual.little_any, most)
        )


_COMPANY = CompanyRule()


class Terms(NamedTuple):
    """Phrases and words that say what a line is, as the kernel takes them.

    ``tokens`` and ``offsets`` hold each term's token hashes, ``most_words`` the words that a line
    may have (negative: any number), ``kinds`` numbers of :data:`kernels.TERMS`.
    """

    tokens: NDArray[np.uint64]
    offsets: NDArray[np.int64]
    most_words: NDArray[np.int32]
    kinds: NDArray[np.uint8]


@lru_cache(maxsize=1)
def terms() -> Terms:
    """Read ``furniture.toml`` and the phrases and words of all languages."""
    rules = _rules()
    groups = [
        ("furniture", rules["most_words"][kind], texts)
        for kind, texts in words_of("phrases").items()
    ]
    groups += [
        (kind, _ANY_WORDS, texts)
        for kind, texts in (*words_of("terms").items(), *rules["terms"].items())
    ]
    return _terms_of(groups)


def phrases_of(kind: str) -> Terms:
    """Return the phrases of one kind, of all languages; none for an unknown one."""
    texts = words_of("phrases").get(kind, ())
    return _terms_of([("furniture", _rules()["most_words"].get(kind, _ANY_WORDS), texts)])


def _rules() -> dict[str, Any]:
    return read_lists("furniture.toml")


def _terms_of(groups: Iterable[tuple[str, int, Iterable[str]]]) -> Terms:
    """Make terms of texts, with what each group says and the words that a line may have."""
    every, limits, kinds = list[str](), list[int](), list[int]()
    for kind, limit, texts in groups:
        every += texts
        limits += [limit] * (len(every) - len(limits))
        kinds += [TERMS.index(kind)] * (len(every) - len(kinds))
    return Terms(
        *split_texts(every),
        np.array(limits, dtype=np.int32),
        np.array(kinds, dtype=np.uint8),
    )


class Verdicts(NamedTuple):
    """What repetition makes of the lines of a collection; all others are as they are.

    ``keys`` are line keys, ``scopes`` numbers of publishers, ``ALL_PAGES`` or
    ``UNKNOWN_PUBLISHER``, ``codes`` ``FURNITURE``, ``STANDING`` or ``BODY``; of shape (verdicts,).
    No key and scope come twice.
    """

    keys: NDArray[np.uint64]
    scopes: NDArray[np.int32]
    codes: NDArray[np.uint8]

    @classmethod
    def none(cls) -> Verdicts:
        """No verdicts."""
        return cls(np.empty(0, np.uint64), np.empty(0, np.int32), np.empty(0, np.uint8))


def scan_lines(
    text: NDArray[np.uint8], text_offsets: NDArray[np.int64], *, threads: int = 1
) -> LineFeatures:
    """Return what is known of every line by itself.

    Parameters
    ----------
    text, text_offsets : ndarray
        All texts (UTF-8 bytes) and where each starts.
    threads : int
        Threads to use; the result does not depend on it.
    """
    return LineFeatures(*kernels.scan_lines(text, text_offsets, *terms(), threads))


def find_furniture(
    text: NDArray[np.uint8],
    text_offsets: NDArray[np.int64],
    publishers: NDArray[np.int32],
    published_us: NDArray[np.int64] | None = None,
    *,
    config: BodySettings,
    threads: int = 1,
    features: LineFeatures | None = None,
    verdicts: Verdicts | None = None,
) -> Lines:
    r"""Decide what every line of a corpus is taken for.

    Parameters
    ----------
    text : ndarray of uint8
        All texts, UTF-8, one after the other.
    text_offsets : ndarray of int64, shape (stories + 1,)
        Where each text starts, in bytes.
    publishers : ndarray of int32, shape (stories,)
        A number per publisher; -1 where it is unknown.
    published_us : ndarray of int64, shape (stories,), optional
        Microseconds since 1970 UTC, ``UNKNOWN_TIME`` where unknown; no dates by default.
    config : BodySettings
        Settings.
    threads : int
        Threads to use; the result does not depend on it.
    features : LineFeatures, optional
        From :func:`scan_lines`, where it is known.
    verdicts : Verdicts, optional
        What repetition makes of lines, where it is known; found in these texts by default.

    Examples
    --------
    >>> data = "Subscribe now\nThe mayor resigned on Monday.".encode()
    >>> lines = find_furniture(
    ...     np.frombuffer(data, np.uint8), np.array([0, len(data)]), np.array([-1], np.int32),
    ...     config=BodySettings(),
    ... )
    >>> lines.status.tolist()
    [2, 0]
    """
    features = features or scan_lines(text, text_offsets, threads=threads)
    offsets, keys, words = features.offsets, features.keys, features.words
    if verdicts is None:
        verdicts = find_verdicts(features, publishers, published_us, config=config, threads=threads)
    status, repeated = _status_of(
        text, text_offsets, publishers, features, verdicts, config, threads
    )
    dropped = status == FURNITURE
    different, _ = kernels.count_equal(keys, dropped.view(np.uint8))
    return Lines(
        offsets=offsets,
        status=status,
        dropped=Dropped(
            lines=different.size,
            words=int(words[dropped].sum(dtype=np.int64)),
            repeated=_most_repeated(keys, dropped & (repeated == FURNITURE), offsets),
        ),
    )


def line_status(
    text: NDArray[np.uint8],
    text_offsets: NDArray[np.int64],
    publishers: NDArray[np.int32],
    *,
    config: BodySettings,
    features: LineFeatures,
    verdicts: Verdicts,
    threads: int = 1,
) -> LineStatus:
    """Decide what every line is taken for, nothing counted; see :func:`find_furniture`."""
    status, _ = _status_of(text, text_offsets, publishers, features, verdicts, config, threads)
    return LineStatus(features.offsets, status)


def _status_of(
    text: NDArray[np.uint8],
    text_offsets: NDArray[np.int64],
    publishers: NDArray[np.int32],
    features: LineFeatures,
    verdicts: Verdicts,
    config: BodySettings,
    threads: int,
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return what every line is taken for, and what repetition alone makes of it."""
    offsets, keys, words = features.offsets, features.keys, features.words
    repeated = look_up(verdicts, features, publishers)
    status = kernels.line_status(
        offsets,
        words,
        features.flags,
        repeated,
        config.doubtful_words,
        _CAPTION_WORDS,
        _CAPTION_LINES,
        taken_flags(config),
        _LEAST_BODY,
        threads,
    )
    status[printed_before(text, text_offsets, offsets, keys, words, threads)] = FURNITURE
    set_aside(text, text_offsets, offsets, status, threads)
    if config.page_lines:
        status[_of_phrases_only(features, _LEAST_BODY)] = FURNITURE
    return status, repeated


def _of_phrases_only(lines: LineFeatures, most_words: int) -> NDArray[np.bool_]:
    """Tell which lines are of short texts without a line that is no phrase of a site's."""
    first, end = lines.offsets[:-1], lines.offsets[1:]

    def of_each(values: NDArray[Any]) -> NDArray[np.int64]:
        sums = np.zeros(values.size + 1, dtype=np.int64)
        values.cumsum(out=sums[1:])
        return np.asarray(sums[end] - sums[first])

    plain = (lines.words > 0) & ((lines.flags & (PHRASE | CREDIT)) == 0)
    only = (of_each(plain) == 0) & (of_each(lines.words) < most_words)
    return np.asarray(only.repeat(end - first))


#: Line keys, where each story's lines start, words, and 0 for lines that are furniture already.
CountedLines = tuple[NDArray[np.uint64], NDArray[np.int64], NDArray[np.uint32], NDArray[np.uint8]]


def taken_flags(config: BodySettings) -> int:
    """Return the flags of lines of which each makes a line furniture."""
    return (_WORDED | _PAGE) * config.page_lines


def days_of(published_us: NDArray[np.int64] | None, stories: int) -> NDArray[np.int32]:
    """Return days since 1970; ``UNKNOWN_DAY`` where the time is unknown."""
    days = np.full(stories, UNKNOWN_DAY, dtype=np.int32)
    if published_us is not None:
        known = published_us != UNKNOWN_TIME
        days[known] = published_us[known] // _DAY_US
    return days


def find_verdicts(
    features: LineFeatures,
    publishers: NDArray[np.int32],
    published_us: NDArray[np.int64] | None = None,
    *,
    config: BodySettings,
    threads: int = 1,
) -> Verdicts:
    """Say what repetition makes of the lines of a whole collection.

    Parameters
    ----------
    features : LineFeatures
        From :func:`scan_lines`.
    publishers, published_us, config, threads
        As in :func:`find_furniture`.
    """
    if features.offsets.size <= 2 or config.company_words <= 0:
        return Verdicts.none()
    lines = counted_lines(features, config)
    days = days_of(published_us, publishers.size)
    return repetition(lines, publishers, days, CompanyRule.of(config), threads)


def look_up(
    verdicts: Verdicts, features: LineFeatures, publishers: NDArray[np.int32]
) -> NDArray[np.uint8]:
    """Say what repetition makes of each line: uint8, shape (lines,), codes as of `LineStatus`.

    Parameters
    ----------
    verdicts : Verdicts
        What repetition makes of lines.
    features : LineFeatures
        The lines.
    publishers : ndarray of int32, shape (stories,)
        Numbers as in the verdicts.
    """
    found: NDArray[np.uint8] = kernels.look_up_verdicts(
        *verdicts, features.keys, features.offsets, publishers
    )
    return found


def counted_lines(features: LineFeatures, config: BodySettings) -> CountedLines:
    """Return what repetition goes by; see :data:`CountedLines`."""
    counted = ((features.flags & taken_flags(config)) == 0).view(np.uint8)
    return features.keys, features.offsets, features.words, counted


def repetition(
    lines: CountedLines,
    publishers: NDArray[np.int32],
    days: NDArray[np.int32],
    rule: CompanyRule,
    threads: int = 1,
) -> Verdicts:
    """Say what repetition makes of the lines of a whole collection, by a rule.

    Parameters
    ----------
    lines : tuple of ndarray
        See :data:`CountedLines`.
    publishers, days : ndarray of int32, shape (stories,)
        As in :func:`dupdetect.kernels.reference.line_summaries`.
    rule : CompanyRule
        When a line is furniture.
    threads : int
        Threads to use; the result does not depend on it.
    """
    keys, offsets, _, counted = lines
    least = min(rule.same, rule.any, rule.unknown)
    group_keys, scopes, page_offsets, _, pages, page_days = kernels.line_summaries(
        keys, offsets, counted, publishers, days, rule.sample, least, threads
    )
    verdicts = company_verdicts((scopes, page_offsets, pages, page_days), lines, rule, threads)
    return Verdicts(group_keys, scopes, verdicts)


def company_verdicts(
    sampled: tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int64], NDArray[np.int32]],
    lines: CountedLines,
    rule: CompanyRule,
    threads: int = 1,
) -> NDArray[np.uint8]:
    """Say what lines are by the company that they keep.

    Parameters
    ----------
    sampled : tuple of ndarray
        Of each line and scope: the scope, where its pages start, their stories and days.
    lines : tuple of ndarray
        See :data:`CountedLines`; of these stories.
    rule : CompanyRule
        When a line is furniture.
    threads : int
        Threads to use; the result does not depend on it.
    """
    keys, offsets, words, counted = lines
    found: NDArray[np.uint8] = kernels.company_verdicts(
        *sampled, keys, offsets, words, counted,
        same=rule.same, any=rule.any, unknown=rule.unknown, often=rule.often, little=rule.little,
        most=rule.most, little_any=rule.little_any, line_words=rule.line_words,
        apart_days=rule.apart_days, weeks=rule.weeks, threads=threads,
    )  # fmt: skip
    return found


def _most_repeated(
    keys: NDArray[np.uint64], repeated: NDArray[np.bool_], offsets: NDArray[np.int64]
) -> tuple[tuple[int, int, int], ...]:
    """First place and count of the 20 repeated lines that most stories print."""
    first, counts = kernels.count_equal(keys, repeated.view(np.uint8))
    best = np.lexsort((first, -counts))[:20]
    lines = first[best]
    stories = np.searchsorted(offsets, lines, side="right") - 1
    return tuple(
        (int(s), int(line - offsets[s]), int(n))
        for s, line, n in zip(stories, lines, counts[best], strict=True)
    )
