"""De-duplicate one file in a process of its own: ``python -m benchmarks.scale.worker JOB``.

JOB is a JSON object: source, out, threads, stage, and memory and publisher, the name of that field,
where they are not the default. The name of the stage at work is kept in the file `stage`, for the
process that watches the memory. The last line printed is a JSON object.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path


def main() -> int:
    """Read, cluster, write; the same steps as ``dupdetect dedupe``."""
    job = json.loads(sys.argv[1])
    stage_file = Path(job["stage"])
    current = ""

    def enter(stage: str, _done: int = 0, _total: int = 0) -> None:
        nonlocal current
        if stage != current:
            current = stage
            stage_file.write_text(stage, encoding="utf-8")

    def clocks() -> tuple[float, float]:
        usage = resource.getrusage(resource.RUSAGE_SELF)
        return usage.ru_utime + usage.ru_stime, time.perf_counter()

    enter("import")
    from dupdetect import corpus, output  # noqa: PLC0415  importing is a stage
    from dupdetect.config import Config  # noqa: PLC0415
    from dupdetect.engines import local  # noqa: PLC0415  importing is a stage
    from dupdetect.support.memory import Memory  # noqa: PLC0415  importing is a stage

    timings: dict[str, dict[str, float]] = {"import": {"cpu_seconds": clocks()[0]}}
    enter("read")
    cpu, wall = clocks()
    memory = Memory.of(job.get("memory"))
    with corpus.read(
        job["source"],
        names=corpus.FieldNames(publisher=job.get("publisher")),
        threads=job["threads"],
        memory_bytes=memory.texts,
    ) as stories:
        read = clocks()
        timings["read"] = {"cpu_seconds": read[0] - cpu, "wall_seconds": read[1] - wall}
        found = local.cluster_corpus(
            stories,
            config=Config(),
            threads=job["threads"],
            memory=memory.total,
            progress=enter,
        )
        timings |= {k: v for k, v in found.summary["timings"].items() if k not in timings}
        enter("write")
        cpu, wall = clocks()
        keep = found.clusters["canonical"].to_numpy(zero_copy_only=False)
        notes = [b"{}"] * int(len(keep) - keep.sum())
        output.copy_rows(stories, keep, job["out"], None, notes)
        written = clocks()
        timings["write"] = {"cpu_seconds": written[0] - cpu, "wall_seconds": written[1] - wall}
        result = {
            "timings": timings,
            "stories": found.summary["stories"],
            "kept": found.summary["kept"],
            "kinds": found.summary["kinds"],
            "pairs": found.summary["compared_pairs"],
            "unrelated": found.summary["comparing"]["unrelated_pairs"],
        }
    sys.stdout.write(json.dumps(result) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
