"""How much of the affect that is aimed at reaches the music: the arms of the controller's ablation."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal

import numpy as np

from affectlab.errors import InvalidPlan
from affectlab.music.learned.steer import AFTER, BEATS, BEFORE, GLOBAL, LOCAL, Steer
from affectlab.music.mapping import checked, density_of, dynamics_of
from affectlab.music.score import Aim, MusicControl

Follow = Literal["nothing", "first", "newest"]


@dataclass(frozen=True, slots=True)
class Arm:
    """What is told of the controls.

    Parameters
    ----------
    globally
        Which control the global prefix tells of, "nothing" to leave it out.
    locally
        Whether the local branch sees the trajectory around each beat.
    edge
        Which control tempo, dynamics, articulation, density, mode and choice of instruments follow. With
        "nothing" they are those of a valence and arousal of 0, the mode is drawn by seed, and only a tempo
        that the first control gives in so many words is kept. Instruments that are asked for by name come
        in every arm.
    curve
        Whether the loudness that the newest control gives in so many words is performed: it is part of the
        trajectory. Else arousal decides.
    """

    globally: Follow
    locally: bool
    edge: Follow
    curve: bool


ARMS: Mapping[str, Arm] = MappingProxyType(
    {
        "none": Arm("nothing", False, "nothing", False),
        "static": Arm("first", False, "first", False),
        "global": Arm("newest", False, "newest", False),
        "local": Arm("nothing", True, "newest", True),
        "full": Arm("newest", True, "newest", True),
    }
)


def checked_ahead(control: MusicControl) -> MusicControl:
    """Return `control`, or raise `InvalidPlan` naming the first value out of range, also in what is ahead."""
    checked(control)
    for aim in control.ahead:
        checked(MusicControl(aim.valence, aim.arousal, dynamics=aim.dynamics))
    if control.felt is not None and not all(-1 <= value <= 1 for value in control.felt):
        raise InvalidPlan(f"what is felt must be in [-1, 1], got {control.felt}; clip it first")
    return control


class Steering:
    """Keeps what was aimed at, and tells a network of it as its arm allows.

    Parameters
    ----------
    arm
        What is told.
    """

    def __init__(self, arm: Arm) -> None:
        self._arm = arm
        self._first: MusicControl | None = None
        self._newest: MusicControl | None = None
        self._rows: deque[list[float]] = deque(maxlen=BEFORE + 1)

    def hear(self, control: MusicControl) -> None:
        """Take the control of one more beat."""
        self._first = self._first or control
        self._newest = control
        self._rows.append(_row(_aim(control), control.felt))

    @property
    def edge(self) -> MusicControl:
        """The control that performance, density, mode and instruments follow."""
        first, newest = self._controls()
        match self._arm.edge:
            case "nothing":
                return MusicControl(0.0, 0.0, tempo_bpm=first.tempo_bpm, instruments=newest.instruments)
            case "first":
                return MusicControl(
                    first.valence,
                    first.arousal,
                    first.tempo_bpm,
                    first.density,
                    first.dynamics,
                    newest.instruments,
                )
            case "newest":
                return newest if self._arm.curve else replace(newest, dynamics=None)

    @property
    def density(self) -> float:
        """The texture density in [0, 1] that the notes follow."""
        edge = self.edge
        return density_of(edge.arousal) if edge.density is None else edge.density

    @property
    def mode_valence(self) -> float | None:
        """The valence that chooses the mode, None where it is drawn by seed."""
        return None if self._arm.edge == "nothing" else self.edge.valence

    def steer(self, beats_on: int) -> Steer:
        """Tell of the beat that comes so many beats after the one the newest control was given for: 0 or 1.

        The rows before it hold what was aimed at in each; its own row and those after it hold what the
        control has ahead, and beyond that its last aim. What the listener feels is unknown after the beat.
        """
        first, newest = self._controls()
        told = {"nothing": None, "first": first, "newest": newest}[self._arm.globally]
        globally = None if told is None else _global(told)
        if not self._arm.locally:
            return Steer(globally)
        past = list(self._rows)[: len(self._rows) - 1 + beats_on]
        past = [past[0] if past else self._rows[0]] * (BEFORE - len(past)) + past[-BEFORE:]
        aims = [_aim(newest), *newest.ahead][beats_on:] or [_aim(newest)]
        aims = (aims + [aims[-1]] * AFTER)[: AFTER + 1]
        coming = [_row(aims[0], newest.felt), *(_row(aim, None) for aim in aims[1:])]
        rows = np.array(past + coming, np.float32)
        if rows.shape != (BEATS, len(LOCAL)):
            raise AssertionError(f"the local branch sees {BEATS} beats, got {rows.shape}")
        return Steer(globally, rows)

    def _controls(self) -> tuple[MusicControl, MusicControl]:
        if self._first is None or self._newest is None:
            raise AssertionError("no control was heard")
        return self._first, self._newest


def _aim(control: MusicControl) -> Aim:
    return Aim(control.valence, control.arousal, control.dynamics)


def _row(aim: Aim, felt: tuple[float, float] | None) -> list[float]:
    dynamics = dynamics_of(aim.arousal) if aim.dynamics is None else aim.dynamics
    valence, arousal = felt or (0.0, 0.0)
    return [aim.valence, aim.arousal, dynamics, valence, arousal, float(felt is not None)]


def _global(control: MusicControl) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    density = density_of(control.arousal) if control.density is None else control.density
    values = {"valence": control.valence, "activity": control.arousal, "density": 2 * density - 1}
    return np.array([values[name] for name in GLOBAL], np.float32)
