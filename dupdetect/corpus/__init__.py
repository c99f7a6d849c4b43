"""Inputs of every kind -> one corpus of stories in Arrow buffers.

>>> with read(["One story.", "Another."]) as corpus:
...     corpus.text_of(1), corpus.ids.to_pylist()
('Another.', ['0', '1'])
"""

from __future__ import annotations

from dupdetect.corpus.dates import parse_date, parse_dates
from dupdetect.corpus.fields import FieldNames
from dupdetect.corpus.model import UNKNOWN_TIME, Corpus, Origin, Reject, Source
from dupdetect.corpus.reading import read
from dupdetect.spool import unnamed_file

__all__ = [
    "UNKNOWN_TIME",
    "Corpus",
    "FieldNames",
    "Origin",
    "Reject",
    "Source",
    "parse_date",
    "parse_dates",
    "read",
    "unnamed_file",
]
