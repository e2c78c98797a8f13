"""What rivals are told: settings, heads, requests, the confidence they look at."""

from __future__ import annotations

import math

import numpy as np
import pytest
from pydantic import ValidationError

from affectlab.errors import SteeringError
from affectlab.models import (
    Capabilities,
    Failure,
    Media,
    Quote,
    Request,
    Scores,
)
from affectlab.steering.plan import ChasePlan, ChaseSettings, DataPrint, HeadScores, LayerPlan, ModelPrint
from affectlab.steering.rivals import RIVALS, Site
from affectlab.steering.rivals.adaptvis import AdaptvisSettings, adaptvis, confidence
from affectlab.steering.rivals.duplicate import DuplicateSettings
from affectlab.steering.rivals.pai import PaiSettings
from affectlab.steering.rivals.pasta import PastaSettings, pasta
from affectlab.steering.rivals.prompt import SENTENCES, PromptSettings, asked
from affectlab.steering.rivals.prune import PruneSettings
from affectlab.steering.rivals.spotlight import SpotlightSettings

SITE = Site(6, 8)
LABELS = ("negative", "neutral", "positive")


def fitted(**changes):
    scores = tuple(HeadScores(layer=2, head=head, causal=[0.3, 0.1, 0.4][head]) for head in range(3))
    plan = ChasePlan(
        model=ModelPrint(name="m", architecture="A", layers=6, heads=8, groups=4, width=16, weights="0"),
        data=DataPrint(name="d", samples_sha256="0", split="train", cases=1, conflicts=1, sources=1),
        labels=LABELS,
        settings=ChaseSettings(),
        layers={2: LayerPlan(heads=(0, 2)), 4: LayerPlan(heads=(7,))},
        scores=(*scores, HeadScores(layer=5, head=6, causal=0.35), HeadScores(layer=5, head=7)),
    )
    return plan.model_copy(update=changes)


@pytest.mark.parametrize(
    ("settings", "chosen"),
    [
        (PastaSettings(heads="plan"), "2.0+2.2+4.7"),
        (PastaSettings(heads="plan", part=0.04), "2.2+5.6"),
        (PastaSettings(heads="plan", part=0.001), "2.2"),
        (PastaSettings(heads="5.1+0.3+5.0"), "0.3+5.0+5.1"),
    ],
)
def test_pasta_steers_the_heads_it_is_told(settings, chosen):
    assert pasta(settings, Site(6, 8, fitted())).settings["chosen"] == chosen


def test_a_plan_without_causal_scores_ranks_heads_by_what_it_has():
    scores = [HeadScores(layer=1, head=head, dominance=head / 8, discriminability=0.6) for head in range(8)]
    without_any = fitted(scores=(*scores[:3], HeadScores(layer=1, head=7, dominance=0.1)))
    tied = pasta(PastaSettings(heads="plan", part=0.04), Site(6, 8, without_any))
    assert tied.settings["chosen"] == "1.0+1.1"
    dominant = tuple(one.model_copy(update={"discriminability": None}) for one in scores)
    best = pasta(PastaSettings(heads="plan", part=0.04), Site(6, 8, fitted(scores=dominant)))
    assert best.settings["chosen"] == "1.6+1.7"


@pytest.mark.parametrize(
    ("settings", "plan", "message"),
    [
        (PastaSettings(heads="plan"), None, "there is none; say heads=all, .* plan=PATH"),
        (PastaSettings(heads="6.0"), None, r"no head 6\.0; its layers are 0 to 5"),
        (PastaSettings(heads="0.8"), None, r"no head 0\.8; .* heads 0 to 7"),
        (PastaSettings(heads="plan", part=0.2), fitted(), r"best 10 heads .* of 4; .* part than 0\.2"),
        (PastaSettings(heads="plan", part=0.1), fitted(scores=()), r"best 5 heads .* of 0"),
    ],
)
def test_heads_that_pasta_cannot_have_are_named(settings, plan, message):
    with pytest.raises(SteeringError, match=message):
        pasta(settings, Site(6, 8, plan))


@pytest.mark.parametrize(
    ("settings", "wrong", "message"),
    [
        (PastaSettings, {"heads": "some"}, "plan, all, or heads written"),
        (PastaSettings, {"heads": "all", "part": 0.3}, "say heads=plan"),
        (PastaSettings, {"alpha": 0}, "greater than 0"),
        (PruneSettings, {"by": "attention", "start": 0}, "no layer before layer 0"),
        (SpotlightSettings, {"target": 1.5}, "less than or equal to 1"),
        (DuplicateSettings, {"n": 0}, "greater than or equal to 1"),
        (AdaptvisSettings, {"labels": "one"}, "at least 2 items"),
        (PaiSettings, {"gamma": 1.1}, "Extra inputs"),
    ],
)
def test_settings_out_of_range_are_refused(settings, wrong, message):
    with pytest.raises(ValidationError, match=message):
        settings(**wrong)


@pytest.mark.parametrize("name", sorted(RIVALS))
def test_all_rivals_are_tuned_with_the_same_budget_of_settings_that_differ(name):
    grid = RIVALS[name].grid
    assert len(grid) == 6
    assert len({repr(settings) for settings in grid}) == 6
    scores = (HeadScores(layer=n // 8, head=n % 8, causal=n % 7) for n in range(48))
    site = Site(6, 8, fitted(scores=tuple(scores)))
    built = [RIVALS[name].build(settings, site) for settings in grid]
    assert {steering.name for steering in built} == {name}
    assert len({repr(steering.settings) for steering in built}) == 6


@pytest.mark.parametrize("name", sorted(RIVALS.keys() - {"pasta", "prompt", "adaptvis"}))
def test_a_layer_the_model_does_not_have_is_refused(name):
    rival = RIVALS[name]
    with pytest.raises(SteeringError, match="start is 6, but the model's layers are 0 to 5"):
        rival.build(rival.settings(start=6), SITE)


WORDS = Request(("Transcript: ", Quote("I am so glad."), "\nWhich emotion?"))


def shown(tmp_path):
    return Media("video", tmp_path / "face.mp4", "0")


def test_the_sentence_stands_where_it_is_wanted(tmp_path):
    request = Request(("Face: ", shown(tmp_path), "Which emotion?"), system="Be brief.")
    sentence = SENTENCES["V"]
    assert asked(request, PromptSettings()).parts[-1] == f"{sentence} Which emotion?"
    assert asked(request, PromptSettings(place="begin")).parts == (f"{sentence}\n", *request.parts)
    assert asked(request, PromptSettings(place="system")).system == f"Be brief. {sentence}"
    assert asked(request, PromptSettings(sentence="Look!")).parts[-1] == "Look! Which emotion?"


def test_a_request_that_ends_with_a_picture_gets_the_sentence_after_it(tmp_path):
    request = Request((shown(tmp_path),))
    assert asked(request, PromptSettings()).parts == (shown(tmp_path), f"\n{SENTENCES['V']}")


def test_nothing_is_said_of_a_face_that_is_not_shown():
    assert asked(WORDS, PromptSettings()) is WORDS
    assert asked(WORDS, PromptSettings(modality="T")) != WORDS


class Sure:
    """A model that is sure of the first request, torn over the second and has no answer to the third."""

    can = Capabilities(logits=True)

    def score(self, requests, labels):
        outcomes = [
            Scores(np.log([0.8, 0.1, 0.1]), np.ones(3, int)),
            Scores(np.log([0.2, 0.2, 0.2]), np.ones(3, int)),
            Failure("media", "no such file"),
        ]
        assert tuple(labels) == LABELS
        return outcomes[: len(requests)]


def test_adaptvis_picks_the_factor_by_the_confidence_of_the_unsteered_answer():
    settings = AdaptvisSettings(beta=0.5, unsure=0.4, sure=1.7, labels="negative|neutral|positive")
    found = adaptvis(settings, SITE).strengths(Sure(), [WORDS] * 3)
    np.testing.assert_allclose(found, [0.7, -0.6, 0.0])


def test_confidence_is_the_share_of_the_likeliest_label_among_the_labels():
    assert confidence(np.log([0.02, 0.06, 0.02])) == pytest.approx(0.6)
    assert confidence([-5000.0, -5000.0]) == pytest.approx(0.5)
    assert math.isnan(confidence([]))
