"""The simulated listener as EEG: samples offline, or published as an LSL stream."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from affectlab.errors import InvalidData
from affectlab.signals.artefacts import Artefacts
from affectlab.signals.conditioning import LOWEST_SFREQ
from affectlab.signals.listener import AffectDynamics, Heard, ListenerTraits
from affectlab.signals.montage import TEN_TWENTY, scalp_names
from affectlab.signals.outlet import Outlet, unique_source_id
from affectlab.signals.scalp import EffectSizes, Scalp
from affectlab.signals.source import StreamAddress

_FRAME_SECONDS = 0.1


class SimulatedListener:
    """A person with EEG whose affect follows the music heard.

    Parameters
    ----------
    heard
        Session seconds to the music's (valence, arousal), or None in silence. It is asked once per 0.1 s of
        signal, about moments that have passed.
    seed
        Decides who the person is and everything that happens to them.
    channels
        Channel names; default the 19 of the 10–20 system.
    sfreq
        Samples per second, at least 100.
    traits
        The person; drawn from the seed when not given.
    effects
        How affect shows in the EEG.

    Raises
    ------
    UnknownChannels
        If a name is not on the montage.
    InvalidData
        If the sampling rate is too low.

    Notes
    -----
    The signal is made in frames of 0.1 s whatever is asked for, so that the same seed and music give the
    same samples however they are taken.
    """

    def __init__(
        self,
        heard: Heard,
        *,
        seed: int = 0,
        channels: Sequence[str] = TEN_TWENTY,
        sfreq: float = 250.0,
        traits: ListenerTraits | None = None,
        effects: EffectSizes | None = None,
    ) -> None:
        if not sfreq >= LOWEST_SFREQ:
            raise InvalidData(f"sampling rate is {sfreq:g} Hz; expected at least {LOWEST_SFREQ:g} Hz")
        person, spontaneous, brain, disturbances = (
            np.random.default_rng(child) for child in np.random.SeedSequence(seed).spawn(4)
        )
        self.channels, self.sfreq = scalp_names(channels), sfreq
        self.traits = traits or ListenerTraits.draw(person)
        self._heard = heard
        self._affect = AffectDynamics(self.traits, spontaneous)
        self._scalp = Scalp(self.channels, sfreq, self.traits, effects or EffectSizes(), brain)
        self._artefacts = Artefacts(self.channels, sfreq, self.traits, disturbances)
        self._frame_samples = round(_FRAME_SECONDS * sfreq)
        self._truth: list[tuple[float, float]] = [_pair(self._affect.state)]
        self._rest = np.empty((0, len(self.channels)), dtype=np.float32)

    def take(self, n_samples: int) -> NDArray[np.float32]:
        """Return the next samples, shape (n_samples, n_channels), microvolts, NaN where a channel is lost."""
        frames, count = [self._rest], len(self._rest)
        while count < n_samples:
            frames.append(self._frame())
            count += self._frame_samples
        samples = np.concatenate(frames) if len(frames) > 1 else self._rest
        self._rest = samples[n_samples:]
        return samples[:n_samples]

    def truth(self, time: float) -> tuple[float, float]:
        """Return (valence, arousal) at session seconds `time`; the latest known for times still to come."""
        index = int(max(time, 0.0) * self.sfreq / self._frame_samples + 1e-9)
        return self._truth[min(index + 1, len(self._truth) - 1)]

    def _frame(self) -> NDArray[np.float32]:
        seconds = self._frame_samples / self.sfreq
        self._affect.step(seconds, self._heard((len(self._truth) - 1) * seconds))
        self._truth.append(_pair(self._affect.state))
        frame = self._scalp.frame(self._frame_samples, *self._truth[-1])
        self._artefacts.disturb(frame)
        return frame.astype(np.float32)


class SimulatedSource:
    """Publishes a simulated listener as an LSL stream, stamped with session seconds.

    Parameters
    ----------
    listener
        Who is simulated.
    stream_name
        LSL stream name.
    """

    ended = False

    def __init__(self, listener: SimulatedListener, *, stream_name: str = "affectlab-sim") -> None:
        self.listener = listener
        self._name = stream_name
        self._outlet: Outlet | None = None
        self._published = 0

    def open(self) -> StreamAddress:
        """Publish the stream."""
        source_id = unique_source_id("sim")
        self._outlet = Outlet(self._name, source_id, self.listener.channels, self.listener.sfreq)
        return StreamAddress(self._name, source_id, stamps_session_time=True)

    def advance(self, now: float) -> int:
        """Publish the samples due by `now`: sample n ends, and is stamped, at (n + 1) / sfreq."""
        if self._outlet is None:
            return 0
        count = due_samples(now, self.listener.sfreq) - self._published
        if count <= 0:
            return 0
        first = self._published + 1
        times = np.arange(first, first + count) / self.listener.sfreq
        self._outlet.push(self.listener.take(count), times)
        self._published += count
        return count

    def truth(self, time: float) -> tuple[float, float]:
        """Return the listener's true (valence, arousal) at session seconds `time`."""
        return self.listener.truth(time)

    def close(self) -> None:
        """Withdraw the stream."""
        if self._outlet is not None:
            self._outlet.close()
            self._outlet = None


def due_samples(now: float, sfreq: float) -> int:
    """Return how many samples have ended by `now` seconds."""
    # Half a microsecond of grace, so that a sum of ticks counts as the moment it stands for.
    return int((now + 5e-7) * sfreq)


def _pair(state: NDArray[np.float64]) -> tuple[float, float]:
    return float(state[0]), float(state[1])
