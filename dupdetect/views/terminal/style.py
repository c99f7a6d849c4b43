"""Consoles, bars and text that is safe to print."""

from __future__ import annotations

import re
import sys
from itertools import groupby
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rich.style import StyleType

WIDEST = 110  # a line longer than this is hard to read, however wide the window

# Control characters could drive the terminal, and the overrides could turn a line around;
# stories are other people's text. Joiners and plain direction marks stay: scripts need them.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]+")


class _Console(Console):
    """Leaves a reader that went away to the caller; the base class ends the process with 1."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def console(*, stderr: bool = False) -> Console:
    """Open a console: colour on a terminal (or with FORCE_COLOR), plain text when piped."""
    stream = sys.stderr if stderr else sys.stdout
    made = _Console(file=stream, highlight=False, markup=False, emoji=False, soft_wrap=False)
    made.width = min(made.width, WIDEST)
    return made


def clean(text: str | None) -> str:
    r"""Make another's text safe for one line of a terminal.

    Runs of white space become one space; other control characters and
    direction overrides are dropped.

    Examples
    --------
    >>> clean("a\x1b[31m b\n\tc")
    'a[31m b c'
    """
    return _UNSAFE.sub("", " ".join((text or "").split()))


def shortened(text: str, cells: int) -> str:
    """Cut text to a number of terminal cells, with an ellipsis where something was cut."""
    made = Text(clean(text))
    made.truncate(max(cells, 1), overflow="ellipsis")
    return made.plain


def indented(target: Console, first: Text, body: Text, *, indent: int) -> Iterator[Text]:
    """Wrap `body` to the right of `first`; the lines after the first stand under the body."""
    lines = body.wrap(target, max(target.width - indent, 20))
    for number, line in enumerate(lines or [Text()]):
        line.rstrip()
        margin = first.copy() if number == 0 else Text()
        margin.pad_right(max(indent - margin.cell_len, 0))
        joined = Text.assemble(margin, line)
        joined.rstrip()
        yield joined


def bar(
    target: Console, length: int, spans: Iterable[tuple[int, int]], cells: int, style: StyleType
) -> Text:
    """Draw a text as a bar of `cells` cells, full where `spans` cover it.

    A cell that is covered in part is drawn half, so that no passage is lost.

    Parameters
    ----------
    target
        Decides the characters: blocks, or ASCII where the encoding has no blocks.
    length
        Of the text, in characters.
    spans
        Half-open, in characters of the text.
    cells
        Width of the bar.
    style
        Colour of the covered cells.
    """
    full, half, none = "█▓░" if target.encoding.lower().startswith("utf") else "#+."
    covered = [0.0] * cells
    for start, end in union(spans):
        low, high = start * cells / max(length, 1), end * cells / max(length, 1)
        for cell in range(int(low), min(int(high) + 1, cells)):
            covered[cell] += max(0.0, min(high, cell + 1) - max(low, cell))
    # Rounding must not turn a cell that is as good as whole, or empty, into a half one.
    marks = (full if share > 0.95 else half if share > 1e-6 else none for share in covered)
    runs = groupby(marks, key=lambda mark: mark != none)
    return Text.assemble(*(("".join(run), style if shared else "dim") for shared, run in runs))


def union(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Merge spans that touch.

    Examples
    --------
    >>> union([(5, 9), (0, 3), (3, 6)])
    [(0, 9)]
    """
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged
