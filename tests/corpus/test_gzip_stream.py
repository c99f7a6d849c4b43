"""Gzip data however it is cut, joined and padded."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dupdetect.corpus import read
from dupdetect.corpus.gzip_stream import GzipStream
from dupdetect.errors import InputError

ROWS = b'{"id":"a","text":"x y z"}\n'


def unpacked(data: bytes, block: int, room: int) -> bytes:
    file = io.BytesIO(data)
    stream = GzipStream(lambda size: file.read(min(size, block)))
    parts = []
    while True:
        view = memoryview(bytearray(room))
        count = stream.readinto(view)
        parts.append(bytes(view[:count]))
        if not count:
            return b"".join(parts)


@given(
    st.lists(st.binary(max_size=40), min_size=1, max_size=3),
    st.text("\0 \t\r\n", max_size=5).map(str.encode),
    st.integers(1, 30),
    st.integers(1, 30),
)
def test_members_are_joined_and_padding_is_passed_over(
    parts: list[bytes], padding: bytes, block: int, room: int
) -> None:
    packed = b"".join(map(gzip.compress, parts))
    assert unpacked(packed + padding, block, room) == b"".join(parts)
    with pytest.raises(OSError, match="header"):
        unpacked(packed + padding + b"more", block, room)
    with pytest.raises(OSError, match="Truncated"):
        unpacked(packed[:-1], block, room)


@pytest.mark.parametrize("behind", [b"\n", b"\r\n", b"\0" * 512])
def test_a_file_with_a_newline_behind_it(tmp_path: Path, behind: bytes) -> None:
    path = tmp_path / "in.jsonl.gz"
    path.write_bytes(gzip.compress(ROWS) + behind)
    with read(path) as stories:
        assert stories.ids.to_pylist() == ["a"]


def test_other_bytes_behind_it_are_damage(tmp_path: Path) -> None:
    path = tmp_path / "in.jsonl.gz"
    path.write_bytes(gzip.compress(ROWS) + b"\nmore")
    with pytest.raises(InputError, match="the gzip data is damaged"):
        read(path)
