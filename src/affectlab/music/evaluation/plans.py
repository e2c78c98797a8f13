"""What every arm is asked for: drawn by a seed, the same for all.

The kinds ask for one thing each, so that no measure depends on a demand that contradicts another:

- constant: one valence and arousal throughout, the points spread evenly over the square.
- ramp: from one mood to another in a straight line, for example calm to lively.
- jump: from one point to one on the other side of valence, of arousal or of both, in the middle.
- dynamics: a mood held, and loudness that swells or steps independently of arousal, with a tempo, a texture
  density that changes in the middle, and instruments named.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from affectlab.errors import InvalidConfig
from affectlab.music.score import Aim, MusicControl

BEATS_PER_BAR: Final = 4
BARS: Final = 24
AHEAD: Final = 8
"""Beats that a control tells of the future: as far as the learned composer's local branch looks."""

_REACH: Final = 0.9
_MOODS: Final = MappingProxyType(
    {"calm": (0.5, -0.7), "lively": (0.7, 0.7), "tense": (-0.7, 0.6), "sad": (-0.6, -0.6)}
)
_ROUTES: Final = (
    ("calm", "lively"),
    ("tense", "calm"),
    ("sad", "lively"),
    ("lively", "tense"),
    ("sad", "calm"),
    ("lively", "calm"),
    ("tense", "sad"),
    ("calm", "sad"),
)
# Which axes a jump crosses, and how far from the middle it begins and ends.
_CROSSED: Final = ((True, False), (False, True), (True, True))
_JUMP: Final = (0.5, 0.8)
_INSTRUMENTS: Final = (("piano", "strings"), ("flute", "harp"), ("guitar", "cello"), ("clarinet", "piano"))
_TEMPI: Final = (60.0, 110.0)
_DENSITIES: Final = (0.2, 0.7)
_LOUDNESS: Final = (0.2, 0.85)
_LEAST_STEP: Final = 0.2

Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Plan:
    """One thing to ask for.

    Parameters
    ----------
    name
        ``"jump-03"``.
    kind
        One of `KINDS`.
    seed
        For the composer.
    controls
        One for each beat.
    changes
        Beats at which the target jumps.
    """

    name: str
    kind: str
    seed: int
    controls: tuple[MusicControl, ...]
    changes: tuple[int, ...] = ()

    @property
    def targets(self) -> Matrix:
        """Requested valence and arousal, shape (beats, 2)."""
        return np.array([(control.valence, control.arousal) for control in self.controls])

    @property
    def dynamics(self) -> Matrix | None:
        """Requested loudness of each beat in [0, 1], shape (beats,); None where arousal decides."""
        asked = [control.dynamics for control in self.controls if control.dynamics is not None]
        return np.array(asked) if len(asked) == len(self.controls) else None


@dataclass(frozen=True, slots=True, eq=False)
class _Draw:
    """Which plan of its kind, its point in the unit square, its length and its generator."""

    index: int
    point: NDArray[np.float64]
    beats: int
    rng: np.random.Generator

    @property
    def mood(self) -> Matrix:
        """The point, spread over the square of moods."""
        return (2 * self.point - 1) * _REACH


def draw_plans(n: int, *, bars: int = BARS, seed: int = 0) -> tuple[Plan, ...]:
    """Draw `n` plans of `bars` bars of four beats, shared evenly among `KINDS`.

    Raises
    ------
    InvalidConfig
        If there are fewer plans than kinds, or fewer than eight bars.
    """
    if n < len(KINDS) or bars < 8:
        raise InvalidConfig(
            f"need at least {len(KINDS)} plans of at least 8 bars, got {n} of {bars}; raise --n or --bars"
        )
    shares = [len(part) for part in np.array_split(np.arange(n), len(KINDS))]
    generators = np.random.default_rng(seed).spawn(len(KINDS))
    return tuple(
        plan
        for kind, share, rng in zip(KINDS, shares, generators, strict=True)
        for plan in _of_kind(kind, share, bars * BEATS_PER_BAR, rng)
    )


def _of_kind(kind: str, count: int, beats: int, rng: np.random.Generator) -> list[Plan]:
    from scipy.stats.qmc import Sobol

    points = Sobol(2, rng=rng).random_base2(max(int(np.ceil(np.log2(max(count, 1)))), 0))[:count]
    draws = [_Draw(index, point, beats, rng) for index, point in enumerate(points)]
    plans = []
    for draw in draws:
        name, seed = f"{kind}-{draw.index:02}", int(rng.integers(2**31))
        changes = (beats // 2,) if kind == "jump" else ()
        plans.append(Plan(name, kind, seed, _looking_ahead(_MAKERS[kind](draw)), changes))
    return plans


def _constant(draw: _Draw) -> list[MusicControl]:
    return _moods(np.tile(draw.mood, (draw.beats, 1)))


def _ramp(draw: _Draw) -> list[MusicControl]:
    origin, goal = (np.array(_MOODS[name]) for name in _ROUTES[draw.index % len(_ROUTES)])
    strength = 0.7 + 0.5 * draw.point[0]
    share = np.linspace(0, 1, draw.beats)[:, None]
    return _moods(np.clip(strength * (origin + share * (goal - origin)), -1, 1))


def _jump(draw: _Draw) -> list[MusicControl]:
    # The signs run through all four quadrants for each of the axes crossed.
    quadrant = draw.index // len(_CROSSED)
    signs = np.array([1 - 2 * (quadrant % 2), 1 - 2 * (quadrant // 2 % 2)])
    before = signs * (_JUMP[0] + draw.point * (_JUMP[1] - _JUMP[0]))
    after = np.where(_CROSSED[draw.index % len(_CROSSED)], -before, before)
    half = draw.beats // 2
    return _moods(np.concatenate([np.tile(before, (half, 1)), np.tile(after, (draw.beats - half, 1))]))


def _dynamics(draw: _Draw) -> list[MusicControl]:
    curve = _swells(draw) if draw.index % 2 == 0 else _terraces(draw)
    low, high = _LOUDNESS
    valence, arousal = (0.5 * draw.mood).tolist()
    tempo = float(round(draw.rng.uniform(*_TEMPI)))
    densities = _DENSITIES if draw.rng.random() < 0.5 else _DENSITIES[::-1]
    return [
        MusicControl(
            valence,
            arousal,
            tempo_bpm=tempo,
            density=densities[0] if beat < draw.beats // 2 else densities[1],
            dynamics=low + (high - low) * float(share),
            instruments=_INSTRUMENTS[draw.index // 2 % len(_INSTRUMENTS)],
        )
        for beat, share in enumerate(curve)
    ]


def _swells(draw: _Draw) -> Matrix:
    """Return one and a half to three swells, in [0, 1]."""
    cycles, phase = draw.rng.uniform(1.5, 3.0), draw.rng.uniform(0, 2 * np.pi)
    return np.asarray(0.5 + 0.5 * np.sin(phase + 2 * np.pi * cycles * np.arange(draw.beats) / draw.beats))


def _terraces(draw: _Draw) -> Matrix:
    """Return six levels in [0, 1], each held, neighbours well apart."""
    levels = [float(draw.rng.random())]
    while len(levels) < 6:
        level = float(draw.rng.random())
        if abs(level - levels[-1]) > _LEAST_STEP:
            levels.append(level)
    return np.repeat(levels, int(np.ceil(draw.beats / len(levels))))[: draw.beats]


def _moods(targets: Matrix) -> list[MusicControl]:
    return [MusicControl(valence, arousal) for valence, arousal in targets.tolist()]


def _looking_ahead(controls: Sequence[MusicControl]) -> tuple[MusicControl, ...]:
    """Tell each beat what the next ones are to express."""
    aims = [Aim(control.valence, control.arousal, control.dynamics) for control in controls]
    return tuple(
        replace(control, ahead=tuple(aims[beat + 1 : beat + 1 + AHEAD]))
        for beat, control in enumerate(controls)
    )


_MAKERS: Final[MappingProxyType[str, Callable[[_Draw], list[MusicControl]]]] = MappingProxyType(
    {"constant": _constant, "ramp": _ramp, "jump": _jump, "dynamics": _dynamics}
)
KINDS: Final = tuple(_MAKERS)
