"""Shares for readers."""

from __future__ import annotations

_JUST_BELOW = 0.9999  # as results write shares: with four decimals


def told_share(share: float | None, exact: float | None = None) -> float | None:
    """Return a share as it may be told: below 1 where a word is missing.

    Parameters
    ----------
    share : float, optional
        Coverage, 0-1; words that were edited inside a passage count in it. None stays None.
    exact : float, optional
        Share of words that stand equal, 0-1.
    """
    if share is None or exact is None or exact >= 1:
        return share
    return min(share, _JUST_BELOW)


def percent(share: float, exact: float | None = None) -> str:
    """Write a share in 0-1 for a reader: never 100% or 0% of what is not all or nothing.

    Parameters
    ----------
    share : float
        0-1.
    exact : float, optional
        Of a coverage, the share of words that stand equal; below 1 no 100% is told.

    Examples
    --------
    >>> percent(0.999), percent(1.0), percent(0.004), percent(0.156), percent(1.0, exact=0.97)
    ('99%', '100%', '1%', '16%', '99%')
    """
    share = told_share(share, exact) or 0.0
    if 0 < share < 1:
        share = min(max(share, 0.01), 0.99)
    return f"{share * 100:.0f}%"
