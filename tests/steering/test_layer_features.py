import dataclasses

import numpy as np
import pytest
import torch

from affectlab.bench.emomm.synth.build import make_clips
from affectlab.errors import OutOfMemory, SteeringError
from affectlab.models import Media, ModelOptions, Quote, Request, load_model
from affectlab.models.hf.attention import AttentionCall
from affectlab.models.hf.model import HfModel
from affectlab.steering.features import FeaturePlan, collect, layer_features
from affectlab.steering.kinds import kinds_of

HEADS, GROUPS, WIDTH = 6, 3, 4
CODES = np.array([[3, 0, 0, 1, 1, 1, 2, 3], [-1, -1, 3, 0, 3, 2, 2, 3]], dtype=np.int8)
LABELS = ("negative", "neutral", "positive")


class Layer(torch.nn.Module):
    def __init__(self, layer=0):
        super().__init__()
        self.layer_idx = layer


def called(layer=0, queries=8, keys=8, rows=None, codes=CODES):
    random = torch.Generator().manual_seed(layer)
    query = torch.randn(2, HEADS, queries, WIDTH, generator=random)
    key, value = (torch.randn(2, GROUPS, keys, WIDTH, generator=random) for _ in range(2))
    mask = torch.ones(queries, keys).tril(keys - queries).bool().expand(2, 1, -1, -1).clone()
    mask[:, 0, :, : codes.shape[1]] &= torch.from_numpy(codes >= 0)[:, None, :keys]
    output = torch.randn(2, queries, HEADS, WIDTH, generator=random)
    return AttentionCall(Layer(layer), query, key, value, mask, 0.5, lambda: output, rows)


def by_definition(call, codes):
    """Return features row by row, token by token."""
    rows = []
    for row, of_row in enumerate(codes):
        means = [
            call.value[row, :, of_row == kind].mean(1).ravel()
            if (of_row == kind).any()
            else torch.zeros(GROUPS * WIDTH)
            for kind in range(3)
        ]
        shares = []
        for head in range(HEADS):
            logits = 0.5 * call.key[row, head // 2] @ call.query[row, head, -1]
            attention = torch.softmax(logits.masked_fill(torch.from_numpy(of_row < 0), float("-inf")), 0)
            shares += [attention[of_row == kind].sum() for kind in range(3)]
        there = [float((of_row == kind).any()) for kind in range(3)]
        rows.append(torch.cat([*means, torch.tensor(shares), torch.tensor(there)]))
    return torch.stack(rows)


def test_features_are_means_of_values_and_shares_of_attention_by_modality():
    call = called()
    found = layer_features(call, kinds_of(CODES, 8, torch.device("cpu")))
    assert found.shape == (2, 3 * GROUPS * WIDTH + 3 * HEADS + 3)
    torch.testing.assert_close(found, by_definition(call, CODES))


def test_what_is_absent_is_zero():
    found = layer_features(called(), kinds_of(CODES, 8, torch.device("cpu")))[1]
    sound = slice(GROUPS * WIDTH, 2 * GROUPS * WIDTH)
    assert (found[sound] == 0).all()
    shares = found[3 * GROUPS * WIDTH : -3].reshape(HEADS, 3)
    assert (shares[:, 1] == 0).all()
    assert (shares[:, [0, 2]] > 0).all()
    assert found[-3:].tolist() == [1, 0, 1]


def test_features_of_half_precision_are_summed_in_full():
    call = called()
    half = dataclasses.replace(
        call, query=call.query.half(), key=call.key.half(), value=call.value.half() * 0 + 40_000
    )
    found = layer_features(half, kinds_of(CODES, 8, torch.device("cpu")))
    assert found.dtype == torch.float32
    assert found[0, : 3 * GROUPS * WIDTH].unique().tolist() == [40_000]


def test_a_plan_looks_at_its_layers_while_prompts_are_read_and_changes_nothing():
    plan = FeaturePlan(CODES, [0, 2])
    for call in [called(layer) for layer in range(3)]:
        assert plan.attend(call) is call.stock()
    read = plan.result()
    continued = called(2, queries=1, keys=9, rows=torch.tensor([0, 1]))
    assert plan.attend(continued) is continued.stock()
    assert list(read) == [0, 2]
    assert (plan.result()[2] == read[2]).all()
    np.testing.assert_allclose(read[2], by_definition(called(2), CODES), rtol=1e-5, atol=1e-6)


@pytest.fixture(scope="module")
def organism():
    model = load_model("organism", ModelOptions(batch_size=2))
    assert isinstance(model, HfModel)
    return model


@pytest.fixture(scope="module")
def requests(tmp_path_factory):
    clips = make_clips(2, tmp_path_factory.mktemp("clips"), 3, workers=1)
    whole = [
        Request(("Words: ", Quote(clip.text), "\nVoice: ", clip.audio, "\nFace: ", clip.video, "\nHow?"))
        for clip in clips
    ]
    heard = Request(("Voice: ", clips[0].audio, "\nHow?"))
    lost = Request(("Voice: ", Media("audio", clips[0].audio.path / "gone.wav", "0" * 64), "\nHow?"))
    return [whole[0], lost, heard, whole[1], Request(("Words: ", Quote("我很高兴"), "\nHow?"))]


@pytest.fixture(scope="module")
def collected(organism, requests):
    return collect(organism, requests, LABELS, [1, 4])


def test_what_is_collected_stands_in_the_place_of_its_request(organism, requests, collected):
    assert collected.kept.tolist() == [True, False, True, True, True]
    for place in (2, 3):
        alone = collect(organism, [requests[place]], LABELS, [1, 4])
        scores = organism.score([requests[place]], LABELS)[0]
        for layer in (1, 4):
            np.testing.assert_allclose(collected.features[layer][place], alone.features[layer][0], atol=2e-5)
        np.testing.assert_allclose(collected.log_likelihoods[place], scores.log_likelihoods, atol=1e-4)
        np.testing.assert_allclose(collected.shares[place], scores.attention.shares, atol=1e-5)


def test_features_of_a_model_hold_the_shares_it_reports(collected):
    kept = collected.kept
    heads = collected.shares.shape[2]
    for layer, features in collected.features.items():
        shares = features[kept, -3 * heads - 3 : -3].reshape(-1, heads, 3)
        np.testing.assert_allclose(shares, collected.shares[kept, layer, :, :3], atol=1e-6)
    assert features[:, -3:][kept].tolist() == [[1, 1, 1], [0, 1, 0], [1, 1, 1], [1, 0, 0]]


def test_a_request_that_failed_is_not_a_number(collected):
    assert np.isnan(collected.features[1][1]).all()
    assert np.isnan(collected.log_likelihoods[1]).all()
    assert np.isnan(collected.shares[1]).all()
    assert not np.isnan(collected.features[4][collected.kept]).any()


def test_progress_ends_with_all_requests(organism, requests):
    told = []
    collect(organism, requests, LABELS, [0], progress=lambda *now: told.append(now))
    assert told == [(2, 5), (4, 5), (5, 5)]


def test_what_does_not_fit_into_memory_is_read_in_halves(organism, requests, collected, monkeypatch):
    score = HfModel.score
    sizes = []

    def short_of_memory(self, asked, labels, **settings):
        sizes.append(len(asked))
        if len(asked) > 1:
            raise OutOfMemory("the batch does not fit")
        return score(self, asked, labels, **settings)

    monkeypatch.setattr(HfModel, "score", short_of_memory)
    found = collect(organism, requests, LABELS, [1, 4])
    assert sorted(sizes) == [1] * 5 + [2] * 2
    np.testing.assert_allclose(found.features[4], collected.features[4], atol=2e-5)


def test_shares_that_the_model_does_not_keep_are_not_known(requests):
    model = load_model("organism", ModelOptions(attention=False))
    found = collect(model, requests[-1:], LABELS, [0])
    assert found.shares is None
    assert found.kept.all()


def test_a_layer_that_is_not_there_is_named(organism, requests):
    with pytest.raises(SteeringError, match="layer 6 has no attention to look at"):
        collect(organism, requests[-1:], LABELS, [0, 6])


def test_nothing_that_can_be_read_is_an_error_with_its_first_reason(organism, requests):
    with pytest.raises(SteeringError, match=r"none of the 1 requests could be read \(.*gone.wav"):
        collect(organism, [requests[1]], LABELS, [0])


def test_a_model_that_cannot_be_steered_is_refused(organism, requests, monkeypatch):
    monkeypatch.setattr(organism, "can", dataclasses.replace(organism.can, steering=False))
    with pytest.raises(SteeringError, match="organism computes attention in its own way"):
        collect(organism, requests, LABELS, [0])
