"""JSON objects that wrap a list of stories, as programming interfaces of news send them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import orjson

from dupdetect.corpus.fields import CANDIDATES, LAST_TEXTS

if TYPE_CHECKING:
    from dupdetect.corpus.fields import FieldNames

__all__ = ["STRING_OR_BRACKET", "key_of_stories"]

# A whole string, one that goes on behind the block, or a bracket; never tries a byte twice.
STRING_OR_BRACKET = re.compile(rb'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)|[][{}]', re.DOTALL)
_SPACE = b" \t\r\n"


def key_of_stories(head: bytes, names: FieldNames) -> bytes | None:
    """Find the list of stories in an object that wraps one.

    Parameters
    ----------
    head : bytes
        The first bytes of JSON.
    names : FieldNames
        A story is known by the name of its text.

    Returns
    -------
    bytes or None
        The key of the list as it stands there, in quotation marks. None unless the first value is
        an object with no text of its own and, as far as it goes, one list of objects, whose first
        object has a text.

    Examples
    --------
    >>> from dupdetect.corpus.fields import FieldNames
    >>> key_of_stories(b'{"status": "ok", "articles": [{"content": "One story."}]}', FieldNames())
    b'"articles"'
    >>> key_of_stories(b'{"text": "One story.", "authors": [{"name": "A"}]}', FieldNames())
    """
    texts = {names.text} if names.text else {*CANDIDATES["text"], *LAST_TEXTS}
    wanted = {orjson.dumps(name.partition(".")[0]) for name in texts}
    at_all: dict[bytes, bool] = {}  # lists of objects: whether the first object has a text
    key, depth, first = b"", 0, False
    for token in STRING_OR_BRACKET.finditer(head):
        sign = head[token.start() : token.start() + 1]
        if sign == b'"':
            is_key = (
                depth in {1, 3} and head[token.end() : token.end() + 64].lstrip(_SPACE)[:1] == b":"
            )
            if depth == 1 and is_key:
                key = token[0]
                if key in wanted:
                    return None
            elif depth == 3 and is_key and first and token[0] in wanted:
                at_all[key] = True
        elif sign in b"[{":
            depth += 1
            if depth == 1 and sign == b"[":
                return None
            if (
                depth == 2
                and sign == b"["
                and head[token.end() : token.end() + 64].lstrip(_SPACE)[:1] == b"{"
            ):
                at_all[key], first = False, True
            elif depth == 2:
                first = False
        else:
            depth -= 1
            if depth == 2:  # of the first object, the only one that is looked at
                first = False
            if depth == 0:
                break
    (only, has_text), *others = [*at_all.items()] or [(b"", False)]
    return only if has_text and not others else None
