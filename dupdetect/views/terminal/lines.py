"""The lines of a story on a terminal: what each is taken for, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from dupdetect.views.terminal.style import clean, indented
from dupdetect.views.wording import REASONS, count

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import Console

    from dupdetect.stages.reasons import LineReason

_SHOWN = 60  # characters of a line without --full
_STYLES = {"body": "", "furniture": "yellow"}


def reason_lines(
    target: Console, name: str, text: str, lines: Sequence[LineReason], *, full: bool = False
) -> Iterator[Text]:
    """Draw each line of a text with its verdict and the reason.

    Parameters
    ----------
    target
        The console whose width counts.
    name
        What to call the story.
    text
        Its raw text.
    lines
        As `dupdetect.stages.reasons.explain_lines` gives them.
    full
        Show every line whole.
    """
    left_out = sum(line.words for line in lines if line.verdict == "furniture")
    words = sum(line.words for line in lines)
    yield Text()
    said = f": {count(len(lines), 'line')}, {left_out:,} of {count(words, 'word')} left out"
    yield from indented(target, Text(), Text.assemble((name, "bold"), said), indent=0)
    width = len(str(len(lines)))
    for number, line in enumerate(lines, start=1):
        shown = clean(text[line.start : line.end])
        if not full and len(shown) > _SHOWN:
            shown = shown[: _SHOWN - 1] + "…"
        head = Text(f"{number:>{width}}  {line.verdict:<9}  ", _STYLES.get(line.verdict, "dim"))
        made = Text.assemble(shown, (f"  ({REASONS[line.reason]})", "dim"))
        yield from indented(target, head, made, indent=width + 13)
