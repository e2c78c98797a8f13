import csv
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectlab.affect import (
    AffectState,
    Distribution,
    Taxonomy,
    map_distribution,
    pearson,
    sims5_class,
    taxonomy,
    taxonomy_names,
)
from affectlab.errors import InvalidData

SIZES = {
    "ekman6": 6,
    "ekman7": 7,
    "emotic26": 26,
    "mikels8": 8,
    "plutchik24": 24,
    "quadrants": 4,
    "sims5": 5,
}
names = st.sampled_from(sorted(SIZES))
coordinate = st.floats(-1, 1)


def argmax(distribution):
    return max(distribution.probabilities, key=distribution.probabilities.__getitem__)


def one_hot(name, label):
    return taxonomy(name).distribution({label: 1.0})


def test_the_registry_knows_the_sets_of_the_field():
    assert {name: len(taxonomy(name).labels) for name in taxonomy_names()} == SIZES
    assert taxonomy_names() == tuple(sorted(SIZES))


def test_an_unknown_name_is_answered_with_the_known_ones():
    with pytest.raises(InvalidData) as caught:
        taxonomy("ekman5")
    assert str(caught.value) == (
        "unknown taxonomy 'ekman5'; known are ekman6, ekman7, emotic26, mikels8, plutchik24, quadrants, sims5"
    )


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


@pytest.mark.parametrize("name", sorted(SIZES))
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
    unrated = [label for label in known.labels if label not in known.terms and label != "neutral"]
    assert "Russell, J. A. and Mehrabian, A. (1977)" in known.source
    assert ("set by affectlab" in known.source) == bool(unrated) or name == "ekman7"
    owned = known.source.rpartition("terms, -1 to 1")[2]
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


@pytest.mark.parametrize(
    ("value", "label"),
    [
        (-1, "N"), (-0.7, "N"), (-0.69, "WN"), (-0.1, "WN"), (-0.09, "Neu"), (0, "Neu"), (0.1, "Neu"),
        (0.11, "WP"), (0.7, "WP"), (0.71, "P"), (1, "P"),
    ],
)  # fmt: skip
def test_sims_bins_include_their_upper_edge(value, label):
    assert sims5_class(value) == label


@pytest.mark.parametrize("value", [-1.01, 1.2, np.nan])
def test_valence_off_the_scale_is_named(value):
    with pytest.raises(InvalidData, match=f"valence must lie in \\[-1, 1\\], got {value}"):
        sims5_class(value)


def test_only_a_valence_scale_has_bins():
    with pytest.raises(InvalidData, match="mikels8 does not cut valence into bins"):
        taxonomy("mikels8").label_at(0.0)


@given(names, st.data())
def test_a_sure_state_at_a_label_is_that_label(name, data):
    label = data.draw(st.sampled_from(taxonomy(name).labels))
    state = AffectState.at(*taxonomy(name).coordinates[label], sd=0.005)
    distribution = taxonomy(name).from_state(state)
    assert argmax(distribution) == label
    assert distribution.probabilities[label] > 0.85


@given(names, coordinate, coordinate, st.floats(1e-6, 10))
def test_every_state_gives_a_distribution_over_all_labels(name, valence, arousal, sd):
    distribution = taxonomy(name).from_state(AffectState.at(valence, arousal, sd=sd))
    assert tuple(distribution.probabilities) == taxonomy(name).labels
    assert sum(distribution.probabilities.values()) == pytest.approx(1)


def test_a_state_that_knows_nothing_gives_equal_chances():
    for name in ("ekman6", "mikels8", "quadrants"):
        shares = taxonomy(name).vector(taxonomy(name).from_state(AffectState.at(0, 0, sd=50)))
        np.testing.assert_allclose(shares, 1 / len(shares), atol=1e-3)


def test_likelihood_follows_the_gaussian():
    distribution = taxonomy("quadrants").from_state(AffectState.at(0.2, -0.1, sd=0.4))
    shares = distribution.probabilities
    # Along valence the centres ±.5 are 1 apart: log odds = (v / sd²) · 1, likewise along arousal.
    assert np.log(shares["HVHA"] / shares["LVHA"]) == pytest.approx(0.2 / 0.16)
    assert np.log(shares["HVHA"] / shares["HVLA"]) == pytest.approx(-0.1 / 0.16)


def test_correlated_uncertainty_favours_labels_along_it():
    along = AffectState(np.zeros(2), np.array([[0.25, 0.2], [0.2, 0.25]]), 0.0)
    shares = taxonomy("quadrants").from_state(along).probabilities
    assert shares["HVHA"] == pytest.approx(shares["LVLA"])
    assert shares["HVHA"] > 10 * shares["LVHA"]


@given(coordinate)
def test_a_sure_valence_falls_in_its_own_bin(valence):
    distribution = taxonomy("sims5").from_state(AffectState.at(valence, 0.3, sd=1e-9))
    if min(abs(valence - edge) for edge in (-0.7, -0.1, 0.1, 0.7)) > 1e-7:
        assert argmax(distribution) == sims5_class(valence)


@given(coordinate, coordinate, coordinate)
def test_arousal_says_nothing_on_a_valence_scale(valence, calm, excited):
    scale = taxonomy("sims5")
    assert scale.from_state(AffectState.at(valence, calm, sd=0.3)) == scale.from_state(
        AffectState.at(valence, excited, sd=0.3)
    )


def test_bins_hold_the_normal_probability_of_their_range():
    shares = taxonomy("sims5").from_state(AffectState.at(0.0, 0.0, sd=0.1)).probabilities
    assert shares["Neu"] == pytest.approx(0.6827, abs=1e-4)
    assert shares["WP"] == pytest.approx(shares["WN"]) == pytest.approx(0.1587, abs=1e-4)


@given(names, st.data())
def test_one_label_becomes_its_coordinates_with_the_spread_of_a_label(name, data):
    label = data.draw(st.sampled_from(taxonomy(name).labels))
    state = taxonomy(name).to_state(one_hot(name, label), time=3.0, label_sd=0.2)
    np.testing.assert_allclose(state.mean, taxonomy(name).coordinates[label])
    assert state.sd[0] == pytest.approx(0.2)
    assert state.sd[1] >= 0.2 - 1e-12
    assert state.time == 3.0
    assert state.distribution == one_hot(name, label)


def test_a_mixture_has_the_moments_of_its_labels():
    ekman = taxonomy("ekman6")
    state = ekman.to_state(ekman.distribution({"joy": 1, "sadness": 3}), label_sd=0.1)
    joy, sadness = np.array([0.76, 0.48]), np.array([-0.63, -0.27])
    gap = joy - sadness
    np.testing.assert_allclose(state.mean, 0.25 * joy + 0.75 * sadness)
    np.testing.assert_allclose(
        state.covariance, 0.25 * 0.75 * np.outer(gap, gap) + 0.01 * np.eye(2), atol=1e-12
    )


def test_disagreement_is_uncertainty():
    ekman = taxonomy("ekman6")
    agreed = ekman.to_state(one_hot("ekman6", "joy"))
    split = ekman.to_state(ekman.distribution({"joy": 1, "sadness": 1}))
    assert np.linalg.det(split.covariance) > 4 * np.linalg.det(agreed.covariance)


def test_a_valence_scale_leaves_arousal_open():
    state = taxonomy("sims5").to_state(one_hot("sims5", "P"))
    assert state.valence == 0.85
    assert state.sd[1] > 2 * state.sd[0]


@given(names, st.data())
def test_a_label_survives_the_way_to_the_plane_and_back(name, data):
    label = data.draw(st.sampled_from(taxonomy(name).labels))
    back = taxonomy(name).from_state(taxonomy(name).to_state(one_hot(name, label), label_sd=0.05))
    assert argmax(back) == label


def distributions(name):
    labels = taxonomy(name).labels
    weights = st.lists(st.floats(0, 1), min_size=len(labels), max_size=len(labels)).filter(
        lambda values: sum(values) > 0.01
    )
    return weights.map(lambda values: taxonomy(name).distribution(dict(zip(labels, values, strict=True))))


@given(names.flatmap(distributions))
def test_mapping_to_itself_changes_nothing(distribution):
    known = taxonomy(distribution.taxonomy)
    np.testing.assert_allclose(
        known.vector(map_distribution(distribution, known.name)), known.vector(distribution), atol=1e-12
    )


@given(names.flatmap(distributions), names)
def test_mapping_keeps_the_mass_of_shared_labels_and_the_whole(distribution, target):
    mapped = map_distribution(distribution, target)
    assert sum(mapped.probabilities.values()) == pytest.approx(1)
    for label in set(taxonomy(target).labels) & set(taxonomy(distribution.taxonomy).labels):
        assert mapped.probabilities[label] >= distribution.probabilities[label] - 1e-9


def test_shared_labels_go_across_exactly():
    mapped = map_distribution(taxonomy("mikels8").distribution({"fear": 1, "anger": 3}), "ekman6")
    assert mapped.probabilities["fear"] == pytest.approx(0.25)
    assert mapped.probabilities["anger"] == pytest.approx(0.75)


@pytest.mark.parametrize(
    ("source", "label", "target", "expected"),
    [
        ("emotic26", "happiness", "ekman6", "joy"),
        ("mikels8", "amusement", "ekman6", "joy"),
        ("plutchik24", "terror", "ekman6", "fear"),
        ("plutchik24", "amazement", "ekman6", "surprise"),
        ("ekman6", "joy", "quadrants", "HVHA"),
        ("ekman6", "sadness", "quadrants", "LVLA"),
        ("emotic26", "peace", "quadrants", "HVLA"),
        ("ekman6", "fear", "sims5", "WN"),
        ("mikels8", "contentment", "sims5", "P"),
        ("quadrants", "LVLA", "ekman7", "sadness"),
    ],
)
def test_other_labels_go_to_their_neighbours(source, label, target, expected):
    assert argmax(map_distribution(one_hot(source, label), target)) == expected


def test_mapping_keeps_where_the_feeling_is():
    for label in taxonomy("plutchik24").labels:
        mapped = map_distribution(one_hot("plutchik24", label), "emotic26")
        state = taxonomy("emotic26").to_state(mapped)
        np.testing.assert_allclose(state.mean, taxonomy("plutchik24").coordinates[label], atol=0.35)


def test_votes_become_shares_in_label_order():
    ekman = taxonomy("ekman6")
    distribution = ekman.distribution({"sadness": 1, "anger": 3})
    np.testing.assert_allclose(ekman.vector(distribution), [0.75, 0, 0, 0, 0.25, 0])
    assert tuple(distribution.probabilities) == ekman.labels


def test_a_partial_distribution_has_zero_elsewhere():
    np.testing.assert_allclose(
        taxonomy("ekman6").vector(Distribution("ekman6", {"joy": 1.0})), [0, 0, 0, 1, 0, 0]
    )


@pytest.mark.parametrize(
    ("attempt", "message"),
    [
        (
            lambda: taxonomy("ekman6").distribution({"bliss": 1}),
            "'bliss' is not a label of ekman6; it has anger",
        ),
        (lambda: taxonomy("ekman6").distribution({"joy": 0}), "not all 0"),
        (lambda: taxonomy("ekman6").distribution({"joy": -1, "fear": 2}), "at least 0"),
        (lambda: taxonomy("ekman6").distribution({"joy": np.inf}), "finite"),
        (lambda: taxonomy("ekman6").same_valence("joy", "bliss"), "'bliss' is not a label"),
        (lambda: taxonomy("ekman6").vector(one_hot("mikels8", "awe")), "over mikels8, expected ekman6"),
        (lambda: taxonomy("ekman6").vector(Distribution("ekman6", {"awe": 1.0})), "'awe' is not a label"),
        (
            lambda: taxonomy("ekman6").to_state(one_hot("ekman6", "joy"), label_sd=0),
            "label_sd .* above 0, got 0",
        ),
        (lambda: map_distribution(one_hot("ekman6", "joy"), "mikels8", label_sd=-1), "above 0, got -1"),
        (lambda: map_distribution(Distribution("mine", {"a": 1.0}), "ekman6"), "unknown taxonomy 'mine'"),
    ],
)
def test_what_does_not_fit_is_named(attempt, message):
    with pytest.raises(InvalidData, match=message):
        attempt()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"labels": ()}, "must be given and differ"),
        ({"labels": ("a", "a", "b")}, "must be given and differ"),
        ({"coordinates": {"a": (0, 0), "c": (0, 0)}}, r"these do not: \['b', 'c'\]"),
        ({"coordinates": {"a": (0, 0), "b": (0, 1.5)}}, "b of mine must lie in"),
        ({"coordinates": {"a": (0, 0), "b": (0, np.nan)}}, "b of mine must lie in"),
        ({"valence_edges": (0.1, 0.2)}, "needs 1 ascending edges"),
    ],
)
def test_an_improper_taxonomy_is_refused(arguments, message):
    proper = {"labels": ("a", "b"), "coordinates": {"a": (0, 0), "b": (0, 1)}, "source": "test"}
    with pytest.raises(InvalidData, match=message):
        Taxonomy("mine", **(proper | arguments))


def test_descending_edges_are_refused():
    coordinates = {"low": (-0.5, 0), "mid": (0, 0), "high": (0.5, 0)}
    with pytest.raises(InvalidData, match="needs 2 ascending edges"):
        Taxonomy("mine", tuple(coordinates), coordinates, "test", valence_edges=(0.2, -0.2))


def test_a_taxonomy_cannot_be_changed():
    with pytest.raises(TypeError):
        taxonomy("ekman6").coordinates["joy"] = (0.0, 0.0)
    with pytest.raises(AttributeError):
        taxonomy("ekman6").name = "other"


@pytest.mark.data
def test_coordinates_predict_how_pictures_of_the_feeling_are_rated(affect_data):
    # BASS: silhouettes with free keywords and normed valence and arousal, 1 to 9.
    with (affect_data / "bass" / "BASS_data.csv").open(encoding="utf-8-sig") as file:
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
