"""Credits: the news agency that a story names as its source, and where it names it.

The agencies, their spellings and the forms of datelines, bylines and sign-offs are data, kept in
``agencies.toml``; a mention inside prose is none of those forms and no credit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pyarrow as pa

from dupdetect import kernels
from dupdetect.stages.agencies import GENERIC, agency_names, search_tables
from dupdetect.support.columns import scalar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

from numpy.typing import NDArray

from dupdetect.support.columns import strings_to_arrow, to_arrow

__all__ = ["Credit", "CreditTable", "credit_of", "find_credits"]

Place = Literal["dateline", "byline", "signoff"]
PLACES: tuple[Place, ...] = ("dateline", "byline", "signoff")


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
        uint8, number in ``("dateline", "byline", "signoff")``.
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

    def first_of_each(self, stories: int) -> NDArray[np.int64]:
        """Choose each story's one credit.

        A named agency goes before :data:`~dupdetect.stages.agencies.GENERIC`, a dateline before a
        byline before a sign-off, the text before the author field, and the earlier position
        before the later one.

        Parameters
        ----------
        stories : int
            Number of stories scanned.

        Returns
        -------
        numpy.ndarray
            int64, shape ``(stories,)``: entry of this table, -1 for a story without credit.
        """
        generic = self.agency == self.agencies.index(GENERIC)
        outside = self.byte_start < 0
        order = np.lexsort((self.byte_start, outside, self.place, generic, self.story))
        found, first = np.unique(self.story[order], return_index=True)
        chosen = np.full(stories, -1, np.int64)
        chosen[found] = order[first]
        return chosen


def find_credits(
    text: NDArray[np.uint8],
    text_offsets: NDArray[np.int64],
    *,
    authors: pa.Array | Sequence[str | None] | None = None,
    threads: int = 1,
) -> CreditTable:
    r"""Find the agency credits of many stories.

    Parameters
    ----------
    text, text_offsets : ndarray of uint8 and ndarray of int64
        UTF-8 bytes of all stories, and ``(n + 1,)`` ascending offsets into them.
    authors : pa.Array or sequence of str or None, optional
        The stories' author fields, n strings or nulls.
    threads : int
        Threads to work with; the result does not depend on it.

    Returns
    -------
    CreditTable

    Raises
    ------
    ValueError
        When ``authors`` has another length than the stories, or offsets leave the text.

    Examples
    --------
    >>> import numpy as np
    >>> story = "LYON (AFP) - It rained.\nwith Reuters".encode()
    >>> found = find_credits(np.frombuffer(story, np.uint8), np.array([0, len(story)]))
    >>> [(credit.agency, credit.place) for credit in map(found.__getitem__, range(len(found)))]
    [('AFP', 'dateline'), ('Reuters', 'signoff')]
    """
    tables = search_tables()
    in_text = kernels.scan_credits(
        text, text_offsets, **tables._asdict(), fields=False, threads=threads
    )
    if authors is None:
        return CreditTable(agency_names(), *in_text)
    stories = len(text_offsets) - 1
    fields = authors if isinstance(authors, pa.Array) else pa.array(authors, pa.large_string())
    if len(fields) != stories:
        raise ValueError(f"{len(fields)} author fields for {stories} stories; pass one for each")
    data, offsets = _buffers(fields)
    by_field = kernels.scan_credits(data, offsets, **tables._asdict(), fields=True, threads=threads)
    story, agency = by_field[0], by_field[1]
    byline = np.full(len(story), PLACES.index("byline"), np.uint8)
    nowhere = np.full(len(story), -1, np.int64)
    columns = (story, agency, byline, nowhere, nowhere, nowhere, nowhere)
    both: list[NDArray[Any]] = [
        np.concatenate((ours, more))  # type: ignore[arg-type]  # arrays of several types
        for ours, more in zip(in_text, columns, strict=True)
    ]
    order = np.argsort(both[0], kind="stable")
    return CreditTable(agency_names(), *(column[order] for column in both))


def credit_of(text: str, *, author: str | None = None) -> Credit | None:
    """Find the one credit of a text, chosen as :meth:`CreditTable.first_of_each` does.

    Examples
    --------
    >>> credit_of("WARSAW (Reuters) - A drone fell in a field.")
    Credit(agency='Reuters', place='dateline', start=8, end=15)
    >>> credit_of("The country's news agency PAP reported the fall.") is None
    True
    """
    data = np.frombuffer(text.encode("utf-8", "surrogatepass"), np.uint8)
    offsets = np.array([0, len(data)], np.int64)
    found = find_credits(data, offsets, authors=None if author is None else [author])
    chosen = int(found.first_of_each(1)[0])
    return None if chosen < 0 else found[chosen]


def _buffers(strings: pa.Array) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return the bytes and offsets of a string array; a null has no bytes."""
    plain = strings.cast(pa.large_string()).fill_null(scalar("", pa.large_string()))
    _, offsets, data = plain.buffers()
    values = np.frombuffer(offsets, np.int64)[plain.offset : plain.offset + len(plain) + 1]
    if data is None:
        return np.zeros(0, np.uint8), np.zeros(len(plain) + 1, np.int64)
    return np.frombuffer(data, np.uint8), values


def story_credits(
    text: NDArray[np.uint8], text_offsets: NDArray[np.int64], *, authors: pa.Array
) -> tuple[pa.Array, pa.Array]:
    """Agency (string) and span (list of two int64) of each story's credit, null where none is.

    Parameters
    ----------
    text, text_offsets : ndarray of uint8 and ndarray of int64
        All texts (UTF-8 bytes) and where each starts.
    authors : pa.Array
        The author field of each story, null where it has none.
    """
    stories = text_offsets.size - 1
    found = find_credits(text, text_offsets, authors=authors)
    chosen = found.first_of_each(stories)
    none = chosen < 0
    at = np.where(none, 0, chosen)
    if not len(found):
        return pa.nulls(stories, pa.string()), pa.nulls(stories, pa.list_(pa.int64()))
    names = strings_to_arrow(found.agencies, pa.string())
    agency = names.take(to_arrow(found.agency[at], none))
    unplaced = none | (found.char_start[at] < 0)
    spans = np.stack([found.char_start[at], found.char_end[at]], axis=1)[~unplaced].ravel()
    offsets = np.concatenate(([0], np.cumsum(np.where(unplaced, 0, 2))))
    lists = pa.ListArray.from_arrays(
        to_arrow(offsets.astype(np.int32), np.append(unplaced, False)), to_arrow(spans)
    )
    return agency, lists
