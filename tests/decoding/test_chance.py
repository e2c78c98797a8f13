import numpy as np
import pytest
from decoding_windows import HEADBAND, Person, rest

from affectlab.decoding import PRIOR_SD, BandPowerDecoder, ChanceDecoder


def decoders(seed=0):
    person = Person(0, HEADBAND)
    real, chance = BandPowerDecoder(), ChanceDecoder(seed, BandPowerDecoder())
    for decoder in (real, chance):
        rest(decoder, Person(0, HEADBAND), step=2.0)
    return person, real, chance


def test_covariances_are_those_of_the_imitated_decoder() -> None:
    person, real, chance = decoders()
    for scores in [(1, 1, 1, 1), (1, 0.3, 1, 0), (0, 0, 0, 0)]:
        window = person.window(70.0, scores=scores)
        np.testing.assert_array_equal(chance.decode(window).covariance, real.decode(window).covariance)
    assert chance.rest_seconds == real.rest_seconds == pytest.approx(60)


def test_means_do_not_depend_on_the_signal() -> None:
    calm, tense = decoders()[2], decoders()[2]
    person = Person(1, HEADBAND)
    for time in (70.0, 71.0, 75.0):
        low, high = person.window(time, arousal=-1, valence=-1), person.window(time, arousal=1, valence=1)
        np.testing.assert_array_equal(calm.decode(low).mean, tense.decode(high).mean)


def test_means_spread_as_a_calibrated_decoders_would() -> None:
    person, _, chance = decoders(seed=3)
    window = person.window(0.0)
    beliefs = [chance.decode(_at(window, 60.0 * k)) for k in range(1, 600)]
    spread = np.var([belief.mean for belief in beliefs], axis=0)
    np.testing.assert_allclose(spread + beliefs[0].sd ** 2, PRIOR_SD**2, rtol=0.15)


def test_without_a_signal_it_says_the_prior() -> None:
    person, _, chance = decoders()
    np.testing.assert_array_equal(chance.decode(person.window(70.0, scores=(0, 0, 0, 0))).mean, [0, 0])


def test_the_seed_decides() -> None:
    person = Person(1, HEADBAND)
    windows = [person.window(time) for time in (70.0, 70.5, 80.0)]
    same, again, other = decoders(5)[2], decoders(5)[2], decoders(6)[2]
    for window in windows:
        mean = same.decode(window).mean
        np.testing.assert_array_equal(mean, again.decode(window).mean)
        assert not np.array_equal(mean, other.decode(window).mean)


def test_the_estimate_moves_no_faster_than_overlapping_windows_would() -> None:
    person, _, chance = decoders(7)
    window = person.window(0.0)
    means = np.array([chance.decode(_at(window, 70 + 0.5 * k)).mean for k in range(4000)])
    for axis in (0, 1):
        assert np.corrcoef(means[1:, axis], means[:-1, axis])[0, 1] == pytest.approx(
            np.exp(-0.5 / 8), abs=0.03
        )


def _at(window, time):
    return type(window)(window.data, window.sfreq, window.channels, time, window.quality)
