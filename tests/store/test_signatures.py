"""Signatures by bands: as datasketch's index of the same bands, and back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from datasketch import MinHashLSH

from dupdetect import Config, Signature, SignatureIndex
from dupdetect.errors import FormatError, FormatVersionError, InputError, UnknownIdError
from tests.support.index_stories import made

TEXTS = {row["id"]: row["text"] for row in made()}


@pytest.fixture(scope="module")
def index() -> SignatureIndex:
    """Make one of all stories."""
    found = SignatureIndex()
    found.insert_many(TEXTS, TEXTS.values())
    return found


def test_it_answers_as_datasketch_does(index: SignatureIndex) -> None:
    theirs = index.to_datasketch()
    assert isinstance(theirs, MinHashLSH)
    several = 0
    for text in TEXTS.values():
        signature = Signature.of(text)
        found = index.query(signature)
        assert sorted(key for key, _ in found) == sorted(theirs.query(signature.to_datasketch()))
        assert found == index.query(text)
        several += len(found) > 1
    assert several > 20


def test_datasketchs_index_is_taken_over(index: SignatureIndex) -> None:
    back = SignatureIndex.from_datasketch(index.to_datasketch())
    config = index.config
    assert back.config.num_perm == config.bands * config.rows
    for key, text in TEXTS.items():
        assert key in back
        np.testing.assert_array_equal(
            back[key].values, index[key].values[: config.bands * config.rows]
        )
        names = {name for name, _ in back.query(Signature.of(text))}
        assert names == {name for name, _ in index.query(text)}


def test_a_datasketch_index_with_another_hash_is_refused() -> None:
    with pytest.raises(InputError, match="make it with datasketch's defaults"):
        SignatureIndex.from_datasketch(MinHashLSH(num_perm=128, hashfunc=hash))


def test_after_saving_and_loading_it_is_the_same(index: SignatureIndex, tmp_path: Path) -> None:
    index.save(tmp_path / "signatures")
    back = SignatureIndex.load(tmp_path / "signatures")
    assert back.config == index.config
    for key, text in TEXTS.items():
        assert back[key] == index[key]
        assert back.query(text) == index.query(text)
    SignatureIndex().save(tmp_path / "empty")
    assert len(SignatureIndex.load(tmp_path / "empty")) == 0


def test_what_was_removed_is_not_found() -> None:
    index = SignatureIndex(config=Config(num_perm=60, bands=20, rows=3))
    index.insert("a", "The ferry to Gozo was stopped by fog at dawn and sailed before noon.")
    index.insert("b", index["a"])
    assert [key for key, _ in index.query(index["a"])] == ["a", "b"]
    assert index.query(index["a"], least_resemblance=1.0)[0] == ("a", 1.0)
    index.remove("a")
    assert [key for key, _ in index.query(index["b"])] == ["b"]
    index.remove("b")
    assert not index._buckets
    with pytest.raises(UnknownIdError, match="'b': no such key; pass one that was inserted"):
        index.remove("b")
    with pytest.raises(KeyError):
        index["b"]


def test_wrong_files_and_arguments_are_named(tmp_path: Path) -> None:
    index = SignatureIndex()
    index.insert("a", "One story.")
    wrong: list[tuple[Callable[[], object], str]] = [
        (lambda: index.insert("a", "Another."), "key 'a' is there already"),
        (lambda: index.insert(1, "Another."), "key 1: expected a str"),  # type: ignore[arg-type]
        (lambda: index.query(3), "int: expected a text or a Signature"),  # type: ignore[arg-type]
        (lambda: index.query(Signature(np.zeros(8, np.uint32))), "a signature of 8 values"),
        (lambda: index.insert_many(["x"], []), "1 keys and 0 texts"),
    ]
    for call, said in wrong:
        with pytest.raises(InputError, match=said):
            call()
    (tmp_path / "none").write_text("none", encoding="utf-8")
    with pytest.raises(FormatError, match="cannot be read"):
        SignatureIndex.load(tmp_path / "none")
    for about, error in (({"table": "other"}, FormatError),
                         ({"table": "signatures", "format": "9"}, FormatVersionError)):  # fmt: skip
        schema = pa.schema([pa.field("key", pa.string())], about)
        with pa.ipc.new_file(str(tmp_path / "other"), schema) as writer:
            writer.write_table(schema.empty_table())
        with pytest.raises(error):
            SignatureIndex.load(tmp_path / "other")
