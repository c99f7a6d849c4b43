"""Clusters, relations and the summary: to JSON Lines or Parquet, and back."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from dupdetect.errors import ConfigError, FormatError, FormatVersionError
from dupdetect.output.atomic import atomic, folder_for, together
from dupdetect.output.tables import with_id_type
from dupdetect.support.columns import scalar, strings_to_arrow, to_arrow, to_numpy

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
from dupdetect.products.schemas import CLUSTERS, KEPT, KINDS, RELATIONS

__all__ = [
    "FORMAT",
    "TableFormat",
    "json_lines",
    "read_clusters",
    "read_relations",
    "read_summary",
    "write_clusters",
    "write_relations",
    "write_results",
    "write_summary",
]

FORMAT = 2
"""Version of the files in an output folder."""

READABLE = (1, 2)
"""Versions that are read; what the first lacks is null, and its passages do not say their words."""

_SUMMARY: dict[str, type] = {
    **dict.fromkeys(("stories", "clusters", "kept", "removed", "rejected"), int),
    **dict.fromkeys(("kinds", "kept_parts", "furniture", "stock_phrases", "config"), dict),
    **dict.fromkeys(("inputs", "excepted"), list),
}
"""What every reader of a summary relies on."""

TableFormat = Literal["jsonl", "parquet"]
_Path = str | os.PathLike[str]
_ROWS = 16_384
_NEW = {
    "clusters": (
        *("exact", "parent_exact", "certainty", "canonical_coverage", "keeper", "keeper_exact"),
        *("furniture", "place"),
    ),
    "relations": ("a_exact", "b_exact", "certainty", "changed"),
}
"""Columns that version 1 lacks."""

_LENGTHS: dict[str, tuple[int, ...]] = {"place": (4,)}
_ROW_LENGTHS: dict[str, tuple[int, ...]] = {
    **{"credit_spans": (2,), "furniture": (2,)},
    **{"passages": (6, 4), "changed": (4,)},
}
"""Numbers in each list, and in each list of a list; passages of version 1 have four."""

_ONE_CREDIT = {
    pa.field("credit", pa.string()): "credits",
    pa.field("credit_span", pa.list_(pa.int64())): "credit_spans",
}
"""Columns of one credit a story, as they were before lists of them; their names now."""

_VERSION_KEY = b"dupdetect_format"
_TEXT = pa.large_string()
_LONGEST_LINE = 256 << 20


def write_clusters(table: pa.Table, path: _Path, format: TableFormat = "jsonl") -> None:  # noqa: A002
    """Write a table of `records.CLUSTERS`; `OutputError` when it cannot be written."""
    _write(table, path, format)


def write_relations(table: pa.Table, path: _Path, format: TableFormat = "jsonl") -> None:  # noqa: A002
    """Write a table of `records.RELATIONS`; `OutputError` when it cannot be written."""
    _write(table, path, format)


def write_summary(summary: Mapping[str, Any], path: _Path) -> None:
    """Write the summary as indented JSON; `OutputError` when it cannot be written."""
    option = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE | orjson.OPT_SERIALIZE_NUMPY
    with atomic(path) as file:
        file.write(orjson.dumps(summary, option=option))


def write_results(
    folder: _Path,
    *,
    clusters: pa.Table,
    relations: pa.Table,
    summary: Mapping[str, Any],
    format: TableFormat = "jsonl",  # noqa: A002
) -> None:
    """Write all files of an output folder; they take their names together.

    Results that were there before stay whole until then, and go for good: also those of the
    other format. Where a file cannot take its name they come back. A folder in which a run was
    killed at that very moment has no summary, so that nothing reads a mixture.

    Parameters
    ----------
    folder : path-like
        Made if it is not there.
    clusters, relations, summary : pa.Table and mapping of str to any
        As for `write_clusters`, `write_relations` and `write_summary`.
    format : TableFormat
        Of the two tables.

    Raises
    ------
    OutputError
        When the folder or a file in it cannot be written.
    """
    other = "parquet" if format == "jsonl" else "jsonl"
    with folder_for(folder) as place:
        outdated = ("summary.json", f"clusters.{other}", f"relations.{other}")
        with together(instead_of=[place / name for name in outdated]):
            write_clusters(clusters, place / f"clusters.{format}", format)
            write_relations(relations, place / f"relations.{format}", format)
            write_summary(summary, place / "summary.json")


def read_clusters(folder: _Path) -> pa.Table:
    """Read ``clusters.jsonl`` or ``clusters.parquet`` of an output folder.

    Returns
    -------
    pa.Table
        With the columns of `records.CLUSTERS`.

    Raises
    ------
    FormatError
        When there is none or it is damaged; `FormatVersionError` when it, or the folder's
        summary, is of a version that is not in `READABLE`.
    """
    return _read(Path(folder), "clusters", CLUSTERS)


def read_relations(folder: _Path) -> pa.Table:
    """Read ``relations.jsonl`` or ``relations.parquet`` as `read_clusters` does the clusters."""
    return _read(Path(folder), "relations", RELATIONS)


def read_summary(folder: _Path) -> dict[str, Any]:
    """Read ``summary.json`` of an output folder.

    Raises
    ------
    FormatError
        When there is none or it is damaged; `FormatVersionError` when it is of a version that is
        not in `READABLE`.
    """
    path = Path(folder) / "summary.json"
    try:
        summary = orjson.loads(path.read_bytes())
    except OSError as error:
        msg = f"{path}: cannot be read: {error.strerror}; give a folder that 'cluster' wrote"
        if Path(folder).is_file():
            msg = f"{os.fspath(folder)}: is a file; give a folder that 'cluster' wrote"
        raise FormatError(msg) from error
    except orjson.JSONDecodeError as error:
        msg = f"{path}: is damaged: {error.msg}; run 'cluster' again"
        raise FormatError(msg) from error
    if not isinstance(summary, dict) or "format" not in summary:
        raise FormatError(f"{path}: says no format version; give a folder that 'cluster' wrote")
    _require_version(path, summary["format"])
    for name, kind in _SUMMARY.items():
        if not isinstance(summary.get(name), kind):
            what = "nothing" if name not in summary else type(summary[name]).__name__
            raise FormatError(
                f"{path}: is damaged: {name!r} is {what}, expected {kind.__name__}; "
                "run 'cluster' again"
            )
    for source in summary["inputs"]:
        usable = isinstance(source, dict) and isinstance(source.get("fields"), dict)
        if not usable or not isinstance(source.get("path"), str):
            raise FormatError(f"{path}: is damaged: an input has no path; run 'cluster' again")
    return summary


def _require_version(path: Path, found: object) -> None:
    if found not in READABLE or isinstance(found, bool):
        raise FormatVersionError(
            f"{path}: is of format {found!r}, this release reads formats 1 and 2; "
            "run 'cluster' again, or use the release that wrote it"
        )


def _write(table: pa.Table, path: _Path, kind: TableFormat) -> None:
    if kind == "parquet":
        import pyarrow.parquet as pq  # noqa: PLC0415  (slow to load, rarely wanted)

        metadata = {**(table.schema.metadata or {}), _VERSION_KEY: str(FORMAT).encode()}
        with atomic(path) as file:
            pq.write_table(table.replace_schema_metadata(metadata), file, compression="zstd")
    elif kind == "jsonl":
        with atomic(path) as file:
            for block in json_lines(with_id_type(table, None)):
                file.write(block)
    else:
        raise ConfigError(f"format {kind!r} is not known; give 'jsonl' or 'parquet'")


def json_lines(table: pa.Table) -> Iterator[memoryview]:
    """Build the lines column by column: no Python object a row."""
    for batch in table.to_batches(max_chunksize=_ROWS):
        if not batch.num_rows:
            continue
        parts: list[Any] = []
        for name, column in zip(batch.schema.names, batch.columns, strict=True):
            parts += [f'{"," if parts else "{"}"{name}":', _as_json(column)]
        lines = _joined(*parts, "}\n")
        start = int.from_bytes(memoryview(lines.buffers()[1])[:8], "little")
        ends = memoryview(lines.buffers()[1]).cast("B").cast("q")
        yield memoryview(lines.buffers()[2])[start : ends[len(lines)]]


def _as_json(column: pa.Array) -> pa.LargeStringArray:
    kind = column.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        values = _quoted(column.cast(pa.large_string()))
    elif pa.types.is_list(kind) or pa.types.is_large_list(kind):
        inner = _as_json(column.flatten())
        lengths = to_numpy(pc.list_value_length(column), missing=0)
        ends = np.concatenate([[0], lengths.cumsum()], dtype=np.int64)
        lists = pa.LargeListArray.from_arrays(to_arrow(ends), inner)
        bare = _joined("[", pc.binary_join(lists, scalar(",", _TEXT)), "]")
        values = pc.if_else(column.is_valid(), bare, scalar(None, _TEXT))
    elif pa.types.is_floating(kind):
        finite = pc.if_else(pc.is_finite(column), column, scalar(None, kind))
        values = finite.cast(pa.string()).cast(pa.large_string())
        whole = pc.match_substring_regex(values, "^-?[0-9]+$")
        values = pc.if_else(whole, _joined(values, ".0"), values)
    else:
        values = column.cast(pa.string()).cast(pa.large_string())
    return pc.fill_null(values, scalar("null", _TEXT))


def _joined(*parts: str | pa.LargeStringArray) -> pa.LargeStringArray:
    typed = [scalar(part, _TEXT) if isinstance(part, str) else part for part in parts]
    return pc.binary_join_element_wise(*typed, scalar("", _TEXT))


def _quoted(column: pa.LargeStringArray) -> pa.LargeStringArray:
    escaped = pc.replace_substring(column, "\\", "\\\\")
    escaped = pc.replace_substring(escaped, '"', '\\"')
    quoted = _joined('"', escaped, '"')
    control = pc.match_substring_regex(column, "[\\x00-\\x1f]")
    if pc.any(control).as_py():
        values = [
            None if value is None else orjson.dumps(value).decode()
            for value in column.filter(control).to_pylist()
        ]
        control = pc.and_kleene(control, column.is_valid())
        quoted = pc.replace_with_mask(quoted, control, strings_to_arrow(values, _TEXT))
    return quoted


def _read(folder: Path, name: str, schema: pa.Schema) -> pa.Table:
    version = read_summary(folder)["format"]
    for suffix in ("jsonl", "parquet"):
        path = folder / f"{name}.{suffix}"
        if path.is_file():
            break
    else:
        msg = f"{folder}: holds no {name}.jsonl or {name}.parquet; run 'cluster' again"
        raise FormatError(msg)
    try:
        table = _read_jsonl(path, schema) if suffix == "jsonl" else _read_parquet(path)
        if version == 1:
            for column in set(_NEW[name]) - set(table.schema.names):
                field = schema.field(column)
                table = table.append_column(field, pa.nulls(table.num_rows, field.type))
        table = _with_lists_of_credits(table)
        missing = [name for name in schema.names if name not in table.schema.names]
        if missing:
            raise FormatError(f"{path}: has no column {missing[0]!r}; run 'cluster' again")
        table = table.select(schema.names).cast(schema)
        table.validate(full=True)  # strings that are not UTF-8
        _check_names(path, table)
        _check_lengths(path, table)
    except (pa.ArrowException, OSError, ValueError) as error:
        said = str(error).splitlines()[0]
        raise FormatError(f"{path}: is damaged: {said}; run 'cluster' again") from error
    return table


def _with_lists_of_credits(table: pa.Table) -> pa.Table:
    """Read one agency a story as a list of one, where a table has no lists of them yet."""
    for old, new in _ONE_CREDIT.items():
        if old.name in table.schema.names and _is_missing(table, new):
            column = table[old.name].combine_chunks().cast(old.type)
            ends = np.concatenate([[0], np.cumsum(to_numpy(column.is_valid()))])
            offsets = to_arrow(ends.astype(np.int32), np.append(to_numpy(column.is_null()), False))
            lists = pa.ListArray.from_arrays(offsets, column.drop_null())
            if new in table.schema.names:
                table = table.drop_columns([new])
            table = table.append_column(new, lists)
    return table


def _is_missing(table: pa.Table, name: str) -> bool:
    return name not in table.schema.names or table[name].null_count == table.num_rows


def _check_names(path: Path, table: pa.Table) -> None:
    for column, known in (("kind", KINDS[1:]), ("kept", KEPT[1:])):
        others = set(pc.unique(table[column]).to_pylist()) - {None, *known}
        if others:
            raise FormatError(
                f"{path}: {column} = {min(others)!r}, expected one of "
                f"{', '.join(map(str, known))}; run 'cluster' again"
            )


def _check_lengths(path: Path, table: pa.Table) -> None:
    for column in table.schema.names:
        if column in _LENGTHS:
            allowed, lists = _LENGTHS[column], table[column]
        elif column in _ROW_LENGTHS:
            allowed, lists = _ROW_LENGTHS[column], pc.list_flatten(table[column])
        else:
            continue
        others = set(pc.unique(pc.list_value_length(lists)).to_pylist()) - {None, *allowed}
        if others:
            raise FormatError(
                f"{path}: {column}: a list of {min(others)} numbers, expected {allowed[0]}; "
                "run 'cluster' again"
            )


def _read_jsonl(path: Path, schema: pa.Schema) -> pa.Table:
    import pyarrow.json as pj  # noqa: PLC0415  (slow to load)

    size = path.stat().st_size
    if size == 0:
        return schema.empty_table()
    _check_lines(path)
    nullable = pa.schema([*(field.with_nullable(True) for field in schema), *_ONE_CREDIT])
    with path.open("rb") as file:  # Arrow opens no name that is not UTF-8
        return pj.read_json(
            file,
            read_options=pj.ReadOptions(block_size=min(size + 1, _LONGEST_LINE)),
            parse_options=pj.ParseOptions(
                explicit_schema=nullable, unexpected_field_behavior="ignore"
            ),
        )


def _check_lines(path: Path) -> None:
    """Refuse what is not well formed: the table reader can end the process there."""
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            try:
                row = orjson.loads(line)
            except orjson.JSONDecodeError as error:
                row = error
            if not isinstance(row, dict):
                said = f"line {number} is no JSON object"
                raise FormatError(f"{path}: is damaged: {said}; run 'cluster' again")


def _read_parquet(path: Path) -> pa.Table:
    import pyarrow.parquet as pq  # noqa: PLC0415  (slow to load)

    with path.open("rb") as file:
        table = pq.read_table(file)
    found = (table.schema.metadata or {}).get(_VERSION_KEY, b"(none)").decode("utf-8", "replace")
    _require_version(path, int(found) if found.isdigit() else found)
    return table
