"""Records as the tools and formats of the trade write them, with made-up stories.

Each sample holds three stories: the second prints the first again, the third is another.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

FERRY = [
    "The ferry across Kettle Sound will stop for nine weeks from the first of October, the harbour "
    "board said on Monday, so that a new ramp can be driven into the mud on the island side.",
    "The old ramp was built for carts in 1911 and sank by a hand's breadth last winter, when two "
    "lorries of cement crossed on one tide. A diver found that three of its piles had split.",
    "Some ninety people live on the island. Their post will come by the lifeboat on Tuesdays, and "
    "the doctor will sail with it when the weather allows, the board's secretary said.",
    "Farmers asked for a barge to bring their sheep to the autumn sale, which falls in the fourth "
    "week. The board has found one in the next county and is talking about the price.",
]
OWLS = [
    "A pair of barn owls has raised five young in the clock of the town hall at Marrow Cross, "
    "where the hands have stood at twenty past four since the first egg was seen in April.",
    "The council voted by eleven to two to leave the works alone until the last of them has flown. "
    "A card in the window tells the time by hand, changed each quarter by the porter.",
    "A watchmaker who looks after nineteen clocks in the valley said that no harm would come of "
    "it, and that he had once waited seven weeks for a colony of bats in a church tower.",
]
DATES = ["2024-05-01T08:00:00Z", "2024-05-01T11:30:00Z", "2024-05-02T06:15:00Z"]
TITLES = ["Ferry to stop for nine weeks", "Island ferry halted", "Owls stop the town hall clock"]
HOSTS = ["gazette.example", "echo.example", "herald.example"]
NAMES = ["The Gazette", "The Echo", "The Herald"]
STORIES = [FERRY, FERRY, OWLS]


@dataclass(frozen=True)
class Sample:
    """A file of one tool, and what is to be read of its first record."""

    data: bytes
    name: str = "in.jsonl"
    ids: Sequence[str] = ("0", "1", "2")
    publisher: str | None = "gazette.example"
    title: str | None = TITLES[0]
    author: str | None = "Ann Roe"
    date: str | None = "2024-05-01"
    others: dict[str, bytes] = field(default_factory=dict)


def _plain(number: int) -> str:
    return "\n\n".join(STORIES[number])


def _html(number: int) -> str:
    return "".join(f"<p>{escape(part)}</p>\n" for part in STORIES[number])


def _url(number: int) -> str:
    return f"https://www.{HOSTS[number]}/news/{number}"


def lines(make: Callable[[int], dict[str, Any]]) -> bytes:
    """Write three records as JSON Lines."""
    return b"".join(json.dumps(make(number)).encode() + b"\n" for number in range(3))


URLS = tuple(_url(number) for number in range(3))
SAMPLES: dict[str, Sample] = {
    "news-please": Sample(
        lines(
            lambda n: {
                "authors": ["Ann Roe"],
                "date_download": "2024-05-03 10:00:00",
                "date_modify": None,
                "date_publish": DATES[n].replace("T", " ").rstrip("Z"),
                "description": "A ferry stops.",
                "filename": f"{n}.json",
                "image_url": None,
                "language": "en",
                "localpath": None,
                "maintext": _plain(n),
                "source_domain": HOSTS[n],
                "text": None,
                "title": TITLES[n],
                "title_page": None,
                "title_rss": None,
                "url": _url(n),
            }
        ),
        ids=URLS,
    ),
    "fundus": Sample(
        lines(
            lambda n: {
                "title": TITLES[n],
                "authors": ["Ann Roe"],
                "publishing_date": DATES[n].replace("T", " ").replace("Z", "+00:00"),
                "body": {
                    "summary": [STORIES[n][0]],
                    "sections": [{"headline": [], "paragraphs": STORIES[n][1:]}],
                },
                "topics": ["sea"],
                "publisher": NAMES[n],
            }
        ),
        publisher="The Gazette",
    ),
    "trafilatura": Sample(
        lines(
            lambda n: {
                "title": TITLES[n],
                "author": "Ann Roe",
                "hostname": HOSTS[n],
                "date": DATES[n][:10],
                "fingerprint": "ab12",
                "id": None,
                "license": None,
                "comments": "",
                "raw_text": _plain(n).replace("\n\n", " "),
                "text": _plain(n),
                "source": _url(n),
                "source-hostname": NAMES[n],
                "excerpt": None,
            }
        ),
    ),
    "newspaper4k": Sample(
        lines(
            lambda n: {
                "url": _url(n),
                "source_url": f"https://{HOSTS[n]}",
                "title": TITLES[n],
                "text": _plain(n),
                "authors": ["Ann Roe"],
                "publish_date": DATES[n],
                "summary": "",
                "keywords": [],
                "movies": [],
                "canonical_link": _url(n),
                "article_html": _html(n),
            }
        ),
        ids=URLS,
    ),
    "WordPress": Sample(
        json.dumps(
            [
                {
                    "id": 70 + n,
                    "date": DATES[n].rstrip("Z"),
                    "date_gmt": DATES[n].rstrip("Z"),
                    "guid": {"rendered": f"https://{HOSTS[n]}/?p={n}"},
                    "slug": "ferry",
                    "link": _url(n),
                    "title": {"rendered": TITLES[n]},
                    "content": {"rendered": _html(n), "protected": False},
                    "excerpt": {"rendered": "<p>A ferry.</p>", "protected": False},
                    "author": 3,
                }
                for n in range(3)
            ]
        ).encode(),
        name="posts.json",
        ids=("70", "71", "72"),
        publisher=None,
        author="3",
    ),
    "NewsAPI": Sample(
        lines(
            lambda n: {
                "source": {"id": None, "name": NAMES[n]},
                "author": "Ann Roe",
                "title": TITLES[n],
                "description": "A ferry stops.",
                "url": _url(n),
                "urlToImage": None,
                "publishedAt": DATES[n],
                "content": _plain(n),
            }
        ),
        ids=URLS,
        publisher="The Gazette",
    ),
    "NewsCatcher": Sample(
        lines(
            lambda n: {
                "title": TITLES[n],
                "author": "Ann Roe",
                "authors": ["Ann Roe"],
                "journalists": ["Ann Roe"],
                "published_date": DATES[n].replace("T", " ").rstrip("Z"),
                "published_date_precision": "full",
                "link": _url(n),
                "domain_url": HOSTS[n],
                "full_domain_url": HOSTS[n],
                "name_source": NAMES[n],
                "description": "A ferry stops.",
                "content": _plain(n),
                "word_count": 120,
                "id": f"nc-{n}",
                "score": 7.5,
            }
        ),
        ids=("nc-0", "nc-1", "nc-2"),
        publisher="The Gazette",
    ),
    "NewsCatcher, version 2": Sample(
        lines(
            lambda n: {
                "title": TITLES[n],
                "author": "Ann Roe",
                "published_date": DATES[n].replace("T", " ").rstrip("Z"),
                "link": _url(n),
                "clean_url": HOSTS[n],
                "excerpt": "A ferry stops.",
                "summary": _plain(n),
                "_score": 7.5,
                "_id": f"nc-{n}",
            }
        ),
        ids=("nc-0", "nc-1", "nc-2"),
    ),
    "Event Registry": Sample(
        lines(
            lambda n: {
                "uri": str(8_000 + n),
                "lang": "eng",
                "isDuplicate": False,
                "date": DATES[n][:10],
                "time": DATES[n][11:19],
                "dateTime": DATES[n],
                "dateTimePub": DATES[n],
                "url": _url(n),
                "title": TITLES[n],
                "body": _plain(n),
                "source": {"uri": HOSTS[n], "dataType": "news", "title": NAMES[n]},
                "authors": [{"uri": "ann@x", "name": "Ann Roe", "type": "author"}],
                "sentiment": 0.1,
            }
        ),
        ids=("8000", "8001", "8002"),
        publisher="The Gazette",
    ),
    "ninjs": Sample(
        lines(
            lambda n: {
                "uri": f"urn:x:{n}",
                "type": "text",
                "version": "1",
                "versioncreated": DATES[n].replace("Z", "+0000"),
                "headline": TITLES[n],
                "byline": "Ann Roe",
                "body_xhtml": _html(n),
                "source": NAMES[n],
                "subject": [{"code": "1", "name": "sea"}],
            }
        ),
        ids=("urn:x:0", "urn:x:1", "urn:x:2"),
        publisher="The Gazette",
    ),
    "JSON-LD": Sample(
        lines(
            lambda n: {
                "@context": "https://schema.org",
                "@type": "NewsArticle",
                "@id": _url(n),
                "headline": TITLES[n],
                "articleBody": _plain(n),
                "datePublished": DATES[n],
                "dateModified": DATES[n],
                "author": [{"@type": "Person", "name": "Ann Roe"}],
                "publisher": {"@type": "Organization", "name": NAMES[n], "logo": {"@type": "X"}},
            }
        ),
        ids=URLS,
        publisher="The Gazette",
    ),
    "feedparser": Sample(
        lines(
            lambda n: {
                "title": TITLES[n],
                "link": _url(n),
                "id": f"tag:{n}",
                "published": "Wed, 01 May 2024 08:00:00 GMT",
                "summary": "A ferry stops.",
                "content": [{"type": "text/html", "language": None, "value": _html(n)}],
                "author": "Ann Roe",
                "authors": [{"name": "Ann Roe"}],
            }
        ),
        ids=("tag:0", "tag:1", "tag:2"),
        publisher=None,
    ),
    "GDELT": Sample(
        lines(
            lambda n: {
                "url": _url(n),
                "title": TITLES[n],
                "seendate": DATES[n].replace("-", "").replace(":", ""),
                "domain": HOSTS[n],
                "language": "English",
                "sourcecountry": "Nowhere",
                "text": _plain(n),
            }
        ),
        ids=URLS,
        author=None,
    ),
    "mongoexport": Sample(
        lines(
            lambda n: {
                "_id": {"$oid": f"6630{n}"},
                "text": _plain(n),
                "date": {"$date": DATES[n]},
                "title": TITLES[n],
                "n": {"$numberLong": "4"},
            }
        ),
        ids=("66300", "66301", "66302"),
        publisher=None,
        author=None,
    ),
    "paragraph lists": Sample(
        lines(lambda n: {"id": n, "body": STORIES[n], "title": TITLES[n], "date": DATES[n]}),
        publisher=None,
        author=None,
    ),
    "RSS": Sample(
        (
            '<?xml version="1.0"?><rss version="2.0" '
            'xmlns:content="http://purl.org/rss/1.0/modules/content/" '
            'xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>The Gazette</title>'
            + "".join(
                f"<item><title>{TITLES[n]}</title><link>{_url(n)}</link><guid>g{n}</guid>"
                "<pubDate>Wed, 01 May 2024 08:00:00 GMT</pubDate><dc:creator>Ann Roe</dc:creator>"
                f"<description>A ferry stops.</description>"
                f"<content:encoded><![CDATA[{_html(n)}]]></content:encoded></item>"
                for n in range(3)
            )
            + "</channel></rss>"
        ).encode(),
        name="feed.xml",
        ids=("g0", "g1", "g2"),
        publisher="The Gazette",
    ),
    "Atom": Sample(
        (
            '<feed xmlns="http://www.w3.org/2005/Atom"><title>The Gazette</title>'
            + "".join(
                f"<entry><id>tag:{n}</id><title>{TITLES[n]}</title><published>{DATES[n]}</published>"
                f'<author><name>Ann Roe</name></author><link href="{_url(n)}"/>'
                f'<content type="html">{escape(_html(n))}</content></entry>'
                for n in range(3)
            )
            + "</feed>"
        ).encode(),
        name="feed.atom",
        ids=("tag:0", "tag:1", "tag:2"),
        publisher="The Gazette",
    ),
    "NewsML-G2": Sample(
        (
            '<?xml version="1.0" encoding="UTF-8"?>'
            '<newsMessage xmlns="http://iptc.org/std/nar/2006-10-01/"><itemSet>'
            + "".join(
                f'<newsItem guid="urn:n:{n}" version="1"><itemMeta>'
                f"<itemClass qcode='ninat:text'/><provider><name>{NAMES[n]}</name></provider>"
                f"<versionCreated>{DATES[n]}</versionCreated></itemMeta>"
                f"<contentMeta><by>Ann Roe</by><headline>{TITLES[n]}</headline></contentMeta>"
                '<contentSet><inlineXML contenttype="application/xhtml+xml">'
                f'<html xmlns="http://www.w3.org/1999/xhtml"><head><title>x</title></head>'
                f"<body>{_html(n)}</body></html></inlineXML></contentSet></newsItem>"
                for n in range(3)
            )
            + "</itemSet></newsMessage>"
        ).encode(),
        name="wire.xml",
        ids=("urn:n:0", "urn:n:1", "urn:n:2"),
        publisher="The Gazette",
    ),
    "NITF": Sample(
        (
            '<nitf><head><title>x</title><docdata><doc-id id-string="n0"/>'
            '<date.issue norm="20240501T080000Z"/><doc.copyright holder="The Gazette"/></docdata>'
            f"</head><body><body.head><hedline><hl1>{TITLES[0]}</hl1></hedline>"
            f"<byline>Ann Roe</byline></body.head><body.content>{_html(0)}</body.content></body>"
            "</nitf>"
        ).encode(),
        name="0.xml",
        ids=("n0", "n1", "n2"),
        publisher="The Gazette",
        others={
            f"{n}.xml": (
                f'<nitf><head><docdata><doc-id id-string="n{n}"/></docdata></head>'
                f"<body><body.content>{_html(n)}</body.content></body></nitf>"
            ).encode()
            for n in (1, 2)
        },
    ),
    "pages": Sample(
        (
            '<!doctype html><html><head><title>x</title><meta property="og:title" '
            f'content="{TITLES[0]}"><meta property="og:site_name" content="The Gazette">'
            '<meta name="author" content="Ann Roe"><meta property="article:published_time" '
            f'content="{DATES[0]}"><script>var a = "<p>no</p>";</script></head>'
            f"<body>{_html(0)}</body></html>"
        ).encode(),
        name="0.html",
        ids=("0.html", "1.html", "2.html"),
        publisher="The Gazette",
        others={f"{n}.html": f"<html><body>{_html(n)}</body></html>".encode() for n in (1, 2)},
    ),
    "plain texts": Sample(
        _plain(0).encode(),
        name="0.txt",
        ids=("0.txt", "1.txt", "2.txt"),
        publisher=None,
        title=None,
        author=None,
        date=None,
        others={f"{n}.txt": _plain(n).encode() for n in (1, 2)},
    ),
    "an array": Sample(
        json.dumps([{"id": n, "text": _plain(n), "title": TITLES[n]} for n in range(3)]).encode(),
        name="all.json",
        publisher=None,
        author=None,
        date=None,
    ),
    "an array over many lines": Sample(
        json.dumps(
            [{"id": n, "text": _plain(n), "title": TITLES[n]} for n in range(3)], indent=2
        ).encode(),
        name="all.json",
        publisher=None,
        author=None,
        date=None,
    ),
    "objects over many lines": Sample(
        "\n".join(
            json.dumps({"id": n, "text": _plain(n), "title": TITLES[n]}, indent=4) for n in range(3)
        ).encode(),
        name="all.json",
        publisher=None,
        author=None,
        date=None,
    ),
}
