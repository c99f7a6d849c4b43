"""The kernels: native by default, the readable reference when asked for.

``DUPDETECT_KERNELS`` chooses once, at import: ``native`` (default), ``portable`` (native without
AVX2 and AVX-512) or ``reference`` (plain Python and NumPy). All three give the same bits. The
native ones are the extension module ``_dupdetect``; the reference says what each takes and gives.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from dupdetect.errors import ConfigError, KernelError
from dupdetect.kernels.numbers import NUMBERS
from dupdetect.version import VERSION

CHOICE = os.environ.get("DUPDETECT_KERNELS", "native")

if TYPE_CHECKING or CHOICE == "reference":
    from dupdetect.kernels.reference import (
        MEASURES,
        AlignRule,
        align,
        body_letters,
        buckets,
        character_spans,
        collection_key,
        company_verdicts,
        components,
        count_equal,
        damage_signs,
        facts,
        family_pairs,
        first_equal,
        furniture_spans,
        have_terms,
        jsonl_extract,
        line_status,
        line_summaries,
        look_up_postings,
        look_up_verdicts,
        mask_table,
        merge_summaries,
        minhash,
        number_table,
        own_facts,
        places_of_moved,
        postings,
        postings_of_some,
        prepare,
        printed_before,
        same_words,
        scan_credits,
        scan_lines,
        shingle,
        sign,
        sign_strings,
        sketch,
        sketch_and_split,
        split_bodies,
        string_keys,
        winnow,
    )
elif CHOICE in ("native", "portable"):
    try:
        import _dupdetect
    except ImportError as error:
        raise KernelError(
            f"the native kernels cannot be loaded: {error}; install the package with "
            "'pip install .' in its checkout, or set DUPDETECT_KERNELS=reference"
        ) from error
    if _dupdetect.VERSION != VERSION:
        raise KernelError(
            f"the native kernels are of version {_dupdetect.VERSION}, the package is {VERSION}; "
            "install the package again with 'pip install .' in its checkout"
        )
    if _dupdetect.number_table() != NUMBERS.table():
        raise KernelError(
            "the native kernels were compiled from other numbers than the package's; "
            "install the package again with 'pip install .' in its checkout"
        )
    from _dupdetect import (
        MEASURES,
        AlignRule,
        align,
        body_letters,
        buckets,
        character_spans,
        collection_key,
        company_verdicts,
        components,
        count_equal,
        damage_signs,
        facts,
        family_pairs,
        first_equal,
        furniture_spans,
        have_terms,
        jsonl_extract,
        line_status,
        line_summaries,
        look_up_postings,
        look_up_verdicts,
        mask_table,
        merge_summaries,
        minhash,
        number_table,
        own_facts,
        places_of_moved,
        postings,
        postings_of_some,
        prepare,
        printed_before,
        same_words,
        scan_credits,
        scan_lines,
        shingle,
        sign,
        sign_strings,
        sketch,
        sketch_and_split,
        split_bodies,
        string_keys,
        winnow,
    )

    if CHOICE == "portable":
        _dupdetect.use_vectors("none")
else:
    raise ConfigError(
        f"DUPDETECT_KERNELS={CHOICE}: expected native, portable or reference; unset the variable"
    )

__all__ = [
    "CHOICE",
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
