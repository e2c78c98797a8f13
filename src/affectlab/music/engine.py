"""The music engine: asks for beats just in time and turns them into sound that is safe to hear."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from affectlab.music.dose import SoundDose
from affectlab.music.fader import Fader
from affectlab.music.limiter import TruePeakLimiter
from affectlab.music.loudness import LoudnessCeiling, LoudnessMeter
from affectlab.music.pcm import SFREQ_AUDIO, Stereo, dbfs, to_pcm16, without_nonfinite
from affectlab.music.score import Beat, Composer, MusicControl, Synthesiser
from affectlab.music.steady import SteadyComposer, SteadySynthesiser

_PAUSE_FADE: Final = 0.3


@dataclass(frozen=True, slots=True)
class MusicEvent:
    """A beat as it was played.

    Parameters
    ----------
    start_frame
        Frame of the output at which the beat begins.
    beat
        What was written.
    control, control_set_at
        The control in force and the session second at which it was set.
    failure
        Why the composer's own beat could not be played, or None.
    """

    start_frame: int
    beat: Beat
    control: MusicControl
    control_set_at: float
    failure: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class PcmBlock:
    """Consecutive frames of what is heard.

    Parameters
    ----------
    first_frame
        Frames since the engine's first block.
    samples
        Shape (frames, 2), left and right, within [-1, 1], at `SFREQ_AUDIO`.
    events
        The beats composed for this block.
    """

    first_frame: int
    samples: Stereo
    events: tuple[MusicEvent, ...] = ()

    def to_pcm16(self) -> NDArray[np.int16]:
        """Round to 16 bits without dither, shape (frames, 2)."""
        return to_pcm16(self.samples)


@dataclass(slots=True)
class _Request:
    """The control to play, and whether a beat has followed it yet."""

    control: MusicControl
    at: float
    heard: bool = False


class MusicEngine:
    """Play what a composer writes under the control in force.

    The first control starts the music; before it, and while paused or stopped, the engine renders silence,
    so that frame n is always n / `SFREQ_AUDIO` seconds after the first block. Sound passes a loudness
    ceiling, fades and a true-peak limiter, which delays it by `latency` frames. Nothing in `render` raises:
    a composer that fails has its last chord held, a synthesiser that fails is silent, and both are counted.

    Parameters
    ----------
    composer, synthesiser
        What writes and what plays.
    loudness_ceiling
        Short-term loudness that is not exceeded for long, LUFS.
    peak_ceiling
        True peak that is never exceeded, dBTP.
    fade_in
        Seconds of fade at the start and after a pause.
    full_scale_spl
        dB SPL of a full-scale sine at the listener's ears, None while unknown.

    Raises
    ------
    InvalidConfig
        If a ceiling or the level is out of range.
    """

    def __init__(
        self,
        composer: Composer,
        synthesiser: Synthesiser,
        *,
        loudness_ceiling: float = -18.0,
        peak_ceiling: float = -1.0,
        fade_in: float = 2.0,
        full_scale_spl: float | None = None,
    ) -> None:
        self._composer = SteadyComposer(composer)
        self._synthesiser = SteadySynthesiser(synthesiser)
        self._ceiling = LoudnessCeiling(loudness_ceiling)
        self._limiter = TruePeakLimiter(peak_ceiling)
        self._meter = LoudnessMeter()
        self._dose = SoundDose(full_scale_spl)
        self._fader = Fader()
        self._fade_in = fade_in
        self._request: _Request | None = None
        self._paused = self._stopped = False
        self._frame = self._played = self._beats = self._nonfinite_blocks = self._fallbacks = 0
        self._next_beat = 0.0
        self._peak = self._energy = 0.0
        self._latencies: list[float] = []
        self._mark_frames: list[int] = []
        self._marks: list[tuple[float, float] | None] = []

    @property
    def composer(self) -> str:
        """Name of the composer."""
        return self._composer.name

    @property
    def synthesiser(self) -> str:
        """Name of the synthesiser."""
        return self._synthesiser.name

    @property
    def latency(self) -> int:
        """Frames between a note's beginning and its sound in the output."""
        return self._limiter.latency

    @property
    def playing(self) -> bool:
        """True while beats are asked for."""
        return self._request is not None and not self._paused and not self._stopped

    def set_control(self, control: MusicControl, at: float) -> None:
        """Play by `control` from the next beat on; `at` is the session second of the decision."""
        begins = self._request is None
        self._request = _Request(control, at)
        if begins:
            self._start()

    def pause(self) -> None:
        """Fade out and hold; safe to call twice."""
        self._paused = True
        self._fader.move(0.0, _PAUSE_FADE)

    def resume(self) -> None:
        """Fade in again with a new beat; nothing happens when not paused."""
        if self._paused:
            self._paused = False
            self._start()

    def stop(self, fade: float = 0.05) -> None:
        """Fade out within `fade` seconds, for good."""
        self._stopped = True
        self._fader.move(0.0, fade)

    def calibrate(self, full_scale_spl: float) -> None:
        """Take over the measured level of a full-scale sine, dB SPL, for the sound dose from now on."""
        self._dose.calibrate(full_scale_spl)

    def close(self) -> None:
        """Let go of what composer and synthesiser hold: threads, models, connections; nothing plays after."""
        self._composer.close()
        self._synthesiser.close()

    def render(self, frames: int) -> PcmBlock:
        """Return the next `frames` frames of sound."""
        events = self._compose(frames)
        samples = self._limiter.process(self._sound(frames))
        block = PcmBlock(self._frame, samples, events)
        self._frame += frames
        self._account(samples)
        return block

    def sounding(self, time: float) -> tuple[float, float] | None:
        """Return the valence and arousal of the music heard at `time`, seconds since the first block.

        None before the music begins, while it is paused and after it was stopped.
        """
        index = bisect_right(self._mark_frames, round(time * SFREQ_AUDIO)) - 1
        return self._marks[index] if index >= 0 else None

    def level(self) -> dict[str, float]:
        """Return seconds rendered, sample peak and RMS re full scale in dB, and loudness in LUFS."""
        rms = float(np.sqrt(self._energy / max(2 * self._frame, 1)))
        return {
            "seconds": round(self._frame / SFREQ_AUDIO, 3),
            "peak_dbfs": round(dbfs(self._peak), 2),
            "rms_dbfs": round(dbfs(rms), 2),
            "short_term_lufs": round(self._meter.short_term, 2),
            "integrated_lufs": round(self._meter.integrated, 2),
        }

    def dose(self) -> dict[str, Any]:
        """Return the sound dose: `pa2h`, `percent` of a week's allowance, and its `basis`."""
        return asdict(self._dose.read())

    def counts(self) -> dict[str, int]:
        """Return how much was played and how often something went wrong."""
        return {
            "frames": self._frame,
            "beats": self._beats,
            "nonfinite_blocks": self._nonfinite_blocks,
            "fallback_beats": self._fallbacks,
            "composer_failures": self._composer.failures,
            "synthesiser_failures": self._synthesiser.failures,
        }

    def control_latency_ms(self) -> dict[str, float]:
        """Return p50, p99, max and n of the time from a control to the block with its first beat."""
        if not self._latencies:
            return {"p50": 0.0, "p99": 0.0, "max": 0.0, "n": 0}
        milliseconds = np.array(self._latencies) * 1000
        p50, p99 = np.percentile(milliseconds, [50, 99])
        return {
            "p50": round(float(p50), 3),
            "p99": round(float(p99), 3),
            "max": round(float(milliseconds.max()), 3),
            "n": len(milliseconds),
        }

    def _start(self) -> None:
        if self.playing:
            self._next_beat = max(self._next_beat, float(self._played))
            self._fader.move(1.0, self._fade_in)

    def _compose(self, frames: int) -> tuple[MusicEvent, ...]:
        events: list[MusicEvent] = []
        request = self._request
        while request and self.playing and self._next_beat < self._played + frames:
            events.append(self._beat(request, frames))
        return tuple(events)

    def _beat(self, request: _Request, frames: int) -> MusicEvent:
        beat = self._composer.next_beat(request.control)
        begin = self._next_beat
        for note in beat.notes:
            self._synthesiser.schedule(note, round(begin + note.offset * SFREQ_AUDIO))
        self._next_beat = begin + beat.duration * SFREQ_AUDIO
        self._beats += 1
        self._fallbacks += "relieved" in beat.facts
        self._note_latency(request, frames)
        start_frame = self._frame + round(begin) - self._played + self.latency
        failure = self._composer.failure
        self._mark(start_frame, None if failure and not beat.notes else (beat.valence, beat.arousal))
        return MusicEvent(start_frame, beat, request.control, request.at, failure)

    def _note_latency(self, request: _Request, frames: int) -> None:
        if not request.heard:
            request.heard = True
            ready = (self._frame + frames + self.latency) / SFREQ_AUDIO
            self._latencies.append(max(0.0, ready - request.at))

    def _sound(self, frames: int) -> Stereo:
        """Render, turn down and fade; silence without asking the synthesiser once a fade has ended."""
        if self._fader.is_silent():
            return self._ceiling.process(np.zeros((frames, 2), dtype=np.float32))
        samples, broken = without_nonfinite(self._synthesiser.render(frames))
        self._nonfinite_blocks += bool(broken)
        self._played += frames
        faded = self._fader.apply(self._ceiling.process(samples))
        if self._fader.is_silent():
            self._hush(frames)
        return faded

    def _hush(self, frames: int) -> None:
        self._synthesiser.release_all()
        self._next_beat = float(self._played)
        self._mark(self._frame + frames + self.latency, None)

    def _mark(self, frame: int, value: tuple[float, float] | None) -> None:
        self._mark_frames.append(frame)
        self._marks.append(value)

    def _account(self, samples: Stereo) -> None:
        self._peak = max(self._peak, float(np.abs(samples).max(initial=0.0)))
        self._energy += float(np.vdot(samples, samples))
        self._meter.push(samples)
        self._dose.push(samples)
