"""The ends of the Affective Slider (Betella and Verschure 2016), drawn: no words, no numbers."""

from __future__ import annotations


def _face(inside: str) -> str:
    return (
        '<svg viewBox="0 0 48 48" width="44" height="44" aria-hidden="true" fill="none" '
        'stroke="currentColor" stroke-width="2.6" stroke-linecap="round" stroke-linejoin="round">'
        f'<circle cx="24" cy="24" r="20"/>{inside}</svg>'
    )


def _dot(x: float, y: float, radius: float) -> str:
    return f'<circle cx="{x}" cy="{y}" r="{radius}" fill="currentColor"/>'


_EYES = _dot(17, 20, 1.6) + _dot(31, 20, 1.6)

SAD = _face(_EYES + '<path d="M15.500 34c2-4 5-6 8.500-6s6.500 2 8.500 6"/>')
HAPPY = _face(_EYES + '<path d="M15 28.500c2 4.500 5 6.500 9 6.500s7-2 9-6.500"/>')
SLEEPY = _face('<path d="M13 21c1.500 1.600 5 1.600 6.500 0M28.500 21c1.500 1.600 5 1.600 6.500 0M20 32h8"/>')
AWAKE = _face(
    '<circle cx="16.500" cy="20" r="4.200"/><circle cx="31.500" cy="20" r="4.200"/>'
    + _dot(16.5, 20, 1.2)
    + _dot(31.5, 20, 1.2)
    + '<ellipse cx="24" cy="33" rx="4" ry="3.600"/>'
)
