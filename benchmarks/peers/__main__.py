"""Compare dupdetect with its peers on the same stories, in one run.

    python -m benchmarks.peers --stories 50000 [--rounds 3] [--peer-python PYTHON]
    python -m benchmarks.peers --stories 1000000 --source FILE... --tables whole

Every measurement is a process of its own on one processor core; the systems take turns round by
round, so that a noisy minute hits them all. Quoted are medians. The first two tables time the
step alone, after imports and a warm-up; the third times the whole process, start-up included.
With several files each has tables of its own, in ``OUT-NAME.md`` and ``OUT-NAME.json``.
"""

from __future__ import annotations

import argparse
import gzip
import itertools
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.generate import stories as generate
from benchmarks.peers.pipelines import PEERS
from dupdetect.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Mapping

    from benchmarks.peers.systems import Peer

TABLES = {
    "sign": "Text to signature (texts in memory, 128 permutations, one thread)",
    "group": "Signature to candidate clusters (one thread)",
    "whole": "The whole job: JSONL file to de-duplicated JSONL file (one thread)",
}
OURS = "dupdetect"
_ONE_THREAD = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "RAYON_NUM_THREADS",
    "POLARS_MAX_THREADS",
    "NUMBA_NUM_THREADS",
)


@dataclass(frozen=True)
class Measured:
    """One process.

    Attributes
    ----------
    cpu, wall : float
        Seconds of processor (user and system, children included) and of the clock.
    peak : int
        Largest resident set of the process in bytes, file cache it maps included.
    stories : int
    found : int
        What the step found, or stories kept.
    """

    cpu: float
    wall: float
    peak: int
    stories: int
    found: int


@dataclass(frozen=True)
class Setting:
    """What all measurements of a run share."""

    python: dict[str, str]
    core: int
    folder: Path
    stories: int
    rounds: int


def measure(setting: Setting, peer: Peer, table: str) -> Measured | str:
    """Run one step of one peer in a new process.

    Parameters
    ----------
    setting : Setting
    peer : Peer
    table : str
        "sign", "group" or "whole".

    Returns
    -------
    Measured or str
        A string is the reason why there is no figure.
    """
    count = min(setting.stories, peer.most)
    out = setting.folder / "out.jsonl"
    out.unlink(missing_ok=True)
    job: dict[str, str | int] = {
        "peer": peer.name, "table": table, "source": str(part(setting, count)),
        "out": str(out), "stories": count, "core": setting.core,
    }  # fmt: skip
    began = time.perf_counter()
    result, cpu = _process(setting, peer, job)
    wall = time.perf_counter() - began
    if "error" in result:
        return str(result["error"])
    if table != "whole":
        cpu, wall = float(result["cpu"]), float(result["wall"])
    return Measured(cpu, wall, int(result["peak"]), count, int(result["found"]))


def _process(
    setting: Setting, peer: Peer, job: Mapping[str, str | int]
) -> tuple[dict[str, str | float], float]:
    """Run the worker; its answer and the processor seconds of the whole process."""
    python = setting.python["ours" if peer.package in ("", OURS) else "peers"]
    environment = os.environ | dict.fromkeys(_ONE_THREAD, "1")
    environment["PYTHONPATH"] = str(Path(__file__).resolve().parents[2])
    with tempfile.TemporaryFile() as answer, tempfile.TemporaryFile() as complaints:
        child = subprocess.Popen(
            [python, "-m", "benchmarks.peers.worker", json.dumps(job)],
            stdout=answer, stderr=complaints, env=environment, cwd=setting.folder,
        )  # fmt: skip
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        answer.seek(0)
        lines = answer.read().splitlines()
        complaints.seek(0)
        said = complaints.read().decode(errors="replace").splitlines()
    result: dict[str, str | float] = {
        "error": f"exit {child.returncode}: {said[-1] if said else ''}"[:200]
    }
    if child.returncode == 0 and lines:
        result = json.loads(lines[-1])
    return result, usage.ru_utime + usage.ru_stime


def part(setting: Setting, count: int) -> Path:
    """File of the first `count` stories; the same stories for everybody."""
    whole = setting.folder / "stories.jsonl"
    if count >= setting.stories:
        return whole
    path = setting.folder / f"stories-{count}.jsonl"
    if not path.exists():
        with whole.open("rb") as lines, path.open("wb") as out:
            for _, line in zip(range(count), lines, strict=False):
                out.write(line)
    return path


def _stories(setting: Setting, source: Path | None, seed: int) -> tuple[Setting, str]:
    """Put the stories into the folder: generated ones, or the first of a file; and name them."""
    whole = setting.folder / "stories.jsonl"
    if source is None:
        size = generate.write(whole, count=setting.stories, seed=seed)
        count, name = setting.stories, f"generated (seed {seed})"
    else:
        count = size = 0
        opened = gzip.open if source.suffix == ".gz" else open
        with opened(source, "rb") as lines, whole.open("wb") as out:
            for line in itertools.islice(lines, setting.stories):
                count += 1
                size += out.write(line)
        name = f"of {_name_of(source)}"
    return replace(setting, stories=count), f"{count:,} {name}, {size / 1e6:,.0f} MB"


def versions(setting: Setting, peers: list[Peer]) -> dict[str, str]:
    """Ask for the installed version of every package; the reason where there is none."""
    found = {}
    for peer in peers:
        if peer.name == OURS:  # which need not be installed
            found[peer.package] = VERSION
            continue
        result, _ = _process(setting, peer, {"peer": peer.name, "table": "probe"})
        found[peer.package] = str(result.get("version") or f"skipped: {result['error']}")
    return found


def machine() -> dict[str, str]:
    """Describe the processor, the system and the interpreter."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [x for x in cpuinfo.read_text().splitlines() if x.startswith("model name")]
        model = names[0].split(":", 1)[1].strip() if names else model
    return {
        "processor": f"{model}, {os.cpu_count()} cores",
        "system": platform.platform(),
        "python": platform.python_version(),
    }


def compare(
    setting: Setting, peers: list[Peer], tables: list[str]
) -> dict[str, dict[str, list[Measured] | str]]:
    """Take turns: every round runs every peer once.

    Returns
    -------
    dict
        Table to peer to its measurements, or to the reason why it has none.
    """
    results: dict[str, dict[str, list[Measured] | str]] = {}
    for table in tables:
        rows: dict[str, list[Measured] | str] = {peer.name: [] for peer in peers}
        for turn in range(setting.rounds):
            for peer in peers:
                have = rows[peer.name]
                if isinstance(have, str):
                    continue
                one = measure(setting, peer, table)
                if isinstance(one, str):
                    rows[peer.name] = one
                else:
                    have.append(one)
                    sys.stderr.write(
                        f"{table} {turn + 1}/{setting.rounds} {peer.name}: {one.cpu:.2f} s CPU, "
                        f"{one.stories / one.cpu:,.0f} stories/s\n"
                    )
        results[table] = rows
    return results


def summary(have: list[Measured]) -> dict[str, float | int]:
    """Medians over the rounds, per story where that helps."""
    count = have[0].stories
    cpu = statistics.median(one.cpu for one in have)
    return {
        "stories": count,
        "rounds": len(have),
        "cpu_seconds": cpu,
        "wall_seconds": statistics.median(one.wall for one in have),
        "cpu_microseconds_per_story": cpu / count * 1e6,
        "stories_per_cpu_second": count / cpu,
        "peak_bytes": max(one.peak for one in have),
        "found": have[-1].found,
        "cpu_spread": (max(o.cpu for o in have) - min(o.cpu for o in have)) / cpu,
    }


def markdown(header: dict[str, str], results: dict[str, dict[str, list[Measured] | str]]) -> str:
    """Lay the results out as tables."""
    notes = {peer.name: peer for peer in PEERS}
    lines = ["# dupdetect and its peers", ""]
    lines += [f"- {name}: {value}" for name, value in header.items()] + [""]
    for table, rows in results.items():
        lines += [
            f"## {TABLES[table]}", "",
            "| system | fed | stories | CPU us/story | stories/CPU s | wall s | peak MB "
            "| x dupdetect's CPU | spread | found | leaves out |",
            "|---|---|--:|--:|--:|--:|--:|--:|--:|--:|---|",
        ]  # fmt: skip
        ours = rows.get(OURS)
        base = summary(ours)["cpu_microseconds_per_story"] if isinstance(ours, list) else None
        measured = {name: summary(have) for name, have in rows.items() if isinstance(have, list)}
        ordered = sorted(measured, key=lambda n: measured[n]["cpu_microseconds_per_story"])
        for name in ordered:
            row = measured[name]
            cost = row["cpu_microseconds_per_story"]
            ratio = f"{cost / base:.2f}" if base else "-"
            lines.append(
                f"| {name} | {notes[name].fed} | {row['stories']:,} | {cost:,.1f} "
                f"| {row['stories_per_cpu_second']:,.0f} | {row['wall_seconds']:.2f} "
                f"| {row['peak_bytes'] / 1e6:,.0f} | {ratio} | {row['cpu_spread']:.0%} "
                f"| {row['found']:,} | {notes[name].leaves_out} |"
            )
        reasons = {n: have for n, have in rows.items() if isinstance(have, str)}
        lines += ["", *(f"- {name}: no figure, {why}" for name, why in reasons.items()), ""]
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    """Command line of the comparison."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description=__doc__)
    parser.add_argument("--stories", type=int, default=50_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--source", type=Path, nargs="+", help="JSONL files, plain or gzip, to use instead"
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peers", help="comma-separated names; default all")
    parser.add_argument("--tables", default=",".join(TABLES))
    parser.add_argument("--peer-python", default=sys.executable, help="interpreter that has them")
    parser.add_argument("--core", type=int, default=max(os.sched_getaffinity(0)))
    parser.add_argument("-o", "--out", type=Path, default=Path("benchmarks/results/peers"))
    given = parser.parse_args(arguments)
    wanted = given.peers.split(",") if given.peers else [peer.name for peer in PEERS]
    peers = [peer for peer in PEERS if peer.name in wanted]
    for source in given.source or [None]:
        out = given.out
        if len(given.source or ()) > 1:
            out = out.with_name(f"{out.name}-{_name_of(source)}")
        with tempfile.TemporaryDirectory() as folder:
            setting = Setting(
                {"ours": sys.executable, "peers": given.peer_python},
                given.core, Path(folder), given.stories, given.rounds,
            )  # fmt: skip
            setting, named = _stories(setting, source, given.seed)
            found = versions(setting, peers)
            results = compare(setting, peers, given.tables.split(","))
        header = machine() | {
            "stories": named,
            "rounds": f"{given.rounds}, interleaved, one core, medians of CPU time",
            "versions": ", ".join(f"{name} {version}" for name, version in found.items()),
        }
        _write(out, header, results)
    return 0


def _name_of(source: Path) -> str:
    """Name a corpus by its file, or by its folder where the file says nothing."""
    name = source.name.partition(".")[0]
    return source.resolve().parent.name if name == "stories" else name


def _write(
    out: Path, header: dict[str, str], results: dict[str, dict[str, list[Measured] | str]]
) -> None:
    """Print the tables, and write them and their record."""
    out.parent.mkdir(parents=True, exist_ok=True)
    text = markdown(header, results)
    out.with_suffix(".md").write_text(text + "\n", encoding="utf-8")
    record = {
        "header": header,
        "tables": {
            table: {
                name: summary(have) if isinstance(have, list) else {"skipped": have}
                for name, have in rows.items()
            }
            for table, rows in results.items()
        },
    }
    out.with_suffix(".json").write_text(json.dumps(record, indent=1), encoding="utf-8")
    sys.stdout.write(text + "\n")


if __name__ == "__main__":
    sys.exit(main())
