"""Rows that were set aside, found again by their id, so that views can say why."""

from __future__ import annotations

import csv
import re
from contextlib import closing
from typing import TYPE_CHECKING

import orjson

from dupdetect.corpus.values import string_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from dupdetect.products.corpus import Corpus, Origin, Reject

    _IsNamed = Callable[[bytes, str], bool]

__all__ = ["find_row_aside"]


def find_row_aside(corpus: Corpus, story_id: str) -> Reject | None:
    """Return the row with this id that was set aside, the first one; None when there is none.

    Parameters
    ----------
    corpus : Corpus
        Open, its inputs unchanged.
    story_id : str
        As it stands in the input. Without a field for ids rows have none, but for files that are
        one story each.
    """
    for number, (source, origin) in enumerate(zip(corpus.sources, corpus.origins, strict=True)):
        rejected = [bad for bad in corpus.rejected if bad.source == number]
        field = source.fields.get("id", "")
        if not rejected or not field:
            continue
        if source.format == "page":
            if source.path == story_id:
                return rejected[0]
        elif origin.open_table is not None:
            for bad, value in zip(rejected, _values(origin, rejected, field), strict=True):
                if value == story_id:
                    return bad
        elif origin.open_bytes is not None:
            is_named = _in_csv(origin, field) if source.format == "csv" else _in_json(field)
            for bad, row in zip(rejected, _rows(origin, rejected), strict=True):
                if is_named(row, story_id):
                    return bad
    return None


def _rows(origin: Origin, rejected: Sequence[Reject]) -> Iterator[bytes]:
    """Yield the bytes of rows, which are in ascending order; packed inputs cannot be searched."""
    if origin.open_bytes is None:
        return
    with closing(origin.open_bytes()) as file:
        at = 0
        for bad in rejected:
            while at < bad.start and (passed := len(file.read(min(bad.start - at, 1 << 20)))):
                at += passed
            row = b""
            while len(row) < bad.end - bad.start and (more := file.read(bad.end - at)):
                row += more
                at += len(more)
            yield row


def _values(origin: Origin, rejected: Sequence[Reject], field: str) -> Iterator[str | None]:
    """Yield the ids of rows of a table."""
    if origin.open_table is None:
        return
    wanted = iter(rejected)
    bad = next(wanted, None)
    first = 0
    with origin.open_table() as reader:
        for batch in reader:
            while bad is not None and bad.line <= first + batch.num_rows:
                there = field in batch.schema.names
                value = batch[field][bad.line - 1 - first].as_py() if there else None
                yield string_of(value, "id")
                bad = next(wanted, None)
            first += batch.num_rows


def _in_json(field: str) -> _IsNamed:
    """Return what tells whether a JSON row, which may be damaged, gives the field a value."""
    key = re.escape(orjson.dumps(field.rpartition(".")[2]))

    def is_named(row: bytes, value: str) -> bool:
        named = re.escape(orjson.dumps(value)[1:-1])
        pattern = key + rb'\s*:\s*(?:"%s"|%s\s*(?:[,}]|$))' % (named, named)
        return re.search(pattern, row) is not None

    return is_named


def _in_csv(origin: Origin, field: str) -> _IsNamed:
    """Return what tells whether a CSV record has a value in the column of that name."""

    def cells(record: bytes) -> list[str]:
        lines = record.decode("utf-8-sig", "replace").splitlines(keepends=True)
        return next(csv.reader(lines, delimiter=origin.delimiter), [])

    names = cells(origin.header)
    column = names.index(field) if field in names else len(names)
    return lambda row, value: cells(row)[column : column + 1] == [value]
