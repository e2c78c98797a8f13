import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectlab.affect import AffectState
from affectlab.session.person import SHIFT_SD, PersonModel

MUSIC = (0.4, -0.5)


def measured(point, time: float, sd: float = 0.4) -> AffectState:
    return AffectState.at(*(float(value) for value in point), sd=sd, time=time)


def listened(
    settles, *, seconds: float = 300.0, trust: float = 1.0, sd: float = 0.4, seed: int = 0
) -> PersonModel:
    """Let somebody hear `MUSIC` and settle at `settles`, decoded with white noise."""
    generator, person = np.random.default_rng(seed), PersonModel()
    person.hear(MUSIC, 0.0)
    for time in np.arange(0.5, seconds, 0.5):
        felt = np.array(settles) * (1 - np.exp(-time / 11)) + generator.normal(0, 0.3, 2)
        person.decoded(measured(np.clip(felt, -1, 1), float(time), sd), trust)
    return person


def test_nothing_measured_shifts_nothing() -> None:
    person = PersonModel()
    person.hear(MUSIC, 0.0)
    np.testing.assert_array_equal(person.shift, [0, 0])


def test_a_decoder_without_trust_shifts_nothing() -> None:
    np.testing.assert_allclose(listened((0.0, 0.0), trust=0.0).shift, [0, 0], atol=0.05)


def test_somebody_who_settles_short_of_the_music_is_noticed() -> None:
    shift = listened((0.1, -0.1)).shift
    assert -0.35 < shift[0] < -0.1
    assert 0.1 < shift[1] < 0.45


def test_decoding_alone_moves_the_shift_less_than_ratings_do() -> None:
    decoded = listened((0.0, 0.0)).shift
    rated = PersonModel()
    rated.hear(MUSIC, 0.0)
    for time in range(30, 300, 10):
        rated.reported(measured((0.0, 0.0), float(time), sd=0.15))
    assert np.all(np.abs(rated.shift) > np.abs(decoded))
    np.testing.assert_allclose(rated.shift, [-0.4, 0.5], atol=0.06)


def test_affect_follows_the_music_when_nothing_is_measured() -> None:
    person = PersonModel()
    person.hear(MUSIC, 0.0)
    person.reported(measured((0.0, 0.0), 0.0, sd=0.01))
    person.reported(measured((0.0, 0.0), 11.0, sd=100.0))
    np.testing.assert_allclose(person.state.mean, np.array(MUSIC) * (1 - np.exp(-1)), atol=0.01)


def test_in_silence_affect_returns_to_neutral() -> None:
    person = PersonModel()
    person.reported(measured((0.8, 0.8), 0.0, sd=0.01))
    person.reported(measured((0.8, 0.8), 200.0, sd=100.0))
    np.testing.assert_allclose(person.state.mean, [0, 0], atol=0.01)


point = st.tuples(st.floats(-1, 1), st.floats(-1, 1))


@given(st.lists(st.tuples(point, point, st.floats(0.05, 2), st.floats(0, 1), st.booleans()), max_size=40))
def test_the_model_stays_proper_whatever_is_measured(history) -> None:
    person = PersonModel()
    for index, (music, felt, sd, trust, silent) in enumerate(history):
        person.hear(None if silent else music, float(index))
        person.decoded(measured(felt, float(index), sd), trust)
        assert np.all(np.abs(person.state.mean) <= 1)
        assert np.all(np.isfinite(person.shift))


def test_the_prior_is_what_the_shift_is_shrunk_by() -> None:
    person = PersonModel()
    person.hear((0.0, 0.0), 0.0)
    person.reported(measured((0.6, 0.0), 60.0, sd=0.2))
    spread = 0.2**2 + 0.2**2 + SHIFT_SD**2
    assert person.shift[0] == pytest.approx(0.6 * SHIFT_SD**2 / spread, rel=0.15)
