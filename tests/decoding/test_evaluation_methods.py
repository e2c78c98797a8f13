"""Baselines learn what they should and no more; probabilities mean what they say."""

from dataclasses import replace

import numpy as np
import pytest
from evaluation_people import epochs_of, rest_and_task, trials

from affectlab.decoding.evaluation.artefacts import eyes_and_muscle, without_eyes_and_muscle
from affectlab.decoding.evaluation.baselines import Majority, StimulusMean
from affectlab.decoding.evaluation.inner import balanced_weights, inner_groups
from affectlab.decoding.evaluation.method import Examples
from affectlab.decoding.evaluation.methods import make_method
from affectlab.decoding.evaluation.metrics import METRICS, Judged
from affectlab.decoding.evaluation.principal import Principal
from affectlab.decoding.evaluation.remembered import Remembered
from affectlab.decoding.evaluation.resting import split_rest
from affectlab.decoding.evaluation.ridge import fit_ridge
from affectlab.decoding.evaluation.scaling import fit_scaling
from affectlab.errors import DecodingError

CLASSICAL = ("bandpower-lda", "bandpower-ridge", "tangent-ridge")


def judge(name, epochs, *, people=3, seconds=16.0, gain=1.0):
    """Learn from all but the first people, judge these; `gain` multiplies what is judged, and all rest."""
    rest, scored = split_rest(epochs, seconds)
    judged = np.isin(epochs.table.subject[scored].astype(str), [f"p{n}" for n in range(people)])
    train = Examples(epochs.take(scored[~judged]), rest)
    fitted = make_method(name).fit(train, "arousal", seed=0)
    test = epochs.take(scored[judged])
    louder = replace(test, data=test.data * np.float32(gain))
    rests = {who: replace(one, data=one.data * np.float32(gain)) for who, one in rest.items()}
    found = fitted.predict(Examples(louder, rests))
    return found, Judged(test.table.arousal, found.mean, found.sd, found.high)


@pytest.fixture(scope="module")
def people():
    pytest.importorskip("sklearn")
    pytest.importorskip("pyriemann")
    return epochs_of(rest_and_task(9, rest=60, task=40), effect=0.7, seed=3)


@pytest.mark.parametrize("name", CLASSICAL)
def test_an_effect_shared_by_people_is_found_in_people_not_met(name, people) -> None:
    _, judged = judge(name, people)
    assert METRICS["balanced_accuracy"](judged) > 0.85
    assert METRICS["ccc"](judged) > 0.5
    assert METRICS["ece"](judged) < 0.2


@pytest.mark.parametrize("name", CLASSICAL)
def test_without_an_effect_nobody_is_sure(name) -> None:
    nothing = epochs_of(rest_and_task(9, rest=60, task=40), effect=0.0, seed=5)
    found, judged = judge(name, nothing)
    assert abs(METRICS["balanced_accuracy"](judged) - 0.5) < 0.15
    assert np.abs(found.high - 0.5).max() < 0.3
    assert found.sd.min() > 0.3


@pytest.mark.parametrize("name", ["bandpower-ridge", "tangent-ridge"])
def test_relative_to_rest_an_amplifiers_gain_does_not_matter(name, people) -> None:
    np.testing.assert_allclose(judge(name, people)[0].mean, judge(name, people, gain=3.0)[0].mean, atol=2e-3)


@pytest.mark.parametrize("name", CLASSICAL)
@pytest.mark.parametrize("seconds", [0.0, 4.0])
def test_little_or_no_rest_is_enough_to_go_on(name, seconds, people) -> None:
    _, judged = judge(name, people, seconds=seconds)
    assert METRICS["auc"](judged) > 0.6


def test_a_dead_channel_does_not_break_anything(people) -> None:
    data, quality = people.data.copy(), people.quality.copy()
    data[people.table.subject == "p0", 2], quality[people.table.subject == "p0", 2] = 0.0, 0.0
    for name in CLASSICAL:
        _, judged = judge(name, replace(people, data=data, quality=quality))
        assert METRICS["balanced_accuracy"](judged) > 0.8


def test_majority_says_the_share_and_stimulus_mean_what_others_felt() -> None:
    about = trials(people=5, stimuli=4, seed=2)
    epochs = epochs_of(about, channels=("Cz",))
    majority = Majority().fit(Examples(epochs), "arousal", seed=0).predict(Examples(epochs))
    np.testing.assert_allclose(majority.high, np.mean(about.arousal > 0))
    stimulus = StimulusMean().fit(Examples(epochs), "arousal", seed=0).predict(Examples(epochs))
    for name in set(about.stimulus):
        shown = about.stimulus == name
        np.testing.assert_allclose(stimulus.mean[shown], about.arousal[shown].mean())
    unknown = replace(epochs, table=replace(about, stimulus=np.array(["new"] * len(about), dtype=object)))
    others = StimulusMean().fit(Examples(epochs), "arousal", seed=0).predict(Examples(unknown))
    np.testing.assert_allclose(others.mean, about.arousal.mean())


# The parts


def test_ridge_is_the_penalised_least_squares_solution() -> None:
    linear = pytest.importorskip("sklearn.linear_model")
    generator = np.random.default_rng(0)
    features = generator.normal(2, [1, 5, 0.1], (200, 3))
    label = features @ [0.5, -0.1, 3.0] + generator.normal(0, 1, 200)
    mass = generator.uniform(0.5, 2, 200)
    mass /= mass.sum()
    ridge, _ = fit_ridge(features, label, mass, np.arange(200) % 5)
    standard = (features - ridge.centre) / ridge.scale
    other = linear.Ridge(alpha=ridge.strength).fit(standard, label, sample_weight=mass)
    np.testing.assert_allclose(ridge.scores(features), other.predict(standard), atol=1e-6)


def test_guesses_out_of_fold_come_from_fits_without_that_fold() -> None:
    generator = np.random.default_rng(1)
    features, groups = generator.normal(0, 1, (60, 4)), np.arange(60) % 3
    label = features[:, 0] + generator.normal(0, 0.2, 60)
    mass = np.full(60, 1 / 60)
    _, guesses = fit_ridge(features, label, mass, groups)
    changed = label.copy()
    changed[groups == 1] += 50.0 * np.sign(generator.normal(size=np.sum(groups == 1)))
    ridge, others = fit_ridge(features, changed, mass, groups)
    if ridge.strength == fit_ridge(features, label, mass, groups)[0].strength:
        np.testing.assert_allclose(others[groups == 1], guesses[groups == 1], atol=1e-8)
    assert np.corrcoef(guesses, label)[0, 1] > 0.9


def test_a_constant_feature_has_no_say() -> None:
    features = np.column_stack([np.ones(50), np.linspace(-1, 1, 50)])
    ridge, _ = fit_ridge(features, features[:, 1], np.full(50, 0.02), np.arange(50) % 5)
    assert np.isfinite(ridge.scores(features + np.array([100.0, 0.0]))).all()


def test_scaling_recovers_log_odds_and_spread() -> None:
    generator = np.random.default_rng(2)
    label = np.repeat([-0.4, 0.4], [6000, 2000])
    scores = 1.5 * np.sign(label) + generator.normal(0, 1, 8000)
    scaling = fit_scaling(scores, label, balanced_weights(label))
    # Two unit Gaussians at ±1.5, equally likely: log odds 3 x.
    assert scaling.slope == pytest.approx(3.0, rel=0.06)
    assert scaling.intercept == pytest.approx(0.0, abs=0.1)
    assert scaling.gain * np.mean(scores[label > 0]) + scaling.offset == pytest.approx(0.277, abs=0.02)
    assert scaling.sd == pytest.approx(0.4 * np.sqrt(1 - 2.25 / 3.25), rel=0.05)


def test_scores_that_tell_nothing_or_the_wrong_way_leave_the_prior() -> None:
    label = np.tile([-0.4, 0.4], 50)
    for scores in (np.ones(100), -label):
        found = fit_scaling(scores, label, balanced_weights(label)).apply(np.array([-9.0, 0.0, 9.0]))
        np.testing.assert_allclose(found.high, 0.5, atol=1e-3)
        np.testing.assert_allclose(found.mean, 0.0, atol=1e-9)
        np.testing.assert_allclose(found.sd, 0.4)


def test_inner_parts_keep_people_whole_and_time_in_order_when_there_is_one() -> None:
    about = rest_and_task(6)
    groups = inner_groups(about)
    assert all(np.unique(groups[about.subject == name]).size == 1 for name in set(about.subject))
    alone = about.take(np.flatnonzero(about.subject == "p0"))
    groups = inner_groups(alone)
    for name in set(alone.recording):
        assert np.all(np.diff(groups[alone.recording == name]) >= 0)
        assert set(groups[alone.recording == name]) == set(range(5))


def test_features_are_computed_once_a_window_and_forgotten_when_too_many() -> None:
    seen = []

    def mean(data, _sfreq):
        seen.append(len(data))
        return data.mean(axis=(1, 2))[:, None]

    generator = np.random.default_rng(0)
    data = generator.normal(0, 1, (300, 2, 10)).astype(np.float32)
    remembered = Remembered(mean)
    once = remembered.of(data, 100.0)
    np.testing.assert_array_equal(remembered.of(data[::2].copy(), 100.0), once[::2])
    assert sum(seen) == 300
    small = Remembered(mean, most_bytes=80)
    np.testing.assert_array_equal(small.of(data.copy(), 100.0), once)
    np.testing.assert_array_equal(small.of(data[:100].copy(), 100.0), once[:100])
    assert sum(seen) == 700


def test_principal_directions_keep_what_many_dimensions_hold() -> None:
    generator = np.random.default_rng(0)
    hidden = generator.normal(0, 1, (400, 5))
    features = hidden @ generator.normal(0, 1, (5, 1500))
    kept = Principal.of(features).project(features)
    assert kept.shape == (400, 5)
    np.testing.assert_allclose(kept @ kept.T, features @ features.T, rtol=1e-6, atol=1e-6)


# Eyes and muscle


def an_artefact():
    """Windows with blinks spread over the scalp, 10 Hz at the back and 40 Hz at the temples."""
    epochs = epochs_of(rest_and_task(2, rest=20, task=12), seed=1)
    time = np.arange(500) / 125.0
    blink = 120 * np.exp(-((time - 2.0) ** 2) / 0.02)
    data = np.random.default_rng(0).normal(0, 2, epochs.data.shape)
    spread = {"Fp1": 1.0, "Fp2": 1.0, "F3": 0.4, "F4": 0.4, "C3": 0.2, "C4": 0.2, "O1": 0.05, "O2": 0.05}
    for place, name in enumerate(epochs.info.channels):
        data[:, place] += spread.get(name, 0.5) * blink
        data[:, place] += 30 * np.sin(2 * np.pi * 40 * time) * (name in {"T7", "T8"})
        data[:, place] += 10 * np.sin(2 * np.pi * 10 * time) * (name in {"O1", "O2"})
    return replace(epochs, data=data.astype(np.float32)), blink


def test_taken_out_leaves_alpha_and_neither_blinks_nor_muscle() -> None:
    epochs, blink = an_artefact()
    cleaned = without_eyes_and_muscle(epochs)
    assert cleaned.info.channels == ("F3", "F4", "C3", "C4", "O1", "O2")
    before = np.abs(epochs.data[:, list(epochs.info.channels).index("F3")] @ blink).mean()
    assert np.abs(cleaned.data[:, 0] @ blink).mean() < 0.1 * before
    alpha = np.abs(np.fft.rfft(cleaned.data[:, 4], axis=-1)).mean(axis=0)
    assert alpha[40] > 20 * np.median(alpha)


def test_alone_keeps_blinks_and_muscle_and_nothing_of_alpha() -> None:
    epochs, _ = an_artefact()
    alone = eyes_and_muscle(epochs)
    assert alone.info.channels == ("Fp1", "Fp2", "F7", "F8", "T7", "T8")
    spectrum = np.abs(np.fft.rfft(alone.data * np.hanning(500), axis=-1)).mean(axis=0)
    frequencies = np.arange(251) / 4
    middle = (frequencies > 12) & (frequencies < 25)
    assert spectrum[0, 4:20].mean() > 20 * spectrum[0, middle].mean()
    assert spectrum[4, 160] > 20 * spectrum[4, middle].mean()


def test_montages_without_the_electrodes_are_refused() -> None:
    back = epochs_of(rest_and_task(2), channels=("Cz", "Pz", "O1", "O2"))
    with pytest.raises(DecodingError, match="needs 2 of Fp1, Fp2"):
        eyes_and_muscle(back)
    few = epochs_of(rest_and_task(2), channels=("Fp1", "Fp2", "Cz", "O1"))
    with pytest.raises(DecodingError, match="only 2 electrodes are left"):
        without_eyes_and_muscle(few)
