"""A paper that fills its own form again prints another story; another paper's copy still goes."""

from __future__ import annotations

import dupdetect

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
