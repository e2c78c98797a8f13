"""Notes, takes and clips of EMOPIA's layout, written by tests."""

import io
import tarfile
from dataclasses import replace

import numpy as np

from affectlab.music.evaluation.take import PLAYED, Take
from affectlab.music.score import Beat, MusicControl, Note


def played(rows):
    """Return notes of dtype `PLAYED` from (onset, duration, pitch, velocity) rows."""
    return np.sort(np.array([(*row, "harmony", 0) for row in rows], PLAYED), order=["onset", "pitch"])


def note(pitch=60, offset=0.0, duration=0.4, velocity=64, part="melody", program=0):
    return Note(offset, duration, pitch, velocity, part, program)


def beat(*notes, duration=0.5, number=0, metre=4):
    """Return beat `number` of a piece in `metre`."""
    return Beat(duration, tuple(notes), number // metre, number % metre, 0.0, 0.0, 60 / duration, 0.5, 0.5)


def take_of(beats, controls=None, name="made", arm="hand"):
    """Return a take of beats, numbered anew."""
    numbered = tuple(replace(one, bar=i // 4, beat=i % 4) for i, one in enumerate(beats))
    asked = tuple(controls) if controls else (MusicControl(0.0, 0.0),) * len(numbered)
    return Take(name, arm, 0, asked, numbered)


class Pulse:
    """Plays quavers of which valence decides the third and arousal number, loudness and pace."""

    name = "pulse"

    def __init__(self, seed=0, deaf=False):
        self._rng, self._deaf, self._count = np.random.default_rng(seed), deaf, 0

    def next_beat(self, control):
        mood = (0.0, 0.0) if self._deaf else (control.valence, control.arousal)
        bright, lively = mood[0] > 0, mood[1]
        loud = lively if control.dynamics is None or self._deaf else 2 * control.dynamics - 1
        chord = [60, 64 if bright else 63, 67, 72 + 4 * bright]
        count = 1 + round(3 * (lively + 1) / 2)
        duration = 60 / (80 + 40 * lively)
        velocity = int(np.clip(60 + 40 * loud + self._rng.integers(-3, 4), 1, 127))
        made = [
            note(chord[i % 4] + 0, i * duration / count, duration / count, velocity) for i in range(count)
        ]
        number, self._count = self._count, self._count + 1
        return beat(*made, duration=duration, number=number)


def clip_midi(rows):
    """Return a MIDI file of one piano track of (onset, duration, pitch, velocity) rows in seconds."""
    from symusic import Note as MidiNote
    from symusic import Score, Tempo, Track

    score, track = Score(480), Track("piano")
    score.tempos.append(Tempo(0, 120))
    for onset, duration, pitch, velocity in rows:
        track.notes.append(MidiNote(round(960 * onset), round(960 * duration), int(pitch), int(velocity)))
    score.tracks.append(track)
    return bytes(score.dumps_midi())


def mood_clip(valence, arousal, seed, seconds=10.0):
    """Return rows of a clip whose mood anyone can tell: major or minor, fast and loud or slow and soft."""
    rng = np.random.default_rng(seed)
    step, velocity = (0.25, 95) if arousal > 0 else (1.0, 45)
    triad = np.array([0, 4, 7]) if valence > 0 else np.array([0, 3, 7])
    root = 48 + int(rng.integers(12))
    onsets = np.arange(0, seconds, step)
    return [
        (
            float(t),
            0.9 * step,
            root + int(triad[i % 3]) + 12 * int(rng.integers(2)),
            velocity + int(rng.integers(-8, 9)),
        )
        for i, t in enumerate(onsets)
    ]


def mood_files(songs=6):
    """Return {file name: content} with a clip of each quadrant for every song."""
    moods = {1: (1, 1), 2: (-1, 1), 3: (-1, -1), 4: (1, -1)}
    return {
        f"Q{quadrant}_song_{song}_0.mid": clip_midi(mood_clip(*mood, 10 * song + quadrant))
        for song in range(songs)
        for quadrant, mood in moods.items()
    }


def write_emopia(path, files):
    """Write files as ``EMOPIA_1.0.tar.gz``."""
    with tarfile.open(path, "w:gz") as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(f"midis/{name}")
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path
