import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affectlab.affect import AffectState, Distribution, Taxonomy, sims5_class, taxonomy, taxonomy_names
from affectlab.errors import InvalidData

names = st.sampled_from(taxonomy_names())
coordinate = st.floats(-1, 1)


def argmax(distribution):
    return max(distribution.probabilities, key=distribution.probabilities.__getitem__)


def one_hot(name, label):
    return taxonomy(name).distribution({label: 1.0})


def test_only_a_valence_scale_has_bins():
    with pytest.raises(InvalidData, match="mikels8 does not cut valence into bins"):
        taxonomy("mikels8").label_at(0.0)


@settings(deadline=None)
@given(names, st.data())
def test_a_sure_state_at_a_label_is_that_label(name, data):
    label = data.draw(st.sampled_from(taxonomy(name).labels))
    state = AffectState.at(*taxonomy(name).coordinates[label], sd=0.005)
    distribution = taxonomy(name).from_state(state)
    assert argmax(distribution) == label
    assert distribution.probabilities[label] > 0.85


@settings(deadline=None)
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


@settings(deadline=None)
@given(coordinate)
def test_a_sure_valence_falls_in_its_own_bin(valence):
    distribution = taxonomy("sims5").from_state(AffectState.at(valence, 0.3, sd=1e-9))
    if min(abs(valence - edge) for edge in (-0.7, -0.1, 0.1, 0.7)) > 1e-7:
        assert argmax(distribution) == sims5_class(valence)


@settings(deadline=None)
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


@settings(deadline=None)
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


@settings(deadline=None)
@given(names, st.data())
def test_a_label_survives_the_way_to_the_plane_and_back(name, data):
    label = data.draw(st.sampled_from(taxonomy(name).labels))
    back = taxonomy(name).from_state(taxonomy(name).to_state(one_hot(name, label), label_sd=0.05))
    assert argmax(back) == label


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
