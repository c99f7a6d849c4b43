"""The stories that the page shows, read for the rows chosen."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dupdetect.errors import InputError
from dupdetect.products.corpus import Corpus
from dupdetect.support.dates import UNKNOWN_TIME
from dupdetect.views.words import Span, Words, wide_characters, words_of

_PAGE = re.compile(r"https?://[^\s<>\"'`\\^{|}]{1,2000}", re.IGNORECASE)
_LONGEST_LANGUAGE = 20


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
    url: str | None = None
    language: str | None = None

    @cached_property
    def words(self) -> Words:
        """Words of the raw text."""
        return words_of(self.text)

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
class Brief:
    """A story of which another cluster shows the title and the spans; `wide` is as in `Story`."""

    id: str
    title: str
    wide: tuple[int, ...]


@dataclass(frozen=True)
class Stories:
    """Gives stories by id, reading no text before it is asked for."""

    corpus: Corpus
    rows: dict[str, int]
    briefs: dict[str, Brief] = field(default_factory=dict)

    def story(self, story_id: str, furniture: Sequence[Sequence[int]] | None = None) -> Story:
        """Story of one of the ids; its furniture as character spans, where it is wanted."""
        row = self.rows[story_id]
        text = self.corpus.text_of(row)
        microseconds = int(self.corpus.published_us[row])
        return Story(
            row=row,
            id=story_id,
            title=_text_at(self.corpus.titles, row) or _opening(text),
            author=_text_at(self.corpus.authors, row),
            time_ms=None if microseconds == UNKNOWN_TIME else microseconds // 1000,
            text=text,
            furniture=tuple((start, end) for start, end in furniture or ()),
            url=_page_of(_text_at(self.corpus.urls, row), story_id),
            language=_language_of(_text_at(self.corpus.languages, row)),
        )

    def brief(self, story_id: str) -> Brief:
        """Return what other clusters say of a story; many of them ask for the same."""
        if story_id not in self.briefs:
            story = self.story(story_id)
            self.briefs[story_id] = Brief(story_id, story.title, story.wide)
        return self.briefs[story_id]

    def time_of(self, story_id: str) -> int:
        """Publication time for ordering: microseconds, unknown ones last."""
        microseconds = int(self.corpus.published_us[self.rows[story_id]])
        return np.iinfo(np.int64).max if microseconds == UNKNOWN_TIME else microseconds


def find_stories(corpus: Corpus, ids: pa.Array) -> Stories:
    """Find the rows of the given ids.

    Parameters
    ----------
    corpus
        Where titles, times and texts are.
    ids
        Ids that the page will show.

    Raises
    ------
    InputError
        When an id has no story: the stories are not the ones the results were made from.
    """
    wanted = ids.cast(pa.large_string())
    found = pc.index_in(wanted, value_set=corpus.ids.cast(pa.large_string()))
    if found.null_count:
        lost = wanted.filter(pc.is_null(found))
        raise InputError(
            f"{len(lost):,} of the stories in the results are not in the input read, "
            f"the first one {lost[0].as_py()!r}",
            remedy="name the file the results were made from with --stories FILE",
        )
    return Stories(corpus, dict(zip(wanted.to_pylist(), found.to_pylist(), strict=True)))


def _text_at(column: pa.Array | None, row: int) -> str | None:
    value: Any = None if column is None else column[row].as_py()
    return str(value) if value else None


def _page_of(*given: str | None) -> str | None:
    """Return the first that is the address of a page: nothing else may become a link."""
    return next((one.strip() for one in given if one and _PAGE.fullmatch(one.strip())), None)


def _language_of(given: str | None) -> str | None:
    """Return a language as the list of them shows it, such as ``en``."""
    said = (given or "").strip().lower()
    return said[:_LONGEST_LANGUAGE] or None


def _opening(text: str, *, characters: int = 90) -> str:
    """First words of a text, for a story without a headline."""
    opening = " ".join(text[: characters * 4].split())
    if len(opening) <= characters:
        return opening
    return opening[:characters].rsplit(" ", 1)[0] + " …"
