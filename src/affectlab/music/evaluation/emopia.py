"""The clips of EMOPIA, from its archive or its folder; nothing is ever extracted.

EMOPIA: Hung, Ching, Doh, Kim, Nam & Yang (2021), EMOPIA: a multi-modal pop piano dataset for emotion
recognition and emotion-based music generation, ISMIR, 318-325; CC BY-NC-SA 4.0, so that what is fitted on it
serves evaluation only and is not shipped.
"""

from __future__ import annotations

import re
import tarfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from affectlab.errors import MissingExtra, UnreadableFile
from affectlab.music.evaluation.take import PLAYED, Played

_MEMBER: Final = re.compile(r"(?:^|/)(Q([1-4])_(.+)_\d+)\.mid$")
# The largest clip as published has 13 kB; more is no clip.
_LARGEST: Final = 2**20
# Quadrant to the signs of valence and arousal.
QUADRANTS: Final = {1: (1, 1), 2: (-1, 1), 3: (-1, -1), 4: (1, -1)}


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """One labelled clip of piano music.

    Parameters
    ----------
    name
        ``"Q1_0vLPYiPN7qY_0"``.
    song
        Clips of one song are not independent: splits and intervals go by it.
    valence, arousal
        -1 or 1.
    notes
        Of dtype `PLAYED`; the first begins at 0.
    """

    name: str
    song: str
    valence: int
    arousal: int
    notes: Played

    @property
    def seconds(self) -> float:
        """From the first onset to the last end."""
        return float((self.notes["onset"] + self.notes["duration"]).max())


def read_clips(path: Path) -> tuple[Clip, ...]:
    """Read every clip of ``EMOPIA_1.0.tar.gz`` or of the folder it unpacks to, in order of their names.

    Raises
    ------
    UnreadableFile
        If the path is missing, the archive is cut off or damaged, a clip cannot be read, or there is none.
    MissingExtra
        If symusic is not installed.
    """
    if not path.exists():
        raise UnreadableFile(f"{path} does not exist; --emopia takes EMOPIA_1.0.tar.gz or its folder")
    found = _from_folder(path) if path.is_dir() else _from_archive(path)
    clips = tuple(sorted((_clip(*one) for one in found), key=lambda clip: clip.name))
    if not clips:
        raise UnreadableFile(
            f"{path} is not EMOPIA: no file such as midis/Q1_0vLPYiPN7qY_0.mid in it; give EMOPIA_1.0.tar.gz"
        )
    return clips


def _from_folder(path: Path) -> Iterator[tuple[re.Match[str], bytes]]:
    for file in sorted(path.rglob("*.mid")):
        found = _MEMBER.search(file.relative_to(path).as_posix())
        if found and file.is_file() and file.stat().st_size <= _LARGEST:
            yield found, file.read_bytes()


def _from_archive(path: Path) -> Iterator[tuple[re.Match[str], bytes]]:
    try:
        with tarfile.open(path) as archive:
            for member in archive:
                found = _MEMBER.search(member.name)
                if found and member.isfile() and member.size <= _LARGEST:
                    content = archive.extractfile(member)
                    yield found, content.read() if content else b""
    except (tarfile.TarError, EOFError, OSError, zlib.error) as error:
        raise UnreadableFile(
            f"{path} is not a whole tar archive ({error}); download EMOPIA_1.0.tar.gz again"
        ) from error


def _clip(found: re.Match[str], content: bytes) -> Clip:
    valence, arousal = QUADRANTS[int(found[2])]
    return Clip(found[1], found[3], valence, arousal, _notes(found[1], content))


def _notes(name: str, content: bytes) -> Played:
    try:
        from symusic import Score
    except ImportError as error:
        raise MissingExtra("symusic", "train") from error
    try:
        score: Any = Score.from_midi(content).to("second")
    except (RuntimeError, ValueError) as error:
        raise UnreadableFile(f"{name}.mid cannot be read as MIDI ({error}); download EMOPIA again") from error
    rows = [
        (note.start, max(note.duration, 0.01), note.pitch, note.velocity, "harmony", 0)
        for track in score.tracks
        for note in track.notes
    ]
    if not rows:
        raise UnreadableFile(f"{name}.mid holds no notes; download EMOPIA again")
    notes = np.sort(np.array(rows, PLAYED), order=["onset", "pitch"])
    notes["onset"] -= notes["onset"][0]
    return notes
