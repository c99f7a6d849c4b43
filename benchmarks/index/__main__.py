"""``python -m benchmarks.index DUMP``: an index of real stories, added to, settled and asked.

All figures are CPU of one thread, in one run: microseconds a story, milliseconds a query. The
stories are taken by date. Beside them the run over everything that the index replaces, and
datasketch's ``MinHashLSH`` in memory with the same 5-word shingles on the same stories. Who asks is
a process of its own, whose memory is counted: see ``reader``.

With ``--ask INDEX`` a settled index of these stories is only asked, and stays; it is made by one
addition where it is not there.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa

import dupdetect
from dupdetect.corpus import read
from dupdetect.products.corpus import Corpus

Result = TypeVar("Result")
Found = dict[str, Any]
SMALL, LARGE = 50, 1000  # stories of an addition
PARTS = 6  # additions of each size that are measured


def cpu(work: Callable[[], Result]) -> tuple[float, Result]:
    """Return CPU seconds, and what the work returned."""
    began = time.process_time()
    done = work()
    return time.process_time() - began, done


def stories_of(dump: Path, publisher: str | None = None) -> pa.Table:
    """Return the stories by date; `publisher` is the field of theirs, if not one known by name."""
    with read(dump, names=dupdetect.FieldNames(publisher=publisher)) as corpus:
        order = np.argsort(corpus.published_us, kind="stable")
        return _table(corpus, order)


def _table(corpus: Corpus, order: np.ndarray[Any, Any]) -> pa.Table:
    buffers = [None, pa.py_buffer(corpus.text_offsets), pa.py_buffer(corpus.text)]
    texts = pa.Array.from_buffers(pa.large_string(), len(corpus), buffers)
    columns = {
        "id": corpus.ids, "publisher": corpus.publishers, "published": corpus.published,
        "title": corpus.titles, "text": texts,
    }  # fmt: skip
    return pa.table(columns).take(pa.array(order))


def parts(table: pa.Table, size: int) -> Iterator[pa.Table]:
    """Cut a table."""
    for first in range(0, table.num_rows, size):
        yield table.slice(first, size)


def measure(table: pa.Table, folder: Path, queries: int) -> Found:
    """Build, add, settle, ask."""
    count = table.num_rows
    batch, at_once = cpu(lambda: dupdetect.cluster(table, threads=1))
    new = max(count // 100, 1)
    held = count - new - PARTS * (SMALL + LARGE)
    if held < PARTS * LARGE:
        sys.exit(f"{count} stories: expected {3 * PARTS * LARGE} or more; give a larger dump")
    index = dupdetect.Index.create(folder, threads=1)
    found: Found = {"stories": count, "batch_us": batch / count * 1e6}
    spent, _ = cpu(lambda: index.add(table.slice(0, held)))
    found["first_addition_us"] = spent / held * 1e6
    at = held
    for name, size in (("thousands", LARGE), ("fifties", SMALL)):
        each = list(parts(table.slice(at, PARTS * size), size))
        spent, _ = cpu(lambda each=each: [index.add(part) for part in each])  # type: ignore[misc]
        found[f"addition_of_{name}_us"] = spent / (PARTS * size) * 1e6
        at += PARTS * size
    spent, _ = cpu(index.settle)
    found["settle_us"] = spent / at * 1e6
    index.add(table.slice(at))
    provisional = index.clusters()["cluster"].to_pylist()
    spent, _ = cpu(index.settle)
    found["settle_with_one_percent_new_us"] = spent / count * 1e6
    clusters, relations = index.clusters(), index.relations()
    settled = clusters["cluster"].to_pylist()
    found["labels_before_settling"] = float(
        np.mean([a == b for a, b in zip(provisional, settled, strict=True)])
    )
    found["settled_equals_batch"] = bool(
        clusters.drop_columns(["name"]).combine_chunks().equals(at_once.clusters.combine_chunks())
        and relations.combine_chunks().equals(at_once.relations.combine_chunks())
    )
    text = sum(len(one) for one in table["text"].cast(pa.large_binary()).to_pylist())
    found["bytes_a_story"] = index.summary()["bytes"] / count
    found["text_bytes_a_story"] = text / count
    index.close()
    return {**found, **ask(folder, table, clusters, queries)}


def ask(folder: Path, table: pa.Table, clusters: pa.Table, queries: int) -> Found:
    """Ask about stories one by one, as the reader of a stream does, in a process of its own."""
    rows = np.random.default_rng(1).choice(table.num_rows, min(queries, table.num_rows), False)
    asked = table.take(pa.array(rows)).to_pylist()
    cluster = dict(zip(clusters["id"].to_pylist(), clusters["cluster"].to_pylist(), strict=True))
    sizes: dict[str, int] = {}
    for name in cluster.values():
        sizes[name] = sizes.get(name, 0) + 1
    command = [sys.executable, "-m", "benchmarks.index.reader", str(folder)]
    rows = json.dumps(asked).encode()
    done = subprocess.run(command, input=rows, stdout=subprocess.PIPE, check=True)
    said = json.loads(done.stdout)
    agree = 0
    for row, stories in zip(asked, said.pop("stories"), strict=True):
        mate = any(cluster[one] == cluster[row["id"]] for one in stories if one != row["id"])
        agree += mate == (sizes[cluster[row["id"]]] > 1)
    spent = said.pop("spent_ms")
    return {
        "queries": len(asked),
        "query_median_ms": float(np.median(spent)),
        "query_p95_ms": float(np.quantile(spent, 0.95)),
        "query_finds_a_mate_exactly_where_there_is_one": agree,
        **said,
        "load": os.getloadavg()[0],
    }


def ask_only(table: pa.Table, folder: Path, queries: int) -> Found:
    """Ask an index, which is made by one addition where it is not there."""
    found: Found = {"stories": table.num_rows}
    if not folder.exists():
        with dupdetect.Index.create(folder, threads=1) as index:
            spent, _ = cpu(lambda: index.add(table))
            found["first_addition_us"] = spent / table.num_rows * 1e6
    with dupdetect.Index.open(folder, threads=1) as index:
        clusters = index.clusters().select(["id", "cluster"])
        found |= {"settled": index.settled, "segments": index.summary()["segments"]}
    return {**found, **ask(folder, table, clusters, queries)}


def recall(
    table: pa.Table, folder: Path, limit: int, thresholds: tuple[float, ...] = (0.8, 0.5, 0.3)
) -> Found:
    """Of stories cut from others: for how many the fuller one is found, by both."""
    from datasketch import MinHashLSH  # noqa: PLC0415  (slow to import)

    with dupdetect.Index.open(folder, threads=1) as index:
        relations = index.relations().select(["a", "b", "kind", "b_coverage", "resemblance"])
        cut = [row for row in relations.to_pylist() if row["kind"] in {"truncation", "abridgement"}]
        cut = [cut[k] for k in np.random.default_rng(2).permutation(len(cut))[:limit]]
        row_of = {story: row for row, story in enumerate(table["id"].to_pylist())}
        rows = [table.slice(row_of[one["b"]], 1).to_pylist()[0] for one in cut]
        spent, ours = cpu(lambda: [set(index.query(row)["story"].to_pylist()) for row in rows])
    found: Found = {
        "cut_stories": len(cut),
        "index_recall": sum(one["a"] in got for one, got in zip(cut, ours, strict=True)) / len(cut),
        "index_query_ms": spent / len(cut) * 1e3,
    }
    texts, ids = table["text"].to_pylist(), table["id"].to_pylist()
    signed = dupdetect.Signature.of_many(texts)
    for threshold in thresholds:
        lsh = MinHashLSH(threshold=threshold, num_perm=signed[0].values.size)
        spent, _ = cpu(
            lambda lsh=lsh: [  # type: ignore[misc]
                lsh.insert(key, one.to_datasketch()) for key, one in zip(ids, signed, strict=True)
            ]
        )
        found[f"datasketch_{threshold}_insert_us"] = spent / len(ids) * 1e6
        spent, theirs = cpu(
            lambda lsh=lsh: [  # type: ignore[misc]
                set(lsh.query(dupdetect.Signature.of(row["text"]).to_datasketch())) for row in rows
            ]
        )
        found[f"datasketch_{threshold}_query_ms"] = spent / len(cut) * 1e3
        found[f"datasketch_{threshold}_recall"] = sum(
            one["a"] in got for one, got in zip(cut, theirs, strict=True)
        ) / len(cut)
        found[f"datasketch_{threshold}_answers"] = sum(map(len, theirs)) / len(cut)
    return found


def main(arguments: list[str] | None = None) -> int:
    """Print the figures as JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.index", description=__doc__)
    parser.add_argument("dump", type=Path)
    parser.add_argument("--queries", type=int, default=400)
    parser.add_argument("--folder", type=Path, help="where the index goes; it is removed")
    parser.add_argument("--no-peer", action="store_true", help="leave datasketch out")
    parser.add_argument("--publisher-field", metavar="NAME", help="of the rows")
    parser.add_argument("--ask", type=Path, metavar="INDEX", help="only ask this index")
    given = parser.parse_args(arguments)
    table = stories_of(given.dump, given.publisher_field)
    if given.ask:
        sys.stdout.write(json.dumps(ask_only(table, given.ask, given.queries), indent=1) + "\n")
        return 0
    place = Path(given.folder or tempfile.mkdtemp()) / "news.idx"
    try:
        found = measure(table, place, given.queries)
        if not given.no_peer:
            found |= recall(table, place, given.queries)
    finally:
        shutil.rmtree(place, ignore_errors=True)
    sys.stdout.write(json.dumps(found, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
