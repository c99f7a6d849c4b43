"""Results are read back as they were written, and only in a version that is known."""

from __future__ import annotations

from pathlib import Path

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dupdetect import output
from dupdetect.errors import ConfigError, FormatError, FormatVersionError
from dupdetect.output.folder import TableFormat
from dupdetect.products.schemas import CLUSTERS, KEPT, KINDS, RELATIONS

words = st.text(max_size=5) | st.sampled_from(['"', "\\", "\n", "\x00", "\x1f\x7f", "ł"])
shares = st.floats(0, 1) | st.sampled_from([0.0, 1.0, 1e-7])
LENGTHS = {"credit_spans": 2, "place": 4, "furniture": 2, "passages": 6, "changed": 4}
SUMMARY = {
    "format": 2,
    **dict.fromkeys(("stories", "clusters", "kept", "removed", "rejected"), 2),
    **{key: {} for key in ("kinds", "kept_parts", "furniture", "stock_phrases", "config")},
    "inputs": [{"path": "a.jsonl", "fields": {"text": "text"}}],
    "excepted": [],
}
GOOD = orjson.dumps(SUMMARY)
ROW = b'{"id":"a","cluster":"a","canonical":true}'
BY_TYPE = {
    pa.string(): words,
    pa.bool_(): st.booleans(),
    pa.float64(): shares,
    pa.list_(pa.string()): st.lists(words, max_size=3),
    pa.int64(): st.integers(-(2**63), 2**63 - 1),
}


def values_of(field: pa.Field) -> st.SearchStrategy[object]:
    names = {"kind": KINDS[1:], "kept": KEPT[1:]}
    if field.name in LENGTHS:
        length = LENGTHS[field.name]
        row = st.lists(st.integers(0, 2**40), min_size=length, max_size=length)
        return row if pa.types.is_int64(field.type.value_type) else st.lists(row, max_size=3)
    return st.sampled_from(names[field.name]) if field.name in names else BY_TYPE[field.type]


@st.composite
def tables(draw: st.DrawFn, schema: pa.Schema) -> pa.Table:
    rows = draw(
        st.lists(
            st.fixed_dictionaries(
                {
                    field.name: values_of(field) | st.none() if field.nullable else values_of(field)
                    for field in schema
                }
            ),
            max_size=5,
        )
    )
    return pa.Table.from_pylist(rows, schema)


@settings(max_examples=60, deadline=None)
@given(
    clusters=tables(CLUSTERS),
    relations=tables(RELATIONS),
    kind=st.sampled_from(["jsonl", "parquet"]),
)
def test_round_trip(
    tmp_path_factory: pytest.TempPathFactory,
    clusters: pa.Table,
    relations: pa.Table,
    kind: TableFormat,
) -> None:
    folder = tmp_path_factory.mktemp("out")
    output.write_summary(SUMMARY, folder / "summary.json")
    output.write_clusters(clusters, folder / f"clusters.{kind}", kind)
    output.write_relations(relations, folder / f"relations.{kind}", kind)
    assert output.read_clusters(folder).equals(clusters)
    assert output.read_relations(folder).equals(relations)
    assert output.read_summary(folder)["stories"] == 2
    if kind == "jsonl":
        lines = (folder / "relations.jsonl").read_bytes().splitlines()
        assert [orjson.loads(line) for line in lines] == relations.to_pylist()


def folder_with(tmp_path: Path, summary: bytes, clusters: bytes | None = b"") -> Path:
    (tmp_path / "summary.json").write_bytes(summary)
    if clusters is not None:
        (tmp_path / "clusters.jsonl").write_bytes(clusters)
    return tmp_path


@pytest.mark.parametrize(
    ("summary", "clusters", "pattern"),
    [
        (b"{", b"", "summary.json: is damaged"),
        (b"[]", b"", "says no format version"),
        (b'{"format":1}', b"", "'stories' is nothing, expected int; run 'cluster' again"),
        (GOOD.replace(b'"config":{}', b'"config":7'), b"", "'config' is int, expected dict"),
        (GOOD.replace(b'"path"', b'"pth"'), b"", "an input has no path"),
        (GOOD.replace(b'"fields":{', b'"field":{'), b"", "an input has no path"),
        (b"[" * 5000, b"", "summary.json: is damaged"),
        (GOOD, None, "holds no clusters.jsonl or clusters.parquet"),
        (GOOD, b"{", "clusters.jsonl: is damaged"),
        (
            GOOD,
            ROW[:-1] + b',"credit_spans":[[7]]}',
            "credit_spans: a list of 1 numbers, expected 2",
        ),
        (GOOD, ROW[:-1] + b',"furniture":[[7]]}', "furniture: a list of 1 numbers, expected 2"),
        (GOOD, b'{"id":1}\n', "clusters.jsonl: is damaged"),
        (GOOD, b'{"id":"a"}\n', "clusters.jsonl: is damaged"),
    ],
)
def test_damaged_folders(
    tmp_path: Path, summary: bytes, clusters: bytes | None, pattern: str
) -> None:
    with pytest.raises(FormatError, match=pattern):
        output.read_clusters(folder_with(tmp_path, summary, clusters))


@pytest.mark.parametrize("version", [b"3", b"0", b'"1"', b"null", b"true"])
def test_other_versions_are_refused_by_name(tmp_path: Path, version: bytes) -> None:
    folder = folder_with(tmp_path, b'{"format":' + version + b"}")
    with pytest.raises(
        FormatVersionError, match="this release reads formats 1 and 2; run 'cluster'"
    ):
        output.read_relations(folder)


def test_parquet_of_another_version_or_none(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, GOOD, None)
    table = CLUSTERS.empty_table()
    for metadata in ({}, {"dupdetect_format": "3"}):
        pq.write_table(table.replace_schema_metadata(metadata), folder / "clusters.parquet")
        with pytest.raises(FormatVersionError):
            output.read_clusters(folder)


def test_no_folder_and_unknown_format(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="cannot be read: No such file"):
        output.read_summary(tmp_path / "nothing")
    with pytest.raises(ConfigError, match="give 'jsonl' or 'parquet'"):
        output.write_clusters(CLUSTERS.empty_table(), tmp_path / "a", "csv")  # type: ignore[arg-type]
