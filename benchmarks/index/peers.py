"""``python -m benchmarks.index.peers DUMP``: an index and others, on one stream of stories.

The first stories of a dump, by date, are put into each; then cut ones are asked about. *Found*:
the share of those truncations whose fuller story is in the answer. Figures are CPU of one thread;
for Redis that of its server is counted, too. Each of the others is left out where it is not
installed: ``datasketch``, ``redis`` and ``redis-server``, ``semhash`` (with a small model of static
vectors that ``tokenlearn-static-model`` brings: the one that it loads by itself comes from the
net).
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

import dupdetect
from benchmarks.index.__main__ import cpu, stories_of

Rows = list[dict[str, Any]]
Found = dict[str, Any]
LSH_AT = (0.5, 0.3)  # thresholds of datasketch
SEMHASH_AT = (0.9, 0.8)
PORT = 6391


def cut_stories(table: pa.Table, most: int) -> list[tuple[int, str]]:
    """Return rows of stories that are cut from another one, and the id of that."""
    found = dupdetect.cluster(table, threads=1).relations
    row_of = {story: row for row, story in enumerate(table["id"].to_pylist())}
    cut = [
        (row_of[row["b"]], row["a"])
        for row in found.select(["a", "b", "kind"]).to_pylist()
        if row["kind"] == "truncation"
    ]
    order = np.random.default_rng(3).permutation(len(cut))[:most]
    return [cut[k] for k in order.tolist()]


def figures(
    name: str,
    count: int,
    cut: list[tuple[int, str]],
    insert: Callable[[], object],
    query: Callable[[int], set[str]],
    size: Callable[[], int],
    elsewhere: Callable[[], float] = lambda: 0.0,
) -> Found:
    """Insert, then ask; `elsewhere` gives the CPU seconds that another process has used."""
    before = elsewhere()
    spent, _ = cpu(insert)
    inserted = spent + elsewhere() - before
    before = elsewhere()
    spent, answers = cpu(lambda: [query(row) for row, _ in cut])
    asked = spent + elsewhere() - before
    found = sum(whole in answer for (_, whole), answer in zip(cut, answers, strict=True))
    return {
        "index": name,
        "found": round(found / len(cut), 3),
        "answers": round(sum(map(len, answers)) / len(cut), 1),
        "insert_us": round(inserted / count * 1e6),
        "query_ms": round(asked / len(cut) * 1e3, 2),
        "bytes": round(size() / count),
    }


def of_dupdetect(table: pa.Table, rows: Rows, cut: list[tuple[int, str]], folder: Path) -> Found:
    """Measure an index in a folder."""
    with dupdetect.Index.create(folder / "news.idx", threads=1) as index:
        return figures(
            "dupdetect",
            len(rows),
            cut,
            lambda: index.add(table),
            lambda row: set(index.query(rows[row])["story"].to_pylist()) - {rows[row]["id"]},
            lambda: int(index.summary()["bytes"]),
        )


def of_datasketch(
    rows: Rows,
    cut: list[tuple[int, str]],
    threshold: float,
    server: Any = None,  # noqa: ANN401  a client of Redis
) -> Found:
    """Measure ``MinHashLSH`` in memory, or in a server, with signatures of 5-word shingles."""
    from datasketch import MinHashLSH  # noqa: PLC0415  (slow to import)

    storage = {"type": "redis", "basename": b"lsh%d" % int(threshold * 100),
               "redis": {"host": "localhost", "port": PORT}}  # fmt: skip
    size = dupdetect.Config().num_perm
    lsh = MinHashLSH(threshold=threshold, num_perm=size, storage_config=storage if server else None)

    def signed(row: int) -> Any:  # noqa: ANN401  a MinHash
        return dupdetect.Signature.of(rows[row]["text"]).to_datasketch()

    def insert() -> None:
        for row, story in enumerate(rows):
            lsh.insert(story["id"], signed(row))

    def bytes_held() -> int:
        if server:
            return int(server.info("memory")["used_memory"])
        return sum(
            sys.getsizeof(key) + sum(map(sys.getsizeof, keys))
            for bucket in lsh.hashtables
            for key, keys in ((key, bucket.get(key)) for key in bucket.keys())  # noqa: SIM118
        )

    def used() -> float:
        if not server:
            return 0.0
        said = server.info("cpu")
        return float(said["used_cpu_user"] + said["used_cpu_sys"])

    where = "Redis" if server else "in memory"
    return figures(
        f"datasketch {threshold}, {where}", len(rows), cut, insert,
        lambda row: set(lsh.query(signed(row))) - {rows[row]["id"]}, bytes_held, used,
    )  # fmt: skip


def static_model() -> Any:  # noqa: ANN401  what gives semhash its vectors
    """Return the model of static vectors that a package brings."""
    from model2vec import StaticModel  # noqa: PLC0415  (seldom installed)

    found = find_spec("static_model")
    return StaticModel.from_pretrained(str(Path(str(found and found.origin)).parent / "model"))


def of_semhash(rows: Rows, cut: list[tuple[int, str]], threshold: float) -> Found:
    """Measure semhash: vectors of whole texts."""
    from semhash import SemHash  # noqa: PLC0415  (slow to import)

    id_of = {story["text"]: story["id"] for story in rows}
    vectors, held = static_model(), []

    def insert() -> None:
        held.append(SemHash.from_records(records=[one["text"] for one in rows], model=vectors))

    def query(row: int) -> set[str]:
        # `deduplicate` names only the equal text where there is one: its index is asked.
        index = held[0].index
        near = index.query_threshold(vectors.encode([rows[row]["text"]]), threshold)[0][0]
        texts = {one["text"] for group in near for one in index.items[group]}
        return {id_of[text] for text in texts} - {rows[row]["id"]}

    def bytes_held() -> int:
        return int(sum(v.nbytes for v in np.asarray(held[0].index.vectors)))

    return figures(f"semhash {threshold}", len(rows), cut, insert, query, bytes_held)


@contextmanager
def redis_server() -> Iterator[Any]:
    """Run a server of our own; None where there is none."""
    program = shutil.which("redis-server")
    if program is None or find_spec("redis") is None:
        yield None
        return
    import redis  # noqa: PLC0415  (seldom installed)

    with tempfile.TemporaryDirectory() as folder:
        command = [program, "--port", str(PORT), "--save", "", "--dir", folder]
        running = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        try:
            client = redis.Redis(port=PORT)
            for _ in range(100):
                try:
                    client.ping()
                    break
                except redis.ConnectionError:
                    time.sleep(0.1)
            yield client
        finally:
            running.terminate()
            running.wait()


def measure(table: pa.Table, queries: int, folder: Path, only: str) -> Iterator[Found]:
    """Measure all that is there and has `only` in its name."""
    rows = table.to_pylist()
    cut = cut_stories(table, queries)
    yield {"stories": len(rows), "cut_stories": len(cut)}
    if only in "dupdetect":
        yield of_dupdetect(table, rows, cut, folder)
    if find_spec("datasketch") and only in "datasketch":
        for threshold in LSH_AT:
            yield of_datasketch(rows, cut, threshold)
    if find_spec("datasketch") and only in "datasketch, Redis":
        with redis_server() as server:
            if server is not None:
                yield of_datasketch(rows, cut, LSH_AT[-1], server)
    if find_spec("semhash") and find_spec("static_model") and only in "semhash":
        for threshold in SEMHASH_AT:
            yield of_semhash(rows, cut, threshold)


def main(arguments: list[str] | None = None) -> int:
    """Print the figures, a line of JSON each."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.index.peers", description=__doc__)
    parser.add_argument("dump", type=Path)
    parser.add_argument("--stories", type=int, default=10_000)
    parser.add_argument("--queries", type=int, default=200)
    parser.add_argument("--publisher-field", metavar="NAME", help="of the rows")
    parser.add_argument("--only", default="", help="a name, or part of one: leave others out")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        table = stories_of(given.dump, given.publisher_field)[: given.stories]
        for found in measure(table, given.queries, Path(folder), given.only):
            sys.stdout.write(json.dumps(found) + "\n")
            sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
