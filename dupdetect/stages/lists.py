"""The lists that rules are made of: their files, and the words of their texts.

Every run reads them, so it must not take longer than a small run itself.
"""

from __future__ import annotations

import re
from contextlib import suppress
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson

from dupdetect import kernels
from dupdetect.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["read_lists", "split_texts"]

_STRING = r'"[^"\\\n]*(?:\\.[^"\\\n]*)*"'
_ENTRY = re.compile(
    rf"""^(?:
        \[(?P<table>[^\]\n]+)\]
        |(?P<key>"[^"\n]*"|[\w-]+)[ ]*=[ ]*
        (?P<value>\[(?:[^]"\#]+|{_STRING}|\#.*)*\]|{_STRING}|[^\#\n]+)
    )[ ]*(?:\#.*)?$""",
    re.MULTILINE | re.VERBOSE,
)
_NOTE = re.compile(rf"({_STRING})|#.*")
_LAST_COMMA = re.compile(r",\s*\]$")
_NAME = re.compile(r'"([^"]*)"|([^."]+)')
_OTHER = re.compile(r"^\s*[^\s#].*", re.MULTILINE)


@cache
def read_lists(name: str) -> dict[str, Any]:
    """Return what a TOML file of this package says.

    It may have what these files do: tables, and texts, numbers, truth values and lists of these.
    ``tomllib``, which reads the rest of the language too, takes ten times as long.

    Parameters
    ----------
    name : str
        From ``dupdetect.stages`` on.

    Raises
    ------
    ConfigError
        When the file has something else.

    Examples
    --------
    >>> read_lists("notices.toml")["wall"]["cues"]
    2
    """
    return _parsed(files("dupdetect.stages").joinpath(name).read_text("utf-8"), name)


def _parsed(text: str, name: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    table, read = found, 0
    for entry in [*_ENTRY.finditer(text), None]:
        other = _OTHER.search(text[read : len(text) if entry is None else entry.start()])
        if other:
            raise ConfigError(
                f"{name}: {other[0].strip()[:60]!r}, expected [table] or key = value; "
                "reinstall dupdetect"
            )
        if entry is None:
            break
        read = entry.end()
        if entry["table"]:
            table = found
            for quoted, plain in _NAME.findall(entry["table"]):
                table = table.setdefault(quoted or plain, {})
        else:
            table[entry["key"].strip('"')] = _value(entry["value"], name)
    return found


def _value(written: str, name: str) -> Any:  # noqa: ANN401
    """Read a value, which but for notes and a last comma is JSON."""
    plain = _NOTE.sub(r"\1", written) if "#" in written else written
    plain = _LAST_COMMA.sub("]", plain) if plain.endswith("]") else plain
    with suppress(orjson.JSONDecodeError):
        value = orjson.loads(plain)
        if value is not None:
            return value
    raise ConfigError(
        f"{name}: {written[:60]!r}, expected a text, a number, true, false or a list; "
        "reinstall dupdetect"
    )


def split_texts(texts: Sequence[str]) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Return the hashes of the words of some texts, none with a line break, and where each starts.

    Returns
    -------
    hashes : ndarray of uint64, shape (words,)
        Of all texts.
    offsets : ndarray of int64, shape (texts + 1,)
        Where the words of each text start and end.

    Examples
    --------
    >>> split_texts(["by our staff", "map"])[1].tolist()
    [0, 3, 4]
    """
    encoded = [text.encode() for text in texts]
    hashes, starts, *_ = kernels.prepare(np.frombuffer(b"\n".join(encoded), dtype=np.uint8))
    first = np.cumsum([0, *(len(text) + 1 for text in encoded)], dtype=np.int64)
    return hashes, np.searchsorted(starts, first)
