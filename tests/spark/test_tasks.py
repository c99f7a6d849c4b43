"""What executors do, without Spark: parts of a collection make what the whole makes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dupdetect import Config, FieldNames
from dupdetect.corpus.mend.lost import restore_lost
from dupdetect.engines.spark import letters, rows, tasks
from dupdetect.engines.spark.failures import said_plainly
from dupdetect.engines.spark.plan import Ordered
from dupdetect.engines.spark.rows import (
    COUNTED,
    MEMBERS,
    SENT,
    STORIES,
    credits_columns,
    credits_of,
    ddl,
    numbers_column,
    parts_of,
    stories_of,
    strings_columns,
    strings_of,
)
from dupdetect.errors import ConfigError, InputError, KernelError
from dupdetect.support.dates import UNKNOWN_TIME, day_orders, parse_dates

FOG = "The ferry to Gozo was stopped by fog at dawn on Monday and sailed again before noon."
RAIN = "Rain fell on the harbour of Valletta all night, and the market was closed until ten."


def table_of(rows: list[dict[str, str]]) -> pa.Table:
    return pa.table({name: [row.get(name) for row in rows] for name in rows[0]})


def made(task: tasks.Task, table: pa.Table, schema: pa.Schema | None = None) -> pa.Table:
    return pa.Table.from_batches(list(task(iter(table.to_batches(max_chunksize=3)))), schema)


def test_parts_are_whole_however_the_rows_are_batched() -> None:
    table = pa.table(
        {"part": pa.array([0, 0, 2, 2, 2, 7], pa.int32()), "value": [1, 2, 3, 4, 5, 6]}
    )
    for size in (1, 2, 3, 6):
        found = [part["value"].to_pylist() for part in parts_of(table.to_batches(size))]
        assert found == [[1, 2], [3, 4, 5], [6]]


def test_schemas_are_written_as_spark_writes_them() -> None:
    assert ddl(MEMBERS) == "`key` bigint, `rank` bigint, `parts` binary, `leader` bigint"
    assert "`key` array<string>" in ddl(COUNTED)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.lists(st.one_of(st.none(), st.text(max_size=3)), max_size=4)))
def test_strings_travel_as_bytes(lists: list[list[str | None]]) -> None:
    values = pa.array([value for one in lists for value in one], pa.string())
    ends = np.cumsum([0, *map(len, lists)])
    table = pa.table(strings_columns("names", values, ends))
    assert table.num_rows == len(lists)
    assert strings_of(table, "names").to_pylist() == values.to_pylist()
    assert strings_of(table.slice(1), "names").to_pylist() == values[ends[:2][-1] :].to_pylist()


NAMED = st.tuples(st.sampled_from(["AP", "Reuters", "The \u010cTK"]), st.booleans())


@settings(max_examples=50, deadline=None)
@given(st.lists(st.lists(NAMED, max_size=3)))
def test_credits_travel_as_bytes(stories: list[list[tuple[str, bool]]]) -> None:
    names = [[name for name, _ in one] or None for one in stories]
    ends = [[[k, k + 2] if placed else None for k, (_, placed) in enumerate(one)] or None
            for one in stories]  # fmt: skip
    agencies = pa.array(names, pa.list_(pa.string()))
    spans = pa.array(ends, pa.list_(pa.list_(pa.int64())))
    table = pa.table(credits_columns(agencies, spans))
    found = credits_of(table)
    assert [one.to_pylist() for one in found] == [names, ends]
    assert [one.type for one in found] == [agencies.type, spans.type]
    assert credits_of(table.slice(1))[1].to_pylist() == ends[1:]


def test_another_release_on_an_executor_is_told() -> None:
    config = Config()
    here = tasks.Versions.here(config)
    here.require_here(config)
    with pytest.raises(KernelError, match=r"package of dupdetect is .*, the driver's 0.0; install"):
        replace(here, package="0.0").require_here(config)
    with pytest.raises(KernelError, match=r"its sketch of dupdetect"):
        replace(here, sketch="00").require_here(config)
    with pytest.raises(KernelError, match=r"its tables of dupdetect is other"):
        here.require_here(Config(contained=0.9))
    task = tasks.checked(iter, here, Config(contained=0.9))
    with pytest.raises(KernelError, match=r"its tables of dupdetect is other"):
        list(task([]))
    assert list(tasks.checked(iter, here, config)([])) == []


@settings(max_examples=50, deadline=None)
@given(st.lists(st.lists(st.integers(0, 5), max_size=4, unique=True), min_size=1, max_size=9))
def test_rows_are_sent_to_each_of_their_parts(parts: list[list[int]]) -> None:
    ends = np.cumsum([0, *map(len, parts)])
    column = numbers_column(np.array([one for to in parts for one in to], np.int32), ends)
    table = pa.table({"text": [f"{k} {FOG}" for k in range(len(parts))], "parts": column})
    found = made(tasks.send_rows(), table, SENT)
    for part in range(6):
        some = found.filter(pc.equal(found["part"], part))
        texts = rows.table_of(some["data"])["text"].to_pylist() if some.num_rows else []
        assert texts == [f"{k} {FOG}" for k, to in enumerate(parts) if part in to]


def test_rows_come_back_whole_as_a_task_made_them() -> None:
    table = pa.table({"text": [FOG, RAIN] * 5})
    found = made(tasks.returned_whole(iter), table, SENT)
    assert found.num_rows == 4  # batches
    assert rows.table_of(found["data"]).equals(table)


def test_what_a_task_raised_is_raised_as_it_was() -> None:
    trace = 'File "x", line 3\ndupdetect.errors.InputError: no field; name it\n\tat org.apache'
    with pytest.raises(InputError, match=r"^no field; name it$"), said_plainly():
        raise RuntimeError(trace)
    with pytest.raises(ConfigError, match=r"^wrong$"), said_plainly():
        raise RuntimeError("dupdetect.errors.ConfigError: wrong")
    with pytest.raises(ImportError, match=r"executors have no module 'dupdetect'"), said_plainly():
        raise RuntimeError("ModuleNotFoundError: No module named 'dupdetect'")
    with pytest.raises(ValueError, match="else"), said_plainly():
        raise ValueError("something else")


def test_a_bad_row_is_told_without_its_place_in_a_batch() -> None:
    config = Config()
    read = tasks.read_stories(FieldNames(id="id", text="text"), tasks.Versions.here(config), config)
    table = pa.table({"id": ["a", "b"], "text": [FOG, None]})
    with pytest.raises(InputError) as failure:
        made(read, table)
    assert failure.value.line is None
    assert "text" in str(failure.value)
    twice = pa.table({"id": ["a#2", "b", "b"], "text": [FOG, RAIN, FOG]})
    with pytest.raises(InputError, match=r"^the id 'b' stands in 2 rows; give every row an id"):
        made(read, twice)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.sampled_from(["12/04/2024", "15/04/2024", "2024-05-01", "04/25/2024", None])))
def test_dates_of_a_part_are_read_as_those_of_the_whole(dates: list[str | None]) -> None:
    whole = parse_dates(pa.array(dates, pa.large_string())).tolist()
    orders = day_orders(dates[::2]) | day_orders(dates[1::2])
    parts = [parse_dates(pa.array([date], pa.large_string()), orders) for date in dates]
    assert [int(part[0]) for part in parts] == whole


WORDS = [
    "Star\u00fd",
    "oto\u010dn\u00fd",
    "most",
    "u\u017eav\u0159en",
    "uzav\u0159en",
    "m\u011bsta",
]


@settings(max_examples=15, deadline=None)
@given(st.lists(st.lists(st.sampled_from(WORDS), min_size=4, max_size=9), min_size=3, max_size=6))
def test_lost_letters_are_those_that_the_whole_gives(stories: list[list[str]]) -> None:
    texts = [" ".join(words) for words in stories]
    texts[0] = "".join(char if char.isascii() else "\ufffd" for char in texts[0])
    expected = restore_lost([0], range(1, len(texts)), texts.__getitem__)[0]

    def rows(some: list[str]) -> pa.Table:
        return pa.table({"text": pa.array([text.encode() for text in some], pa.binary())})

    wanted = made(letters.texts_wanting(), rows(texts[:1]), COUNTED)["word"].to_pylist()
    counted = [
        made(letters.count_wanted(frozenset(wanted)), rows(part), COUNTED)
        for part in (texts[1:2], texts[2:])
    ]
    about = {field.name: pa.nulls(1, field.type) for field in STORIES if field.name != "text"}
    lost = pa.table({**about, "text": rows(texts[:1])["text"]}).select(STORIES.names)
    found = made(letters.restore(pa.concat_tables(counted)), lost)
    assert found["text"][0].as_py().decode() == expected


def test_equal_bodies_are_told_in_the_order_of_the_stories() -> None:
    table = pa.table(
        {
            "key": [11, 12, 13, 14, 15, 16],
            "published_us": [1, UNKNOWN_TIME, 2, 3, 4, 5],
            "body_words": [9, 9, 9, 7, 0, 0],
            "digest_0": [4, 4, 5, 5, 1, 1],
            "digest_1": [0, 0, 0, 0, 0, 0],
        }
    )
    found = Ordered.of(table)
    assert found.keys.tolist() == [11, 12, 13, 14, 15, 16]
    assert found.first.tolist() == [0, 0, 2, 2, 4, 5]
    assert found.has_body.tolist() == [True] * 4 + [False] * 2
    assert found.dated.tolist() == [True, False, True, True, True, True]
    assert Ordered.of(table.slice(0, 0)).first.size == 0


def test_texts_keep_their_bytes() -> None:
    config = Config()
    read = tasks.read_stories(FieldNames(id="id", text="text"), tasks.Versions.here(config), config)
    table = made(read, pa.table({"id": [7, 8], "text": [FOG, "\u00e9t\u00e9"]}))
    stories = stories_of(table, np.zeros(2, dtype=np.int64))
    assert [stories.text_of(k) for k in range(2)] == [FOG, "\u00e9t\u00e9"]
    assert stories.ids.to_pylist() == ["7", "8"]
