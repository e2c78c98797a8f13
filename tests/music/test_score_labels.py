"""Labels of scores: directions, ranges, what is unknown."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from affectlab.music.learned.features import FEATURES
from affectlab.music.learned.labels import LABELS, QUANTILES, Labeller, smoothed

MIDDLE = {
    "mode": 0.0,
    "tension": 0.0,
    "melody": 70.0,
    "tempo": 90.0,
    "loudness": 0.6,
    "onsets": 4.0,
    "polyphony": 4.0,
}


def rows(beats=40, **values):
    table = np.full((beats, len(FEATURES)), np.nan, np.float32)
    for name, value in (MIDDLE | values).items():
        table[:, FEATURES.index(name)] = value
    return table


def spread(seed, beats=4000):
    table = np.random.default_rng(seed).normal(size=(beats, len(FEATURES))).astype(np.float32)
    scale = [2, 2, 5, 5, 5, 0.2, 0.5, 0.2, 20, 0.1]
    middle = [MIDDLE.get(name, 0.0) for name in FEATURES]
    return (table * np.array(scale) + np.array(middle)).astype(np.float32)


@pytest.fixture(scope="module")
def labeller():
    # Cues that change slowly, so that the windows leave them as they are.
    return Labeller.fit([np.repeat(spread(1, 400), 12, axis=0)])


def label(labeller, name, **values):
    return float(labeller.label(rows(**values))[20, LABELS.index(name)])


@pytest.mark.parametrize(
    ("name", "feature", "less", "more"),
    [
        ("valence", "mode", -0.3, 0.3),
        ("valence", "tension", 0.8, -0.8),
        ("valence", "melody", 62, 78),
        ("arousal", "tempo", 60, 140),
        ("arousal", "loudness", 0.4, 0.8),
        ("arousal", "onsets", 1, 8),
        ("activity", "onsets", 1, 8),
        ("activity", "polyphony", 1, 8),
        ("dynamics", "polyphony", 1, 8),
    ],
)
def test_each_cue_moves_its_label_in_the_published_direction(labeller, name, feature, less, more) -> None:
    assert (
        label(labeller, name, **{feature: less})
        < label(labeller, name)
        < label(labeller, name, **{feature: more})
    )


def test_mode_weighs_more_than_register(labeller) -> None:
    def rise(feature, low, high):
        return label(labeller, "valence", **{feature: high}) - label(labeller, "valence", **{feature: low})

    assert rise("mode", -9, 9) > rise("tension", 9, -9) > rise("melody", 0, 140)


def test_labels_of_the_training_corpus_are_spread_evenly() -> None:
    table = spread(2)
    labels = Labeller.fit([table]).label(table)
    for name, values in zip(LABELS, labels.T, strict=True):
        low = 0 if name == "dynamics" else -1
        assert np.quantile(values, [0.1, 0.5, 0.9]) == pytest.approx(
            [low + share * (1 - low) for share in (0.1, 0.5, 0.9)], abs=0.02
        )


def test_a_cue_that_is_not_stated_leaves_its_weight_to_the_others(labeller) -> None:
    fast = label(labeller, "arousal", tempo=np.nan, loudness=np.nan, onsets=12)
    slow = label(labeller, "arousal", tempo=np.nan, loudness=np.nan, onsets=-4)
    assert slow < -0.9 < 0.9 < fast


def test_nothing_known_is_the_middle(labeller) -> None:
    assert labeller.label(np.full((3, len(FEATURES)), np.nan, np.float32)).tolist() == [[0, 0, 0, 0.5]] * 3


def test_a_corpus_that_never_states_tempo_still_labels() -> None:
    table = spread(3)
    table[:, FEATURES.index("tempo")] = np.nan
    assert np.isfinite(Labeller.fit([table]).label(table)).all()


def test_a_labeller_survives_json(labeller) -> None:
    again = Labeller.from_json(labeller.to_json())
    table = spread(4, 100)
    assert (again.label(table) == labeller.label(table)).all()
    assert all(len(values) == QUANTILES for values in again.quantiles.values())


def test_smoothing_averages_what_is_known() -> None:
    values = np.array([0, np.nan, 4, np.nan, np.nan, np.nan], np.float32)
    np.testing.assert_allclose(smoothed(values, 1), [0, 2, 4, 4, np.nan, np.nan])


@given(arrays(np.float32, (12, len(FEATURES)), elements=st.floats(-200, 200, width=32) | st.just(np.nan)))
@settings(max_examples=40)
def test_labels_stay_in_range(labeller, table) -> None:
    labels = labeller.label(table)
    assert (np.abs(labels) <= 1).all()
    assert (labels[:, LABELS.index("dynamics")] >= 0).all()
