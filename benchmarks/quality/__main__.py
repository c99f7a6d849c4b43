"""How good dupdetect's clusters and relations are on labelled sets, and the usual baselines.

    python -m benchmarks.quality PATH... [--pairs DIR] [--ablate] [--json out.json]

PATH is a labelled set in any format of `benchmarks.formats`: a folder made by wirebench, pairs
labelled by reading, Clough-Stevenson, NEWS-COPY, METER, PAN text alignment, CORE 2020. Every row
is measured in this run, on this machine; CPU seconds count all threads.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.formats import READERS, LabelledSetError, read, wirebench
from benchmarks.quality import tables
from benchmarks.quality.labelled import Answer, LabelledSet, by_key
from benchmarks.quality.labels import pair_scores
from benchmarks.quality.mistakes import mistakes
from benchmarks.quality.scores import Scores, cluster_scores, relation_scores
from dupdetect.config import Config
from dupdetect.errors import DupdetectError

JSON_FORMAT = 1


def evaluate(labelled: LabelledSet, answer: Answer) -> Scores:
    """Score an answer by everything the set has labels for.

    An answer without clusters (pairs compared one by one) is scored on labelled pairs only.
    """
    scores: Scores = {}
    if labelled.clusters is not None and answer.clusters:
        scores |= cluster_scores(labelled.clusters, answer.clusters)
    if labelled.relations is not None and answer.clusters:
        scores |= relation_scores(
            by_key(labelled.relations),
            answer.relations,
            clusters=labelled.clusters,
            listed_in_part=labelled.listed_in_part,
        )
    if labelled.pairs:
        known, confusion = pair_scores(labelled.pairs, answer.relations)
        scores |= known
        if confusion:
            scores["confusion"] = {gold: {**row} for gold, row in confusion.items()}
    scores["cpu_seconds"] = answer.cpu_seconds
    return scores


def goals(labelled: LabelledSet) -> dict[str, Callable[[Answer], float]]:
    """Give what a baseline's threshold is chosen for: the set's own labels, pairs and clusters."""

    def figure(name: str) -> Callable[[Answer], float]:
        return lambda answer: float(evaluate(labelled, answer).get(name) or 0.0)  # type: ignore[arg-type]

    wanted = {}
    if labelled.relations is not None:
        wanted["pairs"] = figure("f1")
    elif labelled.pairs:
        wanted["pairs"] = figure("related_f1")
    if labelled.clusters is not None:
        wanted["clusters"] = figure("ari")
    return wanted


def baseline_answers(labelled: LabelledSet) -> Iterator[Answer]:
    """Give every baseline at its best thresholds."""
    from benchmarks.quality import baselines  # noqa: PLC0415 (scikit-learn is an extra)

    for baseline in baselines.BASELINES:
        yield from baselines.best(labelled, baseline, goals(labelled))


def own_answers(labelled: LabelledSet, args: argparse.Namespace) -> Iterator[Answer]:
    """Give dupdetect's answers: the corpus run, pairs by themselves, and the ablation."""
    from benchmarks.quality import ablate, systems  # noqa: PLC0415 (not for --no-dupdetect)

    systems.warm_up()
    chosen = dict(item.split("=", 1) for item in args.set)
    config = Config.load(overrides=chosen)
    if args.ablate:
        yield from ablate.ablation(labelled, config=config, threads=args.threads)
        return
    yield systems.corpus_run(labelled, config=config, threads=args.threads)
    for name, settings in systems.VARIANTS.get(labelled.format, {}).items():
        other = Config.load(overrides={**chosen, **settings})
        row = f"{systems.CORPUS}, {name}"
        yield systems.corpus_run(labelled, config=other, threads=args.threads, system=row)
    if labelled.pairs:
        yield systems.pairwise_run(labelled, config=config)


def measure(labelled: LabelledSet, args: argparse.Namespace) -> dict[str, Scores]:
    """Score every system on one set: system -> scores, in the order of the table.

    The mistakes of all but the baselines are appended to the file the user named.
    """
    own = [] if args.no_dupdetect else list(own_answers(labelled, args))
    named = (item.split("=", 1) for item in args.predicted)
    own += [wirebench.read_answer(Path(folder), system=name) for name, folder in named]
    if args.mistakes:
        with args.mistakes.open("a", encoding="utf-8") as file:
            for answer in own:
                for wrong in mistakes(labelled, answer):
                    row = {"set": labelled.name, "system": answer.system, **wrong}
                    file.write(json.dumps(row) + "\n")
    usual = () if args.no_baselines or args.ablate else baseline_answers(labelled)
    return {answer.system: evaluate(labelled, answer) for answer in (*own, *usual)}


def report(labelled: LabelledSet, systems: dict[str, Scores], *, details: bool) -> str:
    """Lay out one set's tables."""
    counts = [f"{len(labelled.stories)} stories"]
    if labelled.relations is not None:
        counts.append(f"{len(labelled.relations)} labelled relations")
    if labelled.pairs:
        counts.append(f"{len(labelled.pairs)} labelled pairs")
    parts = [f"{labelled.name} ({labelled.format}): {', '.join(counts)}"]
    parts.append(tables.score_table(systems))
    parts += tables.group_tables(systems)
    if details:
        parts += tables.confusion_tables(systems)
    return "\n\n".join(parts)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; 0 done, 1 a set that cannot be read, 2 wrong usage."""
    args = _arguments(argv)
    out: dict[str, Any] = {"format": JSON_FORMAT, "sets": {}}
    try:
        if args.mistakes:
            args.mistakes.write_text("")
        for path in [*args.paths, *args.pairs]:
            labelled = read(path, form=args.format)
            systems = measure(labelled, args)
            print(report(labelled, systems, details=not args.ablate), end="\n\n", flush=True)
            name = str(path) if labelled.name in out["sets"] else labelled.name
            out["sets"][name] = {"format": labelled.format, "systems": systems}
        for summary in tables.summaries(out["sets"]):
            print(summary, end="\n\n")
        if args.against:
            print(tables.differences(json.loads(args.against.read_text())["sets"], out["sets"]))
    except (LabelledSetError, DupdetectError, OSError) as error:
        print(f"quality: {error}", file=sys.stderr)
        return 1
    if args.json:
        args.json.write_text(json.dumps(out, indent=1) + "\n", encoding="utf-8")
    return 0


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quality", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    add = parser.add_argument
    add("paths", nargs="*", type=Path, metavar="PATH", help="labelled sets")
    add("--pairs", type=Path, action="append", default=[], metavar="DIR", help="pairs by reading")
    add("--format", choices=sorted(READERS), help="format of the paths (else by their look)")
    add("--against", type=Path, metavar="OLD.json", help="print what changed since that run")
    add("--json", type=Path, metavar="OUT.json", help="write all figures")
    add("--mistakes", type=Path, metavar="OUT.jsonl", help="write every wrong pair, for reading")
    add("--ablate", action="store_true", help="one row a rule, with that rule off")
    add("--no-baselines", action="store_true", help="no baselines (nor with --ablate)")
    add("--no-dupdetect", action="store_true", help="baselines and --predicted only")
    add("--predicted", action="append", default=[], metavar="NAME=DIR", help="score DIR's results")
    add("--set", action="append", default=[], metavar="NAME=VALUE", help="a setting of dupdetect")
    add("--threads", type=int, help="threads of the corpus run (default: dupdetect's)")
    args = parser.parse_args(argv)
    if not args.paths and not args.pairs:
        parser.error("give at least one labelled set")
    for item in (*args.predicted, *args.set):
        if "=" not in item:
            parser.error(f"{item}: NAME=VALUE was expected")
    return args


if __name__ == "__main__":
    sys.exit(main())
