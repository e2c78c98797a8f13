import threading
from dataclasses import replace

import numpy as np
import pytest
from organism_cases import organism, small_data

from affectlab.errors import SteeringError
from affectlab.models import Media
from affectlab.steering._memo import remembered_media
from affectlab.steering._partial import Partial
from affectlab.steering.causal import causal, exact_gains, log_probabilities
from affectlab.steering.drawing import digest, drawn
from affectlab.steering.from_plan import chase_steering
from affectlab.steering.model import SteeredModel
from affectlab.steering.model_print import print_of
from affectlab.steering.plan import ChasePlan, ChaseSettings, LayerPlan

SETTINGS = ChaseSettings(eta=0.9, target={"T": 0.1, "A": 0.1, "V": 0.8}, gate="always")
SITES = [(0, 1), (3, 6), (5, 0)]


def some_cases(count=6):
    cases, labels, _ = small_data()
    return [cases[place] for place in drawn(cases, count, seed=0)], labels


def test_gains_in_conflict_count_and_losses_elsewhere_are_charged():
    gains = np.array([[[0.4, 0.4]], [[0.2, 0.2]], [[-0.1, 0.5]], [[-0.3, 0.1]]], dtype=np.float32)
    conflict = np.array([True, True, False, False])
    np.testing.assert_allclose(causal(gains, conflict, penalty=2), [[0.3 - 2 * 0.2, 0.3]], rtol=1e-6)
    np.testing.assert_allclose(causal(gains, conflict, penalty=0), [[0.3, 0.3]], rtol=1e-6)
    np.testing.assert_allclose(causal(gains[:2], conflict[:2]), [[0.3, 0.3]], rtol=1e-6)


def test_cases_that_failed_do_not_count_and_without_conflict_nothing_is_known():
    gains = np.array([[[0.4]], [[np.nan]], [[-0.1]]], dtype=np.float32)
    np.testing.assert_allclose(causal(gains, np.array([True, True, False])), [[0.3]], rtol=1e-6)
    assert np.isnan(causal(gains, np.array([False, True, False]))).all()


def test_the_gain_of_a_head_is_what_a_plan_with_that_head_alone_gives():
    cases, labels = some_cases()
    found = exact_gains(
        organism(), cases, labels, SETTINGS, SITES, kept=Partial(None, ""), told=lambda _: None
    )
    requests, truths = [case.request for case in cases], [case.truth for case in cases]
    rows = range(len(cases))
    before = log_probabilities(organism().score(requests, labels), len(labels))[rows, truths]
    for column, (layer, head) in enumerate(SITES):
        steered = SteeredModel(organism(), chase_steering(plan_of({layer: (head,)})))
        after = log_probabilities(steered.score(requests, labels), len(labels))[rows, truths]
        np.testing.assert_allclose(found[:, column], after - before, atol=1e-4)
    assert np.abs(found).max() > 1e-3


def plan_of(heads):
    _, labels, data = small_data()
    return ChasePlan(
        model=print_of(organism().weights, "organism"),
        data=data,
        labels=labels,
        settings=SETTINGS,
        layers={layer: LayerPlan(heads=of_layer) for layer, of_layer in heads.items()},
    )


def test_nothing_is_gained_by_no_steering():
    cases, labels = some_cases(2)
    unmoved = SETTINGS.model_copy(update={"eta": 0.0})
    found = exact_gains(
        organism(), cases, labels, unmoved, SITES, kept=Partial(None, ""), told=lambda _: None
    )
    np.testing.assert_allclose(found, 0, atol=1e-5)


def test_a_measurement_that_was_cut_off_goes_on_where_it_was(tmp_path, monkeypatch):
    monkeypatch.setattr(organism(), "batch_size", 2)
    cases, labels = some_cases(10)
    path = tmp_path / "fit.partial"
    kept = Partial(path, "k")

    def until_some_are_kept(_):
        if kept.rows:
            raise SteeringError("enough")

    with pytest.raises(SteeringError, match="enough"):
        exact_gains(organism(), cases, labels, SETTINGS, SITES[:1], kept=kept, told=until_some_are_kept)
    done = len(Partial(path, "k").rows)
    assert 0 < done < len(cases)
    calls: list[int] = []
    resumed = exact_gains(
        organism(), cases, labels, SETTINGS, SITES[:1], kept=Partial(path, "k"), told=calls.append
    )
    assert calls[0] == 2 * done
    assert sum(calls) == 2 * len(cases)
    whole = exact_gains(
        organism(), cases, labels, SETTINGS, SITES[:1], kept=Partial(None, "k"), told=lambda _: None
    )
    np.testing.assert_allclose(resumed, whole, atol=1e-4)


def test_a_case_that_cannot_be_read_is_not_measured_and_the_others_are(tmp_path):
    cases, labels = some_cases(4)
    lost = Media("audio", tmp_path / "lost.wav", "0" * 64)
    cases[1] = replace(cases[1], request=replace(cases[1].request, parts=(lost, "Which emotion?")))
    found = exact_gains(
        organism(), cases, labels, SETTINGS, SITES[:1], kept=Partial(None, ""), told=lambda _: None
    )
    np.testing.assert_array_equal(np.isnan(found[:, 0]), [False, True, False, False])


def test_measurements_of_other_things_are_forgotten(tmp_path):
    path = tmp_path / "fit.partial"
    Partial(path, "one").add({3: np.array([0.25, -1.5], dtype=np.float32)})
    np.testing.assert_array_equal(Partial(path, "one").rows[3], [0.25, -1.5])
    assert not Partial(path, "other").rows


@pytest.mark.parametrize("content", ["", "{", "[]", '{"key": "one"}', '{"key": "one", "rows": {"0": "!"}}'])
def test_a_damaged_file_of_measurements_is_named(tmp_path, content):
    path = tmp_path / "fit.partial"
    path.write_text(content)
    with pytest.raises(SteeringError, match=r"fit\.partial holds no measurements.*delete it and fit again"):
        Partial(path, "one")


def test_media_are_encoded_once_and_answers_stay_the_same(monkeypatch):
    cases, labels = some_cases(4)
    requests = [case.request for case in cases]
    inner, encoded = organism().weights.model, []
    kind = type(inner)
    encode = kind.get_image_features
    monkeypatch.setattr(kind, "get_image_features", lambda *a, **k: (encoded.append(1), encode(*a, **k))[1])
    fresh = organism().score(requests, labels)
    assert len(encoded) == 1
    with remembered_media(organism().weights):
        for _ in range(3):
            again = organism().score(requests, labels)
            for one, other in zip(fresh, again, strict=True):
                np.testing.assert_array_equal(one.log_likelihoods, other.log_likelihoods)
        assert len(encoded) == 2
        organism().score(requests[:2], labels)
        assert len(encoded) == 3
    organism().score(requests, labels)
    assert len(encoded) == 4


def test_threads_do_not_see_each_others_media():
    cases, labels = some_cases(2)
    wanted = [organism().score([case.request], labels)[0].log_likelihoods for case in cases]
    found: dict[int, list] = {0: [], 1: []}

    def ask(place):
        for _ in range(4):
            found[place].append(organism().score([cases[place].request], labels)[0].log_likelihoods)

    with remembered_media(organism().weights):
        threads = [threading.Thread(target=ask, args=(place,)) for place in found]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    for place, answers in found.items():
        assert len(answers) == 4
        for answer in answers:
            np.testing.assert_array_equal(answer, wanted[place])


def test_half_of_the_cases_drawn_are_in_conflict_and_sources_take_turns():
    cases, _, _ = small_data()
    places = drawn(cases, 16, seed=3)
    assert places == sorted(set(places))
    chosen = [cases[place] for place in places]
    for kind in (True, False):
        there = {case.source for case in cases if case.conflict == kind}
        sources = [case.source for case in chosen if case.conflict == kind]
        assert len(sources) == 8
        assert len(set(sources)) == min(8, len(there))
    assert drawn(cases, 16, seed=3) == places
    assert drawn(cases, 16, seed=4) != places


def test_where_one_kind_is_rare_the_other_does_not_fill_up():
    cases, _, _ = small_data()
    aligned = [case for case in cases if not case.conflict]
    rare = [*aligned, next(case for case in cases if case.conflict)]
    assert len(drawn(rare, 10, seed=0)) == 6


def test_what_is_measured_is_known_by_content_and_not_by_place(tmp_path):
    cases, _, _ = small_data()

    def moved(case):
        parts = (
            replace(part, path=tmp_path) if isinstance(part, Media) else part for part in case.request.parts
        )
        return replace(case, request=replace(case.request, parts=tuple(parts)))

    first = digest(cases[:3], {"eta": 0.5})
    assert digest([moved(case) for case in cases[:3]], {"eta": 0.5}) == first
    assert digest(cases[:3], {"eta": 0.6}) != first
    assert digest(cases[:2], {"eta": 0.5}) != first
    assert digest([replace(cases[0], truth=cases[0].truth + 1), *cases[1:3]], {"eta": 0.5}) != first
