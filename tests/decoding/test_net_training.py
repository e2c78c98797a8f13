"""Training: it learns, it repeats itself, it goes on after a kill; rivals by the same loop."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from net_examples import CHANNELS, made_up_examples

from affectlab.decoding.epochs import TARGETS
from affectlab.decoding.evaluation.metrics import Judged, auc
from affectlab.decoding.net.conformer import Conformer
from affectlab.decoding.net.eegnet import EegNet
from affectlab.decoding.net.graph_problem import run
from affectlab.decoding.net.methods import FittedGraph
from affectlab.decoding.net.rivals import aligned, covariance
from affectlab.decoding.net.sampling import class_mass, draw_weights
from affectlab.decoding.net.settings import GraphSettings, TrainingSettings
from affectlab.decoding.net.training import Plan, train
from affectlab.decoding.net.views import montages, view
from affectlab.errors import DecodingError

PLAN = Plan(
    GraphSettings(width=8, heads=2, anchors=6, embedding=6),
    TrainingSettings(folds=2, epochs=2, windows=32, batch=16, subsets=(4,)),
    seed=3,
)


@pytest.fixture(scope="module")
def examples():
    return made_up_examples()


@pytest.fixture(scope="module")
def trained(examples):
    return train(examples, TARGETS, PLAN)


def same(one, other):
    return all(
        torch.equal(a, b) for a, b in zip(one.state_dict().values(), other.state_dict().values(), strict=True)
    )


def test_it_tells_states_apart_in_people_it_has_not_met(trained) -> None:
    decoder, held_out = trained
    assert held_out.axes == ("arousal",)
    strangers = made_up_examples(people=3, seed=9)
    found = FittedGraph(decoder, "arousal").predict(strangers)
    label = strangers.table.arousal
    assert auc(Judged(label, found.mean, found.sd, found.high)) > 0.9
    assert (found.sd > 0).all()


def test_it_runs_on_four_electrodes_without_training_again(trained) -> None:
    few = made_up_examples(people=3, seed=9, channels=("Fp1", "C3", "O1", "O2"))
    found = FittedGraph(trained[0], "arousal").predict(few)
    assert auc(Judged(few.table.arousal, found.mean, found.sd, found.high)) > 0.7


def test_noise_is_farther_from_the_training_data_than_eeg(trained, examples) -> None:
    decoder = trained[0]

    def distance(some):
        return decoder.scaled(run(decoder.network, view(some, CHANNELS))).distance.numpy()

    loud = replace(examples, epochs=replace(examples.epochs, data=30 * examples.epochs.data))
    assert np.median(distance(examples)) < 1
    assert np.median(distance(loud)) > 1.2


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(trained, examples) -> None:
    torch.manual_seed(99)
    assert same(train(examples, TARGETS, PLAN)[0], trained[0])
    other = Plan(PLAN.network, PLAN.training, seed=4)
    assert not same(train(examples, TARGETS, other)[0], trained[0])


def test_a_training_that_was_cut_off_goes_on_to_the_same_weights(trained, examples, tmp_path) -> None:
    class Killed(Exception):
        pass

    def killed(finished, _all):
        if finished > PLAN.training.epochs:
            raise Killed

    with pytest.raises(Killed):
        train(examples, TARGETS, PLAN, folder=tmp_path, progress=killed)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["network-0.safetensors", "plan.json"]
    assert same(train(examples, TARGETS, PLAN, folder=tmp_path)[0], trained[0])


def test_a_folder_of_another_training_is_refused(examples, tmp_path) -> None:
    (tmp_path / "plan.json").write_text(json.dumps({"seed": 1}))
    with pytest.raises(DecodingError, match="another folder"):
        train(examples, TARGETS, PLAN, folder=tmp_path)


def test_progress_ends_where_it_said(examples) -> None:
    told = []
    train(examples, TARGETS, PLAN, progress=lambda *one: told.append(one))
    assert told[-1] == (6, 6)
    assert [finished for finished, _ in told] == sorted(finished for finished, _ in told)


def test_nothing_to_learn_is_one_line() -> None:
    with pytest.raises(DecodingError, match="no axis"):
        train(made_up_examples(people=2, labelled="arousal"), ("valence",), PLAN)


def test_draws_are_balanced_over_people_and_classes() -> None:
    labels = np.array([[np.nan, value] for value in (0.4, -0.4, -0.4, -0.4, 0.4, 0.4)])
    persons = np.array(["a"] * 4 + ["b"] * 2, dtype=object)
    weights = draw_weights(labels, persons)
    np.testing.assert_allclose(weights, [1 / 3, 1 / 9, 1 / 9, 1 / 9, 1 / 6, 1 / 6])
    np.testing.assert_allclose(class_mass(np.array([1.0, -1.0, -1.0, np.nan])), [0.5, 0.25, 0.25, 0])


def test_montages_are_parts_of_the_full_one() -> None:
    found = montages(CHANNELS, (4, 99), (("Fp1", "Fp2", "T7", "T8"), ("Fp1", "Oz")), seed=1)
    assert found[0] == CHANNELS
    assert found[1] == ("Fp1", "Fp2", "T7", "T8")
    assert len(found[2]) == 4
    assert len(found) == 3


def test_alignment_makes_rest_white(examples) -> None:
    person = examples.persons == "s0"
    rest = examples.rest["s0"]
    white = aligned(examples.take(person), np.eye(len(CHANNELS)))
    assert np.diag(covariance(rest.data)).mean() > 2
    calm = white[: int(person.sum()) // 2]
    np.testing.assert_allclose(np.diag(covariance(calm)), 1, atol=0.4)


@pytest.mark.parametrize("network", [EegNet, Conformer])
@torch.no_grad()
def test_rivals_give_one_score_per_window(network) -> None:
    assert network(5, 125.0).eval()(torch.randn(3, 5, 500)).shape == (3,)
