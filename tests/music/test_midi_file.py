"""MIDI files of takes, read back by two readers that did not write them."""

import numpy as np
import pytest
from played_music import beat, note, take_of

from affectlab.music.composer import RuleComposer
from affectlab.music.evaluation.midi import write_midi
from affectlab.music.evaluation.take import perform
from affectlab.music.instruments import PARTS
from affectlab.music.score import MusicControl

mido = pytest.importorskip("mido")
symusic = pytest.importorskip("symusic")


def read(path):
    """Return (onset, duration, pitch, velocity, program) rows in seconds."""
    score = symusic.Score.from_midi(path.read_bytes()).to("second")
    return sorted(
        (one.start, one.duration, one.pitch, one.velocity, track.program)
        for track in score.tracks
        for one in track.notes
    )


def test_every_note_sounds_when_and_how_it_was_written(tmp_path) -> None:
    arousal = np.linspace(-0.8, 0.9, 48)
    take = perform(RuleComposer(5), [MusicControl(0.2, a) for a in arousal], name="ramp", arm="rules", seed=5)
    write_midi(take, tmp_path / "take.mid")
    found = read(tmp_path / "take.mid")
    fields = ("onset", "duration", "pitch", "velocity", "program")
    written = sorted(tuple(row[name].item() for name in fields) for row in take.notes())
    assert len(found) == len(written) > 100
    # Within two ticks of 480 at the slowest tempo.
    order = lambda rows: np.array(sorted(rows, key=lambda row: (row[2], row[4], row[0])))  # noqa: E731
    np.testing.assert_allclose(order(found), order(written), atol=5e-3)


def test_the_tempo_track_says_each_beat_that_changes(tmp_path) -> None:
    take = take_of([beat(note(), duration=d) for d in (0.5, 0.5, 0.6, 0.4)])
    write_midi(take, tmp_path / "take.mid")
    changes = [
        (tick.time, tick.tempo)
        for tick in mido.MidiFile(tmp_path / "take.mid").tracks[0]
        if tick.type == "set_tempo"
    ]
    assert changes == [(0, 500_000), (960, 600_000), (480, 400_000)]


def test_a_note_may_ring_past_the_last_beat(tmp_path) -> None:
    take = take_of([beat(note(duration=3.0), duration=0.5)])
    write_midi(take, tmp_path / "take.mid")
    assert read(tmp_path / "take.mid")[0][1] == pytest.approx(3.0, abs=1e-3)


@pytest.mark.parametrize("programs", [3, 8, 20])
def test_the_drum_channel_is_never_used_and_programs_keep_their_sound(tmp_path, programs) -> None:
    notes = [note(60 + p, part=part, program=p) for p in range(programs) for part in PARTS[:2]]
    write_midi(take_of([beat(*notes)]), tmp_path / "take.mid")
    sounds, pitches = {}, {}
    for track in mido.MidiFile(tmp_path / "take.mid").tracks[1:]:
        for message in track:
            if message.type == "program_change":
                sounds.setdefault(message.channel, set()).add(message.program)
            if message.type == "note_on":
                pitches.setdefault(message.channel, set()).add(message.note - 60)
    assert 9 not in pitches
    if programs <= 15:
        assert all(len(one) == 1 for one in sounds.values())
        assert pitches == sounds
    assert set().union(*pitches.values()) == set(range(programs))
