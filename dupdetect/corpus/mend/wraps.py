"""Lines of equal length, which are no lines: paragraphs that were wrapped."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from dupdetect.corpus.mend.placed import Edit, Placed

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["without_wraps"]

_NARROWEST, _WIDEST = 30, 100  # characters of a wrapped line
_LEAST = 3  # wraps of a text
_FULL = 0.9  # of the width, which a line and the next one's first word fill
_MOST_ENDS = 0.5  # of the wraps, which stand where a sentence ends
_MOST_STOPS = 0.8  # of the wraps, which stand behind a full stop, whatever follows
_LEAST_SMALL = 0.3  # of the wraps, behind which no capital stands
_SHARE = 0.6  # of the line breaks inside paragraphs, which are wraps
_HYPHENATED = 0.06  # of the wraps, from which on hyphens at line ends are the typesetter's

_HYPHENS = "-\u00ad\u2010\u00ac"
_ENDS = re.compile(r"[.!?\u2026\u3002\uff01\uff1f][\"'\u201d\u2019\u00bb\u300d\u300f)]*$")
_DATELINE = re.compile(r"[^\W\d_a-z]{3,}\b|\w[^()]{1,40}\([^()]{2,24}\)[ .,]*[-\u2013\u2014]")
_UNSPACED = "\u2e80"  # from here on a character is a word


class _Break(NamedTuple):
    """A line break inside a paragraph, with the blanks about it."""

    start: int
    end: int
    before: str  # the line before it
    first: str  # the word behind it
    apart: bool  # indented deeper than the line before, or with a dateline behind it

    def fills(self, width: float) -> bool:
        """Whether the line had no room for the word."""
        return not self.apart and len(self.before) + 1 + len(self.first) > width

    def may_end(self) -> bool:
        """Whether a sentence ends before it, and another may begin behind."""
        return _ENDS.search(self.before) is not None and not self.first[0].islower()


def without_wraps(placed: Placed) -> Placed:
    """Return a text whose paragraphs are one line each, if they were wrapped to one width.

    A word that was hyphenated at a line's end is one word again, where other lines end so, too, or
    the text has it whole.
    """
    breaks = list(_breaks(placed.text))
    lengths = sorted(len(one.before) for one in breaks if not one.apart)
    if len(lengths) < _LEAST or not _NARROWEST <= lengths[len(lengths) * 9 // 10] <= _WIDEST:
        return placed
    width = _FULL * lengths[len(lengths) * 9 // 10]
    wraps = [one for one in breaks if one.fills(width)]
    small = sum(not one.first[0].isupper() for one in wraps)
    ends = sum(one.may_end() for one in wraps)
    stops = sum(_ENDS.search(one.before) is not None for one in wraps)
    if (
        len(wraps) < max(_LEAST, _SHARE * len(lengths))
        or small < _LEAST_SMALL * len(wraps)
        or ends > _MOST_ENDS * len(wraps)
        or stops > _MOST_STOPS * len(wraps)
    ):
        return placed
    if len(wraps) < len(lengths):  # short lines end paragraphs here, and full ones may
        wraps = [one for one in wraps if not one.may_end()]
    return placed.edited(_joins(placed.text, wraps))


def _breaks(text: str) -> Iterator[_Break]:
    before, before_end, before_indent, at = "", 0, 0, 0
    for line in text.split("\n"):  # no expression: of long lines it would look at each place
        ended = line.rstrip(" \t\r")
        said = ended.lstrip(" \t")
        start, end = at + len(ended) - len(said), at + len(ended)
        at += len(line) + 1
        if said[:1].isspace():  # other blanks: of no paragraph
            continue
        if said and before:
            first = said if said[0] >= _UNSPACED else said.split(None, 1)[0]
            first = first[0] if first[0] >= _UNSPACED else first
            apart = len(ended) - len(said) > before_indent or _DATELINE.match(said) is not None
            yield _Break(before_end, start, before, first, apart)
        before, before_end, before_indent = said, end, len(ended) - len(said)


def _joins(text: str, wraps: list[_Break]) -> Iterator[Edit]:
    hyphens = [one for one in wraps if _is_hyphenated(one)]
    often = len(hyphens) > 1 and len(hyphens) >= _HYPHENATED * len(wraps)
    words = set(re.findall(r"\w+", text.lower())) if hyphens else set()
    for one in wraps:
        if not _is_hyphenated(one):
            yield Edit(one.start, one.end, " " * (one.end - one.start))
            continue
        begun = re.search(r"\w+\W?$", one.before)
        whole = (begun[0][:-1] if begun else "") + (re.match(r"\w+", one.first) or [""])[0]
        if often or one.before[-1] != "-" or whole.lower() in words:
            yield Edit(one.start - 1, one.end, "")
        else:
            yield Edit(one.start, one.end, "")


def _is_hyphenated(one: _Break) -> bool:
    return (
        one.before[-1] in _HYPHENS
        and one.before[-2:-1].isalpha()
        and (one.first[0].islower() or one.before[-1] == "\u00ad")
    )
