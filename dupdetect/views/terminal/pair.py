"""Two stories on a terminal: coverage bars, passages in context, what was cut and added."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from rich.text import Text

from dupdetect.views.terminal.style import bar, clean, indented, union
from dupdetect.views.wording import KIND_OF, certain, count, measured, sentence

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import Console

    from dupdetect.views.pair import Pair, Segment, Story
    from dupdetect.views.words import Span

# The marks carry the meaning by themselves; colours only repeat it.
SHARED, CUT, ADDED = "cyan", "red", "green"
_MARGIN = 6
_HEAD, _TAIL, _AROUND = 170, 90, 60  # characters shown of a long stretch
_WHOLE = 360  # a stretch up to this long is shown whole
_LONG_WORD = 30
_CHANGES = 6  # changed places shown of a long passage


def pair_lines(
    target: Console, pair: Pair, *, names: tuple[str, str] = ("A", "B"), full: bool = False
) -> Iterator[Text]:
    """Draw the comparison, line by line.

    Parameters
    ----------
    target
        The console whose width and encoding count.
    pair
        The two stories, cut along their passages.
    names
        What to call them in the bars and sentences.
    full
        Show every stretch whole instead of its beginning, its changes and its end.
    """
    relation = pair.relation
    heading = Text(sentence(relation, *names))
    if relation.kind != "none":
        kind = KIND_OF[relation.kind].label.lower()
        heading = Text.assemble((f"{kind}: ", "bold"), heading, certain(relation.certainty))
    yield from indented(target, Text(), heading, indent=0)
    if relation.quoted_words:
        said = f"{relation.quoted_words:,} of the {count(relation.words, 'shared word')}"
        quoted = Text(f"{said} stand inside quotation marks", "dim")
        yield from indented(target, Text(), quoted, indent=0)
    yield Text()
    shares = (
        measured(relation.a_coverage, relation.a_exact),
        measured(relation.b_coverage, relation.b_exact),
    )
    indent = _name_width(names)
    for name, story, share in zip(names, (pair.a, pair.b), shares, strict=True):
        yield from indented(target, Text(name, "bold"), _facts(story, share), indent=indent)
    if pair.a.text is None or pair.b.text is None:
        return
    yield Text()
    yield from _bars(target, pair, names)
    yield Text()
    for segment in pair.segments:
        yield from _segment_lines(target, pair, segment, names, full=full)


def legend(target: Console, names: tuple[str, str] = ("A", "B")) -> Iterator[Text]:
    """Explain the marks, for the end of a comparison."""
    a, b = names
    gap = Text("   ")
    made = Text().join(
        [
            *(Text("= shared", SHARED), gap, Text(f"- only in {a}", CUT), gap),
            *(Text(f"+ only in {b}", ADDED), gap, *_change(Text(a, CUT), Text(b, ADDED))),
            *(Text(" changed"), gap, Text("… left out (--full)", "dim")),
        ]
    )
    yield Text()
    yield from indented(target, Text(), made, indent=0)


def excerpt(
    story: Story, span: Span, keep: Sequence[Span] = (), *, full: bool = False
) -> list[Span | int]:
    """Choose what to show of a long stretch.

    Parameters
    ----------
    story
        With its raw text.
    span
        The stretch, half open, in characters.
    keep
        Places inside it that must be seen.
    full
        Choose everything.

    Returns
    -------
    list[tuple[int, int] | int]
        Spans to show and, between them, how many words are left out.

    Examples
    --------
    >>> from dupdetect.views.pair import Story
    >>> excerpt(Story("a", "one two three"), (0, 13))
    [(0, 13)]
    """
    start, end = span
    if full or end - start <= _WHOLE:
        return [span]
    wanted = [(start, start + _HEAD), (end - _TAIL, end)]
    wanted += [(s - _AROUND, e + _AROUND) for s, e in keep[:_CHANGES]]
    shown = union(_whole_words(story, max(s, start), min(e, end)) for s, e in wanted)
    shown = [(max(s, start), min(e, end)) for s, e in shown]
    pieces: list[Span | int] = [shown[0]]
    for before, after in pairwise(shown):
        left_out = story.words.count(before[1], after[0])
        if left_out > 3:
            pieces += [left_out, after]
        else:  # the note would be longer than the words
            last = pieces[-1]
            first = last[0] if isinstance(last, tuple) else before[0]
            pieces[-1] = (first, after[1])
    return pieces


def _whole_words(story: Story, start: int, end: int) -> Span:
    """Widen a stretch so that it splits no word but a very long one."""
    first, last = story.words.characters_of(*story.words.covered_by(start, end))
    return max(min(first, start), start - _LONG_WORD), min(max(last, end), end + _LONG_WORD)


def _facts(story: Story, share: str) -> Text:
    facts = [story.id, story.publisher, story.published, story.title and f"“{story.title}”"]
    line = Text(" · ".join(clean(fact) for fact in facts if fact))
    line.append(f" · {share}", SHARED)
    return line


def _name_width(names: Sequence[str]) -> int:
    return max(len(name) for name in names) + 2


def _bars(target: Console, pair: Pair, names: tuple[str, str]) -> Iterator[Text]:
    """Draw each text as a bar, one scale for both, with the passages numbered below."""
    texts = (pair.a.text or "", pair.b.text or "")
    width = max(target.width - _MARGIN - _name_width(names), 10)
    longest = max(len(texts[0]), len(texts[1]), 1)
    passages = [s for s in pair.segments if s.mark == "shared"]
    indent = _name_width(names)
    for side, (name, text) in enumerate(zip(names, texts, strict=True)):
        cells = max(round(width * len(text) / longest), 1)
        spans = [(s.number, s.a if side == 0 else s.b) for s in passages]
        placed = [(number, span) for number, span in spans if span is not None]
        label = Text(name, "bold")
        label.pad_right(indent - label.cell_len)
        drawn = bar(target, len(text), [span for _, span in placed], cells, SHARED)
        yield Text.assemble(label, drawn)
        if len(passages) > 1:
            numbers = [" "] * cells
            for number, span in placed:
                at = min(span[0] * cells // max(len(text), 1), cells - 1)
                digits = str(number)
                # A blank on the left keeps 1 and 2 from reading as 12.
                room = numbers[max(at - 1, 0) : at + len(digits)]
                if at + len(digits) <= cells and set(room) == {" "}:
                    numbers[at : at + len(digits)] = digits
            yield Text(" " * indent + "".join(numbers).rstrip(), "dim")


def _segment_lines(
    target: Console, pair: Pair, segment: Segment, names: tuple[str, str], *, full: bool
) -> Iterator[Text]:
    words = count(segment.words, "word")
    if segment.mark == "shared":
        several = sum(1 for s in pair.segments if s.mark == "shared") > 1
        caption = f"passage {segment.number}, {words}" if several else words
        caption += f", {count(len(segment.changed), 'place')} changed" if segment.changed else ""
        mark, style, caption = "=", SHARED, f"{caption}, in both"
        body = _passage_text(pair, segment, full=full)
    else:
        here = names[0] if segment.mark == "only_a" else names[1]
        mark, style = ("-", CUT) if segment.mark == "only_a" else ("+", ADDED)
        caption = f"{words}, only in {here}"
        story, span = (pair.a, segment.a) if segment.a is not None else (pair.b, segment.b)
        body = Text()
        for piece in excerpt(story, span or (0, 0), full=full):
            body += (
                _left_out(piece)
                if isinstance(piece, int)
                else _shown(story.text or "", piece, style)
            )
    yield Text.assemble((f"{mark} ", f"bold {style}"), (caption, style))
    yield from indented(target, Text("  "), body, indent=2)


def _change(ours: Text, theirs: Text) -> list[Text]:
    """Write words of both sides in marks that survive without colour."""
    marked = []
    for opening, words, closing in (("[-", ours, "-]"), ("{+", theirs, "+}")):
        if words.plain:
            marked += [Text(opening, "dim"), words, Text(closing, "dim")]
    return marked


def _left_out(words: int) -> Text:
    return Text(f" … {count(words, 'word')} … ", "dim")


def _shown(text: str, span: Span, style: str = "") -> Text:
    """Show a stretch on one line, keeping a blank at its ends where the text has one."""
    raw = text[span[0] : span[1]]
    lead = " " if raw[:1].isspace() else ""
    trail = " " if raw[-1:].isspace() and raw.strip() else ""
    return Text(f"{lead}{clean(raw)}{trail}", style)


def _passage_text(pair: Pair, segment: Segment, *, full: bool) -> Text:
    """Show a passage as `a` has it, with the words of both where they differ."""
    a, b = pair.a.text or "", pair.b.text or ""
    span = segment.a or (0, 0)
    made = Text()
    changes = [(s, e) for s, e, _, _ in segment.changed]
    for piece in excerpt(pair.a, span, changes, full=full):
        if isinstance(piece, int):
            made += _left_out(piece)
            continue
        at = piece[0]
        for a_start, a_end, b_start, b_end in segment.changed:
            if not piece[0] <= a_start <= a_end <= piece[1] or a_start < at:
                continue
            made += _shown(a, (at, a_start))
            made += Text.assemble(
                *_change(_shown(a, (a_start, a_end), CUT), _shown(b, (b_start, b_end), ADDED))
            )
            at = a_end
        made += _shown(a, (at, piece[1]))
    return made
