"""Arrow columns to and from NumPy arrays and a few Python values.

pyarrow's own conversions (``pa.array``, ``pa.scalar``, ``to_numpy``, Python values given to its
functions) import pandas first wherever that is installed, to know its series when they meet one.
That takes as long as clustering thousands of stories; what a run over a file needs is here.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

__all__ = [
    "as_one_array",
    "codes",
    "contained",
    "name_codes",
    "numbered_names",
    "numbers_among",
    "scalar",
    "strings_to_arrow",
    "text_buffers",
    "to_arrow",
    "to_numpy",
    "united",
]


_FEW = 64  # names that are looked at one by one: a call of pyarrow takes longer


def to_arrow(values: NDArray[Any], missing: NDArray[np.bool_] | None = None) -> pa.Array:
    """Return an Arrow array over the memory of numbers; truth values are packed.

    Parameters
    ----------
    values : ndarray of bool, an integer or a float, shape (n,)
        Not to be changed as long as the result is used.
    missing : ndarray of bool, shape (n,), optional
        Which are null; none by default.

    Examples
    --------
    >>> to_arrow(np.array([3, 4]), np.array([False, True])).to_pylist()
    [3, None]
    """
    kind = _arrow_type(values.dtype)
    valid = None if missing is None or not missing.any() else _packed(~missing)
    if kind is _TRUTH:
        held = _packed(values)
    else:
        held = pa.py_buffer(values if values.flags.c_contiguous else np.ascontiguousarray(values))
    return pa.Array.from_buffers(kind, values.size, [valid, held])


_TRUTH = pa.bool_()
_LARGE = pa.large_string()


@lru_cache(maxsize=32)
def _arrow_type(kind: np.dtype[Any]) -> pa.DataType:
    return _TRUTH if kind == np.bool_ else pa.from_numpy_dtype(kind)


def strings_to_arrow(values: Sequence[str | None], kind: pa.DataType) -> pa.Array:
    """Return an array of type `kind`, ``pa.string()`` or ``pa.large_string()``; None is null.

    Raises
    ------
    UnicodeEncodeError
        When a string holds half a surrogate pair.

    Examples
    --------
    >>> strings_to_arrow(["wire", None], pa.large_string()).to_pylist()
    ['wire', None]
    """
    size = np.int64 if kind == _LARGE else np.int32
    encoded = [b"" if value is None else value.encode() for value in values]
    ends = np.fromiter(accumulate(map(len, encoded), initial=0), size, len(encoded) + 1)
    valid = None
    if None in values:
        valid = _packed(np.array([value is not None for value in values], dtype=bool))
    buffers = [valid, pa.py_buffer(ends), pa.py_buffer(b"".join(encoded))]
    return pa.Array.from_buffers(kind, len(encoded), buffers)


def scalar(value: str | float | None, kind: pa.DataType | None = None) -> pa.Scalar:
    """Return a value for pyarrow's functions: a text or null of type `kind`, or a number.

    Examples
    --------
    >>> scalar("wire"), scalar(3)
    (<pyarrow.StringScalar: 'wire'>, <pyarrow.Int64Scalar: 3>)
    """
    if value is None:
        return pa.nulls(1, kind)[0]
    if isinstance(value, str):
        return strings_to_arrow([value], kind or pa.string())[0]
    return to_arrow(np.array([value]))[0]


def as_one_array(column: pa.ChunkedArray) -> pa.Array:
    """Return a column as one array; one chunk is not copied, as ``combine_chunks`` copies it.

    Examples
    --------
    >>> as_one_array(pa.chunked_array([[1], [2, 3]])).to_pylist()
    [1, 2, 3]
    """
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def to_numpy(column: pa.Array | pa.ChunkedArray, missing: float = 0) -> NDArray[Any]:
    """Return numbers or truth values as an array, shape (n,); `missing` where null.

    Examples
    --------
    >>> to_numpy(to_arrow(np.array([3, 4]), np.array([False, True])), missing=-1).tolist()
    [3, -1]
    """
    array = as_one_array(column) if isinstance(column, pa.ChunkedArray) else column
    valid, held = array.buffers()
    if array.type.equals(_TRUTH):
        values: NDArray[Any] = _unpacked(held, array.offset, len(array))
    else:
        kept = np.frombuffer(held or b"", array.type.to_pandas_dtype())
        values = kept[array.offset : array.offset + len(array)]
    if not array.null_count:
        return values
    absent = ~_unpacked(valid, array.offset, len(array))
    return np.where(absent, missing, values).astype(values.dtype)


def text_buffers(
    strings: pa.LargeStringArray,
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return the UTF-8 bytes and int64 offsets, shape (n + 1,), behind an Arrow array."""
    if len(strings) == 0:
        return np.zeros(0, np.uint8), np.zeros(1, np.int64)
    _, offsets, data = strings.buffers()
    ends = np.frombuffer(offsets, np.int64)[strings.offset : strings.offset + len(strings) + 1]
    return (np.zeros(0, np.uint8) if data is None else np.frombuffer(data, np.uint8)), ends


def contained(values: NDArray[Any], known: NDArray[Any]) -> NDArray[np.bool_]:
    """Tell which numbers are among known ones; for numbers that start near 0 and are dense.

    Examples
    --------
    >>> contained(np.array([3, 4]), np.array([4, 1])).tolist()
    [False, True]
    """
    if not known.size:
        return np.zeros(values.shape, dtype=bool)
    most = int(known.max())
    marked = np.zeros(most + 1, dtype=bool)
    marked[known] = True
    # Those that are out of its bounds are looked up somewhere.
    return np.asarray(marked.take(values, mode="clip") & (values >= 0) & (values <= most))


def united(*parts: NDArray[Any]) -> NDArray[Any]:
    """Return the different numbers of arrays, ascending; fast where each ascends.

    Examples
    --------
    >>> united(np.array([1, 4]), np.array([2, 4])).tolist()
    [1, 2, 4]
    """
    every = np.sort(np.concatenate(parts), kind="stable")
    first = np.ones(every.size, dtype=bool)
    first[1:] = every[1:] != every[:-1]
    return every[first]


def codes(texts: pa.Array) -> NDArray[np.int32]:
    """Return a number for each distinct string, in order of appearance; -1 for null.

    Examples
    --------
    >>> codes(strings_to_arrow(["b", None, "a", "b"], pa.string())).tolist()
    [0, -1, 1, 0]
    """
    return to_numpy(texts.dictionary_encode().indices, missing=-1)


def name_codes(names: pa.Array) -> NDArray[np.int32]:
    """Return a number for each distinct name; -1 for null, and for a name of spaces alone.

    Examples
    --------
    >>> name_codes(strings_to_arrow(["b", None, " ", "b"], pa.string())).tolist()
    [0, -1, -1, 0]
    """
    if len(names) <= _FEW:
        numbers: dict[str, int] = {}
        stripped = [(name or "").strip() for name in names.to_pylist()]
        of_each = [numbers.setdefault(name, len(numbers)) if name else -1 for name in stripped]
        return np.array(of_each, dtype=np.int32)
    trimmed = pc.utf8_trim_whitespace(names)
    return codes(
        pc.if_else(pc.equal(trimmed, scalar("", trimmed.type)), scalar(None, trimmed.type), trimmed)
    )


def numbered_names(
    names: pa.Array, known: Mapping[str, int]
) -> tuple[NDArray[np.int32], dict[str, int]]:
    """Return a number for each name, known ones first, and the numbers of all; -1 for no name.

    Examples
    --------
    >>> numbered_names(strings_to_arrow(["c", "b ", None], pa.string()), {"b": 0})
    (array([ 1,  0, -1], dtype=int32), {'b': 0, 'c': 1})
    """
    numbers = dict(known)
    coded, distinct = _distinct(names)
    of_each = [-1, *(numbers.setdefault(name, len(numbers)) for name in distinct)]
    return np.array(of_each, np.int32)[coded + 1], numbers


def numbers_among(names: pa.Array, known: Mapping[str, int]) -> NDArray[np.int32]:
    """Return the number of each name: that of a known one, else a higher one; -1 for no name.

    Examples
    --------
    >>> numbers_among(strings_to_arrow(["c", "b ", None], pa.string()), {"b": 0}).tolist()
    [1, 0, -1]
    """
    coded, distinct = _distinct(names)
    new: dict[str, int] = {}
    of_each = [-1]
    for name in distinct:
        number = known.get(name)
        of_each.append(new.setdefault(name, len(known) + len(new)) if number is None else number)
    return np.array(of_each, np.int32)[coded + 1]


def _distinct(names: pa.Array) -> tuple[NDArray[np.int32], list[str]]:
    """Return the code of each name, and the names by code."""
    coded = name_codes(names)
    if len(coded) == 1:
        return coded, [] if coded[0] < 0 else [names[0].as_py().strip()]
    first = np.unique(coded, return_index=True)[1]
    return coded, [names[row].as_py().strip() for row in first[coded[first] >= 0].tolist()]


def _packed(values: NDArray[np.bool_]) -> pa.Buffer:
    return pa.py_buffer(np.packbits(values, bitorder="little"))


def _unpacked(bits: pa.Buffer | None, offset: int, count: int) -> NDArray[np.bool_]:
    taken = np.unpackbits(np.frombuffer(bits or b"", np.uint8), bitorder="little")
    return np.asarray(taken[offset : offset + count], dtype=bool)
