"""Takes as sound: as listeners hear them, and on one plain piano for what judges them."""

from __future__ import annotations

import wave
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from affectlab.files import writing
from affectlab.music.engine import MusicEngine
from affectlab.music.evaluation.take import Played, Take
from affectlab.music.note_table import NoteTable
from affectlab.music.pcm import SFREQ_AUDIO, Stereo, to_pcm16
from affectlab.music.score import Beat, MusicControl, Synthesiser
from affectlab.music.synth import VELOCITY_EXPONENT
from affectlab.music.timbre import layer_of, timbre_of

SFREQ_PIANO: Final = SFREQ_AUDIO // 2
"""Sampling frequency of `piano`, Hz: the highest partials that tell moods apart lie far below 12 kHz."""

_TAIL_SECONDS: Final = 3.0
_BLOCK: Final = 4800
_PIANO_PROGRAM: Final = 0
_RELEASE: Final = SFREQ_PIANO // 6
_REST: Final = Beat(1.0, (), 0, 0, 0.0, 0.0, 60.0, 0.0, 0.0)


class _Replay:
    """A composer that writes a take again, and then rests."""

    name = "replay"

    def __init__(self, take: Take) -> None:
        self._beats = iter(take.beats)

    def next_beat(self, control: MusicControl) -> Beat:  # noqa: ARG002
        """Return the next beat of the take."""
        return next(self._beats, _REST)


def play(take: Take, synthesiser: Synthesiser) -> Stereo:
    """Return the sound of a take after the engine's loudness ceiling and limiter.

    Returns
    -------
    NDArray
        Shape (frames, 2), within [-1, 1], at `SFREQ_AUDIO`, with three seconds for the last notes to fade.
    """
    engine = MusicEngine(_Replay(take), synthesiser, fade_in=0.0)
    engine.set_control(MusicControl(0.0, 0.0), at=0.0)
    frames = engine.latency + round((take.seconds + _TAIL_SECONDS) * SFREQ_AUDIO)
    blocks = [engine.render(min(_BLOCK, frames - first)).samples for first in range(0, frames, _BLOCK)]
    return np.concatenate(blocks)[engine.latency :]


def write_wav(samples: Stereo, path: Path) -> None:
    """Write sound within [-1, 1], shape (frames, 2), as a 16-bit WAV file, whole or not at all."""
    with writing(path) as temporary, wave.open(str(temporary), "wb") as file:
        file.setnchannels(samples.shape[1])
        file.setsampwidth(2)
        file.setframerate(SFREQ_AUDIO)
        file.writeframes(to_pcm16(samples).astype("<i2").tobytes())


def piano(notes: Played, seconds: float) -> NDArray[np.float32]:
    """Return notes as one built-in piano plays them, without reverb, ceiling or limiter.

    Whatever instrument they were written for: timbre is kept out of what is measured. It costs about
    a hundredth of the engine.

    Parameters
    ----------
    notes
        Of dtype `PLAYED`.
    seconds
        Length of the sound; what rings on is cut.

    Returns
    -------
    NDArray
        Mono at `SFREQ_PIANO`, shape (frames,); full scale is 1 but not a limit.
    """
    sound = np.zeros(round(seconds * SFREQ_PIANO), np.float32)
    for note in notes:
        begin = round(float(note["onset"]) * SFREQ_PIANO)
        held = max(round(float(note["duration"]) * SFREQ_PIANO), 1)
        velocity = int(note["velocity"])
        string = _string(int(note["pitch"]), layer_of(velocity))[: held + _RELEASE]
        string = string[: max(len(sound) - begin, 0)]
        gain = (velocity / 127) ** VELOCITY_EXPONENT
        sound[begin : begin + len(string)] += np.float32(gain) * _let_go(string, held)
    return sound


def _let_go(string: NDArray[np.float32], held: int) -> NDArray[np.float32]:
    """Fade what sounds after the key is up."""
    after = len(string) - held
    if after <= 0:
        return string
    faded = string.copy()
    faded[held:] *= np.linspace(1, 0, _RELEASE, endpoint=False, dtype=np.float32)[:after]
    return faded


@lru_cache(maxsize=512)
def _string(pitch: int, layer: int) -> NDArray[np.float32]:
    """Return the whole sound of a key at `SFREQ_PIANO`."""
    from scipy.signal import resample_poly

    table = NoteTable(timbre_of(_PIANO_PROGRAM), pitch, layer, seed=0)
    return np.asarray(resample_poly(table.read(0, table.frames), 1, 2), np.float32)
