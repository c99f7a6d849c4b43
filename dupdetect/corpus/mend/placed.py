"""Text that was taken out of another, and where each of its characters came from."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

__all__ = ["Edit", "Placed"]

_NOTHING = "\u2060"  # a word joiner: words go on across it, and no other encoding has it
_MARKS = "<&="  # with a letter directly behind them they could be taken for markup once more


class Edit(NamedTuple):
    """Characters ``[start, end)`` that are to become `text`, which is no longer than they are."""

    start: int
    end: int
    text: str


class Placed(NamedTuple):
    """A text and where its characters stand in the raw text.

    Attributes
    ----------
    text : str
        What is left after some edits.
    at : ndarray of int64, shape (characters + 1,)
        Where each begins in the raw text, ascending; last the length of the raw text.
    """

    text: str
    at: NDArray[np.int64]

    @classmethod
    def of(cls, raw: str) -> Placed:
        """Return a raw text, in which every character stands at its own place."""
        return cls(raw, np.arange(len(raw) + 1))

    def edited(self, edits: Iterable[Edit]) -> Placed:
        """Return the text after edits, ascending and apart from each other."""
        parts: list[str] = []
        places: list[NDArray[np.int64]] = []
        last = begun = 0  # up to where the text is read, and where characters keep their places
        for start, end, text in edits:
            parts += [self.text[last:start], text]
            last = end
            if len(text) != end - start:
                places.append(self.at[begun : start + len(text)])
                begun = end
        if not parts:
            return self
        at = np.concatenate([*places, self.at[begun:]]) if places else self.at
        return Placed("".join([*parts, self.text[last:]]), at)

    def in_place(self) -> str:
        r"""Return the text as long as the raw one: each character where it came from.

        What is left between two characters is blank, or, where a word would be cut in two, made of
        word joiners, across which words go on.

        Examples
        --------
        >>> Placed.of("caf&eacute;s").edited([Edit(3, 11, "é")]).in_place()
        'café\u2060\u2060\u2060\u2060\u2060\u2060\u2060s'
        """
        if self.at[-1] == len(self.text):  # none is gone
            return self.text
        parts = [" " * int(self.at[0])]
        last = 0
        for place in (self.at[1:] - self.at[:-1] > 1).nonzero()[0].tolist():
            room = int(self.at[place + 1] - self.at[place]) - 1
            parts += [self.text[last:place], self._with_room(place, room)]
            last = place + 1
        return "".join([*parts, self.text[last:]])

    def _with_room(self, place: int, room: int) -> str:
        """Return one character with fill before or behind it."""
        char = self.text[place]
        before, behind = (
            self.text[place - 1 : place] or " ",
            self.text[place + 1 : place + 2] or " ",
        )
        if char.isspace():
            return char + " " * room
        if char.isalnum() or char in _MARKS:
            return char + _NOTHING * room
        if behind.isalnum():  # an apostrophe in a word, or a mark that opens a quotation
            return (" " if before.isspace() else _NOTHING) * room + char
        return char + (" " if behind.isspace() else _NOTHING) * room
