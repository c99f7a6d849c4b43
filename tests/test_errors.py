"""Errors are one line, say where and what to do, and travel between processes."""

from __future__ import annotations

import inspect
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dupdetect import errors


def test_all_lists_every_public_class() -> None:
    defined = {name for name, value in vars(errors).items() if inspect.isclass(value)}
    assert defined == set(errors.__all__)


@pytest.mark.parametrize("name", errors.__all__)
def test_every_error_is_a_dupdetect_error_and_is_drawn_in_the_tree(name: str) -> None:
    assert issubclass(getattr(errors, name), errors.DupdetectError)
    assert name in (errors.__doc__ or "")


def test_format_errors_are_caught_together() -> None:
    assert issubclass(errors.FormatVersionError, errors.FormatError)
    assert issubclass(errors.ConfigMismatchError, errors.FormatError)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (errors.InputError("bad"), "bad"),
        (errors.InputError("bad", file="a.jsonl"), "a.jsonl: bad"),
        (errors.InputError("bad", file="a.jsonl", line=3), "a.jsonl:3: bad"),
        (errors.InputError("bad", file="a", line=3, column=9), "a:3:9: bad"),
        (errors.InputError("bad", line=3), "line 3: bad"),
        (errors.InputError("bad", file="a", remedy="fix it"), "a: bad; fix it"),
    ],
)
def test_input_error_says_place_reason_and_remedy(error: errors.InputError, said: str) -> None:
    assert str(error) == said


@given(st.text(), st.text(), st.text())
def test_any_value_quoted_in_a_message_stays_on_one_line(file: str, reason: str, fix: str) -> None:
    said = str(errors.InputError(reason, file=file, line=1, remedy=fix))
    assert len(said.splitlines()) <= 1
    said.encode("utf-8")


@given(st.text())
def test_other_errors_stay_on_one_line(reason: str) -> None:
    assert len(str(errors.OutputError(reason)).splitlines()) <= 1


def test_input_error_survives_pickling() -> None:
    error = errors.InputError("bad", file="a", line=3, column=9, remedy="fix it")
    again = pickle.loads(pickle.dumps(error))
    assert str(again) == str(error)
    assert again.line == 3
