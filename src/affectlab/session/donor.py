"""Whose states steer a sham session."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np

from affectlab.affect import AffectState
from affectlab.decoding import without_prior
from affectlab.errors import InvalidConfig
from affectlab.session.config import SessionConfig
from affectlab.session.events import StateEvent
from affectlab.session.recording import Recording

ANOTHER_LISTENER = 100_003
"""Added to the seed of a simulated session to simulate its donor."""


def donor_states(
    config: SessionConfig, simulate: Callable[[SessionConfig], list[StateEvent]]
) -> tuple[AffectState, ...]:
    """Return the decoded states of another session, empty for arms that need none.

    They come from the recording at `config.sham_from`; without one, a simulated session is yoked to another
    simulated listener by `simulate`.

    Raises
    ------
    InvalidConfig
        If a sham session with real EEG names no recording, or the donor holds no decoded state.
    """
    if config.arm != "sham":
        return ()
    if config.sham_from is not None:
        return _recorded(config.sham_from)
    if not config.simulated:
        raise InvalidConfig(
            f"arm sham with --source {config.source} needs another recorded session: add --sham-from DIR"
        )
    donor = config.model_copy(
        update={
            "arm": "closed",
            "planner": "rules",
            "seed": config.seed + ANOTHER_LISTENER,
            "speed": float("inf"),
        }
    )
    states = _measurements(_state(e.time, e.decoded_mean, e.decoded_covariance) for e in simulate(donor))
    if not states:
        raise InvalidConfig(
            f"arm sham has no simulated donor: nothing was decoded in {config.minutes:g} min with "
            f"{config.rest:g} s of rest; rest longer (--rest), or name a recorded session by --sham-from DIR"
        )
    return states


def _recorded(folder: Path) -> tuple[AffectState, ...]:
    states = _measurements(Recording.load(folder).states())
    if not states:
        raise InvalidConfig(f"--sham-from {folder} holds no decoded state; choose a session that ran longer")
    return states


def _measurements(states: Iterable[AffectState]) -> tuple[AffectState, ...]:
    return tuple(measured for state in states if (measured := without_prior(state)) is not None)


def _state(time: float, mean: tuple[float, float], covariance: tuple[float, float, float]) -> AffectState:
    variance_v, shared, variance_a = covariance
    return AffectState(np.array(mean), np.array([[variance_v, shared], [shared, variance_a]]), time)
