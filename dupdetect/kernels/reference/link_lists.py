"""Lists of links that a page has inside its paragraphs, behind a name."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence

from dupdetect.kernels.numbers import TEXT

_END = b"MORE"
_BEHIND = (b"", b"'s", "\u2019s".encode())  # "Mayor Orla Venn [... MORE]'s market"
_LOWER, _UPPER = b"abcdefghijklmnopqrstuvwxyz", b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"

Span = tuple[int, int]


def find_link_lists(
    text: bytes,
    starts: Sequence[int],
    ends: Sequence[int],
    folded: Sequence[bytes],
    lines: Sequence[Span],
) -> list[Span]:
    """Find the words of lists of links.

    Such as "Mayor Orla Venn [Orla Anne VennCrane sold Board threatens to sue over remark MORE]
    opened the market": the name again, run into the first headline, and further headlines up to
    "MORE".

    Parameters
    ----------
    text : bytes
        UTF-8.
    starts, ends : sequence of int
        Bytes of each word.
    folded : sequence of bytes
        Each word's folded bytes.
    lines : sequence of (int, int)
        Words of each line, half open.

    Returns
    -------
    list of (int, int)
        Words, half open; each inside one line, none twice.
    """
    lists: list[Span] = []
    for found in re.finditer(_END, text):
        last = bisect_left(starts, found.start())
        if last == len(starts) or starts[last] != found.start():
            continue
        if text[found.end() : ends[last]] not in _BEHIND or ends[last] < found.end():
            continue
        line_begin = next(begin for begin, end in lines if begin <= last < end)
        if lists:
            line_begin = max(line_begin, lists[-1][1])
        first = _first_of_list(text, starts, ends, folded, line_begin, last)
        if first is not None:
            lists.append((first, last + 1))
    return lists


def _first_of_list(
    text: bytes,
    starts: Sequence[int],
    ends: Sequence[int],
    folded: Sequence[bytes],
    line_begin: int,
    last: int,
) -> int | None:
    """Return the word after the name that is given again."""

    def ends_again(name: int, t: int) -> bool:
        """Whether word t is the name word, or that run into a headline."""
        if text[starts[t]] not in _UPPER or not folded[t].startswith(folded[name]):
            return False
        following = starts[t] + len(folded[name])
        if following == ends[t]:
            return True
        return text[following - 1] in _LOWER and text[following] in _UPPER

    def given_again(t: int, end: int) -> int | None:
        """Return the nearest word before ``end``, among those of a name, that word t repeats."""
        for name in reversed(range(max(line_begin, end - TEXT.list_name_words), end)):
            if text[starts[name]] in _UPPER:
                if ends_again(name, t):
                    return name
            elif ends[name] - starts[name] > TEXT.particle_letters:
                return None
        return None

    for t in range(max(line_begin, last - TEXT.list_words), last):
        if given_again(t, t) is not None:
            # "Orla Venn" and "Orla Anne Venn": the last of the name's words counts.
            following = range(t, min(last, t + TEXT.list_name_words))
            names = [given_again(other, t) for other in following]
            return max(name for name in names if name is not None) + 1
    return None
