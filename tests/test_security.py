"""What the package cannot do: run what it reads, start programs, use a network, write elsewhere."""

from __future__ import annotations

import ast
import importlib.metadata
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from dupdetect.cli import main
from dupdetect.corpus import builder, streams
from dupdetect.corpus.readers import json_row, jsonl

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "dupdetect"
BUILD = PACKAGE / "kernels" / "tables"  # run by hand to make a table, not part of the package
SOURCES = sorted(path for path in PACKAGE.rglob("*.py") if BUILD not in path.parents)
DUMP = ROOT / "data" / "wire.jsonl"

FORBIDDEN_MODULES = {
    *("pickle", "cPickle", "marshal", "shelve", "dbm", "dill", "cloudpickle", "joblib"),
    *("subprocess", "multiprocessing", "pty", "ctypes", "cffi", "code", "codeop", "runpy", "imp"),
    *("socket", "ssl", "asyncio", "selectors", "http", "urllib", "ftplib", "smtplib", "poplib"),
    *("imaplib", "telnetlib", "xmlrpc", "socketserver", "requests", "httpx", "aiohttp", "urllib3"),
    *("webbrowser", "xml", "yaml"),
}
ALLOWED = {"urllib.parse"}
FORBIDDEN_CALLS = {
    *("eval", "exec", "compile", "__import__", "breakpoint", "input"),
    *("os.system", "os.popen", "os.fork", "os.forkpty", "os.posix_spawn", "os.posix_spawnp"),
    *("os.startfile", "tempfile.mktemp", "import_module", "importlib.import_module"),
}
FORBIDDEN_STARTS = ("os.exec", "os.spawn")
FORBIDDEN_ARGUMENTS = {"shell", "allow_pickle"}


def findings(source: str) -> list[str]:
    """Name what a source does of the forbidden."""
    found: list[str] = []
    for node in ast.walk(ast.parse(source)):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        found += [
            name
            for name in names
            if name.partition(".")[0] in FORBIDDEN_MODULES
            and not any(f"{name}.".startswith(f"{allowed}.") for allowed in ALLOWED)
        ]
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            if called in FORBIDDEN_CALLS or called.startswith(FORBIDDEN_STARTS):
                found.append(called)
            found += [word.arg for word in node.keywords if word.arg in FORBIDDEN_ARGUMENTS]
    return found


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_source_runs_code_or_programs_or_reaches_a_network(path: Path) -> None:
    expected = {
        # The public names are loaded when they are asked for, out of a fixed table.
        PACKAGE / "__init__.py": ["import_module"],
        # Modules of the package, named in its own tables.
        PACKAGE / "stages" / "constants.py": ["import_module"],
        # One of two modules of Python's own, by its version.
        PACKAGE / "support" / "interpreter.py": ["import_module"],
        # Asks whether a master answers before it starts a session there.
        PACKAGE / "engines" / "spark" / "session.py": ["socket"],
        # Its parser fetches nothing and bounds what entities grow to: test_pages has a bomb.
        PACKAGE / "corpus" / "readers" / "newsml.py": [
            "xml.etree.ElementTree",
            "xml.etree.ElementTree.Element",
        ],
    }
    assert findings(path.read_text(encoding="utf-8")) == expected.get(path, [])


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("import pickle", "pickle"),
        ("from urllib.request import urlopen", "urllib.request.urlopen"),
        ("from urllib import request", "urllib.request"),
        ("import http.client", "http.client"),
        ("eval('1')", "eval"),
        ("import os\nos.execv('a', [])", "os.execv"),
        ("os.system('ls')", "os.system"),
        ("np.load(file, allow_pickle=True)", "allow_pickle"),
        ("run('ls', shell=True)", "shell"),
    ],
)
def test_the_search_finds_what_it_is_for(source: str, name: str) -> None:
    assert findings(source) == [name]
    assert findings("from urllib.parse import quote\nimport re\nre.compile('a')") == []


WATCHED = """
import json, os, sys
allowed = tuple(json.loads(sys.argv[1]))
bad = ("socket.", "subprocess.", "os.exec", "os.fork", "os.posix_spawn", "os.spawn", "os.system",
       "pickle.", "marshal.loads", "ftplib.", "http.", "urllib.", "smtplib.", "webbrowser.",
       "shutil.rmtree")
import numpy, pyarrow, pyarrow.parquet, pyarrow.json, click, rich.console, rich.progress, jinja2
import datasketch
from dupdetect import corpus, output
from dupdetect.engines import local
from dupdetect.views import report
from dupdetect.cli import main, runs, show

def watch(event, arguments):
    if event.startswith(bad) and event != "marshal.loads":
        sys.stderr.write(f"forbidden: {event} {arguments!r}\\n")
        os._exit(99)
    if event == "open":
        path, mode, flags = arguments
        writes = flags is not None and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        if writes and isinstance(path, (str, bytes)):
            where = os.path.realpath(os.fsdecode(path))
            if not where.startswith(allowed) and not where.endswith(".pyc"):
                sys.stderr.write(f"written to: {where}\\n")
                os._exit(98)

sys.addaudithook(watch)
sys.exit(main(sys.argv[2:]))
"""


def watched(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a process that ends when it does what it must not."""
    (folder / "tmp").mkdir(exist_ok=True)
    return subprocess.run(
        [sys.executable, "-c", WATCHED, json.dumps([os.path.realpath(folder)]), *words],
        cwd=folder,
        env={**os.environ, "TMPDIR": str(folder / "tmp"), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_commands_touch_nothing_but_their_outputs(tmp_path: Path) -> None:
    dump = str(DUMP)
    for words in (
        ("dedupe", dump, "-o", "kept", "--removed", "removed", "--report", "report.html"),
        ("cluster", dump, "-o", "out", "--relations", "all"),
        ("cluster", dump, "-o", "parquet", "--format", "parquet"),
        ("compare", dump, "gazette-drone", "courier-drone"),
        ("explain", "out", "courier-drone"),
        ("report", "parquet", "-o", "again.html"),
    ):
        done = watched(tmp_path, *words)
        assert done.returncode == 0, done.stderr
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    done = watched(elsewhere, "dedupe", dump, "-o", str(tmp_path / "kept"))
    assert done.returncode == 98  # the watch works
    assert "written to" in done.stderr


def test_what_the_wheel_holds() -> None:
    """Hold the installed distribution, which is the wheel unpacked, against the sources."""
    distribution = importlib.metadata.distribution("dupdetect")
    origin = json.loads(distribution.read_text("direct_url.json") or "{}")
    if origin.get("dir_info", {}).get("editable"):
        pytest.skip("an editable install is no unpacked wheel")
    files = {str(path) for path in distribution.files or ()}
    files = {name for name in files if "__pycache__" not in name}
    assert unexpected(files) == []
    assert missing(files) == []


def unexpected(files: set[str]) -> list[str]:
    """Name files of a wheel that are neither package, metadata nor the command."""
    sources = set(in_package())
    return sorted(
        name
        for name in files
        if name not in sources
        and not name.startswith("dupdetect-")
        and not name.endswith("/bin/dupdetect")
        and not (name.startswith("_dupdetect.") and name.endswith(".so"))
    )


def missing(files: set[str]) -> list[str]:
    """Name files of the package that a wheel lacks."""
    native = [name for name in files if name.startswith("_dupdetect.") and "pyi" not in name]
    return sorted(set(in_package()) - files) + ([] if len(native) == 1 else ["_dupdetect"])


def in_package() -> list[str]:
    """Name what the package is made of, by the kind of file."""
    kinds = {".py", ".pyi", ".toml", ".typed", ".css", ".js", ".jinja"}
    names = [path for path in PACKAGE.rglob("*") if path.suffix in kinds or path.name == "py.typed"]
    return [str(path.relative_to(ROOT)) for path in names if BUILD not in path.parents]


def test_the_wheel_test_would_notice() -> None:
    files = {*in_package(), "_dupdetect.cpython-311-x86_64-linux-gnu.so"}
    assert unexpected(files) == missing(files) == []
    assert unexpected({*files, "tests/test_cli.py", "dupdetect/kernels/src/read/jsonl.cpp"}) == [
        "dupdetect/kernels/src/read/jsonl.cpp",
        "tests/test_cli.py",
    ]
    assert missing(files - {"dupdetect/views/report/style.css"}) == [
        "dupdetect/views/report/style.css"
    ]


def test_dependencies_are_bounded_below_and_not_above() -> None:
    needed = importlib.metadata.requires("dupdetect") or []
    assert len(needed) >= 8
    assert [need for need in needed if ">=" not in need or "<" in need.split(";")[0]] == []


def test_dependencies_have_no_known_holes() -> None:
    pytest.importorskip("pip_audit", reason="pip-audit is not installed")
    done = subprocess.run(
        [sys.executable, "-m", "pip_audit", "--format", "json", "--progress-spinner", "off"],
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    if not done.stdout.startswith("{"):
        pytest.skip(f"pip-audit cannot run here: {done.stderr[-200:]}")
    found = json.loads(done.stdout)["dependencies"]
    ours = {need.split(">=")[0] for need in importlib.metadata.requires("dupdetect") or []}
    checked = [one for one in found if one["name"] in ours and "skip_reason" not in one]
    if not checked:
        pytest.skip("pip-audit knows none of the dependencies here: its database is out of reach")
    assert {one["name"]: one["vulns"] for one in checked if one["vulns"]} == {}


def test_an_external_entity_is_never_loaded(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "secret.txt").write_text("What nobody may read.")
    feed = (
        '<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY out SYSTEM "secret.txt">]>'
        "<rss><channel><item><title>A</title><description>Story &out;</description></item>"
        "</channel></rss>"
    )
    (tmp_path / "feed.xml").write_text(feed)
    out = tmp_path / "out.jsonl"
    assert main(["dedupe", str(tmp_path / "feed.xml"), "-o", str(out), "-q"]) == 1
    assert "feed.xml" in capsys.readouterr().err
    assert not out.exists()


def test_the_bounds_are_those_of_the_code() -> None:
    page = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    cells = (line.strip("| ").split(" | ") for line in page.splitlines() if line.startswith("| "))
    said = dict(cells)
    few, many = f"{builder.MOST_SHORT_ROWS:,}", f"{builder.MOST_BAD_ROWS:,}"
    under = f"{many}; {few} where they have under {builder._SHORT_BYTES} bytes on average"
    assert said["a row of JSON Lines or CSV"] == f"{jsonl.MAX_ROW_BYTES >> 20} MiB"
    assert said["nesting of a JSON row"] == f"{json_row._DEEPEST} levels"
    assert said["an id, which results repeat for every copy"] == f"{builder.LONGEST_ID:,} bytes"
    assert said["packed data, from 1 GiB on"] == f"{streams._BOMB_RATIO}-fold"
    assert streams._BOMB_BYTES == 1 << 30
    assert said["bad rows, unless more are good"] == under
