import json

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from affectlab.errors import SteeringError
from affectlab.models.hf.attention import AttentionCall
from affectlab.steering._calibration import platt
from affectlab.steering._folds import source_folds
from affectlab.steering.features import layer_features
from affectlab.steering.kinds import kinds_of
from affectlab.steering.plan import ProbeWeights
from affectlab.steering.roc import auc
from affectlab.steering.router import ProbeGate, cross_fit, fit_probe, probability


def sources_of(cases, size=4):
    return [f"clip {place // size}" for place in range(cases)]


def opposed(cases=400, width=6, seed=0):
    """Return states of two modalities, each positive or negative, which conflict where signs differ."""
    directions = np.random.default_rng(0).normal(0, 1, (2, width))
    random = np.random.default_rng(seed)
    signs = random.choice([-1.0, 1.0], (cases, 2))
    states = [signs[:, [one]] * directions[one] + random.normal(0, 0.5, (cases, width)) for one in range(2)]
    return np.hstack(states).astype(np.float32), signs[:, 0] != signs[:, 1]


def noise(cases=100, width=6):
    """Return features that tell nothing: probes are soon done with them."""
    random = np.random.default_rng(3)
    return random.normal(0, 1, (cases, width)).astype(np.float32), random.random(cases) < 0.3


def told(weights, features):
    return probability(weights, torch.from_numpy(features)).numpy()


def calibration_error(found, truth, bins=10):
    places = np.minimum((found * bins).astype(int), bins - 1)
    return sum(
        abs(found[places == one].mean() - truth[places == one].mean()) * np.mean(places == one)
        for one in np.unique(places)
    )


@pytest.fixture(scope="module")
def fitted():
    features, conflict = opposed()
    return cross_fit(features, conflict, sources_of(400), seed=0)


def test_conflict_that_no_single_state_tells_is_learnt(fitted):
    features, conflict = opposed(seed=1)
    alone = [auc(column, conflict) for column in features.T]
    assert max(abs(area - 0.5) for area in alone) < 0.1
    assert fitted.weights.auc > 0.93
    assert auc(told(fitted.weights, features), conflict) > 0.93


def test_what_is_known_of_a_source_does_not_count_as_telling_conflict():
    random = np.random.default_rng(1)
    sources = sources_of(400, size=8)
    conflict = np.repeat(random.permutation(50) < 25, 8)
    identity = np.repeat(random.normal(0, 1, (50, 24)), 8, axis=0).astype(np.float32)
    assert fit_probe(identity, conflict, sources, seed=0).auc == pytest.approx(0.5, abs=0.12)
    every_case_its_own = [str(place) for place in range(400)]
    assert fit_probe(identity, conflict, every_case_its_own, seed=0).auc > 0.9


def test_probabilities_are_right_at_the_base_rate_of_the_cases():
    random = np.random.default_rng(2)
    features = random.normal(0, 1, (6000, 8)).astype(np.float32)
    true_probability = 1 / (1 + np.exp(3 - 1.5 * features[:, 0] * features[:, 1] - features[:, 2]))
    conflict = random.random(6000) < true_probability
    fitted = cross_fit(features[:3000], conflict[:3000], sources_of(3000), seed=0)
    found = told(fitted.weights, features[3000:])
    assert 0.08 < conflict.mean() < 0.2
    assert found.mean() == pytest.approx(conflict[3000:].mean(), abs=0.02)
    assert calibration_error(found, conflict[3000:]) < 0.025
    assert calibration_error(fitted.held_out, conflict[:3000]) < 0.02
    assert np.corrcoef(found, true_probability[3000:])[0, 1] > 0.9


def test_a_probe_of_noise_tells_the_base_rate():
    features, conflict = noise(400)
    found = told(fit_probe(features, conflict, sources_of(400), seed=0), features)
    assert np.abs(found - conflict.mean()).max() < 0.15


def test_held_out_probabilities_are_as_good_as_the_probe_says(fitted):
    _, conflict = opposed()
    assert auc(fitted.held_out, conflict) == pytest.approx(fitted.weights.auc)
    assert calibration_error(fitted.held_out, conflict) < 0.06


def test_equal_seeds_give_equal_probes_on_any_number_of_threads():
    features, conflict = noise()
    threads = torch.get_num_threads()
    first = fit_probe(features, conflict, sources_of(100), seed=5)
    torch.set_num_threads(1 if threads > 1 else 2)
    again = fit_probe(features, conflict, sources_of(100), seed=5)
    torch.set_num_threads(threads)
    other = fit_probe(features, conflict, sources_of(100), seed=6)
    assert first.model_dump_json() == again.model_dump_json()
    assert first.model_dump_json() != other.model_dump_json()


def test_training_leaves_threads_and_random_numbers_as_they_were():
    features, conflict = noise()
    threads, state = torch.get_num_threads(), torch.get_rng_state()
    fit_probe(features, conflict, sources_of(100), seed=0)
    assert torch.get_num_threads() == threads
    assert torch.equal(torch.get_rng_state(), state)


def test_a_feature_that_never_varies_is_harmless():
    features, conflict = noise()
    constant = np.full((100, 1), 7.0, dtype=np.float32)
    weights = fit_probe(np.hstack([features, constant]), conflict, sources_of(100), seed=0)
    found = told(weights, np.hstack([features, constant]))
    assert np.isfinite(found).all()
    # Somewhere else it does vary, a little.
    np.testing.assert_allclose(told(weights, np.hstack([features, constant + 1e-4])), found, atol=1e-3)


def test_the_hidden_width_is_the_one_asked_for():
    features, conflict = noise()
    weights = fit_probe(features, conflict, sources_of(100), seed=0, hidden=3)
    assert len(weights.outer) == len(weights.inner_bias) == 3
    assert weights.inner.shape == (features.shape[1] * 3,)


@pytest.mark.parametrize(
    ("conflict", "cases", "message"),
    [
        ([True] * 80, 80, "20 sources show conflict and 0 agreement; expected at least 5 of each"),
        ([True, False] * 8, 16, "4 sources show conflict and 4 agreement"),
        ([True] * 4 + [False] * 76, 80, "1 sources show conflict and 19 agreement"),
    ],
)
def test_too_few_sources_of_one_kind_are_refused(conflict, cases, message):
    with pytest.raises(SteeringError, match=message):
        fit_probe(np.zeros((cases, 2), np.float32), np.array(conflict), sources_of(cases), seed=0)


def test_cases_without_features_are_refused():
    features, conflict = opposed(100)
    features[3:5, 1] = np.nan
    with pytest.raises(SteeringError, match="2 of 100 cases have no features"):
        fit_probe(features, conflict, sources_of(100), seed=0)


@given(st.integers(0, 1000), st.integers(3, 6), st.integers(15, 60))
def test_folds_keep_sources_whole_and_conflict_evenly_spread(seed, folds, n_sources):
    random = np.random.default_rng(seed)
    sources = [str(place) for place in random.integers(0, n_sources, 8 * n_sources)]
    conflict = random.random(len(sources)) < random.uniform(0.2, 0.8)
    fold = source_folds(conflict, sources, folds=folds, seed=seed)
    assert set(fold) == set(range(folds))
    for source in set(sources):
        assert len({one for one, other in zip(fold, sources, strict=True) if other == source}) == 1
    for one in range(folds):
        assert 0 < conflict[fold == one].sum() < (fold == one).sum()


def test_platt_finds_the_line_that_made_the_truth():
    random = np.random.default_rng(4)
    logits = random.normal(1, 2, 40_000)
    truth = random.random(40_000) < 1 / (1 + np.exp(1.5 - 0.6 * logits))
    slope, intercept = platt(logits, truth)
    assert slope == pytest.approx(0.6, abs=0.03)
    assert intercept == pytest.approx(-1.5, abs=0.06)


def test_platt_stays_finite_where_classes_are_apart():
    slope, intercept = platt(np.array([-30.0, -20, 20, 30]), np.array([False, False, True, True]))
    assert 0 < slope < 1
    assert intercept == pytest.approx(0, abs=1e-6)


def test_platt_gives_the_base_rate_where_logits_mislead():
    slope, intercept = platt(np.array([3.0, 2, 1, -1]), np.array([False, False, False, True]))
    assert slope == 0
    assert 1 / (1 + np.exp(-intercept)) == pytest.approx(0.25)


HEADS, GROUPS, WIDTH = 4, 2, 3
CODES = np.array([[0, 1, 2, 3], [0, 0, 1, 3], [-1, 0, 0, 3], [-1, -1, -1, -1]], dtype=np.int8)
FEATURES = 3 * GROUPS * WIDTH + 3 * HEADS + 3


class Layer(torch.nn.Module):
    layer_idx = 2


@pytest.fixture
def call():
    random = torch.Generator().manual_seed(0)
    query = torch.randn(4, HEADS, 4, WIDTH, generator=random)
    key, value = (torch.randn(4, GROUPS, 4, WIDTH, generator=random) for _ in range(2))
    return AttentionCall(Layer(), query, key, value, None, 1.0, lambda: query)


@pytest.fixture
def kinds():
    return kinds_of(CODES, 4, torch.device("cpu"))


def some_probe(intercept=0.2):
    random = np.random.default_rng(0)
    parts = {
        "mean": (FEATURES,),
        "scale": (FEATURES,),
        "inner": (FEATURES * 5,),
        "inner_bias": (5,),
        "outer": (5,),
    }
    arrays = {name: random.normal(0, 0.5, shape).astype(np.float32) for name, shape in parts.items()}
    arrays["scale"] = np.abs(arrays["scale"]) + 0.5
    return ProbeWeights(**arrays, slope=0.3, intercept=intercept, auc=0.9)


def test_a_probability_is_a_calibrated_network_of_one_hidden_layer():
    weights = some_probe()
    features = np.random.default_rng(1).normal(0, 1, (7, FEATURES)).astype(np.float32)
    hidden = np.tanh(
        (features - weights.mean) / weights.scale @ weights.inner.reshape(FEATURES, 5) + weights.inner_bias
    )
    expected = 1 / (1 + np.exp(-(0.3 * hidden @ weights.outer + 0.2)))
    np.testing.assert_allclose(told(weights, features), expected, rtol=1e-5)


def test_a_probe_read_back_from_json_tells_the_same(fitted):
    features, _ = opposed(seed=2)
    again = ProbeWeights.model_validate(json.loads(json.dumps(fitted.weights.model_dump(mode="json"))))
    assert (told(again, features) == told(fitted.weights, features)).all()


def test_a_probe_of_another_model_is_refused():
    with pytest.raises(SteeringError, match=f"the probe reads {FEATURES} features and the layer gives 9"):
        probability(some_probe(), torch.zeros(1, 9))


def test_a_soft_gate_is_as_strong_as_conflict_is_likely(call, kinds):
    strength = ProbeGate({2: some_probe()}, tau=0.99, soft=True).strength(call, kinds)
    torch.testing.assert_close(strength[:2], probability(some_probe(), layer_features(call, kinds))[:2])


def test_a_hard_gate_opens_from_tau_on(call, kinds):
    found = probability(some_probe(), layer_features(call, kinds))[:2]
    assert found[0] != found[1]
    highest = float(found.max())
    strength = ProbeGate({2: some_probe()}, tau=highest, soft=False).strength(call, kinds)
    assert strength[:2].tolist() == (found == highest).float().tolist()


@pytest.mark.parametrize("soft", [True, False])
def test_prompts_of_fewer_than_two_modalities_are_left_alone(call, kinds, soft):
    gate = ProbeGate({2: some_probe(intercept=20.0)}, tau=0.5, soft=soft)
    assert gate.strength(call, kinds).tolist() == [1, 1, 0, 0]


def test_layers_without_a_probe_are_left_alone(call, kinds):
    gate = ProbeGate({1: some_probe(intercept=20.0)}, tau=0.5, soft=False)
    assert gate.strength(call, kinds).tolist() == [0] * 4


def test_a_gate_takes_no_part_in_gradients(call, kinds):
    call.value.requires_grad_()
    gate = ProbeGate({2: some_probe()}, tau=0.5, soft=True)
    with torch.inference_mode():
        first = gate.strength(call, kinds)
    later = gate.strength(call, kinds)
    assert not later.requires_grad
    torch.testing.assert_close(later, first)
