"""Results for spreadsheets and graph programs."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from xml.etree import ElementTree

import pyarrow.parquet as pq

from dupdetect.cli import main
from dupdetect.output import read_clusters
from tests.support.trade_samples import FERRY, OWLS

IDS = ["=1+2", 'b<&"\x01', "-17"]
TEXTS = [" ".join(FERRY), " ".join(FERRY[1:]), " ".join(OWLS)]


def written(folder: Path, *also: str) -> Path:
    rows = [
        {"id": id_, "text": text, "publisher": "Paper, A"}
        for id_, text in zip(IDS, TEXTS, strict=True)
    ]
    (folder / "in.jsonl").write_text("\n".join(map(json.dumps, rows)))
    words = [word for kind in also for word in ("--also", kind)]
    out = folder / "out"
    assert main(["cluster", str(folder / "in.jsonl"), "-o", str(out), "-q", *words]) == 0
    return out


def test_csv_opens_in_a_spreadsheet(tmp_path: Path) -> None:
    out = written(tmp_path, "csv")
    data = (out / "clusters.csv").read_bytes()
    assert data.startswith(b"\xef\xbb\xbfid,cluster,canonical,")
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert [row["id"] for row in rows] == ["'=1+2", IDS[1], "-17"]
    assert [row["canonical"] for row in rows] == ["true", "false", "true"]
    assert rows[1]["kind"] == "truncation"
    assert rows[0]["publisher"] == "Paper, A"
    assert "furniture" not in rows[0]
    (pair,) = csv.DictReader(io.StringIO((out / "relations.csv").read_text("utf-8-sig")))
    assert (pair["a"], pair["b"], pair["b_coverage"]) == ("'=1+2", IDS[1], "1.0")


def test_graphs_hold_every_story_and_relation(tmp_path: Path) -> None:
    out = written(tmp_path, "graphml", "gexf")
    named = [IDS[0], IDS[1].replace("\x01", "\ufffd"), IDS[2]]
    for name in ("relations.graphml", "relations.gexf"):
        root = ElementTree.fromstring((out / name).read_bytes())
        found = {"node": [], "edge": []}  # type: dict[str, list[dict[str, str]]]
        for element in root.iter():
            kind = element.tag.rpartition("}")[2]
            if kind in found:
                found[kind].append(dict(element.attrib))
        assert [node["id"] for node in found["node"]] == named
        assert [(edge["source"], edge["target"]) for edge in found["edge"]] == [tuple(named[:2])]


DATED = [
    {"id": str(number), "text": text, "date": date}
    for number, (text, date) in enumerate(
        zip([*TEXTS, TEXTS[2]], ["2026-05-01T23:30:00-05:00", "2026-05-01", None, "?"], strict=True)
    )
]


def by_day(folder: Path, rows: list[dict[str, object]], *also: str) -> Path:
    (folder / "in.jsonl").write_text("\n".join(map(json.dumps, rows)))
    words = ["cluster", str(folder / "in.jsonl"), "-o", str(folder / "out"), "-q"]
    assert main([*words, *(word for kind in also for word in ("--also", kind))]) == 0
    return folder / "out" / "clusters_by_day"


def test_clusters_by_day_are_one_table_for_readers_of_partitions(tmp_path: Path) -> None:
    place = by_day(tmp_path, DATED, "parquet-by-day")  # type: ignore[arg-type]
    found = pq.read_table(place, partitioning="hive")
    days = dict(zip(found["id"].to_pylist(), map(str, found["day"].to_pylist()), strict=True))
    assert days == {"0": "2026-05-02", "1": "2026-05-01", "2": "None", "3": "None"}
    clusters = read_clusters(tmp_path / "out")
    assert found.drop_columns(["day"]).sort_by("id").to_pylist() == clusters.to_pylist()


def test_days_of_a_run_before_go(tmp_path: Path) -> None:
    place = by_day(tmp_path, DATED, "parquet-by-day")  # type: ignore[arg-type]
    by_day(tmp_path, DATED[:1], "parquet-by-day", "csv")  # type: ignore[arg-type]
    assert [path.name for path in place.iterdir()] == ["day=2026-05-02"]
    by_day(tmp_path, DATED)  # type: ignore[arg-type]
    assert not place.exists()


def test_exports_of_a_run_before_go(tmp_path: Path) -> None:
    out = written(tmp_path, "csv", "gexf")
    assert {path.name for path in out.iterdir()} == {
        *("clusters.jsonl", "relations.jsonl", "summary.json"),
        *("clusters.csv", "relations.csv", "relations.gexf"),
    }
    assert len(list(written(tmp_path).iterdir())) == 3
