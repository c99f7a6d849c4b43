"""The commands of an index, as processes."""

from __future__ import annotations

import base64
import json
import re
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import pytest

from tests.support.index_stories import made, table

FOG = (
    "The ferry to Gozo was stopped by fog at dawn and sailed again before noon. Two hundred "
    "people waited on the quay at Cirkewwa, most of them on their way to work."
)
OTHER = "A heat wave closed the schools of three towns, whose halls have no shade at all."


def run(*words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "dupdetect", *words], capture_output=True, text=True, check=False
    )
    assert done.returncode == code, done.stderr
    return done


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def dump(path: Path, rows: list[dict[str, Any]]) -> str:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return str(path)


@pytest.fixture
def folder(tmp_path: Path) -> str:
    """Make an index of two stories."""
    name = str(tmp_path / "news.idx")
    run("index", "create", name)
    rows = [{"id": "a", "text": FOG}, {"id": "o", "text": OTHER, "published": "2020-01-01"}]
    done = run("index", "add", name, dump(tmp_path / "first.jsonl", rows))
    assert done.stderr.startswith("added 2; skipped 0; rejected 0; generation 1; stories 2;")
    return name


def test_a_day(folder: str, tmp_path: Path) -> None:
    today = tmp_path / "today.jsonl"
    rows: list[dict[str, Any]] = [
        {"id": "b", "text": FOG, "extra": 1},
        {"id": "n", "text": "All new: " + OTHER[::-1]},
    ]
    dump(today, rows)
    asked = run("index", "query", folder, str(today))
    found = [json.loads(line) for line in asked.stdout.splitlines()]
    assert [(row["query"], row["story"], row["kind"], row["joins"]) for row in found] == [
        ("b", "a", "identical", True)
    ]
    assert asked.stderr.startswith("asked 2; new 1; copies 1;")
    run("index", "query", folder, str(today), "--new-only", "-o", str(tmp_path / "new.jsonl"))
    assert lines(tmp_path / "new.jsonl") == rows[1:]
    before = json.loads(run("index", "info", folder, "--json").stdout)
    run("index", "add", folder, str(today))
    run("index", "expire", folder, "--before", "2021-01-01")
    settled = json.loads(run("index", "settle", folder, "--json").stdout)
    assert settled["stories"] == 3
    out = tmp_path / "changes.jsonl"
    run("index", "changes", folder, "--since", str(before["generation"]), "-o", str(out))
    changed = {row["id"]: row["reason"] for row in lines(out)}
    assert changed == {"b": "added", "n": "added", "o": "expired"}
    clusters = [json.loads(line) for line in run("index", "clusters", folder).stdout.splitlines()]
    assert {row["id"]: row["cluster"] for row in clusters} == {"a": "a", "b": "a", "n": "n"}
    assert clusters[0]["name"] == clusters[1]["name"]
    run("index", "delete", folder, "b")
    run("index", "compact", folder)
    assert run("index", "check", folder).stdout.endswith("whole, 2 stories\n")


def test_the_cron_job_of_the_page_runs(tmp_path: Path) -> None:
    page = Path(__file__).resolve().parents[2] / "docs" / "indexes.md"
    job = page.read_text(encoding="utf-8").split("```sh\n")[1].split("```")[0]
    script = f"""
    dupdetect() {{ {sys.executable} -m dupdetect "$@"; }}
    python() {{ {sys.executable} "$@"; }}
    {job}"""

    def day(rows: list[dict[str, Any]]) -> tuple[list[str], dict[str, str]]:
        dump(tmp_path / "today.jsonl", rows)
        subprocess.run(["/bin/bash", "-c", script], cwd=tmp_path, check=True, capture_output=True)
        changed = {row["id"]: row["reason"] for row in lines(tmp_path / "changes.jsonl")}
        return [row["id"] for row in lines(tmp_path / "new.jsonl")], changed

    first = [{"id": "a", "text": FOG, "published": "2999-01-01"}]
    assert day(first) == (["a"], {"a": "added"})
    second = [*first, {"id": "b", "text": FOG}, {"id": "o", "text": OTHER}]
    new, changed = day(second)
    assert new == ["a", "o"], "what comes again under its id is printed again: it may have changed"
    assert changed == {"a": "added", "b": "added", "o": "added"}


def test_clusters_are_those_of_the_command_cluster(tmp_path: Path) -> None:
    rows = [dict(row) for row in made()[:80]]
    name = str(tmp_path / "i")
    run("index", "create", name)
    for part in range(4):
        run("index", "add", name, dump(tmp_path / f"{part}.jsonl", rows[part * 20 :][:20]))
    run("index", "settle", name)
    run("cluster", dump(tmp_path / "all.jsonl", rows), "-o", str(tmp_path / "out"))
    clusters = [json.loads(line) for line in run("index", "clusters", name).stdout.splitlines()]
    theirs = lines(tmp_path / "out" / "clusters.jsonl")
    for ours in (*clusters, *theirs):
        ours.pop("name", None)
        ours.pop("place")
    assert clusters == theirs
    assert table(rows).num_rows == len(clusters)


def test_dedupe_against_an_index(folder: str, tmp_path: Path) -> None:
    rows = [
        {"id": "b", "text": FOG},
        {"id": "n", "text": "Nothing of this was known: " + OTHER[::-1]},
        {"id": "m", "text": "Nothing of this was known: " + OTHER[::-1]},
        {"id": "l", "text": OTHER + " " + FOG[::-1] + " Twice as long as what the index holds."},
    ]
    new = dump(tmp_path / "new.jsonl", rows)
    kept, removed = tmp_path / "kept.jsonl", tmp_path / "removed.jsonl"
    done = run(
        "dedupe", new, "--against", folder, "-o", str(kept), "--removed", str(removed), "--json"
    )
    assert [row["id"] for row in lines(kept)] == ["m", "l"] or [
        row["id"] for row in lines(kept)
    ] == ["n", "l"]
    gone = {row["id"]: row["dupdetect"] for row in lines(removed)}
    assert gone["b"]["matched"] == "a"
    said = json.loads(done.stdout)
    assert (said["stories"], said["kept"], said["removed"]) == (4, 2, 2)
    assert json.loads(run("index", "info", folder, "--json").stdout)["generation"] == 1
    assert "the index has a story with the id 'a' already" in run(
        "dedupe", dump(tmp_path / "again.jsonl", [{"id": "a", "text": FOG}]),
        "--against", folder, "-o", str(kept), code=1,
    ).stderr  # fmt: skip


def test_the_report_of_an_index(folder: str, tmp_path: Path) -> None:
    run("index", "add", folder, dump(tmp_path / "more.jsonl", [{"id": "copy-b", "text": FOG}]))
    page = tmp_path / "report.html"
    run("report", folder, "-o", str(page), "-q")
    packed = re.findall(r'">([A-Za-z0-9+/=]{40,})</script>', page.read_text(encoding="utf-8"))
    assert any(b"Cirkewwa" in zlib.decompress(base64.b64decode(part)) for part in packed)


def test_dates_that_no_story_has_are_unknown(tmp_path: Path) -> None:
    folder = str(tmp_path / "empty.idx")
    run("index", "create", folder)
    said = run("index", "info", folder).stdout.splitlines()
    assert [line.split()[-1] for line in said if "published" in line] == ["unknown", "unknown"]


def test_exit_codes_and_messages(folder: str, tmp_path: Path) -> None:
    first = str(tmp_path / "first.jsonl")
    wrong = [
        (("index", "add", folder, first), 1, "has a story with the id 'a' already"),
        (("index", "add", str(tmp_path), first), 1, "holds no index"),
        (("index", "create", folder), 1, "is not empty"),
        (("index", "delete", folder, "zz"), 1, "no story with the id 'zz'"),
        (("index", "delete", folder), 2, "give ids, or --ids FILE"),
        (("index", "expire", folder, "--before", "someday"), 2, "is no date"),
        (("dedupe", first, "--against", folder, "-o", "-", "--set", "contained=0.9"), 1,
         "contained is 0.8 there and 0.9 here"),
        (("index", "delete", folder, "--ids", str(tmp_path / "none.txt")), 1,
         "give --ids a file with an id a line"),
        (("index", "changes", folder, "--since", "99"), 1,
         "since = 99: there is no such generation, the newest is 1"),
        (("index", "create", first), 1, "is a file; give the name of a folder"),
        (("report", first, "-o", str(tmp_path / "r.html")), 1,
         "is a file; give a folder that 'cluster' wrote"),
        (("index", "create", str(tmp_path / "x"), "--set", "nothing=1"), 2, "no such setting"),
    ]  # fmt: skip
    for words, code, said in wrong:
        done = run(*words, code=code)
        assert said in done.stderr
        assert done.stderr.count("\n") == 1
    again = run("index", "add", folder, first, "--known-id", "skip", "--json")
    assert json.loads(again.stdout)["skipped"] == 2
    place = next(Path(folder).glob("stories-*.arrow"))
    place.write_bytes(place.read_bytes()[:-1])
    assert run("index", "check", folder, code=1).stderr.count("\n") == 1


def test_rows_that_an_index_has_are_skipped_or_replace_the_others(
    folder: str, tmp_path: Path
) -> None:
    new = dump(tmp_path / "new.jsonl", [{"id": "a", "text": FOG}, {"id": "n", "text": OTHER[::-1]}])
    kept, removed = tmp_path / "kept.jsonl", tmp_path / "removed.jsonl"
    words = ("dedupe", new, "--against", folder, "-o", str(kept), "--removed", str(removed))
    assert "has a story with the id 'a' already" in run(*words, code=1).stderr
    run(*words, "--known-id", "skip")
    assert [row["id"] for row in lines(kept)] == ["n"]
    assert [row["dupdetect"] for row in lines(removed)] == [{"matched": "a", "known_id": True}]
    run(*words, "--known-id", "replace")
    assert [row["id"] for row in lines(kept)] == ["a", "n"]
    assert lines(removed) == []
    assert "--known-id is about an index" in run(
        "dedupe", new, "-o", str(kept), "--known-id", "skip", code=2
    ).stderr  # fmt: skip


def test_an_index_is_made_anew(folder: str) -> None:
    made_anew = run("index", "rebuild", folder, "--set", "contained=0.9", "--json")
    said = json.loads(made_anew.stdout)
    assert (said["generation"], said["stories"]) == (2, 2)
    info = json.loads(run("index", "info", folder, "--json").stdout)
    assert info["config"]["relate"]["contained"] == 0.9


def test_explain_and_compare_take_an_index(folder: str, tmp_path: Path) -> None:
    cut = FOG[: FOG.index(", most")] + "."
    run("index", "add", folder, dump(tmp_path / "more.jsonl", [{"id": "cut", "text": cut}]))
    shown = run("explain", folder, "cut", "--lines").stdout
    assert "ferry to Gozo" in shown
    found = json.loads(run("compare", folder, "cut", "a", "--json").stdout)
    assert found["kind"] == "near_duplicate"
    assert "no story with the id 'x'" in run("compare", folder, "cut", "x", code=1).stderr
    assert "no story with the id 'x'" in run("explain", folder, "x", code=1).stderr
