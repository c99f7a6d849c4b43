"""The benchmark of credits counts agencies by period, and papers kept for judging apart."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from benchmarks.quality import credits as benchmark

UNSEEN, FITTED = "IMP", "GDL"
REST = "The ferry left at nine and came back at noon."


def test_counts_by_period_and_paper(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows: list[tuple[str, str, str, str, list[str], dict[str, int]]] = [
        ("a", FITTED, "1930-05-01", f"(Havas.) — Le ferry.\n{REST}", ["Q2826560"], {}),
        ("b", FITTED, "1980-05-01", f"BERNE (ATS-AFP). — Le ferry.\n{REST}", ["Q430109"], {}),
        ("c", UNSEEN, "1980-05-01", REST, ["Q40469"], {}),
        ("d", UNSEEN, "1936-05-01", f"Wien, 3. Mai. (Europapreß.) Die\n{REST}", ["NIL"], {}),
        ("e", UNSEEN, "1980-05-01", f"BERNE (ATS). — Le ferry.\n{REST}", ["Q430109", "unk"], {}),
    ]
    with gzip.open(tmp_path / "stories.jsonl.gz", "wt", encoding="utf-8") as stories:
        for id_, publisher, published, text, _, _ in rows:
            row = {"id": id_, "publisher": publisher, "published": published, "text": text}
            stories.write(json.dumps(row) + "\n")
    labels = [
        {"id": id_, "agency_as_source": sources, "mentions": mentions}
        for id_, _, _, _, sources, mentions in rows
    ]
    (tmp_path / "labels.jsonl").write_text("\n".join(map(json.dumps, labels)), "utf-8")
    assert benchmark.main([str(tmp_path)]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()[1:]]
    assert lines == [
        ["fitted", "1840-1969", "1", "1.000", "1.000", "1.000"],
        ["fitted", "1970-2000", "1", "0.500", "1.000", "0.667"],
        ["fitted", "all", "2", "0.667", "1.000", "0.800"],
        ["unseen", "1840-1969", "0", "0.000", "0.000", "0.000"],
        ["unseen", "1970-2000", "2", "1.000", "0.500", "0.667"],
        ["unseen", "all", "2", "1.000", "0.500", "0.667"],
    ]
