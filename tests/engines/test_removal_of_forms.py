"""A paper that fills its own form again prints another story; another paper's copy still goes."""

from __future__ import annotations

import dupdetect

OPENING = (
    "The senator said today that the fire department of {town} will receive {sum} dollars to buy "
    "protective clothing and to train the volunteers who answer calls at night."
)
REST = [
    f"Paragraph {n} of the notice explains, as every notice of this programme does, how towns of "
    f"any size apply, who reads what they send, and by which rule number {n} the money is shared."
    for n in range(12)
]


def notice(town: str, amount: str) -> str:
    return "\n\n".join([OPENING.format(town=town, sum=amount), *REST])


def keepers(rows: list[dict[str, str]]) -> list[str | None]:
    found: list[str | None] = dupdetect.cluster(rows).clusters["keeper"].to_pylist()
    return found


def test_other_towns_and_sums_of_one_office_stay() -> None:
    rows = [
        {"id": "a", "publisher": "Office", "text": notice("Elmbury", "103,211")},
        {"id": "b", "publisher": "Office", "text": notice("Oakton", "55,706")},
    ]
    assert keepers(rows) == [None, None]


def test_the_same_notice_in_another_paper_goes() -> None:
    rows = [
        {"id": "a", "publisher": "Office", "text": notice("Elmbury", "103,211")},
        {"id": "b", "publisher": "Paper", "text": notice("Elmbury", "103,211") + "\n\nMore soon."},
    ]
    assert sorted(map(str, keepers(rows))) != ["None", "None"]
