"""Shares for readers."""

from __future__ import annotations

_LEAST = 0.005  # rounded up to 1 %


def percent(share: float | None, exact: float | None = None) -> str:
    """Write a share in 0-1 for a reader: never 100% or 0% of what is not all or nothing.

    Parameters
    ----------
    share : float, optional
        0-1; a dash where it is not known.
    exact : float, optional
        Of a coverage, the share of words that stand equal; below 1 it is never written as 100%:
        words that were edited inside a passage count as covered.

    Examples
    --------
    >>> percent(0.999), percent(1.0), percent(0.004), percent(0.156), percent(1.0, exact=0.97)
    ('99%', '100%', '<1%', '16%', '99%')
    >>> percent(None)
    '–'
    """
    if share is None:
        return "–"
    all_stands = share >= 1 and (exact is None or exact >= 1)
    if 0 < share < _LEAST:
        return "<1%"
    if not all_stands:
        share = min(share, 0.99)
    return f"{share * 100:.0f}%"
