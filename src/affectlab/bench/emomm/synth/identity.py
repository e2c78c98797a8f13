"""A synthetic person: how they look and what their voice is like."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from affectlab.bench.emomm.synth.seeds import Stream, generator

Colour = NDArray[np.float32]

_SKINS = ((255, 224, 196), (241, 194, 151), (224, 172, 128), (190, 134, 92), (141, 92, 60), (97, 63, 44))
_HAIRS = ((28, 22, 20), (60, 38, 26), (110, 72, 42), (178, 134, 84), (150, 60, 40), (170, 170, 172))


@dataclass(frozen=True, slots=True, eq=False)
class Identity:
    """What stays the same over the clips of one person.

    Parameters
    ----------
    skin, hair
        Shape (3,), RGB in [0, 1].
    width
        Of the head relative to its height.
    eyes
        Distance of each eye from the middle, in head half-heights; also moves the brows.
    mouth
        Half width of the resting mouth, in head half-heights.
    fringe
        Where the hair ends above the brows, in head half-heights.
    pitch
        Median fundamental frequency of the voice, Hz.
    tract
        Formant frequencies relative to an average adult: short vocal tracts above 1.
    breath
        Share of noise in the source.
    """

    skin: Colour
    hair: Colour
    width: float
    eyes: float
    mouth: float
    fringe: float
    pitch: float
    tract: float
    breath: float


def make_identity(stream: Stream, seed: int, speaker: int) -> Identity:
    """Draw person number `speaker`."""
    rng = generator(stream, seed, speaker, "identity")
    high = bool(rng.random() < 0.5)
    return Identity(
        skin=_near(_SKINS, rng),
        hair=_near(_HAIRS, rng),
        width=float(rng.uniform(0.74, 0.86)),
        eyes=float(rng.uniform(0.30, 0.37)),
        mouth=float(rng.uniform(0.27, 0.34)),
        fringe=float(rng.uniform(-0.62, -0.46)),
        pitch=float(rng.uniform(170, 230) if high else rng.uniform(95, 145)),
        tract=float(rng.uniform(1.06, 1.18) if high else rng.uniform(0.94, 1.04)),
        breath=float(rng.uniform(0.02, 0.08)),
    )


def _near(colours: tuple[tuple[int, int, int], ...], rng: np.random.Generator) -> Colour:
    colour = np.array(colours[rng.integers(len(colours))]) / 255 + rng.normal(0, 0.02, 3)
    return np.clip(colour, 0, 1).astype(np.float32)
