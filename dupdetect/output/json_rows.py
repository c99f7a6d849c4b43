"""Rows that are no lines: objects of a JSON file, and stories of files that hold no rows."""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import IO, TYPE_CHECKING

import numpy as np
import orjson

from dupdetect.output.atomic import atomic_packed, together

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from dupdetect.products.corpus import Corpus

__all__ = ["MADE_ROWS", "copy_values", "made_rows"]

MADE_ROWS = frozenset({"page", "xml", "warc"})
"""Formats whose stories are written as JSON Lines: they have no rows that could be copied."""

_Path = str | os.PathLike[str]


class _Values:
    """JSON values written one after the other, or as one array."""

    def __init__(self, file: IO[bytes], *, is_array: bool) -> None:
        self._file = file
        self._is_array = is_array
        self._before = b"[\n"

    def write(self, value: bytes) -> None:
        if not self._is_array:
            self._file.write(value + b"\n")
            return
        self._file.write(self._before + value)
        self._before = b",\n"

    def close(self) -> None:
        if self._is_array:
            self._file.write(b"[]\n" if self._before == b"[\n" else b"\n]\n")


def copy_values(
    rows: Iterator[bytes],
    keep: NDArray[np.bool_],
    places: tuple[_Path | IO[bytes], _Path | IO[bytes] | None],
    notes: Sequence[bytes],
    *,
    is_array: bool,
    note: Callable[[bytes, bytes], bytes],
) -> None:
    """Write rows to keep to the first of `places`, the others, with their notes, to the second."""
    left = iter(notes)
    with together(), ExitStack() as stack:
        kept = _Values(stack.enter_context(atomic_packed(places[0])), is_array=is_array)
        aside = None
        if places[1] is not None:
            out = stack.enter_context(atomic_packed(places[1]))
            aside = _Values(out, is_array=is_array)
        for row, is_kept in zip(rows, keep.tolist(), strict=True):
            if is_kept:
                kept.write(row)
            elif aside is not None:
                aside.write(note(row, next(left)))
        kept.close()
        if aside is not None:
            aside.close()


def _text_of(corpus: Corpus, row: int) -> str:
    open_bytes = corpus.origins[int(corpus.row_source[row])].open_bytes
    if open_bytes is None:
        return corpus.text_of(row)
    with open_bytes() as file:
        return file.read().decode("utf-8-sig")


def made_rows(corpus: Corpus) -> Iterator[bytes]:
    """Yield the stories of a corpus as JSON objects; of plain texts what is in the file."""
    for row in range(len(corpus)):
        values = {
            "id": corpus.ids[row].as_py(),
            "title": corpus.titles[row].as_py(),
            "publisher": corpus.publishers[row].as_py(),
            "published": corpus.published[row].as_py(),
            "author": corpus.authors[row].as_py(),
            "text": _text_of(corpus, row),
        }
        yield orjson.dumps({name: value for name, value in values.items() if value is not None})
