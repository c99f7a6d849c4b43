"""What can be switched off besides settings: numbers of the kernels, constants, words.

None of this is offered to users; a process that measures changes it in place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from importlib import import_module
from typing import Any

import _dupdetect

from dupdetect import kernels
from dupdetect.stages import align, furniture, languages, notices

_NEVER = 10**9
_COMPANY = ("stages.furniture", "_COMPANY")


@dataclass(frozen=True)
class Switch:
    """One rule off.

    Attributes
    ----------
    name : str
        Of the rule.
    numbers : mapping
        Of the kernels: ``stage.name`` -> value.
    constants : mapping
        (module, name) -> value; for a frozen dataclass a mapping of its fields.
    words : tuple of str
        Part and kind of a list of words that is left out, such as ``("phrases", "sharing")``.
    """

    name: str
    numbers: Mapping[str, float] = field(default_factory=dict)
    constants: Mapping[tuple[str, str], Any] = field(default_factory=dict)
    words: tuple[str, ...] = ()


def _company(name: str, **fields: int) -> Switch:
    return Switch(f"repetition: {name}", constants={_COMPANY: fields})


def _number(name: str, **numbers: float) -> Switch:
    return Switch(name, {key.replace("__", ".", 1): value for key, value in numbers.items()})


def _constant(name: str, module: str, **constants: Any) -> Switch:  # noqa: ANN401
    return Switch(name, constants={(module, key): value for key, value in constants.items()})


_IN_CODE = (
    _constant("phrases", "stages.furniture", _WORDED=0),
    _constant("credits and captions", "stages.furniture", _PAGE=0),
    _constant("captions", "stages.furniture", _CAPTION_WORDS=0),
    _constant("captions in a row", "stages.furniture", _CAPTION_LINES=64),
    _constant("least body", "stages.furniture", _LEAST_BODY=0),
    _constant("short runs", "stages.align", _NEAR_WORDS=0),
    _constant("runs on one course", "stages.align", _NEAR_DIAGONAL=10_000),
    _constant("runs of eight words", "stages.align", _RUN_WORDS=4),
    _constant("bridges", "stages.align", _BRIDGE_WORDS=0),
    _constant("gaps", "stages.align", _GAP_WORDS=0),
    _constant("quoted reports", "stages.align", _REUSED_WORDS=1_000_000),
    _constant("overlaps: runs", "stages.align", _PASSAGE_WORDS=0),
    _constant("near-duplicates: lengths alike", "stages.relate", _ALIKE=100.0),
    _constant("short stories", "stages.relate", _PROSE_SHARE=1.0),
    _constant("overlaps: least prose", "stages.relate", _LEAST_PROSE=0),
    _constant("prose with quotations", "stages.relate", _SOLID_PROSE=10_000),
    _constant("kept: density", "stages.relate", _DENSE=0.0),
    _constant("kept: edges", "stages.relate", _EDGE=0.0),
    _constant("extended stories", "stages.forest", _EXTENDED=2.0),
    _constant(
        "round-ups",
        "stages.roundups",
        _MORE_PRINTED=_NEVER,
        _MANY_PARTS=_NEVER,
        _PART_SHARE=float(_NEVER),
        _WOVEN=0.0,
    ),
    _number("abbreviations", text__abbreviation_letters=0),
    _number("long lines by sentences", text__flowing_words=_NEVER),
    _number(
        "long quotations are none", text__long_quotation=_NEVER, text__long_open_quotation=_NEVER
    ),
    _number("open quotations are shorter", text__long_open_quotation=200),
    _number("embedded posts", text__handle_bytes=0),
    _number("posts of few words", text__post_words=_NEVER),
    _number("names before handles", text__name_bytes=10_000),
    _number("dates behind handles", text__date_words=0),
    _number("transcripts", text__speaker_words=0),
    _number("transcripts: names of several words", text__speaker_words=1),
    _number("lists of links", text__list_words=0),
    _number("lists of links: short names", text__list_name_words=1),
    _number("lists of links: names with small words", text__particle_letters=0),
    _number("letters of scans", damage__least_odd=_NEVER),
    _number("letters of scans: sound texts are left early", damage__first_look=1000),
    _number(
        "letters of scans: density by damage",
        damage__heavily=0,
        damage__clearly=0,
        damage__mildly=0,
    ),
    _number("letters of scans: aligned", damage__letter_share=0),
    _number("letters of scans: words misread twice", damage__misread_dice=0.6),
    _number("credits", lines__credit_words=0),
    _number("credits without an agency", lines__short_credit_words=0),
    _number("captions before credits", lines__credited_least=_NEVER),
    _number("captions before credits: of any length", lines__credited_least=1),
    _number("captions before credits: prose follows", lines__prose_within=_NEVER),
    _number("captions by what they say", lines__caption_most=0),
    _number("captions of eight words or more", lines__caption_least=1),
    _number("long captions need more", lines__caption_usual=140),
    _number("pictures soon after an opening", lines__picture_within=_NEVER),
    _number("second from left", lines__side_words=0),
    _number("letters of scans: stretches for long texts", damage__words_a_stretch=_NEVER),
    _number("letters of scans: stretches one after the other", damage__course=_NEVER),
    _number("quotations without an end are shorter", text__long_lost_quotation=100),
    _number("lists of links: whole headlines", lines__listed_words=0),
    _number("facts: slots at the ends of texts", facts__edge_words=0),
    _number("facts: equal words at the ends", facts__near_edge=0),
    _number("facts: other prose is no slot", facts__slot_words=_NEVER),
    _number("facts: equal words around a slot", facts__around=0, facts__around_characters=0),
    _number("facts: equal words next to a slot", facts__near=0),
    _number("facts: two persons are two slots", facts__many_names=_NEVER),
    _number("facts: lists of other figures", facts__list_numbers=_NEVER),
    _number("facts: short texts", facts__short_words=0),
    _number("facts: other openings", facts__block_words=_NEVER),
    _number("facts: openings of a few words", facts__opening_words=0, facts__opening_part=_NEVER),
    _number("facts: spellings of one word", facts__alike=101),
    _number("facts: forms of one word", facts__stem=100, facts__prefix=100),
    _number("facts: units", facts__unit_within=0),
    _number("facts: negations among other words", facts__negated_words=1),
    _number("facts: entries of lists", facts__entry_words=0),
    _number("facts: sentences taken for furniture", facts__lead_words=_NEVER),
    _number("facts: such sentences at the end", facts__notice_words=_NEVER),
    _number("lines printed twice", lines__twin_words=_NEVER),
    _number("lines printed twice with one between", lines__twin_lines=1),
    _number("video players", lines__player_lines=0),
    _number("galleries: captions between buttons", lines__gallery_lines=0),
    _number("galleries: titles", lines__titled_lines=_NEVER),
    _number("notes with an address", lines__contact_words=0),
    _number("long pages have no company", lines__long_page=_NEVER),
    _number("short bodies: every shingle", sketch__flash=0),
    _number("short bodies: whatever surrounds", sketch__short_body=0),
    _number("few words are no evidence", align__few_words=0),
    _number("long sentences do not count whole", align__longest_sentence=_NEVER),
    _number("speech: rarely is prose", align__rarely=0),
    _number("speech: often is speech", align__often=0),
    _company("of one publisher", same=_NEVER),
    _company("of all", any=_NEVER),
    _company("of unknown publishers", unknown=_NEVER),
    _company("often", often=_NEVER),
    _company("over days", apart_days=_NEVER),
    _company("often, or over days", often=_NEVER, apart_days=_NEVER),
    _company("standing", weeks=_NEVER, often=_NEVER),
    _company("standing over weeks", weeks=_NEVER),
    _company("longer lines count", line_words=0),
    _company("one bar", little=100),
    _constant("near-duplicates: lengths", "stages.relate", _MOST_COVERED=_NEVER),
    _constant("templates: short characters", "stages.relate", _FEW_WORDS=0),
    _constant("templates: figures alone", "stages.relate", _FIGURES_PER_100=_NEVER),
    _constant("class leaders by words", "stages.propose", _ALIKE=0.0),
    _constant("heads of groups", "stages.heads", _MOST_HEADS=_NEVER),
    _constant("containers weighed", "stages.forest", _MOST_CONTAINERS=1),
    _constant("survivor: doubled texts", "stages.clean", _LONGER=_NEVER),
    _constant("survivor: whole copies", "stages.clean", _HOLDS=0.0),
    _constant("round-ups: parts", "stages.roundups", _MANY_PARTS=_NEVER),
    _constant("round-ups: woven", "stages.roundups", _WOVEN=0.0),
    _constant("wrapped lines", "corpus.mend.wraps", _LEAST=_NEVER),
    _constant("wrapped lines: hyphens", "corpus.mend.wraps", _HYPHENATED=2.0),
    _constant("wrapped lines: not at stops", "corpus.mend.wraps", _MOST_ENDS=1.0, _MOST_STOPS=1.0),
    _constant("wrapped lines: small letters follow", "corpus.mend.wraps", _LEAST_SMALL=0.0),
    _constant("wrapped lines: most breaks", "corpus.mend.wraps", _SHARE=0.0),
    _constant("lost letters", "corpus.mend.lost", _LEAST_WORDS=_NEVER),
    _constant("encodings read twice", "corpus.mend.encodings", _MOST_TIMES=0),
    _constant("encodings: one sequence is chance", "corpus.mend.encodings", _SEVERAL=0),
    _constant("quoted-printable", "corpus.mend.encodings", _LEAST_SIGNS=_NEVER),
)


def in_code() -> tuple[Switch, ...]:
    """Give every rule that has no setting, lists of words last."""
    parts = ("phrases", "terms", "notices")
    lists = [(part, kind) for part in parts for kind in languages.words_of(part)]
    return (*_IN_CODE, *(Switch(f"{part}: {kind}", words=(part, kind)) for part, kind in lists))


@contextmanager
def off(switch: Switch) -> Iterator[None]:
    """Have a rule switched off in this process for a while."""
    usual = kernels.number_table()
    undo = []
    for number, value in switch.numbers.items():
        _dupdetect.change_number(number, min(value, 2**31 - 1))
    for (module, name), value in switch.constants.items():
        home = import_module(f"dupdetect.{module}")
        before = getattr(home, name)
        undo.append((home, name, before))
        setattr(home, name, replace(before, **value) if isinstance(value, dict) else value)
    if switch.words:
        for home in (furniture, notices):
            undo.append((home, "words_of", languages.words_of))
            vars(home)["words_of"] = _without(*switch.words)
    _forget()
    try:
        yield
    finally:
        for number in switch.numbers:
            _dupdetect.change_number(number, usual[number])
        for home, name, before in undo:
            setattr(home, name, before)
        _forget()


def _without(part: str, kind: str) -> Any:  # noqa: ANN401
    def words_of(wanted: str, language: str | None = None) -> dict[str, tuple[str, ...]]:
        found = languages.words_of(wanted, language)
        return {k: texts for k, texts in found.items() if (wanted, k) != (part, kind)}

    return words_of


def _forget() -> None:
    """Have what was made of words made anew."""
    furniture.terms.cache_clear()
    for module in (align, notices):
        for value in vars(module).values():
            if hasattr(value, "cache_clear"):
                value.cache_clear()
