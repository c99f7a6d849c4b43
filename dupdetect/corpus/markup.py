"""HTML cut to its text in place: characters stay where they were, so that spans hold for both."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.compute as pc

from dupdetect.support.columns import strings_to_arrow, to_arrow, to_numpy

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["PLAIN_FIELDS", "cut_markup", "cut_markup_of_all", "page_fields"]

PLAIN_FIELDS = frozenset({"text", "maintext", "plaintext", "body_text", "full_text"})
"""Fields that hold text by their name: markup in them is what was left over, and stays."""

_OPENS_WITH_TAG = (
    r"^\s*<(?:!doctype|html|body|main|article|section|div|p|figure|img|h[1-6]|blockquote|ul|ol|br|"
    r"span|a|strong|em|b|i)[\s/>]"
)
_PIECE = (
    r"<!--|<(?P<skipped>script|style|noscript|template|svg|head)\b[^<>]*>|"
    r"</?(?P<name>[a-zA-Z][a-zA-Z0-9:-]*)[^<>]*>|<[!?][^<>]*>|"
    r"&(?:\#\d{1,7}|\#[xX][\da-fA-F]{1,6}|[a-zA-Z][a-zA-Z\d]{1,30});(?P<after>[^\W_]*)"
)
_BLOCKS = frozenset(
    {
        "address", "article", "aside", "blockquote", "br", "caption", "dd", "div", "dl", "dt",
        "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header",
        "hr", "li", "main", "nav", "ol", "p", "pre", "section", "table", "td", "th", "tr", "ul",
    }
)  # fmt: skip
_INVISIBLE = "\u00ad"  # a soft hyphen: words go on across it


def cut_markup(text: str) -> str:
    r"""Return HTML with blanks for its tags, scripts and comments, and characters for entities.

    Parameters
    ----------
    text
        HTML, whole or a part.

    Returns
    -------
    str
        As long as `text`. Blocks stand on lines of their own. Time grows with the length alone.

    Examples
    --------
    >>> cut_markup("<p>Fog &amp; rain</p>")
    '\n  Fog &\xad\xad\xad\xad rain\n   '
    """
    parts: list[str] = []
    at = 0
    lower = ""
    tokens = re.compile(_PIECE)
    ends: dict[str, int] = {}
    while token := tokens.search(text, at):
        start, end = token.span()
        parts.append(text[at:start])
        opener = "!--" if token[0] == "<!--" else token["skipped"]
        if opener:
            lower = lower or _lower(text)
            close = "-->" if opener == "!--" else f"</{opener}"
            if ends.get(close, 0) >= 0:
                ends[close] = lower.find(close, end)
            if ends[close] >= 0:
                end = text.find(">", ends[close]) + 1 or len(text)
            parts.append("\n" + " " * (end - start - 1))
        else:
            before = parts[-1][-1:] or "\n"
            parts.append(_replaced(token, before, text[end : end + 1]))
        at = end
    return "".join([*parts, text[at:]])


def _lower(text: str) -> str:
    """Lower ASCII letters alone: others may change in number."""
    return text.translate({upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)})


def _replaced(token: re.Match[str], before: str, behind: str) -> str:
    whole = token[0]
    if whole[0] == "&":
        after = token["after"]
        entity = whole[: len(whole) - len(after)]
        char = unescape(entity)
        if char == entity or len(char) > 1:
            return whole
        char = " " if char.isspace() else char
        return char + after + _INVISIBLE * (len(entity) - 1)
    name = (token["name"] or "").lower()
    if name in _BLOCKS:
        return "\n" + " " * (len(whole) - 1)
    amid = before.isalnum() and behind.isalnum()
    return (_INVISIBLE if amid else " ") * len(whole)


def cut_markup_of_all(texts: pa.LargeStringArray) -> pa.LargeStringArray:
    """Return texts of which those that open with a tag are cut."""
    marked = pc.match_substring_regex(texts, _OPENS_WITH_TAG, ignore_case=True)
    rows = np.flatnonzero(to_numpy(marked, missing=False))
    if not rows.size:
        return texts
    mask = np.zeros(len(texts), np.bool_)
    mask[rows] = True
    cut = [cut_markup(texts[row].as_py()) for row in rows.tolist()]
    return pc.replace_with_mask(texts, to_arrow(mask), strings_to_arrow(cut, texts.type))


_META = r"(?i)<meta\s[^<>]{1,2000}>"
_ATTRIBUTE = r"""([a-zA-Z:_-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')"""
_TITLE = r"(?i)<title[^<>]*>([^<]{0,2000})</title"
_HEAD = 1 << 18
_USES = {
    "og:title": "title",
    "og:site_name": "publisher",
    "article:published_time": "published",
    "author": "author",
    "article:author": "author",
    "date": "published",
    "datepublished": "published",
}


def page_fields(text: str) -> dict[str, str]:
    """Return what the head of an HTML page says of it: title, publisher, published, author.

    Examples
    --------
    >>> page_fields('<title>Fog &amp; rain</title><meta property="og:site_name" content="A">')
    {'publisher': 'A', 'title': 'Fog & rain'}
    """
    head = text[:_HEAD]
    found: dict[str, str] = {}
    for tag in re.finditer(_META, head):
        values = {name.lower(): a or b for name, a, b in re.findall(_ATTRIBUTE, tag[0])}
        name = values.get("property") or values.get("name") or values.get("itemprop") or ""
        use = _USES.get(name.lower())
        if use is not None and values.get("content", "").strip():
            found.setdefault(use, unescape(values["content"]).strip())
    if "title" not in found and (title := re.search(_TITLE, head)):
        found["title"] = unescape(title[1]).strip()
    return found
