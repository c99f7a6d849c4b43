"""Lists of texts and of dictionaries."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson
import pyarrow as pa

from dupdetect.corpus.readers.base import BadRow, Batch, RejectRow
from dupdetect.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["RowStream", "text_batches"]

_ROWS = 4096
_OPTIONS = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS


class RowStream:
    """Dictionaries as the bytes of JSON Lines, so that they are read as files are."""

    def __init__(self, rows: Sequence[Any]) -> None:
        self._lines = (_line(row, number) for number, row in enumerate(rows, start=1))
        self._left = memoryview(b"")

    def readinto(self, view: memoryview) -> int:
        """Fill the start of `view`; returns how many bytes, 0 at the end."""
        if not self._left:
            self._left = memoryview(next(self._lines, b""))
        count = min(len(view), len(self._left))
        view[:count] = self._left[:count]
        self._left = self._left[count:]
        return count


def _line(row: object, number: int) -> bytes:
    if not isinstance(row, dict):
        raise InputError(
            f"{type(row).__name__} where a dictionary is expected",
            file="<memory>",
            line=number,
            remedy="give only texts, or only dictionaries",
        )
    try:
        return orjson.dumps(row, option=_OPTIONS, default=str) + b"\n"
    except TypeError:
        pass  # a lone surrogate: written as its escape, the row is checked like one from a file
    try:
        return json.dumps(row, default=str).encode("ascii") + b"\n"
    except (TypeError, ValueError, RecursionError) as error:
        reason = f"the dictionary cannot be read: {error}"
        raise InputError(reason, file="<memory>", line=number) from error


def text_batches(texts: Sequence[object], *, reject: RejectRow) -> Iterator[Batch]:
    """Yield a list of texts in batches; their ids are their indices."""
    for first in range(0, len(texts), _ROWS):
        part = texts[first : first + _ROWS]
        try:
            column = pa.array(part, pa.large_string())
        except (pa.ArrowInvalid, pa.ArrowTypeError, UnicodeEncodeError):
            column = None
        if column is None or column.null_count:
            usable = [_usable(text, first + at, reject) for at, text in enumerate(part)]
            ordinal = first + np.flatnonzero(usable)
            good = [text for text, use in zip(part, usable, strict=True) if use]
            column = pa.array(good, pa.large_string())
        else:
            ordinal = np.arange(first, first + len(part))
        nowhere = np.full(ordinal.size, -1)
        yield Batch({"text": column}, ordinal, ordinal + 1, nowhere, nowhere)


def _usable(text: object, at: int, reject: RejectRow) -> bool:
    if isinstance(text, str):
        try:
            text.encode("utf-8")
        except UnicodeEncodeError as error:
            reason = f"the text holds a lone surrogate at character {error.start}"
        else:
            return True
    else:
        reason = f"the text is {type(text).__name__}, expected a string"
    reject(BadRow(reason), line=at + 1, start=-1, end=-1)
    return False
