"""Results and rows written to files that appear only when they are whole, and results read back."""

from __future__ import annotations

from dupdetect.output.atomic import atomic, cannot_write, folder_for, together
from dupdetect.output.folder import (
    FORMAT,
    json_lines,
    read_clusters,
    read_relations,
    read_summary,
    write_clusters,
    write_relations,
    write_results,
    write_summary,
)
from dupdetect.output.rows import (
    NOTE_KEY,
    annotate_rows,
    annotated_table,
    copy_rows,
    require_ending,
    require_tables,
    write_rejects,
)

__all__ = [
    "FORMAT",
    "NOTE_KEY",
    "annotate_rows",
    "annotated_table",
    "atomic",
    "cannot_write",
    "copy_rows",
    "folder_for",
    "json_lines",
    "read_clusters",
    "read_relations",
    "read_summary",
    "require_ending",
    "require_tables",
    "together",
    "write_clusters",
    "write_rejects",
    "write_relations",
    "write_results",
    "write_summary",
]
