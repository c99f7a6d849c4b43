"""Results of every format version stay readable; a folder holds those of one run, or none."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import dupdetect
from dupdetect import output
from dupdetect.cli import main
from dupdetect.errors import FormatError, FormatVersionError, OutputError
from dupdetect.products.schemas import CLUSTERS, RELATIONS

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "tests" / "data" / "results"
FOLDERS = ["v1-jsonl", "v1-parquet", "v2-jsonl", "v2-parquet"]
DUMP = str(ROOT / "data" / "wire.jsonl")


@pytest.mark.parametrize("name", FOLDERS)
def test_golden_results_are_read(name: str) -> None:
    clusters, relations = output.read_clusters(GOLDEN / name), output.read_relations(GOLDEN / name)
    summary = output.read_summary(GOLDEN / name)
    version = int(name[1])
    assert summary["format"] == version
    assert clusters.schema.equals(CLUSTERS)
    assert relations.schema.equals(RELATIONS)
    assert (clusters.num_rows, len(clusters["cluster"].unique())) == (41, 26)
    assert clusters.num_rows == summary["stories"]
    row = next(row for row in clusters.to_pylist() if row["id"] == "courier-drone")
    assert row["parent"] == row["cluster"] == "gazette-drone"
    assert (row["kind"], row["kept"], row["coverage"]) == ("truncation", "tail", 1.0)
    (pair,) = (
        pair
        for pair in relations.to_pylist()
        if {pair["a"], pair["b"]} == {"gazette-drone", "courier-drone"}
    )
    assert (pair["kind"], pair["words"], len(pair["passages"])) == ("truncation", 52, 1)
    (passage,) = pair["passages"]
    assert passage[4:] == ([52, 0] if version == 2 else [])
    assert pair["changed"] == ([] if version == 2 else None)
    kept = next(row for row in clusters.to_pylist() if row["id"] == "gazette-drone")
    assert (row["credits"], row["credit_spans"]) == (None, None)
    assert (kept["credits"], kept["credit_spans"]) == (["Reuters"], [[59, 66]])
    assert row["place"] == ([0, 30, 30914, 31595] if version == 2 else None)


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_both_golden_folders_of_a_version_hold_the_same(version: str) -> None:
    for read in (output.read_clusters, output.read_relations):
        first, second = (read(GOLDEN / f"{version}-{kind}") for kind in ("jsonl", "parquet"))
        assert first.equals(second)


@pytest.mark.parametrize("name", FOLDERS)
def test_the_commands_that_read_results_take_the_golden_ones(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = str(GOLDEN / name)
    assert main(["explain", folder, "courier-drone", "--stories", DUMP]) == 0
    assert "truncation" in capsys.readouterr().out
    page = tmp_path / "report.html"
    assert main(["report", folder, "-o", str(page), "--stories", DUMP]) == 0
    assert "gazette-drone" in page.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", FOLDERS)
@pytest.mark.parametrize("command", ["explain", "report"])
def test_another_version_is_refused_by_name(
    name: str, command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "out"
    shutil.copytree(GOLDEN / name, folder)
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    (folder / "summary.json").write_text(json.dumps({**summary, "format": 3}), encoding="utf-8")
    more = ["courier-drone"] if command == "explain" else ["-o", str(tmp_path / "r.html")]
    assert main([command, str(folder), *more]) == 1
    said = capsys.readouterr().err
    assert "summary.json: is of format 3, this release reads formats 1 and 2" in said
    assert said.count("\n") == 1
    with pytest.raises(FormatVersionError):
        output.read_clusters(folder)


def test_parquet_tables_say_their_version_themselves(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    shutil.copytree(GOLDEN / "v1-parquet", folder)
    table = pq.read_table(folder / "relations.parquet")
    assert table.schema.metadata[b"dupdetect_format"] == b"1"
    pq.write_table(
        table.replace_schema_metadata({"dupdetect_format": "3"}), folder / "relations.parquet"
    )
    with pytest.raises(FormatVersionError, match=r"relations.parquet: is of format 3"):
        output.read_relations(folder)


@pytest.mark.parametrize("command", ["explain", "report"])
def test_settings_of_another_release_do_no_harm(command: str, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    shutil.copytree(GOLDEN / "v1-jsonl", folder)
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    summary["config"]["shingle_letters"] = 9
    (folder / "summary.json").write_text(json.dumps(summary), encoding="utf-8")
    more = ["courier-drone"] if command == "explain" else ["-o", str(tmp_path / "r.html")]
    assert main([command, str(folder), *more, "--stories", DUMP]) == 0
    if command == "report":
        assert "shingle_letters" in (tmp_path / "r.html").read_text(encoding="utf-8")


@pytest.fixture
def found() -> dupdetect.Clustering:
    return dupdetect.cluster(["one two three four five six seven eight nine"] * 2 + ["else"])


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_folder_holds_the_results_of_its_last_run(
    tmp_path: Path, found: dupdetect.Clustering
) -> None:
    found.write(tmp_path, format="jsonl")
    other: dict[str, Any] = {**found.summary, "stories": 0, "clusters": 0}
    empty = dupdetect.Clustering(CLUSTERS.empty_table(), RELATIONS.empty_table(), other)
    empty.write(tmp_path, format="parquet")
    assert names(tmp_path) == ["clusters.parquet", "relations.parquet", "summary.json"]
    assert output.read_clusters(tmp_path).num_rows == 0
    found.write(tmp_path, format="jsonl")
    assert names(tmp_path) == ["clusters.jsonl", "relations.jsonl", "summary.json"]
    assert output.read_clusters(tmp_path).num_rows == 3


def test_results_that_cannot_be_written_whole_leave_those_before(
    tmp_path: Path, found: dupdetect.Clustering
) -> None:
    found.write(tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    broken = dupdetect.Clustering(found.clusters.slice(0, 1), found.relations, {"a": object()})
    with pytest.raises(TypeError):
        broken.write(tmp_path, format="parquet")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    with pytest.raises(TypeError):
        broken.write(tmp_path / "new")
    assert not (tmp_path / "new").exists()


KILLED = """
import os, sys
from pathlib import Path
import dupdetect

replace = Path.replace

def killed(self, target):
    if Path(target).name == "relations.jsonl":
        os._exit(9)
    return replace(self, target)

Path.replace = killed
dupdetect.Clustering.read(sys.argv[1]).write(sys.argv[1])
"""


def test_a_run_killed_between_two_names_leaves_nothing_that_can_be_read(
    tmp_path: Path, found: dupdetect.Clustering
) -> None:
    found.write(tmp_path)
    words = [sys.executable, "-c", KILLED, str(tmp_path)]
    assert subprocess.run(words, check=False).returncode == 9
    visible = [name for name in names(tmp_path) if not name.startswith(".")]
    assert visible == ["clusters.jsonl", "relations.jsonl"]
    with pytest.raises(FormatError, match="give a folder that 'cluster' wrote"):
        output.read_clusters(tmp_path)
    found.write(tmp_path)
    assert names(tmp_path) == ["clusters.jsonl", "relations.jsonl", "summary.json"]


def test_files_of_one_block_appear_together_or_not_at_all(tmp_path: Path) -> None:
    def write_both(second: Path) -> None:
        with output.together():
            with output.atomic(tmp_path / "a") as file:
                file.write(b"1")
            with output.together(), output.atomic(second) as file:
                file.write(b"2")
            assert not (tmp_path / "a").exists()

    with pytest.raises(OutputError):
        write_both(tmp_path / "none" / "b")
    assert names(tmp_path) == []
    write_both(tmp_path / "b")
    assert names(tmp_path) == ["a", "b"]


def test_a_table_of_another_release_lacks_a_column(tmp_path: Path) -> None:
    shutil.copytree(GOLDEN / "v1-parquet", tmp_path / "out")
    path = tmp_path / "out" / "clusters.parquet"
    table: pa.Table = pq.read_table(path)
    pq.write_table(table.drop_columns(["publisher"]), path)
    with pytest.raises(FormatError, match="has no column 'publisher'; run 'cluster' again"):
        output.read_clusters(tmp_path / "out")


@pytest.mark.parametrize(("column", "value"), [("kind", "near_duplicte"), ("kept", "most")])
def test_a_name_that_no_reader_knows_is_refused(tmp_path: Path, column: str, value: str) -> None:
    folder = shutil.copytree(GOLDEN / "v1-jsonl", tmp_path / "out")
    path = folder / "relations.jsonl"
    first, *others = path.read_text("utf-8").splitlines(keepends=True)
    row = json.loads(first) | {column: value}
    path.write_text(json.dumps(row) + "\n" + "".join(others), "utf-8")
    with pytest.raises(FormatError, match=f"{column} = '{value}', expected one of .*; run"):
        output.read_relations(folder)
