"""Generate realistic stories with labelled copies: 10 thousand to 10 million, streamed.

    python -m benchmarks.generate OUT.jsonl --stories 50000 --seed 1

Every block of 50,000 stories is made, shuffled and written before the next, so memory does not
grow with the file. The same seed gives the same bytes. Families, cuts, edits, OCR noise, woven-in
parts and round-ups come in the proportions of the project's labelled benchmark of real stories.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import multiprocessing
import shutil
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.generate.bases import base_stories, stock_prose
from benchmarks.generate.copies import OPERATIONS, copy_of, mixed, round_up
from benchmarks.generate.words import PARAGRAPH, Publisher, language

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

BLOCK = 50_000
FURNITURE_LINE = (
    b"Support independent reporting in your region and receive the five stories that matter "
    b"every weekday morning by leaving your address with our readers' desk today."
)
# Of 965 units: 300 families, 600 stories without a copy, 50 woven from two, 15 round-ups.
_FAMILY, _SINGLE, _MIXED = 300 / 965, 900 / 965, 950 / 965
_COPIES = (1, 1, 1, 2, 2, 3, 4, 6, 9, 14)
_WIDE = 150  # copies of one family in 300: the widely syndicated story
_DRAWS = 8


@dataclass(frozen=True)
class Plan:
    """What a block holds: for each story its family, its operation and the base it comes from.

    Attributes
    ----------
    family : list of int
        Gold cluster number, unique over the whole file.
    operation : list of str
        "original", a name of `OPERATIONS`, "mixed" or "round_up".
    base : list of int
        Row of the base story; -1 is the one large family given by ``--family``.
    bases : int
        How many base stories the block needs.
    """

    family: list[int]
    operation: list[str]
    base: list[int]
    bases: int


def _pick_operations(rng: np.random.Generator, count: int) -> list[str]:
    names = list(OPERATIONS)
    weights = np.array([OPERATIONS[name] for name in names], dtype=np.float64)
    return [names[i] for i in rng.choice(len(names), size=count, p=weights / weights.sum())]


def plan_block(
    rng: np.random.Generator, *, size: int, wide: int, first_family: int, has_original: bool
) -> Plan:
    """Decide what the stories of a block are.

    Parameters
    ----------
    rng : numpy.random.Generator
    size : int
        Stories in the block, at least `wide`.
    wide : int
        Members of the one large family (cluster 0) among them.
    first_family : int
        First free cluster number, at least 1.
    has_original : bool
        Whether the first of the large family is its original.

    Returns
    -------
    Plan
    """
    operation = _pick_operations(rng, size)
    if wide and has_original:
        operation[0] = "original"
    family, base = [0] * wide, [-1] * wide
    number, bases = first_family, 0
    while len(family) < size:
        kind = rng.random()
        copies = 0
        if kind < _FAMILY:
            copies = _WIDE if rng.random() < 1 / 300 else int(_COPIES[int(rng.integers(10))])
        copies = min(copies, size - len(family) - 1)
        operation[len(family)] = (
            "original" if kind < _SINGLE else "mixed" if kind < _MIXED else "round_up"
        )
        family += [number] * (copies + 1)
        base += [bases] * (copies + 1)
        number += 1
        bases += 1
    return Plan(family, operation, base, bases)


@dataclass(frozen=True)
class Block:
    """A run of the file that can be made by itself.

    Attributes
    ----------
    seed, number : int
        Together they fix every random choice.
    plan : Plan
    first_id : int
        Number of the block's first story in the file.
    line_in : int
        How many of its stories also carry `FURNITURE_LINE`.
    stock : bool
        Whether its stories share stock prose.
    """

    seed: int
    number: int
    plan: Plan
    first_id: int
    line_in: int
    stock: bool = False


def block_lines(block: Block) -> Iterator[tuple[bytes, int]]:
    """Render the stories of a block, shuffled.

    Parameters
    ----------
    block : Block

    Yields
    ------
    line : bytes
        A JSON object and a newline.
    family : int
        Its gold cluster.
    """
    lang, plan = language(), block.plan
    rng = np.random.default_rng([block.seed, block.number, 1])
    wide_story = base_stories(np.random.default_rng([block.seed, 2**31]), lang, 1)[0]
    prose: list[NDArray[np.int64]] = []
    if block.stock:
        prose = stock_prose(np.random.default_rng([block.seed, block.number, 2]), lang, plan.bases)
    bases = base_stories(rng, lang, max(1, plan.bases), prose)
    spare = base_stories(rng, lang, max(8, plan.bases // 20))
    families = sorted(
        {b for b, op in zip(plan.base, plan.operation, strict=True) if op in OPERATIONS}
    )
    sources = [bases[b] for b in families if b >= 0] or spare
    size = len(plan.family)
    order = rng.permutation(size).tolist()
    carries = np.zeros(size, dtype=bool)
    carries[rng.permutation(size)[: block.line_in]] = True
    draws = rng.random((size, _DRAWS))
    for rank, row in enumerate(order):
        u = draws[rank].tolist()
        operation = plan.operation[row]
        source = wide_story if plan.base[row] < 0 else bases[plan.base[row]]
        if operation == "mixed":
            body = mixed(rng, sources[int(u[0] * len(sources))], source)
        elif operation == "round_up":
            body = round_up(rng, sources)
        else:
            other = spare[int(u[1] * len(spare))]
            body = copy_of(rng, lang, source, operation=operation, other=other)
        publisher = lang.publishers[int(len(lang.publishers) * u[5] ** 1.5)]  # some print more
        text = _furnish(publisher, body, u, line=FURNITURE_LINE if carries[row] else b"")
        family = plan.family[row]
        yield (
            b'{"id": "s%08d", "publisher": "%b", "published": "2026-%02d-%02dT%02d:%02d:00Z", '
            b'"title": "%b", "text": "%b"}\n'
            % (
                block.first_id + rank,
                publisher.name,
                1 + family % 12,
                1 + family % 28,
                int(u[3] * 24),
                int(u[4] * 60),
                source.titles[u[2] > 0.75],  # a quarter write their own
                text,
            ),
            family,
        )


def _furnish(publisher: Publisher, body: bytes, u: list[float], *, line: bytes) -> bytes:
    body = body.removesuffix(b" ").removesuffix(PARAGRAPH)
    if u[6] < 0.7:
        cut = body.find(PARAGRAPH, int(u[7] * len(body)))
        if cut >= 0:
            at = cut + len(PARAGRAPH)
            inline = publisher.inline[int(u[1] * len(publisher.inline))]
            body = b"".join((body[:at], inline, body[at:]))
    dated = b""
    if publisher.dated:
        dated = b"Published %02d:%02d, %d March 2026\\n\\n" % (
            int(u[3] * 24), int(u[4] * 60), 1 + int(u[0] * 28),
        )  # fmt: skip
    extra = PARAGRAPH + line if line else b""
    return b"".join((publisher.header, dated, body, extra, publisher.footer))


def blocks(
    count: int, *, seed: int, family: int = 0, furniture_line: int = 0, stock: bool = False
) -> Iterator[Block]:
    """Plan a file of `count` stories; parameters as in `stories`."""
    if count < 1 or seed < 0:
        msg = f"count {count}, seed {seed}: expected at least 1 story and a seed of 0 or more"
        raise ValueError(msg)
    if not (0 <= family <= count and 0 <= furniture_line <= count):
        msg = f"family {family}, furniture line {furniture_line}: expected 0 to {count}"
        raise ValueError(msg)
    first_family = 1
    for number, start in enumerate(range(0, count, BLOCK)):
        stop = min(count, start + BLOCK)
        plan = plan_block(
            np.random.default_rng([seed, number, 0]),
            size=stop - start,
            wide=stop * family // count - start * family // count,
            first_family=first_family,
            has_original=start * family // count == 0,
        )
        line_in = stop * furniture_line // count - start * furniture_line // count
        yield Block(seed, number, plan, start, line_in, stock)
        first_family = max(first_family, plan.family[-1] + 1)


def stories(
    count: int, *, seed: int, family: int = 0, furniture_line: int = 0, stock: bool = False
) -> Iterator[tuple[bytes, int]]:
    """Stream `count` stories.

    Parameters
    ----------
    count : int
        Stories, at least 1.
    seed : int
        Non-negative; the same seed gives the same stories.
    family : int
        Members of one very large family, spread evenly over the file, at most `count`.
    furniture_line : int
        Stories that carry one and the same line of furniture, at most `count`.
    stock : bool
        Whether unrelated stories share stock prose, about as press releases do: as many pairs are
        compared and as many of them come to nothing (`benchmarks.generate.statistics`).

    Yields
    ------
    line : bytes
        One JSON object (id, publisher, published, title, text) and a newline.
    cluster : int
        Its gold cluster: the family of a copy; a story without a copy, a woven one or a round-up
        is alone in its cluster. The large family is cluster 0.

    Raises
    ------
    ValueError
        When a number is out of its range.

    Examples
    --------
    >>> line, cluster = next(stories(10, seed=1))
    >>> line.startswith(b'{"id": "s00000000", ')
    True
    """
    made = blocks(count, seed=seed, family=family, furniture_line=furniture_line, stock=stock)
    for block in made:
        yield from block_lines(block)


def _render(path: Path, block: Block) -> list[int]:
    """Append a block to `path`; its gold clusters."""
    families: list[int] = []
    with path.open("ab", buffering=1 << 20) as out:
        for line, cluster in block_lines(block):
            out.write(line)
            families.append(cluster)
    return families


def _render_part(job: tuple[Path, Block]) -> tuple[Path, list[int]]:
    return job[0], _render(*job)


def _rendered(path: Path, plans: Iterator[Block], workers: int) -> Iterator[list[int]]:
    if workers <= 1:
        for block in plans:
            yield _render(path, block)
        return
    jobs = ((path.with_name(f".{path.name}.{block.number}"), block) for block in plans)
    with multiprocessing.get_context("spawn").Pool(workers) as pool, path.open("ab") as out:
        for part, families in pool.imap(_render_part, jobs):
            with part.open("rb") as block_file:
                shutil.copyfileobj(block_file, out, 1 << 20)
            part.unlink()
            yield families


def write(
    path: Path,
    *,
    count: int,
    seed: int,
    family: int = 0,
    furniture_line: int = 0,
    stock: bool = False,
    gold: bool = False,
    workers: int = 1,
) -> int:
    """Write a file of stories and, when asked, ``<name>.clusters.jsonl`` in its folder.

    Parameters
    ----------
    path : Path
    count, seed, family, furniture_line, stock
        As in `stories`.
    gold : bool
        Write lines of ``{"id": ..., "cluster": ...}`` too.
    workers : int
        Processes that make blocks; the file does not depend on it.

    Returns
    -------
    int
        Bytes written to `path`.
    """
    plans = blocks(count, seed=seed, family=family, furniture_line=furniture_line, stock=stock)
    path.unlink(missing_ok=True)
    number = 0
    with contextlib.ExitStack() as stack:
        marks = None
        if gold:
            marks_path = path.with_name(f"{path.stem}.clusters.jsonl")
            marks = stack.enter_context(marks_path.open("w", encoding="utf-8"))
        for families in _rendered(path, plans, workers):
            if marks is not None:
                marks.writelines(
                    json.dumps({"id": f"s{n:08d}", "cluster": cluster}) + "\n"
                    for n, cluster in enumerate(families, number)
                )
            number += len(families)
    return path.stat().st_size


def main(arguments: list[str] | None = None) -> int:
    """Command line of the generator."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.generate", description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--stories", type=int, default=50_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--family", type=int, default=0, help="members of one very large family")
    parser.add_argument(
        "--furniture-line", type=int, default=0, help="stories that carry one and the same line"
    )
    parser.add_argument(
        "--stock", action="store_true", help="unrelated stories share prose, as press releases do"
    )
    parser.add_argument("--gold", action="store_true", help="also write OUT.clusters.jsonl")
    parser.add_argument("--workers", type=int, default=1, help="processes (same bytes)")
    given = parser.parse_args(arguments)
    began = time.perf_counter()
    size = write(
        given.out, count=given.stories, seed=given.seed, family=given.family,
        furniture_line=given.furniture_line, stock=given.stock, gold=given.gold,
        workers=given.workers,
    )  # fmt: skip
    took = time.perf_counter() - began
    sys.stderr.write(
        f"{given.out}: {given.stories:,} stories, {size / 1e6:,.1f} MB, "
        f"{size / given.stories:,.0f} bytes a story, {given.stories / took:,.0f} stories/s\n"
    )
    return 0
