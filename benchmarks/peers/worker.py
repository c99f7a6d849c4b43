"""One measurement in a process of its own: ``python -m benchmarks.peers.worker JOB``.

JOB is a JSON object: peer, table ("probe", "sign", "group" or "whole"), source, out, stories.
The last line printed is a JSON object with the result; everything else goes to standard error.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import itertools
import json
import os
import resource
import sys
import time
from pathlib import Path

import orjson

from benchmarks.peers.pipelines import PEERS


def _texts(source: Path, count: int) -> list[str]:
    with source.open("rb") as lines:
        return [orjson.loads(line)["text"] for line in itertools.islice(lines, count)]


def peak_bytes() -> int:
    """Largest resident set of this process or of one it waited for.

    VmHWM, not ``ru_maxrss``: the latter starts at what the parent held before ``exec``.
    """
    status = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    own = next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
    return 1024 * max(own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)


def run(job: dict[str, str | int]) -> dict[str, float | int | str]:
    """Do one job and say what it took.

    Parameters
    ----------
    job : dict
        See the module's first lines.

    Returns
    -------
    dict
        "cpu" and "wall" in seconds of the measured part alone, "stories", and "found".
    """
    peer = next(peer for peer in PEERS if peer.name == job["peer"])
    if job["table"] == "probe":
        return {"version": importlib.metadata.version(peer.package)}
    source, out = Path(str(job["source"])), Path(str(job["out"]))
    if job["table"] == "whole":
        if peer.whole is None:
            return {"error": "has no such step"}
        peer.whole(source, out)
        with out.open("rb") as kept:
            return {"found": sum(1 for _ in kept)}
    texts = _texts(source, int(job["stories"]))
    if peer.sign is None or (job["table"] == "group" and peer.group is None):
        return {"error": "has no such step"}
    peer.sign(texts[:50])  # imports and warm-up are not what is measured
    found = len(texts)
    signatures = peer.sign(texts) if job["table"] == "group" else None
    wall, cpu = time.perf_counter(), time.process_time()
    if job["table"] == "group" and peer.group is not None:
        found = peer.group(signatures)
    else:
        peer.sign(texts)
    return {
        "cpu": time.process_time() - cpu,
        "wall": time.perf_counter() - wall,
        "stories": len(texts),
        "found": found,
    }


def main() -> int:
    """Run the job given as the first argument."""
    job = json.loads(sys.argv[1])
    if "core" in job:
        os.sched_setaffinity(0, {job["core"]})
    with contextlib.redirect_stdout(sys.stderr):
        try:
            result = run(job) | {"peak": peak_bytes()}
        except Exception as error:  # any failure of a peer is a row that says so
            result = {"error": f"{type(error).__name__}: {error}".splitlines()[0][:200]}
    sys.stdout.write(json.dumps(result) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
