"""The numbers in the kernels that decide results and are no settings: one table for both versions.

The native kernels are compiled from this table, the reference reads it, and the digests of what was
made cover it, so that an index refuses what other numbers would have made. A user has no reason to
change one of them: what each is worth, and that it is needed, is measured by
``python -m benchmarks.quality.ablation``.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class TextNumbers:
    """Words, sentences, quotations and lines of one text.

    Attributes
    ----------
    abbreviation_letters : int
        A capitalised word of at most so many letters before a full stop ends no sentence.
    flowing_words : int
        A line of more words is taken sentence by sentence.
    long_quotation, long_open_quotation, long_lost_quotation : int
        Words in quotation marks from which on a mark was lost: closed, not before the line ends, or
        neither there nor opened again on the next line.
    post_words, name_bytes, handle_bytes, date_words : int
        An embedded post: its words before the signature at most, and what its signature has.
    speaker_words : int
        Words before a colon that name who speaks in a transcript.
    list_words, list_name_words, particle_letters : int
        A list of links inside a paragraph, the name with which it begins, and letters of a small
        word inside it: "Ada van Loon".
    """

    abbreviation_letters: int = 4
    flowing_words: int = 150
    long_quotation: int = 200
    long_open_quotation: int = 100
    long_lost_quotation: int = 40
    post_words: int = 60
    name_bytes: int = 80
    handle_bytes: int = 24
    date_words: int = 4
    speaker_words: int = 4
    list_words: int = 90
    list_name_words: int = 6
    particle_letters: int = 3


@dataclass(frozen=True)
class DamageNumbers:
    """When a raw text is looked at closely, and when letters stand in for damaged words.

    Attributes
    ----------
    least_wraps, shortest_line, longest_line : int
        Breaks inside paragraphs, and bytes of a line, of a text that may be wrapped.
    first_look, enough_letters : int
        Letters of a text by which it is known: one that looks sound, any.
    sound, odd, least_odd : int
        Letters for one odd triple, more in a sound text, fewer in a damaged one; odd triples.
    heavily, clearly, mildly : int
        Letters for one odd triple below which one stretch in `sampled`, 8 or 16 is a fingerprint,
        not 32.
    sampled, words_a_stretch : int
        Of the most damaged texts one stretch in so many is a fingerprint; two texts are aligned by
        letters where they share more than one for so many words of the smaller one.
    course : int
        Words by which a shared stretch may be nearer to the one before it in one text than in the
        other, or farther, to count: those shared by chance stand anywhere.
    stretch, seed_letters : int
        Letters of a fingerprint, and of a run at which alignment begins.
    misread_dice : float
        As the setting ``word_dice``, of damaged words.
    letter_share : int
        Runs found by letters are at least one word in so many of the smaller text.
    """

    least_wraps: int = 3
    shortest_line: int = 20
    longest_line: int = 200
    first_look: int = 300
    enough_letters: int = 1000
    sound: int = 110
    odd: int = 76
    least_odd: int = 4
    heavily: int = 18
    clearly: int = 30
    mildly: int = 50
    stretch: int = 16
    seed_letters: int = 8
    sampled: int = 4
    words_a_stretch: int = 256
    course: int = 16
    misread_dice: float = 0.45
    letter_share: int = 16


@dataclass(frozen=True)
class LineNumbers:
    """What a line is by itself; words, where nothing else is said.

    Attributes
    ----------
    prose_words, prose_within : int
        Words of a line of prose, and lines after a credit within which one follows.
    credit_words, short_credit_words : int
        A credit has at most so many; without an agency.
    caption_least, caption_most, caption_usual : int
        A caption by what it says; one that has a date only, or a credit behind it.
    credited_least : int
        Of a line that a credit belongs to.
    picture_within, side_words : int
        "In this undated handout photo"; "second from left".
    twin_words, twin_lines : int
        Equal words of lines that are printed twice, and the lines between which they stand.
    player_lines, gallery_lines : int
        Lines around a video player, and between the buttons of a gallery.
    titled_lines : int
        Lines that begin as galleries do, from which on they are one.
    listed_words : int
        Of a list of headlines on one line; each headline has a third of them at least.
    contact_words : int
        Of a note with an address to write to.
    long_page : int
        Lines of a page from which on it is not asked what it prints with others.
    """

    prose_words: int = 12
    prose_within: int = 40
    credit_words: int = 9
    short_credit_words: int = 5
    caption_least: int = 8
    caption_most: int = 140
    caption_usual: int = 90
    credited_least: int = 5
    picture_within: int = 14
    side_words: int = 3
    twin_words: int = 8
    twin_lines: int = 2
    player_lines: int = 12
    gallery_lines: int = 8
    titled_lines: int = 3
    listed_words: int = 12
    contact_words: int = 80
    long_page: int = 256


@dataclass(frozen=True)
class SketchNumbers:
    """What stands for a short body.

    Attributes
    ----------
    flash : int
        Words below which every shingle is a fingerprint.
    short_body : int
        Words below which a fingerprint says nothing of what stands around it.
    """

    flash: int = 32
    short_body: int = 128


@dataclass(frozen=True)
class AlignNumbers:
    """Which words of two bodies count as shared.

    Attributes
    ----------
    most_positions : int
        Places of one run of ``seed_words`` that are tried.
    few_words : int
        Fewer equal words in all, and less than a quarter of the smaller body, are no evidence.
    longest_sentence : int
        Words; longer ones never count whole.
    rarely, often : int
        Words for one of speech ("I", "we", "you"): fewer make prose a quotation.
    """

    most_positions: int = 64
    few_words: int = 12
    longest_sentence: int = 80
    rarely: int = 50
    often: int = 20


@dataclass(frozen=True)
class CreditNumbers:
    """Where agencies are named.

    Attributes
    ----------
    context : int
        Bytes of the line looked at on either side of a name.
    bracket_reach : int
        Bytes between a bracket and a name inside it.
    """

    context: int = 160
    bracket_reach: int = 40


@dataclass(frozen=True)
class FactNumbers:
    """Which facts stand opposite each other, and which only one story has; words.

    Attributes
    ----------
    seed_words : int
        Of a run at which facts are aligned.
    gap_words : int
        Longer gaps between runs are not aligned word by word.
    slot_words : int
        A longer gap is other prose, no slot.
    around, around_characters, near : int
        Of so many words, or characters, on either side of a slot so many are equal.
    near_edge, edge_words : int
        Where a slot begins or ends a text: equal words on its other side, and its own at most.
    many_names : int
        Words of names on both sides from which on a slot counts twice: two persons.
    list_numbers : int
        Other numbers on both sides of a longer gap that make it a list.
    short_words : int
        Of both texts, up to which what is opposite counts though the other text has it, too.
    block_words, opening_words, opening_part : int
        Of both texts before whose equal end other openings may stand; of these, and their part of
        the smaller body at least.
    alike : int
        Percent from which on two fillers are one in two spellings.
    most_letters : int
        Of a filler that is held against another.
    stem, prefix : int
        Letters by which a word is known to a text, and by which two are forms of one name.
    negated_words : int
        Of a gap's two sides, at most, where a negation on one of them turns the sense.
    unit_within : int
        Words behind a number within which its unit stands.
    entry_words : int
        Of a line that may be an entry of a list.
    lead_words, notice_words : int
        Of a sentence taken for furniture whose own facts count: with prose behind it, with none.
    """

    seed_words: int = 4
    gap_words: int = 64
    slot_words: int = 20
    around: int = 6
    around_characters: int = 8
    near: int = 2
    near_edge: int = 4
    edge_words: int = 8
    many_names: int = 4
    list_numbers: int = 3
    short_words: int = 80
    block_words: int = 120
    opening_words: int = 8
    opening_part: int = 8
    alike: int = 65
    most_letters: int = 128
    stem: int = 5
    prefix: int = 3
    negated_words: int = 4
    unit_within: int = 3
    entry_words: int = 12
    lead_words: int = 8
    notice_words: int = 12


@dataclass(frozen=True)
class Numbers:
    """All numbers of the kernels."""

    text: TextNumbers
    damage: DamageNumbers
    lines: LineNumbers
    sketch: SketchNumbers
    align: AlignNumbers
    facts: FactNumbers
    credit: CreditNumbers

    def table(self) -> dict[str, float]:
        """Return ``stage.name`` -> value."""
        return {
            f"{stage}.{name}": value
            for stage, numbers in asdict(self).items()
            for name, value in numbers.items()
        }


NUMBERS = Numbers(
    TextNumbers(),
    DamageNumbers(),
    LineNumbers(),
    SketchNumbers(),
    AlignNumbers(),
    FactNumbers(),
    CreditNumbers(),
)
TEXT, DAMAGE, LINES = NUMBERS.text, NUMBERS.damage, NUMBERS.lines
SKETCH, ALIGN, FACTS = NUMBERS.sketch, NUMBERS.align, NUMBERS.facts
CREDIT = NUMBERS.credit


def number_table() -> dict[str, float]:
    """Return ``stage.name`` -> value, as the kernels use them."""
    return NUMBERS.table()
