"""Raw texts as a reader would see them, in place: no character leaves the place it came from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow.compute as pc

from dupdetect import kernels
from dupdetect.corpus.mend.encodings import (
    decode_quoted_printable,
    is_quoted_printable,
    read_once,
    restore_controls,
)
from dupdetect.corpus.mend.markup import decode_entities, escaped_tags, is_markup, without_tags
from dupdetect.corpus.mend.placed import Placed
from dupdetect.corpus.mend.wraps import without_wraps
from dupdetect.support.columns import strings_to_arrow, text_buffers, to_arrow

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

__all__ = ["cut_markup", "mend", "mend_texts"]


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
    '\n  Fog &     rain\n   '
    """
    return decode_entities(without_tags(Placed.of(html))).in_place()


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
    'Café\xad      "Fog"         opened    , a < b'
    """
    return _mended(raw)[0]


def _mended(raw: str) -> tuple[str, bool]:
    """Return a text and whether it was more than wrapped."""
    placed = Placed.of(raw)
    if is_quoted_printable(raw):
        placed = decode_quoted_printable(placed)
    if not is_markup(placed.text):
        placed = escaped_tags(placed)
    if is_markup(placed.text):
        placed = without_tags(placed)
    placed = restore_controls(read_once(decode_entities(placed)))
    damaged = placed.text != raw
    return without_wraps(placed).in_place(), damaged


def mend_texts(
    texts: pa.LargeStringArray, *, threads: int = 1
) -> tuple[pa.LargeStringArray, NDArray[np.bool_]]:
    """Return texts as :func:`mend` does, and which of them were marked up or damaged.

    Parameters
    ----------
    texts : pyarrow.LargeStringArray
        Raw texts; nulls stay.
    threads : int
        Without effect on the result.

    Returns
    -------
    texts : pyarrow.LargeStringArray
        The same array where all are plain.
    damaged : ndarray of bool, shape (texts,)
        Which were more than wrapped.
    """
    changed, damaged = np.zeros((2, len(texts)), np.bool_)
    data, offsets = text_buffers(texts)
    rows = np.flatnonzero(kernels.damage_signs(data, offsets, threads)).tolist()
    again: list[str] = []
    for row in rows:
        raw = texts[row].as_py() or ""
        text, damaged[row] = _mended(raw)
        if text != raw:
            changed[row] = True
            again.append(text)
    if not again:
        return texts, damaged
    seen = strings_to_arrow(again, texts.type)
    return pc.replace_with_mask(texts, to_arrow(changed), seen), damaged
