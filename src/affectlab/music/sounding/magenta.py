"""Magenta RealTime 2 as a source of sound; needs its package ``magenta-rt``, which no extra brings.

Written to the package's version 2.0 as published (``magenta_rt.MagentaRT2Jax``, and ``MagentaRT2Mlx`` on
Apple silicon: ``embed_style``, and ``generate`` with a state); it has not been run by us. Its weights are
licensed CC-BY-4.0.
"""

from __future__ import annotations

import sys
from typing import Any, Final

import numpy as np

from affectlab.errors import AudioError
from affectlab.music.pcm import Stereo
from affectlab.music.score import MusicControl
from affectlab.music.sounding.describing import quarters

SIZES: Final = ("mrt2_small", "mrt2_base")
_FRAMES: Final = 25
_STYLE: Final = "mulan_tokens_25hz"


class MagentaSource:
    """One second at a time, in the style of the quarters' descriptions blended by nearness.

    Parameters
    ----------
    system
        A ``MagentaRT2System`` of whichever back end.
    name
        For people to read.
    """

    def __init__(self, system: Any, name: str = "magenta") -> None:
        self.name = name
        self._system = system
        self._state: Any = None
        self._styles: dict[str, Any] = {}

    def next_chunk(self, control: MusicControl) -> Stereo:
        """Generate the next second under `control`, shape (48000, 2)."""
        style = sum(weight * self._style(words) for words, weight in quarters(control))
        style = np.asarray(style, dtype=np.float32)
        sound, self._state = self._system.generate(
            conditioning={_STYLE: style}, frames=_FRAMES, state=self._state
        )
        return np.asarray(sound.samples, dtype=np.float32)

    def close(self) -> None:
        """Forget the state."""
        self._state = None

    def _style(self, words: str) -> Any:
        if words not in self._styles:
            self._styles[words] = np.asarray(self._system.embed_style(words))
        return self._styles[words]


def open_magenta(size: str) -> MagentaSource:
    """Load Magenta RealTime 2.

    Raises
    ------
    AudioError
        If the package is not installed, or the size is none of `SIZES`.
    """
    if size not in SIZES:
        raise AudioError(f"magenta:{size} is not known; expected magenta:{' or magenta:'.join(SIZES)}")
    try:
        import magenta_rt
    except ImportError:
        raise AudioError("magenta-rt is not installed; it comes with: pip install magenta-rt") from None
    system = magenta_rt.MagentaRT2Mlx if sys.platform == "darwin" else magenta_rt.MagentaRT2Jax
    return MagentaSource(system(size=size), f"magenta:{size}")
