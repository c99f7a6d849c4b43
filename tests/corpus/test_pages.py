"""Pages, archives and places on the net; markup that is cut without moving a character."""

from __future__ import annotations

import io
import json
import time
from html import escape
from itertools import pairwise
from pathlib import Path

import fsspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

import dupdetect
from dupdetect.cli import main
from dupdetect.corpus import read
from dupdetect.corpus.mend import cut_markup
from dupdetect.corpus.readers.pages import page_fields
from dupdetect.errors import InputError
from tests.support.trade_samples import FERRY, OWLS

TAGS = ["<p>", "</p>", "<b>", "</b>", "<br/>", "<!--", "-->", "<script>", "</script>"]
TAGS += ["</SCRIPT>", "<", ">", "</", "&"]
WORDS = ["&amp;", "&#8217;", "&eacute;s", "&nbsp;", "Ä", "İ", "word", " ", "\n"]
PIECES = st.sampled_from([*TAGS, *WORDS])


@given(st.lists(PIECES, max_size=40).map("".join))
def test_no_character_moves(markup: str) -> None:
    cut = cut_markup(markup)
    assert len(cut) == len(markup)
    plain = markup.replace("<", "").replace("&", "").replace(">", "")
    assert cut_markup(plain) == plain


def test_words_are_those_a_reader_sees() -> None:
    page = (
        "<html><head><title>T</title><style>p {}</style></head><body><script>x < 1</script>"
        "<p>Don&#8217;t re<b>mark</b>&nbsp;it,<br>caf&eacute; owner</p><!-- <p>no</p> --><p>End</p>"
    )
    seen = dupdetect.shingles(cut_markup(page))
    assert [word.replace("\u2060", "") for word in seen.words] == (
        dupdetect.shingles("Don\u2019t remark it, caf\u00e9 owner End").words
    )
    plain = "Don\u2019t remark it, caf\u00e9 owner\n\nEnd"
    assert dupdetect.compare(cut_markup(page), plain).kind == "identical"


@pytest.mark.parametrize("hostile", ["<!--", "<script>", "<a", "&a", "<script", "</", "<p ", "&#1"])
def test_hostile_markup_takes_no_more_time_than_other(hostile: str) -> None:
    def seconds(text: str) -> float:
        began = time.process_time()
        cut_markup(text)
        return time.process_time() - began

    ordinary = max(seconds("<p>some words</p>" * 25_000), 0.01)
    assert seconds(hostile * (400_000 // len(hostile))) < 12 * ordinary


def test_what_a_page_says_of_itself() -> None:
    page = """<META content='A &amp; B' property=og:title><meta name="author" content="Ann">
        <meta property="article:published_time" content="2024-05-01"><title>Other</title>"""
    assert page_fields(page.replace("property=og:title", 'property="og:title"')) == {
        "title": "A & B",
        "author": "Ann",
        "published": "2024-05-01",
    }


def page_of(paragraphs: list[str]) -> bytes:
    body = "".join(f"<p>{escape(part)}</p>" for part in paragraphs)
    return f"<html><head><title>A page</title></head><body>{body}</body></html>".encode()


# Its writer leaves temporary files to the collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("gzip", [False, True])
def test_web_archives(gzip: bool, tmp_path: Path) -> None:
    path = tmp_path / ("a.warc.gz" if gzip else "a.warc")
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=gzip)
        for number, (status, kind, data) in enumerate(
            [
                ("200 OK", "text/html; charset=utf-8", page_of(FERRY)),
                ("404 Not Found", "text/html", page_of(OWLS)),
                ("200 OK", "image/png", b"\x89PNG"),
                ("200 OK", "text/html; charset=latin-1", page_of(OWLS) + "é".encode("latin-1")),
                ("200 OK", "text/plain", "\n".join(FERRY).encode()),
            ]
        ):
            headers = StatusAndHeaders(status, [("Content-Type", kind)], protocol="HTTP/1.1")
            address = f"https://www.paper{number}.example/{number}"
            writer.write_record(
                writer.create_warc_record(
                    address, "response", payload=io.BytesIO(data), http_headers=headers
                )
            )
    with read(path) as corpus:
        assert corpus.ids.to_pylist() == [f"https://www.paper{n}.example/{n}" for n in (0, 3, 4)]
        assert corpus.publishers.to_pylist() == [f"paper{n}.example" for n in (0, 3, 4)]
        assert corpus.titles.to_pylist() == ["A page", "A page", None]
        assert corpus.text_of(1).strip().endswith("é")
    assert dupdetect.cluster(path).labels.tolist() == [0, 1, 0]


def test_stories_without_rows_come_out_as_json_lines(tmp_path: Path) -> None:
    for name, paragraphs in (("a", FERRY), ("b", FERRY), ("c", OWLS)):
        (tmp_path / f"{name}.html").write_bytes(page_of(paragraphs))
    out = tmp_path / "out"
    words = ["dedupe", str(tmp_path), "-o", str(out), "--removed", str(tmp_path / "removed"), "-q"]
    assert main(words) == 0
    kept = [json.loads(line) for line in out.read_text().splitlines()]
    assert [Path(row["id"]).name for row in kept] == ["a.html", "c.html"]
    assert " ".join(kept[1]["text"].split()) == " ".join(OWLS)
    (gone,) = (json.loads(line) for line in (tmp_path / "removed").read_text().splitlines())
    assert Path(gone["dupdetect"]["matched"]).name == "a.html"


def test_places_on_the_net() -> None:
    rows = [{"id": n, "text": text} for n, text in enumerate(["one two", "three"])]
    with fsspec.open("memory://dump.jsonl", "wb") as file:
        file.write("\n".join(map(json.dumps, rows)).encode())
    with read("memory://dump.jsonl") as corpus:
        assert corpus.ids.to_pylist() == ["0", "1"]
        assert corpus.sources[0].path == "memory://dump.jsonl"
        assert corpus.origins[0].open_bytes is not None
    with pytest.raises(InputError, match="memory://nothing: cannot be opened"):
        read("memory://nothing")


def test_damaged_xml_says_where(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    path.write_text("<?xml version='1.0'?>\n<rss><channel><item><title>x</item>")
    with pytest.raises(InputError, match=r"a.xml:2:\d+: the XML is damaged: mismatched tag"):
        read(path)
    names = [f"a{number}" for number in range(10)]
    grown = "".join(f"<!ENTITY {name} '{f'&{before};' * 20}'>" for before, name in pairwise(names))
    bomb = f"<!ENTITY a0 '{'a' * 20}'>{grown}"
    item = "<item><description>&a9;</description></item>"
    path.write_text(f"<!DOCTYPE rss [{bomb}]><rss>{item}</rss>")
    with pytest.raises(InputError, match="the XML is damaged"):
        read(path)
