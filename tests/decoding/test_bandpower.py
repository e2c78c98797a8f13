import numpy as np
import pytest
from decoding_windows import HEADBAND, TEN_TWENTY, Person, make_window, rest
from hypothesis import given, settings
from hypothesis import strategies as st

from affectlab.affect import AffectState
from affectlab.decoding.bandpower import LEAST_QUALITY, LEAST_REST_SECONDS, AxisModel, BandPowerDecoder
from affectlab.decoding.baseline import Deviation
from affectlab.decoding.prior import PRIOR_SD

PRIOR = np.eye(2) * PRIOR_SD**2


def rested(person, seconds=60.0, **kwargs) -> BandPowerDecoder:
    decoder = BandPowerDecoder()
    rest(decoder, person, seconds, **kwargs)
    return decoder


def mean_over(decoder, person, repeats=20, **state):
    return np.mean([decoder.decode(person.window(100.0, **state)).mean for _ in range(repeats)], axis=0)


def is_prior(belief) -> bool:
    return np.array_equal(belief.mean, [0, 0]) and np.allclose(belief.covariance, PRIOR)


@pytest.mark.parametrize("channels", [TEN_TWENTY, HEADBAND, ("F3", "F4")])
@pytest.mark.parametrize("sfreq", [125.0, 250.0])
def test_each_axis_follows_its_own_feature(channels, sfreq) -> None:
    person = Person(1, channels, sfreq)
    decoder = rested(person, step=1.0)
    calm, tense = mean_over(decoder, person, arousal=-0.8), mean_over(decoder, person, arousal=0.8)
    sad, glad = mean_over(decoder, person, valence=-0.8), mean_over(decoder, person, valence=0.8)
    assert tense[1] - calm[1] > 0.3
    assert glad[0] - sad[0] > 0.1
    assert abs(tense[0] - calm[0]) < (tense[1] - calm[1]) / 2
    assert abs(glad[1] - sad[1]) < max(glad[0] - sad[0], 0.1)


def test_belief_is_the_prior_times_one_noisy_measurement() -> None:
    model = AxisModel(gain=0.5, misfit_sd=0.3, sparseness=2.0, typical_sd=1.0)
    noise = 0.5**2 * (1 + 0.1 + 2.0 / 4) + 0.3**2
    measured = AffectState.at(np.tanh(0.5 * 1.5), 0, sd=np.sqrt(noise))
    expected = measured.fuse(AffectState.at(0, 0, sd=PRIOR_SD))
    mean, variance = model.belief(Deviation(score=1.5, variance=0.1, support=4.0))
    assert mean == pytest.approx(expected.valence)
    assert variance == pytest.approx(expected.sd[0] ** 2)


def test_rest_is_near_the_origin() -> None:
    person = Person(2)
    assert np.abs(mean_over(rested(person), person, repeats=40)).max() < 0.12


def test_nothing_is_claimed_before_there_is_a_baseline() -> None:
    person = Person(3)
    decoder = BandPowerDecoder()
    assert is_prior(decoder.decode(person.window(4.0, arousal=1)))
    rest(decoder, person, LEAST_REST_SECONDS - 0.5)
    assert is_prior(decoder.decode(person.window(20.0, arousal=1)))
    decoder.observe_rest(person.window(LEAST_REST_SECONDS))
    assert not is_prior(decoder.decode(person.window(20.0, arousal=1)))


def test_nothing_is_claimed_without_a_usable_channel() -> None:
    person = Person(4, HEADBAND)
    decoder = rested(person, scores=(1, 1, 1, 1))
    assert is_prior(decoder.decode(person.window(70.0, arousal=1, scores=(LEAST_QUALITY / 2,) * 4)))
    assert is_prior(decoder.decode(make_window(np.zeros((4, 1000)), HEADBAND)))


def test_valence_stays_at_the_prior_without_a_frontal_pair() -> None:
    person = Person(5, HEADBAND)
    decoder = rested(person)
    belief = decoder.decode(person.window(70.0, valence=1, scores=(1, 0, 1, 1)))
    assert belief.valence == 0
    assert belief.sd[0] == pytest.approx(PRIOR_SD)
    assert belief.sd[1] < PRIOR_SD


def test_a_channel_never_clean_at_rest_is_not_compared() -> None:
    person = Person(6, HEADBAND)
    decoder = rested(person, scores=(1, 0, 1, 1))
    assert decoder.decode(person.window(70.0, valence=1)).sd[0] == pytest.approx(PRIOR_SD)


def test_a_channel_that_drops_out_is_not_mistaken_for_affect() -> None:
    person = Person(7, TEN_TWENTY)
    person.alpha_gain[:9] *= 8
    decoder = rested(person)
    lost = (0.0,) * 9 + (1.0,) * 10
    estimates = [decoder.decode(person.window(70.0, scores=lost)).arousal for _ in range(20)]
    assert abs(np.mean(estimates)) < 0.15


def test_doubt_grows_as_channels_are_lost_and_baselines_get_shorter() -> None:
    person = Person(8)
    window = person.window(70.0)
    clean = rested(person).decode(window).sd
    short = rested(person, 12.0).decode(window).sd
    poor = rested(person).decode(person.window(70.0, scores=(0.3,) * 19)).sd
    assert (short > clean).all()
    assert (poor > clean).all()
    assert (poor < PRIOR_SD).all()


@pytest.mark.parametrize(("step", "seconds"), [(0.5, 60.0), (1.0, 60.0), (4.0, 60.0)])
def test_overlapping_windows_count_the_seconds_they_add(step, seconds) -> None:
    assert rested(Person(9, HEADBAND), seconds, step=step).rest_seconds == pytest.approx(seconds)


def test_overlap_does_not_make_the_baseline_surer() -> None:
    dense, sparse = (rested(Person(10, HEADBAND), step=step) for step in (0.5, 4.0))
    window = Person(11, HEADBAND).window(70.0)
    np.testing.assert_allclose(dense.decode(window).sd, sparse.decode(window).sd, rtol=1e-9)


def test_unusable_rest_is_not_counted() -> None:
    assert rested(Person(12, HEADBAND), scores=(0, 0, 0, 0)).rest_seconds == 0


def test_an_artefact_at_rest_does_not_move_the_baseline() -> None:
    person = Person(13, HEADBAND)
    clean, disturbed = rested(person), rested(person)
    for time in np.arange(60.5, 70, 0.5):
        disturbed.observe_rest(person.window(time, arousal=8))
    assert abs(mean_over(disturbed, person)[1] - mean_over(clean, person)[1]) < 0.2


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 1000),
    st.floats(0, 1),
    st.floats(1e-9, 1e6),
    st.sampled_from([TEN_TWENTY, HEADBAND, ("Oz",)]),
)
def test_any_belief_is_proper_and_no_wider_than_the_prior(seed, score, gain, channels) -> None:
    generator = np.random.default_rng(seed)
    decoder = BandPowerDecoder()
    for time in np.arange(4.0, 16.0, 2.0):
        data = generator.normal(0, 10, (len(channels), 500))
        decoder.observe_rest(make_window(data, channels, time=time, sfreq=125.0))
    data = gain * generator.normal(0, 10, (len(channels), 500))
    scores = generator.uniform(0, score, len(channels))
    belief = decoder.decode(make_window(data, channels, scores=scores, time=20.0, sfreq=125.0))
    assert np.isfinite(belief.mean).all()
    assert (belief.sd <= PRIOR_SD + 1e-12).all()
    assert belief.time == 20.0
