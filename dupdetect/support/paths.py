"""Names of files as text."""

from __future__ import annotations

import os

__all__ = ["shown_path"]


def shown_path(path: str) -> str:
    r"""Return a path as text that can be written as UTF-8; bytes that are none as ``\xff``.

    Examples
    --------
    >>> shown_path("wire.jsonl"), shown_path("wire\udcff")
    ('wire.jsonl', 'wire\\xff')
    """
    return os.fsencode(path).decode("utf-8", "backslashreplace")
