"""All rows written again, each with what was found of it, in the format that they came in."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from dupdetect.cli import main
from tests.support.trade_samples import FERRY, OWLS

TEXTS = [" ".join(FERRY), " ".join(OWLS), " ".join(FERRY)]
ROWS = [{"id": f"s{n}", "text": text, "more": n} for n, text in enumerate(TEXTS)]
CLUSTERS = ["s0", "s1", "s0"]


def annotated(tmp_path: Path, name: str, out: str) -> bytes:
    path = tmp_path / name
    assert main(["annotate", str(path), "-o", str(tmp_path / out), "-q"]) == 0
    return (tmp_path / out).read_bytes()


def test_json_lines(tmp_path: Path) -> None:
    lines = [json.dumps(row) for row in ROWS]
    (tmp_path / "in.jsonl").write_text("\n".join(lines))
    found = annotated(tmp_path, "in.jsonl", "out.jsonl").decode().splitlines()
    assert [line.partition(',"dupdetect"')[0] + "}" for line in found] == lines
    notes = [json.loads(line)["dupdetect"] for line in found]
    assert [note["cluster"] for note in notes] == CLUSTERS
    assert [note["canonical"] for note in notes] == [True, True, False]
    assert notes[2]["parent"] == notes[2]["keeper"] == "s0"
    assert (notes[2]["kind"], notes[2]["coverage"], notes[2]["exact"]) == ("identical", 1.0, 1.0)


def test_csv_parquet_and_arrays(tmp_path: Path) -> None:
    with (tmp_path / "in.csv").open("w", newline="") as file:
        csv.writer(file).writerows([list(ROWS[0]), *(list(row.values()) for row in ROWS)])
    pq.write_table(pa.Table.from_pylist(ROWS), tmp_path / "in.parquet")
    (tmp_path / "in.json").write_text(json.dumps(ROWS, indent=1))
    read = list(csv.DictReader(io.StringIO(annotated(tmp_path, "in.csv", "out.csv").decode())))
    assert [json.loads(row["dupdetect"])["cluster"] for row in read] == CLUSTERS
    table = pq.read_table(pa.BufferReader(annotated(tmp_path, "in.parquet", "out.parquet")))
    assert [json.loads(note)["cluster"] for note in table["dupdetect"].to_pylist()] == CLUSTERS
    assert table.drop_columns(["dupdetect"]).to_pylist() == ROWS
    array = json.loads(annotated(tmp_path, "in.json", "out.json"))
    assert [row.pop("dupdetect")["cluster"] for row in array] == CLUSTERS
    assert array == ROWS


@pytest.mark.parametrize("command", ["dedupe", "annotate"])
@pytest.mark.parametrize(
    ("given", "name", "said"),
    [
        ("in.jsonl", "out.csv", "JSON Lines; give it a name that ends in .jsonl"),
        ("in.jsonl", "out.csv.gz", "JSON Lines; give it a name that ends in .jsonl"),
        ("in.jsonl", "out.xlsx", "JSON Lines; give it a name that ends in .jsonl"),
        ("in.jsonl", "out.parquet", "JSON Lines; give it a name that ends in .jsonl"),
        ("in.csv", "out.jsonl", "CSV; give it a name that ends in .csv"),
        ("in.txt", "out.txt", "stories of texts and pages are JSON Lines; give it a name that"),
        ("in.jsonl", "out.html", "JSON Lines; give it a name that ends in .jsonl"),
    ],
)
def test_a_name_that_ends_in_another_format_is_refused(
    command: str,
    given: str,
    name: str,
    said: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "in.jsonl").write_text('{"id":"a","text":"b"}\n')
    (tmp_path / "in.csv").write_text("id,text\na,b\n")
    (tmp_path / "in.txt").write_text("One story.")
    assert main([command, str(tmp_path / given), "-o", str(tmp_path / name)]) == 1
    assert said in capsys.readouterr().err
    assert not (tmp_path / name).exists()


def test_json_lines_in_a_text_file_may_go_to_another(tmp_path: Path) -> None:
    (tmp_path / "in.txt").write_text('{"id":"a","text":"b"}\n')
    assert main(["dedupe", str(tmp_path / "in.txt"), "-o", str(tmp_path / "out.txt"), "-q"]) == 0


def test_tables_by_day(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    dates = ["2026-05-01T01:00:00Z", None, "2026-05-02"]
    rows = [{**row, "date": date} for row, date in zip(ROWS, dates, strict=True)]
    out = tmp_path / "out"
    for name, write in (("in.parquet", pq.write_table), ("in.arrow", write_arrow)):
        write(pa.Table.from_pylist(rows), tmp_path / name)
        words = ["annotate", str(tmp_path / name), "-o", str(out), "--partition", "day"]
        assert main(words) == 0
        assert "3 stories, each with its cluster, a file a day" in capsys.readouterr().out
        assert sorted(str(path.relative_to(out)) for path in out.rglob("*.parquet")) == [
            "day=2026-05-01/rows.parquet",
            "day=2026-05-02/rows.parquet",
            "day=__HIVE_DEFAULT_PARTITION__/rows.parquet",
        ]
        days = ds.partitioning(pa.schema({"day": pa.string()}), flavor="hive")
        table = ds.dataset(out, partitioning=days).to_table().sort_by("id")
        notes = [json.loads(note) for note in table["dupdetect"].to_pylist()]
        assert [note["cluster"] for note in notes] == CLUSTERS
        assert table.drop_columns(["dupdetect", "day"]).to_pylist() == rows
    pq.write_table(pa.Table.from_pylist(rows[:1]), tmp_path / "in.parquet")
    words[1] = str(tmp_path / "in.parquet")
    assert main([*words, "-q"]) == 0
    assert [path.name for path in out.iterdir()] == ["day=2026-05-01"]


def write_arrow(table: pa.Table, path: Path) -> None:
    with pa.ipc.new_file(path, table.schema) as writer:
        writer.write_table(table)


def test_lines_cannot_stand_in_a_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "in.jsonl").write_text('{"id":"a","text":"b"}\n')
    words = ["annotate", str(tmp_path / "in.jsonl"), "--partition", "day", "-o"]
    assert main([*words, str(tmp_path / "out")]) == 1
    assert "rows of jsonl cannot stand in Parquet unchanged; give a dump" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
    (tmp_path / "file").write_text("")
    assert main([*words, str(tmp_path / "file")]) == 1
    assert "is a file; give --output the name of a folder" in capsys.readouterr().err
    assert main([*words, "-"]) == 2
