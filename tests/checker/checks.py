"""What must hold of every result, checked in plain Python; each check returns what is wrong."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.checker.plain import Span, Word, inside, pairs_with_runs, words_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from tests.checker.corpora import Row

CONTAINED = 0.8  # docs/settings.md: defaults
OVERLAP_WORDS = 25
PASSAGE_WORDS = 8
SENTENCE_SHARE = 0.5
REMOVED_SHARE = 0.85
GUARANTEE = 12
MAX_CLASSES = 20
_PARTS = {"head", "tail", "middle", "scattered"}
_KINDS = {"identical", "near_duplicate", "template", "truncation", "abridgement", "overlap"}


@dataclass(frozen=True)
class Result:
    """What the program said of rows: the lines of its tables as it writes them."""

    rows: Sequence[Row]
    clusters: Sequence[Mapping[str, Any]]
    relations: Sequence[Mapping[str, Any]]
    summary: Mapping[str, Any]

    def texts(self) -> dict[str, str]:
        """Texts by id."""
        return {row["id"]: row["text"] for row in self.rows}

    def furniture(self) -> dict[str, list[Span]]:
        """What was taken for furniture, by id."""
        return {row["id"]: [(s, e) for s, e in row["furniture"]] for row in self.clusters}

    def bodies(self) -> dict[str, list[Word]]:
        """Words outside furniture, by id."""
        furniture = self.furniture()
        return {story: words_of(text, furniture[story]) for story, text in self.texts().items()}


def _name(relation: Mapping[str, Any]) -> str:
    return f"{relation['a']} and {relation['b']} ({relation['kind']})"


def check_spans(result: Result) -> list[str]:
    """Passages begin and end with words of the bodies, and what differs lies inside them."""
    wrong = []
    bodies = result.bodies()
    for one in result.relations:
        total = 0
        for a_start, a_end, b_start, b_end, shared, quoted in one["passages"]:
            total += shared
            for story, start, end in ((one["a"], a_start, a_end), (one["b"], b_start, b_end)):
                starts = {word.start for word in bodies[story]}
                ends = {word.end for word in bodies[story]}
                if start not in starts or end not in ends or start >= end:
                    wrong.append(f"{_name(one)}: [{start}, {end}] of {story} is no run of words")
                elif len(inside(bodies[story], [(start, end)])) < shared:
                    wrong.append(f"{_name(one)}: [{start}, {end}] of {story} has fewer words")
            if not 0 <= quoted <= shared:
                wrong.append(f"{_name(one)}: {quoted} quoted words of {shared}")
        if total != one["words"]:
            wrong.append(f"{_name(one)}: {total} words in passages, {one['words']} in all")
        for a_start, a_end, b_start, b_end in one["changed"]:
            if not any(
                p[0] <= a_start <= a_end <= p[1] and p[2] <= b_start <= b_end <= p[3]
                for p in one["passages"]
            ):
                wrong.append(f"{_name(one)}: a change outside of the passages")
    return wrong


def _covered(words: Sequence[Word], spans: Iterable[Span], others: set[str]) -> tuple[int, int]:
    """Fewest and most words that may be covered.

    Those inside passages are; those of sentences that count whole are, and so may be those that
    the other story has, too, though they are too few on end for a passage.
    """
    in_spans = inside(words, spans)
    found = in_spans | {number for number, word in enumerate(words) if word.folded in others}
    sizes = Counter(word.sentence for word in words)
    covered = Counter(words[number].sentence for number in found)
    whole = {s for s, count in covered.items() if count >= SENTENCE_SHARE * sizes[s]}
    most = sum(n in found or word.sentence in whole for n, word in enumerate(words))
    return len(in_spans), most


def check_coverages(result: Result) -> list[str]:
    """Coverage is the share of a body's words inside passages, sentences counted whole."""
    wrong = []
    bodies = result.bodies()
    for one in result.relations:
        for side, other, places in (("a", "b", (0, 1)), ("b", "a", (2, 3))):
            words = bodies[one[side]]
            spans = [(p[places[0]], p[places[1]]) for p in one["passages"]]
            others = {word.folded for word in bodies[one[other]]}
            least, most = _covered(words, spans, others)
            said = one[f"{side}_coverage"] * len(words)
            # A word or two beside a passage may be alike, as misread ones are.
            if not least - 0.5 <= said <= most + 3.5:
                wrong.append(
                    f"{_name(one)}: {said:.1f} words of {one[side]} are covered, "
                    f"not {least} to {most}"
                )
    return wrong


def check_exact(result: Result) -> list[str]:
    """No more words are equal than both have, nor than are covered; passages hold them."""
    wrong = []
    bodies = result.bodies()
    for one in result.relations:
        a, b = bodies[one["a"]], bodies[one["b"]]
        both = Counter(w.folded for w in a) & Counter(w.folded for w in b)
        in_passages = 0
        for p in one["passages"]:
            in_a = Counter(a[k].folded for k in inside(a, [(p[0], p[1])]))
            in_b = Counter(b[k].folded for k in inside(b, [(p[2], p[3])]))
            in_passages += sum((in_a & in_b).values())
        for side, words in (("a", a), ("b", b)):
            said = one[f"{side}_exact"] * len(words)
            if said > sum(both.values()) + 0.5 or said > in_passages + 3.5:
                wrong.append(f"{_name(one)}: {said:.1f} words of {one[side]} equal, too many")
            if one[f"{side}_exact"] > one[f"{side}_coverage"] + 1e-9:
                wrong.append(f"{_name(one)}: more of {one[side]} is exact than is covered")
    return wrong


def check_kinds(result: Result) -> list[str]:
    """Kinds follow from words and coverages, as the table of the kinds says."""
    wrong = []
    bodies = {story: [w.folded for w in words] for story, words in result.bodies().items()}
    identical = set()
    for one in result.relations:
        kind, kept = one["kind"], one["kept"]
        a, b = one["a_coverage"] >= CONTAINED, one["b_coverage"] >= CONTAINED
        long_enough = [p[4] for p in one["passages"] if p[4] >= PASSAGE_WORDS]
        holds = {
            "identical": bodies[one["a"]] == bodies[one["b"]],
            "near_duplicate": a or b,
            "template": a or b,
            "truncation": b and not a and kept in _PARTS - {"scattered"},
            "abridgement": b and not a and kept == "scattered",
            "overlap": not (a and b) and sum(long_enough) >= OVERLAP_WORDS,
        }
        if kind not in _KINDS or not holds[kind]:
            wrong.append(f"{_name(one)}: is none, {one['a_coverage']:.2f} {one['b_coverage']:.2f}")
        if kind not in {"truncation", "abridgement"} and kept is not None:
            wrong.append(f"{_name(one)}: nothing was cut, and {kept} was kept")
        if len(bodies[one["a"]]) < len(bodies[one["b"]]):
            wrong.append(f"{_name(one)}: a has the smaller body")
        identical |= {(one["a"], one["b"])} if kind == "identical" else set()
    cluster = {row["id"]: row["cluster"] for row in result.clusters}
    stories = [story for story, words in bodies.items() if words]
    for k, x in enumerate(stories):
        for y in stories[k + 1 :]:
            if bodies[x] != bodies[y]:
                continue
            if cluster[x] != cluster[y]:
                wrong.append(f"{x} and {y}: the same words in two clusters")
    return wrong


def check_clusters(result: Result) -> list[str]:
    """Every row is in one cluster, whose canonical story is its own."""
    wrong = []
    of = {row["id"]: row for row in result.clusters}
    if [row["id"] for row in result.clusters] != [row["id"] for row in result.rows]:
        return ["the rows of the clusters are not those of the input"]
    for story, row in of.items():
        head = of.get(row["cluster"])
        if head is None or not head["canonical"] or head["cluster"] != row["cluster"]:
            wrong.append(f"{story}: {row['cluster']} is no canonical story")
        if row["canonical"] != (row["cluster"] == story):
            wrong.append(f"{story}: canonical, but of the cluster {row['cluster']}")
        if row["parent"] is not None and (row["parent"] == story or row["parent"] not in of):
            wrong.append(f"{story}: {row['parent']} is no parent")
        if row["keeper"] is not None and of[row["keeper"]]["keeper"] is not None:
            wrong.append(f"{story}: its keeper {row['keeper']} goes, too")
    return wrong


def check_removal(result: Result) -> list[str]:
    """What goes stands, by its words, in the row that stays in its place."""
    wrong = []
    bodies = result.bodies()
    for row in result.clusters:
        if row["keeper"] is None:
            continue
        own, other = (Counter(w.folded for w in bodies[s]) for s in (row["id"], row["keeper"]))
        there = sum((own & other).values())
        if there < REMOVED_SHARE * sum(own.values()):
            wrong.append(f"{row['id']}: {there} of {sum(own.values())} words in {row['keeper']}")
    return wrong


def check_runs(result: Result) -> list[str]:
    """All pairs that share a run of the guaranteed length were compared."""
    pairs = pairs_with_runs(result.bodies(), GUARANTEE, MAX_CLASSES)
    cluster = {row["id"]: row["cluster"] for row in result.clusters}
    between = {pair for pair in pairs if cluster[pair[0]] != cluster[pair[1]]}
    compared = result.summary["compared_pairs"]
    if compared >= len(between):
        return []
    return [f"{compared} pairs were compared, {len(between)} share a run of {GUARANTEE} words"]


def check_related(result: Result, pairs: Iterable[tuple[str, str]]) -> list[str]:
    """Some pairs are all related."""
    found = {frozenset((one["a"], one["b"])) for one in result.relations}
    return [f"{x} and {y}: not related" for x, y in pairs if frozenset((x, y)) not in found]


def check_compare(result: Result, compare: Callable[[str, str], Any]) -> list[str]:
    """Comparing two texts by themselves says what the run says; whichever way round.

    A run knows of stories in one cluster that what they share came with the story, and may find an
    overlap where two texts by themselves share too little for one.
    """
    wrong = []
    cluster = {row["id"]: row["cluster"] for row in result.clusters}
    furniture, texts = result.furniture(), result.texts()
    found = {frozenset((one["a"], one["b"])): one for one in result.relations}
    stories = [story for story, spans in furniture.items() if not spans]
    for k, x in enumerate(stories):
        for y in stories[k + 1 :]:
            alone, turned = compare(texts[x], texts[y]), compare(texts[y], texts[x])
            in_run = found.get(frozenset((x, y)))
            kind = in_run["kind"] if in_run else "none"
            together = cluster[x] == cluster[y] and (kind, alone.kind) == ("overlap", "none")
            if alone.kind != kind and not together:
                wrong.append(f"{x} and {y}: {kind} in the run, {alone.kind} by themselves")
            elif in_run and not together and in_run["words"] != alone.words:
                wrong.append(f"{x} and {y}: {in_run['words']} words, {alone.words} by themselves")
            if (alone.kind, alone.words) != (turned.kind, turned.words):
                wrong.append(f"{x} and {y}: {alone.kind}, the other way round {turned.kind}")
    return wrong


def _said(result: Result, names: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """What a result says of each row and each pair, with other names, places left out."""

    def renamed(line: Mapping[str, Any]) -> str:
        kept = {
            key: names.get(value, value) if key in _NAMED else value
            for key, value in line.items()
            if key != "place"
        }
        return json.dumps(kept, sort_keys=True, default=str)

    rows = {names.get(row["id"], row["id"]): renamed(row) for row in result.clusters}
    pairs = {
        " ".join(sorted(names.get(one[side], one[side]) for side in "ab")): renamed(one)
        for one in result.relations
    }
    return rows, pairs


_NAMED = {"id", "a", "b", "cluster", "parent", "keeper"}


def check_same(
    result: Result, other: Result, why: str, names: Mapping[str, str] | None = None
) -> list[str]:
    """Two results say the same of all rows of the first; `names` maps the first's ids."""
    wrong = []
    for ours, theirs in zip(_said(result, names or {}), _said(other, {}), strict=True):
        wrong += [
            f"{why}: {key}: {ours[key]} became {theirs.get(key, 'nothing')}"
            for key in ours
            if ours[key] != theirs.get(key)
        ]
    return wrong


def check_partition(result: Result, other: Result, why: str) -> list[str]:
    """The rows of the first result are put together alike in both."""
    own = {row["id"] for row in result.rows}

    def groups(one: Result) -> set[frozenset[str]]:
        clusters: dict[str, set[str]] = {}
        for row in one.clusters:
            clusters.setdefault(row["cluster"], set()).add(row["id"])
        return {frozenset(group & own) for group in clusters.values() if group & own}

    wrong = groups(result) ^ groups(other)
    return [f"{why}: {', '.join(sorted(group))} are a cluster in one run only" for group in wrong]


CHECKS: dict[str, Callable[[Result], list[str]]] = {
    "spans": check_spans,
    "coverages": check_coverages,
    "exact": check_exact,
    "kinds": check_kinds,
    "clusters": check_clusters,
    "removal": check_removal,
    "runs": check_runs,
}
