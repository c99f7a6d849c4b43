"""Objects of Python: tables and frames of every make, lists of texts, rows as dictionaries."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson
import pyarrow as pa

from dupdetect.corpus.envelopes import MOST_KEYS, only_outermost, text_names
from dupdetect.corpus.fields import CANDIDATES, LAST_TEXTS, ROLES, FieldNames, resolve_fields
from dupdetect.corpus.readers.arrow import Tables
from dupdetect.corpus.readers.base import MEMORY, BadRow, Batch, RejectRow, Seen, take_batches
from dupdetect.corpus.readers.datasets import table_of
from dupdetect.corpus.readers.json_row import decided, object_of, samples_of
from dupdetect.corpus.readers.jsonl import JsonLines
from dupdetect.errors import InputError
from dupdetect.products.corpus import Origin, Source
from dupdetect.support.columns import strings_to_arrow

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dupdetect.corpus.builder import CorpusBuilder

__all__ = ["FewRows", "RowStream", "read_memory", "text_batches", "wanted_names"]

_ROWS = 4096
_LOOKED_AT = 100
_FEW, _FEW_BYTES = 16, 1 << 20  # rows that are read one by one, and their bytes at most
_OPTIONS = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS
_KNOWN = frozenset(chain(LAST_TEXTS, *CANDIDATES.values()))
_REMEDY = (
    "give a path, a table or data frame, a list of texts, or rows as dictionaries, dataclasses or "
    "models"
)


def read_memory(builder: CorpusBuilder, source: object, names: FieldNames) -> None:
    """Add the stories of an object that holds them; `InputError` when it is none of those known.

    Known are Arrow tables, batches, readers, data sets and arrays, pandas and polars frames and
    series, DuckDB relations, Hugging Face data sets, mappings of columns, mappings around one list
    of rows such as ``{"articles": [...]}``, and what yields texts or rows. A column that is not
    used is never looked at.
    """

    def reject(bad: BadRow, *, line: int, start: int, end: int) -> None:
        del start, end  # of bytes that exist nowhere
        builder.reject(bad, line=line, start=-1, end=-1, path=MEMORY)

    source = _list_inside(source, names)
    wanted = wanted_names(names)
    found = table_of(source, wanted)
    if found is not None:
        tables = Tables(
            found.open_columns,
            kind="arrow",
            path=MEMORY,
            names=names,
            reject=reject,
            index=found.index,
        )
        fields = take_batches(builder, tables)
        described = Source(MEMORY, "arrow", None, fields, found.size_bytes)
        origin = Origin(open_table=found.open_all)
        builder.finish_source(described, origin, rows=tables.rows, seen=tables.seen)
        return
    _refuse(source)
    rows = iter(source)  # type: ignore[call-overload]
    head = list(islice(rows, _LOOKED_AT))
    if any(isinstance(row, str) for row in head):
        texts = _Texts(chain(head, rows), reject)
        take_batches(builder, texts)
        described = Source(MEMORY, "text", None, {"text": "text"}, -1)
        builder.finish_source(described, Origin(), rows=texts.rows, seen=texts.seen)
        return
    if head and isinstance(head[0], os.PathLike):
        raise InputError("paths among the rows", remedy="give a list of paths by itself")
    fields = {}
    rows_read, seen = 0, Seen()
    few = FewRows.of(head, names, wanted) if len(head) <= _FEW else None
    if few is not None:
        fields = take_batches(builder, few)
        rows_read, seen = few.rows, few.seen
    elif head:
        stream = RowStream(chain(head, rows), wanted)
        lines = JsonLines(stream, path=MEMORY, names=names, reject=reject)
        fields = take_batches(builder, lines, adapt=_without_ranges)
        rows_read, seen = lines.rows, lines.seen
    described = Source(MEMORY, "jsonl", None, fields, -1)
    builder.finish_source(described, Origin(), rows=rows_read, seen=seen)


def _list_inside(source: object, names: FieldNames) -> object:
    """Return the list of stories that a mapping wraps, or else what was given."""
    if not isinstance(source, Mapping):
        return source
    texts = text_names(names)
    with_text: set[tuple[str, ...]] = set()
    lists: dict[tuple[str, ...], list[Any]] = {}
    open_: list[tuple[tuple[str, ...], Mapping[Any, Any]]] = [((), source)]
    for path, wrapper in open_:
        if not texts.isdisjoint(wrapper):
            with_text.add(path)
        for key, value in wrapper.items():
            inner = (*path, str(key))
            if isinstance(value, list) and value and isinstance(value[0], Mapping):
                lists[inner] = value
            elif isinstance(value, Mapping) and len(inner) < MOST_KEYS:
                open_.append((inner, value))
    has_text = {path: not texts.isdisjoint(rows[0]) for path, rows in lists.items()}
    found = only_outermost(has_text, with_text)
    return lists[found] if found else source


@lru_cache(maxsize=8)
def wanted_names(names: FieldNames) -> frozenset[str]:
    """Return the names of all columns that may be used."""
    given = [name for role in ROLES if (name := getattr(names, role))]
    return _KNOWN | {part for name in given for part in (name, name.split(".")[0])}


def _refuse(source: object) -> None:
    if hasattr(source, "read"):
        raise InputError(
            "an open file where stories are expected",
            file=str(getattr(source, "name", MEMORY)),
            remedy="give its path, as a str or pathlib.Path",
        )
    one = isinstance(source, bytes | bytearray | Mapping) or hasattr(source, "model_dump")
    if one or not isinstance(source, Iterable):
        remedy = _REMEDY
        if isinstance(source, Mapping):
            remedy = "give a list of such rows, or lists of equal length by column"
        raise InputError(f"stories cannot be read from {type(source).__name__}", remedy=remedy)


def _without_ranges(batch: Batch) -> Batch:
    nowhere = np.full(batch.line.size, -1)
    return replace(batch, start=nowhere, end=nowhere)


class RowStream:
    """Rows as the bytes of JSON Lines, so that they are read as files are.

    Parameters
    ----------
    rows
        Dictionaries and other mappings, dataclasses, named tuples, models of pydantic.
    wanted
        The keys whose values are written, all by default; null stands for those of others.
    """

    def __init__(self, rows: Iterable[Any], wanted: frozenset[str] | None = None) -> None:
        self._lines = (_line(row, number, wanted) for number, row in enumerate(rows, start=1))
        self._left = memoryview(b"")

    def readinto(self, view: memoryview) -> int:
        """Fill the start of `view`; returns how many bytes, 0 at the end."""
        if not self._left:
            self._left = memoryview(next(self._lines, b""))
        count = min(len(view), len(self._left))
        view[:count] = self._left[:count]
        self._left = self._left[count:]
        return count


def _line(row: object, number: int, wanted: frozenset[str] | None) -> bytes:
    fields = _fields_of(row)
    if fields is None:
        raise InputError(
            f"{type(row).__name__} where a dictionary is expected",
            file=MEMORY,
            line=number,
            remedy="give only texts, or only rows (dictionaries, dataclasses, models)",
        )
    if wanted is not None:
        fields = {key: value if key in wanted else None for key, value in fields.items()}
    try:
        return orjson.dumps(fields, option=_OPTIONS, default=_plain) + b"\n"
    except TypeError:
        pass  # a lone surrogate: written as its escape, the row is checked like one from a file
    try:
        return json.dumps(fields, default=_plain).encode("ascii") + b"\n"
    except (TypeError, ValueError, RecursionError) as error:
        reason = f"the row cannot be read: {error}"
        raise InputError(reason, file=MEMORY, line=number) from error


def _fields_of(row: object) -> Mapping[Any, Any] | None:
    """Return a row's fields by name; None when it is no row."""
    if isinstance(row, dict):
        return row
    if isinstance(row, Mapping):
        return dict(row)
    if dataclasses.is_dataclass(row) and not isinstance(row, type):
        return {field.name: getattr(row, field.name) for field in dataclasses.fields(row)}
    for dump in ("model_dump", "_asdict"):  # models of pydantic, named tuples
        if callable(method := getattr(row, dump, None)):
            found: Mapping[Any, Any] = method()
            return found
    if hasattr(row, "__attrs_attrs__"):
        return {field.name: getattr(row, field.name) for field in row.__attrs_attrs__}
    keys = getattr(row, "keys", None)  # rows of a database
    return dict(zip(keys(), row, strict=True)) if callable(keys) else None  # type: ignore[call-overload]


def _plain(value: object) -> object:
    """Return what JSON knows in place of a value that it does not."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "surrogateescape")
    if isinstance(value, set | frozenset):
        return sorted(map(str, value))
    fields = None if isinstance(value, type) else _fields_of(value)
    if fields is not None:
        return fields
    listed = getattr(value, "tolist", None)
    return listed() if callable(listed) else str(value)


@dataclass(frozen=True)
class FewRows:
    """Rows, all good, that were read one by one: `JsonLines` begins with buffers for thousands."""

    fields: Mapping[str, Sequence[str]]
    columns: Mapping[str, pa.LargeStringArray]
    seen: Seen
    rows: int
    blank_lines: int = 0

    @classmethod
    def of(
        cls, rows: Sequence[object], names: FieldNames, wanted: frozenset[str]
    ) -> FewRows | None:
        """Return what they hold; None where there are none, or one is bad or too long."""
        lines = [_line(row, number, wanted) for number, row in enumerate(rows, start=1)]
        if not lines or sum(map(len, lines)) > _FEW_BYTES:
            return None
        seen = Seen()
        try:
            parsed = [object_of(line) for line in lines]
            fields = resolve_fields(names, samples_of(parsed), file=MEMORY)
            values = [
                decided(row, line, fields, seen=seen)
                for row, line in zip(parsed, lines, strict=True)
            ]
        except BadRow:
            return None
        kind = pa.large_string()
        columns = {use: strings_to_arrow([row[use] for row in values], kind) for use in fields}
        return cls(fields, columns, seen, len(rows))

    def batches(self) -> Iterator[Batch]:
        """Yield them all."""
        ordinal, nowhere = np.arange(self.rows), np.full(self.rows, -1)
        yield Batch(self.columns, ordinal, ordinal + 1, nowhere, nowhere)


class _Texts:
    """Texts as a reader yields them."""

    fields: Mapping[str, Sequence[str]] = {"text": ("text",)}

    def __init__(self, texts: Iterable[object], reject: RejectRow) -> None:
        self._texts = texts
        self._reject = reject
        self.rows = 0
        self.blank_lines = 0
        self.seen = Seen()

    def batches(self) -> Iterator[Batch]:
        """Yield them in batches; they have no ids."""
        texts = iter(self._texts)
        while part := list(islice(texts, _ROWS)):
            yield from text_batches(part, reject=self._reject, first=self.rows)
            self.rows += len(part)


def text_batches(texts: Sequence[object], *, reject: RejectRow, first: int = 0) -> Iterator[Batch]:
    """Yield a list of texts as one batch, numbered from `first`."""
    try:
        column = pa.array(texts, pa.large_string())
    except (pa.ArrowInvalid, pa.ArrowTypeError, UnicodeEncodeError):
        column = None
    if column is None or column.null_count:
        usable = [_usable(text, first + at, reject) for at, text in enumerate(texts)]
        ordinal = first + np.flatnonzero(usable)
        good = [text for text, use in zip(texts, usable, strict=True) if use]
        column = pa.array(good, pa.large_string())
    else:
        ordinal = np.arange(first, first + len(texts))
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
