"""A row by itself is read as it is among others."""

from __future__ import annotations

import logging
from dataclasses import fields
from typing import Any

import numpy as np
import pytest

from dupdetect.corpus import FieldNames, read
from dupdetect.corpus.one_row import corpus_of_row
from dupdetect.errors import InputError
from dupdetect.products.corpus import Corpus

TEXT = "The ferry to Gozo was stopped by fog at dawn and sailed again before noon."
ROWS: tuple[dict[str, Any], ...] = (
    {"text": TEXT},
    {"id": 7, "body": TEXT, "date": "1970-01-02", "source": "https://www.a.example/b?c"},
    {"id": "a", "text": "<p>Fish &amp; chips.</p><p>Nothing else.</p>", "title": None},
    {"id": "a", "text": TEXT, "meta": {"outlet": "The Times"}, "authors": ["A", {"name": "B"}]},
    {"guid": {"$oid": "x1"}, "id": None, "content": {"rendered": TEXT}, "url": "http://a/b"},
    {"id": "a", "text": ["One paragraph.", "Another one."], "lang": "en", "published": ""},
    {"id": "a", "text": TEXT, "published": "soon"},
    {"id": "a", "text": TEXT, "author": 1e400},
    {"id": "a", "text": "Caf\ufffd m\ufffdnster \ufffdber h\ufffdher " * 9},
    {"id": "a" * 2048, "text": ""},
)


def same(one: Corpus, other: Corpus) -> None:
    for part in fields(Corpus):
        left, right = getattr(one, part.name), getattr(other, part.name)
        if isinstance(left, np.ndarray):
            assert left.dtype == right.dtype, part.name
            assert left.tolist() == right.tolist(), part.name
        elif hasattr(left, "equals"):
            assert left.type == right.type if hasattr(left, "type") else left == right
            assert left.equals(right), part.name
        elif part.name != "origins":
            assert left == right, part.name


@pytest.mark.parametrize("row", ROWS)
@pytest.mark.parametrize("also", [(), ("url", "language")])
def test_it_is_the_same_corpus(
    row: dict[str, Any], also: tuple[str, ...], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "dupdetect")
    names = FieldNames(also=also)
    alone = read([row], names=names)
    said = caplog.messages
    caplog.clear()
    same(alone, read((row,), names=names))
    assert said == caplog.messages


def test_names_of_fields_are_followed() -> None:
    row, names = ROWS[3], FieldNames(publisher="meta.outlet", id="text", text="id")
    same(read([row], names=names), read((row,), names=names))
    with pytest.raises(InputError, match="no field 'x'"):
        read([row], names=FieldNames(publisher="x"))


@pytest.mark.parametrize("row", [{"text": None}, {"text": 5}, {"text": "\ud800"}])
def test_what_is_wrong_is_said_as_of_many(row: dict[str, Any]) -> None:
    with pytest.raises(InputError) as of_many:
        read((row,))
    with pytest.raises(InputError) as alone:
        read([row])
    assert str(alone.value) == str(of_many.value)
    assert len(read([row], on_bad_row="skip").rejected) == 1


def test_rows_with_something_to_be_said_are_read_as_many_are() -> None:
    names = FieldNames()
    assert corpus_of_row(ROWS[1], names, "version") is not None
    for row in (ROWS[6], ROWS[8], {"id": "a" * 2049, "text": TEXT}, {"text": 5}):
        assert corpus_of_row(row, names, "version") is None
