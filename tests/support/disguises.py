"""Made-up stories, and what copying and wrong decoding make of them."""

from __future__ import annotations

import quopri
import random
import re
import textwrap
from functools import partial
from html import escape, unescape
from html.entities import codepoint2name
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_WORDS = [
    "the",
    "mill",
    "ferry",
    "of",
    "at",
    "harbour",
    "and",
    "café",
    "a",
    "fog",
    "bridge",
    "with",
    "naïve",
    "owner",
    "Senn",
    "sold",
    "in",
    "market",
    "résumé",
    "before",
    "winter",
    "council",
    "Žižkov",
    "opened",
    "on",
    "river",
    "señor",
    "voted",
    "to",
    "lodge",
    "piñata",
    "a",
    "new",
    "roof",
    "after",
    "storm",
    "that",
    "lights",
    "déjà",
    "Kreuzstraße",
    "miners",
    "walked",
    "from",
    "Łódź",
    "keeper",
    "found",
    "coal",
    "owls",
]


def made_story(seed: int) -> list[str]:
    """Return paragraphs of made-up sentences, some with quotations and apostrophes."""
    chance = random.Random(seed)
    paragraphs = []
    for _ in range(chance.randint(4, 7)):
        sentences = []
        for _ in range(chance.randint(2, 4)):
            words = [_word(chance) for _ in range(chance.randint(9, 18))]
            words[3] += ","
            if chance.random() < 0.3:
                words[5] = f"“{words[5]}"
                words[8] += "”"
            if chance.random() < 0.3:
                words[2] += "’s"
            sentence = " ".join(words)
            sentences.append(sentence[0].upper() + sentence[1:] + ".")
        paragraphs.append(" ".join(sentences))
    return paragraphs


def _word(chance: random.Random) -> str:
    return chance.choice(_WORDS) + (str(chance.randint(2, 99)) if chance.random() < 0.1 else "")


def plain(paragraphs: list[str]) -> str:
    """Return the story as a text."""
    return "\n\n".join(paragraphs)


def _tagged(paragraphs: list[str]) -> str:
    return "".join(f"<p>{escape(part)}</p>" for part in paragraphs)


def _nested(paragraphs: list[str]) -> str:
    def marked(part: str) -> str:
        part = escape(part)
        return f'{part[:2]}<b><i title="a > b">{part[2:9]}</i></b>{part[9:]}'

    inner = "\n".join(f'<div class="x"><p>\n{marked(part)}\n</p></div>' for part in paragraphs)
    script = "<script>if (a<b) c()</script>"
    return f"<article><style>p {{}}</style><!-- <p>no</p> -->{inner}{script}</article>"


def _named(text: str) -> str:
    return "".join(
        f"&{codepoint2name[ord(char)]};" if ord(char) in codepoint2name else char for char in text
    )


def _wrapped(width: int, indent: str = "", between: str = "\n\n") -> Callable[[list[str]], str]:
    return lambda paragraphs: between.join(
        textwrap.fill(part, width, initial_indent=indent, break_on_hyphens=False)
        for part in paragraphs
    )


def _read_as(encoding: str, text: str) -> str:
    return text.encode().decode(encoding)


#: What each makes of paragraphs.
DISGUISES: dict[str, Callable[[list[str]], str]] = {
    "tags": _tagged,
    "nested tags": _nested,
    "line breaks": lambda story: "<br /><br />\n".join(map(escape, story)),
    "no closing tags": lambda story: "".join(f"<P CLASS=a>{escape(part)}" for part in story),
    "entities": lambda story: _named(plain(story)),
    "entities without semicolons": lambda story: re.sub(r"(&\w{5,});", r"\1", _named(plain(story))),
    "numbers": lambda story: re.sub("[^\0-~]", lambda c: f"&#{ord(c[0])};", plain(story)),
    "entities twice": lambda story: _named(plain(story)).replace("&", "&amp;"),
    "escaped tags": lambda story: escape(_tagged(story)),
    "hard blanks": lambda story: plain(story).replace(" ", "&nbsp;"),
    "Latin-1": lambda story: _read_as("latin-1", plain(story)),
    "Mac OS Roman": lambda story: _read_as("mac-roman", plain(story)),
    "Latin-1, twice": lambda story: _read_as("latin-1", _read_as("latin-1", plain(story))),
    "half of it": lambda story: plain([*story[:2], *(_read_as("latin-1", p) for p in story[2:])]),
    "tags about Latin-1": lambda story: _tagged([_read_as("latin-1", part) for part in story]),
    "controls": lambda story: plain(story).translate({0x2019: 0x92, 0x201C: 0x93, 0x201D: 0x94}),
    "quoted-printable": lambda story: quopri.encodestring(plain(story).encode()).decode(),
    "wrapped": _wrapped(72),
    "wrapped, indented": _wrapped(60, "    ", "\n"),
    "wrapped, Windows": lambda story: _wrapped(78)(story).replace("\n", "\r\n"),
    "tags, wrapped": lambda story: _tagged([textwrap.fill(part, 70) for part in story]),
    "lost": lambda story: re.sub("[^\0-~]", "\ufffd", plain(story)),
    "lost, by bytes": lambda story: plain(story).encode().decode("ascii", "replace"),
    "soft hyphens": lambda story: plain(story).replace("er", "e\u00adr"),
}  # fmt: skip


def seen(raw: str, name: str) -> list[str]:
    """Return the words that a reader sees in a piece of a disguised story, found in another way."""
    if "escaped" in name:
        raw = unescape(raw)
    if "tags" in name or "break" in name:
        raw = re.sub(r"(?s)<!--.*?-->|<(style|script)>.*?</\1>", "\n", raw)
        raw = re.sub(r"(?i)<(/?(?:p|div|br|article)\b[^>]*)>", "\n", raw)
        raw = re.sub(r"""</?[a-z]+(?:"[^"]*"|[^>"])*>""", "", raw)
    if name == "quoted-printable":
        raw = quopri.decodestring(raw.encode()).decode()
    for _ in range(2):
        raw = unescape(raw)
    for encoding in ("latin-1", "mac-roman"):
        for _ in range(2 * (encoding[:3] in name.lower() or name == "half of it")):
            raw = re.sub("[\x80-\uffff]+", partial(_again, encoding), raw)
    raw = raw.translate({0x92: "’", 0x93: "“", 0x94: "”", 0xAD: None, 0x2060: None})
    return re.findall(r"[\w\ufffd]+(?:’[\w\ufffd]+)*", raw)


def _again(encoding: str, found: re.Match[str]) -> str:
    try:
        return found[0].encode(encoding).decode()
    except UnicodeError:
        return found[0]
