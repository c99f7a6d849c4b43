"""Inputs of every kind -> one corpus of stories in Arrow buffers.

>>> with read(["One story.", "Another."]) as corpus:
...     corpus.text_of(1), corpus.ids.to_pylist()
('Another.', ['0', '1'])
"""

from __future__ import annotations

from dupdetect.corpus.fields import FieldNames
from dupdetect.corpus.read import read

__all__ = ["FieldNames", "read"]
