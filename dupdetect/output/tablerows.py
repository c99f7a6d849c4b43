"""Rows of Parquet and Arrow inputs, taken batch by batch into a file of the same kind."""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from dupdetect.errors import OutputError
from dupdetect.output.atomic import atomic

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from dupdetect.products.corpus import Corpus

__all__ = ["copy_table_rows"]

_GROUP_ROWS = 16_384
_NOTE = "dupdetect"


class _TableOut:
    """Collects batches to row groups of a useful size."""

    def __init__(self, writer: Any, schema: pa.Schema) -> None:  # noqa: ANN401
        self._writer = writer
        self._schema = schema
        self._held: list[pa.RecordBatch] = []
        self._rows = 0

    def write(self, batch: pa.RecordBatch) -> None:
        if batch.num_rows:
            self._held.append(batch)
            self._rows += batch.num_rows
        if self._rows >= _GROUP_ROWS:
            self.flush()

    def flush(self) -> None:
        if self._held:
            self._writer.write_table(pa.Table.from_batches(self._held, self._schema))
        self._held, self._rows = [], 0


def copy_table_rows(
    corpus: Corpus,
    keep: NDArray[np.bool_],
    kept_path: str | os.PathLike[str] | IO[bytes],
    removed_path: str | os.PathLike[str] | None,
    notes: Sequence[bytes],
) -> None:
    """Copy the rows as `dupdetect.output.copy_rows` says; notes are a column of strings."""
    schema = _common_schema(corpus)
    name, number = _NOTE, 0
    while name in schema.names:
        number += 1
        name = f"{_NOTE}_{number}"
    noted = schema.append(pa.field(name, pa.string()))
    kind = corpus.sources[0].format
    with ExitStack() as stack:
        kept = _open(stack, kept_path, kind, schema)
        aside = None if removed_path is None else _open(stack, removed_path, kind, noted)
        used = 0
        for source, place in enumerate(corpus.origins):
            rows = np.flatnonzero(corpus.row_source == source)
            number_in_source = corpus.row_line[rows] - 1
            if place.open_table is None:
                continue
            first = 0
            with place.open_table() as reader:
                for batch in reader:
                    last = first + batch.num_rows
                    low, high = np.searchsorted(number_in_source, [first, last])
                    here, kept_here = number_in_source[low:high] - first, keep[rows[low:high]]
                    kept.write(batch.take(pa.array(here[kept_here])))
                    if aside is not None:
                        gone = batch.take(pa.array(here[~kept_here]))
                        said = [note.decode() for note in notes[used : used + gone.num_rows]]
                        columns = [*gone.columns, pa.array(said, pa.string())]
                        aside.write(pa.RecordBatch.from_arrays(columns, schema=noted))
                        used += gone.num_rows
                    first = last
        kept.flush()
        if aside is not None:
            aside.flush()


def _common_schema(corpus: Corpus) -> pa.Schema:
    schema: pa.Schema | None = None
    for source, place in zip(corpus.sources, corpus.origins, strict=True):
        if place.open_table is None:
            continue
        with place.open_table() as reader:
            found = reader.schema
        if schema is not None and not found.equals(schema):
            raise OutputError(
                f"{source.path} and {corpus.sources[0].path} have different columns; "
                "their rows cannot stand in one file: run once for each"
            )
        schema = schema if schema is not None else found
    return schema


def _open(
    stack: ExitStack, path: str | os.PathLike[str] | IO[bytes], kind: str, schema: pa.Schema
) -> _TableOut:
    file = stack.enter_context(atomic(path))
    named = isinstance(path, str | os.PathLike) and Path(path).suffix == ".parquet"
    if kind == "parquet" or named:
        import pyarrow.parquet as pq  # noqa: PLC0415  (slow to load)

        writer = stack.enter_context(pq.ParquetWriter(file, schema, compression="zstd"))
    else:
        writer = stack.enter_context(pa.ipc.new_file(pa.output_stream(file), schema))
    return _TableOut(writer, schema)
