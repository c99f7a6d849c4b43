"""Raw texts as a reader would see them, in place: no character leaves the place it came from."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow.compute as pc

from dupdetect import kernels
from dupdetect.corpus.mend.encodings import (
    decode_quoted_printable,
    read_once,
    restore_controls,
)
from dupdetect.corpus.mend.lost import has_lost_letters, restore_lost
from dupdetect.corpus.mend.markup import decode_entities, without_tags, without_targets
from dupdetect.corpus.mend.placed import Placed
from dupdetect.corpus.mend.wraps import without_wraps
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
from dupdetect.support.columns import strings_to_arrow, text_buffers, to_arrow

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa
    from numpy.typing import NDArray

__all__ = ["Mended", "cut_markup", "mend", "mend_pair", "mend_texts", "restore_lost"]


def cut_markup(html: str) -> str:
    r"""Return HTML with blanks for its tags, scripts and comments, and characters for entities.

    Parameters
    ----------
    html
        Whole or a part; not asked whether it is HTML at all.

    Returns
    -------
    str
        As long as `html`. Blocks stand on lines of their own. Time grows with the length alone.

    Examples
    --------
    >>> cut_markup("<p>Fog &amp; rain</p>")
    '\n  Fog &\u2060\u2060\u2060\u2060 rain\n   '
    """
    return decode_entities(without_tags(Placed.of(html), proven=True)).in_place()


def mend(raw: str) -> str:
    r"""Return a raw text as a reader would see it, character by character in its place.

    Tags of HTML are cut out and entities decoded, UTF-8 that was read as another encoding is read
    as what it is, quoted-printable lines and wrapped paragraphs are one line again. A text that is
    plain comes back as it is.

    Parameters
    ----------
    raw
        Any text.

    Returns
    -------
    str
        As long as `raw`: spans in one are spans in the other.

    Examples
    --------
    >>> mend("Caf\u00c3\u00a9 &quot;Fog&quot; <b>opened</b>, a < b")
    'Café\u2060      "Fog"         opened    , a < b'
    """
    return _mended(raw, _signs(raw))[0]


def _signs(text: str) -> int:
    data = np.frombuffer(text.encode("utf-8", "replace"), np.uint8)
    return int(kernels.damage_signs(data, np.array([0, data.size]), 1)[0])


def _mended(raw: str, signs: int) -> tuple[str, bool]:
    """Return a text and whether it was more than wrapped; without a sign nothing is looked for."""
    placed = Placed.of(raw)
    for needed, step in _STEPS:
        if signs & needed:
            before, placed = placed, step(placed)
            if placed.text is not before.text:
                signs = _signs(placed.text)
    damaged = placed.text != raw
    if signs & WRAPPED:
        placed = without_wraps(placed)
    return (raw if placed.text == raw else placed.in_place()), damaged


_STEPS = (
    (QUOTED_PRINTABLE, decode_quoted_printable),
    (TAGS | ENTITIES, without_tags),
    (LINKS, without_targets),
    (ENTITIES, decode_entities),
    (TWICE, read_once),
    (CONTROLS, restore_controls),
)
"""What is looked for behind which signs, in this order."""
_AT_ONCE = 256  # texts that are strings at the same time


class Mended(NamedTuple):
    """Texts as a reader would see them.

    Attributes
    ----------
    texts : pyarrow.LargeStringArray
        As :func:`mend` gives them; the same array where all are plain.
    damaged : ndarray of bool, shape (texts,)
        Which were marked up or had wrong characters.
    lost : ndarray of bool, shape (texts,)
        Which lost so many letters that :func:`restore_lost` has to find them.
    """

    texts: pa.LargeStringArray
    damaged: NDArray[np.bool_]
    lost: NDArray[np.bool_]


def mend_texts(texts: pa.LargeStringArray, *, threads: int = 1) -> Mended:
    """Return texts as :func:`mend` does; plain ones cost next to nothing.

    Parameters
    ----------
    texts : pyarrow.LargeStringArray
        Raw texts; nulls stay.
    threads : int
        Without effect on the result.
    """
    changed, damaged, lost = np.zeros((3, len(texts)), np.bool_)
    data, offsets = text_buffers(texts)
    signs = kernels.damage_signs(data, offsets, threads)
    again: list[str] = []
    signed = signs.nonzero()[0]
    for row, raw in zip(signed.tolist(), _strings(texts, signed), strict=True):
        lost[row] = bool(signs[row] & LOST) and has_lost_letters(raw)
        text, mended = _mended(raw, int(signs[row]))
        damaged[row] = mended or lost[row]
        if text != raw:
            changed[row] = True
            again.append(text)
    if again:
        seen = strings_to_arrow(again, texts.type)
        texts = pc.replace_with_mask(texts, to_arrow(changed), seen)
    return Mended(texts, damaged, lost)


def _strings(texts: pa.LargeStringArray, rows: NDArray[np.int64]) -> Iterator[str]:
    """Yield some of the texts, some at a time; nulls as nothing."""
    for first in range(0, rows.size, _AT_ONCE):
        for text in texts.take(to_arrow(rows[first : first + _AT_ONCE])).to_pylist():
            yield text or ""


def mend_pair(raw_a: str, raw_b: str) -> tuple[str, str]:
    """Return two texts as :func:`mend` does, with lost letters as the other one has them."""
    texts = [mend(raw_a), mend(raw_b)]
    for one, other in ((0, 1), (1, 0)):
        if has_lost_letters(texts[one]):
            texts[one] = restore_lost([one], [other], texts.__getitem__)[one]
    return texts[0], texts[1]
