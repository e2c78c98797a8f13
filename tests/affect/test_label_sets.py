import csv
from itertools import product

import numpy as np
import pytest

from affectlab.affect import pearson, taxonomy, taxonomy_names


def test_labels_are_those_the_benchmarks_use():
    assert set(taxonomy("ekman6").labels) == {"anger", "disgust", "fear", "joy", "sadness", "surprise"}
    assert set(taxonomy("ekman7").labels) == {*taxonomy("ekman6").labels, "neutral"}
    assert set(taxonomy("mikels8").labels) == {
        "amusement", "anger", "awe", "contentment", "disgust", "excitement", "fear", "sadness"
    }  # fmt: skip
    assert taxonomy("sims5").labels == ("N", "WN", "Neu", "WP", "P")
    assert taxonomy("quadrants").labels == ("HVHA", "LVHA", "LVLA", "HVLA")


def test_a_label_means_the_same_in_every_set():
    positions = {}
    for name in taxonomy_names():
        for label, position in taxonomy(name).coordinates.items():
            assert positions.setdefault(label, position) == position, label


@pytest.mark.parametrize("name", taxonomy_names())
def test_no_two_labels_of_a_set_lie_on_one_point(name):
    known = taxonomy(name)
    assert len(set(known.coordinates.values())) == len(known.labels)
    assert known.positions.shape == (len(known.labels), 2)


def test_published_coordinates_are_as_published():
    # Russell and Mehrabian (1977), pleasure and arousal of angry, fearful, joyful, sad, disgusted, surprised.
    assert dict(taxonomy("ekman6").coordinates) == {
        "anger": (-0.51, 0.59),
        "fear": (-0.64, 0.60),
        "joy": (0.76, 0.48),
        "sadness": (-0.63, -0.27),
        "disgust": (-0.60, 0.35),
        "surprise": (0.40, 0.67),
    }


@pytest.mark.parametrize("name", ["ekman6", "ekman7", "mikels8", "plutchik24", "emotic26"])
def test_every_label_without_a_rated_term_is_owned_up_to(name):
    known = taxonomy(name)
    unrated = [label for label in known.labels if label not in known.terms]
    rated, _, owned = known.source.partition("rated terms, -1 to 1")
    assert "Russell, J. A. and Mehrabian, A. (1977)" in rated
    assert ("set by affectlab" in owned) == bool(unrated)
    assert all(label in owned for label in unrated)


@pytest.mark.parametrize(
    ("mild", "primary", "intense"),
    [
        ("serenity", "joy", "ecstasy"),
        ("apprehension", "fear", "terror"),
        ("distraction", "surprise", "amazement"),
        ("annoyance", "anger", "rage"),
    ],
)
def test_intensity_raises_arousal_along_plutchiks_arms(mild, primary, intense):
    arousal = {label: position[1] for label, position in taxonomy("plutchik24").coordinates.items()}
    assert arousal[mild] < arousal[primary] < arousal[intense]


def test_positive_and_negative_mikels_emotions():
    mikels = taxonomy("mikels8")
    positive = {"amusement", "awe", "contentment", "excitement"}
    for first, second in product(mikels.labels, repeat=2):
        assert mikels.same_valence(first, second) == ((first in positive) == (second in positive))


def test_a_uniform_wrong_label_has_the_same_valence_three_times_in_seven():
    mikels = taxonomy("mikels8")
    wrong = [(true, guess) for true, guess in product(mikels.labels, repeat=2) if true != guess]
    assert np.mean([mikels.same_valence(*pair) for pair in wrong]) == pytest.approx(3 / 7)


def test_neutral_is_on_neither_side():
    ekman = taxonomy("ekman7")
    assert ekman.same_valence("neutral", "neutral")
    assert not any(ekman.same_valence("neutral", label) for label in taxonomy("ekman6").labels)


@pytest.mark.data
def test_coordinates_predict_how_pictures_of_the_feeling_are_rated(data_root):
    # BASS: silhouettes with free keywords and normed valence and arousal, 1 to 9.
    with (data_root / "bass" / "BASS_data.csv").open(encoding="utf-8-sig") as file:
        pictures = list(csv.DictReader(file))
    expected, rated = [], []
    labels = {
        label: place for name in taxonomy_names() for label, place in taxonomy(name).coordinates.items()
    }
    for label, place in labels.items():
        of_it = [row for row in pictures if label in map(str.strip, row["keywords"].split(","))]
        if len(of_it) >= 2:
            expected.append(place)
            rated.append([np.mean([float(row[c]) for row in of_it]) for c in ("val_mean_us", "aro_mean_us")])
    (valence, arousal), (rated_valence, rated_arousal) = np.array(expected).T, np.array(rated).T
    assert len(expected) >= 12
    assert pearson(valence, rated_valence) > 0.85
    assert pearson(arousal, rated_arousal) > 0.4
