"""What the report needs to know about stories, and the reading of it for the rows chosen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Protocol, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from dupdetect.corpus.reopen import settings_of
from dupdetect.errors import InputError
from dupdetect.products.corpus import Corpus
from dupdetect.products.texts import furniture_spans
from dupdetect.stages.furniture import find_furniture
from dupdetect.support.dates import UNKNOWN_TIME
from dupdetect.views.words import Span, Words, find_words, wide_characters

Furniture: TypeAlias = Callable[[int], Sequence[Span]]


class Stories(Protocol):
    """The part of a corpus that the report reads."""

    @property
    def ids(self) -> pa.LargeStringArray:
        """Story ids."""

    @property
    def titles(self) -> pa.LargeStringArray:
        """Headlines, null where absent."""

    @property
    def authors(self) -> pa.LargeStringArray:
        """Bylines, null where absent."""

    @property
    def published_us(self) -> NDArray[np.int64]:
        """Microseconds since 1970 UTC, the smallest int64 where unknown."""

    def text_of(self, row: int) -> str:
        """Raw text of a row."""


@dataclass(frozen=True)
class Story:
    """One story as the page shows it; offsets are characters of `text`."""

    row: int
    id: str
    title: str
    author: str | None
    time_ms: int | None
    text: str
    furniture: tuple[Span, ...]

    @cached_property
    def words(self) -> Words:
        """Words of the raw text."""
        return find_words(self.text)

    @cached_property
    def wide(self) -> tuple[int, ...]:
        """Characters that count double in UTF-16."""
        return wide_characters(self.text)

    @cached_property
    def furniture_words(self) -> tuple[Span, ...]:
        """Furniture as word ranges."""
        ranges = (self.words.covered_by(start, end) for start, end in self.furniture)
        return tuple((first, last) for first, last in ranges if first < last)


@dataclass(frozen=True)
class Desk:
    """Hands out stories by id, reading no text before it is asked for."""

    stories: Stories
    rows: dict[str, int]
    furniture: Furniture | None = None

    def story(self, story_id: str) -> Story:
        """Story of an id that was asked for when the desk was set up."""
        row = self.rows[story_id]
        text = self.stories.text_of(row)
        microseconds = int(self.stories.published_us[row])
        spans = self.furniture(row) if self.furniture is not None else ()
        return Story(
            row=row,
            id=story_id,
            title=_text_at(self.stories.titles, row) or _opening(text),
            author=_text_at(self.stories.authors, row),
            time_ms=None if microseconds == UNKNOWN_TIME else microseconds // 1000,
            text=text,
            furniture=tuple((int(start), int(end)) for start, end in spans),
        )

    def time_of(self, story_id: str) -> int:
        """Publication time for ordering: microseconds, unknown ones last."""
        microseconds = int(self.stories.published_us[self.rows[story_id]])
        return np.iinfo(np.int64).max if microseconds == UNKNOWN_TIME else microseconds


def open_desk(stories: Stories, ids: pa.Array, *, furniture: Furniture | None = None) -> Desk:
    """Find the rows of the given ids.

    Parameters
    ----------
    stories
        Where titles, times and texts are.
    ids
        Ids that the page will show.
    furniture
        Row number to half-open character spans of what the site wraps around the story.

    Raises
    ------
    InputError
        When an id has no story: the stories are not the ones the results were made from.
    """
    wanted = ids.cast(pa.large_string())
    found = pc.index_in(wanted, value_set=stories.ids.cast(pa.large_string()))
    if found.null_count:
        lost = wanted.filter(pc.is_null(found))
        raise InputError(
            f"{len(lost):,} of the stories in the results are not in the input read, "
            f"the first one {lost[0].as_py()!r}",
            remedy="name the file the results were made from with --stories FILE",
        )
    return Desk(stories, dict(zip(wanted.to_pylist(), found.to_pylist(), strict=True)), furniture)


def _text_at(column: pa.Array, row: int) -> str | None:
    value: Any = column[row].as_py()
    return str(value) if value else None


def _opening(text: str, *, characters: int = 90) -> str:
    """First words of a text, for a story without a headline."""
    opening = " ".join(text[: characters * 4].split())
    if len(opening) <= characters:
        return opening
    return opening[:characters].rsplit(" ", 1)[0] + " …"


def find_story_furniture(corpus: Corpus, summary: dict[str, Any]) -> Furniture:
    """Judge the lines of a corpus with the settings of the run.

    Returns
    -------
    callable
        Row number to half-open character spans of furniture.
    """
    codes = corpus.publishers.dictionary_encode().indices
    publishers = pc.fill_null(codes, -1).to_numpy(zero_copy_only=False).astype(np.int32)
    lines = find_furniture(
        corpus.text,
        corpus.text_offsets,
        publishers,
        corpus.published_us,
        config=settings_of(summary.get("config") or {}),
    )

    @lru_cache(maxsize=4096)
    def spans(row: int) -> tuple[Span, ...]:
        text = corpus.text_of(row).encode()
        status = lines.status[lines.offsets[row] : lines.offsets[row + 1]]
        return tuple(furniture_spans(text, status))

    return spans
