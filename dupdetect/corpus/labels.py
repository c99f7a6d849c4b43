"""Pairs of stories that a person labelled: from a file, or from rows in memory."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from dupdetect.errors import InputError
from dupdetect.products.evaluation import Label
from dupdetect.products.schemas import KINDS

__all__ = ["read_labels"]

_FIRST = ("a", "id_a", "a_id", "id1", "id_1", "first", "left", "story_a")
_SECOND = ("b", "id_b", "b_id", "id2", "id_2", "second", "right", "story_b")
_ANSWER = ("label", "answer", "kind", "relation", "copy", "is_copy", "duplicate", "same")
_YES = frozenset({"yes", "y", "true", "1", "copy", "duplicate", "same"})
_NO = frozenset({"no", "n", "false", "0", "different"})
_EXPECTED = f"expected yes, no or a kind ({', '.join(KINDS)})"
_REMEDY = "give CSV or JSON Lines with two ids and a label, such as: a,b,label"


def read_labels(source: object) -> tuple[Label, ...]:
    """Read labels.

    Parameters
    ----------
    source : path, or iterable of rows
        CSV (with or without a header of names) or JSON Lines; or rows of two ids and an answer, or
        mappings. Answers are yes, no, true, false, 1, 0, or a kind of relation.

    Returns
    -------
    tuple of Label
        In order; a pair that stands there twice with one answer only once.

    Raises
    ------
    InputError
        When a label cannot be read, is not known, or contradicts another one.

    Examples
    --------
    >>> [(one.a, one.b, one.answer) for one in read_labels([("s1", "s2", True)])]
    [('s1', 's2', 'yes')]
    """
    file = None
    if isinstance(source, str | os.PathLike):
        file = os.fspath(source)
        rows = _rows_of_file(file)
    elif isinstance(source, Iterable) and not isinstance(source, Mapping | bytes):
        rows = list(enumerate(source, 1))
    else:
        raise InputError(
            f"labels: {type(source).__name__}, expected a path or rows", remedy=_REMEDY
        )
    known: dict[frozenset[str], Label] = {}
    for line, row in rows:
        label = _label(row, file=file, line=line)
        before = known.setdefault(frozenset((label.a, label.b)), label)
        if before.answer != label.answer:
            reason = f"{label.a!r} and {label.b!r} are {label.answer!r} here and "
            reason += f"{before.answer!r} in line {before.line}"
            raise InputError(reason, file=file, line=line, remedy="keep one of the two")
    if not known:
        raise InputError("no labels", file=file, remedy=_REMEDY)
    return tuple(known.values())


def _rows_of_file(file: str) -> list[tuple[int, object]]:
    try:
        text = Path(file).read_text(encoding="utf-8-sig")
    except OSError as error:
        said = error.strerror or str(error)
        raise InputError(f"cannot be opened: {said}", file=file, remedy=_REMEDY) from error
    except UnicodeDecodeError as error:
        reason = f"not UTF-8 text (byte {error.start})"
        raise InputError(reason, file=file, remedy="save it as UTF-8") from error
    if text.lstrip()[:1] in {"{", "["}:
        return list(_json_rows(text, file))
    return _csv_rows(text, file)


def _json_rows(text: str, file: str) -> Iterable[tuple[int, object]]:
    for line, row in enumerate(text.splitlines(), 1):
        if not row.strip():
            continue
        try:
            yield line, orjson.loads(row)
        except orjson.JSONDecodeError as error:
            reason = f"not valid JSON: {error.msg}"
            raise InputError(reason, file=file, line=line, remedy=_REMEDY) from error


def _csv_rows(text: str, file: str) -> list[tuple[int, object]]:
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    rows = [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    if not rows:
        return []
    header = [cell.strip().lower() for cell in rows[0][1]]
    named = bool({*_FIRST, *_SECOND} & set(header[:2]))
    if len(header) == 3 and not named and _answer(header[2]) is not None:
        return list(rows)  # no header: the first row is a label
    if len(header) < 3:
        reason = f"{len(header)} columns, expected two ids and a label"
        raise InputError(reason, file=file, line=rows[0][0], remedy=_REMEDY)
    if len(header) == 3 and not {*_FIRST, *_SECOND, *_ANSWER} & set(header):
        reason = f"the first row, {','.join(rows[0][1])!r}, is no label and names no columns"
        raise InputError(reason, file=file, line=rows[0][0], remedy=f"{_EXPECTED}; {_REMEDY}")
    return [(line, dict(zip(header, row, strict=False))) for line, row in rows[1:]]


def _label(row: object, *, file: str | None, line: int) -> Label:
    if isinstance(row, Mapping):
        found = [_first_of(row, names) for names in (_FIRST, _SECOND, _ANSWER)]
        if None in found:
            names = (_FIRST, _SECOND, _ANSWER)[found.index(None)]
            reason = f"no field {names[0]!r} (or {', '.join(names[1:4])}); the fields are "
            reason += ", ".join(map(str, row))
            raise InputError(reason, file=file, line=line, remedy=_REMEDY)
        values = [row[name] for name in found]
    elif isinstance(row, Sequence) and not isinstance(row, str | bytes):
        values = list(row)
    else:
        raise InputError(f"{row!r} is no label", file=file, line=line, remedy=_REMEDY)
    if len(values) != 3:
        reason = f"{len(values)} values, expected two ids and a label"
        raise InputError(reason, file=file, line=line, remedy=_REMEDY)
    a, b = (str(value).strip() if isinstance(value, str) else str(value) for value in values[:2])
    answer = _answer(values[2])
    if answer is None:
        remedy = "write one of these"
        raise InputError(f"label {values[2]!r}: {_EXPECTED}", file=file, line=line, remedy=remedy)
    if a == b:
        reason = f"{a!r} is paired with itself"
        raise InputError(reason, file=file, line=line, remedy="give two different stories")
    return Label(a, b, answer, line)


def _first_of(row: Mapping[Any, Any], names: Sequence[str]) -> str | None:
    return next((name for name in names if name in row), None)


def _answer(value: object) -> str | None:
    """Return the answer in one spelling; None when it is none."""
    said = str(value).strip().lower().replace("-", "_").replace(" ", "_")
    if said in _YES:
        return "yes"
    if said in _NO:
        return "no"
    return said if said in KINDS else None
