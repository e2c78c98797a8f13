"""Cues of notes and of sound, on music of which they are known."""

import numpy as np
import pytest
from played_music import played

from affectlab.music.evaluation.cues import CUES, WINDOW, cues, sounding
from affectlab.music.evaluation.spectra import BANDS, spectra

MAJOR, MINOR = (0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10)


def scale(steps, root=60, step=0.25, seconds=8.0, velocity=64, hold=1.0):
    onsets = np.arange(0, seconds, step)
    return played([(t, hold * step, root + steps[i % 7], velocity) for i, t in enumerate(onsets)])


def cue(notes, name, centre=4.0):
    return cues(notes, np.array([centre]))[0, CUES.index(name)]


def test_pace_is_counted_in_attacks_and_notes() -> None:
    chords = played([(t, 0.4, pitch, 64) for t in np.arange(0, 8, 0.5) for pitch in (60, 64, 67)])
    assert cue(chords, "attacks") == 2.0
    assert cue(chords, "notes") == 6.0
    assert cue(chords, "wait") == -1.0
    assert (cue(chords, "wait_spread"), cue(chords, "evenness")) == pytest.approx((0.0, 1.0), abs=1e-9)
    assert cue(chords, "polyphony") == pytest.approx(3 * 0.8, rel=0.1)


def test_touch_register_and_articulation() -> None:
    notes = scale(MAJOR, root=72, velocity=100, hold=0.5)
    assert cue(notes, "velocity") == cue(notes, "velocity_top") == pytest.approx(100 / 127)
    assert cue(notes, "velocity_spread") == pytest.approx(0, abs=1e-9)
    assert cue(notes, "articulation") == pytest.approx(0.5)
    assert cue(notes, "length") == pytest.approx(-3.0)
    assert (
        cue(notes, "pitch")
        == cue(notes, "top")
        == cue(notes, "bottom")
        == pytest.approx(np.mean([72 + MAJOR[i % 7] for i in range(32)]))
    )


@pytest.mark.parametrize("root", [48, 55, 61])
def test_major_is_told_from_minor_in_any_key(root) -> None:
    bright, dark = (
        played([(4 * i, 4, root + s, 64) for i in range(2) for s in steps])
        for steps in ((0, 4, 7), (0, 3, 7))
    )
    assert cue(bright, "mode") > 0.05 > -0.05 > cue(dark, "mode")
    assert cue(bright, "key_clarity") > cue(played([(0, 8, p, 64) for p in range(60, 71)]), "key_clarity")


def test_clusters_are_tenser_than_fifths() -> None:
    fifth, cluster = (
        played([(t, 1, p, 64) for t in range(8) for p in pair]) for pair in ((60, 67), (60, 61))
    )
    assert cue(cluster, "tension") == pytest.approx(1.428)
    assert cue(fifth, "tension") == pytest.approx(-1.24)
    assert cue(fifth, "pitch_classes") == pytest.approx(1.0)


def test_a_window_sees_what_begins_in_it_and_silence_is_unknown() -> None:
    notes = np.concatenate([scale(MAJOR, velocity=30), scale(MAJOR, velocity=90)])
    notes["onset"][len(notes) // 2 :] += 8
    read = cues(notes, np.array([4.0, 12.0, 30.0]))[:, CUES.index("velocity")] * 127
    assert read[:2] == pytest.approx([30, 90])
    assert np.isnan(read[2])
    assert np.isnan(cues(played([]), np.array([4.0]))).all()


def test_pitch_classes_sound_from_onset_to_end() -> None:
    roll = sounding(played([(1.0, 0.5, 62, 64), (1.25, 2.0, 74, 64)]), 0.0, 2.0, step=0.25)
    assert roll[:, 2].tolist() == [0, 0, 0, 0, 1, 2, 1, 1]
    assert roll.sum() == roll[:, 2].sum()


def test_spectra_tell_level_pace_register_and_mode() -> None:
    centre = np.array([WINDOW / 2])
    quiet, loud = (spectra(scale(MAJOR, velocity=v), centre)[0] for v in (40, 110))
    assert quiet.shape == (2 * (BANDS + 4) + 6,)
    assert loud[BANDS] - quiet[BANDS] > 10
    slow, fast = (spectra(scale(MAJOR, step=s), centre)[0] for s in (1.0, 0.25))
    assert (fast[-1], slow[-1]) == pytest.approx((4.0, 1.0), abs=0.6)
    assert 2 ** fast[-3] == pytest.approx(0.25, abs=0.05)
    low, high = (spectra(scale(MAJOR, root=r), centre)[0] for r in (40, 76))
    assert high[BANDS + 2] > low[BANDS + 2] + 1
    bright, dark = (
        spectra(played([(t, 2, 60 + s, 64) for t in (0, 2, 4, 6) for s in steps]), centre)[0]
        for steps in ((0, 4, 7), (0, 3, 7))
    )
    assert bright[-6] > dark[-6]


def test_of_silence_only_the_mode_is_unknown() -> None:
    unknown = ~np.isfinite(spectra(played([]), np.array([4.0, 8.0])))
    assert np.flatnonzero(unknown.any(axis=0)).tolist() == [2 * (BANDS + 4)]
