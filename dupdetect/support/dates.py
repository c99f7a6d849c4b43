"""Dates as people and feeds write them -> microseconds since 1970 UTC."""

from __future__ import annotations

import datetime as dt
import re
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from dupdetect.support.columns import to_numpy

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["UNKNOWN_TIME", "parse_date", "parse_dates"]

UNKNOWN_TIME = int(np.iinfo(np.int64).min)
"""The value of `Corpus.published_us` where there is no date, or none that could be read."""

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND = dt.timedelta(microseconds=1)
_LONGEST = 80
_EPOCH_MILLISECONDS_FROM = 10**11  # later than the year 5138 as seconds: so milliseconds
_EPOCH_MICROSECONDS_FROM = 10**14

_MONTHS = {
    name: number
    for number, name in enumerate(
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
        start=1,
    )
}
_MONTH = r"(?P<month_name>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_TIME = (
    r"(?:[\sT,]+(?:at\s+)?(?P<hour>\d{1,2}):(?P<minute>\d\d)"
    r"(?::(?P<second>\d\d)(?:[.,](?P<part>\d+))?)?"
    r"\s*(?P<half>[ap]\.?m\.?)?\s*(?P<zone>Z|UTC|GMT|[+-]\d\d:?(?:\d\d)?|E[SD]T|C[SD]T|M[SD]T|P[SD]T)?)?"
)
_WEEKDAY = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?\s+)?"
_PATTERNS = [
    re.compile(rf"{pattern}{_TIME}", re.IGNORECASE | re.ASCII)
    for pattern in (
        r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})",
        r"(?P<year>\d{4})/(?P<month>\d{1,2})/(?P<day>\d{1,2})",
        r"(?P<year>\d{4})\.(?P<month>\d{1,2})\.(?P<day>\d{1,2})",
        r"(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?P<year>\d{4})",
        rf"{_WEEKDAY}(?P<day>\d{{1,2}})(?:st|nd|rd|th)?[\s-]*{_MONTH}[\s,-]*(?P<year>\d{{4}})",
        rf"{_WEEKDAY}{_MONTH}\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>\d{{4}})",
        r"(?P<first>\d{1,2})[/-](?P<other>\d{1,2})[/-](?P<year>\d{4})",
    )
]
_COMPACT = re.compile(
    r"(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)"
    r"(?:T?(?P<hour>\d\d)(?P<minute>\d\d)(?P<second>\d\d)(?P<zone>Z|[+-]\d\d:?\d\d)?)?",
    re.ASCII,
)
_CTIME = re.compile(
    rf"{_WEEKDAY}{_MONTH}\s+(?P<day>\d{{1,2}})\s+(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)"
    r"\s+(?:(?P<zone>UTC|GMT|[+-]\d{4}|E[SD]T|C[SD]T|M[SD]T|P[SD]T)\s+)?(?P<year>\d{4})",
    re.IGNORECASE | re.ASCII,
)
_ZONE_HOURS = {
    "EST": -5,
    "EDT": -4,
    "CST": -6,
    "CDT": -5,
    "MST": -7,
    "MDT": -6,
    "PST": -8,
    "PDT": -7,
}
_NOON = 12
_LAST_MONTH = 12


def parse_dates(dates: pa.LargeStringArray) -> NDArray[np.int64]:
    """Read many dates.

    Parameters
    ----------
    dates
        large_string, length n, null where unknown.

    Returns
    -------
    int64, shape (n,)
        Microseconds since 1970-01-01 UTC as `parse_date` reads each; a date that is null or
        cannot be read is `UNKNOWN_TIME`. Never fails.

    Examples
    --------
    >>> parse_dates(pa.array(["1970-01-02", "soon", None], pa.large_string())).tolist()
    [86400000000, -9223372036854775808, -9223372036854775808]
    """
    if dates.null_count == len(dates):
        return np.full(len(dates), UNKNOWN_TIME)
    coded = dates.dictionary_encode()  # a day's stories share their date
    distinct = coded.dictionary
    values = np.full(len(distinct) + 1, UNKNOWN_TIME)  # the last one stands for null
    read = _read_iso(distinct, values)
    for index in np.flatnonzero(~read).tolist():
        values[index] = parse_date(distinct[index].as_py())
    codes = to_numpy(coded.indices, missing=len(distinct))
    found: NDArray[np.int64] = values[codes]
    return found


def _read_iso(dates: pa.LargeStringArray, values: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Read ``2024-05-01`` and ``2024-05-01T10:20:30`` with ``Z`` or nothing behind, in one go."""
    read = np.zeros(len(dates), bool)
    offsets = np.frombuffer(dates.buffers()[1], np.int64)[dates.offset :][: len(dates) + 1]
    data = np.frombuffer(dates.buffers()[2] or b"", np.uint8)
    lengths = np.diff(offsets)
    for shape in ("dddd-dd-dd", "dddd-dd-ddTdd:dd:dd", "dddd-dd-ddTdd:dd:ddZ"):
        rows = np.flatnonzero(lengths == len(shape))
        if not rows.size:
            continue
        chars = data[offsets[rows, None] + np.arange(len(shape))]
        fits = np.ones(rows.size, bool)
        for at, kind in enumerate(shape):
            column = chars[:, at]
            if kind == "d":
                fits &= (column >= ord("0")) & (column <= ord("9"))
            elif kind == "T":
                fits &= (column == ord("T")) | (column == ord(" "))
            else:
                fits &= column == ord(kind)
        rows, digits = rows[fits], chars[fits].astype(np.int64) - ord("0")
        years = digits[:, :4] @ np.array([1000, 100, 10, 1])
        pairs = [digits[:, at] * 10 + digits[:, at + 1] for at in range(5, len(shape) - 1, 3)]
        hours, minutes, seconds = pairs[2:] if len(pairs) > 2 else [np.zeros_like(years)] * 3
        first = (years - 1970).astype("M8[Y]").astype("M8[M]") + (pairs[0] - 1)
        length = (first + 1).astype("M8[D]") - first.astype("M8[D]")
        real = (years >= 1) & (pairs[0] >= 1) & (pairs[0] <= _LAST_MONTH) & (pairs[1] >= 1)
        real &= pairs[1] <= length.astype(np.int64)
        real &= (hours < 24) & (minutes < 60) & (seconds < 60)
        days = first.astype("M8[D]").astype(np.int64) + pairs[1] - 1
        total = ((days * 24 + hours) * 60 + minutes) * 60 + seconds
        values[rows[real]] = total[real] * 1_000_000
        read[rows[real]] = True
    return read


def parse_date(text: str) -> int:
    """Read one date.

    Understood: ISO 8601 with or without time, fraction and offset; the same with ``/`` or
    ``.``; compact ``20240501T102030Z``; ``1.5.2024``; RFC 2822; ``1 May 2024``, ``1May2024``;
    ``May 1, 2024 10:20 AM EDT``; ctime; seconds, milliseconds or microseconds since 1970;
    ``25/12/2024`` and ``12/25/2024`` where only one reading is a date. A time without zone is
    taken as UTC.

    Returns
    -------
    int
        Microseconds since 1970-01-01 UTC; `UNKNOWN_TIME` for what is none of these. Never
        fails, and never guesses: ``04/05/2024`` is unknown.

    Examples
    --------
    >>> parse_date("1970-01-01T01:00:00+01:00"), parse_date("2 Jan 1970")
    (0, 86400000000)
    """
    text = text.strip()
    if not text or len(text) > _LONGEST:
        return UNKNOWN_TIME
    try:
        moment = _read(text)
    except (ValueError, OverflowError, IndexError, TypeError):
        return UNKNOWN_TIME
    return UNKNOWN_TIME if moment is None else (moment - _EPOCH) // _MICROSECOND


def _read(text: str) -> dt.datetime | None:
    for pattern in (*_PATTERNS, _COMPACT, _CTIME):
        if found := pattern.fullmatch(text):
            return _moment(found.groupdict())
    if re.fullmatch(r"-?\d{9,17}(?:\.\d+)?", text, re.ASCII):
        return _since_1970(float(text) if "." in text else int(text))
    if "," in text or ":" in text:
        moment = parsedate_to_datetime(text)
        return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
    return None


def _since_1970(number: float) -> dt.datetime:
    if abs(number) >= _EPOCH_MICROSECONDS_FROM:
        return _EPOCH + dt.timedelta(microseconds=number)
    if abs(number) >= _EPOCH_MILLISECONDS_FROM:
        return _EPOCH + dt.timedelta(milliseconds=number)
    return _EPOCH + dt.timedelta(seconds=number)


def _moment(parts: dict[str, str | None]) -> dt.datetime | None:
    day, month = int(parts.get("day") or 0), int(parts.get("month") or 0)
    if name := parts.get("month_name"):
        month = _MONTHS[name[:3].lower()]
    if first := parts.get("first"):
        day, month = int(first), int(parts["other"] or 0)
        if day <= _LAST_MONTH and month <= _LAST_MONTH and day != month:
            return None
        if month > _LAST_MONTH:
            day, month = month, day
    hour = int(parts.get("hour") or 0)
    if half := parts.get("half"):
        if not 1 <= hour <= _NOON:
            return None
        hour = hour % _NOON + (_NOON if half[0] in "pP" else 0)
    return dt.datetime(
        int(parts["year"] or 0),
        month,
        day,
        hour,
        int(parts.get("minute") or 0),
        int(parts.get("second") or 0),
        int((parts.get("part") or "0")[:6].ljust(6, "0")),
        tzinfo=_zone(parts.get("zone")),
    )


def _zone(text: str | None) -> dt.timezone:
    if not text or text.upper() in {"Z", "UTC", "GMT"}:
        return dt.UTC
    if text.upper() in _ZONE_HOURS:
        return dt.timezone(dt.timedelta(hours=_ZONE_HOURS[text.upper()]))
    digits = text[1:].replace(":", "").ljust(4, "0")
    offset = dt.timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return dt.timezone(-offset if text[0] == "-" else offset)
