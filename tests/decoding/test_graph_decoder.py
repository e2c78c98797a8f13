import numpy as np
import pytest
from decoding_windows import HEADBAND, TEN_TWENTY, Person, make_window, rest
from hypothesis import given, settings
from hypothesis import strategies as st
from stand_in_weights import StandInWeights

from affectlab.decoding import PRIOR_SD, without_prior
from affectlab.decoding.graph import GraphDecoder
from affectlab.decoding.reasons import MISPLACED, NO_BASELINE, POOR_SIGNAL, UNFAMILIAR
from affectlab.errors import DecodingError

CHANNELS = ("Fp1", "Fp2", "C3", "C4", "O1", "O2")


def rested(seconds=30.0, seed=0, channels=CHANNELS, **weights):
    decoder, person = GraphDecoder(StandInWeights(**weights)), Person(seed, channels, spread=0.4)
    rest(decoder, person, seconds)
    return decoder, person


def is_prior(belief):
    return belief.mean.tolist() == [0, 0] and np.array_equal(belief.covariance, np.eye(2) * PRIOR_SD**2)


def test_before_there_is_a_baseline_the_prior_is_said_and_why() -> None:
    decoder, person = rested(7.5)
    belief = decoder.decode(person.window(8.0))
    assert is_prior(belief)
    assert (decoder.reason, belief.time) == (NO_BASELINE, 8.0)
    assert without_prior(belief) is None
    decoder.observe_rest(person.window(8.0))
    assert not is_prior(decoder.decode(person.window(12.0)))


def test_seconds_of_rest_count_overlapping_windows_once_and_poor_ones_not() -> None:
    decoder, person = rested(30.0)
    assert decoder.rest_seconds == pytest.approx(30.0)
    decoder.observe_rest(person.window(31.0, scores=[0.0] * 6))
    assert decoder.rest_seconds == pytest.approx(30.0)


def test_a_measurement_is_the_networks_mean_and_predictive_variance() -> None:
    decoder, person = rested(sd=0.3)
    measured = without_prior(decoder.decode(person.window(40.0, arousal=1.0)))
    said = decoder.weights.run(decoder.weights.seen[-1])
    assert measured.arousal == pytest.approx(said.mean[0, 1], abs=1e-6)
    assert measured.covariance[1, 1] == pytest.approx(0.09, rel=1e-5)


def test_an_axis_without_training_says_the_prior_exactly_and_the_reason_names_it() -> None:
    decoder, person = rested()
    belief = decoder.decode(person.window(40.0, arousal=1.0))
    assert (belief.valence, belief.covariance[0, 0], belief.covariance[0, 1]) == (0.0, PRIOR_SD**2, 0.0)
    assert belief.covariance[1, 1] < PRIOR_SD**2
    assert decoder.reason == "valence not trained"


def test_with_both_axes_trained_nothing_is_missing() -> None:
    decoder, person = rested(axes=("valence", "arousal"))
    belief = decoder.decode(person.window(40.0))
    assert decoder.reason == ""
    assert belief.covariance[0, 0] == pytest.approx(1 / (1 / PRIOR_SD**2 + 1 / 0.09), rel=1e-5)


def test_arousal_is_told_from_rest_on_a_headband_and_on_the_whole_head() -> None:
    for channels in (HEADBAND, TEN_TWENTY):
        decoder, person = rested(40.0, seed=3, channels=channels)
        busy = [decoder.decode(person.window(50.0 + t, arousal=1.0)).arousal for t in range(8)]
        calm = [decoder.decode(person.window(50.0 + t, arousal=-1.0)).arousal for t in range(8)]
        assert np.mean(busy) > np.mean(calm) + 0.05


def test_electrodes_in_another_order_are_noticed_and_nothing_is_said() -> None:
    decoder, person = rested(40.0, channels=TEN_TWENTY)
    assert not is_prior(decoder.decode(person.window(50.0)))
    turned = np.random.default_rng(2).permutation(len(TEN_TWENTY))
    decoder = GraphDecoder(StandInWeights())
    for time in np.arange(4.0, 30.0, 2.0):
        decoder.observe_rest(make_window(person.window(time).data[turned], TEN_TWENTY, time=time))
    assert is_prior(decoder.decode(make_window(person.window(40.0).data[turned], TEN_TWENTY, time=40.0)))
    assert decoder.reason == MISPLACED


def test_too_few_usable_channels_say_nothing() -> None:
    decoder, person = rested()
    assert is_prior(decoder.decode(person.window(40.0, scores=[1.0, 0.9, 0.0, 0.0, 0.1, 0.0])))
    assert decoder.reason == POOR_SIGNAL


@settings(max_examples=25, deadline=None)
@given(st.floats(0.3, 1), st.floats(0.3, 1), st.floats(0, 3), st.floats(0, 3))
def test_poorer_signal_and_farther_from_training_is_never_surer(one, other, near, far) -> None:
    def variance(quality, distance):
        decoder, person = rested(8.0, distance=distance)
        return decoder.decode(person.window(40.0, scores=[quality] * 6)).covariance[1, 1]

    better, worse = max(one, other), min(one, other)
    closer, farther = min(near, far), max(near, far)
    assert variance(better, closer) <= variance(worse, farther) <= PRIOR_SD**2 + 1e-12


def test_far_from_everything_trained_on_hardly_anything_is_measured() -> None:
    familiar, person = rested(distance=0.9)
    strange, _ = rested(distance=2.0)
    window = person.window(40.0, arousal=1.0)
    assert strange.decode(window).sd[1] > 0.97 * PRIOR_SD
    assert strange.reason == UNFAMILIAR
    assert familiar.decode(window).sd[1] < 0.6 * PRIOR_SD


def test_the_baseline_is_made_once_when_there_is_enough_and_once_when_rest_is_over(monkeypatch) -> None:
    from affectlab.decoding.usable import LiveRest

    made = []
    monkeypatch.setattr(
        LiveRest,
        "reference",
        lambda self, real=LiveRest.reference: made.append(self.seconds) or real(self),
    )
    decoder, person = GraphDecoder(StandInWeights()), Person(0, CHANNELS)
    for time in np.arange(4.0, 30.1, 0.5):
        window = person.window(time)
        decoder.observe_rest(window)
        decoder.decode(window)
    while_resting = [seconds for seconds in made if seconds >= 8.0]
    decoder.decode(person.window(31.0))
    decoder.decode(person.window(32.0))
    assert while_resting == [8.0]
    assert made[-1] == 30.0
    assert made.count(30.0) == 1


def test_the_same_channels_in_another_order_are_the_same_channels() -> None:
    decoder, person = rested()
    window = person.window(40.0, arousal=1.0)
    turned = make_window(window.data[::-1], CHANNELS[::-1], time=40.0)
    assert decoder.decode(turned).arousal == pytest.approx(decoder.decode(window).arousal, abs=1e-5)


def test_a_calibration_on_other_weights_is_refused_in_one_line(tmp_path) -> None:
    from affectlab.decoding.personal_calibration import PersonalCalibration

    calibration = PersonalCalibration(StandInWeights(sha256="b" * 64))
    calibration.begin(CHANNELS)
    person = Person(0, CHANNELS)
    for time in np.arange(4.0, 20.1, 0.5):
        calibration.rest(person.window(time))
    assert calibration.set_reference()
    with pytest.raises(DecodingError, match=r"other weights \(bbbbbbbb\) than the decoder's \(aaaaaaaa\)"):
        GraphDecoder(StandInWeights(), person=calibration.finish({}))


def test_torch_is_not_needed() -> None:
    import subprocess
    import sys

    code = (
        "import sys; sys.modules['torch'] = None\n"
        "from affectlab.decoding.graph import GraphDecoder\n"
        "assert 'onnxruntime' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
