"""A small SVG: cost per story by stage, and peak memory, against the number of stories."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_WIDTH, _HEIGHT, _LEFT, _BOTTOM, _TOP = 760, 420, 70, 60, 40
# Okabe and Ito's colours, distinct with every kind of colour vision.
_COLOURS = (
    "#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442",
    "#999999", "#000000",
)  # fmt: skip


def _text(x: float, y: float, words: str, *, anchor: str = "middle", size: int = 12) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}">'
        f"{escape(words)}</text>"
    )


def _rectangle(
    corner: tuple[float, float], size: tuple[float, float], colour: str, title: str
) -> str:
    (x, y), (width, height) = corner, size
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" '
        f'fill="{colour}"><title>{escape(title)}</title></rect>'
    )


def _steps(largest: float) -> list[float]:
    """About five round numbers from 0 to `largest`."""
    for unit in (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0, 5000.0):
        if largest / unit <= 6:
            return [unit * n for n in range(int(largest / unit) + 2)]
    return [0.0, largest]


def stacked_bars(title: str, bars: Sequence[tuple[str, Mapping[str, float]]], *, unit: str) -> str:
    """Draw one bar a run, its stages stacked from the bottom.

    Parameters
    ----------
    title : str
    bars : sequence of (label, stage to value)
        Values are at least 0.
    unit : str
        The label of the vertical axis.

    Returns
    -------
    str
        An SVG document.
    """
    stages = list(dict.fromkeys(stage for _, parts in bars for stage in parts))
    steps = _steps(max([sum(parts.values()) for _, parts in bars] or [1.0]))
    plot_height = _HEIGHT - _BOTTOM - _TOP
    scale = plot_height / (steps[-1] or 1.0)
    ground = _HEIGHT - _BOTTOM
    right = _WIDTH - 150
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        f'font-family="sans-serif"><title>{escape(title)}</title>',
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#ffffff"/>',
        _text((_LEFT + right) / 2, 22, title, size=15),
    ]
    for step in steps:
        y = ground - step * scale
        out.append(f'<line x1="{_LEFT}" x2="{right}" y1="{y:.1f}" y2="{y:.1f}" stroke="#cccccc"/>')
        out.append(_text(_LEFT - 8, y + 4, f"{step:g}", anchor="end"))
    out.append(_text(_LEFT - 8, _TOP - 8, unit, anchor="end", size=11))
    pitch = (right - _LEFT) / max(len(bars), 1)
    for number, (label, parts) in enumerate(bars):
        x = _LEFT + pitch * (number + 0.2)
        y = float(ground)
        for stage in stages:
            value = parts.get(stage, 0.0)
            y -= value * scale
            colour = _COLOURS[stages.index(stage) % len(_COLOURS)]
            title = f"{label}, {stage}: {value:.3g} {unit}"
            out.append(_rectangle((x, y), (pitch * 0.6, value * scale), colour, title))
        out.append(_text(x + pitch * 0.3, y - 5, f"{sum(parts.values()):.3g}", size=11))
        for row, words in enumerate(label.split("\n")):
            out.append(_text(x + pitch * 0.3, ground + 18 + 15 * row, words))
    for number, stage in enumerate(reversed(stages)):
        y = _TOP + 20 * number
        colour = _COLOURS[stages.index(stage) % len(_COLOURS)]
        out.append(_rectangle((right + 14, y), (12, 12), colour, stage))
        out.append(_text(right + 32, y + 11, stage, anchor="start"))
    return "\n".join([*out, "</svg>"]) + "\n"
