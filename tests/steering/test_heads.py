import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from affectlab.errors import SteeringError
from affectlab.steering.heads import (
    at_random,
    discriminability,
    dominance,
    most_attended,
    planned_layers,
    top,
)
from affectlab.steering.plan import ChaseSettings

SCORES = hnp.arrays(np.float64, (3, 7), elements=st.floats(-5, 5, width=32))


def shares_of(random, cases, layers=2, heads=3, shown=(1, 1, 1)):
    """Attention of heads that look about by chance."""
    raw = random.gamma(1.0, size=(cases, layers, heads, 4)) * [*shown, 1]
    return (raw / raw.sum(axis=-1, keepdims=True)).astype(np.float32)


@pytest.mark.parametrize(
    ("wanted", "depth", "layers"),
    [
        ("upper", 28, tuple(range(12, 28))),
        ("upper", 6, (2, 3, 4, 5)),
        ("upper", 1, (0,)),
        ("all", 3, (0, 1, 2)),
        ((4, 1, 4), 6, (1, 4)),
    ],
)
def test_which_layers_are_planned(wanted, depth, layers):
    assert planned_layers(ChaseSettings(layers=wanted), depth) == layers


@pytest.mark.parametrize("layer", [6, -1, 28])
def test_a_layer_the_model_lacks_is_named(layer):
    with pytest.raises(SteeringError, match=rf"layers name {layer}, but the model has layers 0 to 5"):
        planned_layers(ChaseSettings(layers=(2, layer)), 6)


def test_no_layers_at_all_are_refused():
    with pytest.raises(SteeringError, match="layers are empty; expected numbers from 0 to 5"):
        planned_layers(ChaseSettings(layers=()), 6)


def test_dominance_is_the_part_of_the_attention_on_modalities_that_winners_hold():
    shares = np.array([[[[0.3, 0.1, 0.1, 0.5]]], [[[0.2, 0.2, 0.1, 0.5]]]], dtype=np.float32)
    won = np.array([[True, False, False], [False, True, True]])
    np.testing.assert_allclose(dominance(shares, won), [[(0.6 + 0.6) / 2]], rtol=1e-6)


def test_cases_that_nothing_wins_do_not_count_and_without_others_nothing_is_known():
    shares = shares_of(np.random.default_rng(0), 4)
    won = np.zeros((4, 3), dtype=bool)
    assert np.isnan(dominance(shares, won)).all()
    won[1, 2] = True
    np.testing.assert_allclose(dominance(shares, won), dominance(shares[1:2], won[1:2]))


def test_a_head_that_looks_at_no_modality_dominates_nothing():
    shares = np.zeros((2, 1, 1, 4), dtype=np.float32)
    shares[..., 3] = 1
    assert dominance(shares, np.ones((2, 3), dtype=bool)) == 0


@given(st.integers(0, 2**32 - 1))
def test_dominance_of_the_three_modalities_adds_up_to_one(seed):
    shares = shares_of(np.random.default_rng(seed), 5)
    parts = [dominance(shares, np.tile(np.arange(3) == modality, (5, 1))) for modality in range(3)]
    np.testing.assert_allclose(sum(parts), 1, rtol=1e-5)


def test_the_modality_with_most_attention_wins_where_it_is_there():
    shares = np.zeros((3, 1, 2, 4), dtype=np.float32)
    shares[:, :, :, 2] = 0.5
    shares[:, :, :, 0] = 0.2
    shares[2, :, :, 2] = 0
    np.testing.assert_array_equal(most_attended(shares), [[0, 0, 1], [0, 0, 1], [0, 0, 0]])


def planted(seed, cases=400):
    """Heads that look about by chance, but for one that looks away from audio in conflict."""
    random = np.random.default_rng(seed)
    conflict = random.random(cases) < 0.6
    sources = [f"s{place // 4}" for place in range(cases)]
    shares = shares_of(random, cases)
    shares[:, 1, 2, 1] = random.normal(size=cases) * 0.1 + 0.5 - 0.1 * conflict
    return shares, conflict, sources


def test_the_head_that_tells_conflict_is_found_whichever_way_it_tells():
    shares, conflict, sources = planted(3)
    found = discriminability(shares, conflict, sources)
    # Normal deviates one standard deviation apart: the area is Phi(1 / sqrt 2).
    assert found[1, 2] == pytest.approx(0.760, abs=0.05)
    assert np.delete(found.ravel(), 5).max() < 0.6
    np.testing.assert_allclose(discriminability(shares, ~conflict, sources), found, atol=1e-12)


def test_only_the_order_of_shares_counts():
    shares, conflict, sources = planted(4)
    np.testing.assert_allclose(
        discriminability(shares, conflict, sources), discriminability(np.sqrt(shares), conflict, sources)
    )


def test_noise_tells_conflict_no_better_than_chance_even_the_best_of_three():
    random = np.random.default_rng(5)
    sources = [f"s{place // 2}" for place in range(200)]
    found = [
        discriminability(shares_of(random, 200, 4, 8), random.random(200) < 0.5, sources).mean()
        for _ in range(20)
    ]
    assert np.mean(found) == pytest.approx(0.5, abs=0.01)


def test_a_source_seen_many_times_is_not_mistaken_for_evidence():
    random = np.random.default_rng(6)
    found = []
    for _ in range(30):
        conflict = np.repeat(random.random(20) < 0.5, 12)
        shares = np.repeat(shares_of(random, 20, 2, 8), 12, axis=0)
        sources = [f"s{place // 12}" for place in range(240)]
        found.append(discriminability(shares, conflict, sources).mean())
    assert np.mean(found) == pytest.approx(0.5, abs=0.04)


def test_which_modalities_are_there_is_no_evidence_of_conflict():
    random = np.random.default_rng(7)
    full, part = shares_of(random, 150, 2, 8), shares_of(random, 150, 2, 8, shown=(1, 1, 0))
    conflict = np.concatenate([random.random(150) < 0.8, random.random(150) < 0.2])
    sources = [f"s{place % 150}" for place in range(300)]
    found = discriminability(np.concatenate([full, part]), conflict, sources)
    assert found.mean() == pytest.approx(0.5, abs=0.05)


def test_nothing_to_compare_is_a_coin():
    shares = shares_of(np.random.default_rng(8), 10)
    np.testing.assert_array_equal(discriminability(shares, np.ones(10, dtype=bool), list("aabbccddee")), 0.5)


@given(SCORES, st.integers(1, 9))
def test_the_best_of_each_layer_are_chosen(scores, k):
    chosen = top(scores, k)
    assert (chosen.sum(axis=1) == min(k, 7)).all()
    for row, of_row in zip(scores, chosen, strict=True):
        assert not (~of_row).any() or row[of_row].min() >= row[~of_row].max()


def test_a_head_that_was_not_measured_comes_last():
    scores = np.array([[np.nan, -3.0, -np.inf, -2.0]])
    np.testing.assert_array_equal(top(scores, 2), [[False, True, False, True]])


def test_chance_is_repeatable_and_spares_no_head():
    np.testing.assert_array_equal(at_random(4, 8, 2, seed=1), at_random(4, 8, 2, seed=1))
    often = np.mean([at_random(4, 8, 2, seed=seed) for seed in range(400)], axis=0)
    np.testing.assert_allclose(often, 0.25, atol=0.1)
