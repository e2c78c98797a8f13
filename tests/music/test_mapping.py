import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectlab.errors import InvalidPlan
from affectlab.music.mapping import (
    Expression,
    checked,
    density_of,
    detachment_of,
    dynamics_of,
    expressed_arousal,
    expressed_valence,
    mode_of,
    register_of,
    requested,
    slewed,
    tempo_of,
    tension_of,
)
from affectlab.music.modes import AEOLIAN, DORIAN, IONIAN, LYDIAN, MIXOLYDIAN, MODES, PHRYGIAN
from affectlab.music.score import MusicControl

axis = st.floats(-1, 1)
share = st.floats(0, 1)
expressions = st.builds(Expression, axis, st.floats(40, 160), share, share, share)


@given(axis, axis)
def test_more_arousal_is_faster_denser_louder_and_more_detached(one, other):
    low, high = sorted((one, other))
    for cue in (tempo_of, density_of, dynamics_of, lambda a: detachment_of(0.0, a)):
        assert cue(low) <= cue(high)


@given(axis, axis)
def test_more_valence_is_brighter_higher_and_less_tense(one, other):
    low, high = sorted((one, other))
    assert MODES.index(mode_of(low)) <= MODES.index(mode_of(high))
    assert register_of(low) <= register_of(high)
    assert tension_of(low) >= tension_of(high)


def test_the_ends_of_the_tempo_range_and_its_geometric_middle():
    assert tempo_of(-1) == pytest.approx(50)
    assert tempo_of(1) == pytest.approx(130)
    assert tempo_of(0) == pytest.approx((50 * 130) ** 0.5)


@pytest.mark.parametrize(
    ("valence", "mode"),
    [(-1, PHRYGIAN), (-0.6, AEOLIAN), (-0.2, DORIAN), (0.1, MIXOLYDIAN), (0.5, IONIAN), (0.95, LYDIAN)],
)
def test_each_band_of_valence_has_its_mode(valence, mode):
    assert mode_of(valence) == mode


def test_the_outermost_modes_can_be_withheld():
    assert mode_of(-1, extremes=False) == AEOLIAN
    assert mode_of(1, extremes=False) == IONIAN
    assert mode_of(1, LYDIAN, extremes=False) == IONIAN


def test_a_mode_does_not_flicker_on_the_edge_of_its_band():
    assert mode_of(-0.02, MIXOLYDIAN) == MIXOLYDIAN
    assert mode_of(0.02, DORIAN) == DORIAN
    assert mode_of(-0.05, MIXOLYDIAN) == DORIAN


@given(axis, axis)
def test_arousal_is_read_back_as_it_was_asked_for(valence, arousal):
    assert expressed_arousal(requested(MusicControl(valence, arousal))) == pytest.approx(arousal, abs=1e-9)


@given(axis)
def test_valence_is_read_back_within_the_width_of_a_mode(valence):
    read = expressed_valence(mode_of(valence), valence, register_of(valence))
    assert abs(read - valence) < 0.2


def test_an_explicit_cue_overrides_arousal_and_shows_in_what_is_expressed():
    plain, fast = (requested(MusicControl(0.0, -0.5, tempo_bpm=bpm)) for bpm in (None, 130.0))
    assert fast.tempo_bpm == 130
    assert (fast.density, fast.dynamics) == (plain.density, plain.dynamics)
    assert expressed_arousal(fast) > expressed_arousal(plain) + 0.5
    assert requested(MusicControl(0, 0, density=0.9, dynamics=0.1)).density == 0.9
    assert requested(MusicControl(0, 0, density=0.9, dynamics=0.1)).dynamics == 0.1


@given(expressions, st.lists(expressions, min_size=4, max_size=24))
def test_four_beats_never_change_tempo_by_more_than_two_percent(first, targets):
    path = [slewed(None, first)]
    for target in targets:
        path.append(slewed(path[-1], target))
    for before, after in zip(path, path[4:], strict=False):
        assert max(before.tempo_bpm, after.tempo_bpm) / min(before.tempo_bpm, after.tempo_bpm) <= 1.02
    for before, after in itertools.pairwise(path):
        assert abs(after.dynamics - before.dynamics) <= 0.05 + 1e-9
        assert abs(after.density - before.density) <= 0.05 + 1e-9


@given(expressions, expressions)
def test_a_constant_target_is_reached(first, target):
    now = first
    for _ in range(400):
        now = slewed(now, target)
    for reached, wanted in zip(vars_of(now), vars_of(target), strict=True):
        assert reached == pytest.approx(wanted)


def vars_of(expression):
    return [getattr(expression, name) for name in Expression.__slots__]


@pytest.mark.parametrize(
    ("control", "message"),
    [
        (MusicControl(1.5, 0), r"valence of the music must be in \[-1, 1\], got 1.5"),
        (MusicControl(0, float("nan")), r"arousal of the music must be in \[-1, 1\], got nan"),
        (MusicControl(0, 0, tempo_bpm=300), r"tempo_bpm of the music must be in \[40, 160\], got 300"),
        (MusicControl(0, 0, density=-0.1), r"density of the music must be in \[0, 1\], got -0.1"),
        (MusicControl(0, 0, dynamics=2), r"dynamics of the music must be in \[0, 1\], got 2"),
    ],
)
def test_a_value_out_of_range_is_named(control, message):
    with pytest.raises(InvalidPlan, match=message):
        checked(control)
