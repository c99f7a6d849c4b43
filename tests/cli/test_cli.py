"""The command run as a process: outputs, exit codes, streams."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DUMP = ROOT / "data" / "wire.jsonl"
COMMANDS = ("dedupe", "annotate", "cluster", "compare", "explain", "report", "evaluate", "tune")


def environment(**more: str) -> dict[str, str]:
    """The process's own, but for what decides colours and widths."""
    kept = {k: v for k, v in os.environ.items() if k not in {"FORCE_COLOR", "NO_COLOR", "COLUMNS"}}
    return {**kept, "PYTHONIOENCODING": "utf-8", "TERM": "xterm", **more}


def command(*words: str | Path) -> list[str]:
    return [sys.executable, "-m", "dupdetect", *map(str, words)]


def run(
    *words: str | Path, cwd: Path, given: bytes | None = None, code: int = 0, **more: str
) -> subprocess.CompletedProcess[bytes]:
    done = subprocess.run(
        command(*words),
        cwd=cwd,
        input=given,
        capture_output=True,
        env=environment(**more),
        timeout=120,
        check=False,
    )
    assert done.returncode == code, done.stderr.decode()
    return done


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("results")
    run("cluster", DUMP, "-o", "out", "--quiet", cwd=folder)
    return folder / "out"


def lines_of(path: Path) -> list[bytes]:
    return path.read_bytes().splitlines(keepends=True)


def test_the_sample_is_split_and_no_row_is_lost_or_changed(tmp_path: Path) -> None:
    done = run("dedupe", DUMP, "-o", "u.jsonl", "--removed", "r.jsonl", cwd=tmp_path)
    assert done.stderr == b""
    rows, kept = lines_of(DUMP), lines_of(tmp_path / "u.jsonl")
    assert kept == [row for row in rows if row in set(kept)]
    removed = [json.loads(line) for line in lines_of(tmp_path / "r.jsonl")]
    assert removed
    for row in removed:
        note = row.pop("dupdetect")
        assert row in [json.loads(line) for line in rows if line not in kept]
        assert note["kind"] in {"identical", "near_duplicate", "truncation", "abridgement"}
        assert 0 < note["matched_coverage"] <= 1
        assert 0 < note["coverage"] <= 1
        assert note["canonical"] in {json.loads(line)["id"] for line in kept}
    assert len(kept) + len(removed) == len(rows)


def test_the_summary_names_counts_kinds_and_the_next_step(tmp_path: Path) -> None:
    text = run("dedupe", DUMP, "-o", "u.jsonl", cwd=tmp_path).stdout.decode()
    lines = text.splitlines()
    assert len(lines) <= 34
    kept = len(lines_of(tmp_path / "u.jsonl"))
    assert lines[0].startswith(f"41 stories in {DUMP}")
    assert f"{kept} kept" in " ".join(lines[:3])
    assert re.search(r"^  truncation +\d", text, re.M)
    suggested = re.search(r"^next +dupdetect (compare .*)$", text, re.M)
    assert suggested is not None
    shown = run(*suggested[1].split(), cwd=tmp_path).stdout.decode()
    assert "only in A" in shown
    assert "--removed removed.jsonl --report report.html" in text


def test_standard_input_to_standard_output(tmp_path: Path) -> None:
    run("dedupe", DUMP, "-o", "u.jsonl", "--quiet", cwd=tmp_path)
    done = run("dedupe", "-", "-o", "-", cwd=tmp_path, given=DUMP.read_bytes())
    assert done.stdout == (tmp_path / "u.jsonl").read_bytes()
    assert done.stderr.decode().startswith("41 stories in standard input")


def test_cluster_writes_tables_that_agree_with_the_summary(results: Path) -> None:
    summary = json.loads((results / "summary.json").read_bytes())
    clusters = [json.loads(line) for line in lines_of(results / "clusters.jsonl")]
    assert len(clusters) == summary["stories"] == 41
    assert sum(row["canonical"] for row in clusters) == summary["kept"]
    assert {row["cluster"] for row in clusters} == {r["id"] for r in clusters if r["canonical"]}


def test_the_summary_as_json_and_quiet(tmp_path: Path) -> None:
    done = run("cluster", DUMP, "-o", "out", "--json", cwd=tmp_path)
    assert json.loads(done.stdout) == json.loads((tmp_path / "out/summary.json").read_bytes())
    assert done.stderr == b""
    done = run("cluster", DUMP, "-o", "out", "-q", cwd=tmp_path)
    assert done.stdout == done.stderr == b""


def test_threads_do_not_change_the_output(tmp_path: Path, results: Path) -> None:
    run("cluster", DUMP, "-o", "two", "-q", "--threads", "2", cwd=tmp_path)
    for name in ("clusters.jsonl", "relations.jsonl"):
        assert (tmp_path / "two" / name).read_bytes() == (results / name).read_bytes()


def test_parquet_results_explain_as_json_lines_do(tmp_path: Path, results: Path) -> None:
    run("cluster", DUMP, "-o", "out", "--format", "parquet", "-q", cwd=tmp_path)
    assert (tmp_path / "out/clusters.parquet").is_file()
    words = ("explain", "out", "lens-hive")
    assert run(*words, cwd=tmp_path).stdout == run(*words, cwd=results.parent).stdout


def test_a_setting_changes_the_canonical_story(tmp_path: Path) -> None:
    text = " ".join(f"Sentence {n} is told here." for n in range(20))
    rows = [
        {"id": "long", "text": text + " And so it ended at last.", "date": "2025-02-02"},
        {"id": "first", "text": text, "date": "2025-02-01"},
    ]
    (tmp_path / "in.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    (tmp_path / "set.toml").write_text('canonical = "earliest"\n', encoding="utf-8")
    ids = []
    asked = ("--canonical", "earliest"), ("--set", "canonical=earliest"), ("--config", "set.toml")
    for words in (("--canonical", "longest"), *asked):
        run("dedupe", "in.jsonl", "-o", "u.jsonl", "-q", *words, cwd=tmp_path)
        ids += [json.loads(line)["id"] for line in lines_of(tmp_path / "u.jsonl")]
    assert ids == ["long", "first", "first", "first"]


def test_comparing_two_ids_of_a_dump(tmp_path: Path) -> None:
    shown = run("compare", DUMP, "courier-drone", "gazette-drone", cwd=tmp_path).stdout.decode()
    assert shown.startswith("truncation: B is cut from A: it keeps the end")
    assert re.search(r"^A  gazette-drone · The Harbour Gazette", shown, re.M)
    assert "\x1b" not in shown
    facts = json.loads(
        run("compare", DUMP, "courier-drone", "gazette-drone", "--json", cwd=tmp_path).stdout
    )
    assert (facts["a"]["id"], facts["b"]["id"]) == ("gazette-drone", "courier-drone")
    assert (facts["kind"], facts["kept"]) == ("truncation", "tail")
    texts = {row["id"]: row["text"] for row in map(json.loads, lines_of(DUMP))}
    assert any(segment["mark"] == "shared" for segment in facts["segments"])
    for segment in facts["segments"]:
        for side in ("a", "b"):
            if segment[side] is not None:
                start, end = segment[side]
                assert texts[facts[side]["id"]][start:end] == segment[f"{side}_text"]


def test_comparing_two_files_in_either_order(tmp_path: Path) -> None:
    long = " ".join(f"word{n} stands here." for n in range(60))
    (tmp_path / "long.txt").write_text(long, encoding="utf-8")
    (tmp_path / "short.txt").write_bytes(b"\xef\xbb\xbf" + long[:500].encode())
    shown = run("compare", "short.txt", "long.txt", cwd=tmp_path).stdout
    assert shown == run("compare", "long.txt", "short.txt", cwd=tmp_path).stdout
    assert shown.startswith(b"truncation: B is cut from A: it keeps the beginning")
    apart = run("compare", "long.txt", "-", cwd=tmp_path, given=b"Quite another text.").stdout
    assert apart.startswith(b"no relation")


def test_colours_only_when_asked_for_or_on_a_terminal(tmp_path: Path) -> None:
    words = ("compare", DUMP, "courier-drone", "gazette-drone")
    plain = run(*words, cwd=tmp_path).stdout.decode()
    coloured = run(*words, cwd=tmp_path, FORCE_COLOR="1").stdout.decode()
    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain


def test_an_ascii_terminal_gets_ascii_bars(tmp_path: Path) -> None:
    words = ("compare", DUMP, "dispatch-hive", "lens-hive")
    shown = run(*words, cwd=tmp_path, PYTHONIOENCODING="ascii").stdout
    assert shown.isascii()
    assert b"####" in shown


def test_a_place_on_the_net_is_named_as_it_is(tmp_path: Path) -> None:
    pytest.importorskip("fsspec", reason="fsspec is not installed: pip install '.[remote]'")
    place = f"file://{DUMP}"
    for sources in ([place], [place, "more.jsonl"]):
        (tmp_path / "more.jsonl").write_text('{"id": "m", "text": "Quite another text."}\n')
        run("dedupe", *sources, "-o", "kept.jsonl", "-q", cwd=tmp_path)
        assert len(lines_of(tmp_path / "kept.jsonl")) == 25 + len(sources)


def test_explaining_a_copy_its_canonical_story_and_a_story_alone(results: Path) -> None:
    clusters = [json.loads(line) for line in lines_of(results / "clusters.jsonl")]
    copy = next(row for row in clusters if row["kind"] == "truncation")
    shown = run("explain", results, copy["id"], cwd=results.parent).stdout.decode()
    assert shown.startswith(copy["id"])
    assert "is a copy of" in shown
    assert "only in parent" in shown
    assert "> " in shown
    shown = run("explain", results, copy["cluster"], cwd=results.parent).stdout.decode()
    assert "it is the canonical story of" in " ".join(shown.split())
    facts = json.loads(run("explain", results, copy["id"], "--json", cwd=results.parent).stdout)
    assert facts["parent"] == copy["parent"]
    assert facts["pair"]["kind"] == "truncation"
    assert {m["story"]["id"] for m in facts["members"]} == {
        row["id"] for row in clusters if row["cluster"] == copy["cluster"]
    }


def test_explaining_when_the_dump_has_moved(tmp_path: Path) -> None:
    moved = tmp_path / "moved.jsonl"
    moved.write_bytes(DUMP.read_bytes())
    run("cluster", "moved.jsonl", "-o", "out", "-q", cwd=tmp_path)
    before = run("explain", "out", "courier-drone", cwd=tmp_path)
    moved.rename(tmp_path / "gone.jsonl")
    without = run("explain", "out", "courier-drone", cwd=tmp_path)
    assert without.stdout.startswith(b"courier-drone is a copy of")
    assert b"--stories" in without.stderr
    again = run("explain", "out", "courier-drone", "--stories", "gone.jsonl", cwd=tmp_path)
    assert again.stdout == before.stdout
    assert again.stderr == b""


def test_a_report_is_one_file(tmp_path: Path, results: Path) -> None:
    run("report", results, "-o", "report.html", cwd=tmp_path)
    run("dedupe", DUMP, "-o", "u.jsonl", "--report", "two.html", "-q", cwd=tmp_path)
    for name in ("report.html", "two.html"):
        assert b"<html" in (tmp_path / name).read_bytes()[:500].lower()


def test_the_version_comes_without_the_heavy_imports(tmp_path: Path) -> None:
    shown = run("--version", cwd=tmp_path).stdout.decode()
    assert re.fullmatch(r"dupdetect \d+\.\d+\.\d+\S*\n", shown)
    code = (
        "import sys; from dupdetect.cli import main; main(['--version']); "
        "print(sorted({'numpy', 'pyarrow', 'rich', 'orjson', 'jinja2'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_small_run_comes_without_imports_that_it_does_not_need(tmp_path: Path) -> None:
    """NumPy loads masked arrays with some of its functions; nothing is printed without rich."""
    heavy = {
        *("rich", "datasketch", "zstandard", "dupdetect.views.pair"),
        *("dupdetect.views.terminal", "dupdetect.views.report", "dupdetect.engines.index"),
        *("hypothesis", "pyspark", "email.utils", "zoneinfo", "pyarrow.csv", "pyarrow.json"),
        *("numpy.ma", "rich.progress", "rich.table", "jinja2", "ftfy", "fsspec", "datasets"),
        *("pandas", "pyarrow.parquet", "pyarrow.dataset", "asyncio", "http.client"),
        *("dupdetect.stages.reasons", "dupdetect.engines.compare"),
    }
    code = (
        "import sys; from dupdetect.cli import main\n"
        f"try: main(['dedupe', {str(DUMP)!r}, '-o', 'out.jsonl', '-q'])\n"
        "except SystemExit: pass\n"
        f"print(sorted({heavy!r} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"
    assert (tmp_path / "out.jsonl").stat().st_size > 0


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_each_command_has_two_worked_examples(name: str, tmp_path: Path) -> None:
    text = run(name, "--help", cwd=tmp_path).stdout.decode()
    examples = text.split("Examples:")[1].strip().splitlines()
    assert len([line for line in examples if "dupdetect" in line]) == 2


def test_help_names_every_command_and_completion(tmp_path: Path) -> None:
    text = run("--help", cwd=tmp_path).stdout.decode()
    assert all(re.search(rf"^  {name} ", text, re.M) for name in COMMANDS)
    script = run(cwd=tmp_path, _DUPDETECT_COMPLETE="bash_source").stdout
    assert b"_DUPDETECT_COMPLETE=bash_complete" in script
    offered = run(
        cwd=tmp_path,
        _DUPDETECT_COMPLETE="bash_complete",
        COMP_WORDS="dupdetect dedupe --re",
        COMP_CWORD="2",
    ).stdout.decode()
    assert set(offered.split()) >= {"plain,--removed", "plain,--report", "plain,--rejects"}


def test_a_closed_pipe_is_quiet(tmp_path: Path) -> None:
    shell = f"{' '.join(command('explain', '--help'))} | true; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", shell], cwd=tmp_path, capture_output=True, env=environment(), check=False
    )
    assert done.stderr == b""
    with subprocess.Popen(
        command("dedupe", DUMP, "-o", "-", "-q"),
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(60) == 0


def test_control_c_stops_at_once_and_leaves_nothing(tmp_path: Path) -> None:
    with subprocess.Popen(
        command("dedupe", "-", "-o", "u.jsonl", "--removed", "r.jsonl"),
        cwd=tmp_path,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    ) as process:
        assert process.stdin is not None
        # More than a pipe holds: when this returns, the command is reading.
        process.stdin.write(DUMP.read_bytes() * 8)
        process.stdin.flush()
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert said.decode().strip().splitlines() == [
        "dupdetect: stopped; no output was left half written"
    ]
    assert list(tmp_path.iterdir()) == []


def test_control_c_does_not_wait_for_a_kernel(tmp_path: Path) -> None:
    code = (
        "import click, sys, time\n"
        "from dupdetect import cli\n"
        "from dupdetect.cli.interrupt import outside_main_thread\n"
        "def kernel():\n"
        "    print('ready', flush=True)\n"
        "    time.sleep(600)\n"
        "cli.commands.command('wait')(lambda: outside_main_thread(kernel))\n"
        "sys.exit(cli.main(['wait']))\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"stopped" in said


def test_progress_on_a_terminal_and_none_when_quiet(tmp_path: Path) -> None:
    for words, expected in (((), True), (("--quiet",), False)):
        leader, follower = pty.openpty()
        with subprocess.Popen(
            command("cluster", DUMP, "-o", "out", *words),
            cwd=tmp_path,
            stderr=follower,
            stdout=subprocess.DEVNULL,
            env=environment(COLUMNS="100"),
        ) as process:
            os.close(follower)
            said = b""
            while True:
                try:
                    chunk = os.read(leader, 65536)
                except OSError:  # Linux: the other side has closed
                    break
                if not chunk:
                    break
                said += chunk
            assert process.wait(60) == 0
        os.close(leader)
        assert (b"reading" in said) == expected
        assert bool(said) == expected


def test_one_of_a_thing_is_said_in_the_singular(tmp_path: Path) -> None:
    text = "The ferry to Gozo was stopped by fog at dawn and sailed again before noon today."
    (tmp_path / "one.jsonl").write_text(json.dumps({"id": "a", "text": text}) + "\n{}\n")
    aside = ("--on-bad-row", "skip", "--rejects", "aside.jsonl")
    said = run("dedupe", "one.jsonl", "-o", "kept.jsonl", *aside, cwd=tmp_path).stdout
    assert b"1 story, rows unchanged" in said
    assert b"1 row that could not be read" in said
    said = run("annotate", "one.jsonl", "-o", "all.jsonl", *aside, cwd=tmp_path).stdout
    assert b"1 story, each with its cluster" in said


def said_by(*words: str | Path, cwd: Path) -> str:
    return run(*words, cwd=cwd).stdout.decode()


def test_compare_says_what_it_takes_each_line_for(tmp_path: Path) -> None:
    prose = "The ferry ran onto a sandbank on Tuesday with ninety people and a piano on board."
    page = f"Auf Facebook teilen Link kopieren\n\n{prose}\n"
    (tmp_path / "page.txt").write_text(page, "utf-8")
    (tmp_path / "story.txt").write_text(prose, "utf-8")
    words = ("compare", "page.txt", "story.txt")
    said = " ".join(said_by(*words, "--lines", cwd=tmp_path).split())
    assert "1 furniture Auf Facebook teilen Link kopieren (sharing," in said
    assert "2 body The ferry ran" in said
    found = json.loads(said_by(*words, "--lines", "--json", cwd=tmp_path))
    lines = {found[side]["id"]: found[f"{side}_lines"] for side in ("a", "b")}
    assert [(one["verdict"], one["reason"]) for one in lines["page.txt"]] == [
        ("furniture", "sharing"),
        ("body", "prose"),
    ]
    assert [one["text"] for one in lines["story.txt"]] == [prose.removesuffix(".")]
    assert "a_lines" not in json.loads(said_by(*words, "--json", cwd=tmp_path))


def test_explain_says_why_lines_were_left_out(tmp_path: Path) -> None:
    run("cluster", DUMP, "-o", "out", cwd=tmp_path)
    words = ("explain", "out", "courier-drone")
    lines = json.loads(said_by(*words, "--lines", "--json", cwd=tmp_path))["lines"]
    assert {(one["verdict"], one["reason"]) for one in lines} == {
        ("furniture", "repetition"),
        ("furniture", "sign-up"),
        ("body", "prose"),
    }
    said = " ".join(said_by(*words, "--lines", cwd=tmp_path).split())
    assert "pages print it that have little else" in said
    assert "lines" not in json.loads(said_by(*words, "--json", cwd=tmp_path))
