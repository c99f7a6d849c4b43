"""How decisions agree with labels, and settings that fit better, line by line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from dupdetect.support.shares import percent
from dupdetect.views.terminal.style import clean, indented, shortened
from dupdetect.views.wording import KIND_OF, count

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from dupdetect.products.evaluation import Evaluation, LabelledPair, Tuning

_SHOWN = 10


def evaluation_lines(target: Console, found: Evaluation, *, full: bool = False) -> Iterator[Text]:
    """Say how decisions agree with labels.

    Parameters
    ----------
    target
        The console whose width counts.
    found
        What was found.
    full
        Whether to show all disputed pairs, not only the most certain ones.
    """
    right = sum(pair.is_copy == pair.label.is_copy for pair in found.pairs)
    said = f"{right:,} of {count(len(found.pairs), 'labelled pair')} decided as labelled"
    yield Text.assemble((f"{said}, copy or not", "bold"), f" ({percent(found.accuracy)})")
    yield Text(_measure("precision", found.precision, "no pair was found to be a copy"))
    yield Text(_measure("recall", found.recall, "no pair is labelled as a copy"))
    if all(pair.label.is_copy for pair in found.pairs):
        yield Text("  all labels are of copies: nothing shows what is wrongly taken for one", "dim")
    if found.kind_accuracy is not None:
        yield Text(_measure("the very kind", found.kind_accuracy, ""))
    yield Text()
    yield Text("label              pairs   right   decided", "dim")
    for answer, (agreed, pairs) in found.right_by_answer.items():
        kinds = ", ".join(f"{_label(kind)} {n:,}" for kind, n in found.by_answer[answer].items())
        first = Text(f"{_label(answer):<17}{pairs:>7,}{agreed:>8,}   ")
        yield from indented(target, first, Text(kinds), indent=35)
    disputed = found.disputed
    if not disputed:
        return
    yield Text()
    yield Text(
        f"Disputed: {count(len(disputed), 'pair')}, the most certain decisions first", "bold"
    )
    for pair in disputed if full else disputed[:_SHOWN]:
        yield from _disputed(target, pair)
    if not full and len(disputed) > _SHOWN:
        yield Text(f"{count(len(disputed) - _SHOWN, 'more pair')} with --full", "dim")


def _measure(name: str, share: float | None, otherwise: str) -> str:
    return f"  {name:<14}{otherwise if share is None else percent(share)}"


def _label(name: str) -> str:
    return KIND_OF[name].label.lower() if name in KIND_OF else name


def _disputed(target: Console, pair: LabelledPair) -> Iterator[Text]:
    label = pair.label
    ids = f"{clean(label.a)}  {clean(label.b)}"
    decided = f"labelled {_label(label.answer)}, decided {_label(pair.kind)}"
    yield Text.assemble((ids, "bold"), f"  {decided} (certainty {pair.certainty:.2f})")
    yield from indented(target, Text("  why  ", "dim"), Text(pair.reason), indent=7)
    for name, text in (("a", pair.text_a), ("b", pair.text_b)):
        yield Text.assemble((f"  {name}    ", "dim"), shortened(text, target.width - 7))


def tuning_lines(target: Console, found: Tuning, *, written: str | None) -> Iterator[Text]:
    """Say which settings fit better, and how that was found out.

    Parameters
    ----------
    target
        The console whose width counts.
    found
        What was found.
    written
        The file that the settings were written to, if any.
    """
    pairs = count(found.pairs, "labelled pair")
    if not found.changes:
        said = f"No setting fits {pairs} better: {found.right_before:,} are right now"
        yield Text(said, "bold")
        yield from indented(target, Text("  "), Text(_unseen(found)), indent=2)
    else:
        said = f"{found.right_before:,} of {pairs} are right now, {found.right_after:,} would be"
        yield Text(said, "bold")
        yield from indented(target, Text("  "), Text(_unseen(found)), indent=2)
        yield Text()
        for change in found.changes:
            yield Text(f"  {change.name:<22}{change.before:>8g}  ->  {change.after:g}")
    if written is not None:
        yield Text()
        use = "give it with --config" if found.changes else "the settings of now"
        yield Text.assemble(("written  ", "dim"), (clean(written), "bold"), f"  {use}")


def _unseen(found: Tuning) -> str:
    return (
        f"of pairs that the search had not seen, each of {found.folds} parts decided with settings "
        f"fitted to the others: {found.unseen_before:,} -> {found.unseen_after:,}"
    )
