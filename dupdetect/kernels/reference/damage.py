"""Signs that a raw text may be marked up or damaged."""

from __future__ import annotations

import re
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from dupdetect.kernels.codes import (
    CONTROLS,
    ENTITIES,
    LINKS,
    LOST,
    QUOTED_PRINTABLE,
    TAGS,
    TWICE,
    WRAPPED,
)
from dupdetect.kernels.numbers import DAMAGE
from dupdetect.kernels.reference.arrays import check_offsets, spans

_SPACES = b" \t\r\n"
_SIGNS = (
    (LINKS, re.compile(rb"\]\(")),
    (LOST, re.compile(rb"\xef\xbf\xbd")),
    (TAGS, re.compile(rb"<[A-Za-z/!]")),
    (ENTITIES, re.compile(rb"&[A-Za-z#]")),
    # A control character of Latin-1 where Windows-1252 has a mark.
    (CONTROLS, re.compile(rb"\xc2[\x80-\x9f]")),
    # The first byte of UTF-8 as Latin-1, Windows-1250, Windows-1251, Mac OS Roman and code page
    # 437 have it, and the second one; of three or more bytes the third one, too.
    (TWICE, re.compile(rb"\xc3(?:[\x82-\x9f][\xc2\xc5\xc6\xcb\xe2\xef]|\x83 )")),
    (
        TWICE,
        re.compile(
            rb"(?s)\xc3[\xa0-\xb4](?:[\xc2\xc5\xc6\xcb].|[\xe2\xef]..)[\xc2\xc5\xc6\xcb\xe2\xef]"
        ),
    ),
    (TWICE, re.compile(rb"\xc4[\x82\xb9][\xc2-\xff]")),
    (TWICE, re.compile(rb"\xd0[\xa0\xa1][\xc2\xe2]")),
    (
        TWICE,
        re.compile(rb"\xe2(?:\x88\x9a|\x89\x88|\x94[\x9c\xac\xbc])[\xc2-\xff]|\xe2\x80\x9a\xc3"),
    ),
)


def damage_signs(
    text: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    threads: int,  # noqa: ARG001  one thread does it here
) -> NDArray[np.uint8]:
    """Look for signs of markup and damage, which prove nothing.

    Parameters
    ----------
    text : uint8, shape (size,)
        UTF-8 bytes of all texts.
    offsets : int64, shape (n + 1,)
        Where each text starts and ends.
    threads
        Without effect.

    Returns
    -------
    uint8, shape (n,)
        ``TAGS | ENTITIES | TWICE | CONTROLS | QUOTED_PRINTABLE | WRAPPED |
        LOST | LINKS``.

    Raises
    ------
    ValueError
        When offsets leave the data.
    """
    check_offsets(offsets, len(text), "offsets")
    return np.array([_signs(text[row].tobytes()) for row in spans(offsets)], np.uint8)


def _signs(text: bytes) -> int:
    found = 0
    for sign, pattern in _SIGNS:
        if pattern.search(text):
            found |= sign
    breaks = like_wraps = goes_on = 0
    for line, after in pairwise(text.split(b"\n")):
        line = line.rstrip(_SPACES)  # noqa: PLW2901  what is left of it
        if line.endswith(b"="):
            found |= QUOTED_PRINTABLE
        after = after.strip(_SPACES)  # noqa: PLW2901
        if line and after:
            breaks += 1
            goes_on += after[:1].islower() or after[0] >= 0x80
            like_wraps += DAMAGE.shortest_line <= len(line) <= DAMAGE.longest_line
    if breaks >= DAMAGE.least_wraps and 2 * like_wraps >= breaks and 4 * goes_on >= breaks:
        found |= WRAPPED
    return found
