"""Dates as people and feeds write them -> microseconds since 1970 UTC."""

from __future__ import annotations

import datetime as dt
import re
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from dupdetect.support.columns import to_numpy

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from numpy.typing import NDArray

__all__ = ["UNKNOWN_TIME", "day_orders", "parse_date", "parse_dates"]

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
_ZONE = (
    r"(?P<zone>Z|(?:UTC|GMT)?[+-]\d\d?(?::?\d\d)?|UTC|GMT|UT|"
    r"E[SD]?T|C[SD]?T|M[SD]?T|P[SD]?T|AK[SD]T|HST|BST|WES?T|CES?T|EES?T|MSK|JST|KST|HKT|SGT|"
    r"AE[SD]T|AWST|NZ[SD]T)"
)
_TIME = (
    r"(?:(?:[\sT,]+(?:at\s+|[-–—|•·]\s*)?)(?P<hour>\d{1,2})[:.](?P<minute>\d\d)"
    r"(?::(?P<second>\d\d)(?:[.,](?P<part>\d+))?)?"
    rf"\s*(?P<half>[ap]\.?m\.?)?\s*{_ZONE}?)?"
)
_SAID = r"(?:(?:published|posted)(?:\s+on)?:?\s+)?"
_WEEKDAY = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?\s+)?"
_DATES = (
    r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})",
    r"(?P<year>\d{4})/(?P<month>\d{1,2})/(?P<day>\d{1,2})",
    r"(?P<year>\d{4})\.(?P<month>\d{1,2})\.(?P<day>\d{1,2})",
    r"(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?P<year>\d{4})",
    rf"{_WEEKDAY}(?P<day>\d{{1,2}})(?:st|nd|rd|th)?[\s-]*{_MONTH}[\s,-]*(?P<year>\d{{4}})",
    rf"{_WEEKDAY}{_MONTH}\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>\d{{4}})",
    r"(?P<first>\d{1,2})[/-](?P<other>\d{1,2})[/-](?P<year>\d{4})",
)
_COMPACT = (
    r"(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)"
    r"(?:T?(?P<hour>\d\d)(?P<minute>\d\d)(?P<second>\d\d)(?P<zone>Z|[+-]\d\d:?\d\d)?)?"
)
_CTIME = (
    rf"{_WEEKDAY}{_MONTH}\s+(?P<day>\d{{1,2}})\s+(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)"
    rf"\s+(?:{_ZONE}\s+)?(?P<year>\d{{4}})"
)
_CHINESE = (
    r"(?P<year>\d{4})\s*[年년]\s*(?P<month>\d{1,2})\s*[月월]\s*(?P<day>\d{1,2})\s*[日일]" + _TIME
)
_NAMED_MONTH = (
    r"(?:[^\W\d_-]+(?:-feira)?,?\s+)?(?P<day>\d{1,2})(?:\.|er|º|°)?\s+(?:de\s+)?"
    rf"(?P<month_name>[^\W\d_]+)\.?,?\s+(?:del?\s+)?(?P<year>\d{{4}}){_TIME}"
)


_PATTERNS = (
    *((_SAID + pattern + _TIME, re.IGNORECASE | re.ASCII) for pattern in _DATES),
    (_COMPACT, re.ASCII),
    (_CTIME, re.IGNORECASE | re.ASCII),
    (_CHINESE, re.IGNORECASE),
)


@cache
def _pattern(number: int) -> re.Pattern[str]:
    """Compile one pattern: most inputs, whose dates are ISO's, have no need of the others."""
    return re.compile(*_PATTERNS[number])


_MONTHS_ELSEWHERE = {
    name: number
    for number, names in enumerate(
        (
            "januar jänner janvier enero gennaio janeiro januari",
            "februar février fevrier febrero febbraio fevereiro februari",
            "märz maerz mars marzo março maart",
            "april avril abril aprile",
            "mai mayo maggio maio mei",
            "juni juin junio giugno junho",
            "juli juillet julio luglio julho",
            "august août aout agosto augustus",
            "september septembre septiembre setiembre settembre setembro",
            "oktober octobre octubre ottobre outubro",
            "november novembre noviembre novembro",
            "dezember décembre decembre diciembre dicembre dezembro december",
        ),
        start=1,
    )
    for name in names.split()
}
_OFFSETS = {
    "Z": 0, "UTC": 0, "GMT": 0, "UT": 0, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7,
    "MDT": -6, "PST": -8, "PDT": -7, "AKST": -9, "AKDT": -8, "HST": -10, "BST": 1, "WET": 0,
    "WEST": 1, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3, "MSK": 3, "JST": 9, "KST": 9, "HKT": 8,
    "SGT": 8, "AEST": 10, "AEDT": 11, "AWST": 8, "NZST": 12, "NZDT": 13,
}  # fmt: skip
"""Hours from UTC. Names that stand for several zones are not here (IST)."""

_PLACES = {
    "ET": "America/New_York",
    "CT": "America/Chicago",
    "MT": "America/Denver",
    "PT": "America/Los_Angeles",
}
"""Zones whose name does not say whether it is summer."""

_LAST_WORD = r"([A-Za-z]+)\W*$"
_NUMBERS = rf"{_SAID}(\d{{1,2}})[/-](\d{{1,2}})[/-]\d{{4}}(?!\d)"
_NOON = 12
_LAST_MONTH = 12


def parse_dates(
    dates: pa.LargeStringArray, orders: Collection[bool] | None = None
) -> NDArray[np.int64]:
    """Read many dates.

    Parameters
    ----------
    dates
        large_string, length n, null where unknown.
    orders : collection of bool, optional
        From :func:`day_orders`, of a collection of which these dates are a part; of these dates
        alone by default.

    Returns
    -------
    int64, shape (n,)
        Microseconds since 1970-01-01 UTC as `parse_date` reads each; a date that is null or
        cannot be read is `UNKNOWN_TIME`. Never fails. Where some of them can only be day before
        month, and none can only be the other way round, all of that form are: ``12/04/2024``
        next to ``15/04/2024`` is in April.

    Examples
    --------
    >>> parse_dates(pa.array(["1970-01-02", "soon", None], pa.large_string())).tolist()
    [86400000000, -9223372036854775808, -9223372036854775808]
    >>> parse_dates(pa.array(["02/01/1970", "13/01/1970"], pa.large_string())).tolist()
    [86400000000, 1036800000000]
    """
    if dates.null_count == len(dates):
        return np.full(len(dates), UNKNOWN_TIME)
    if len(dates) == 1 and orders is None:
        return np.array([parse_date(dates[0].as_py())], dtype=np.int64)
    coded = dates.dictionary_encode()  # a day's stories share their date
    distinct = coded.dictionary
    values = np.full(len(distinct) + 1, UNKNOWN_TIME)  # the last one stands for null
    read = _read_iso(distinct, values)
    others = {index: distinct[index].as_py() for index in np.flatnonzero(~read).tolist()}
    found = set(day_orders(others.values()) if orders is None else orders)
    day_first = found.pop() if len(found) == 1 else None
    for index, date in others.items():
        values[index] = parse_date(date, day_first=day_first)
    codes = to_numpy(coded.indices, missing=len(distinct))
    times: NDArray[np.int64] = values[codes]
    return times


def day_orders(dates: Iterable[str | None]) -> set[bool]:
    """Say of dates such as 12/04/2024 in which order day and month must stand in some of them.

    Returns
    -------
    set of bool
        True where a day stands first, False where a month does.

    Examples
    --------
    >>> day_orders(["02/01/1970", "13/01/1970", None])
    {True}
    """
    found = set()
    for date in dates:
        numbers = re.match(_NUMBERS, date.strip(), re.IGNORECASE) if date else None
        if numbers is not None:
            first, other = int(numbers[1]), int(numbers[2])
            if (first > _LAST_MONTH) != (other > _LAST_MONTH):
                found.add(first > _LAST_MONTH)
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


def parse_date(text: str, *, day_first: bool | None = None) -> int:
    """Read one date.

    Understood: ISO 8601 with or without time, fraction and offset; the same with ``/`` or
    ``.``; compact ``20240501T102030Z``; ``1.5.2024``; RFC 2822; ``1 May 2024``, ``1May2024``;
    ``May 1, 2024 10:20 AM EDT``; ``Tuesday, April 30, 2024 - 23:59``; ctime; months in Dutch,
    French, German, Italian, Portuguese and Spanish; ``2024年5月1日``; seconds, milliseconds or
    microseconds since 1970; ``25/12/2024`` and ``12/25/2024``. A time without zone is taken as
    UTC, one of a zone that is not known is unknown.

    Parameters
    ----------
    text
        As people and feeds write it.
    day_first
        Whether ``04/05/2024`` is in May; None does not know, and the date is unknown.

    Returns
    -------
    int
        Microseconds since 1970-01-01 UTC; `UNKNOWN_TIME` for what is none of these. Never
        fails, and never guesses.

    Examples
    --------
    >>> parse_date("1970-01-01T01:00:00+01:00"), parse_date("2 Jan 1970")
    (0, 86400000000)
    """
    text = text.strip()
    if not text or len(text) > _LONGEST:
        return UNKNOWN_TIME
    try:
        moment = _read(text, day_first)
    except (ValueError, OverflowError, IndexError, TypeError, LookupError):
        return UNKNOWN_TIME
    return UNKNOWN_TIME if moment is None else (moment - _EPOCH) // _MICROSECOND


def _read(text: str, day_first: bool | None) -> dt.datetime | None:
    for number in range(len(_PATTERNS)):
        if found := _pattern(number).fullmatch(text):
            return _moment(found.groupdict(), day_first)
    if found := re.fullmatch(_NAMED_MONTH, text, re.IGNORECASE):
        parts = found.groupdict()
        if month := _MONTHS_ELSEWHERE.get((parts.pop("month_name") or "").casefold()):
            return _moment({**parts, "month": str(month)}, day_first)
    if re.fullmatch(r"-?\d{9,17}(?:\.\d+)?", text, re.ASCII):
        return _since_1970(float(text) if "." in text else int(text))
    if "," in text or ":" in text:
        bare = re.sub(r"\s*\([^()]*\)$", "", text)
        last = re.search(_LAST_WORD, bare)
        if last and last[1].upper() not in _OFFSETS:  # it would be passed over
            return None
        from email.utils import parsedate_to_datetime  # noqa: PLC0415  (seldom needed)

        moment = parsedate_to_datetime(bare)
        return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
    return None


def _since_1970(number: float) -> dt.datetime:
    if abs(number) >= _EPOCH_MICROSECONDS_FROM:
        return _EPOCH + dt.timedelta(microseconds=number)
    if abs(number) >= _EPOCH_MILLISECONDS_FROM:
        return _EPOCH + dt.timedelta(milliseconds=number)
    return _EPOCH + dt.timedelta(seconds=number)


def _moment(parts: dict[str, str | None], day_first: bool | None) -> dt.datetime | None:
    day, month = int(parts.get("day") or 0), int(parts.get("month") or 0)
    if name := parts.get("month_name"):
        month = _MONTHS[name[:3].lower()]
    if first := parts.get("first"):
        day, month = int(first), int(parts["other"] or 0)
        open_ = day <= _LAST_MONTH and month <= _LAST_MONTH
        if open_ and day != month and day_first is None:
            return None
        if month > _LAST_MONTH or (open_ and not day_first):
            day, month = month, day
    hour = int(parts.get("hour") or 0)
    if half := parts.get("half"):
        if not 1 <= hour <= _NOON:
            return None
        hour = hour % _NOON + (_NOON if half[0] in "pP" else 0)
    moment = dt.datetime(
        int(parts["year"] or 0),
        month,
        day,
        hour,
        int(parts.get("minute") or 0),
        int(parts.get("second") or 0),
        int((parts.get("part") or "0")[:6].ljust(6, "0")),
    )
    return moment.replace(tzinfo=_zone(parts.get("zone") or "Z"))


def _zone(text: str) -> dt.tzinfo:
    name = text.upper()
    if name in _OFFSETS:
        return dt.timezone(dt.timedelta(hours=_OFFSETS[name]))
    if name in _PLACES:
        from zoneinfo import ZoneInfo  # noqa: PLC0415  (seldom needed)

        return ZoneInfo(_PLACES[name])
    signed = name.removeprefix("UTC").removeprefix("GMT").replace(":", "")
    digits = signed[1:]
    hours, minutes = (digits, "0") if len(digits) <= 2 else (digits[:-2], digits[-2:])
    offset = dt.timedelta(hours=int(hours), minutes=int(minutes))
    return dt.timezone(-offset if signed[0] == "-" else offset)
