from itertools import islice

import numpy as np
import pytest

from affectlab.music.form import sections
from affectlab.music.harmony import TONIC, Chord
from affectlab.music.modes import IONIAN, Scale
from affectlab.music.progression import Span
from affectlab.music.rhythm import FOUR
from affectlab.music.singer import Singer
from affectlab.music.voicing import lead

SCALE = Scale(0, IONIAN.steps)
CHORD = Chord(SCALE, 0, TONIC)
SPAN = Span(0, 4, CHORD, lead(CHORD, None, None, root_position=True))


def sing(densities, valence=0.5, seed=0):
    singer = Singer()
    phrase = next(islice(sections(np.random.default_rng(seed)), 1)).phrases[0]
    singer.begin_phrase(phrase, FOUR, SCALE, valence, 0)
    notes, swells = [], []
    for beat, density in enumerate(densities):
        notes += [(beat + stroke.onset, stroke) for stroke in singer.sing(SPAN, beat % 4, None, density)]
        swells.append(singer.swell())
    return singer, notes, swells


@pytest.mark.parametrize("seed", range(8))
def test_one_voice_sings_one_note_at_a_time_even_when_density_jumps(seed):
    _, notes, _ = sing([0.0, 1.0] * 8, seed=seed)
    ends = [onset + stroke.length for onset, stroke in notes]
    assert all(end <= onset + 1e-9 for end, (onset, _) in zip(ends, notes[1:], strict=False))


def test_a_denser_melody_has_more_notes():
    counts = [len(sing([density] * 16)[1]) for density in (0.0, 0.4, 0.8)]
    assert counts == sorted(set(counts))


def test_the_phrase_swells_to_its_climax_and_falls_away():
    _, notes, swells = sing([0.5] * 16)
    peak = swells.index(max(swells))
    highest = max(notes, key=lambda item: item[1].pitch)
    assert abs(highest[0] - peak) < 1
    assert all(-1.2 <= swell <= 1 for swell in swells)
    assert swells[: peak + 1] == sorted(swells[: peak + 1])
    assert swells[peak:] == sorted(swells[peak:], reverse=True)


def test_happier_phrases_lie_higher():
    happy, sad = sing([0.5] * 16, valence=0.9), sing([0.5] * 16, valence=-0.9)
    assert happy[0].register > sad[0].register

    def mean(notes):
        return np.mean([stroke.pitch for _, stroke in notes])

    assert mean(happy[1]) > mean(sad[1]) + 3
