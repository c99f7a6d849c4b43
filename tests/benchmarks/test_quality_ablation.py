from __future__ import annotations

from pathlib import Path

import _dupdetect
import pytest

from benchmarks.formats import read
from benchmarks.quality import ablation, switches
from dupdetect.config import Config
from dupdetect.kernels.numbers import NUMBERS
from dupdetect.stages import furniture
from dupdetect.stages.constants import constants

DATA = Path(__file__).parents[1] / "data" / "formats"

BOUNDS = {
    "align.most_positions", "credit.bracket_reach", "credit.context", "damage.enough_letters",
    "damage.longest_line", "damage.odd", "damage.seed_letters", "damage.shortest_line",
    "damage.sampled", "damage.sound", "damage.stretch", "facts.gap_words",
    "facts.most_letters", "facts.seed_words", "lines.prose_words",
}  # fmt: skip
"""Numbers without which there is no rule to speak of: sizes of what is looked at."""


def test_each_number_of_the_kernels_can_be_taken_away() -> None:
    switched = {number for switch in switches.in_code() for number in switch.numbers}
    assert switched | BOUNDS | {"damage.least_wraps"} == set(NUMBERS.table())
    assert not switched & BOUNDS


def test_names_of_rules_come_once() -> None:
    names = [switch.name for switch in switches.in_code()]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("switch", switches.in_code(), ids=lambda switch: str(switch.name))
def test_what_was_off_is_on_again(switch: switches.Switch) -> None:
    def state() -> list[object]:
        homes = sorted({module for module, _ in switch.constants})
        return [
            _dupdetect.number_table(),
            [constants(home) for home in homes],
            [len(part) for part in furniture.terms()],
        ]

    before = state()
    with switches.off(switch):
        inside = state()
    assert state() == before
    assert inside != before or switch.words[:1] == ("notices",)


def test_a_rule_taken_away_costs_what_it_found() -> None:
    labelled = read(DATA / "wirebench")
    usual = ablation.figures(labelled, Config())
    credits_off = switches.Switch("", constants={("stages.heads", "_MOST_HEADS"): 10**9})
    with switches.off(credits_off):
        assert ablation.figures(labelled, Config()) == usual
    lengths = {"_RUN_WORDS": 64, "_NEAR_WORDS": 0, "_GAP_WORDS": 0}
    long_runs = {("stages.align", name): words for name, words in lengths.items()}
    with switches.off(switches.Switch("", constants=long_runs)):
        assert ablation.figures(labelled, Config()) != usual


def test_a_third_of_judged_pairs_stays_unseen() -> None:
    labelled = read(DATA / "pairs")
    some = ablation.seen(labelled)
    assert {pair.a for pair in some.pairs} <= {pair.a for pair in labelled.pairs}
    assert ablation.seen(labelled, unseen=True) is labelled


def test_cases_are_run_and_checked(tmp_path: Path) -> None:
    (tmp_path / "run.py").write_text(
        "def check(expected, out, code, stdout, stderr):\n"
        "    rows = (out / 'clusters.jsonl').read_text().splitlines()\n"
        "    return [] if len(rows) == expected['rows'] and code == 0 else ['other rows']\n"
    )
    for name, rows in (("right", 1), ("wrong", 2)):
        case = tmp_path / name
        case.mkdir()
        (case / "cmd").write_text('dupdetect cluster in.jsonl -o "$OUT" -q\n')
        (case / "expect.json").write_text(f'{{"rows": {rows}}}')
        (case / "in.jsonl").write_text('{"id": "a", "text": "The mayor resigned on Monday."}\n')
    assert ablation.wrong_cases(tmp_path, Config()) == {"wrong"}
