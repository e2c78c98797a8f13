"""Sampled instruments: a SoundFont played by FluidSynth, rendered into memory."""

from __future__ import annotations

import ctypes
import heapq
import io
import logging
import os
import weakref
from contextlib import redirect_stdout
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np

from affectlab.errors import AudioError, MissingExtra
from affectlab.music.pcm import SFREQ_AUDIO, Stereo
from affectlab.music.score import Note

SOUNDFONT_VARIABLE: Final = "AFFECTLAB_SOUNDFONT"

_FOLDERS: Final = (
    "~/.local/share/affectlab",
    "~/.local/share/sounds/sf2",
    "~/.local/share/soundfonts",
    "/usr/share/sounds/sf2",
    "/usr/share/sounds/sf3",
    "/usr/share/soundfonts",
    "/usr/local/share/sounds/sf2",
    "/opt/homebrew/share/soundfonts",
)
# Frames FluidSynth renders at once; a note begins on the next multiple (1.3 ms).
_GRID: Final = 64
_CHANNELS: Final = 64
_DRUM_CHANNEL: Final = 9
_GAIN: Final = 0.85
# Some sampled sounds carry a constant offset, which would thump when notes begin and end.
_OFFSET_CORNER_HZ: Final = 8.0
_REVERB: Final = {"roomsize": 0.5, "damping": 0.4, "width": 0.8, "level": 0.5}
_PAN: Final = {"melody": 74, "harmony": 52, "bass": 64, "pad": 60}
_CENTRE: Final = 64
_CC_PAN, _CC_REVERB = 10, 91
_REVERB_SEND: Final = 36
_OFF, _ON = 0, 1

_logger = logging.getLogger(__name__)


def find_soundfont() -> Path | None:
    """Return the SoundFont to play, or None when there is none.

    `AFFECTLAB_SOUNDFONT` comes first, then the user's and the system's usual folders, in each the first
    readable file by name.

    Raises
    ------
    AudioError
        If `AFFECTLAB_SOUNDFONT` names no file.
    """
    named = os.environ.get(SOUNDFONT_VARIABLE)
    if named:
        if not Path(named).is_file():
            raise AudioError(
                f"{SOUNDFONT_VARIABLE} names no file: {named!r}; give the path of an .sf2 or .sf3"
            )
        return Path(named)
    folders = (Path(folder).expanduser() for folder in _FOLDERS)
    fonts = (font for folder in folders for font in sorted(folder.glob("*.sf[23]")))
    return next((font for font in fonts if font.is_file()), None)


@cache
def _fluidsynth() -> Any:
    """Import the bindings and route the library's messages to the log, away from stderr."""
    try:
        # The bindings report on stdout where they found the library when CI is set.
        with redirect_stdout(io.StringIO()):
            import fluidsynth
    except ModuleNotFoundError as error:
        raise MissingExtra("pyfluidsynth", "live") from error
    except ImportError as error:
        raise AudioError(
            "libfluidsynth was not found; install it (Debian: libfluidsynth3, macOS: brew install "
            "fluid-synth) or use the built-in synthesiser"
        ) from error
    set_log = fluidsynth.cfunc(
        "fluid_set_log_function",
        ctypes.c_void_p,
        ("level", ctypes.c_int, 1),
        ("function", ctypes.c_void_p, 1),
        ("data", ctypes.c_void_p, 1),
    )
    for level in range(5):
        set_log(level, ctypes.cast(_LOG, ctypes.c_void_p), None)
    return fluidsynth


def _log(level: int, message: bytes, _data: int | None) -> None:
    _logger.log(
        logging.INFO if level < 2 else logging.DEBUG, "FluidSynth: %s", message.decode(errors="replace")
    )


# The library keeps the address: the callback has to live as long as the process.
_LOG: Final = ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.c_char_p, ctypes.c_void_p)(_log)


@cache
def _write_float() -> Any:
    number, pointer = ctypes.c_int, ctypes.c_void_p
    return _fluidsynth().cfunc(
        "fluid_synth_write_float",
        number,
        ("synth", pointer, 1),
        ("frames", number, 1),
        ("left", pointer, 1),
        ("left_offset", number, 1),
        ("left_step", number, 1),
        ("right", pointer, 1),
        ("right_offset", number, 1),
        ("right_step", number, 1),
    )


def _check(path: Path) -> None:
    """Refuse what is no whole SoundFont, on which FluidSynth's other loaders would write to stderr."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(12)
    except OSError as error:
        raise AudioError(
            f"cannot read the SoundFont {path}: {error.strerror}; give an .sf2 or .sf3"
        ) from error
    if head[:4] != b"RIFF" or head[8:] != b"sfbk":
        raise AudioError(f"{path} is not a SoundFont; give an .sf2 or .sf3 file")
    if size < 8 + int.from_bytes(head[4:8], "little"):
        raise AudioError(f"the SoundFont {path} is cut short at {size} bytes; copy or download it again")


def _open(path: Path) -> Any:
    """Start a FluidSynth with one SoundFont and no audio device."""
    synth = _fluidsynth().Synth(
        gain=_GAIN,
        samplerate=float(SFREQ_AUDIO),
        channels=_CHANNELS,
        **{"synth.chorus.active": 0, "synth.lock-memory": 0, "synth.polyphony": 128},
    )
    if synth.sfload(str(path)) < 0:
        synth.delete()
        raise AudioError(f"{path} is not a SoundFont FluidSynth can read; give another .sf2 or .sf3")
    synth.set_reverb(**_REVERB)
    return synth


class SoundFontSynth:
    """Play notes with the sounds of a SoundFont.

    Every (part, program) has a MIDI channel of its own. Notes begin and end within 0.7 ms of their frame,
    whatever the size of the rendered blocks, and the same notes give the same sound. Synthesisers of one
    process share the samples in memory.

    Parameters
    ----------
    path
        An .sf2 or .sf3 file.

    Raises
    ------
    AudioError
        If the file cannot be read as a SoundFont, or libfluidsynth is not installed.
    MissingExtra
        If pyfluidsynth is not installed.
    """

    name = "soundfont"

    def __init__(self, path: Path) -> None:
        _check(path)
        self._write = _write_float()
        self._synth = _open(path)
        self._close = weakref.finalize(self, self._synth.delete)
        from scipy.signal import lfilter

        self._filter = lfilter
        self._pole = 1.0 - 2 * np.pi * _OFFSET_CORNER_HZ / SFREQ_AUDIO
        self._offset = np.zeros((1, 2))
        self._position = 0
        self._serial = 0
        self._queue: list[tuple[int, int, int, Note]] = []
        self._channels: dict[tuple[str, int], int] = {}
        self._holders: dict[tuple[int, int], int] = {}

    def schedule(self, note: Note, start_frame: int) -> None:
        """Play `note` from `start_frame`, counted since the first block; late notes begin at once."""
        self._serial += 1
        begin = max(_on_grid(start_frame), self._position)
        end = max(_on_grid(start_frame + note.duration * SFREQ_AUDIO), begin + _GRID)
        heapq.heappush(self._queue, (begin, _ON, self._serial, note))
        heapq.heappush(self._queue, (end, _OFF, self._serial, note))

    def render(self, frames: int) -> Stereo:
        """Return the next `frames` frames, shape (frames, 2), nominally within [-1, 1].

        Raises
        ------
        AudioError
            If the synthesiser was closed or FluidSynth fails.
        """
        if not self._close.alive:
            raise AudioError("the SoundFont synthesiser is closed; make a new one")
        block = np.zeros((frames, 2), dtype=np.float32)
        done = 0
        while done < frames:
            self._fire()
            span = min(frames - done, self._until_next_event())
            self._fill(block[done : done + span])
            done += span
        return self._without_offset(block)

    def release_all(self) -> None:
        """Let every sounding note fade and forget those scheduled."""
        self._queue.clear()
        self._holders.clear()
        for channel in self._channels.values():
            self._synth.all_notes_off(channel)

    def close(self) -> None:
        """Free the synthesiser; safe to call twice."""
        self._close()

    def _until_next_event(self) -> int:
        return self._queue[0][0] - self._position if self._queue else 2**31 - 1

    def _fill(self, part: Stereo) -> None:
        address = part.ctypes.data
        if self._write(self._synth.synth, len(part), address, 0, 2, address, 1, 2) != 0:
            raise AudioError("FluidSynth failed to render; make a new synthesiser")
        self._position += len(part)

    def _without_offset(self, block: Stereo) -> Stereo:
        level, self._offset = self._filter([1, -1], [1, -self._pole], block, axis=0, zi=self._offset)
        return np.asarray(level, dtype=np.float32)

    def _fire(self) -> None:
        while self._queue and self._queue[0][0] <= self._position:
            _, kind, serial, note = heapq.heappop(self._queue)
            channel = self._channel(note)
            key = (channel, note.pitch)
            if kind == _ON:
                self._holders[key] = serial
                self._synth.noteon(channel, note.pitch, note.velocity)
            # A key struck again belongs to the later note: the end of the earlier must not silence it.
            elif self._holders.get(key) == serial:
                del self._holders[key]
                self._synth.noteoff(channel, note.pitch)

    def _channel(self, note: Note) -> int:
        voice = (note.part, note.program)
        if voice not in self._channels:
            self._channels[voice] = channel = self._free_channel()
            self._synth.program_change(channel, note.program)
            self._synth.cc(channel, _CC_PAN, _PAN.get(note.part, _CENTRE))
            self._synth.cc(channel, _CC_REVERB, _REVERB_SEND)
        return self._channels[voice]

    def _free_channel(self) -> int:
        taken = set(self._channels.values()) | {_DRUM_CHANNEL}
        free = next((channel for channel in range(_CHANNELS) if channel not in taken), None)
        if free is not None:
            return free
        return self._channels.pop(next(iter(self._channels)))


def _on_grid(frame: float) -> int:
    return round(frame / _GRID) * _GRID
