"""The report's colours: contrast, and kinds that look different to colour-blind readers."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dupdetect.views import report


def _colours(theme: str) -> dict[str, tuple[float, float, float]]:
    style = (Path(report.__path__[0]) / "style.css").read_text()
    block = re.search(theme + r" \{(.*?)\n\}", style, re.DOTALL)
    assert block is not None
    return {
        name: tuple(int(value[at : at + 2], 16) / 255 for at in (0, 2, 4))  # type: ignore[misc]
        for name, value in re.findall(r"--([a-z0-9-]+): #([0-9a-f]{6})", block[1])
    }


def _linear(colour: tuple[float, ...]) -> list[float]:
    return [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour]


def _luminance(colour: tuple[float, ...]) -> float:
    return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), _linear(colour), strict=True))


def _contrast(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


THEMES = (":root", r':root\[data-theme="dark"\]')
KINDS = ("identical", "near-duplicate", "truncation", "abridgement", "overlap")


@pytest.mark.parametrize("theme", THEMES)
def test_text_and_marks_have_the_contrast_of_wcag_aa(theme: str) -> None:
    colours = _colours(theme)
    for paper in ("paper", "card"):
        for text in ("ink", "soft", "accent"):
            assert _contrast(colours[text], colours[paper]) >= 4.5, (text, paper)
    for tint in range(6):
        assert _contrast(colours["ink"], colours[f"t{tint}"]) >= 7, tint
        assert _contrast(colours["soft"], colours[f"t{tint}"]) >= 4.5, tint
    for kind in (*KINDS, "canonical"):
        assert _contrast(colours[kind], colours["paper"]) >= 3, kind


# Machado, Oliveira and Fernandes 2009, full deficiency, on linear RGB.
DEFICIENCIES = {
    "none": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protan": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deutan": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritan": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}


def _lab(linear: list[float]) -> list[float]:
    xyz = [
        sum(w * c for w, c in zip(row, linear, strict=True)) / white
        for row, white in (
            ((0.4124, 0.3576, 0.1805), 0.9505),
            ((0.2126, 0.7152, 0.0722), 1.0),
            ((0.0193, 0.1192, 0.9505), 1.089),
        )
    ]
    x, y, z = (c ** (1 / 3) if c > 0.008856 else 7.787 * c + 16 / 116 for c in xyz)
    return [116 * y - 16, 500 * (x - y), 200 * (y - z)]


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("deficiency", DEFICIENCIES)
def test_kinds_look_different_to_a_colour_blind_reader(theme: str, deficiency: str) -> None:
    colours = _colours(theme)
    seen = {}
    for kind in KINDS:
        linear = _linear(colours[kind])
        rows = DEFICIENCIES[deficiency]
        seen[kind] = _lab(
            [
                max(0.0, min(1.0, sum(w * c for w, c in zip(row, linear, strict=True))))
                for row in rows
            ]
        )
    for one in KINDS:
        for other in KINDS:
            if one < other:
                apart = (
                    sum((p - q) ** 2 for p, q in zip(seen[one], seen[other], strict=True)) ** 0.5
                )
                assert apart >= 20, (one, other, apart)
