"""Measure how time and memory grow: 10 thousand, 100 thousand and 1 million stories.

    python -m benchmarks.scale [--large] [--folder DIR] [--rounds 3]
    python -m benchmarks.scale --source FILE... [--publisher-field NAME]

The second form takes the stories of files: an eighth of them, a quarter, half and all, every
eighth, fourth and second row, so that the parts are of one time.

Each run is a process of its own. Time is processor time of the process (all its threads) and wall
time; per stage it is what the run's summary says. Memory is sampled 100 times a second from
outside: RssAnon of /proc/PID/status, which leaves file cache (mapped input, mapped temporary
files) out; VmHWM, the peak with file cache, stands in the next column. Peaks shorter
than a sample are not seen.
"""

from __future__ import annotations

import argparse
import gzip
import itertools
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.generate import stories as generate
from benchmarks.peers.__main__ import machine
from benchmarks.scale.plot import stacked_bars

if TYPE_CHECKING:
    from collections.abc import Iterator

SIZES = (10_000, 100_000, 1_000_000)
LARGE = 10_000_000
FAMILY = 20_000
FURNITURE_LINE = 200_000
_SAMPLE_SECONDS = 0.01


@dataclass(frozen=True)
class Case:
    """One input and one number of threads."""

    name: str
    stories: int
    threads: int = 1
    family: int = 0
    furniture_line: int = 0
    every: int = 0  # row of the given files


@dataclass(frozen=True)
class Input:
    """Where stories come from.

    Attributes
    ----------
    folder : Path
        Of the files that are made.
    seed : int
        Of stories that are generated.
    sources : tuple of Path
        Files to take stories from instead.
    publisher : str, optional
        Name of the field that holds it.
    """

    folder: Path
    seed: int
    sources: tuple[Path, ...] = ()
    publisher: str | None = None


@dataclass(frozen=True)
class Run:
    """What one process took.

    Attributes
    ----------
    cpu, wall : float
        Seconds, start-up included.
    stages : dict
        Stage to processor seconds.
    anonymous : dict
        Stage to the largest RssAnon seen in it, in bytes.
    peak : int
        VmHWM in bytes: the peak with file cache.
    kept : int
        Stories written.
    pairs, unrelated : int
        Pairs that were compared, and of them those that came to nothing at first.
    """

    cpu: float
    wall: float
    stages: dict[str, float]
    anonymous: dict[str, int]
    peak: int
    kept: int
    pairs: int
    unrelated: int


def _status(pid: int) -> dict[str, int]:
    """Sizes in /proc/PID/status in bytes; empty when the process has ended."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    except (OSError, UnicodeDecodeError):
        return {}
    pairs = (line.split(":", 1) for line in lines if line.endswith(" kB"))
    return {name: int(value.split()[0]) * 1024 for name, value in pairs}


def run_once(source: Path, given: Input, *, threads: int) -> Run:
    """De-duplicate `source` in a new process and watch its memory.

    Raises
    ------
    RuntimeError
        When the process fails; the message ends with what it said.
    """
    folder = given.folder
    stage_file, out = folder / "stage", folder / "kept.jsonl"
    stage_file.write_text("start", encoding="utf-8")
    job = {
        "source": str(source), "out": str(out), "threads": threads, "stage": str(stage_file),
        "publisher": given.publisher,
    }  # fmt: skip
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    anonymous: dict[str, int] = {}
    peak = 0
    with tempfile.TemporaryFile() as answer, tempfile.TemporaryFile() as complaints:
        began = time.perf_counter()
        child = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.scale.worker", json.dumps(job)],
            stdout=answer, stderr=complaints, env=environment, cwd=folder,
        )  # fmt: skip
        while True:
            ended, status, usage = os.wait4(child.pid, os.WNOHANG)
            if ended:
                break
            sizes = _status(child.pid)
            stage = stage_file.read_text(encoding="utf-8") or "start"
            if "RssAnon" in sizes:
                anonymous[stage] = max(anonymous.get(stage, 0), sizes["RssAnon"])
                peak = max(peak, sizes["VmHWM"])
            time.sleep(_SAMPLE_SECONDS)
        wall = time.perf_counter() - began
        child.returncode = os.waitstatus_to_exitcode(status)
        complaints.seek(0)
        said = complaints.read().decode(errors="replace")
        if child.returncode:
            msg = f"{source}: the run ended with {child.returncode}: {said[-2000:]}"
            raise RuntimeError(msg)
        answer.seek(0)
        result = json.loads(answer.read().splitlines()[-1])
    out.unlink()
    stages = {name: taken["cpu_seconds"] for name, taken in result["timings"].items()}
    counted = {name: result[name] for name in ("kept", "pairs", "unrelated")}
    return Run(usage.ru_utime + usage.ru_stime, wall, stages, anonymous, peak, **counted)


def median_run(runs: list[Run]) -> Run:
    """Return the run with the median processor time, with the median wall time and worst memory."""
    middle = sorted(runs, key=lambda run: run.cpu)[len(runs) // 2]
    names = dict.fromkeys(name for run in runs for name in run.anonymous)
    return replace(
        middle,
        wall=statistics.median(run.wall for run in runs),
        anonymous={name: max(run.anonymous.get(name, 0) for run in runs) for name in names},
        peak=max(run.peak for run in runs),
    )


def cases(sizes: tuple[int, ...]) -> list[Case]:
    """Every size on one thread; the largest but 10 million also on two and with its bad inputs."""
    runs = [Case(f"{size:,}", size) for size in sizes]
    base = max((size for size in sizes if size < LARGE), default=sizes[-1])
    family, line = min(FAMILY, base // 5), min(FURNITURE_LINE, base // 5)
    return [
        *runs,
        Case(f"{base:,}, 2 threads", base, threads=2),
        Case(f"{base:,}, a family of {family:,}", base, family=family),
        Case(f"{base:,}, a line in {line:,}", base, furniture_line=line),
    ]


def cases_of(sources: tuple[Path, ...]) -> list[Case]:
    """Parts of files, each twice as large as the one before; all of them on two threads, too."""
    rows = sum(1 for _ in rows_of(sources))
    parts = [(every, (rows + every - 1) // every) for every in (8, 4, 2, 1)]
    runs = [Case(f"{count:,}", count, every=every) for every, count in parts]
    return [*runs, Case(f"{rows:,}, 2 threads", rows, threads=2, every=1)]


def rows_of(sources: tuple[Path, ...]) -> Iterator[bytes]:
    """Yield the lines of JSONL files, plain or gzip, that are not blank."""
    for source in sources:
        with gzip.open(source) if source.suffix == ".gz" else source.open("rb") as lines:
            for line in lines:
                if line.strip():
                    yield line.rstrip(b"\n") + b"\n"


def stories_of(case: Case, given: Input) -> Path:
    """Generate the case's file or copy its stories, or take the file that is there."""
    size = f"every{case.every}" if case.every else f"s{case.stories}-{given.seed}"
    path = given.folder / f"{size}-{case.family}-{case.furniture_line}.jsonl"
    if path.exists():
        return path
    unfinished = path.with_suffix(".part")
    if case.every:
        with unfinished.open("wb") as out:
            out.writelines(itertools.islice(rows_of(given.sources), 0, None, case.every))
    else:
        generate.write(
            unfinished, count=case.stories, seed=given.seed, family=case.family,
            furniture_line=case.furniture_line, workers=min(4, os.cpu_count() or 1),
        )  # fmt: skip
    unfinished.rename(path)
    return path


def measure(chosen: list[Case], given: Input, *, rounds: int) -> dict[Case, Run]:
    """Run every case `rounds` times, taking turns, and keep the median."""
    runs: dict[Case, list[Run]] = {case: [] for case in chosen}
    for turn in range(rounds):
        for case in chosen:
            if case.stories >= LARGE and turn:
                continue
            run = run_once(stories_of(case, given), given, threads=case.threads)
            runs[case].append(run)
            sys.stderr.write(
                f"{turn + 1}/{rounds} {case.name}: {run.cpu:.1f} s CPU, {run.wall:.1f} s, "
                f"{max(run.anonymous.values()) / 1e6:,.0f} MB\n"
            )
    return {case: median_run(taken) for case, taken in runs.items()}


def ratios(measured: dict[Case, Run]) -> list[str]:
    """Compare with the promises: growth, threads, bad inputs, memory."""
    cost = {case: run.cpu / case.stories for case, run in measured.items()}
    plain = {
        case.stories: case
        for case in measured
        if case.threads == 1 and not case.family and not case.furniture_line
    }
    lines = []
    if {100_000, 1_000_000} <= plain.keys():
        growth = cost[plain[1_000_000]] / cost[plain[100_000]]
        lines.append(f"cost per story at 1,000,000 / at 100,000: {growth:.2f} (at most 1.3)")
    elif len(plain) > 1:
        few, many = min(plain), max(plain)
        growth = cost[plain[many]] / cost[plain[few]]
        lines.append(f"cost per story at {many:,} / at {few:,}: {growth:.2f}")
    for case, run in measured.items():
        base = plain.get(case.stories)
        if base is None or case == base:
            continue
        if case.threads > 1:
            gain = measured[base].wall / run.wall
            lines.append(f"{case.name}: {gain:.2f} x as fast (at least 1.7 on an idle machine)")
        else:
            lines.append(f"{case.name}: {cost[case] / cost[base]:.2f} x the cost (below 1.5)")
    if 1_000_000 in plain:
        most = max(measured[plain[1_000_000]].anonymous.values())
        lines.append(f"1,000,000 stories: {most / 1e9:.2f} GB that is not file cache (at most 1.5)")
    return lines


def markdown(measured: dict[Case, Run], header: dict[str, str]) -> str:
    """Lay the runs out as tables."""
    stages = list(dict.fromkeys(name for run in measured.values() for name in run.stages))
    lines = ["# Time and memory against size", ""]
    lines += [f"- {name}: {value}" for name, value in header.items()] + [""]
    lines += [f"- {line}" for line in ratios(measured)] + [""]
    lines += [
        "| stories | CPU s | wall s | CPU us/story | not file cache, MB | with it, MB | kept "
        "| pairs a story | of them nothing |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for case, run in measured.items():
        lines.append(
            f"| {case.name} | {run.cpu:.2f} | {run.wall:.2f} | {run.cpu / case.stories * 1e6:.1f} "
            f"| {max(run.anonymous.values()) / 1e6:,.0f} | {run.peak / 1e6:,.0f} | {run.kept:,} "
            f"| {run.pairs / case.stories:.1f} | {run.unrelated / max(run.pairs, 1):.0%} |"
        )
    lines += _by_stage("CPU us/story by stage", stages, {
        case: [f"{run.stages.get(s, 0.0) / case.stories * 1e6:.2f}" for s in stages]
        for case, run in measured.items()
    })  # fmt: skip
    watched = list(dict.fromkeys(name for run in measured.values() for name in run.anonymous))
    lines += _by_stage("Peak in the stage, not file cache, MB", watched, {
        case: [f"{run.anonymous.get(s, 0) / 1e6:,.0f}" for s in watched]
        for case, run in measured.items()
    })  # fmt: skip
    return "\n".join(lines) + "\n"


def _by_stage(title: str, stages: list[str], rows: dict[Case, list[str]]) -> list[str]:
    head = ["| stories | " + " | ".join(stages) + " |", "|---|" + "--:|" * len(stages)]
    body = [f"| {case.name} | " + " | ".join(row) + " |" for case, row in rows.items()]
    return ["", f"## {title}", "", *head, *body]


def main(arguments: list[str] | None = None) -> int:
    """Command line of the measurement."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale", description=__doc__)
    parser.add_argument("--large", action="store_true", help="10 million stories too (25 GB)")
    parser.add_argument("--sizes", help="comma-separated, instead of 10000,100000,1000000")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="keep the generated files here")
    parser.add_argument("--source", type=Path, nargs="+", help="JSONL files, plain or gzip")
    parser.add_argument("--publisher-field", help="of their rows")
    parser.add_argument("-o", "--out", type=Path, default=Path("benchmarks/results/scale"))
    given = parser.parse_args(arguments)
    sizes = tuple(int(size) for size in given.sizes.split(",")) if given.sizes else SIZES
    if given.large:
        sizes = (*sizes, LARGE)
    with tempfile.TemporaryDirectory() as temporary:
        folder = (given.folder or Path(temporary)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        sources = tuple(path.resolve() for path in given.source or ())
        chosen = cases_of(sources) if sources else cases(sizes)
        stories = Input(folder, given.seed, sources, given.publisher_field)
        measured = measure(chosen, stories, rounds=given.rounds)
    named = ", ".join(path.name for path in sources) or f"generated, seed {given.seed}"
    header = machine() | {
        "stories": named,
        "rounds": f"{given.rounds}, medians of CPU time, worst memory",
    }
    given.out.parent.mkdir(parents=True, exist_ok=True)
    text = markdown(measured, header)
    given.out.with_suffix(".md").write_text(text, encoding="utf-8")
    record = {
        "header": header,
        "runs": {
            case.name: {"case": vars(case), "run": vars(run)} for case, run in measured.items()
        },
    }
    given.out.with_suffix(".json").write_text(json.dumps(record, indent=1), encoding="utf-8")
    bars = [
        (
            case.name.replace(", ", "\n", 1),
            {name: taken / case.stories * 1e6 for name, taken in run.stages.items()},
        )
        for case, run in measured.items()
    ]
    drawing = stacked_bars("CPU time per story", bars, unit="us")
    given.out.with_suffix(".svg").write_text(drawing, encoding="utf-8")
    sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
