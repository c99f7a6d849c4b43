"""JSON Lines to field buffers, and equal strings, in plain Python over orjson.

The native twin takes fewer lines than this one (whatever it has any doubt about is odd to it);
of the lines that both take, both give the same bytes.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson

from dupdetect.kernels.reference.arrays import check_offsets, spans
from dupdetect.kernels.reference.hashing import token_hash

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["first_equal", "jsonl_extract", "string_keys"]


class _OddLineError(Exception):
    """The line is left to the caller."""


def jsonl_extract(
    chunk: NDArray[np.uint8],
    paths: Sequence[Sequence[str]],
    integers: Sequence[bool],
    whole: bool,
    scratch: Sequence[NDArray[np.uint8]],
) -> tuple[
    int,
    int,
    NDArray[np.int64],
    NDArray[np.int64],
    NDArray[np.int64],
    NDArray[np.int64],
    list[tuple[NDArray[np.int64], NDArray[np.uint8]]],
]:
    r"""Extract the mapped fields of each line of a chunk.

    Parameters
    ----------
    chunk : ndarray of uint8
        UTF-8 bytes, shape (size,).
    paths : sequence of sequence of str
        For each field the object keys that lead to it; no two are equal.
    integers : sequence of bool
        For each field whether a whole number counts as its decimal string.
    whole : bool
        Whether the chunk ends the source, so that its last line needs no newline.
    scratch : sequence of ndarray of uint8
        For each field a writable buffer, shape (>= size,), that receives its values' bytes.

    Returns
    -------
    consumed : int
        Bytes of the chunk that belong to complete lines.
    lines : int
        Complete lines, blank ones included.
    start, end : int64, shape (rows,)
        Byte range of each row in the chunk, without its newline. Blank lines are no rows.
    line : int64, shape (rows,)
        Line number of each row, from 0.
    odd : int64, shape (odd rows,)
        Rows left to the caller: not JSON, not an object, a mapped key twice, a mapped value
        that is no string, and whatever else is not plain. Their values are absent.
    values : list of (offsets, valid)
        For each field the row's range in its scratch buffer, int64, shape (rows + 1,), and
        whether it has a value, uint8, shape (rows,): 0 none, 1 a string, 2 a whole number.
        ``null`` is no value.

    Raises
    ------
    ValueError
        When a scratch buffer is smaller than the chunk.

    Examples
    --------
    >>> chunk = np.frombuffer(b'{"text": "a\\u0142"}\n\n{"text": 1}\n', np.uint8)
    >>> room = np.empty(chunk.size, np.uint8)
    >>> found = jsonl_extract(chunk, [["text"]], [False], True, [room])
    >>> found[2].tolist(), found[4].tolist(), found[5].tolist()
    ([0, 21], [0, 2], [1])
    >>> bytes(room[:3]).decode()
    'ał'
    """
    if any(room.size < chunk.size for room in scratch):
        msg = "scratch: expected as many bytes a field as in the chunk"
        raise ValueError(msg)
    data = chunk.tobytes()
    if not whole:
        data = data[: data.rfind(b"\n") + 1]
    lines = data.split(b"\n")
    if lines[-1] == b"":
        lines.pop()
    start: list[int] = []
    end: list[int] = []
    number: list[int] = []
    odd: list[int] = []
    offsets: list[list[int]] = [[0] for _ in paths]
    valid: list[list[int]] = [[] for _ in paths]
    at = 0
    for index, line in enumerate(lines):
        if line.strip(b" \t\r"):
            try:
                values = _plain_values(line, paths, integers)
            except _OddLineError:
                values = [None] * len(paths)
                odd.append(len(start))
            for field, value in enumerate(values):
                used = offsets[field][-1]
                text = b"" if value is None else str(value).encode()
                scratch[field][used : used + len(text)] = np.frombuffer(text, np.uint8)
                offsets[field].append(used + len(text))
                valid[field].append(0 if value is None else 1 + isinstance(value, int))
            start.append(at)
            end.append(at + len(line))
            number.append(index)
        at += len(line) + 1
    return (
        len(data),
        len(lines),
        np.array(start, np.int64),
        np.array(end, np.int64),
        np.array(number, np.int64),
        np.array(odd, np.int64),
        [
            (np.array(offsets[field], np.int64), np.array(valid[field], np.uint8))
            for field in range(len(paths))
        ],
    )


def _plain_values(
    line: bytes, paths: Sequence[Sequence[str]], integers: Sequence[bool]
) -> list[str | int | None]:
    try:
        orjson.loads(line)
        row = json.loads(line, object_pairs_hook=tuple)
    except (ValueError, RecursionError) as error:
        raise _OddLineError from error
    if not isinstance(row, tuple):
        raise _OddLineError
    return [_plain_value(row, path, integer) for path, integer in zip(paths, integers, strict=True)]


def _plain_value(row: Any, path: Sequence[str], integer: bool) -> str | int | None:  # noqa: ANN401
    for key in path:
        # An object arrives as the tuple of its pairs; anything else has no fields.
        found = [value for name, value in row if name == key] if isinstance(row, tuple) else []
        if len(found) > 1:
            raise _OddLineError
        row = found[0] if found else None
    if row is None:
        return None
    if integer and type(row) is int:
        return row
    if not isinstance(row, str):
        raise _OddLineError
    return row


def string_keys(data: NDArray[np.uint8], offsets: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Return a number for each string, the same in every run: XXH3 of its bytes, seed 0.

    Parameters
    ----------
    data, offsets : ndarray of uint8 and ndarray of int64
        The strings' bytes, shape (size,), and their ranges, int64, shape (n + 1,).

    Returns
    -------
    uint64, shape (n,)
        Different strings have different keys but for one pair in 2**64.

    Raises
    ------
    ValueError
        When offsets leave the data.

    Examples
    --------
    >>> hex(string_keys(np.frombuffer(b"senate", np.uint8), np.array([0, 6]))[0])
    '0x70c1b31282386e72'
    """
    check_offsets(offsets, len(data), "offsets")
    return np.array([token_hash(data[row].tobytes()) for row in spans(offsets)], np.uint64)


def first_equal(
    data: NDArray[np.uint8], offsets: NDArray[np.int64], seed: tuple[int, int]
) -> NDArray[np.int64]:
    """For each string the index of the first one equal to it.

    Parameters
    ----------
    data, offsets : ndarray of uint8 and of int64
        The strings' bytes, shape (size,), and their ranges, int64, shape (n + 1,).
    seed : tuple of int, int
        Two 64-bit numbers that key the native twin's hash; without effect on the result.

    Returns
    -------
    int64, shape (n,)
        Its own index where a string is the first of its kind.

    Examples
    --------
    >>> letters = np.frombuffer(b"aba", np.uint8)
    >>> first_equal(letters, np.array([0, 1, 2, 3]), (1, 2)).tolist()
    [0, 1, 0]
    """
    del seed
    text = data.tobytes()
    first: dict[bytes, int] = {}
    return np.array(
        [
            first.setdefault(text[offsets[index] : offsets[index + 1]], index)
            for index in range(len(offsets) - 1)
        ],
        np.int64,
    )
