"""A stream of sound in the place of composer and synthesiser, with the rules to fall back on.

The rule composer goes on composing: its tempo is the clock that asks for controls. Its notes are given to an
ordinary synthesiser only while the stream is low or absent, so that recording, loudness ceiling, limiter and
dose treat both alike.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from affectlab.errors import InvalidConfig
from affectlab.music.mapping import density_of, dynamics_of
from affectlab.music.pcm import SFREQ_AUDIO, Stereo
from affectlab.music.score import Beat, Composer, MusicControl, Note, Synthesiser
from affectlab.music.sounding.stream import SoundStream

# The slowest beat, 40 per minute, lasts 1.5 s; the rules' notes must be there before the sound runs out.
_NOTICE: Final = 1.5


@dataclass(frozen=True, slots=True)
class Handover:
    """When the stream and the rules take turns.

    Parameters
    ----------
    fade
        Seconds in which one gives way to the other.
    resume
        Seconds of sound that must lie ready before the stream is heard, at first and after it ran dry.

    Raises
    ------
    InvalidConfig
        If the stream would run dry again at once.
    """

    fade: float = 1.0
    resume: float = 4.0

    def __post_init__(self) -> None:
        if not self.fade > 0 or self.resume < 2 * self.fade + _NOTICE:
            raise InvalidConfig(
                f"fade {self.fade} s and resume {self.resume} s do not fit; expected fade > 0 and resume of "
                f"{_NOTICE} s and two fades or more"
            )


class StreamComposer:
    """Beats as the clock of a stream: without notes while it is heard, with the rules' while it is not.

    A beat of the stream carries the affect that its sound was asked to express; nothing has measured whether
    it does, and its facts say so.

    Parameters
    ----------
    stream
        What is steered.
    rules
        Composes what is heard when the stream is late.
    player
        Plays both, and knows which of them is heard.
    """

    def __init__(self, stream: SoundStream, rules: Composer, player: StreamSynthesiser) -> None:
        self.name = stream.name
        self._stream, self._rules, self._player = stream, rules, player

    def next_beat(self, control: MusicControl) -> Beat:
        """Steer the stream by `control` and return the next beat of the clock."""
        beat = self._rules.next_beat(control)
        self._stream.steer(control)
        if self._player.needs_notes:
            return replace(beat, facts=beat.facts | {"source": self._rules.name})
        asked = self._stream.heard() or control
        return replace(
            beat,
            notes=(),
            valence=asked.valence,
            arousal=asked.arousal,
            density=density_of(asked.arousal) if asked.density is None else asked.density,
            dynamics=dynamics_of(asked.arousal) if asked.dynamics is None else asked.dynamics,
            facts={"source": self._stream.name, "affect": "as asked, not measured"},
        )


class StreamSynthesiser:
    """Plays a stream, and an ordinary synthesiser while the stream is low.

    Both are mixed at equal power. The change to the rules is over before the stream runs dry, so that no gap
    is heard; the change back comes when enough sound lies ready.

    Parameters
    ----------
    stream
        Read as it is heard.
    notes
        Plays the notes of the rules.
    handover
        When one gives way to the other.
    """

    def __init__(self, stream: SoundStream, notes: Synthesiser, handover: Handover | None = None) -> None:
        handover = handover or Handover()
        self.name = f"{stream.name}, {notes.name}"
        self._stream, self._notes = stream, notes
        self._fade = round(handover.fade * SFREQ_AUDIO)
        self._resume = round(handover.resume * SFREQ_AUDIO)
        self._notice = round(_NOTICE * SFREQ_AUDIO)
        self._level = self._target = 0.0
        self._starvations = self._streamed = self._rendered = 0

    @property
    def needs_notes(self) -> bool:
        """True while the rules are heard or soon will be."""
        return self._target == 0.0 or self._stream.buffered < self._fade + self._notice

    def schedule(self, note: Note, start_frame: int) -> None:
        """Play `note` from `start_frame` with the ordinary synthesiser."""
        self._notes.schedule(note, start_frame)

    def render(self, frames: int) -> Stereo:
        """Return the next `frames` frames, shape (frames, 2)."""
        self._take_turns(frames)
        notes = self._notes.render(frames)
        self._rendered += frames
        if self._level == self._target == 0.0:
            return notes
        sound = self._read(frames)
        self._streamed += frames
        levels = self._levels(frames)[:, None]
        mixed = np.sin(np.pi / 2 * levels) * sound + np.cos(np.pi / 2 * levels) * notes
        return np.asarray(mixed, dtype=np.float32)

    def release_all(self) -> None:
        """Let the notes fade; what the stream has made ahead is kept and goes on after a pause."""
        self._notes.release_all()

    def close(self) -> None:
        """Stop the stream."""
        self._stream.close()

    def counts(self) -> dict[str, float]:
        """Return how often the stream ran low or failed, and the share of the time it was heard."""
        return {
            "starvations": self._starvations,
            "failures": self._stream.failures,
            "streamed_share": round(self._streamed / self._rendered, 4) if self._rendered else 0.0,
        }

    def _take_turns(self, frames: int) -> None:
        self._stream.wait(self._resume if self._target == 0.0 else self._fade + 2 * frames)
        ready = self._stream.buffered
        if self._target == 0.0 and ready >= self._resume:
            self._target = 1.0
        elif self._target == 1.0 and ready < self._fade + 2 * frames:
            self._target = 0.0
            self._starvations += 1

    def _read(self, frames: int) -> Stereo:
        """Read the stream; silence where it ended early, which the fade has made inaudible."""
        sound = self._stream.read(frames)
        missing = frames - len(sound)
        return np.pad(sound, ((0, missing), (0, 0))) if missing else sound

    def _levels(self, frames: int) -> NDArray[np.float64]:
        """Return the stream's share of the mix at each frame, moving towards the target."""
        step = np.sign(self._target - self._level) / self._fade
        levels: NDArray[np.float64] = np.clip(self._level + step * np.arange(1, frames + 1), 0.0, 1.0)
        self._level = float(levels[-1])
        return levels
