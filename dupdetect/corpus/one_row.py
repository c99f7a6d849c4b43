"""One row as a corpus, without the steps that many rows need."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from dupdetect.corpus.builder import LONGEST_ID, common_type
from dupdetect.corpus.mend import mend_texts
from dupdetect.corpus.readers.base import MEMORY
from dupdetect.corpus.readers.objects import FewRows, wanted_names
from dupdetect.corpus.values import hosts_of
from dupdetect.products.corpus import Corpus, Origin, Source
from dupdetect.support.columns import strings_to_arrow, text_buffers
from dupdetect.support.dates import UNKNOWN_TIME, parse_dates

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dupdetect.corpus.fields import FieldNames
    from dupdetect.products.corpus import DuplicateId

__all__ = ["corpus_of_row"]

_STRINGS = pa.large_string()
_NONE = pa.nulls(1, _STRINGS)


def corpus_of_row(
    row: Mapping[str, Any], names: FieldNames, duplicate_id: DuplicateId
) -> Corpus | None:
    """Return the corpus of one row, as `read` gives it.

    Parameters
    ----------
    row : mapping
        Its fields.
    names : FieldNames
        Which to use.
    duplicate_id : DuplicateId
        What `read` was told.

    Returns
    -------
    Corpus or None
        None where something is to be said of the row: it is bad, a value of it could not be read,
        or its text lost letters.
    """
    few = FewRows.of([row], names, wanted_names(names))
    if few is None or few.seen.unread:
        return None
    columns = dict(few.columns)
    ids = columns.get("id")
    if ids is None:
        ids = strings_to_arrow(["0"], _STRINGS)
    text = mend_texts(columns["text"])
    data, offsets = text_buffers(text.texts)
    published = columns.get("published", _NONE)
    times = parse_dates(published)
    unread = bool(times[0] == UNKNOWN_TIME) and bool(published[0].as_py())
    if unread or text.lost[0] or len(ids[0].as_py().encode()) > LONGEST_ID:
        return None
    fields = {use: ".".join(keys) for use, keys in few.fields.items()}
    nowhere, first = np.full(1, -1), np.zeros(1, np.int64)
    return Corpus(
        ids=ids,
        titles=columns.get("title", _NONE),
        publishers=hosts_of(columns.get("publisher", _NONE)),
        published=published,
        authors=columns.get("author", _NONE),
        urls=columns.get("url", _NONE) if "url" in names.also else None,
        languages=columns.get("language", _NONE) if "language" in names.also else None,
        text=data[offsets[0] : offsets[-1]],
        text_offsets=offsets - offsets[0],
        mended=text.damaged,
        published_us=times,
        row_source=np.zeros(1, np.int32),
        row_line=first + 1,
        row_start=nowhere,
        row_end=nowhere,
        sources=(Source(MEMORY, "jsonl", None, fields, -1),),
        row_number=first,
        rows=1,
        id_type=common_type(few.seen.id_types if "id" in fields else {"string"}, ids),
        duplicate_id=duplicate_id,
        origins=(Origin(),),
    )
