from __future__ import annotations

import importlib.util
import json
import os
import random
from pathlib import Path
from typing import Any

import pytest

from benchmarks.formats import read, wirebench
from benchmarks.quality import __main__ as quality
from benchmarks.quality import baselines, tables
from benchmarks.quality.labelled import Answer, LabelledSet, Relation, Story, by_key

DATA = Path(__file__).parents[1] / "data" / "formats"
SHARED = Path(os.environ.get("DUPDETECT_SHARED", Path(__file__).parents[3] / "shared"))
SCORER = SHARED / "wirebench" / "score.py"
KINDS = ("identical", "near_duplicate", "truncation", "abridgement", "overlap")


def rows(path: Path, found: list[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in found), encoding="utf-8")


def made_folder(folder: Path, seed: int, *, gold: bool, stories: int = 24) -> Path:
    """Write random clusters and relations; gold and found share about half of their pairs."""
    rng = random.Random(seed)
    folder.mkdir(parents=True)
    ids = [f"s{n}" for n in range(stories)]
    rows(folder / "stories.jsonl", [{"id": i, "text": f"story {i}"} for i in ids])
    listed = ids if gold else rng.sample(ids, stories - 3)
    rows(folder / "clusters.jsonl", [{"id": i, "cluster": rng.randint(0, 5)} for i in listed])
    relations = []
    for n, a in enumerate(ids):
        for b in ids[n + 1 :]:
            if rng.random() < 0.4:
                first, second = (a, b) if rng.random() < 0.7 else (b, a)
                relations.append(random_relation(rng, first, second))
    rows(folder / "relations.jsonl", relations)
    return folder


def random_relation(rng: random.Random, a: str, b: str) -> dict[str, Any]:
    kind = rng.choice(KINDS)
    contained = kind in ("truncation", "abridgement")
    starts = [(rng.randint(0, 90), rng.randint(0, 90)) for _ in range(rng.randint(0, 3))]
    sizes = [rng.randint(0, 40) for _ in starts]
    return {
        "a": a,
        "b": b,
        "kind": kind,
        "kept": rng.choice(("head", "tail", "middle")) if contained else None,
        "a_coverage": round(rng.random(), 4),
        "b_coverage": round(rng.random(), 4),
        "op_a": "original",
        "op_b": rng.choice(("edit", "cut", "ocr_0.05")),
        "certain": rng.random() < 0.8,
        "passages": [[x, x + n, y, y + n] for (x, y), n in zip(starts, sizes, strict=True)],
    }


@pytest.mark.skipif(not SCORER.exists(), reason="wirebench's own scorer is not on this machine")
@pytest.mark.parametrize("seed", range(12))
def test_every_figure_agrees_with_wirebenchs_own_scorer(tmp_path: Path, seed: int) -> None:
    spec = importlib.util.spec_from_file_location("wirebench_score", SCORER)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    gold = made_folder(tmp_path / "gold", seed, gold=True)
    found = made_folder(tmp_path / "found", seed + 100, gold=False)
    theirs = module.score(gold, found)
    ours = quality.evaluate(read(gold), wirebench.read_answer(found, system="random"))
    flat = {
        **theirs["clusters"],
        **{name: theirs["pairs"][name] for name in ("precision", "recall", "predicted", "gold")},
        "kind_accuracy": theirs["kind_accuracy"],
        "kept_accuracy": theirs["kept_accuracy"],
        **{f"span_{name}": value for name, value in theirs["spans"].items()},
        "coverage_error": theirs["coverage_error"],
    }
    assert {name: ours[name] for name in flat} == pytest.approx(flat)
    assert ours["kind_confusion"] == theirs["kind_confusion"]
    for name in ("recall_by_kind", "recall_by_edit"):
        # wirebench rounds these to four decimals
        assert ours[name] == pytest.approx(theirs["pairs"][name], abs=5.1e-5)


def run(*words: object) -> int:
    return quality.main([str(word) for word in words])


def test_perfect_results_get_perfect_figures(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gold, out = DATA / "wirebench", tmp_path / "out.json"
    assert run(gold, "--no-dupdetect", "--predicted", f"gold={gold}", "--json", out) == 0
    scores = json.loads(out.read_text())["sets"]["wirebench"]["systems"]["gold"]
    perfect = ("ari", "bcubed_f1", "precision", "recall", "kind_accuracy", "kept_accuracy")
    assert [scores[name] for name in (*perfect, "span_f1")] == [1.0] * 7
    assert scores["coverage_error"] == 0.0
    printed = capsys.readouterr().out
    assert "wirebench (wirebench): 4 stories, 2 labelled relations" in printed
    assert "recall by kind of edit" in printed


def test_baselines_stand_in_the_same_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.json"
    assert run(DATA / "wirebench", "--pairs", DATA / "pairs", "--no-dupdetect", "--json", out) == 0
    sets = json.loads(out.read_text())["sets"]
    for systems in (sets["wirebench"]["systems"], sets["pairs"]["systems"]):
        assert any(name.startswith("datasketch MinHashLSH") for name in systems)
        assert any(name.startswith("TF-IDF cosine") for name in systems)
        assert all(scores["cpu_seconds"] >= 0.0 for scores in systems.values())
    exact = sets["wirebench"]["systems"]["exact hashing"]
    assert exact["recall_by_kind"] == {"identical": 1.0, "truncation": 0.0}
    assert sets["pairs"]["systems"]["exact hashing"]["confusion"]["same"]["same"] == 1
    assert "label (row) and what was found (column)" in capsys.readouterr().out


def test_against_prints_what_changed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    gold, old = DATA / "wirebench", tmp_path / "old.json"
    args = (gold, "--no-dupdetect", "--no-baselines", "--predicted", f"gold={gold}")
    assert run(*args, "--json", old) == 0
    capsys.readouterr()
    assert run(*args, "--against", old) == 0
    assert "no figure changed" in capsys.readouterr().out
    before = json.loads(old.read_text())
    before["sets"]["wirebench"]["systems"]["gold"]["ari"] = 0.25
    before["sets"]["elsewhere"] = {"systems": {"x": {"ari": 1.0}}}
    old.write_text(json.dumps(before))
    assert run(*args, "--against", old) == 0
    printed = capsys.readouterr().out
    assert "wirebench / systems / gold / ari  0.25    1  +0.7500" in printed
    assert "only old: 1 figures, such as elsewhere / systems / x / ari" in printed


def test_a_set_that_cannot_be_read_ends_with_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path / "absent") == 1
    assert "absent: no such file or folder" in capsys.readouterr().err
    with pytest.raises(SystemExit) as usage:
        run("--no-baselines")
    assert usage.value.code == 2


def families(count: int = 6, copies: int = 3) -> LabelledSet:
    """Stories of random words, each with lightly edited copies."""
    rng = random.Random(5)
    vocabulary = [f"w{n}" for n in range(400)]
    stories, clusters, relations = [], {}, []
    for k in range(count):
        body = rng.choices(vocabulary, k=120)
        for c in range(copies):
            edited = list(body)
            edited[rng.randrange(120)] = f"edit{k}{c}"
            stories.append(Story(f"{k}-{c}", " ".join(edited)))
            clusters[f"{k}-{c}"] = str(k)
        relations += [Relation(f"{k}-{i}", f"{k}-{j}") for i in range(copies) for j in range(i)]
    return LabelledSet("made", "wirebench", tuple(stories), clusters, tuple(relations))


@pytest.mark.parametrize("baseline", baselines.BASELINES[1:])
def test_a_baseline_finds_lightly_edited_copies_at_its_best_threshold(
    baseline: Any,
) -> None:
    made = families()
    (answer,) = baselines.best(made, baseline, quality.goals(made))
    scores = quality.evaluate(made, answer)
    assert (scores["ari"], scores["precision"], scores["recall"]) == (1.0, 1.0, 1.0)


def test_the_best_threshold_is_kept_for_each_goal() -> None:
    made = families()

    def most(answer: Answer) -> float:
        return float(len(answer.relations))

    kept = baselines.best(
        made, baselines.tfidf_cosine, {"pairs": quality.goals(made)["pairs"], "size": most}
    )
    assert len(kept) == 2
    assert kept[0].system.endswith("best for pairs")
    assert len(kept[1].relations) > len(kept[0].relations)


def test_answers_without_clusters_are_scored_on_judged_pairs_only() -> None:
    labelled = read(DATA / "pairs")
    found = by_key([Relation("s1", "s2", "truncation"), Relation("s3", "s4", "identical")])
    scores = quality.evaluate(labelled, Answer("pair by pair", {}, found))
    assert scores["accuracy"] == 1.0
    assert "ari" not in scores


def test_tables_show_only_figures_that_some_system_has() -> None:
    text = tables.score_table({"x": {"ari": 0.5, "span_f1": None}, "longer": {"cpu_seconds": 1.25}})
    assert text.splitlines() == [
        "          ARI  CPU s",
        "------  -----  -----",
        "x       0.500      -",
        "longer      -   1.25",
    ]


def test_sets_of_one_format_get_their_mean_and_worst_figures() -> None:
    sets = {
        "one": {"format": "f", "systems": {"x": {"ari": 0.5, "cpu_seconds": 1.0}, "y": {}}},
        "two": {"format": "f", "systems": {"x": {"ari": 0.7, "cpu_seconds": 3.0}}},
        "else": {"format": "g", "systems": {"x": {"ari": 0.1}}},
    }
    (summary,) = tables.summaries(sets)
    assert [line.split() for line in summary.splitlines()[3:]] == [
        ["x,", "mean", "0.600", "2.00"],
        ["x,", "worst", "0.500", "3.00"],
    ]


def test_mistakes_are_listed_one_by_one(tmp_path: Path) -> None:
    gold, wrong = DATA / "wirebench", tmp_path / "wrong"
    wrong.mkdir()
    clusters = [{"id": f"s{n}", "cluster": n} for n in range(1, 5)]
    rows(wrong / "clusters.jsonl", clusters)
    shares = {"a_coverage": 0.5, "b_coverage": 1.0, "passages": []}
    found = [
        {"a": "s1", "b": "s2", "kind": "truncation", "kept": "head", **shares},
        {"a": "s2", "b": "s3", "kind": "overlap", "kept": None, **shares},
    ]
    rows(wrong / "relations.jsonl", found)
    out = tmp_path / "mistakes.jsonl"
    args = (gold, "--no-dupdetect", "--no-baselines", "--predicted", f"x={wrong}")
    assert run(*args, "--mistakes", out) == 0
    listed = [json.loads(line) for line in out.read_text().splitlines()]
    mistakes = sorted((row["what"], row["a"], row["b"], row["found"]) for row in listed)
    assert mistakes == [
        ("false", "s2", "s3", "overlap 0.500 1.000"),
        ("kept", "s1", "s2", "truncation head 0.500 1.000"),
        ("missed", "s3", "s4", None),
    ]


def test_mistakes_of_judged_pairs_name_both_labels(tmp_path: Path) -> None:
    out = tmp_path / "mistakes.jsonl"
    (tmp_path / "none").mkdir()
    rows(tmp_path / "none" / "clusters.jsonl", [])
    rows(tmp_path / "none" / "relations.jsonl", [])
    args = ("--no-dupdetect", "--no-baselines", "--predicted", f"none={tmp_path / 'none'}")
    assert run(DATA / "pairs", DATA / "pan", *args, "--mistakes", out) == 0
    listed = [json.loads(line) for line in out.read_text().splitlines()]
    mistakes = [(row["what"], row["gold"], row["found"]) for row in listed]
    assert mistakes == [
        ("label", "b_in_a", "none"),
        ("label", "a_in_b", "none"),
        ("label", "same", "none"),
        ("related", True, "none"),
    ]
