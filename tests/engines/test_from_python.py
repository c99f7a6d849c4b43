"""What Python users give and get: ids that keep their type, labels, inputs of every make."""

from __future__ import annotations

import dataclasses
import logging
import sys
from collections import UserDict, namedtuple
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pydantic
import pytest

import dupdetect
from dupdetect import Clustering, DupdetectError
from tests.support.trade_samples import FERRY, OWLS

TEXTS = ["\n".join(FERRY), "\n".join(FERRY), "\n".join(OWLS)]
IDS = [101, 102, 103]
ROWS: list[dict[str, Any]] = [
    {"id": id_, "text": text} for id_, text in zip(IDS, TEXTS, strict=True)
]
FRAME = pd.DataFrame(ROWS)
TABLE = pa.table({"id": pa.array(IDS, pa.uint64()), "text": TEXTS})

Row = namedtuple("Row", ["id", "text"])


@dataclasses.dataclass
class Story:
    id: int
    text: str


class Model(pydantic.BaseModel):
    id: int
    text: str


class Features:
    """What a data set of Hugging Face can do, as far as it is used."""

    def __init__(self, table: pa.Table) -> None:
        self.table = table
        self.features = type("Features", (), {"arrow_schema": table.schema})()
        self.column_names = table.column_names

    def select_columns(self, names: list[str]) -> Features:
        return Features(self.table.select(names))

    def with_format(self, name: str) -> Features:
        assert name == "arrow"
        return self

    def iter(self, batch_size: int) -> Iterator[pa.Table]:
        del batch_size
        yield self.table.slice(0, 2)
        yield self.table.slice(2)


def dataset(folder: Path) -> object:
    pq.write_table(TABLE, folder / "part.parquet")
    return ds.dataset(folder)


WITH_IDS: dict[str, Callable[[Path], object]] = {
    "pandas": lambda _: FRAME,
    "pandas, nullable": lambda _: FRAME.astype({"id": "Int64"}),
    "pandas, the index named id": lambda _: FRAME.set_index("id"),
    "pandas, other index": lambda _: FRAME[["text"]].set_index(pd.Index(IDS)),
    "series": lambda _: pd.Series(TEXTS, index=IDS),
    "polars": lambda _: pl.DataFrame(ROWS),
    "polars, lazy": lambda _: pl.DataFrame(ROWS).lazy(),
    "polars, an object column": lambda _: pl.DataFrame(
        {"id": IDS, "text": TEXTS, "x": pl.Series([object()] * 3, dtype=pl.Object)}
    ),
    "Arrow table": lambda _: TABLE,
    "Arrow batch": lambda _: TABLE.to_batches()[0],
    "Arrow reader": lambda _: TABLE.to_reader(),
    "Arrow data set": dataset,
    "Hugging Face data set": lambda _: Features(TABLE),
    "columns": lambda _: {"id": IDS, "text": TEXTS},
    "columns of NumPy": lambda _: {"id": np.array(IDS), "text": np.array(TEXTS, object)},
    "dictionaries": lambda _: ROWS,
    "generator": lambda _: (row for row in ROWS),
    "mappings": lambda _: [UserDict(row) for row in ROWS],
    "dataclasses": lambda _: [Story(**row) for row in ROWS],
    "models": lambda _: [Model(**row) for row in ROWS],
    "named tuples": lambda _: [Row(**row) for row in ROWS],
    "JSON Lines": lambda folder: written(folder / "a.jsonl"),
}


def written(path: Path) -> Path:
    FRAME.to_json(path, orient="records", lines=True)
    return path


@pytest.mark.parametrize("name", WITH_IDS)
def test_ids_keep_their_type_whatever_holds_them(name: str, tmp_path: Path) -> None:
    found = dupdetect.cluster(WITH_IDS[name](tmp_path))
    assert found.clusters["cluster"].to_pylist() == [101, 101, 103]
    assert found.canonical_ids() == [101, 103]
    assert found.kept_ids() == [101, 103]
    assert FRAME[FRAME["id"].isin(found.canonical_ids())].index.tolist() == [0, 2]
    assert found.copies_of(101).num_rows == found.copies_of(102).num_rows == 2
    assert found.removed().select(["id", "matched", "canonical"]).to_pylist() == [
        {"id": 102, "matched": 101, "canonical": 101}
    ]
    assert set(found.relations["a"].to_pylist()) == {101}
    assert found.labels.tolist() == [0, 0, 1]
    assert found.labels.dtype == np.int64
    assert found.keep.tolist() == [True, False, True]
    assert found.row.tolist() == [0, 1, 2]
    expected = pa.uint64() if name.startswith(("Arrow", "Hugging")) else pa.int64()
    assert found.clusters["id"].type == expected


WITHOUT_IDS: dict[str, object] = {
    "a list": TEXTS,
    "a tuple": tuple(TEXTS),
    "an array": np.array(TEXTS),
    "chunks": TABLE["text"],
    "an Arrow array": pa.array(TEXTS),
    "polars": pl.Series("a", TEXTS),
    "an index with a label twice": FRAME[["text"]].set_index(pd.Index([7, 7, 8])),
    "dictionaries whose id is null": [{"id": None, "text": text} for text in TEXTS],
}


@pytest.mark.parametrize("name", WITHOUT_IDS)
def test_without_ids_rows_are_called_by_their_number(name: str) -> None:
    found = dupdetect.cluster(WITHOUT_IDS[name])
    assert found.clusters["cluster"].to_pylist() == ["0", "0", "2"]
    assert found.labels.tolist() == [0, 0, 1]


def test_ids_of_several_types_are_strings() -> None:
    rows = [{**row, "id": id_} for row, id_ in zip(ROWS, (1, "b", 3), strict=True)]
    assert dupdetect.cluster(rows).clusters["cluster"].to_pylist() == ["1", "1", "3"]
    large = [{**row, "id": 2**63 + n} for n, row in enumerate(ROWS)]
    assert dupdetect.cluster(large).canonical_ids() == [2**63, 2**63 + 2]


def test_a_column_that_is_not_used_never_stops_a_run() -> None:
    frame = FRAME.assign(keywords=pd.Series([["a"], "a, b", object()], dtype=object))
    assert dupdetect.cluster(frame).canonical_ids() == [101, 103]
    rows = [{**row, "x": object(), "y": "\ud800", "z": {1: {2}}} for row in ROWS]
    assert dupdetect.cluster(rows).canonical_ids() == [101, 103]


def test_rows_that_were_set_aside_are_neither_kept_nor_labelled() -> None:
    frame = pd.concat([FRAME[:1], pd.DataFrame([{"id": 7, "text": None}]), FRAME[1:]])
    found = dupdetect.cluster(frame, on_bad_row="skip")
    assert found.labels.tolist() == [0, -1, 0, 1]
    assert found.keep.tolist() == [True, False, False, True]
    assert found.row.tolist() == [0, 2, 3]
    assert frame[found.keep]["id"].tolist() == [101, 103]


def test_frames_of_pandas_and_polars() -> None:
    found = dupdetect.cluster(FRAME)
    assert found.to_pandas()["parent"].astype(object).tolist() == [pd.NA, 101, pd.NA]
    assert FRAME.merge(found.to_pandas(), on="id")["cluster"].tolist() == [101, 101, 103]
    assert found.to_polars()["cluster"].to_list() == [101, 101, 103]
    assert dupdetect.cluster(TEXTS).to_pandas()["cluster"].tolist() == ["0", "0", "2"]


def test_data_sets_of_hugging_face(monkeypatch: pytest.MonkeyPatch) -> None:
    found = dupdetect.cluster(FRAME)
    with monkeypatch.context() as without:
        without.setitem(sys.modules, "datasets", None)
        with pytest.raises(DupdetectError, match="install it with 'pip install datasets'"):
            found.to_dataset()
    datasets = pytest.importorskip("datasets", reason="datasets is not installed")
    given = datasets.Dataset.from_dict({"id": [101, 102, 103], "text": TEXTS})
    found = dupdetect.cluster(given)
    assert found.to_dataset()["cluster"][:] == [101, 101, 103]
    assert found.to_dataset().to_list() == found.clusters.to_pylist()
    assert given.select(np.flatnonzero(found.keep))["id"][:] == [101, 103]


@pytest.mark.parametrize("form", ["jsonl", "parquet"])
def test_results_are_read_back_as_they_were(form: Any, tmp_path: Path) -> None:
    for source in (FRAME, TABLE, TEXTS):
        found = dupdetect.cluster(source)
        found.write(tmp_path, format=form)
        again = Clustering.read(tmp_path)
        assert again.clusters.equals(found.clusters)
        assert again.relations.equals(found.relations)
        assert again.labels.tolist() == found.labels.tolist()
        assert again.canonical_ids() == found.canonical_ids()
    dupdetect.cluster([*TEXTS, None], on_bad_row="skip").write(tmp_path, format=form)
    with pytest.raises(DupdetectError, match="rows were set aside"):
        _ = Clustering.read(tmp_path).labels


def test_an_empty_input_is_an_empty_result() -> None:
    sources: list[Any] = [[], iter(()), FRAME[:0], TABLE[:0], {"text": []}]
    for source in [*sources, pd.Series([], dtype=str)]:
        found = dupdetect.cluster(source)
        assert found.canonical_ids() == found.labels.tolist() == []
        assert found.summary["stories"] == 0


@pytest.mark.parametrize(
    "arguments",
    [
        {"config": {"contained": 0.9}},
        {"names": {"text": "body"}},
        {"threads": "2"},
        {"on_bad_row": "ignore"},
        {"duplicate_id": None},
        {"relations": "some"},
    ],
)
def test_arguments_of_a_wrong_type_are_refused(arguments: dict[str, Any]) -> None:
    with pytest.raises(DupdetectError, match=f"{next(iter(arguments))}.*expected.*; "):
        dupdetect.cluster(TEXTS, **arguments)


def test_comparing_what_is_no_text_is_refused() -> None:
    for pair in ((None, "a"), ("a", b"b"), ("a", 5)):
        with pytest.raises(DupdetectError, match="expected str; pass a text"):
            dupdetect.compare(*pair)
    with pytest.raises(DupdetectError, match="config: dict, expected Config"):
        dupdetect.compare("a", "b", config={})  # type: ignore[arg-type]


def test_an_id_that_is_none_of_them_is_named() -> None:
    found = dupdetect.cluster(FRAME)
    with pytest.raises(DupdetectError, match="999: no such story"):
        found.copies_of(999)
    with pytest.raises(KeyError, match="those of `clusters` are of type int64"):
        found.copies_of("101")


def test_what_a_caller_should_know_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    rows = [{**row, "id": 1, "date": "soon"} for row in ROWS]
    with caplog.at_level(logging.INFO, logger="dupdetect"):
        found = dupdetect.cluster([*rows, {"id": 5, "text": None}], on_bad_row="skip")
    assert found.canonical_ids() == ["1", "1#3"]
    assert found.summary["repeated_ids"] == 2
    assert found.summary["unread"] == {"published": 3}
    said = " ".join(record.getMessage() for record in caplog.records)
    assert "stories read: 3, from inputs: 1" in said
    assert "rows set aside: 1" in said
    assert "rows renamed, as they have the id of another: 2" in said
    assert "published: values that could not be read and count as unknown: 3" in said


def test_a_row_set_aside_decides_no_type_of_id() -> None:
    story = "The ferry to Gozo was stopped by fog at dawn and sailed again before noon."
    rows = [{"id": 0, "text": story}, {"id": 7, "text": story + " So."}, {"id": None, "text": "x"}]
    found = dupdetect.cluster(rows, on_bad_row="skip")
    assert found.clusters["id"].to_pylist() == [0, 7]
