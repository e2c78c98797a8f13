from itertools import islice

import numpy as np
import pytest

from affectlab.music.form import Bar, places, sections
from affectlab.music.modes import AEOLIAN, IONIAN
from affectlab.music.progression import Progression
from affectlab.music.rhythm import FOUR

DRAWS = (0.2, 0.99, 0.5)


@pytest.fixture
def section():
    chain = islice(sections(np.random.default_rng(0)), 40)
    return next(s for s in chain if s.metre == FOUR and s.tonic != s.next_tonic)


def symbols(bar, section, mode=IONIAN, density=0.6, progression=None):
    spans = (progression or Progression()).write_bar(bar, section, mode, 0.0, density, None)
    return [(span.start, span.beats, span.chord) for span in spans]


def test_a_bar_of_two_chords_splits_only_when_the_music_is_lively(section):
    bar = Bar(("S", "V"), (DRAWS, DRAWS))
    lively, calm = symbols(bar, section, density=0.6), symbols(bar, section, density=0.3)
    assert [(start, beats) for start, beats, _ in lively] == [(0, 2), (2, 2)]
    assert [(start, beats) for start, beats, _ in calm] == [(0, 4)]
    assert calm[0][2].function == "D"


def test_fixed_steps_are_what_they_say(section):
    for letter, root in (("I", section.tonic), ("V", section.tonic + 7), ("N", section.next_tonic + 7)):
        ((_, _, chord),) = symbols(Bar((letter,), (DRAWS,)), section)
        assert chord.root == root % 12
        assert chord.is_major
    ((_, _, deceptive),) = symbols(Bar(("VI",), (DRAWS,)), section)
    assert deceptive.root != section.tonic


def test_the_same_plan_follows_the_mode_of_the_moment(section):
    bar = Bar(("I",), (DRAWS,))
    assert symbols(bar, section, IONIAN)[0][2].is_major
    assert not symbols(bar, section, AEOLIAN)[0][2].is_major


def test_what_is_foreseen_is_what_comes_if_nothing_changes():
    progression, walk = Progression(), list(islice(places(np.random.default_rng(2)), 24))
    for here in walk:
        foreseen = progression.foresee(here.bar, here.section, IONIAN, 0.3)
        first = progression.write_bar(here.bar, here.section, IONIAN, 0.3, 1.0, None)[0]
        if len(here.bar.functions) == 1:
            assert first.chord.root == foreseen.root
