"""JSON objects that wrap a list of stories, as programming interfaces of news send them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeVar

import orjson

from dupdetect.corpus.fields import CANDIDATES, LAST_TEXTS

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from dupdetect.corpus.fields import FieldNames

__all__ = ["MOST_KEYS", "STRING_OR_BRACKET", "only_outermost", "path_of_stories", "text_names"]

MOST_KEYS = 3
"""As many lead to a list of stories at most, as in ``{"response": {"docs": [...]}}``."""

Key = TypeVar("Key", str, bytes)

# A whole string, one that goes on behind the block, or a bracket; never tries a byte twice.
STRING_OR_BRACKET = re.compile(rb'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)|[][{}]', re.DOTALL)
_SPACE = b" \t\r\n"


def text_names(names: FieldNames) -> set[str]:
    """Return the keys one of which every story has.

    Examples
    --------
    >>> from dupdetect.corpus.fields import FieldNames
    >>> text_names(FieldNames(text="fields.bodyText"))
    {'fields'}
    """
    texts = {names.text} if names.text else {*CANDIDATES["text"], *LAST_TEXTS}
    return {name.partition(".")[0] for name in texts}


def path_of_stories(head: bytes, names: FieldNames) -> tuple[bytes, ...] | None:
    """Find the list of stories in an object that wraps one.

    Parameters
    ----------
    head : bytes
        The first bytes of JSON.
    names : FieldNames
        A story is known by the name of its text.

    Returns
    -------
    tuple of bytes, or None
        The keys that lead to the list, at most `MOST_KEYS`, as they stand there, in quotation
        marks. None unless the first value is an object that, as far as it goes, holds a list of
        objects the first of which has a text, no other list of objects as near to the outside, and
        no text in the objects around the list.

    Examples
    --------
    >>> from dupdetect.corpus.fields import FieldNames
    >>> path_of_stories(b'{"status": "ok", "articles": [{"content": "One story."}]}', FieldNames())
    (b'"articles"',)
    >>> path_of_stories(b'{"response": {"docs": [{"content": "One story."}]}}', FieldNames())
    (b'"response"', b'"docs"')
    >>> path_of_stories(b'{"text": "One story.", "authors": [{"name": "A"}]}', FieldNames())
    """
    wanted = {orjson.dumps(name) for name in text_names(names)}
    lists: dict[tuple[bytes, ...], bool] = {}  # whether the first object has a text
    with_text: set[tuple[bytes, ...]] = set()  # objects outside of lists
    kinds, keys = b"", [b""]  # open brackets, and the last key in each
    first = False  # whether the first object of a list is open
    for token in STRING_OR_BRACKET.finditer(head):
        sign = head[token.start() : token.start() + 1]
        behind = head[token.end() : token.end() + 64].lstrip(_SPACE)[:1]
        in_list = kinds.find(b"[")
        if sign == b'"' and kinds.endswith(b"{") and behind == b":":
            keys[-1] = token[0]
            if token[0] in wanted and in_list < 0:
                with_text.add(tuple(keys[1:-1]))
            elif token[0] in wanted and first and len(kinds) == in_list + 2:
                lists[tuple(keys[1 : in_list + 1])] = True
        elif sign in {b"[", b"{"}:
            if sign == b"[" and in_list < 0:
                first = behind == b"{" and 1 <= len(kinds) <= MOST_KEYS
                if first:
                    lists[tuple(keys[1:])] = False
            kinds += sign
            keys.append(b"")
        elif sign != b'"':
            kinds = kinds[:-1]
            keys = keys[: len(kinds) + 1]
            first = first and len(kinds) != in_list + 1
            if not kinds:
                break
    return only_outermost(lists, with_text)


def only_outermost(
    lists: Mapping[tuple[Key, ...], bool], with_text: Collection[tuple[Key, ...]] = ()
) -> tuple[Key, ...] | None:
    """Return the path of the list of stories.

    Parameters
    ----------
    lists : Mapping[tuple, bool]
        The lists of objects by the keys that lead to them; whether the first object has a text.
    with_text : Collection of tuple
        The objects around lists that have a text of their own, in the same way.

    Returns
    -------
    tuple or None
        The one that has texts, unless another list is no further inside, or a text stands around
        it.

    Examples
    --------
    >>> only_outermost({("response", "docs"): True, ("response", "meta", "facets"): False})
    ('response', 'docs')
    >>> only_outermost({("new",): True, ("old",): True})
    """
    outermost = min((path for path, has_text in lists.items() if has_text), key=len, default=None)
    if outermost is None or any(outermost[:keys] in with_text for keys in range(len(outermost))):
        return None
    others = [path for path in lists if path != outermost and len(path) <= len(outermost)]
    return None if others else outermost
