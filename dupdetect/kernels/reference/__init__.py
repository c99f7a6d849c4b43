"""The kernels in plain Python and NumPy: the same names and the same bits, written to be read.

They are the oracle of the native kernels' tests, and ``DUPDETECT_KERNELS=reference`` runs
everything on them.
"""

from __future__ import annotations

from dupdetect.kernels.numbers import number_table
from dupdetect.kernels.reference.align import align
from dupdetect.kernels.reference.bodies import (
    body_letters,
    character_spans,
    collection_key,
    mask_table,
    places_of_moved,
    same_words,
    split_bodies,
)
from dupdetect.kernels.reference.company import (
    company_verdicts,
    line_summaries,
    look_up_verdicts,
    merge_summaries,
)
from dupdetect.kernels.reference.credit import scan_credits
from dupdetect.kernels.reference.damage import damage_signs
from dupdetect.kernels.reference.facts import facts
from dupdetect.kernels.reference.furniture import furniture_spans
from dupdetect.kernels.reference.group import (
    buckets,
    components,
    family_pairs,
    look_up_postings,
    postings,
    postings_of_some,
)
from dupdetect.kernels.reference.jsonl import first_equal, jsonl_extract, string_keys
from dupdetect.kernels.reference.lines import (
    count_equal,
    have_terms,
    line_status,
    printed_before,
    scan_lines,
)
from dupdetect.kernels.reference.measure import MEASURES
from dupdetect.kernels.reference.own_facts import own_facts
from dupdetect.kernels.reference.prepare import prepare
from dupdetect.kernels.reference.runs import AlignRule
from dupdetect.kernels.reference.sketch import (
    minhash,
    shingle,
    sign,
    sign_strings,
    sketch,
    sketch_and_split,
    winnow,
)

__all__ = [
    "MEASURES",
    "AlignRule",
    "align",
    "body_letters",
    "buckets",
    "character_spans",
    "collection_key",
    "company_verdicts",
    "components",
    "count_equal",
    "damage_signs",
    "facts",
    "family_pairs",
    "first_equal",
    "furniture_spans",
    "have_terms",
    "jsonl_extract",
    "line_status",
    "line_summaries",
    "look_up_postings",
    "look_up_verdicts",
    "mask_table",
    "merge_summaries",
    "minhash",
    "number_table",
    "own_facts",
    "places_of_moved",
    "postings",
    "postings_of_some",
    "prepare",
    "printed_before",
    "same_words",
    "scan_credits",
    "scan_lines",
    "shingle",
    "sign",
    "sign_strings",
    "sketch",
    "sketch_and_split",
    "split_bodies",
    "string_keys",
    "winnow",
]
