"""XML of the trade: NewsML-G2 and NITF, feeds in RSS and Atom."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree  # its parser limits how far entities may grow

from dupdetect.corpus.mend import cut_markup
from dupdetect.corpus.readers.base import BadRow, Batch, RejectRow, Seen
from dupdetect.corpus.readers.records import Record, batches_of
from dupdetect.corpus.streams import buffered
from dupdetect.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

    from dupdetect.corpus.streams import ByteStream

__all__ = ["NewsXml"]

_USES = ("id", "text", "title", "publisher", "published", "author")


class NewsXml:
    """Reads the items of one XML stream, one story each."""

    def __init__(self, stream: ByteStream, *, path: str, reject: RejectRow) -> None:
        self._stream = stream
        self._path = path
        self._reject = reject
        self.fields = {use: (use,) for use in _USES}
        self.seen = Seen(id_types={"string"})
        self.rows = 0
        self.blank_lines = 0

    def batches(self) -> Iterator[Batch]:
        """Yield the stories of the items; one without a text is a bad row."""
        yield from batches_of(self._records(), _USES)
        if not self.rows:
            raise InputError(
                "no stories: no newsItem, nitf, item or entry in this XML",
                file=self._path,
                remedy="give NewsML-G2, NITF, RSS or Atom",
            )

    def _records(self) -> Iterator[Record]:
        file = buffered(self._stream)
        feed = ""
        try:
            path: list[Element] = []
            for event, element in ElementTree.iterparse(file, ("start", "end")):  # noqa: S314
                if event == "start":
                    path.append(element)
                    continue
                path.pop()
                name = _name(element)
                if name == "title" and path and _name(path[-1]) in {"channel", "feed"}:
                    feed = _text(element)
                if name in _READERS and not any(_name(one) in _READERS for one in path):
                    yield from self._record(_READERS[name](element), feed)
                    if path:
                        path[-1].remove(element)
        except ElementTree.ParseError as error:
            line, column = error.position
            raise InputError(
                f"the XML is damaged: {str(error).split(':')[0]}",
                file=self._path,
                line=line,
                column=column + 1,
                remedy="was it written to the end?",
            ) from error

    def _record(self, values: dict[str, str], feed: str) -> Iterator[Record]:
        found = {use: value.strip() for use, value in values.items() if value.strip()}
        number = self.rows
        self.rows += 1
        if "text" not in found:
            reason = "no text: the item holds none"
            self._reject(BadRow(reason), line=number + 1, start=-1, end=-1)
            return
        found.setdefault("publisher", feed)
        found.setdefault("id", f"{self._path}#{number}")
        yield Record({use: value or None for use, value in found.items()}, number, number + 1)


def _name(element: Element) -> str:
    """Return an element's name without its name space."""
    return element.tag.rpartition("}")[2]


def _text(element: Element | None) -> str:
    return "" if element is None else " ".join("".join(element.itertext()).split())


def _first(element: Element, *names: str) -> Element | None:
    """Return the first descendant with the first of the names that has one."""
    for name in names:
        for one in element.iter():
            if one is not element and _name(one) == name and (len(one) or one.text or one.attrib):
                return one
    return None


def _child(element: Element, *names: str) -> str:
    for name in names:
        for one in element:
            if _name(one) == name and (said := _text(one)):
                return said
    return ""


def _paragraphs(element: Element | None) -> str:
    """Return the paragraphs below an element, an empty line between two; all text without any."""
    if element is None:
        return ""
    found = [_text(one) for one in element.iter() if _name(one) in {"p", "hl2", "h2", "h3", "li"}]
    return "\n\n".join(filter(None, found)) or _text(element)


def _markup(text: str) -> str:
    return cut_markup(text) if "<" in text or "&" in text else text


def _raw(element: Element, *names: str) -> str:
    """Return what the first child of a name says, as it stands, with markup cut."""
    for name in names:
        for one in element:
            if _name(one) == name:
                said = _paragraphs(one) if len(one) else _markup(one.text or "")
                if said.strip():
                    return said
    return ""


def _of_feed(item: Element) -> dict[str, str]:
    """Read an item of RSS or an entry of Atom."""
    links = [one for one in item if _name(one) == "link"]
    link = next((one.get("href") or _text(one) for one in links), "")
    author = next((one for one in item if _name(one) == "author" and len(one)), None)
    return {
        "id": _child(item, "guid", "id") or link,
        "text": _raw(item, "encoded", "content", "description", "summary"),
        "title": _child(item, "title"),
        "publisher": _child(item, "source", "publisher"),
        "published": _child(item, "pubDate", "published", "date", "updated"),
        "author": _child(item, "creator") if author is None else _child(author, "name"),
    }


def _of_news_item(item: Element) -> dict[str, str]:
    """Read a newsItem of NewsML-G2."""
    provider = _first(item, "provider")
    named = "" if provider is None else _child(provider, "name") or provider.get("literal") or ""
    if provider is not None and not named:
        named = (provider.get("qcode") or provider.get("uri") or "").rpartition(":")[2]
    content = _first(item, "contentSet")
    body = (
        None
        if content is None
        else _first(content, "body.content", "body", "inlineXML", "inlineData")
    )
    creator = _first(item, "creator")
    return {
        "id": item.get("guid") or "",
        "text": _paragraphs(body),
        "title": _text(_first(item, "headline", "title")),
        "publisher": named,
        "published": _text(_first(item, "contentCreated", "versionCreated", "firstCreated")),
        "author": _text(_first(item, "by")) or ("" if creator is None else _child(creator, "name")),
    }


def _of_nitf(story: Element) -> dict[str, str]:
    """Read a story in NITF."""
    issued, source = (
        _first(story, "date.issue", "story.date"),
        _first(story, "doc.copyright", "org"),
    )
    identity = _first(story, "doc-id")
    return {
        "id": "" if identity is None else identity.get("id-string") or "",
        "text": _paragraphs(_first(story, "body.content", "body")),
        "title": _text(_first(story, "hl1", "title")),
        "publisher": "" if source is None else source.get("holder") or _text(source),
        "published": "" if issued is None else issued.get("norm") or "",
        "author": _text(_first(story, "byline")),
    }


_READERS = {
    "item": _of_feed,
    "entry": _of_feed,
    "newsItem": _of_news_item,
    "nitf": _of_nitf,
}
