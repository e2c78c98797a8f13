import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affectlab.affect import Distribution, map_distribution, sims5_class, taxonomy, taxonomy_names
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


def distributions(name):
    labels = taxonomy(name).labels
    weights = st.lists(st.floats(0, 1), min_size=len(labels), max_size=len(labels)).filter(
        lambda values: sum(values) > 0.01
    )
    return weights.map(lambda values: taxonomy(name).distribution(dict(zip(labels, values, strict=True))))


@settings(deadline=None)
@given(names.flatmap(distributions))
def test_mapping_to_itself_changes_nothing(distribution):
    known = taxonomy(distribution.taxonomy)
    np.testing.assert_allclose(
        known.vector(map_distribution(distribution, known.name)), known.vector(distribution), atol=1e-12
    )


@settings(deadline=None)
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


@pytest.mark.parametrize(
    ("attempt", "message"),
    [
        (lambda: map_distribution(one_hot("ekman6", "joy"), "mikels8", label_sd=-1), "above 0, got -1"),
        (lambda: map_distribution(Distribution("mine", {"a": 1.0}), "ekman6"), "unknown taxonomy 'mine'"),
    ],
)
def test_what_cannot_be_mapped_is_named(attempt, message):
    with pytest.raises(InvalidData, match=message):
        attempt()
