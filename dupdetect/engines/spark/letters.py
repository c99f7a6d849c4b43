"""Letters that texts lost, found again in the words of all others, wherever these are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

import numpy as np
import pyarrow as pa

from dupdetect.corpus.mend.lost import count_words, wanted_words, with_letters
from dupdetect.engines.spark.rows import COUNTED, STORIES, batches_of, bytes_of, column, tables_of
from dupdetect.engines.spark.tasks import Batches, Task, with_lines
from dupdetect.support.columns import strings_to_arrow, to_arrow

__all__ = ["count_wanted", "restore", "texts_wanting"]

_BYTES = 32 << 20


def _texts(table: pa.Table) -> Iterator[str]:
    for text in column(table, "text"):
        yield text.as_py().decode()


def texts_wanting() -> Task:
    """Yield the words that texts with lost letters want, as rows of ``COUNTED`` without counts."""

    def run(batches: Batches) -> Iterator[pa.RecordBatch]:
        for table in tables_of(batches, _BYTES):
            words: dict[tuple[tuple[str, ...], str], int] = {
                ((), word): 0 for word in sorted(wanted_words(_texts(table)))
            }
            yield from batches_of(_rows(words))

    return run


def count_wanted(wanted: frozenset[str]) -> Task:
    """Count the words that others want in texts without loss."""

    def run(batches: Batches) -> Iterator[pa.RecordBatch]:
        for table in tables_of(batches, _BYTES):
            found = count_words(_texts(table), wanted)
            words = {
                (key, word): count
                for key, counts in found.items()
                for word, count in counts.items()
            }
            yield from batches_of(_rows(words))

    return run


def _rows(words: Mapping[tuple[tuple[str, ...], str], int]) -> pa.Table:
    keys = [key for key, _ in words]
    ends = np.cumsum([0, *map(len, keys)], dtype=np.int32)
    parts = strings_to_arrow([part for key in keys for part in key], pa.string())
    return pa.Table.from_arrays(
        [
            pa.ListArray.from_arrays(to_arrow(ends), parts),
            strings_to_arrow([word for _, word in words], pa.string()),
            to_arrow(np.array(list(words.values()), dtype=np.int64)),
        ],
        schema=COUNTED,
    )


def restore(counted: pa.Table) -> Task:
    """Give texts the letters that others have there; rows of ``STORIES`` become such again.

    Parameters
    ----------
    counted : pyarrow.Table
        Of ``COUNTED``: all words that others have.
    """
    found: dict[tuple[str, ...], Counter[str]] = {}
    for row in counted.to_pylist():
        found.setdefault(tuple(row["key"]), Counter())[row["word"]] += row["count"]

    def run(batches: Batches) -> Iterator[pa.RecordBatch]:
        for table in tables_of(batches, _BYTES):
            texts = [with_letters(text, found).encode() for text in _texts(table)]
            whole = pa.array(texts, pa.large_binary())
            about = {name: column(table, name) for name in STORIES.names}
            data, offsets = bytes_of(pa.table({"text": whole}), "text")
            yield from batches_of(with_lines(about, data, offsets))

    return run
