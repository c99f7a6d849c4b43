"""The lists that rules are made of are what TOML says, and what is not read is an error."""

from __future__ import annotations

import tomllib
from importlib.resources import files

import numpy as np
import pytest

from dupdetect import kernels
from dupdetect.errors import ConfigError
from dupdetect.stages.languages import language_files
from dupdetect.stages.lists import _parsed, read_lists, split_texts

FILES = ("agencies.toml", "furniture.toml", "notices.toml", *language_files())


@pytest.mark.parametrize("name", FILES)
def test_a_file_says_what_toml_says(name: str) -> None:
    text = files("dupdetect.stages").joinpath(name).read_text("utf-8")
    assert read_lists(name) == tomllib.loads(text)


@pytest.mark.parametrize(
    "text",
    [
        'plain = "a # no note"  # a note',
        'list = [  # ] "note"\n  "a", # b\n  "c]", "d\\"e",\n  # end\n]\n',
        '[one."two three".four]\nnumber = -3\nempty = []\nyes = true\n[one]\n"x" = 1',
        "# nothing",
        'mixed = [ 1, 2 ]\n"quoted key" = "\\u00e9"\n',
    ],
)
def test_what_such_files_may_hold(text: str) -> None:
    assert _parsed(text, "x.toml") == tomllib.loads(text)


@pytest.mark.parametrize(
    "text",
    ["words", "a.b = 1", "a = 1979-05-27", "a = {b = 1}", "a = 'b'", "[[a]]", 'a = ["b"', "a =",
     "a = null"],
)  # fmt: skip
def test_all_else_is_an_error(text: str) -> None:
    with pytest.raises(ConfigError, match=r"x\.toml: .* expected"):
        _parsed(text, "x.toml")


def test_texts_are_split_as_each_by_itself_is() -> None:
    texts = ["all rights reserved", "", "co-op's", "上海 1", "(c) 2020-"]
    hashes, offsets = split_texts(texts)
    alone = [kernels.prepare(np.frombuffer(text.encode(), np.uint8))[0] for text in texts]
    assert hashes.tolist() == np.concatenate(alone).tolist()
    assert offsets.tolist() == np.cumsum([0, *map(len, alone)]).tolist()
    assert [array.tolist() for array in split_texts([])] == [[], [0]]
