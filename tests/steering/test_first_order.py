from dataclasses import replace

import numpy as np
import pytest
from organism_cases import organism, small_data

from affectlab.errors import OutOfMemory, SteeringError
from affectlab.models import Media
from affectlab.steering import first_order
from affectlab.steering._partial import Partial
from affectlab.steering.causal import exact_gains
from affectlab.steering.drawing import drawn
from affectlab.steering.first_order import first_order_gains
from affectlab.steering.plan import ChaseSettings

TARGET = {"T": 0.15, "A": 0.15, "V": 0.7}
LAYERS, HEADS = (1, 4), 8


def some_cases(count=4):
    cases, labels, _ = small_data()
    return [cases[place] for place in drawn(cases, count, seed=0)], labels


def estimated(cases, settings, told=lambda _: None):
    return first_order_gains(organism(), cases, small_data()[1], settings, LAYERS, HEADS, told=told)


@pytest.mark.parametrize(("rows", "phase"), [("all", "both"), ("question", "both"), ("all", "prefill")])
def test_small_steps_gain_what_the_derivative_says(rows, phase):
    cases, labels = some_cases()
    settings = ChaseSettings(eta=0.01, target=TARGET, rows=rows, phase=phase)
    sites = [(1, 0), (1, 5), (4, 2), (4, 7)]
    measured = exact_gains(
        organism(), cases, labels, settings, sites, kept=Partial(None, ""), told=lambda _: None
    )
    found = np.stack([estimated(cases, settings)[:, LAYERS.index(at), head] for at, head in sites], axis=1)
    largest = np.abs(measured).max()
    # Single precision leaves about 2e-6 of a difference of log-probabilities.
    assert largest > 1e-4
    np.testing.assert_allclose(found, measured, atol=0.05 * largest)


def test_the_estimate_grows_with_eta():
    cases, _ = some_cases(2)
    once, thrice = (estimated(cases, ChaseSettings(eta=eta, target=TARGET)) for eta in (0.3, 0.9))
    np.testing.assert_allclose(thrice, 3 * once, rtol=1e-4, atol=1e-6)


def test_the_model_is_left_as_it_was():
    cases, labels = some_cases(2)
    requests = [case.request for case in cases]
    before = organism().score(requests, labels)
    learning = [one.requires_grad for one in organism().weights.parameters()]
    estimated(cases, ChaseSettings(target=TARGET))
    assert [one.requires_grad for one in organism().weights.parameters()] == learning
    assert all(one.grad is None for one in organism().weights.parameters())
    for one, other in zip(before, organism().score(requests, labels), strict=True):
        np.testing.assert_array_equal(one.log_likelihoods, other.log_likelihoods)


def test_a_case_that_cannot_be_read_is_not_measured_and_the_others_are(tmp_path):
    cases, _ = some_cases()
    lost = Media("audio", tmp_path / "lost.wav", "0" * 64)
    cases[1] = replace(cases[1], request=replace(cases[1].request, parts=(lost, "Which emotion?")))
    found = estimated(cases, ChaseSettings(target=TARGET))
    np.testing.assert_array_equal(np.isnan(found[:, 0, 0]), [False, True, False, False])


def test_a_batch_that_does_not_fit_is_measured_in_parts(monkeypatch):
    cases, _ = some_cases()
    settings = ChaseSettings(target=TARGET)
    whole, told, slopes = estimated(cases, settings), [], first_order._slopes

    def small_memory(weights, batch, *rest):
        if len(batch.requests) > 1:
            raise MemoryError
        return slopes(weights, batch, *rest)

    monkeypatch.setattr(first_order, "_slopes", small_memory)
    np.testing.assert_allclose(estimated(cases, settings, told.append), whole, atol=1e-5)
    assert told == [1, 1, 1, 1]


def test_a_case_that_does_not_fit_alone_is_an_error(monkeypatch):
    def no_memory(*_):
        raise MemoryError

    monkeypatch.setattr(first_order, "_slopes", no_memory)
    with pytest.raises(OutOfMemory):
        estimated(some_cases()[0], ChaseSettings(target=TARGET))


def test_what_it_is_told_to_stop_by_ends_it():
    def stop(_):
        raise SteeringError("enough")

    with pytest.raises(SteeringError, match="enough"):
        estimated(some_cases()[0], ChaseSettings(target=TARGET), stop)
