"""The page "Look here" as data: removals and forms with the titles of their stories."""

from __future__ import annotations

from typing import Any

from dupdetect.products.schemas import KINDS, TEMPLATE
from dupdetect.support.shares import percent
from dupdetect.views.passages import oriented
from dupdetect.views.report.chosen import Chosen
from dupdetect.views.report.detail import certainty_text, utf16_pair
from dupdetect.views.report.doubtful import Form
from dupdetect.views.report.rows import Row
from dupdetect.views.report.stories import Stories

TITLE_CHARACTERS = 200


def describe_look(chosen: Chosen, found: Stories) -> dict[str, Any]:
    """Everything the page needs to show what is doubtful.

    Returns
    -------
    dict
        JSON-ready: `removals` and `removed`, how many there are in all; `forms` and `formsFound`.
        Passages have the story that stays first; offsets are UTF-16.
    """
    doubtful = chosen.doubtful
    return {
        "removals": [_removal(row, found) for row in doubtful.removals],
        "removed": doubtful.removed,
        "forms": [_form(form, chosen, found) for form in doubtful.forms],
        "formsFound": doubtful.forms_found,
    }


def _removal(row: Row, found: Stories) -> dict[str, Any]:
    story, keeper = found.story(row["id"]), found.story(row["keeper"])
    relation = row["relation"]
    spans: dict[str, Any] = {"passages": [], "changed": []}
    if relation is not None:
        turned = relation["a"] == story.id
        for column in spans:
            spans[column] = [
                utf16_pair(keeper, story, span)
                for span in oriented(relation[column], turned=turned)
            ]
    elif row["kind"] == "identical":
        whole = (0, len(keeper.text), 0, len(story.text))
        spans["passages"] = [utf16_pair(keeper, story, whole)]
    return {
        "id": story.id,
        "title": story.title[:TITLE_CHARACTERS],
        "publisher": row["publisher"],
        "cluster": row["cluster"],
        "keeper": keeper.id,
        "keeperTitle": keeper.title[:TITLE_CHARACTERS],
        "keeperPublisher": row["keeper_publisher"],
        "kind": row["kind"],
        "exact": percent(row["keeper_exact"]),
        "certainty": certainty_text(row["certainty"]),
        **spans,
    }


def _form(form: Form, chosen: Chosen, found: Stories) -> dict[str, Any]:
    return {
        "stories": form.stories,
        "publisher": form.publisher,
        "publishers": form.publishers,
        "examples": [
            {
                "id": row["id"],
                "title": found.brief(row["id"]).title[:TITLE_CHARACTERS],
                "publisher": row["publisher"],
                "cluster": row["cluster"],
                "overlap": _template_at(row, chosen),
            }
            for row in form.examples
        ],
    }


def _template_at(row: Row, chosen: Chosen) -> int | None:
    """Place of a template of the story in the list of its cluster, if one is listed."""
    for at, overlap in enumerate(chosen.overlaps.get(row["cluster"], ())):
        if overlap["kind"] == KINDS[TEMPLATE] and row["id"] in (overlap["a"], overlap["b"]):
            return at
    return None
