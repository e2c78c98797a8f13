from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from affectlab.bench.dataset import DatasetInfo
from affectlab.bench.emomm.synth.build import make_clips
from affectlab.bench.emomm.task import EmoMMTask
from affectlab.bench.sample import Sample
from affectlab.errors import SteeringError
from affectlab.models import Media, ModelOptions, Quote, Request, load_model
from affectlab.steering.answer_gates import (
    disagreement,
    divergence,
    entropy,
    entropy_of,
    fit_answer_gate,
    modalities,
    only,
)

LABELS = ("negative", "weakly negative", "neutral", "weakly positive", "positive")
WORDS = Quote("It was fine.")
SOUND = Media("audio", Path("a.wav"), "a")
FILM = Media("video", Path("v.mp4"), "v")
PICTURE = Media("image", Path("i.png"), "i")
TASK = EmoMMTask(DatasetInfo("emomm", {label: label for label in LABELS}))


def sample(text, *media):
    return Sample("clip", "aligned", "train", {"source": "clip"}, {"neutral": 1.0}, text, media)


@pytest.mark.parametrize("generate", [True, False])
def test_a_reduced_request_is_what_the_task_asks_of_that_modality_alone(generate):
    whole = TASK.request(sample("It was fine.", SOUND, FILM), generate=generate)
    alone = {
        "T": sample("It was fine."),
        "A": sample(None, SOUND),
        "V": sample(None, FILM),
    }
    for modality, of_modality in alone.items():
        assert only(whole, modality) == TASK.request(of_modality, generate=generate)


@pytest.mark.parametrize(
    ("parts", "modality", "left"),
    [
        (("Text: ", WORDS, "\nVoice: ", SOUND, "\nHow?"), "T", "Text: {}\nHow?"),
        (("Text: ", WORDS, "\nVoice: ", SOUND, "\nHow?"), "A", "Voice: {}\nHow?"),
        (('Look.\n\nText: "', WORDS, '"\n\nFace: ', FILM, "\n\nHow?"), "V", "Look.\n\nFace: {}\n\nHow?"),
        (("How does this person feel? ", SOUND, FILM), "V", "How does this person feel? {}"),
        ((SOUND, FILM, "How does this person feel?\nA or B?"), "A", "{}How does this person feel?\nA or B?"),
        (("Voice: ", SOUND, " Face: ", FILM, "\nHow?"), "A", "Voice: {}\nHow?"),
        (("Voice: ", SOUND, " Face: ", FILM, "\nHow?"), "V", "Face: {}\nHow?"),
        (("文字：", WORDS, "\n声音：", SOUND, "\n这个人感觉如何？"), "A", "声音：{}\n这个人感觉如何？"),
        (("看。声音：", SOUND, "\n视频：", FILM, "\n如何？"), "V", "看。\n视频：{}\n如何？"),
    ],
)
def test_parts_go_with_their_headings_and_leave_the_question(parts, modality, left):
    reduced = only(Request(parts, system="Be brief."), modality)
    assert "".join(part if isinstance(part, str) else "{}" for part in reduced.parts) == left
    assert modalities(reduced) == (modality,)
    assert reduced.system == "Be brief."


def test_pictures_are_vision_and_several_parts_of_a_modality_stay_together():
    request = Request(("Face: ", PICTURE, "\nVoice: ", SOUND, "\nFilm: ", FILM, "\nHow?"))
    assert modalities(request) == ("A", "V")
    assert only(request, "V").parts == ("Face: ", PICTURE, "\n", "Film: ", FILM, "\nHow?")


@pytest.mark.parametrize("modality", ["T", "A", "V"])
def test_reducing_twice_is_reducing_once(modality):
    once = only(TASK.request(sample("It was fine.", SOUND, FILM), generate=True), modality)
    assert only(once, modality) == once


def test_a_modality_that_is_not_shown_is_named():
    with pytest.raises(SteeringError, match="the request shows no V to reduce it to; it shows T, A"):
        only(Request((WORDS, SOUND)), "V")


def test_entropy_is_one_for_equal_labels_and_none_for_a_certain_one():
    found = entropy_of(
        np.array([[-2.0, -2, -2, -2], [0, -500, -500, -900], [np.log(0.5), np.log(0.5), -999, -999]])
    )
    np.testing.assert_allclose(found, [1, 0, 0.5], atol=1e-12)


distributions = arrays(float, 4, elements=st.floats(0, 1)).filter(lambda one: one.sum() > 0.01)


@given(distributions, distributions)
def test_divergence_is_symmetric_and_in_bits(one, other):
    one, other = one / one.sum(), other / other.sum()
    assert divergence(one, other) == pytest.approx(divergence(other, one), abs=1e-12)
    assert 0 <= divergence(one, other) <= 1 + 1e-12
    assert divergence(one, one) == pytest.approx(0, abs=1e-12)


def test_divergence_of_known_distributions():
    certain, even = np.array([1.0, 0, 0]), np.array([0.5, 0.5, 0])
    assert divergence(certain, np.array([0.0, 0, 1])) == pytest.approx(1)
    # H(3/4, 1/4) - (0 + 1) / 2 bits
    assert divergence(certain, even) == pytest.approx(0.3112781, abs=1e-6)


@pytest.fixture(scope="module")
def organism():
    return load_model("organism", ModelOptions(batch_size=16))


@pytest.fixture(scope="module")
def clips(tmp_path_factory):
    return make_clips(16, tmp_path_factory.mktemp("clips"), 2, workers=1)


def asked(clip):
    return TASK.request(sample(clip.text, clip.audio, clip.video), generate=False)


def test_modalities_that_show_different_classes_disagree(organism, clips):
    found = disagreement(organism, [asked(clip) for clip in clips], LABELS)
    shown = np.array([len({clip.labels[channel] for channel in "TAV"}) > 1 for clip in clips])
    assert 0 < shown.sum() < len(clips)
    assert np.median(found[shown]) > 0.5
    assert np.median(found[~shown]) < 0.3


def test_disagreement_is_that_of_the_two_answers_furthest_apart(organism, clips):
    request = asked(clips[0])
    scores = organism.score([only(request, modality) for modality in "TAV"], LABELS)
    text, voice, face = (np.exp(one.log_likelihoods) / np.exp(one.log_likelihoods).sum() for one in scores)
    expected = max(divergence(text, voice), divergence(text, face), divergence(voice, face))
    assert disagreement(organism, [request], LABELS)[0] == pytest.approx(expected, abs=1e-4)


def test_nothing_disagrees_with_itself(organism, clips):
    alone = only(asked(clips[0]), "A")
    assert disagreement(organism, [alone], LABELS).tolist() == [0]


def test_requests_that_cannot_be_answered_have_no_value(organism, clips):
    lost = Media("audio", clips[0].audio.path / "gone.wav", "0" * 64)
    requests = [asked(clips[0]), TASK.request(sample(clips[0].text, lost), generate=False)]
    for gate in (entropy, disagreement):
        assert np.isnan(gate(organism, requests, LABELS)).tolist() == [False, True]


def test_entropy_of_a_model_is_that_of_its_label_scores(organism, clips):
    requests = [asked(clip) for clip in clips[:2]]
    expected = entropy_of(np.array([one.log_likelihoods for one in organism.score(requests, LABELS)]))
    np.testing.assert_allclose(entropy(organism, requests, LABELS), expected, atol=1e-4)


def test_an_answer_gate_parts_conflict_from_agreement():
    random = np.random.default_rng(0)
    conflict = np.arange(200) % 2 == 0
    values = np.where(conflict, random.uniform(0.4, 1, 200), random.uniform(0, 0.5, 200))
    values[:3] = np.nan
    gate = fit_answer_gate(values, conflict, [str(place // 4) for place in range(200)])
    assert 0.38 < gate.threshold < 0.52
    assert 0.95 < gate.auc < 1


def test_a_gate_without_answers_or_sources_is_refused():
    conflict, sources = np.arange(40) % 2 == 0, [str(place // 4) for place in range(40)]
    with pytest.raises(SteeringError, match="no case has an answer"):
        fit_answer_gate(np.full(40, np.nan), conflict, sources)
    with pytest.raises(SteeringError, match="expected at least 5 of each"):
        fit_answer_gate(np.zeros(40), conflict, ["one"] * 40)
