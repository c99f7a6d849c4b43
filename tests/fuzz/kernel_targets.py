"""What each kernel promises about any input: the bits of its readable reference."""

from __future__ import annotations

import struct
from itertools import pairwise
from typing import Any

import _dupdetect as native
import numpy as np
import orjson

from dupdetect.kernels import reference
from dupdetect.kernels.codes import TERMS
from dupdetect.stages.agencies import search_tables
from dupdetect.stages.bodies import numbered
from dupdetect.stages.facts import known_words
from tests.support.vector_levels import each_level

_PATHS = [["id"], ["text"], ["m", "t"]]
_INTEGERS = [True, False, False]
_MOST_STORIES = 8


def jsonl(data: bytes) -> None:
    """Lines that the extractor takes are JSON objects to orjson, with the same strings."""
    whole, data = bool(data[:1] < b"\x80"), data[1:]
    ours, theirs = (_extract(kernel, data, whole) for kernel in (native, reference))
    assert ours[:3] == theirs[:3]
    odd = set(ours[3])
    assert odd >= set(theirs[3])
    for row, (start, end) in enumerate(zip(*ours[2][:2], strict=True)):
        if row in odd:
            assert ours[4][row] == [None] * len(_PATHS)
            continue
        assert ours[4][row] == theirs[4][row]
        parsed = orjson.loads(data[start:end])
        assert type(parsed) is dict
        for path, value in zip(_PATHS, ours[4][row], strict=True):
            assert value == _walk(parsed, path)


def _walk(row: Any, path: list[str]) -> bytes | None:
    for key in path:
        row = row.get(key) if isinstance(row, dict) else None
    return None if row is None else str(row).encode()


def _extract(kernel: Any, data: bytes, whole: bool) -> tuple[Any, ...]:
    chunk = np.frombuffer(data, np.uint8)
    rooms = [np.zeros(len(data), np.uint8) for _ in _PATHS]
    consumed, lines, start, end, line, odd, values = kernel.jsonl_extract(
        chunk, _PATHS, _INTEGERS, whole, rooms
    )
    rows = [
        [
            bytes(room[offsets[row] : offsets[row + 1]]) if valid[row] else None
            for room, (offsets, valid) in zip(rooms, values, strict=True)
        ]
        for row in range(len(start))
    ]
    places = [array.tolist() for array in (start, end, line)]
    return consumed, lines, places, odd.tolist(), rows


def prepare(data: bytes) -> None:
    """Words, marks and lines of any bytes."""
    text = np.frombuffer(data, np.uint8)
    expected = reference.prepare(text)
    for _ in each_level():
        _assert_same(native.prepare(text), expected)


def first_equal(data: bytes) -> None:
    """Equal pieces of any bytes."""
    pieces = data.split(b" ")
    offsets = np.cumsum([0, *map(len, pieces)], dtype=np.int64)
    joined = np.frombuffer(b"".join(pieces), np.uint8)
    for seed in ((1, 2), (2**64 - 1, 0)):
        found = native.first_equal(joined, offsets, seed)
        _assert_same([found], [reference.first_equal(joined, offsets, seed)])


def lines(data: bytes) -> None:
    """Lines, terms in them, what each is by itself, and the company that they keep."""
    (same, every, least, most, kind, who), data = _numbers(data, "6B")
    text, offsets = _stories(data)
    tokens = native.prepare(np.frombuffer(b"Photo all rights AP may left by", np.uint8))[0]
    starts = np.array([0, 1, 1, *range(3, tokens.size + 1)])
    kinds = np.array([(kind + n) % len(TERMS) for n in range(starts.size - 1)], np.uint8)
    limits = np.full(kinds.size, -1, np.int32)
    limits[:2] = who % 9, 3
    table = (tokens, starts, limits, kinds)
    found = native.scan_lines(text, offsets, *table, 2)
    _assert_same(found, reference.scan_lines(text, offsets, *table, 1))
    line_offsets, keys, words, flags = found
    if same % 2:  # lines that are alike more often
        keys = keys % np.uint64(5)
        words = (keys * 7).astype(np.uint32)  # lines of one key have as many
    count = offsets.size - 1
    publishers = np.array([(who >> story % 4) % 4 - 1 for story in range(count)], np.int32)
    days = np.array([(every >> story % 5) * 3 - 9 for story in range(count)], np.int32)
    verdicts = _verdicts((keys, line_offsets, words, flags), publishers, days, same, least, most)
    limited = (most % 16, least, same % 4, who % 128, every % 40)
    judged = (line_offsets, words, flags, verdicts, *limited)
    _assert_same([native.line_status(*judged, 2)], [reference.line_status(*judged, 1)])


def _verdicts(
    lines_: tuple[Any, ...], publishers: Any, days: Any, same: int, least: int, most: int
) -> Any:
    keys, offsets, words, flags = lines_
    counted = (flags & 2) == 0
    page = (keys, offsets, counted.view(np.uint8), publishers, days, 1 + same % 5, least % 4)
    found = native.line_summaries(*page, 2)
    _assert_same(found, reference.line_summaries(*page, 1))
    group_keys, scopes, page_offsets, _, pages, page_days = found
    pages_asked = (scopes, page_offsets, pages, page_days)
    rule: dict[str, Any] = {
        "same": 1 + same % 3, "any": 1 + least % 4, "unknown": 2, "often": 3, "little": most // 9,
        "most": most, "little_any": most // 5, "line_words": least % 9, "apart_days": 7, "weeks": 3,
    }  # fmt: skip
    lines_asked = (keys, offsets, words, counted.view(np.uint8))
    said = native.company_verdicts(*pages_asked, *lines_asked, **rule, threads=2)
    expected = reference.company_verdicts(*pages_asked, *lines_asked, **rule, threads=1)
    _assert_same([said], [expected])
    looked_up = (group_keys, scopes, said, keys, offsets, publishers)
    verdicts = native.look_up_verdicts(*looked_up)
    _assert_same([verdicts], [reference.look_up_verdicts(*looked_up)])
    return verdicts


def sketch(data: bytes) -> None:
    """Digests, signatures, bands and fingerprints, with vectors of each kind and without."""
    (words, window, bands, rows, seed, states), data = _numbers(data, "6B")
    text, offsets = _stories(data)
    line_offsets, status = _statuses(text, offsets, states)
    bands, rows = bands % 5, rows % 5
    random = np.random.default_rng(seed)
    a = random.integers(0, 2**32, 37, dtype=np.uint32) | np.uint32(1)
    b = random.integers(0, 2**32, 37, dtype=np.uint32)
    signing: dict[str, Any] = {"a": a, "b": b, "shingle_words": 1 + words % 7}
    rule = {**signing, "window": 1 + window % 9, "bands": bands, "rows": rows, "signatures": True}
    arrays = (text, offsets, status, line_offsets)
    expected = reference.sketch(*arrays, **rule, threads=1)
    strings = [_string(text[start:end].tobytes(), words) for start, end in pairwise(offsets)]
    signed = reference.sign_strings(strings, **signing, threads=1)
    for _ in each_level():
        _assert_same(native.sketch(*arrays, **rule, threads=2), expected)
    del rule["signatures"]
    both = {**rule, "key": int(seed)}
    for found, wanted in zip(
        native.sketch_and_split(*arrays, **both, threads=2),
        reference.sketch_and_split(*arrays, **both, threads=1),
        strict=True,
    ):
        _assert_same(found, wanted)
        _assert_same([native.sign_strings(strings, **signing, threads=2)], [signed])


def align(data: bytes) -> None:
    """Passages, changed stretches, facts and all measurements of two stories, both ways round."""
    numbers, data = _numbers(data, "12B")
    text, offsets = _stories(data)
    line_offsets, status = _statuses(text, offsets, numbers[11])
    count = offsets.size - 1
    a, b = (np.array(side, np.int64) for side in ([0, count - 1, 0], [count - 1, 0, count // 2]))
    seed, run, near, diagonal, bridge, gap, dice, share, _, shingle, passage = numbers[:11]
    rule: dict[str, Any] = {
        "seed_words": 2 + seed % 5, "run_words": 2 + run % 9, "near_words": near * 39,
        "near_diagonal": diagonal * 39, "bridge_words": bridge % 33, "gap_words": gap,
        "word_dice": dice / 128, "sentence_share": share / 128,
        "shingle_words": 1 + shingle % 8, "passage_words": passage % 33, "overlap_words": 25,
        "reused_words": 1 + share % 40, "contained": (share % 64) / 64,
    }  # fmt: skip
    arrays = (text, offsets, status, line_offsets)
    bodies = native.split_bodies(*arrays, key=seed, threads=2)
    _assert_same(bodies, reference.split_bodies(*arrays, key=seed, threads=1))
    moved, given = bodies[4][::5], np.arange(1, len(bodies[4]) + 1, dtype=np.uint32)[::5]
    of_words: dict[str, Any] = {
        **{"key": seed, "words": bodies[0], "word_offsets": bodies[2]},
        **{"moved": moved, "moved_words": given},
    }
    _assert_same(
        native.places_of_moved(*arrays, **of_words), reference.places_of_moved(*arrays, **of_words)
    )
    table = native.mask_table(numbered(bodies[4])[0], bodies[5])
    _assert_same(table, reference.mask_table(numbered(bodies[4])[0], bodies[5]))
    misread = np.full(count, diagonal & 1, np.uint8)
    letters = native.body_letters(*arrays, wanted=misread)
    _assert_same(letters, reference.body_letters(*arrays, wanted=misread))
    wanted: dict[str, Any] = {
        "a": a, "b": b, "passages": True, "changed": True, "speech_words": bodies[0][:2],
        "skip_unrelated": bool(near & 1), "letters": letters[0], "letter_offsets": letters[1],
    }  # fmt: skip
    of_bodies = (*bodies[:4], *table)
    found = native.align(*of_bodies, **wanted, rule=native.AlignRule(**rule), threads=2)
    expected = reference.align(*of_bodies, **wanted, rule=reference.AlignRule(**rule), threads=1)
    _assert_same(found, expected)
    measures, _, passages, _, changed = found
    assert (measures[:, 2] <= measures[:, 0]).all()  # covered, words
    assert (measures[:, 3] <= measures[:, 1]).all()
    for spans in (passages, changed):
        assert (spans[:, 0] <= spans[:, 1]).all()
        assert (spans[:, 2] <= spans[:, 3]).all()
    words, codes = known_words()
    ours, theirs = (
        kernels.facts(*arrays, a=a, b=b, lexicon=words, codes=codes, threads=threads)
        for kernels, threads in ((native, 2), (reference, 1))
    )
    np.testing.assert_array_equal(ours, theirs, strict=True)
    ours, theirs = (
        kernels.own_facts(*arrays, rows=a, kept=b, lexicon=words, codes=codes, threads=threads)
        for kernels, threads in ((native, 2), (reference, 1))
    )
    np.testing.assert_array_equal(ours, theirs, strict=True)


def credits_(data: bytes) -> None:
    """Agency names in credits, in texts and in author fields."""
    (head, tail, fields), data = _numbers(data, "3B")
    text, offsets = _stories(data)
    whole = np.full(len(offsets) - 1, fields // 2 % 2, np.uint8)
    tables = search_tables()._asdict() | {"head": 4 * head, "tail": 4 * tail, "whole": whole}
    _assert_same(
        native.scan_credits(text, offsets, **tables, fields=bool(fields % 2), threads=2),
        reference.scan_credits(text, offsets, **tables, fields=bool(fields % 2)),
    )


def postings(data: bytes) -> None:
    """Stories that share keys, by pairs and by buckets, and the components they make."""
    (most, words, threads, labels), data = _numbers(data, "4B")
    rows = [[byte % 32 << 59 | byte * 0x10101 for byte in row] for row in data.split(b"\n")[:64]]
    offsets = np.cumsum([0, *map(len, rows)], dtype=np.int64)
    keys = np.array([key for row in rows for key in row], np.uint64)
    numbers = np.array([n if labels >> n % 8 & 1 else -1 for n in range(len(rows))], np.int64)
    label_of = np.arange(len(rows)) // (1 + labels % 4)
    rule: dict[str, Any] = {"most": 1 + most % 9, "run_words": words % 40}
    stories: dict[str, Any] = {"numbers": numbers, "labels": label_of}
    found = native.postings(keys, offsets, **stories, **rule, threads=threads % 4)
    _assert_same(found, reference.postings(keys, offsets, **stories, **rule))
    lists = found[1], found[2], found[4]
    _assert_same(
        native.family_pairs(*lists, families=label_of, **rule, threads=threads % 4),
        reference.family_pairs(*lists, families=label_of, **rule),
    )
    table = (keys >> np.uint64(32)).astype(np.uint32)[:, None]
    chosen = np.flatnonzero(keys & np.uint64(labels % 4) == 0)[::-1].copy()
    _assert_same(native.buckets(table, 0, chosen, threads % 4), reference.buckets(table, 0, chosen))
    a, b = found[0][:, 0].copy(), found[0][:, 1].copy()
    _assert_same([native.components(len(rows), a, b)], [reference.components(len(rows), a, b)])


def facts(data: bytes) -> None:
    """Facts of two stories, places of their words, and whether bodies are the same words."""
    (states, ends, pairs), data = _numbers(data, "3B")
    text, offsets = _stories(data)
    line_offsets, status = _statuses(text, offsets, states)
    arrays, count = (text, offsets, status, line_offsets), offsets.size - 1
    a = np.arange(count, dtype=np.int64)
    b = (a + pairs) % count
    words, codes = known_words()
    ours, theirs = (
        kernels.facts(*arrays, a=a, b=b, lexicon=words, codes=codes, threads=threads)
        for kernels, threads in ((native, 2), (reference, 1))
    )
    _assert_same([ours], [theirs])
    made, _, starts, *_ = native.split_bodies(*arrays, key=ends, threads=1)
    bodies = [made[starts[k] : starts[k + 1]].tolist() for k in range(count)]
    equal = np.array([bodies[x] == bodies[y] for x, y in zip(a, b, strict=True)], np.uint8)
    same, split = native.same_words(*arrays, a=a, b=b, by_hashes=equal)
    expected = reference.same_words(*arrays, a=a, b=b, by_hashes=equal)
    _assert_same([same, np.array(split)], [expected[0], np.array(expected[1])])
    _assert_same(native.furniture_spans(*arrays, 2), reference.furniture_spans(*arrays, 1))
    stories = np.repeat(a, 2)
    sizes = np.diff(starts)[stories]
    first = np.minimum(np.arange(stories.size) * (ends % 16), sizes)
    end = np.minimum(first + ends // 16, sizes)
    some = first < np.minimum(end, sizes)
    stories, first, end = stories[some], first[some], end[some]
    places: dict[str, Any] = {"stories": stories, "first": first, "end": end}
    _assert_same(
        [native.character_spans(*arrays, **places, threads=2)],
        [reference.character_spans(*arrays, **places, threads=1)],
    )


def look_up(data: bytes) -> None:
    """Keys looked up in a table, and surroundings that may be those of one run."""
    (most, words, step, threads), data = _numbers(data, "4B")
    halves = [half.split(b"\n")[:32] for half in data.partition(b"\x1e")[::2]]
    (keys, offsets), (held, held_offsets) = (_key_rows(rows) for rows in halves)
    order = np.argsort(held, kind="stable").astype(np.uint32)
    step = 1 + step % 5
    rows = np.searchsorted(held_offsets, np.arange(0, order.size, step), side="right") - 1
    asked: dict[str, Any] = {
        "held": held, "held_offsets": held_offsets, "order": order, "few": held[order[::step]],
        "few_rows": rows.astype(np.uint32), "step": step, "most": 1 + most % 9,
        "run_words": words % 40,
    }  # fmt: skip
    _assert_same(
        native.look_up_postings(keys, offsets, **asked, threads=threads % 4),
        reference.look_up_postings(keys, offsets, **asked),
    )


def _key_rows(rows: list[bytes]) -> tuple[Any, Any]:
    keys = [byte % 32 << 59 | byte * 0x10101 for row in rows for byte in row]
    return np.array(keys, np.uint64), np.cumsum([0, *map(len, rows)], dtype=np.int64)


def summaries(data: bytes) -> None:
    """Lines of parts of a collection, merged, are those of the whole."""
    (sample, cut, who), data = _numbers(data, "3B")
    rows = data.split(b"\n")[:40]
    offsets = np.cumsum([0, *map(len, rows)], dtype=np.int64)
    keys = np.frombuffer(b"".join(rows), np.uint8).astype(np.uint64)
    counted = (keys % np.uint64(3) != 0).view(np.uint8)
    publishers = np.array([(who >> row % 6) % 3 - 1 for row in range(len(rows))], np.int32)
    days = np.arange(len(rows), dtype=np.int32)
    sample, cut = 1 + sample % 6, cut % (len(rows) + 1)
    parts = []
    for first, end in ((0, cut), (cut, len(rows))):
        inside = slice(offsets[first], offsets[end])
        part = (keys[inside], offsets[first : end + 1] - offsets[first], counted[inside])
        parts.append(
            native.line_summaries(*part, publishers[first:end], days[first:end], sample, 1, 1)
        )
    joined: list[Any] = [np.concatenate(column) for column in zip(*parts, strict=True)]
    joined[2] = np.concatenate([parts[0][2], parts[1][2][1:] + parts[0][2][-1]])
    joined[4] = np.concatenate([parts[0][4], parts[1][4] + cut])
    joined.append(sample)
    merge: Any = native.merge_summaries
    plainly: Any = reference.merge_summaries
    merged = merge(*joined)
    _assert_same(merged, plainly(*joined))
    _assert_same(
        merged, native.line_summaries(keys, offsets, counted, publishers, days, sample, 1, 2)
    )
    _assert_same(native.count_equal(keys, counted), reference.count_equal(keys, counted))


def hashes(data: bytes) -> None:
    """What is made of any bytes alone: signs of damage, keys, shingles, selections, signatures."""
    (words, window), data = _numbers(data, "2B")
    text, offsets = _stories(data)
    for _ in each_level():
        signs = native.damage_signs(text, offsets, 2)
        _assert_same([signs], [reference.damage_signs(text, offsets, 1)])
    assert native.collection_key(text, offsets) == reference.collection_key(text, offsets)
    _assert_same([native.string_keys(text, offsets)], [reference.string_keys(text, offsets)])
    tokens = np.frombuffer(data[: len(data) // 8 * 8], np.uint64)
    shingles = native.shingle(tokens, words % 9)
    _assert_same([shingles], [reference.shingle(tokens, words % 9)])
    _assert_same([native.winnow(shingles, window % 9)], [reference.winnow(shingles, window % 9)])
    random = np.random.default_rng(words)
    a = random.integers(0, 2**32, 21, dtype=np.uint32) | np.uint32(1)
    b = random.integers(0, 2**32, 21, dtype=np.uint32)
    few = shingles.astype(np.uint32)
    signing: dict[str, Any] = {"a": a, "b": b, "shingle_words": 1 + words % 7}
    for _ in each_level():
        _assert_same([native.minhash(few, a=a, b=b)], [reference.minhash(few, a=a, b=b)])
        _assert_same(
            [native.sign(text, offsets, **signing, threads=2)],
            [reference.sign(text, offsets, **signing, threads=1)],
        )


def _numbers(data: bytes, form: str) -> tuple[tuple[int, ...], bytes]:
    """Numbers from the first bytes, zero where there are none, and the rest."""
    size = struct.calcsize(form)
    return struct.unpack(form, data[:size].ljust(size, b"\0")), data[size:]


def _stories(data: bytes) -> tuple[Any, Any]:
    texts = data.split(b"\x1e")[:_MOST_STORIES]
    offsets = np.cumsum([0, *map(len, texts)], dtype=np.int64)
    return np.frombuffer(b"".join(texts), np.uint8), offsets


def _string(data: bytes, form: int) -> str:
    """Bytes as a string of one, two or four bytes a character; lone surrogates among them."""
    if form % 3 == 0:
        return data.decode("latin-1")
    return data.decode("utf-8", "surrogateescape") + ("\U0001f600" if form % 3 == 1 else "")


def _statuses(text: Any, offsets: Any, states: int) -> tuple[Any, Any]:
    """Offsets of the stories' lines and what each is taken for, by bits of `states`."""
    counts = [len(native.prepare(text[a:b])[6]) for a, b in pairwise(offsets)]
    line_offsets = np.cumsum([0, *counts], dtype=np.int64)
    status = np.array([(states >> n % 7) % 5 for n in range(sum(counts))], np.uint8)
    return line_offsets, status


def _assert_same(ours: Any, theirs: Any) -> None:
    for x, y in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(x, y, strict=True)
