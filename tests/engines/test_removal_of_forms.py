"""A paper that fills its own form again prints another story; another paper's copy still goes."""

from __future__ import annotations

import pytest

import dupdetect
from dupdetect.stages import removal

OPENING = (
    "The senator said today that the fire department of {town} will receive money to buy "
    "protective clothing and to train those who answer calls at night in all of {county} County."
)
REST = [
    f"Paragraph {n} of the notice explains, as every notice of this programme does, how towns of "
    f"any size apply, who reads what they send, and by which rule number {n} the money is shared."
    for n in range(12)
]


def notice(town: str, county: str) -> str:
    return "\n\n".join([OPENING.format(town=town, county=county), *REST])


def keepers(rows: list[dict[str, str]]) -> list[str | None]:
    found: list[str | None] = dupdetect.cluster(rows).clusters["keeper"].to_pylist()
    return found


def test_other_towns_of_one_office_stay() -> None:
    rows = [
        {"id": "a", "publisher": "Office", "text": notice("Elmbury", "Marlow")},
        {"id": "b", "publisher": "Office", "text": notice("Oakton", "Penrith")},
    ]
    assert keepers(rows) == [None, None]


def test_the_same_notice_in_another_paper_goes() -> None:
    rows = [
        {"id": "a", "publisher": "Office", "text": notice("Elmbury", "Marlow")},
        {"id": "b", "publisher": "Paper", "text": notice("Elmbury", "Marlow") + "\n\nMore soon."},
    ]
    assert sorted(map(str, keepers(rows))) != ["None", "None"]


def projects(towns: list[str], *, first: bool) -> str:
    own = " ".join(f"In {town} it will be spent on a bridge." for town in towns)
    rest = [
        f"Rule {n} of the bill says who may ask for money number {n * n}, and when, and of whom, "
        f"and what an office has to answer within {n} days to those who have asked it."
        for n in range(2, 50)
    ]
    return "\n\n".join([own, *rest] if first else [*rest, own])


def test_the_list_of_another_region_stays_however_much_the_lists_have_in_common(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    north = ["Elmbury", "Oakton", "Marlow", "Penrith", "Selby", "Denton"]
    south = ["Harwick", "Kelsby", "Tarnport", "Bexford", "Wilmot", "Saxby", "Lowick", "Corley",
             "Farham", "Ashby", "Norden"]  # fmt: skip
    rows = [
        {"id": name, "publisher": "Office", "text": projects(towns, first=name == "north")}
        for name, towns in (
            ("north", [*north, "Linden", "Orston", "Brack", "Tamley"]),
            ("south", south),
        )
    ]
    assert keepers(rows) == [None, None]
    monkeypatch.setattr(removal, "_OWN_MANY", 10**6)
    assert keepers(rows) == ["south", None]
