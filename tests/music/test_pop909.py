"""Songs on the grid: bars, parts, and what is left out with which reason."""

import collections

import numpy as np
import pytest
from pop909_layout import beat_table, chord_table, midi, song

from affectlab.music.instruments import PARTS
from affectlab.music.learned.corpus.beats import lay_out, pulse, quantised, read_beats
from affectlab.music.learned.corpus.origin import Dropped
from affectlab.music.learned.corpus.pop909 import BASS_TOP, candidates, is_bass, song_piece
from affectlab.music.learned.corpus.pop909_files import Song
from affectlab.music.learned.features import FEATURES, beat_features
from affectlab.music.learned.tokens import decode, encode

pytest.importorskip("symusic")


def as_song(number="001", **changes):
    files = song(3) | {name.replace("__", "."): content for name, content in changes.items()}
    return Song(number, files["mid"], files["beat_midi.txt"], files["chord_midi.txt"])


def rows(piece, part):
    return [tuple(int(one) for one in row)[:3] for row in piece.of_part(part)]


def test_bars_tempo_and_loudness_are_those_of_the_song() -> None:
    piece = song_piece(as_song())
    assert piece.name == "pop909/001"
    assert piece.metres.tolist() == [4] * 8
    np.testing.assert_allclose(piece.tempo, 120, rtol=1e-4)
    assert np.nanmin(piece.loudness) >= 60 / 127 - 1e-6
    assert np.nanmax(piece.loudness) <= 90 / 127 + 1e-6


def test_the_bridge_sings_where_the_melody_rests() -> None:
    melody = [(beat, 1, 70, 90) for beat in range(4)]
    bridge = [(1, 1, 76, 60), (5, 1, 77, 60)]
    piano = [(b / 2, 0.5, 60 + b % 3, 60) for b in range(100)]
    tracks = {"MELODY": melody, "BRIDGE": bridge, "PIANO": piano}
    piece = song_piece(as_song(mid=midi(tracks), beat_midi__txt=beat_table(60)))
    assert rows(piece, "pad") == [(12, 12, 76)]
    assert rows(piece, "melody")[-1] == (60, 12, 77)


def test_the_lowest_line_of_the_piano_is_the_bass() -> None:
    starts = np.array([0, 0, 0, 12, 24, 24, 48, 60])
    lengths = np.array([48, 48, 48, 12, 12, 12, 12, 12])
    pitches = np.array([36, 48, 60, 43, 31, 64, BASS_TOP, 45])
    # C2 with its octave above; G2 over the held C2 is harmony; a lower note takes over; G3 is too high.
    assert is_bass(starts, lengths, pitches).tolist() == [
        True, False, False, False, True, False, False, True
    ]  # fmt: skip


def test_six_beats_with_halves_of_three_are_bars_of_three() -> None:
    times, bars = read_beats(beat_table(24, metre=6))
    assert bars.tolist() == list(range(0, 24, 3))
    assert len(times) == 24


def test_an_upbeat_gets_a_bar_of_its_own_and_silence_before_is_cut() -> None:
    times, bars = read_beats(beat_table(32, start=2.0))
    upbeat = lay_out(times, bars, 1.5, 10.0)
    assert upbeat.times[0] == pytest.approx(0.0)
    assert upbeat.metres[0] == 4
    late = lay_out(times, bars, 6.1, 10.0)
    assert late.times[0] == pytest.approx(6.0)
    assert upbeat.times[-1] > 10
    assert len(upbeat.times) == upbeat.metres.sum() + 1


def test_a_bar_that_is_too_long_is_split() -> None:
    times = np.arange(40) / 2
    beats = lay_out(times, np.array([0, 4, 12, 16, 20, 27, 31, 35]), 0.0, 19.0)
    assert beats.metres.tolist()[:8] == [4, 4, 4, 4, 4, 4, 3, 4]


def test_beats_gather_on_sixteenths_or_triplets() -> None:
    played = np.array([0.01, 0.26, 0.49, 0.76, 1.0, 1.34, 1.65, 2.98])
    assert quantised(played).tolist() == [0, 3, 6, 9, 12, 16, 20, 36]
    assert pulse(np.arange(32) / 4) == pytest.approx(1)
    assert pulse(np.random.default_rng(0).uniform(0, 100, 2000)) < 0.1


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"mid": b""}, "MIDI file cannot be read"),
        ({"mid": b"MThd garbage"}, "MIDI file cannot be read"),
        ({"mid": "no bridge"}, "no notes in a track BRIDGE"),
        ({"mid": "few"}, "notes, expected at least 100"),
        ({"beat_midi__txt": b""}, "expected at least 16 rows of 3"),
        ({"beat_midi__txt": b"a b c\n" * 20}, "beat_midi.txt cannot be read"),
        ({"beat_midi__txt": b"1 1 1\n" * 20}, "do not increase"),
        ({"beat_midi__txt": beat_table(32, metre=99)}, "fewer than two bar lines"),
        ({"beat_midi__txt": beat_table(32, bpm=113.7)}, "played too freely"),
        ({"chord_midi__txt": b"0.2 1.2 C:maj\n1.2 2.2 F:maj\n"}, "misaligned: 0% of its chords"),
        ({"chord_midi__txt": b"zero\n"}, "chord_midi.txt cannot be read"),
    ],
)
def test_odd_songs_are_left_out_with_a_reason(changes, reason) -> None:
    one = [(0, 1, 60, 90)]
    made = {
        "no bridge": midi({"MELODY": one, "PIANO": one}),
        "few": midi(dict.fromkeys(("MELODY", "BRIDGE", "PIANO"), one)),
    }
    changes = {name: made.get(value, value) for name, value in changes.items()}
    with pytest.raises(Dropped, match=reason):
        song_piece(as_song(**changes))


def test_a_song_without_chords_is_kept() -> None:
    assert song_piece(as_song(chord_midi__txt=b"")).beats == 32
    assert song_piece(as_song(chord_midi__txt=chord_table(8))).beats == 32


@pytest.fixture(scope="module")
def archive(data_root):
    path = data_root / "pop909" / "POP909.tar.gz"
    if not path.is_file():
        pytest.skip(f"no POP909 at {path}")
    return path


@pytest.mark.data
def test_real_songs_keep_their_notes_and_their_mode(archive) -> None:
    """Mode against the keys that POP909's authors estimated from the audio."""
    import tarfile

    wanted = {f"pop909/{number:03}" for number in range(1, 910, 18)}
    with tarfile.open(archive) as files:
        keys = {
            member.name.split("/")[-2]: files.extractfile(member).read().decode()
            for member in files
            if member.name.endswith("key_audio.txt")
        }
    pieces = []
    for candidate in candidates(archive):
        if candidate.name in wanted:
            try:
                pieces.append(candidate.read())
            except Dropped:
                continue
    assert len(pieces) >= 48
    agree = []
    for piece in pieces:
        modes = collections.Counter()
        for line in keys[piece.name[-3:]].splitlines():
            start, end, key = line.split()
            modes[key.split(":")[1]] += float(end) - float(start)
        major = np.nanmean(beat_features(piece)[:, FEATURES.index("mode")]) > 0
        agree.append(major == (modes.most_common(1)[0][0] == "maj"))
        assert set(piece.notes["part"]) >= {PARTS.index("melody"), PARTS.index("bass")}
    assert np.mean(agree) > 0.8
    for piece in pieces[:3]:
        assert decode(encode(piece)).notes.tolist() == piece.notes.tolist()
