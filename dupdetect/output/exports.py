"""Results for other programs: CSV for spreadsheets, graphs, Parquet by day for query engines."""

from __future__ import annotations

import csv
import io
import re
from contextlib import ExitStack, suppress
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from dupdetect.output.atomic import atomic, folder_for
from dupdetect.support.arguments import require_choice
from dupdetect.support.columns import to_arrow
from dupdetect.support.dates import UNKNOWN_TIME, parse_dates

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "EXPORTS",
    "Export",
    "clear_days",
    "clear_exports",
    "export_names",
    "former_days",
    "former_exports",
    "write_by_day",
    "write_export",
]

Export = Literal["csv", "graphml", "gexf", "parquet-by-day"]
EXPORTS: tuple[Export, ...] = ("csv", "graphml", "gexf", "parquet-by-day")

_BY_DAY = "clusters_by_day"
_NO_DAY = "__HIVE_DEFAULT_PARTITION__"
"""What readers of folders named ``day=...`` take for a missing value."""

_MICROSECONDS_A_DAY = 86_400_000_000
_UNKNOWN_DAY = np.iinfo(np.int64).max

_BETWEEN = "; "  # entries of a list of names
_FORMULA = r"[=+\-@\t\r]"
_NUMBER = r"[+-]?\d+(?:[.,]\d+)?"
_NO_XML = "[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
_NODE = ("cluster", "canonical", "publisher", "published", "credits")
_EDGE = ("kind", "kept", "a_coverage", "b_coverage", "resemblance", "words")
_TYPES = {"canonical": "boolean", "words": "long"}
_DOUBLES = frozenset({"a_coverage", "b_coverage", "resemblance"})


def export_names(kind: Export) -> tuple[str, ...]:
    """Return the names of the files of an export; one that is a folder ends in a slash."""
    if kind == "parquet-by-day":
        return (f"{_BY_DAY}/",)
    return ("clusters.csv", "relations.csv") if kind == "csv" else (f"relations.{kind}",)


def former_exports(folder: Path) -> list[Path]:
    """Return the files that exports of any kind have, or may have, in a folder of results."""
    files = [folder / name for kind in EXPORTS for name in export_names(kind) if name[-1] != "/"]
    return files + former_days(folder / _BY_DAY, "clusters.parquet")


def former_days(folder: Path, name: str) -> list[Path]:
    """Return the files of that name that stand in the folder's days."""
    return sorted(folder.glob(f"day=*/{name}"))


def clear_exports(folder: Path) -> None:
    """Remove the folders of days that hold nothing any more."""
    clear_days(folder / _BY_DAY)
    with suppress(OSError):  # not empty, or not there
        (folder / _BY_DAY).rmdir()


def clear_days(folder: Path) -> None:
    """Remove the days of a folder that hold nothing any more."""
    for place in folder.glob("day=*"):
        with suppress(OSError):  # not empty
            place.rmdir()


def write_export(kind: Export, folder: Path, *, clusters: pa.Table, relations: pa.Table) -> None:
    """Write the results once more for another program.

    Parameters
    ----------
    kind : {"csv", "graphml", "gexf", "parquet-by-day"}
        CSV leaves out the columns that hold spans, puts "; " between agencies, begins with a byte
        order mark, and puts an apostrophe before a cell that a spreadsheet would take for a
        formula. A graph has a node a story and an edge a relation, from ``a`` to ``b``. By day: the
        table of clusters, a file a day of publication (UTC) in folders named as Hive does,
        ``day=2026-05-01``.
    folder : Path
        Must exist.
    clusters, relations : pyarrow.Table
        Of `dupdetect.products.schemas`, ids as strings.

    Raises
    ------
    ConfigError
        When the kind is not known.
    OutputError
        When a file cannot be written.
    """
    require_choice("export", kind, EXPORTS)
    if kind == "csv":
        for table, name in zip((clusters, relations), export_names(kind), strict=True):
            _write(folder / name, _csv_blocks(table))
    elif kind == "parquet-by-day":
        published = clusters["published"].cast(pa.large_string()).combine_chunks()
        write_by_day(folder / _BY_DAY, clusters, parse_dates(published), "clusters.parquet")
    else:
        blocks = _graphml if kind == "graphml" else _gexf
        _write(folder / export_names(kind)[0], blocks(clusters, relations))


def _write(path: Path, blocks: Iterator[str]) -> None:
    with atomic(path) as file:
        for block in blocks:
            file.write(block.encode("utf-8", "replace"))


def write_by_day(folder: Path, rows: pa.Table, published_us: NDArray[np.int64], name: str) -> None:
    """Write rows as Parquet, a file a day of publication (UTC), as readers of partitions expect it.

    Parameters
    ----------
    folder : Path
        Made if it is not there; gets a folder ``day=2026-05-01`` for each day.
    rows : pyarrow.Table
        What is written; a day keeps their order.
    published_us : ndarray of int64, shape (rows,)
        Microseconds since 1970, or `UNKNOWN_TIME`.
    name : str
        Of the file in each folder.

    Raises
    ------
    OutputError
        When a file cannot be written.
    """
    import pyarrow.parquet as pq  # noqa: PLC0415  (slow to load, rarely wanted)

    unknown = published_us == UNKNOWN_TIME
    days = np.where(unknown, _UNKNOWN_DAY, published_us // _MICROSECONDS_A_DAY)
    order = np.argsort(days, kind="stable")
    found, starts = np.unique(days[order], return_index=True)
    with ExitStack() as folders:
        folders.enter_context(folder_for(folder))
        for day, start, end in zip(found, starts, [*starts[1:], order.size], strict=True):
            said = _NO_DAY if day == _UNKNOWN_DAY else str(np.datetime64(int(day), "D"))
            place = folders.enter_context(folder_for(folder / f"day={said}"))
            with atomic(place / name) as file:
                of_day = rows.take(to_arrow(order[start:end]))
                pq.write_table(of_day, file, compression="zstd")


def _csv_blocks(table: pa.Table) -> Iterator[str]:
    flat = table.select([field.name for field in table.schema if not _holds_spans(field.type)])
    yield "\ufeff" + ",".join(flat.schema.names) + "\r\n"
    for batch in flat.to_batches():
        out = io.StringIO()
        writer = csv.writer(out)
        for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            writer.writerow([_cell(value) for value in row])
        yield out.getvalue()


def _holds_spans(kind: pa.DataType) -> bool:
    return bool(pa.types.is_list(kind)) and not pa.types.is_string(kind.value_type)


def _cell(value: object) -> object:
    if isinstance(value, list):
        value = _BETWEEN.join(value)
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, str) or not re.match(_FORMULA, value):
        return value
    return value if re.fullmatch(_NUMBER, value) else f"'{value}"


def _rows(table: pa.Table, *names: str) -> Iterator[tuple[Any, ...]]:
    for batch in table.select(list(names)).to_batches():
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


def _attribute(value: object) -> str:
    return f'"{_text(value)}"'


def _type_of(name: str) -> str:
    return _TYPES.get(name, "double" if name in _DOUBLES else "string")


def _text(value: object) -> str:
    if isinstance(value, list):
        value = _BETWEEN.join(value)
    said = str(value).lower() if isinstance(value, bool) else str(value)
    return escape(re.sub(_NO_XML, "\ufffd", said)).replace("\n", "&#10;").replace("\r", "&#13;")


def _graphml(clusters: pa.Table, relations: pa.Table) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="UTF-8"?>\n'
    yield '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">\n'
    for owner, names in (("node", _NODE), ("edge", _EDGE)):
        for name in names:
            kind = _type_of(name)
            yield f'<key id="{name}" for="{owner}" attr.name="{name}" attr.type="{kind}"/>\n'
    yield '<graph edgedefault="directed">\n'
    for id_, *values in _rows(clusters, "id", *_NODE):
        yield f"<node id={_attribute(id_)}>{_data(_NODE, values)}</node>\n"
    for a, b, *values in _rows(relations, "a", "b", *_EDGE):
        ends = f"source={_attribute(a)} target={_attribute(b)}"
        yield f"<edge {ends}>{_data(_EDGE, values)}</edge>\n"
    yield "</graph>\n</graphml>\n"


def _data(names: tuple[str, ...], values: list[Any]) -> str:
    return "".join(
        f'<data key="{name}">{_text(value)}</data>'
        for name, value in zip(names, values, strict=True)
        if value is not None
    )


def _gexf(clusters: pa.Table, relations: pa.Table) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="UTF-8"?>\n'
    yield '<gexf xmlns="http://gexf.net/1.3" version="1.3">\n<graph defaultedgetype="directed">\n'
    for owner, names in (("node", _NODE), ("edge", _EDGE)):
        yield f'<attributes class="{owner}">\n'
        for name in names:
            yield f'<attribute id="{name}" title="{name}" type="{_type_of(name)}"/>\n'
        yield "</attributes>\n"
    yield "<nodes>\n"
    for id_, *values in _rows(clusters, "id", *_NODE):
        named = f"id={_attribute(id_)} label={_attribute(id_)}"
        yield f"<node {named}>{_values(_NODE, values)}</node>\n"
    yield "</nodes>\n<edges>\n"
    for number, (a, b, *values) in enumerate(_rows(relations, "a", "b", *_EDGE)):
        ends = f'id="{number}" source={_attribute(a)} target={_attribute(b)}'
        yield f"<edge {ends}>{_values(_EDGE, values)}</edge>\n"
    yield "</edges>\n</graph>\n</gexf>\n"


def _values(names: tuple[str, ...], values: list[Any]) -> str:
    inner = "".join(
        f'<attvalue for="{name}" value={_attribute(value)}/>'
        for name, value in zip(names, values, strict=True)
        if value is not None
    )
    return f"<attvalues>{inner}</attvalues>"
