"""Passages, the sentence rule and everything a relation is decided from."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from math import ceil
from typing import NamedTuple

from dupdetect.kernels.numbers import ALIGN
from dupdetect.kernels.reference.match import Found, Matches
from dupdetect.kernels.reference.runs import AlignRule, Body


@dataclass(slots=True)
class Passage:
    """An aligned pair of stretches; first and last words, both included."""

    a_first: int
    a_last: int
    b_first: int
    b_last: int
    words: int = 0  # of b with a counterpart
    quoted: int = 0  # of those, the ones that is_quoted names


class Measures(NamedTuple):
    """Counts of words unless named otherwise, in the order of the kernel's columns."""

    a_words: int  # doubtful words count only where they match
    b_words: int
    a_covered: int
    b_covered: int
    shared: int  # words of b with a counterpart
    quoted: int
    doubtful: int
    long_words: int  # shared words in long passages
    long_prose: int  # of those, neither quoted nor doubtful
    a_hits: int  # words of a in passages
    a_first: int  # a's counted words before the first of them, but for those that were edited
    a_end: int  # and up to the last, and those edited after it
    shared_shingles: int
    a_shingles: int
    b_shingles: int
    identical: int  # 1 when the bodies' words are equal, doubtful ones included
    a_reach: int  # all of a's words from its first to its last in passages
    solid_prose: int  # the most unquoted words of one passage of at least `overlap_words`
    smaller_weight: int  # words of the smaller body, as long passages count them; 0: no word shared
    a_exact: int  # words that equal their counterparts
    b_exact: int
    unlike: int  # of those, quoted or doubtful in one of the bodies alone


MEASURES = Measures._fields
"""The names of the kernel's columns, in their order."""


def is_quoted(matches: Matches, i: int, j: int) -> bool:
    """Whether word ``i`` of a and word ``j`` of b, its counterpart, are a quotation.

    Inside quotation marks on either side, or announced on both, or on one of them a speech: a line
    that ends with a colon may as well open a list.
    """
    a, b = matches.a, matches.b
    announced = a.announced[i] and b.announced[j]
    return a.quoted[i] or b.quoted[j] or announced or j in matches.spoken


def is_prose(matches: Matches, i: int, j: int) -> bool:
    """Whether they are a reporter's own words.

    A report that only one of the two has in quotation marks is.
    """
    if matches.a.never_prose[i] or matches.b.never_prose[j]:
        return False
    if j in matches.spoken:
        return False
    return j in matches.reused or not is_quoted(matches, i, j)


def may_relate(matches: Matches) -> bool:
    """Whether the matched words could be enough for any relation, whichever way round.

    An overlap needs ``overlap_words`` of them in long passages; a copy needs those or, of a short
    story, ``contained`` of its words. Which of the two is the smaller one must not hang on doubtful
    words.
    """
    rule, bodies = matches.rule, (matches.a, matches.b)
    prose = [body.doubtful.count(False) for body in bodies]
    certain = prose[0] >= len(bodies[1].hashes) or len(bodies[0].hashes) < prose[1]
    smaller = min(prose)
    least = min(_weight(smaller, min(sum(body.single), smaller)) for body in bodies)
    weighed = [_words_of(matches, passage) for passage in _joined(matches)]
    long_words = sum(words for words in weighed if words >= rule.passage_words)
    return not certain or long_words >= min(rule.overlap_words, ceil(rule.contained * least))


def find_passages(matches: Matches) -> list[Passage]:
    """Join matched words that stand at most ``bridge_words`` apart on both sides.

    Words in passages of fewer than ``seed_words`` are no longer matched: what a pair shares is what
    its passages show.
    """
    passages = _joined(matches)
    for passage in passages:
        if passage.words < matches.rule.seed_words:
            _forget(matches, passage)
    return [passage for passage in passages if passage.words >= matches.rule.seed_words]


def _joined(matches: Matches) -> list[Passage]:
    rule, passages = matches.rule, list[Passage]()
    for j, i in enumerate(matches.to_a):
        if i is None:
            continue
        last = passages[-1] if passages else None
        if (
            last is None
            or not 0 <= i - last.a_last - 1 <= rule.bridge_words
            or j - last.b_last - 1 > rule.bridge_words
        ):
            last = Passage(i, i, j, j)
            passages.append(last)
        last.a_last, last.b_last = i, j
        last.words += 1
        last.quoted += is_quoted(matches, i, j)
    return passages


def _forget(matches: Matches, passage: Passage) -> None:
    for j in range(passage.b_first, passage.b_last + 1):
        i = matches.to_a[j]
        if i is None:
            continue
        if matches.to_b[i] == j:
            matches.to_b[i], matches.how_a[i] = None, Found.UNMATCHED
        matches.to_a[j], matches.how_b[j] = None, Found.UNMATCHED


def measure(matches: Matches, passages: list[Passage]) -> Measures:
    """Measure what two bodies share."""
    a, b, rule = matches.a, matches.b, matches.rule
    pairs = _pairs(matches, 0, len(matches.to_a))
    weighed = [(passage, _words_of(matches, passage)) for passage in passages]
    long = [(passage, words) for passage, words in weighed if words >= rule.passage_words]

    exact = [(i, j) for i, j in pairs if matches.how_b[j] == Found.EXACT]
    identical = a.hashes == b.hashes != []
    how_a = _bridge(matches.how_a, [(one.a_first, one.a_last) for one in passages])
    how_b = _bridge(matches.how_b, [(one.b_first, one.b_last) for one in passages])
    how_a = _cover_sentences(a, rule, how_a)
    how_b = _cover_sentences(b, rule, how_b)
    hits = [
        (position, i)
        for position, i in enumerate(_counted(a, how_a))
        if _stands_in_passage(how_a[i])
    ]
    before, after = _edited_edges(matches.to_b, how_a, how_b)
    a_words, b_words = len(_counted(a, how_a)), len(_counted(b, how_b))
    smaller, body = min((a_words, a), (b_words, b), key=lambda one: one[0])
    if a_words == b_words:
        body = b
    return Measures(
        a_words=a_words,
        b_words=b_words,
        a_covered=_matched(how_a),
        b_covered=_matched(how_b),
        shared=len(pairs),
        quoted=sum(is_quoted(matches, i, j) for i, j in pairs),
        doubtful=sum(a.doubtful[i] or b.doubtful[j] for i, j in pairs),
        long_words=sum(words for _, words in long),
        long_prose=sum(_prose_of(matches, passage) for passage, _ in long),
        a_hits=len(hits),
        a_first=hits[0][0] - before if hits else 0,
        a_end=hits[-1][0] + 1 + after if hits else 0,
        shared_shingles=_shared_shingles(matches),
        a_shingles=max(len(a.hashes) - rule.shingle_words + 1, 1),
        b_shingles=max(len(b.hashes) - rule.shingle_words + 1, 1),
        identical=int(identical),
        a_reach=hits[-1][1] - hits[0][1] + 1 if hits else 0,
        solid_prose=max(
            # Even a line without a full stop, a sentence cut short, was copied as prose here.
            (
                _prose_of(matches, passage, doubtful=True)
                for passage, words in long
                if words >= rule.overlap_words
            ),
            default=0,
        ),
        smaller_weight=_weight(smaller, min(sum(body.single), smaller)) if pairs else 0,
        a_exact=len(exact) or (len(a.hashes) if identical else 0),
        b_exact=len(exact) or (len(b.hashes) if identical else 0),
        unlike=sum(a.quoted[i] != b.quoted[j] or a.doubtful[i] != b.doubtful[j] for i, j in exact),
    )


def _pairs(matches: Matches, first: int, last: int) -> list[tuple[int, int]]:
    """Return matched words, those of b from ``first`` to before ``last``."""
    words = enumerate(matches.to_a[first:last], first)
    return [(i, j) for j, i in words if i is not None]


def _words_of(matches: Matches, passage: Passage) -> int:
    """Words of a passage with a counterpart."""
    inside = _pairs(matches, passage.b_first, passage.b_last + 1)
    return _weight(passage.words, sum(matches.b.single[j] for _, j in inside))


def _prose_of(matches: Matches, passage: Passage, *, doubtful: bool = False) -> int:
    """Of those, the ones that are prose; in doubtful lines, too, where asked for."""
    a, b = matches.a, matches.b
    plain = [
        b.single[j]
        for i, j in _pairs(matches, passage.b_first, passage.b_last + 1)
        if is_prose(matches, i, j) and (doubtful or not (a.doubtful[i] or b.doubtful[j]))
    ]
    return _weight(len(plain), sum(plain))


def _weight(words: int, single: int) -> int:
    """Words that tokens stand for: of Chinese and the like a word is 1.75 characters or so."""
    return words - single * 3 // 7


def _matched(how: list[Found]) -> int:
    return sum(found != Found.UNMATCHED for found in how)


def _counted(body: Body, how: list[Found]) -> list[int]:
    """Return the words that count: doubtful ones only where they match."""
    return [k for k, found in enumerate(how) if found != Found.UNMATCHED or not body.doubtful[k]]


def _bridge(how: list[Found], stretches: list[tuple[int, int]]) -> list[Found]:
    bridged = list(how)
    for first, last in stretches:
        for k in range(first, last + 1):
            if bridged[k] == Found.UNMATCHED:
                bridged[k] = Found.BRIDGED
    return bridged


def _cover_sentences(body: Body, rule: AlignRule, how: list[Found]) -> list[Found]:
    """Count a sentence whole when most of it stands in the other story: edited, not added."""
    covered: list[Found] = []
    for _, group in groupby(range(len(how)), key=body.sentences.__getitem__):
        places = list(group)
        found = [how[k] for k in places]
        words = _matched(found)
        length = _weight(len(found), sum(body.single[k] for k in places))
        enough = max(1, rule.sentence_share * len(found))
        if length <= ALIGN.longest_sentence and words >= enough:
            found = [Found.SENTENCE if one == Found.UNMATCHED else one for one in found]
        covered += found
    return covered


def _stands_in_passage(found: Found) -> bool:
    return found not in {Found.UNMATCHED, Found.SENTENCE}


def _edited_edges(
    to_b: list[int | None], how_a: list[Found], how_b: list[Found]
) -> tuple[int, int]:
    """Count words of edited sentences, on both sides, before the first hit and after the last.

    Where the first hits of both bodies, or the last, are not each other's counterparts: 0.
    """
    hits_a, hits_b = (
        [k for k, found in enumerate(how) if _stands_in_passage(found)] for how in (how_a, how_b)
    )
    if not hits_a or not hits_b:
        return 0, 0
    before = min(how_a[: hits_a[0]].count(Found.SENTENCE), how_b[: hits_b[0]].count(Found.SENTENCE))
    after = min(
        how_a[hits_a[-1] + 1 :].count(Found.SENTENCE), how_b[hits_b[-1] + 1 :].count(Found.SENTENCE)
    )
    return (
        before if to_b[hits_a[0]] == hits_b[0] else 0,
        after if to_b[hits_a[-1]] == hits_b[-1] else 0,
    )


def _shared_shingles(matches: Matches) -> int:
    """Count the shingles of b whose words all stand side by side in a too."""
    words = matches.rule.shingle_words

    def side_by_side(j: int) -> bool:
        exact = all(found == Found.EXACT for found in matches.how_b[j : j + words])
        first = matches.to_a[j]
        places = matches.to_a[j : j + words]
        return exact and first is not None and places == list(range(first, first + words))

    return sum(side_by_side(j) for j in range(len(matches.to_a) - words + 1))
