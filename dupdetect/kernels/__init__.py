"""The kernels: native by default, the readable reference when asked for.

``DUPDETECT_KERNELS`` chooses once, at import: ``native`` (default), ``portable`` (native without
AVX2 and AVX-512) or ``reference`` (plain Python and NumPy). All three give the same bits.
"""

from __future__ import annotations

import os

from dupdetect.errors import ConfigError

CHOICE = os.environ.get("DUPDETECT_KERNELS", "native")

if CHOICE in ("native", "portable"):
    from dupdetect._native import (
        align,
        buckets,
        components,
        count_equal,
        first_equal,
        jsonl_extract,
        line_status,
        minhash,
        postings,
        prepare,
        repeated_lines,
        scan_credits,
        scan_lines,
        shingle,
        sign,
        sign_strings,
        sketch,
        use_vectors,
        winnow,
    )

    if CHOICE == "portable":
        use_vectors("none")
elif CHOICE == "reference":
    from dupdetect.kernels.reference import (
        align,
        buckets,
        components,
        count_equal,
        first_equal,
        jsonl_extract,
        line_status,
        minhash,
        postings,
        prepare,
        repeated_lines,
        scan_credits,
        scan_lines,
        shingle,
        sign,
        sign_strings,
        sketch,
        winnow,
    )
else:
    raise ConfigError(
        f"DUPDETECT_KERNELS={CHOICE}: expected native, portable or reference; unset the variable"
    )

__all__ = [
    "CHOICE",
    "align",
    "buckets",
    "components",
    "count_equal",
    "first_equal",
    "jsonl_extract",
    "line_status",
    "minhash",
    "postings",
    "prepare",
    "repeated_lines",
    "scan_credits",
    "scan_lines",
    "shingle",
    "sign",
    "sign_strings",
    "sketch",
    "winnow",
]
