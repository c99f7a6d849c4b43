"""Measure start-up: ``dupdetect --version``, 40 stories, and the imports against PyArrow's.

    python -m benchmarks.speed.startup [--rounds 15]

Processor time (user and system) of whole processes, medians; the commands take turns. Modules are
compiled before the first round, as an installation compiles them, whatever the environment says.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

SAMPLE = Path(__file__).resolve().parents[2] / "data" / "wire.jsonl"
COMMANDS = {
    "python": ["-c", "pass"],
    "import pyarrow": ["-c", "import pyarrow"],
    "import dupdetect": ["-c", "import dupdetect"],
    "import dupdetect, then dupdetect.cluster": ["-c", "import dupdetect; dupdetect.cluster"],
    "dupdetect --version": ["-m", "dupdetect", "--version"],
}


def cpu_seconds(arguments: list[str], compiled: str) -> float:
    """Processor seconds of one process that keeps its compiled modules in a folder.

    Raises
    ------
    subprocess.CalledProcessError
        When it fails.
    """
    environment = os.environ | {"PYTHONPYCACHEPREFIX": compiled}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    child = subprocess.Popen(
        [sys.executable, *arguments], stdout=subprocess.DEVNULL, env=environment
    )
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise subprocess.CalledProcessError(child.returncode, arguments)
    return usage.ru_utime + usage.ru_stime


def main(arguments: list[str] | None = None) -> int:
    """Command line of the measurement."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed.startup", description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        few = Path(folder) / "few.jsonl"
        few.write_bytes(b"".join(SAMPLE.read_bytes().splitlines(keepends=True)[:40]))
        dedupe = ["-m", "dupdetect", "dedupe", str(few), "-o", f"{folder}/kept.jsonl", "-q"]
        commands = COMMANDS | {"dupdetect dedupe, 40 stories": dedupe}
        taken: dict[str, list[float]] = {name: [] for name in commands}
        for command in commands.values():
            cpu_seconds(command, f"{folder}/compiled")
        for _ in range(given.rounds):
            for name, command in commands.items():
                taken[name].append(cpu_seconds(command, f"{folder}/compiled"))
    medians = {name: statistics.median(times) for name, times in taken.items()}
    lines = ["| command | CPU s, median | least |", "|---|--:|--:|"]
    lines += [f"| {name} | {medians[name]:.3f} | {min(taken[name]):.3f} |" for name in taken]
    above = medians["import dupdetect"] - medians["import pyarrow"]
    lines += [
        "",
        f"- `dupdetect --version`: {medians['dupdetect --version']:.3f} s (below 0.25)",
        f"- `import dupdetect` above `import pyarrow`: {above:+.3f} s (at most 0.1)",
    ]
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
