"""Which instruments play: those asked for, else an ensemble that arousal chooses for some bars at a time."""

from __future__ import annotations

import numpy as np

from affectlab.music.instruments import Ensemble, assign, palette

SECTION_BARS = 8


class Cast:
    """Chooses the ensemble on bar lines.

    Parameters
    ----------
    generator
        Chooses between neighbouring palettes.
    """

    def __init__(self, generator: np.random.Generator) -> None:
        self._generator = generator
        self._bars = 0
        self._asked: tuple[str, ...] = ()
        self._ensemble: Ensemble | None = None

    def at_bar_line(self, arousal: float, asked: tuple[str, ...]) -> Ensemble:
        """Return the ensemble of the bar that begins; `asked` are known names."""
        due = self._bars % SECTION_BARS == 0 and not asked
        if self._ensemble is None or due or asked != self._asked:
            draw = float(self._generator.random())
            self._ensemble = assign(asked) if asked else palette(arousal, draw)
        self._asked = asked
        self._bars += 1
        return self._ensemble
