"""How a corpus spreads: stories and copies over time, and who prints what of whom."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from dupdetect.support.columns import to_numpy
from dupdetect.support.dates import UNKNOWN_TIME, parse_dates
from dupdetect.views.report.rows import flat

_DAY_US = 86_400_000_000
_MOST_BINS = 120
_PUBLISHERS_SHOWN = 12
_SHADES = 5


def count_days(clusters: pa.Table) -> dict[str, Any] | None:
    """Stories and copies by day of publication (UTC); by week, month or year where days are many.

    Returns
    -------
    dict or None
        `unit`; `bins` with stories, in order, each with `at` (its place, from 0), `label`, `from`
        and `to` (days), `stories`, `copies`; how many places there are (`count`), the `most`
        stories in one, and how many stories have no date (`unknown`). None without two dates.
    """
    moments = parse_dates(flat(clusters["published"].cast(pa.large_string())))
    known = moments != UNKNOWN_TIME
    days = moments[known] // _DAY_US
    if np.unique(days).size < 2:
        return None
    copies = to_numpy(flat(pc.invert(clusters["canonical"])))[known]
    unit, starts = _starts(days)
    found, places = np.unique(starts, return_inverse=True)
    numbers = _numbers(found, unit)
    stories = np.bincount(places)
    copied = np.bincount(places, weights=copies).astype(int)
    return {
        "unit": unit,
        "count": int(numbers[-1] - numbers[0]) + 1,
        "most": int(stories.max()),
        "unknown": int(np.count_nonzero(~known)),
        "bins": [
            {
                "at": int(number - numbers[0]),
                "label": _label(start, unit),
                "from": str(start.astype("datetime64[D]")),
                "to": str(_end(start, unit)),
                "stories": int(many),
                "copies": int(few),
            }
            for start, number, many, few in zip(found, numbers, stories, copied, strict=True)
        ],
    }


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _starts(days: NDArray[np.int64]) -> tuple[str, NDArray[np.datetime64]]:
    """Choose the finest unit of which few enough fit; return it with the start of each day's."""
    dates = days.astype("datetime64[D]")
    if days.max() - days.min() < _MOST_BINS:
        return "day", dates
    if days.max() - days.min() < 7 * _MOST_BINS:
        return "week", (days - (days + 3) % 7).astype("datetime64[D]")  # 1970 began on a Thursday
    months = dates.astype("datetime64[M]")
    if int((months.max() - months.min()).astype(int)) < _MOST_BINS:
        return "month", months
    return "year", dates.astype("datetime64[Y]")


def _numbers(starts: NDArray[np.datetime64], unit: str) -> NDArray[np.int64]:
    numbers = starts.astype(np.int64)
    return numbers // 7 if unit == "week" else numbers


def _end(start: np.datetime64, unit: str) -> np.datetime64:
    if unit == "week":
        return start + 6
    return (start + 1).astype("datetime64[D]") - 1 if unit != "day" else start


def _label(start: np.datetime64, unit: str) -> str:
    day = start.astype("datetime64[D]").item()
    if unit == "year":
        return str(day.year)
    month = f"{_MONTHS[day.month - 1]} {day.year}"
    if unit == "month":
        return month
    return f"{'week of ' if unit == 'week' else ''}{day.day} {month}"


def count_reprints(clusters: pa.Table) -> dict[str, Any] | None:
    """Who prints what of whom: copies by their publisher and that of the story they hang on.

    Returns
    -------
    dict or None
        `publishers`, at most twelve, those with most copies to or from others first; `rows`, one a
        publisher, each with `publisher`, `href`, and `cells`: `copies` and `shade` (0 to 5).
        None where no publisher has a copy of another's.
    """
    ids = flat(clusters["id"])
    parents = flat(pc.index_in(clusters["parent"].cast(ids.type), value_set=ids))
    coded = flat(clusters["publisher"]).dictionary_encode()
    codes = to_numpy(coded.indices, missing=-1).astype(np.int64)
    at = to_numpy(parents, missing=-1).astype(np.int64)
    child, parent = codes, np.where(at >= 0, codes[at], -1)
    pairs = (child >= 0) & (parent >= 0)
    child, parent = child[pairs], parent[pairs]
    apart = child != parent
    if not apart.any():
        return None
    names = coded.dictionary.to_pylist()
    weight = np.bincount(np.concatenate([child[apart], parent[apart]]), minlength=len(names))
    chosen = sorted(range(len(names)), key=lambda code: (-weight[code], names[code]))
    chosen = [code for code in chosen if weight[code]][:_PUBLISHERS_SHOWN]
    place = np.full(len(names), -1)
    place[chosen] = np.arange(len(chosen))
    shown = (place[child] >= 0) & (place[parent] >= 0)
    table = np.zeros((len(chosen), len(chosen)), dtype=np.int64)
    np.add.at(table, (place[child[shown]], place[parent[shown]]), 1)
    most = max(int(table.max()), 1)
    return {
        "publishers": [names[code] for code in chosen],
        "left_out": int(np.count_nonzero(weight)) - len(chosen),
        "rows": [
            {
                "publisher": names[code],
                "href": "#/stories?outlet=" + quote(names[code], safe=""),
                "cells": [
                    {"copies": int(many), "shade": -(-int(many) * _SHADES // most)} for many in row
                ],
            }
            for code, row in zip(chosen, table, strict=True)
        ],
    }
