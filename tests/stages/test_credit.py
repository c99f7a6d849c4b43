"""Credits: what counts as one, what does not, and the kernel against its reference."""

from __future__ import annotations

import re
import tomllib
from importlib.resources import files
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dupdetect import kernels
from dupdetect.kernels.reference.credit import scan_credits as reference_scan
from dupdetect.stages.agencies import GENERIC, agency_names, search_tables
from dupdetect.stages.credit import Credit, CreditTable, credits_of, find_credits

PROSE = "The ferry left at nine and came back at noon. Nobody on the quay had expected it so early."

DATELINES = [
    ("WARSAW (Reuters) - A", "Reuters"),
    ("WARSAW, Aug 20 (Reuters) - A", "Reuters"),
    ("LONDON (REUTERS) – A", "Reuters"),
    ("STRALSUND, Germany (AP) — A", "AP"),
    ("ST. LOUIS (AP) _ A", "AP"),
    ("LOS ANGELES (KXYZ/AP) — A", "AP"),
    ("RIO DE JANEIRO, August 3, 2025 (AFP) - A", "AFP"),
    ("Paris (AFP)- Le", "AFP"),
    ("SYDNEY, AAP - A", "AAP"),
    ("Frankfurt am Main (dpa) - Der", "dpa"),
    ("Berlin (dpa/tmn) - Der", "dpa"),
    ("Warszawa (PAP) - Minister", "PAP"),
    ("(ANSA) - ROMA, 20 AGO - Il", "ANSA"),
    ("Madrid, 20 ago (EFE).- El", "EFE"),
    ("MOSCOW, August 20. /TASS/. The", "TASS"),
    ("МОСКВА, 20 августа. /ТАСС/. Министр", "TASS"),
    ("Москва. 20 августа. INTERFAX.RU - Министр", "Interfax"),
    ("ГОНКОНГ (Рейтер) - Доходы", "Reuters"),
    ("BEIJING, Aug. 20 (Xinhua) -- A", "Xinhua"),
    ("新华社北京8月20日电 记者", "Xinhua"),
    ("（法新社巴黎20日电）总统", "AFP"),
    ("TOKYO, Aug. 20, Kyodo -- A", "Kyodo"),
    ("【ワシントン共同】大統領", "Kyodo"),
    ("SEOUL, Aug. 20 (Yonhap) -- A", "Yonhap"),
    ("(서울=연합뉴스) 기자", "Yonhap"),
    ("New Delhi, Aug 20 (PTI) The", "PTI"),
    ("New Delhi [India], August 20 (ANI): The", "ANI"),
    ("New Delhi, Aug 20 (IANS) The", "IANS"),
    ("(Bloomberg) -- A", "Bloomberg"),
    ("Atlanta (CNN) — A", "CNN"),
    ("Sanaa, Yemen (CNN)The", "CNN"),
    ("WASHINGTON, Aug. 20 (UPI) -- A", "UPI"),
    ("OTTAWA (CP) — A", "CP"),
    ("Oslo (NTB): En", "NTB"),
    ("Praha 20. srpna (ČTK) - Ministr", "ČTK"),
    ("Budapest, 2025. augusztus 20., szerda (MTI) - A", "MTI"),
    ("القاهرة (رويترز) - قال", "Reuters"),
    ("واشنطن 20 أغسطس (رويترز) - قال", "Reuters"),
    ("ABU DHABI, 20th August, 2025 (WAM) -- The", "WAM"),
    ("KUALA LUMPUR, Aug 20 (Bernama) -- The", "Bernama"),
    ("RABAT (MAP) - Le", "MAP"),
]

BYLINES = [
    ("By JANE DOE, Associated Press", "AP"),
    ("By Jane Doe, Associated Press Writer", "AP"),
    ("By Jane Doe and John Roe, The Canadian Press", "CP"),
    ("By The Associated Press", "AP"),
    ("By Reuters", "Reuters"),
    ("By Jane Doe | Reuters", "Reuters"),
    ("By Jane Doe for Reuters", "Reuters"),
    ("By Jane Doe (AP)", "AP"),
    ("Associated Press Writer", "AP"),
    ("Von Anna Muster, dpa", "dpa"),
    ("Par Jeanne Dupont, AFP", "AFP"),
    ("Reuters", "Reuters"),
]

SIGNOFFS = [
    ("with Reuters", "Reuters"),
    ("- AAP", "AAP"),
    ("AP", "AP"),
    ("(PTI)", "PTI"),
    ("© AFP", "AFP"),
    ("© 2025 AFP", "AFP"),
    ("Copyright 2025 The Associated Press. All rights reserved.", "AP"),
    ("Additional reporting by Reuters", "Reuters"),
    ("(With inputs from PTI)", "PTI"),
    ("With files from Jane Doe, The Canadian Press", "CP"),
    ("This report by The Canadian Press was first published Aug. 20, 2025.", "CP"),
    ("The Associated Press contributed to this report.", "AP"),
    ("Source: Xinhua", "Xinhua"),
    ("Quelle: dpa", "dpa"),
    ("Źródło: PAP", "PAP"),
    ("Kaynak: AA", "Anadolu"),
    ("来源：新华社", "Xinhua"),
    ("/ritzau/", "Ritzau"),
    ("/TT", "TT"),
    ("(©NTB)", "NTB"),
    ("RND/dpa", "dpa"),
    ("PAP/ED", "PAP"),
    ("The Gazette with AFP", "AFP"),
    ("(共同)", "Kyodo"),
    ("（新华社）", "Xinhua"),
    ("ABC/wires", GENERIC),
    ("(With agencies)", GENERIC),
    ("Staff and agencies", GENERIC),
]

INLINE_SIGNOFFS = [
    ("he said. (PTI)", "PTI"),
    ("he said.” (PAP)", "PAP"),
    ("ha detto. (ANSA).", "ANSA"),
    ("sagte er. (dpa)", "dpa"),
    ("sagde han. /ritzau/", "Ritzau"),
    ("he said. -- AFP", "AFP"),
    ("he said. Additional reporting by Reuters.", "Reuters"),
    ("قال الوزير. (د ب أ)", "dpa"),
    ("他说。（新华社）", "Xinhua"),
]

NO_CREDITS = [
    "The country's news agency PAP reported that nobody was hurt.",
    "Reuters reported on Tuesday that the bank would close.",
    "A spokesman told the Associated Press that talks go on.",
    "The minister told Reuters",
    "He joined the Associated Press (AP) in 1990 - and left it in 2001.",
    "Poland's state news agency (PAP) - the oldest in the region - has a new head.",
    "Intelligence agencies have warned of attacks.",
    "Departments and Agencies",
    "A photograph by AFP shows the crater.",
    "Photo: Reuters",
    "Photo by Jane Doe/AP Photo",
    "[Image via AP]",
    "REUTERS/Jane Doe",
    "Michael Bloomberg entered the race.",
    "By Michael Bloomberg",
    "The Pakistan Tehreek-e-Insaf (PTI) won the seat.",
    "Voters of the Aam Aadmi Party (AAP)",
    "Sen. Bob Smith (D-PA) - the chairman - agreed.",
    "MAP",
    "Download our APP",
    "The TT races begin on Monday.",
    "Her PA said she was away.",
    "Der dpa zufolge wurde niemand verletzt.",
    "Selon l'AFP, personne n'a été blessé.",
    "据新华社报道，无人受伤。",
    "Агентство ТАСС сообщило об этом во вторник.",
    "وقالت وكالة رويترز إن أحدا لم يصب",
    "The wires were cut.",
    "",
    "(",
]


def credit_of(text: str, author: str | None = None) -> Credit | None:
    """Give the first credit."""
    return next(iter(credits_of(text, author=author)), None)


def scan_arrays(*texts: str) -> tuple[np.ndarray, np.ndarray]:
    parts = [text.encode() for text in texts]
    offsets = np.cumsum([0, *map(len, parts)], dtype=np.int64)
    return np.frombuffer(b"".join(parts), np.uint8), offsets


def table_of(*texts: str) -> CreditTable:
    return find_credits(*scan_arrays(*texts))


@pytest.mark.parametrize(("line", "agency"), DATELINES)
def test_datelines(line: str, agency: str) -> None:
    text = f"{line} ferry sank.\n{PROSE}"
    credit = credit_of(text)
    assert credit is not None
    assert (credit.agency, credit.place) == (agency, "dateline")


@pytest.mark.parametrize(("line", "agency"), BYLINES)
def test_bylines(line: str, agency: str) -> None:
    credit = credit_of(f"{line}\n{PROSE}")
    assert credit is not None
    assert (credit.agency, credit.place) == (agency, "byline")


@pytest.mark.parametrize(("line", "agency"), SIGNOFFS)
def test_signoffs_on_a_line_of_their_own(line: str, agency: str) -> None:
    credit = credit_of(f"{PROSE * 8}\n{line}\n")
    assert credit is not None
    assert (credit.agency, credit.place) == (agency, "signoff")


@pytest.mark.parametrize(("end", "agency"), INLINE_SIGNOFFS)
def test_signoffs_behind_the_last_sentence(end: str, agency: str) -> None:
    credit = credit_of(f"{PROSE * 8} {end}")
    assert credit is not None
    assert (credit.agency, credit.place) == (agency, "signoff")


@pytest.mark.parametrize("line", NO_CREDITS)
@pytest.mark.parametrize("frame", ["{}", "{}\n" + PROSE, PROSE + "\n{}", PROSE + " {} " + PROSE])
def test_mentions_are_no_credits(line: str, frame: str) -> None:
    assert credit_of(frame.format(line)) is None


def test_a_credit_in_the_middle_of_a_long_story_is_none() -> None:
    assert credit_of(f"{PROSE * 12}\nWARSAW (Reuters) - A ferry.\n(PTI)\n{PROSE * 12}") is None


def test_a_credit_above_footer_lines_counts() -> None:
    credit = credit_of(
        f"{PROSE * 8}\nwith Reuters\nSign up to our newsletter today.\n© The Gazette"
    )
    assert credit is not None
    assert credit.agency == "Reuters"


def test_spans_are_characters_of_the_raw_text() -> None:
    text = "ŁÓDŹ (Reuters) - Żółw.\n" + PROSE
    credit = credit_of(text)
    assert credit is not None
    assert text[credit.start : credit.end] == "Reuters"
    found = table_of("другой текст", text)
    data = text.encode()
    assert data[found.byte_start[0] : found.byte_end[0]] == b"Reuters"
    assert found.story.tolist() == [1]


def test_both_agencies_of_a_pair_are_found() -> None:
    found = table_of(f"PARIS (Reuters/AFP) - A ferry.\n{PROSE}\n(AP, dpa)")
    assert [found[i].agency for i in range(len(found))] == ["Reuters", "AFP", "AP", "dpa"]


def test_a_named_agency_goes_before_wires_and_a_dateline_before_a_signoff() -> None:
    assert credit_of(f"{PROSE}\nABC/wires\n- AAP").agency == "AAP"  # type: ignore[union-attr]
    text = f"ROME (AP) - A ferry.\n{PROSE}\nwith Reuters"
    assert credit_of(text).agency == "AP"  # type: ignore[union-attr]
    assert len(table_of(text)) == 2


@pytest.mark.parametrize(
    ("author", "agency"),
    [
        ("AP", "AP"),
        ("Reuters", "Reuters"),
        ("Jane Doe, Associated Press", "AP"),
        ("By Jane Doe, Associated Press", "AP"),
        ("AAP/Jane Doe", "AAP"),
        ("Jane Doe (dpa)", "dpa"),
        ("Staff and agencies", GENERIC),
        ("Jane Doe", None),
        ("Paula Apple", None),
        (None, None),
        ("", None),
    ],
)
def test_author_fields(author: str | None, agency: str | None) -> None:
    data, offsets = scan_arrays(PROSE, PROSE)
    found = find_credits(data, offsets, authors=["Ann Other", author])
    assert [found[i].agency for i in range(len(found))] == ([agency] if agency else [])
    for i in range(len(found)):
        assert (found[i].place, found[i].start, found[i].end) == ("byline", -1, -1)
        assert found.story[i] == 1


def test_text_goes_before_the_author_field() -> None:
    text = f"By Reuters\n{PROSE}"
    credit = credit_of(text, author="AFP")
    assert credit is not None
    assert (credit.agency, credit.start) == ("Reuters", 3)


def test_author_fields_must_be_as_many_as_stories() -> None:
    with pytest.raises(ValueError, match="1 author fields for 2 stories"):
        find_credits(*scan_arrays("a", "b"), authors=["x"])


def test_each_agency_is_listed_once_and_wires_where_none_is_named() -> None:
    texts = (
        "x",
        f"A\n{PROSE}\nABC/wires\n- AAP",
        "ROME (AP-AFP) - A\nAP\nAFP",
        f"{PROSE}\nABC/wires",
    )
    found = table_of(*texts, "")
    offsets, entries = found.listed(5)
    listed = [[found[i].agency for i in entries[a:b]] for a, b in pairwise(offsets)]
    assert listed == [[], ["AAP"], ["AP", "AFP"], [GENERIC], []]


# Forms of scanned papers: brackets set apart, marks lost, several agencies, sign-offs with strokes.
SCANNED = [
    ("Lausanne, 24 (ATS).-Le ferry a coulé.", ["Keystone-SDA"]),
    ("(ATS).-En outre, le ferry a coulé.", ["Keystone-SDA"]),
    ("BONN (AFP), — Le ferry a coulé.", ["AFP"]),
    ("(AP) Le ferry a coulé.", ["AP"]),
    ("UPI. — Le ferry a coulé.", ["UPI"]),
    ("AFP | 3 mai 2019", ["AFP"]),
    ("GENÈVE (ATS-AFP). — Le ferry a coulé.", ["Keystone-SDA", "AFP"]),
    ("GENÈVE (Afp-Ap). — Le ferry a coulé.", ["AFP", "AP"]),
    ("NEW YORK ( Reuter ) — Un ferry a coulé.", ["Reuters"]),
    ("Lake Tahoe , 3 . Nov . ( Reuter ) Die Fähre sank.", ["Reuters"]),
    ("Koblenz . ( AFP ) Die Fähre sank.", ["AFP"]),
    ("Berlin, 23. Juli. lDNB). Die Fähre sank.", ["DNB"]),
    ("Paris, 13 octobre.\n(Havas.) — Le ferry a coulé.", ["Havas"]),
    ("Paris, 13 octobre.\n(Havaa.) — Le ferry a coulé.", ["Havas"]),
    ("Berlin, 23. Juli. (Wolffbüro.)\nDie Fähre sank.", ["Wolff"]),
    ("Zürich, 9. April (United Preß.) Die Fähre sank.", ["UPI"]),
    ("LONDRES, 12. — Reuter. — Le ferry a coulé.", ["Reuters"]),
]
SCANNED_ENDS = [
    (" / ats", ["Keystone-SDA"]),
    (" /ats-afp", ["Keystone-SDA", "AFP"]),
    (", (ats)", ["Keystone-SDA"]),
    (" ( ap )", ["AP"]),
    (" (sda/afp)", ["Keystone-SDA", "AFP"]),
    ("\nLe Monde avec AFP", ["AFP"]),
    ("\nATS/AFP", ["Keystone-SDA", "AFP"]),
    (" (Havas).", ["Havas"]),
]


@pytest.mark.parametrize(("line", "agencies"), SCANNED)
def test_scanned_openings(line: str, agencies: list[str]) -> None:
    assert [credit.agency for credit in credits_of(f"{line}\n{PROSE}")] == agencies


@pytest.mark.parametrize(("end", "agencies"), SCANNED_ENDS)
def test_scanned_ends(end: str, agencies: list[str]) -> None:
    assert [credit.agency for credit in credits_of(f"{PROSE * 8}{end}")] == agencies


SPRING_1911 = int(np.datetime64("1911-05-02", "us").astype("int64"))
SPRING_2011 = int(np.datetime64("2011-05-02", "us").astype("int64"))
DISPATCH = f"{PROSE * 12}\nUne dépêche de l'agence Havas annonce la crue.\n{PROSE * 12}"
ITEM = f"{PROSE * 12}\nRome, 3 mai. (Stefani.) — Le ferry a coulé.\n{PROSE * 12}"


def test_old_stories_are_read_from_end_to_end() -> None:
    for text, agency in ((DISPATCH, "Havas"), (ITEM, "Stefani")):
        (credit,) = credits_of(text, published_us=SPRING_1911)
        assert credit.agency == agency
        assert text[credit.start : credit.end].startswith(agency)
        assert credits_of(text) == ()


def test_agencies_are_credited_in_their_years() -> None:
    head = f"PARIS (Havas) - Le ferry a coulé.\n{PROSE}"
    assert [credit.agency for credit in credits_of(head, published_us=SPRING_1911)] == ["Havas"]
    assert credits_of(head, published_us=SPRING_2011) == ()
    assert credits_of(head.replace("Havas", "AFP"), published_us=SPRING_1911) == ()
    assert [credit.agency for credit in credits_of(head)] == ["Havas"]


def test_a_story_that_opens_with_an_agency_may_have_more_inside() -> None:
    text = f"ROME (AP) - A ferry.\n{PROSE * 12}\nPARIS (AFP) - Another ferry.\n{PROSE * 12}"
    assert [credit.agency for credit in credits_of(text)] == ["AP", "AFP"]


def test_times_must_be_as_many_as_stories() -> None:
    with pytest.raises(ValueError, match="1 times for 2 stories"):
        find_credits(*scan_arrays("a", "b"), published_us=np.zeros(1, np.int64))


def test_agencies_of_many_countries_languages_and_times() -> None:
    listed = tomllib.loads(files("dupdetect.stages").joinpath("agencies.toml").read_text("utf-8"))
    agencies = [agency for name, agency in listed["agencies"].items() if name != GENERIC]
    assert len(agencies) > 100
    for agency in agencies:
        assert re.fullmatch("[A-Z]{2}", agency["country"])
        assert all(re.fullmatch("[a-z]{2}", language) for language in agency["languages"])
        years = agency["years"]
        assert len(years) in {1, 2}
        assert years == sorted(years)
        assert set(agency) <= {"country", "languages", "years", "past", "names", "short", "words"}
    assert len({agency["country"] for agency in agencies}) > 60
    assert sum(len(agency["years"]) == 2 for agency in agencies) > 20


def test_every_agency_asked_for_is_known() -> None:
    wanted = (
        "Reuters AP AFP AAP PA dpa PAP ANSA EFE TASS Xinhua Kyodo Yonhap PTI ANI Bloomberg CNN "
        "UPI IANS CP Interfax Belga APA TT NTB Ritzau STT ANP Lusa MTI ČTK Agerpres Anadolu WAM "
        "SPA MENA Antara Bernama NAN JTA RNS"
    )
    assert set(wanted.split()) <= set(agency_names())


@pytest.mark.parametrize("agency", agency_names())
def test_every_spelling_is_found_in_brackets(agency: str) -> None:
    tables = search_tables()
    number = agency_names().index(agency)
    for i in np.flatnonzero(tables.name_agency == number):
        start, end = tables.name_offsets[i : i + 2]
        spelling = tables.names[start:end].tobytes().decode()
        credit = credit_of(f"HELSINKI ({spelling}) - A ferry.\n{PROSE}")
        assert credit is not None
        assert credit.agency == agency


# --- the kernel against its reference ---------------------------------------------------------

FRAGMENTS = st.sampled_from(
    [
        *(line for line, _ in DATELINES + BYLINES + SIGNOFFS + INLINE_SIGNOFFS),
        *(line for line, _ in SCANNED + SCANNED_ENDS),
        *NO_CREDITS, "\n", "\n\n", " ", "\t", "\r\n", "(", ")", ". ", " - ", "—", "/", "©", "By ",
        "with ", "Reuters", "AP", "AAP", "wires", "dpa", "新华社", "WARSAW ", "Aug 20 ",
        "é", "\u00a0", PROSE, "a" * 158, "Ab " * 53, "\u0080",
    ]
)  # fmt: skip
STORIES = st.lists(
    st.one_of(st.lists(FRAGMENTS, max_size=9).map("".join), st.text(max_size=40)), max_size=5
)
WINDOWS = st.sampled_from([0, 1, 30, 160, 512])


@settings(max_examples=150, deadline=None)
@given(stories=STORIES, head=WINDOWS, tail=WINDOWS, fields=st.booleans(), whole=st.booleans())
def test_kernel_equals_reference(
    stories: list[str], head: int, tail: int, fields: bool, whole: bool
) -> None:
    data, offsets = scan_arrays(*stories)
    tables = {**search_tables()._asdict(), "head": head, "tail": tail, "fields": fields}
    tables["whole"] = np.full(len(stories), whole, np.uint8)
    expected: tuple[np.ndarray, ...] = reference_scan(data, offsets, **tables)
    for threads in (1, 2):
        found = kernels.scan_credits(data, offsets, **tables, threads=threads)
        for ours, theirs in zip(map(np.asarray, found), expected, strict=True):
            assert ours.dtype == theirs.dtype
            assert ours.tolist() == theirs.tolist()


@settings(max_examples=50, deadline=None)
@given(data=st.binary(max_size=300))
def test_bytes_that_are_no_utf8_do_no_harm(data: bytes) -> None:
    text = np.frombuffer(data, np.uint8)
    offsets = np.array([0, len(data)], np.int64)
    tables = {**search_tables()._asdict(), "whole": np.zeros(1, np.uint8)}
    ours = kernels.scan_credits(text, offsets, **tables, fields=False)
    theirs = reference_scan(text, offsets, **tables, fields=False)
    assert [column.tolist() for column in ours] == [column.tolist() for column in theirs]


@given(stories=STORIES)
def test_spans_hold_a_spelling_of_the_agency(stories: list[str]) -> None:
    tables = search_tables()
    names = {
        tables.names[a:b].tobytes().decode(): int(agency)
        for a, b, agency in zip(
            tables.name_offsets[:-1], tables.name_offsets[1:], tables.name_agency, strict=True
        )
    }
    found = table_of(*stories)
    for i in range(len(found)):
        spelling = stories[found.story[i]][found.char_start[i] : found.char_end[i]]
        assert names[spelling] == found.agency[i]


def test_threads_do_not_change_the_result() -> None:
    data, offsets = scan_arrays(*(f"{line} ferry.\n{PROSE}" for line, _ in DATELINES * 20))
    one, two = (find_credits(data, offsets, threads=threads) for threads in (1, 2))
    assert one.story.tolist() == two.story.tolist()
    assert one.char_start.tolist() == two.char_start.tolist()


@pytest.mark.parametrize("offsets", [[0, 99], [3, 1], []])
def test_offsets_outside_the_text_are_refused(offsets: list[int]) -> None:
    with pytest.raises((ValueError, IndexError)):
        find_credits(np.zeros(10, np.uint8), np.array(offsets, np.int64))


@pytest.mark.parametrize(
    ("author", "agencies"),
    [
        ("Source : AFP", ["AFP"]),
        ("Sources : AFP, Reuters", ["AFP", "Reuters"]),
        ("Quelle: dpa", ["dpa"]),
        ("avec AFP", ["AFP"]),
        ("Le Phare avec AFP", ["AFP"]),
        ("La rédaction avec l'AFP", ["AFP"]),
        ("J. D. (avec AFP)", ["AFP"]),
        ("Eva Muster mit dpa", ["dpa"]),
        ("Le Phare avec AFP et Reuters", ["AFP", "Reuters"]),
        ("Redacción con EFE", ["EFE"]),
        ("Interview mit dem Chef", []),
        ("Anna With Apfel", []),
    ],
)
def test_agencies_that_helped_stand_with_the_author(author: str, agencies: list[str]) -> None:
    found = credits_of("Il pleut.", author=author)
    assert [(one.agency, one.place) for one in found] == [(name, "byline") for name in agencies]


@pytest.mark.parametrize("line", ["Source : AFP", "Par Anne Leroy avec AFP", "Le Phare avec AFP"])
def test_agencies_that_helped_stand_in_a_byline(line: str) -> None:
    rain = "Il pleut depuis trois jours sur la ville, et la mairie a fermé le parc. "
    found = credits_of(f"Pluie\n{line}\n{rain * 12}")
    assert [(one.agency, one.place) for one in found] == [("AFP", "byline")]
