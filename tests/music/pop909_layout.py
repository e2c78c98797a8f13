"""Songs in POP909's layout, written by tests."""

import io
import tarfile

import numpy as np

from affectlab.music.learned.corpus.splits import SPLITS, split_of

TRACKS = ("MELODY", "BRIDGE", "PIANO")


def midi(tracks, bpm=120):
    """Return a MIDI file of tracks {name: [(beat, beats, pitch, velocity)]}."""
    from symusic import Note, Score, Tempo, Track

    score = Score(480)
    score.tempos.append(Tempo(0, bpm))
    for name, rows in tracks.items():
        track = Track(name)
        for beat, beats, pitch, velocity in rows:
            track.notes.append(Note(round(480 * beat), round(480 * beats), pitch, velocity))
        score.tracks.append(track)
    return bytes(score.dumps_midi())


def beat_table(count, metre=4, bpm=120, start=0.0):
    """Return a ``beat_midi.txt`` of regular beats."""
    half = 3 if metre == 6 else 2
    rows = [(start + 60 / bpm * i, float(i % half == 0), float(i % metre == 0)) for i in range(count)]
    return "".join(f"{time} {halves} {bars}\n" for time, halves, bars in rows).encode()


def chord_table(bars, metre=4, bpm=120):
    """Return a ``chord_midi.txt`` with a chord a bar."""
    long = metre * 60 / bpm
    return "".join(f"{i * long}\t{(i + 1) * long}\tC:maj\n" for i in range(bars)).encode()


def song(seed, bars=8, bpm=120):
    """Return the files of a random song of sixteenths and chords."""
    random = np.random.default_rng(seed)
    beats = np.sort(random.choice(16 * bars, 8 * bars, replace=False)) / 4
    melody = [
        (float(b), 0.25, int(p), 90) for b, p in zip(beats, random.integers(60, 80, len(beats)), strict=True)
    ]
    bridge = [(4 * bar + 0.5, 1.0, 72, 60) for bar in range(bars)]
    piano = [(4 * bar, 2.0, pitch, 70) for bar in range(bars) for pitch in (36, 43, 60, 64)]
    tracks = dict(zip(TRACKS, (melody, bridge, piano), strict=True))
    return {
        "mid": midi(tracks, bpm),
        "beat_midi.txt": beat_table(4 * bars, bpm=bpm),
        "chord_midi.txt": chord_table(bars, bpm=bpm),
        "key_audio.txt": b"0.0\t16.0\tC:maj\n",
    }


def numbers_of(split, count):
    """Return numbers of songs that fall into a split."""
    found = (f"{i:03}" for i in range(1, 910) if split_of(f"pop909/{i:03}") == split)
    return [next(found) for _ in range(count)]


def some_songs():
    """Return {number: files} with two songs for each split."""
    numbers = [number for split in SPLITS for number in numbers_of(split, 2)]
    return {number: song(int(number)) for number in numbers}


def members(songs):
    """Yield (path in the archive, content)."""
    for number, files in songs.items():
        for kind, content in files.items():
            yield (
                f"POP909/{number}/{number if kind == 'mid' else ''}{'.mid' if kind == 'mid' else kind}",
                content,
            )


def write_archive(path, songs, extra=()):
    """Write songs as ``POP909.tar.gz``; `extra` are members as they are."""
    with tarfile.open(path, "w:gz") as archive:
        for name, content in members(songs):
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
        for info, content in extra:
            archive.addfile(info, io.BytesIO(content))
    return path


def write_folder(path, songs):
    """Write songs as the folder that the archive unpacks to."""
    for name, content in members(songs):
        file = path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return path / "POP909"
