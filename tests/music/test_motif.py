from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectlab.music.motif import Motif, evolve, invent, rhythm_of
from affectlab.music.rhythm import FOUR, SIX_EIGHT, THREE

motifs = st.integers(0, 500).map(lambda seed: invent(np.random.default_rng(seed)))
TUNE = Motif((0, 1, 2, 1, 4), 7)


def test_the_variations_of_a_tune():
    assert TUNE.inverted().contour == (0, -1, -2, -1, -4)
    assert TUNE.reversed().contour == (0, -3, -2, -3, -4)
    assert TUNE.sequenced(2).contour == (2, 3, 4, 3, 6)
    assert TUNE.ornamented(2).contour == (0, 1, 2, 1, 4)
    assert TUNE.ornamented(3).contour == (0, 1, 2, 1, 2)
    assert TUNE.rerhythmed(8).contour == TUNE.contour


@given(motifs)
def test_inverting_twice_and_moving_there_and_back_change_nothing(motif):
    assert motif.inverted().inverted() == motif
    assert motif.sequenced(3).sequenced(-3) == motif


@given(motifs)
def test_an_invented_motif_is_singable(motif):
    assert motif.contour[0] == 0
    assert all(abs(after - before) <= 2 for before, after in pairwise(motif.contour))
    assert max(motif.contour) - min(motif.contour) <= 7


@given(motifs, st.integers(0, 1000))
def test_an_ornament_touches_one_note_only(motif, index):
    varied = motif.ornamented(index)
    assert sum(a != b for a, b in zip(motif.contour, varied.contour, strict=True)) <= 1


def test_after_ten_generations_a_motif_is_another():
    generator = np.random.default_rng(1)
    motif = first = invent(generator)
    for _ in range(10):
        motif = evolve(motif, generator)
    assert motif.contour != first.contour
    assert motif.rhythm != first.rhythm


@pytest.mark.parametrize("metre", [FOUR, THREE, SIX_EIGHT], ids=lambda metre: metre.name)
@given(seed=st.integers(0, 10_000))
def test_a_rhythm_states_its_downbeat_and_breathes_at_its_end(metre, seed):
    rhythm = rhythm_of(seed, metre)
    onsets = [onset for onset, _ in rhythm]
    assert rhythm[0] == (0.0, 1.0)
    assert onsets == sorted(set(onsets))
    assert max(onsets) < 2 * metre.beats - 1
    assert all(0 <= salience <= 1 for _, salience in rhythm)
