"""Dates: many ways to write one moment, none that fails, none that is guessed."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dupdetect.support.dates import UNKNOWN_TIME, parse_date, parse_dates

MAY_DAY = 1_714_521_600  # 2024-05-01T00:00:00Z
MOMENT = MAY_DAY + 10 * 3600 + 20 * 60 + 30

WHOLE_DAYS = [
    "2024-05-01", "2024-5-1", "2024/05/01", "2024.05.01", "1.5.2024", "01.05.2024", "20240501",
    "1 May 2024", "01May2024", "1st May 2024", "01-May-2024", "May 1, 2024", "May 1 2024",
    "Wednesday, May 1, 2024", "Wed, 1 May 2024", " 2024-05-01\n",
]  # fmt: skip
MOMENTS = [
    "2024-05-01T10:20:30Z", "2024-05-01T10:20:30", "2024-05-01 10:20:30",
    "2024-05-01T10:20:30.000Z", "2024-05-01T12:20:30+02:00", "2024-05-01T12:20:30+0200",
    "2024-05-01 03:20:30-07",
    "20240501T102030Z", "20240501102030", "Wed, 01 May 2024 10:20:30 GMT",
    "Wed, 01 May 2024 12:20:30 +0200", "Wed May  1 10:20:30 2024", "Wed May 01 10:20:30 UTC 2024",
    "May 1, 2024 10:20:30 AM", "May 1, 2024, 6:20:30 a.m. EDT", "May 1, 2024 at 10:20:30",
    "1714558830", "1714558830000", "1714558830000000", "2024/05/01 10:20:30", "01.05.2024 10:20:30",
]  # fmt: skip
UNKNOWN = [
    "", " ", "soon", "2024", "2024-05", "2024-13-01", "2024-02-30", "2023-02-29",
    "2024-05-01T25:00:00", "2024-05-01T10:60:00", "04/05/2024", "0000-01-01", "May 2024",
    "32 May 2024", "13:00 PM",
    "May 1, 2024 13:00 PM", "9" * 17 + "9" * 40, "12345", "x" * 5000, "2024-05-01T10:20:30+99:99",
    "٢٠٢٤-٠٥-٠١", "2024-05-0٣", "\0", "Wed, 99 May 2024 10:20:30 GMT",
]  # fmt: skip


def many(dates: list[str | None]) -> list[int]:
    values: list[int] = parse_dates(pa.array(dates, pa.large_string())).tolist()
    return values


@pytest.mark.parametrize("text", WHOLE_DAYS)
def test_days(text: str) -> None:
    assert parse_date(text) == MAY_DAY * 1_000_000


@pytest.mark.parametrize("text", MOMENTS)
def test_moments(text: str) -> None:
    assert parse_date(text) == MOMENT * 1_000_000


@pytest.mark.parametrize("text", UNKNOWN)
def test_what_is_no_date_is_unknown(text: str) -> None:
    assert parse_date(text) == UNKNOWN_TIME


def test_many_at_once_are_each_as_alone() -> None:
    dates = [*WHOLE_DAYS, *MOMENTS, *UNKNOWN, None, *WHOLE_DAYS]
    expected = [UNKNOWN_TIME if text is None else parse_date(text) for text in dates]
    assert many(dates) == expected
    sliced = pa.array(["x", *dates], pa.large_string()).slice(1)
    assert parse_dates(sliced).tolist() == expected
    assert many([]) == []
    assert many([None]) == [UNKNOWN_TIME]


def test_day_and_month_are_read_only_where_one_reading_is_a_date() -> None:
    assert parse_date("25/12/2024") == parse_date("12/25/2024") == parse_date("2024-12-25")
    assert parse_date("5/5/2024") == parse_date("2024-05-05")
    assert parse_date("12/11/2024") == UNKNOWN_TIME


def test_fractions_are_microseconds() -> None:
    assert parse_date("1970-01-01T00:00:00.1234567Z") == 123_456
    assert parse_date("1969-12-31T23:59:59.5") == -500_000


@given(st.datetimes(min_value=dt.datetime(1, 1, 2), max_value=dt.datetime(9999, 12, 30)))
def test_iso_round_trip(moment: dt.datetime) -> None:
    moment = moment.replace(tzinfo=dt.UTC)
    microseconds = (moment - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) // dt.timedelta(microseconds=1)
    assert many([moment.isoformat()]) == [microseconds]
    whole = microseconds - moment.microsecond
    plain = moment.strftime("%m-%dT%H:%M:%S")
    assert many([f"{moment.year:04}-{plain}Z", f"{moment.year:04}-{plain}"]) == [whole] * 2


@given(
    st.text()
    | st.from_regex(r"[0-9TZ:+ .,/-]{0,30}")
    | st.sampled_from(MOMENTS).map(lambda s: s[1:])
)
def test_nothing_fails(text: str) -> None:
    assert many([text]) == [parse_date(text)]


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("Tuesday, April 30, 2024 - 23:59", "2024-04-30T23:59+00:00"),
        ("May 1, 2024 7:05 AM ET", "2024-05-01T11:05+00:00"),
        ("January 3, 2024 at 7:05 a.m. ET", "2024-01-03T12:05+00:00"),
        ("1 May 2024 7.05pm BST", "2024-05-01T18:05+00:00"),
        ("Posted on May 1, 2024", "2024-05-01T00:00+00:00"),
        ("2024-05-01 10:20 UTC+2", "2024-05-01T08:20+00:00"),
        ("1 de mayo de 2024", "2024-05-01T00:00+00:00"),
        ("quarta-feira, 1 de maio de 2024", "2024-05-01T00:00+00:00"),
        ("1. März 2024, 12:30", "2024-03-01T12:30+00:00"),
        ("1er août 2024", "2024-08-01T00:00+00:00"),
        ("2 giugno 2024", "2024-06-02T00:00+00:00"),
        ("2 maart 2024", "2024-03-02T00:00+00:00"),
        ("2024年5月1日 10:30", "2024-05-01T10:30+00:00"),
        ("2024년 5월 1일", "2024-05-01T00:00+00:00"),
        ("Wed, 01 May 2024 10:20:30 +0200 (CEST)", "2024-05-01T08:20:30+00:00"),
    ],
)
def test_more_ways_to_write_a_date(text: str, moment: str) -> None:
    expected = dt.datetime.fromisoformat(moment)
    assert parse_date(text) == int(expected.timestamp()) * 1_000_000


@pytest.mark.parametrize(
    "text",
    [
        "Wed, 01 May 2024 10:20:30 XYZ",
        "May 1, 2024 7:05 AM IST",
        "1 Foo 2024",
        "2024年13月1日",
        "2 May",
    ],
)
def test_what_is_not_known_is_no_date(text: str) -> None:
    assert parse_date(text) == UNKNOWN_TIME


def test_the_column_decides_what_is_the_day_and_what_the_month() -> None:
    def days(*dates: str) -> list[str | None]:
        read = parse_dates(pa.array(dates, pa.large_string())).tolist()
        return [
            None
            if us == UNKNOWN_TIME
            else dt.datetime.fromtimestamp(us / 1e6, dt.UTC).date().isoformat()
            for us in read
        ]

    assert days("12/04/2024", "15/04/2024") == ["2024-04-12", "2024-04-15"]
    assert days("12/04/2024 10:00", "04/15/2024") == ["2024-12-04", "2024-04-15"]
    assert days("12/04/2024", "15/04/2024", "04/15/2024") == [None, "2024-04-15", "2024-04-15"]
    assert days("12/04/2024", "04/04/2024") == [None, "2024-04-04"]
