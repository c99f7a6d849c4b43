"""Credits: the news agencies that a story names as its sources, and where it names them.

The agencies, their spellings and the forms of datelines, bylines and sign-offs are data, kept in
``agencies.toml``; a mention inside prose is none of those forms and no credit.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pyarrow as pa

from dupdetect import kernels
from dupdetect.products.pairs import group_starts
from dupdetect.stages.agencies import GENERIC, agency_names, agency_years, search_tables
from dupdetect.support.columns import scalar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

from numpy.typing import NDArray

from dupdetect.support.columns import strings_to_arrow, to_arrow
from dupdetect.support.dates import UNKNOWN_TIME

__all__ = ["Credit", "CreditTable", "credits_of", "find_credits"]

Place = Literal["dateline", "byline", "signoff", "inside", "mention"]
PLACES: tuple[Place, ...] = ("dateline", "byline", "signoff", "inside", "mention")


@dataclass(frozen=True)
class Credit:
    """An agency named as source.

    Attributes
    ----------
    agency : str
        Its name in ``agencies.toml``;
        :data:`~dupdetect.stages.agencies.GENERIC` when none is named.
    place : Place
        Where it stands. A credit in a row's author field is a byline.
    start, end : int
        Half-open span of the agency's name, in characters of the raw text; both -1 when it
        stands in the author field.
    """

    agency: str
    place: Place
    start: int
    end: int


@dataclass(frozen=True, eq=False)
class CreditTable:
    """All credits of many stories, one entry each, ordered by story and then by position.

    Attributes
    ----------
    agencies : tuple of str
        Names; ``agency`` counts in it.
    story : ndarray of int64
        int64, number of the story.
    agency : ndarray of int32
        int32, number of the agency.
    place : ndarray of uint8
        uint8, number in ``("dateline", "byline", "signoff", "inside", "mention")``.
    byte_start, byte_end, char_start, char_end : ndarray of int64
        int64, half-open span of the name from the start of the story's raw text, in UTF-8 bytes
        and in characters; -1 for a credit in the author field, which comes after those in the text.
    """

    agencies: tuple[str, ...]
    story: NDArray[np.int64]
    agency: NDArray[np.int32]
    place: NDArray[np.uint8]
    byte_start: NDArray[np.int64]
    byte_end: NDArray[np.int64]
    char_start: NDArray[np.int64]
    char_end: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.story)

    def __getitem__(self, entry: int) -> Credit:
        """Return one entry as a :class:`Credit`."""
        return Credit(
            self.agencies[self.agency[entry]],
            PLACES[self.place[entry]],
            int(self.char_start[entry]),
            int(self.char_end[entry]),
        )

    def listed(self, stories: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """List each story's agencies, each once, the first of them first.

        A dateline goes before a byline, a sign-off, a credit inside and a mention, the text before
        the author field, and the earlier position before the later one.
        :data:`~dupdetect.stages.agencies.GENERIC` is listed where no agency is named.

        Parameters
        ----------
        stories : int
            Number of stories scanned.

        Returns
        -------
        offsets, entries : ndarray of int64
            Shapes ``(stories + 1,)`` and ``(offsets[-1],)``: the entries of this table that make
            story ``i``'s list are ``entries[offsets[i] : offsets[i + 1]]``.
        """
        generic = self.agency == self.agencies.index(GENERIC)
        outside = self.byte_start < 0
        order = np.lexsort((self.byte_start, outside, self.place, generic, self.story))
        pairs = self.story[order] * len(self.agencies) + self.agency[order]
        sorted_ = np.argsort(pairs, kind="stable")
        order = order[np.sort(sorted_[group_starts(pairs[sorted_])])]
        named = np.zeros(stories, bool)
        named[self.story[~generic]] = True
        order = order[~(generic & named[self.story])[order]]
        counts = np.bincount(self.story[order], minlength=stories)
        return np.concatenate(([0], np.cumsum(counts))).astype(np.int64), order

    def _take(self, entries: NDArray[Any]) -> CreditTable:
        columns = (getattr(self, field.name)[entries] for field in fields(self)[1:])
        return CreditTable(self.agencies, *columns)


def find_credits(
    text: NDArray[np.uint8],
    text_offsets: NDArray[np.int64],
    *,
    authors: pa.Array | Sequence[str | None] | None = None,
    published_us: NDArray[np.int64] | None = None,
    threads: int = 1,
) -> CreditTable:
    r"""Find the agency credits of many stories.

    A page of an old newspaper holds items of several agencies under one another: stories from
    before 1970 are read from end to end, and those that open on a dateline with an agency may have
    more of them inside. Agencies that did not exist when the story appeared are none.

    Parameters
    ----------
    text, text_offsets : ndarray of uint8 and ndarray of int64
        UTF-8 bytes of all stories, and ``(n + 1,)`` ascending offsets into them.
    authors : pa.Array or sequence of str or None, optional
        The stories' author fields, n strings or nulls.
    published_us : ndarray of int64, optional
        Microseconds since 1970 UTC, shape ``(n,)``, ``UNKNOWN_TIME`` where unknown; no dates by
        default.
    threads : int
        Threads to work with; the result does not depend on it.

    Returns
    -------
    CreditTable

    Raises
    ------
    ValueError
        When ``authors`` or ``published_us`` has another length than the stories, or offsets leave
        the text.

    Examples
    --------
    >>> import numpy as np
    >>> story = "LYON (AFP) - It rained.\nwith Reuters".encode()
    >>> found = find_credits(np.frombuffer(story, np.uint8), np.array([0, len(story)]))
    >>> [(credit.agency, credit.place) for credit in map(found.__getitem__, range(len(found)))]
    [('AFP', 'dateline'), ('Reuters', 'signoff')]
    """
    stories = len(text_offsets) - 1
    times = np.full(stories, UNKNOWN_TIME) if published_us is None else published_us
    if times.size != stories:
        raise ValueError(f"{times.size} times for {stories} stories; pass one for each")
    old = (times < 0) & (times != UNKNOWN_TIME)
    tables = search_tables()._asdict()
    in_text = kernels.scan_credits(
        text, text_offsets, **tables, whole=old.view(np.uint8), fields=False, threads=threads
    )
    found = CreditTable(agency_names(), *in_text)
    found = found._take(_counts(found, old))
    if authors is not None:
        given = authors if isinstance(authors, pa.Array) else pa.array(authors, pa.large_string())
        if len(given) != stories:
            raise ValueError(f"{len(given)} author fields for {stories} stories; pass one for each")
        found = _with_authors(found, given, tables, threads)
    return found._take(_of_their_time(found, times))


def _counts(found: CreditTable, old: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Tell which finds in the text are credits, for where they stand."""
    opens = np.zeros(old.size, bool)
    opens[found.story[found.place == PLACES.index("dateline")]] = True
    story, place = found.story, found.place
    inside, mention = place == PLACES.index("inside"), place == PLACES.index("mention")
    counts: NDArray[np.bool_] = ~(inside & ~(old | opens)[story]) & ~(mention & ~old[story])
    return counts


def _of_their_time(found: CreditTable, times: NDArray[np.int64]) -> NDArray[np.bool_]:
    first, last = agency_years()
    at = times[found.story]
    year = np.where(at == UNKNOWN_TIME, 0, at).astype("datetime64[us]").astype("datetime64[Y]")
    number = year.astype(np.int64) + 1970
    within: NDArray[np.bool_] = number >= first[found.agency]
    within &= number <= last[found.agency]
    within |= at == UNKNOWN_TIME
    return within


def _with_authors(
    found: CreditTable, authors: pa.Array, tables: dict[str, Any], threads: int
) -> CreditTable:
    """Add the credits in author fields, each story's behind those in its text."""
    data, offsets = _buffers(authors)
    nothing = np.zeros(len(authors), np.uint8)
    by_field = kernels.scan_credits(
        data, offsets, **tables, whole=nothing, fields=True, threads=threads
    )
    story, agency = by_field[0], by_field[1]
    byline = np.full(len(story), PLACES.index("byline"), np.uint8)
    nowhere = np.full(len(story), -1, np.int64)
    more = CreditTable(found.agencies, story, agency, byline, *[nowhere] * 4)
    both = [
        np.concatenate((getattr(found, field.name), getattr(more, field.name)))
        for field in fields(found)[1:]
    ]
    return CreditTable(found.agencies, *both)._take(np.argsort(both[0], kind="stable"))


def credits_of(
    text: str, *, author: str | None = None, published_us: int | None = None
) -> tuple[Credit, ...]:
    """Find the credits of one text, in the order of :meth:`CreditTable.listed`.

    Examples
    --------
    >>> credits_of("WARSAW (Reuters) - A drone fell in a field.")
    (Credit(agency='Reuters', place='dateline', start=8, end=15),)
    >>> [credit.agency for credit in credits_of("BERNE, 3 mai (ATS-AFP). — Il pleut.")]
    ['Keystone-SDA', 'AFP']
    >>> credits_of("The country's news agency PAP reported the fall.")
    ()
    """
    data = np.frombuffer(text.encode("utf-8", "surrogatepass"), np.uint8)
    found = find_credits(
        data,
        np.array([0, len(data)], np.int64),
        authors=None if author is None else [author],
        published_us=None if published_us is None else np.array([published_us], np.int64),
    )
    return tuple(found[int(entry)] for entry in found.listed(1)[1])


def _buffers(strings: pa.Array) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return the bytes and offsets of a string array; a null has no bytes."""
    plain = strings.cast(pa.large_string()).fill_null(scalar("", pa.large_string()))
    _, offsets, data = plain.buffers()
    values = np.frombuffer(offsets, np.int64)[plain.offset : plain.offset + len(plain) + 1]
    if data is None:
        return np.zeros(0, np.uint8), np.zeros(len(plain) + 1, np.int64)
    return np.frombuffer(data, np.uint8), values


def story_credits(
    text: NDArray[np.uint8],
    text_offsets: NDArray[np.int64],
    *,
    authors: pa.Array,
    published_us: NDArray[np.int64],
) -> tuple[pa.Array, pa.Array]:
    """Agencies (list of string) and spans (list of two int64 each) of each story's credits.

    Both are null where none is; a span is null where the agency stands in the author field.

    Parameters
    ----------
    text, text_offsets : ndarray of uint8 and ndarray of int64
        All texts (UTF-8 bytes) and where each starts.
    authors : pa.Array
        The author field of each story, null where it has none.
    published_us : ndarray of int64, shape (stories,)
        As for :func:`find_credits`.
    """
    found = find_credits(text, text_offsets, authors=authors, published_us=published_us)
    offsets, entries = found.listed(text_offsets.size - 1)
    ends = to_arrow(offsets.astype(np.int32), np.append(np.diff(offsets) == 0, False))
    names = strings_to_arrow(found.agencies, pa.string()).take(to_arrow(found.agency[entries]))
    unplaced = found.char_start[entries] < 0
    spans = np.stack([found.char_start[entries], found.char_end[entries]], axis=1)[~unplaced]
    pairs = np.concatenate(([0], np.cumsum(np.where(unplaced, 0, 2)))).astype(np.int32)
    each = pa.ListArray.from_arrays(
        to_arrow(pairs, np.append(unplaced, False)), to_arrow(spans.ravel())
    )
    return pa.ListArray.from_arrays(ends, names), pa.ListArray.from_arrays(ends, each)
