"""HTML as a reader of it sees it: tags, scripts and comments go, entities become characters.

A parser of HTML would say what the text is, and not where it stands in the raw value; so tags and
entities are found one by one. Every pattern looks at each character a bounded number of times.
"""

from __future__ import annotations

import re
from functools import cache
from html import unescape
from html.entities import name2codepoint
from typing import TYPE_CHECKING

from dupdetect.corpus.mend.placed import Edit, Placed

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["decode_entities", "is_markup", "without_tags", "without_targets"]

_BLOCKS = frozenset(
    {
        "address", "article", "aside", "blockquote", "body", "br", "caption", "center", "dd",
        "details", "dialog", "dir", "div", "dl", "dt", "fieldset", "figcaption", "figure",
        "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hgroup", "hr", "html",
        "iframe", "legend", "li", "main", "menu", "nav", "ol", "option", "p", "pre", "search",
        "section", "select", "summary", "table", "tbody", "tfoot", "thead", "title", "tr", "ul",
        "video",
    }
)  # fmt: skip
_CELLS = frozenset({"td", "th", "img"})  # apart, but in one line
_INLINE = frozenset(
    {
        "a", "abbr", "acronym", "b", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i",
        "ins", "kbd", "label", "mark", "nobr", "q", "s", "samp", "small", "span", "strike",
        "strong", "sub", "sup", "time", "tt", "u", "var", "wbr",
    }
)  # fmt: skip
_OTHERS = frozenset(
    {
        "area", "audio", "base", "button", "canvas", "col", "colgroup", "embed", "head", "input",
        "link", "map", "meta", "noscript", "object", "param", "picture", "script", "source",
        "style", "svg", "template", "textarea", "track",
    }
)  # fmt: skip
_KNOWN = _BLOCKS | _CELLS | _INLINE | _OTHERS

_VALUE = r"""(?:"[^"]*"|'[^']*'|[^\s"'<>=]+)"""
_ATTRIBUTES = rf"""(?:\s+[a-zA-Z_:@][^\s"'<>/=]*(?:\s*=\s*{_VALUE})?|\s*/)*\s*"""
_TAG = rf"</?(?P<name>[a-zA-Z][a-zA-Z0-9:-]*)(?P<attributes>{_ATTRIBUTES})>"
_SKIPPED = r"<(?P<skipped>script|style|noscript|template|svg|head)\b[^<>]*>"


@cache
def _piece() -> re.Pattern[str]:
    return re.compile(
        rf"<!--|<!\[CDATA\[|\]\]>|{_SKIPPED}|{_TAG}|</?(?P<loose>[a-zA-Z][a-zA-Z0-9:-]*)[\s/][^<>]*>"
        r"|<[!?][^<>]*>",
        re.IGNORECASE,
    )


_NAMES = "|".join(sorted(_KNOWN, key=lambda name: (-len(name), name)))


@cache
def _proof() -> re.Pattern[str]:
    return re.compile(
        rf"</(?:{_NAMES})\s*>|<(?:br|hr|p)\s*/?>|<!--|<!doctype\s|"
        rf"<(?:{_NAMES})(?:\s+[a-zA-Z_:][^\s\"'<>/=]*\s*=\s*{_VALUE})",
        re.IGNORECASE,
    )


@cache
def _escaped() -> re.Pattern[str]:
    return re.compile(
        rf"&(?:amp;)*lt;(?P<tag>/?(?:{_NAMES})(?:\s(?:(?!&(?:amp;)*[lg]t;)[^<>])*)?/?)&(?:amp;)*gt;",
        re.IGNORECASE,
    )


@cache
def _link() -> re.Pattern[str]:
    return re.compile(
        r"!?\[(?P<said>[^\[\]\n]{0,300})\]\((?:[a-z]{2,8}:|//?|\#|\./)[^\s()]{0,2000}"
        r"(?:\([^\s()]{0,200}\)[^\s()]{0,200})?(?:[ \t]+\"[^\"\n]{0,300}\")?\)"
    )


_LETTER = re.compile(r"\w")
_AMPERSANDS = r"&(?:amp;|#38;|#[xX]26;)*"
# Names of HTML 4, which are also found without a semicolon: long ones in the midst of a word, too.
_FOUR = sorted({*name2codepoint, "apos"}, key=lambda name: (-len(name), name))
_LONG = "|".join([name for name in _FOUR if len(name) > 4] + ["nbsp", "quot", "apos"])
_SHORT = "|".join(name for name in _FOUR if len(name) <= 4)


@cache
def _entity() -> re.Pattern[str]:
    return re.compile(
        rf"{_AMPERSANDS}(?P<name>\#\d{{1,7}};?|\#[xX][\da-fA-F]{{1,6}};?|[a-zA-Z][a-zA-Z\d]{{1,30}};"
        rf"|(?:{_LONG})(?!=)|(?:{_SHORT})(?![\w=]))"
    )


_TIGHT = "'\u2019\"\u201c\u201d\u00ab\u00bb"  # marks that stand directly at a word


def is_markup(text: str) -> bool:
    """Whether a text has a tag that is nothing else: one that closes, or has an attribute.

    Examples
    --------
    >>> is_markup("The <b>ferry</b>"), is_markup("I <3 it, if a <b and c> d")
    (True, False)
    """
    return _proof().search(text) is not None


def without_tags(placed: Placed, *, proven: bool = False) -> Placed:
    """Return a text without its tags, scripts and comments, if it is marked up.

    Tags whose brackets are entities are tags where there are no others.

    Parameters
    ----------
    placed : Placed
        Any text.
    proven : bool
        Whether it is known to be HTML.

    Returns
    -------
    Placed
        Blocks stand on lines of their own; entities are what they were.
    """
    if not proven and not is_markup(placed.text):
        escaped = [
            Edit(found.start(), found.end(), f"<{unescape(found['tag'])}>")
            for found in _escaped().finditer(placed.text)
        ]
        unescaped = placed.edited(escaped)
        if not escaped or not is_markup(unescaped.text):
            return placed
        placed = unescaped
    text = placed.text
    tags = list(_tags(text))
    blocks = any(edit.text[:1] == "\n" for edit in tags)
    edits: list[Edit] = []
    for edit in _joined(tags):
        text_there = edit.text
        if not text_there:
            tight = _is_tight(text, edit.start - 1) and _is_tight(text, edit.end)
            text_there = "" if tight else " " * (edit.end - edit.start)
        edits.append(Edit(edit.start, edit.end, text_there))
    if blocks:  # a line break in the source says nothing
        broken = _BREAK.finditer(text)
        edits = list(_merged(edits, [Edit(one.start(), one.end(), " ") for one in broken]))
    return placed.edited(edits)


_BREAK = re.compile(r"(?<![\n>])\r?\n(?![\r\n<])")


def _merged(edits: list[Edit], others: list[Edit]) -> Iterator[Edit]:
    """Yield edits in order; of `others` those that stand in none of them."""
    end = 0
    for edit in sorted([*edits, *others], key=lambda one: (one.start, -one.end)):
        if edit.start >= end:
            yield edit
            end = edit.end


def _tags(text: str) -> Iterator[Edit]:
    """Yield what becomes of each tag, nothing where words may go on across it."""
    at = 0
    lower = ""
    ends: dict[str, int] = {}
    while token := _piece().search(text, at):
        start, end = token.span()
        opener = "!--" if token[0] == "<!--" else (token["skipped"] or "").lower()
        if opener:
            lower = lower or _lower(text)
            close = "-->" if opener == "!--" else f"</{opener}"
            if 0 <= ends.get(close, 0) < end:
                ends[close] = lower.find(close, end)
            if ends[close] >= 0:
                end = text.find(">", ends[close]) + 1 or len(text)
            yield Edit(start, end, "\n" + " " * (end - start - 1))
        elif (becomes := _becomes(token)) is not None:
            yield Edit(start, end, becomes and becomes + " " * (end - start - 1))
        at = end


def _lower(text: str) -> str:
    """Lower ASCII letters alone: others may change in number."""
    return text.translate({upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)})


def _becomes(token: re.Match[str]) -> str | None:
    """Return what a tag begins to be; empty where words go on, None where it is none."""
    name = (token["name"] or token["loose"] or "").lower()
    if not name:
        return " " if token[0][0] == "<" else ""
    if name in _BLOCKS:
        return "\n"
    if name in _CELLS:
        return " "
    bare = token["name"] is not None and (not token["attributes"].strip(" /\t\r\n"))
    proper = bare or "=" in token[0] or token[0][1] == "/"
    if name in _KNOWN:
        return "" if proper or len(name) > 1 else None
    return "" if (proper and not bare) or ":" in name or "-" in name else None


def _joined(tags: list[Edit]) -> Iterator[Edit]:
    """Yield tags that words may go on across as one where they follow each other directly."""
    first: Edit | None = None
    for edit in tags:
        if first is not None and not edit.text and edit.start == first.end:
            first = Edit(first.start, edit.end, "")
            continue
        if first is not None:
            yield first
        first = None if edit.text else edit
        if edit.text:
            yield edit
    if first is not None:
        yield first


def _is_tight(text: str, at: int) -> bool:
    """Whether a letter, a figure or a quotation mark stands there, as itself or as an entity."""
    char = text[at : at + 1] if at >= 0 else ""
    if char == "&":
        found = _entity().match(text, at)
        char = _char_of(found) if found else ""
    elif char == ";" and (begins := text.rfind("&", max(at - 40, 0), at)) >= 0:
        found = _entity().fullmatch(text, begins, at + 1)
        char = _char_of(found) if found else ";"
    return char != "" and (char.isalnum() or char in _TIGHT)


def without_targets(placed: Placed) -> Placed:
    """Return a text without images of Markdown, and without the targets of its links.

    A text that is nothing but links keeps them: they alone tell it from others.

    Examples
    --------
    >>> without_targets(Placed.of("The [ferry](https://a.example/b) sank")).text
    'The  ferry                      sank'
    """
    text, links = placed.text, list(_link().finditer(placed.text))
    if not links:
        return placed
    before = _LETTER.search(text, 0, links[0].start())
    if before is None and not _LETTER.search(_link().sub("", text)):
        return placed
    return placed.edited(_targets(text, links))


def _targets(text: str, links: list[re.Match[str]]) -> Iterator[Edit]:
    for found in links:
        said = found["said"]
        start, end = found.span("said")
        if found[0][0] == "!" or not said:
            yield Edit(found.start(), found.end(), " " * len(found[0]))
            continue
        tight = _is_tight(text, found.end()) and _is_tight(said, len(said) - 1)
        yield Edit(found.start(), start, " ")
        yield Edit(end, found.end(), "" if tight else " " * (found.end() - end))


def decode_entities(placed: Placed) -> Placed:
    """Return a text with characters for its entities, also those that were escaped twice."""
    return placed.edited(_entities(placed.text))


def _entities(text: str) -> Iterator[Edit]:
    for found in _entity().finditer(text):
        char = _char_of(found)
        if char:
            yield Edit(found.start(), found.end(), char)


def _char_of(found: re.Match[str]) -> str:
    """Return the character of an entity; empty where it is none, or several."""
    char = unescape(f"&{found['name'].rstrip(';')};")
    if len(char) != 1:
        return ""
    if char == "\r":
        return "\n" if found.string[found.end() : found.end() + 1] != "\n" else " "
    return " " if char.isspace() and char != "\n" else char
