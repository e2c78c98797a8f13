from itertools import islice, pairwise

import numpy as np
import pytest

from affectlab.music.accompanist import Accompanist
from affectlab.music.form import places
from affectlab.music.mapping import Expression
from affectlab.music.modes import IONIAN


def expression(density):
    return Expression(colour=0.4, tempo_bpm=70.0, density=density, dynamics=0.5, detachment=0.2)


@pytest.mark.parametrize("density", [0.0, 0.5, 1.0])
def test_it_reports_how_the_bass_moves_on_the_beats_it_is_struck(density):
    accompanist, last = Accompanist(), None
    for here, after in pairwise(islice(places(np.random.default_rng(1)), 17)):
        metre = here.section.metre
        accompanist.begin_bar(here, after, IONIAN, expression(density))
        for beat in range(metre.beats):
            strokes = accompanist.play(beat, metre, density, here.section.texture)
            struck = [stroke.pitch for stroke in strokes if stroke.part == "bass"]
            if struck and last is not None:
                assert accompanist.bass_move == (last, struck[0])
            if not struck:
                assert accompanist.bass_move is None
            last = struck[0] if struck else last


def test_a_denser_accompaniment_plays_more():
    counts = []
    for density in (0.1, 0.4, 0.7, 1.0):
        accompanist, count = Accompanist(), 0
        for here, after in pairwise(islice(places(np.random.default_rng(1)), 17)):
            metre = here.section.metre
            accompanist.begin_bar(here, after, IONIAN, expression(density))
            beats = range(metre.beats)
            count += sum(len(accompanist.play(b, metre, density, here.section.texture)) for b in beats)
        counts.append(count)
    assert counts == sorted(set(counts))


def test_a_cadence_stands_still_while_other_bars_lead_on():
    accompanist = Accompanist()
    for here, after in pairwise(islice(places(np.random.default_rng(1)), 9)):
        metre, last = here.section.metre, here.section.metre.beats - 1
        accompanist.begin_bar(here, after, IONIAN, expression(0.6))
        (struck,) = [s.pitch for s in accompanist.play(last, metre, 0.6, "wave") if s.part == "bass"]
        assert (struck == accompanist.span(last).voicing.bass) or here.bar_index < 3
