"""The kernels with each kind of vector instructions that this processor has."""

from __future__ import annotations

from typing import TYPE_CHECKING

import _dupdetect as native

if TYPE_CHECKING:
    from collections.abc import Iterator


def each_level() -> Iterator[str]:
    """Let the native kernels use none, then AVX2, then AVX-512, as far as there are any."""
    try:
        for most in ("none", "avx2", "avx512"):
            if native.use_vectors(most) == most:
                yield most
    finally:
        native.use_vectors("avx512")
