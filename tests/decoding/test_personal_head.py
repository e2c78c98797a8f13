import numpy as np
import pytest
from decoded_people import person
from hypothesis import given, settings
from hypothesis import strategies as st

from affectlab.decoding.personal import OFFSET_SD, AxisHead


def fitted(labelled):
    return AxisHead.fit(labelled.output, labelled.labels, share=labelled.share)


def rmse(output, labels):
    return float(np.sqrt(np.mean((output.mean - labels) ** 2)))


def test_a_constant_offset_is_taken_back() -> None:
    learned, met = person(1, bias=0.3), person(2, bias=0.3)
    corrected = fitted(learned).apply(met.output)
    assert np.mean(corrected.mean - met.labels) == pytest.approx(0, abs=0.06)
    assert np.mean(met.output.mean - met.labels) > 0.2
    assert np.mean((corrected.high >= 0.5) == (met.labels > 0)) > np.mean(
        (met.output.high >= 0.5) == (met.labels > 0)
    )


def test_a_person_like_everybody_is_hardly_changed() -> None:
    learned, met = person(3, noise=0.15), person(4, noise=0.15)
    corrected = fitted(learned).apply(met.output)
    assert np.abs(corrected.mean - met.output.mean).mean() < 0.15
    assert rmse(corrected, met.labels) < rmse(met.output, met.labels) + 0.02


def test_directions_of_the_embedding_that_tell_the_state_are_used() -> None:
    learned, met = person(5, informative=2.0, noise=0.4), person(6, informative=2.0, noise=0.4)
    assert rmse(fitted(learned).apply(met.output), met.labels) < 0.75 * rmse(met.output, met.labels)


@settings(max_examples=20, deadline=None)
@given(st.integers(2, 12), st.floats(-0.9, 0.9))
def test_little_data_changes_little(windows, error) -> None:
    labelled = person(7)
    few = labelled.output.take(np.arange(windows))
    head = AxisHead.fit(few, np.clip(few.mean + error, -1, 1), share=0.125)
    # At most as much as so many eighths of an independent window weigh against the prior.
    weighs = 0.125 * windows / 0.3**2
    assert abs(head.weights[0]) <= abs(error) * weighs / (weighs + 1 / OFFSET_SD**2) + 1e-9


def test_a_network_that_was_too_sure_is_made_wider_and_one_too_unsure_narrower() -> None:
    assert fitted(person(8, noise=0.6, sd=0.15)).spread > 1.2
    assert fitted(person(8, noise=0.02, sd=0.6)).spread < 0.9


def test_means_stay_on_the_plane_and_probabilities_are_probabilities() -> None:
    head = fitted(person(9, bias=-0.9))
    corrected = head.apply(person(10, bias=0.9, noise=1.0).output)
    assert np.abs(corrected.mean).max() <= 1
    assert np.all((corrected.high > 0) & (corrected.high < 1))
    assert np.all(corrected.sd > 0)


def test_an_embedding_that_never_changes_is_no_direction() -> None:
    labelled = person(11)
    labelled.output.embedding[:] = 3.0
    head = fitted(labelled)
    assert head.projection.shape[1] == 0
    assert np.all(np.isfinite(head.apply(labelled.output).mean))
