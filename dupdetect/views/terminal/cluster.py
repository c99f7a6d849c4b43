"""One story's decision and its cluster on a terminal."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from rich.text import Text

from dupdetect.support.dates import UNKNOWN_TIME, parse_date
from dupdetect.support.shares import percent
from dupdetect.views.terminal.pair import SHARED, legend, pair_lines
from dupdetect.views.terminal.style import bar, clean, indented, shortened
from dupdetect.views.wording import KIND_OF, certain, count

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from dupdetect.views.decision import Decision, Member, Neighbour

_ISO = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ROWS = 20  # stories of a cluster shown without --full
_OVERLAPS = 8


def decision_lines(target: Console, decision: Decision, *, full: bool = False) -> Iterator[Text]:
    """Draw what was decided about a story: why, the passages, its cluster, its overlaps."""
    yield from indented(target, Text(), _verdict(decision), indent=0)
    yield Text()
    if decision.pair is not None:
        names = ("parent", "story")
        yield from pair_lines(target, decision.pair, names=names, full=full)
        if decision.pair.segments:
            yield from legend(target, names)
        yield Text()
    if len(decision.members) > 1:
        yield from _map_lines(target, decision, full=full)
    if decision.neighbours:
        yield from _overlap_lines(target, decision.neighbours, full=full)


def _verdict(decision: Decision) -> Text:
    member, others = decision.member, len(decision.members) - 1
    title = f" “{clean(member.story.title)}”" if member.story.title else ""
    made = Text.assemble((clean(member.story.id), "bold"), title)
    if member.canonical:
        if not others:
            return made + Text(" was kept: no copy of it was found.")
        return made + Text(f" was kept: it is the canonical story of {count(others, 'copy')}.")
    made.append(f" is a copy of {clean(decision.canonical.story.id)}", "bold")
    if member.parent not in {None, decision.canonical.story.id}:
        made.append(f", by way of {clean(member.parent)}, the story it matches best")
    made.append(f"; {count(len(decision.members), 'story')} in the cluster.")
    if member.keeper is not None:
        made.append(f" dedupe leaves it out, as {percent(member.keeper_exact)} of its words stand ")
        made.append(f"in {clean(member.keeper)}, which stays.")
    elif member.exact is not None:  # results of format 1 do not say
        made.append(" dedupe keeps it, too: no row that stays holds enough of its words, or its ")
        made.append("facts differ.")
    return made


def _map_lines(target: Console, decision: Decision, *, full: bool) -> Iterator[Text]:
    """Draw the canonical story as a bar and one row a copy with the parts it kept."""
    members = list(decision.members)
    shown = members if full else members[:_ROWS]
    if decision.member not in shown:
        shown[-1] = decision.member
    stories = count(len(members), "story")
    said = Text(f"the cluster: {stories}, canonical first, then by time", "bold")
    yield from indented(target, Text(), said, indent=0)
    said = Text("each bar is the canonical story; full cells are the parts that copy shares", "dim")
    yield from indented(target, Text(), said, indent=0)
    length = len(decision.canonical.story.text or "") or _last_end(shown)
    cells = max(min(target.width // 3, 36), 10)
    for member in shown:
        if member.spans is not None and length:
            drawn = bar(target, length, member.spans, cells, SHARED)
        elif member.canonical and length:
            drawn = bar(target, length, [(0, length)], cells, SHARED)
        else:
            drawn = Text(shortened("(no passages kept)", cells), "dim")
        drawn.pad_right(cells - drawn.cell_len)
        pointer = "> " if member == decision.member else "  "
        margin = Text.assemble((pointer, "bold"), drawn)
        label = _label(member, canonical=decision.canonical.story.id)
        yield from indented(target, margin, Text(clean(label)), indent=cells + 4)
    if len(shown) < len(members):
        yield Text(f"  … {count(len(members) - len(shown), 'more story')} (--full)", "dim")
    yield Text()


def _label(member: Member, *, canonical: str) -> str:
    kind = "canonical"
    if not member.canonical:
        kind = KIND_OF[member.kind].label.lower() if member.kind else ""
    kind += f" ({member.kept})" if member.kept else ""
    kind += f" of {member.parent}" if member.parent not in {None, canonical} else ""
    facts: list[str | None] = [member.story.id, kind]
    if not member.canonical and member.parent_coverage is not None:
        facts.append(percent(member.parent_coverage, member.parent_exact))
        facts.append(None if member.exact is None else f"{percent(member.exact)} unchanged")
        facts.append(None if member.certainty is None else f"certainty {member.certainty:.2f}")
    facts += [member.story.publisher, _when(member.story.published)]
    facts.append(f"credits {', '.join(member.credits)}" if member.credits else None)
    return " · ".join(fact for fact in facts if fact)


def _when(published: str | None) -> str | None:
    """Write an ISO time to the minute, all in one zone; anything else stays as it was given."""
    if published is None or not _ISO.match(published):
        return published
    moment = parse_date(published)
    if moment == UNKNOWN_TIME:
        return published
    return f"{_EPOCH + timedelta(microseconds=moment):%Y-%m-%d %H:%M} UTC"


def _last_end(members: list[Member]) -> int:
    return max((end for m in members for _, end in m.spans or ()), default=0)


def _overlap_lines(
    target: Console, neighbours: tuple[Neighbour, ...], *, full: bool
) -> Iterator[Text]:
    """List the other stories, each with its longest overlap."""
    longest: dict[str, Neighbour] = {}
    for neighbour in neighbours:
        longest.setdefault(neighbour.theirs.id, neighbour)
    found = list(longest.values())
    others = count(len(found), "story")
    said = Text(f"passages shared with {others} outside the cluster, kept apart", "bold")
    yield from indented(target, Text(), said, indent=0)
    shown = found if full else found[:_OVERLAPS]
    for neighbour in shown:
        theirs, relation = neighbour.theirs, neighbour.relation
        facts = [theirs.id, theirs.publisher, theirs.title and f"“{theirs.title}”"]
        name = " · ".join(clean(fact) for fact in facts if fact)
        shares = f"{percent(relation.a_coverage, relation.a_exact)} of {clean(neighbour.ours.id)}"
        if relation.a_exact is not None:
            shares += f" ({percent(relation.a_exact)} unchanged)"
        kind = KIND_OF[relation.kind]
        named = "" if kind.name == "overlap" else f"{kind.label.lower()}, "
        shared = f"{named}{count(relation.words, 'word')}, {shares}"
        facts_shared = Text(f"{name}: {shared}{certain(relation.certainty)}")
        yield from indented(target, Text("  "), facts_shared, indent=2)
    if len(shown) < len(found):
        yield Text(f"  … {len(found) - len(shown):,} more (--full)", "dim")
    yield Text()
