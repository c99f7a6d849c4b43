"""Parts of a collection whose cost is measured against their size."""

from __future__ import annotations

import gzip
from pathlib import Path

from benchmarks.scale.__main__ import Input, cases_of, stories_of


def test_parts_of_files_are_rows_as_they_are(tmp_path: Path) -> None:
    rows = [b'{"id": %d}' % number for number in range(20)]
    plain, packed = tmp_path / "a.jsonl", tmp_path / "b.jsonl.gz"
    plain.write_bytes(b"\n".join(rows[:9]))  # no line break at the end
    packed.write_bytes(gzip.compress(b"\n\n".join(rows[9:]) + b"\n"))
    sources = plain, packed
    found = cases_of(sources)
    assert [(case.stories, case.threads) for case in found] == [
        (3, 1), (5, 1), (10, 1), (20, 1), (20, 2)
    ]  # fmt: skip
    given = Input(tmp_path, 1, sources)
    parts = [stories_of(case, given).read_bytes().splitlines() for case in found]
    assert parts == [rows[::8], rows[::4], rows[::2], rows, rows]
