"""The generator of stories: same seed same bytes, sizes, proportions and gold."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.generate import stories as generate
from benchmarks.generate.bases import PROSE_A_STORY, PROSE_USES, base_stories, stock_prose
from benchmarks.generate.copies import OPERATIONS, copy_of, cut, mixed, round_up
from benchmarks.generate.words import PARAGRAPH, WIDEST, language

if TYPE_CHECKING:
    from pathlib import Path

SEEDS = st.integers(0, 2**31)
FEW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def words(escaped: bytes) -> list[str]:
    text = json.loads(b'"' + escaped + b'"')
    return re.findall(r"[^\W_]+", text.casefold())


def test_same_seed_same_bytes_and_another_seed_other_bytes() -> None:
    once = [line for line, _ in generate.stories(300, seed=5)]
    again = [line for line, _ in generate.stories(300, seed=5)]
    other = [line for line, _ in generate.stories(300, seed=6)]
    assert once == again
    assert not set(once) & set(other)


def test_number_of_processes_does_not_change_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(generate, "BLOCK", 100)
    for workers in (1, 2):
        path = tmp_path / f"{workers}.jsonl"
        size = generate.write(path, count=250, seed=3, family=20, gold=True, workers=workers)
        assert size == path.stat().st_size
    assert (tmp_path / "1.jsonl").read_bytes() == (tmp_path / "2.jsonl").read_bytes()
    gold = (tmp_path / "1.clusters.jsonl").read_bytes()
    assert gold == (tmp_path / "2.clusters.jsonl").read_bytes()
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "1.clusters.jsonl", "1.jsonl", "2.clusters.jsonl", "2.jsonl",
    ]  # fmt: skip


def test_lines_are_stories_with_distinct_ids_in_file_order() -> None:
    rows = [json.loads(line) for line, _ in generate.stories(500, seed=1)]
    assert [row["id"] for row in rows] == [f"s{n:08d}" for n in range(500)]
    for row in rows:
        assert list(row) == ["id", "publisher", "published", "title", "text"]
        assert re.fullmatch(r"2026-\d\d-\d\dT\d\d:\d\d:00Z", row["published"])
        assert len(row["title"].split()) == 9
        assert "\n\n" in row["text"]
        assert "  " not in row["text"]


def test_stories_are_about_two_and_a_half_kilobytes() -> None:
    sizes = np.array([len(line) for line, _ in generate.stories(4000, seed=2)])
    assert 2350 < sizes.mean() < 2650
    assert np.quantile(sizes, 0.05) > 700
    assert sizes.max() < 15_000


def test_proportions_are_those_of_the_labelled_benchmark() -> None:
    size = 60_000
    plan = generate.plan_block(
        np.random.default_rng(1), size=size, wide=0, first_family=1, has_original=True
    )
    assert len(plan.family) == len(plan.operation) == len(plan.base) == size
    kinds = Counter(plan.operation)
    members = Counter(plan.family)
    alone = sum(1 for n in members.values() if n == 1)
    units = len(members)
    # 300 families, 600 singles, 50 woven and 15 round-ups; families have 4.3 copies on average,
    # one in 300 of them 150.
    assert kinds["mixed"] / units == pytest.approx(50 / 965, rel=0.15)
    assert kinds["round_up"] / units == pytest.approx(15 / 965, rel=0.25)
    assert alone / units == pytest.approx(665 / 965, rel=0.03)
    copies = size - units
    assert copies / (units - alone) == pytest.approx(4.3 + 145.7 / 300, rel=0.1)
    for name, weight in OPERATIONS.items():
        expected = weight / sum(OPERATIONS.values())
        assert kinds[name] / copies == pytest.approx(expected, rel=0.1), name


def test_a_large_family_and_a_furniture_line_have_exactly_the_asked_size(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(generate, "BLOCK", 250)
    made = list(generate.stories(900, seed=4, family=333, furniture_line=577))
    assert sum(1 for _, cluster in made if cluster == 0) == 333
    assert sum(1 for line, _ in made if generate.FURNITURE_LINE in line) == 577
    carried = Counter(generate.FURNITURE_LINE in line for line, cluster in made if cluster == 0)
    assert min(carried[True], carried[False]) > 50  # the line does not follow the family


def test_clusters_of_different_blocks_are_different(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generate, "BLOCK", 100)
    clusters = [cluster for _, cluster in generate.stories(300, seed=4)]
    first, second, third = (set(clusters[n : n + 100]) for n in (0, 100, 200))
    assert not first & second
    assert not (first | second) & third


def test_gold_clusters_share_runs_and_strangers_do_not(tmp_path: Path) -> None:
    path = tmp_path / "s.jsonl"
    generate.write(path, count=600, seed=9, gold=True)
    gold = [json.loads(x) for x in (tmp_path / "s.clusters.jsonl").read_text().splitlines()]
    rows = [json.loads(x) for x in path.read_text(encoding="utf-8").splitlines()]
    assert [g["id"] for g in gold] == [r["id"] for r in rows]
    runs: dict[tuple[str, ...], set[int]] = {}
    texts = [words(json.dumps(row["text"]).encode()[1:-1]) for row in rows]
    furniture = {
        paragraph
        for publisher in language().publishers
        for part in (publisher.header, publisher.footer, *publisher.inline)
        for paragraph in part.split(PARAGRAPH)
    }
    printed = {run for line in furniture for run in _runs(words(line), 5)}
    members: dict[int, list[set[tuple[str, ...]]]] = {}
    for number, (text, label) in enumerate(zip(texts, gold, strict=True)):
        own = set(_runs(text, 5)) - printed
        members.setdefault(label["cluster"], []).append(own)
        for run in _runs(text, 12):
            if not printed.intersection(_runs(list(run), 5)):
                runs.setdefault(run, set()).add(number)
    # A copy shares shingles with some other member: through it, or through the original.
    related = [
        any(one & other for other in cluster if other is not one)
        for cluster in members.values()
        if len(cluster) > 1
        for one in cluster
    ]
    assert np.mean(related) > 0.99
    # Twelve words in a row are shared inside a cluster, or with a woven story or a round-up.
    across = sum(1 for who in runs.values() if len({gold[n]["cluster"] for n in who}) > 1)
    assert across < 0.05 * len(runs)


def test_stock_prose_is_shared_by_strangers() -> None:
    """Passages of 8 to 60 words in some six stories each, beside what a block holds anyway."""
    lang = language()
    prose = stock_prose(np.random.default_rng(2), lang, 3000)
    sizes = [passage.size for passage in prose]
    assert len(prose) == round(3000 * PROSE_A_STORY / PROSE_USES)
    assert min(sizes) == 8
    assert max(sizes) == 60
    assert np.mean(np.array(sizes) <= 25) == pytest.approx(0.75, abs=0.06)
    once, again, without = (
        list(generate.stories(900, seed=9, stock=stock)) for stock in (True, True, False)
    )
    assert once == again
    assert sorted(cluster for _, cluster in once) == sorted(cluster for _, cluster in without)
    printed = {line for line, _ in without}
    assert not printed & {line for line, _ in once}
    shared = []
    for made in (once, without):
        texts = [words(json.dumps(json.loads(line)["text"]).encode()[1:-1]) for line, _ in made]
        runs: dict[tuple[str, ...], set[int]] = {}
        for text, (_, cluster) in zip(texts, made, strict=True):
            for run in _runs(text, 12):
                runs.setdefault(run, set()).add(cluster)
        # Furniture stands in many more, parts that are woven in hardly in more than two.
        shared.append(sum(3 <= len(who) <= 12 for who in runs.values()))
    assert shared[0] > shared[1] + 12 * len(made) * PROSE_A_STORY / PROSE_USES / 4


def _runs(text: list[str], size: int) -> list[tuple[str, ...]]:
    return [tuple(text[i : i + size]) for i in range(len(text) - size + 1)]


@FEW
@given(seed=SEEDS)
def test_operations_keep_what_they_promise(seed: int) -> None:
    lang = language()
    rng = np.random.default_rng(seed)
    source, other, third, fourth = base_stories(rng, lang, 4)
    body = words(source.body)
    assert 130 <= source.pieces.size <= 1700
    assert source.body.endswith(PARAGRAPH)
    assert int(source.offsets[-1]) == len(source.body)
    made = {name: copy_of(rng, lang, source, operation=name, other=other) for name in OPERATIONS}
    assert made["same"] == source.body
    for where in ("head", "tail", "middle"):
        part = cut(rng, source, where)
        assert part in source.body
        assert 0.05 * len(source.body) < len(part) < 0.85 * len(source.body)
    assert source.body.startswith(cut(rng, source, "head"))
    assert source.body.endswith(cut(rng, source, "tail"))
    assert sorted(words(made["reorder"])) == sorted(body)
    assert set(words(made["restyle"])) == set(body)
    kept = Counter(words(made["abridge"]))
    assert not kept - Counter(body)
    assert kept.total() < len(body)
    assert not Counter(body) - Counter(words(made["local"]))
    assert len(words(made["edit"])) >= 0.9 * len(body)
    assert words(made["ocr"]) != body
    woven = mixed(rng, source, other)
    assert other.words(0, int(other.paragraphs[0])) in woven
    several = round_up(rng, [source, other, third, fourth])
    assert several.count(PARAGRAPH) >= 4
    for text in (*made.values(), woven, several):
        assert words(text)


def test_words_follow_a_zipf_law_with_short_frequent_words() -> None:
    lang = language()
    assert max(map(len, lang.pieces)) <= WIDEST
    counts = Counter(
        word
        for source in base_stories(np.random.default_rng(0), lang, 300)
        for word in words(source.body)
    )
    ranked = [n for _, n in counts.most_common()]
    total = sum(ranked)
    assert 0.02 < ranked[0] / total < 0.12
    assert 0.35 < sum(ranked[:100]) / total < 0.7
    once = sum(1 for n in ranked if n == 1)
    assert once > 0.2 * len(ranked)
    lengths = sum(len(word) * n for word, n in counts.items()) / total
    assert 3.8 < lengths < 6.0


@pytest.mark.parametrize(
    ("count", "seed", "family", "line"),
    [(0, 1, 0, 0), (10, -1, 0, 0), (10, 1, 11, 0), (10, 1, 0, 11), (10, 1, -1, 0)],
)
def test_numbers_out_of_range_are_refused(count: int, seed: int, family: int, line: int) -> None:
    with pytest.raises(ValueError, match="expected"):
        next(generate.stories(count, seed=seed, family=family, furniture_line=line))
