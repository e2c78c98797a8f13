"""Each rival at work in a model."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from affectlab.models import (
    ModelOptions,
    Quote,
    Request,
    Sampling,
    load_model,
)
from affectlab.steering.model import SteeredModel
from affectlab.steering.rivals import RIVALS, site_of
from affectlab.steering.rivals.adaptvis import AdaptvisSettings, adaptvis
from affectlab.steering.rivals.prompt import PromptSettings
from affectlab.steering.rivals.spotlight import SpotlightSettings

LABELS = ("negative", "neutral", "positive")
WORDS = Request(("Transcript: ", Quote("I am so glad."), "\nWhich emotion?"))


@pytest.fixture(scope="module")
def organism():
    torch.set_num_threads(1)
    return load_model("organism", ModelOptions())


def share_of_words(model):
    """Mean share of the transcript in the last query's attention, at each layer."""
    (scores,) = model.score([WORDS], LABELS)
    return scores.attention.shares[:, :, 0].mean(axis=1)


@pytest.mark.parametrize(
    ("name", "settings", "direction"),
    [
        ("pasta", {"alpha": 0.2}, 1),
        ("pai", {"alpha": 1.0, "start": 0}, 1),
        ("duplicate", {"n": 8}, 1),
        ("prune", {"keep": 0.2, "start": 1}, -1),
        ("prune", {"keep": 0.2, "start": 1, "by": "attention"}, -1),
    ],
)
def test_attention_in_a_model_moves_the_way_the_rival_promises(organism, name, settings, direction):
    rival = RIVALS[name]
    steering = rival.build(rival.settings(modality="T", **settings), site_of(organism))
    moved = share_of_words(SteeredModel(organism, steering)) - share_of_words(organism)
    start = settings.get("start", 0)
    assert (direction * moved[start:]).min() > 0
    np.testing.assert_allclose(moved[:start], 0, atol=1e-6)


def test_under_spotlight_no_head_of_a_model_gives_less_than_the_formula_says(organism):
    steering = RIVALS["spotlight"].build(SpotlightSettings(modality="T", target=0.8), site_of(organism))
    (scores,) = SteeredModel(organism, steering).score([WORDS], LABELS)
    (stock,) = organism.score([WORDS], LABELS)
    lowest = scores.attention.shares[:, :, 0].min()
    assert stock.attention.shares[:, :, 0].min() < 0.2 < 0.8 / 1.8 - 1e-4 < lowest


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("pasta", {"alpha": 1}),
        ("spotlight", {"target": 0}),
        ("pai", {"alpha": 0}),
        ("adaptvis", {"sure": 1, "unsure": 1}),
        ("duplicate", {"n": 1}),
        ("prune", {"keep": 1}),
        ("prompt", {"modality": "V"}),
    ],
)
def test_a_model_under_a_rival_that_asks_for_nothing_answers_as_ever(organism, name, settings):
    rival = RIVALS[name]
    steering = rival.build(rival.settings(**{"modality": "T", **settings}), site_of(organism))
    (found,) = SteeredModel(organism, steering).score([WORDS], LABELS)
    (stock,) = organism.score([WORDS], LABELS)
    np.testing.assert_allclose(found.log_likelihoods, stock.log_likelihoods, atol=1e-5)


def test_adaptvis_at_work_is_scaling_by_the_factor_of_the_moment(organism):
    # Any answer counts as sure at a threshold of 0, and as unsure at 1.

    def answer(**settings):
        made = adaptvis(
            AdaptvisSettings(modality="T", rows="all", labels=LABELS, **settings), site_of(organism)
        )
        (scores,) = SteeredModel(organism, made).score([WORDS], LABELS)
        return scores.log_likelihoods

    sure = answer(beta=0.0, sure=3.0, unsure=1.0)
    unsure = answer(beta=1.0, sure=1.0, unsure=3.0)
    np.testing.assert_allclose(sure, unsure)
    assert np.abs(sure - answer(beta=0.0, sure=1.0, unsure=3.0)).max() > 1e-3


@pytest.mark.parametrize(
    ("name", "settings"),
    [(name, {}) for name in sorted(RIVALS)] + [("prune", {"by": "attention"})],
)
def test_a_model_under_a_rival_writes_as_its_scores_say(organism, name, settings):
    rival = RIVALS[name]
    made = rival.build(rival.settings(**{"modality": "T", **settings}), site_of(organism))
    steered = SteeredModel(organism, made)
    words = [WORDS, Request(("Transcript: ", Quote("This is so very sad and awful."), "\nWhich emotion?"))]
    labels = [*LABELS, "weakly positive", "weakly negative"]
    best = [labels[scores.log_likelihoods.argmax()] for scores in steered.score(words, labels)]
    assert [one.text for one in steered.generate(words, Sampling(max_tokens=4))] == best


def test_prompting_changes_what_is_asked_and_nothing_else(organism):
    steering = RIVALS["prompt"].build(
        PromptSettings(modality="T", sentence="Read closely."), site_of(organism)
    )
    (found,) = SteeredModel(organism, steering).score([WORDS], LABELS)
    words = (*WORDS.parts[:-1], "Read closely. \nWhich emotion?")
    (expected,) = organism.score([Request(words)], LABELS)
    np.testing.assert_array_equal(found.log_likelihoods, expected.log_likelihoods)
