"""Attention shares against attention matrices written out in full, and plans that look or change."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny_models
import torch
from torch import Tensor
from transformers import (
    AutoModelForMultimodalLM,
    Gemma2Config,
    Gemma2ForCausalLM,
    MistralConfig,
    MistralForCausalLM,
)

from affectlab.models import MODALITIES, ModelOptions, Quote, Request
from affectlab.models.hf import load
from affectlab.models.hf.attention import AttentionCall, attention_plan, last_row
from affectlab.models.hf.model import HfModel

LABELS = ("negative", "positive")


@pytest.fixture(scope="module")
def omni_folder(tmp_path_factory) -> Path:
    return tiny_models.tiny_omni(tmp_path_factory.mktemp("omni"))


@pytest.fixture(scope="module")
def omni(omni_folder) -> HfModel:
    return load(str(omni_folder), ModelOptions(frames=3))


@pytest.fixture(scope="module")
def requests(tmp_path_factory) -> list[Request]:
    folder = tmp_path_factory.mktemp("media")
    sound = tiny_models.write_sound(folder / "sound.wav")
    video = tiny_models.write_video(folder / "video.mp4")
    picture = tiny_models.write_picture(folder / "picture.png")
    return [
        Request(("Words: ", Quote("今天我很高兴"), "\nVoice: ", sound, "\nFace: ", video, "\nHow?")),
        Request(("Words: ", Quote("weak"), "\nHow does the person feel?")),
        Request((picture, "How?")),
    ]


def written_out(folder: Path, inputs: dict[str, Any]) -> np.ndarray:
    """Attention of the last token, shape (rows, layers, heads, tokens), computed eagerly."""
    eager = AutoModelForMultimodalLM.from_pretrained(folder, attn_implementation="eager").eval()
    with torch.no_grad():
        attentions = eager(**inputs, output_attentions=True).attentions
    return np.stack([layer[:, :, -1].numpy() for layer in attentions], axis=1)


def test_shares_are_sums_over_the_written_out_attention_matrix(omni, omni_folder, requests) -> None:
    """With padding, grouped heads and media; tokens of each modality are found by their ids."""
    (batch,) = omni._preparer.prepare(requests, room=4).batches
    matrix = written_out(omni_folder, batch.inputs)
    ids, mask = batch.inputs["input_ids"].numpy(), batch.inputs["attention_mask"].numpy()
    assert (mask == 0).any()
    tokenizer = omni._processing.tokenizer
    quoted = {part.text for request in requests for part in request.parts if isinstance(part, Quote)}

    for row, found in enumerate(omni.score(requests, LABELS)):
        members = {
            "A": ids[row] == tokenizer.audio_token_id,
            "V": ids[row] == tokenizer.image_token_id,
            "T": np.zeros(ids.shape[1], dtype=bool),
        }
        for words in quoted:
            tokens = tokenizer(words)["input_ids"]
            for start in range(ids.shape[1] - len(tokens)):
                if ids[row, start : start + len(tokens)].tolist() == tokens:
                    members["T"][start : start + len(tokens)] = True
        expected = np.stack([(matrix[row] * members[one]).sum(-1) for one in MODALITIES], axis=-1)
        assert found.attention.shares.shape == (3, 4, 4)
        np.testing.assert_allclose(found.attention.shares[..., :3], expected, atol=1e-5)
        np.testing.assert_allclose(found.attention.shares.sum(-1), 1, atol=1e-5)
        counts = [members[one].sum() for one in MODALITIES]
        np.testing.assert_array_equal(found.attention.tokens, [*counts, mask[row].sum() - sum(counts)])


def test_an_absent_modality_holds_nothing(omni, requests) -> None:
    words = omni.score(requests, LABELS)[1].attention
    assert words.shares[..., 1:3].max() == 0
    assert words.tokens[1:3].tolist() == [0, 0]


def test_a_sliding_window_hides_what_lies_outside_it(tmp_path) -> None:
    tokenizer = tiny_models.tiny_tokenizer()
    config = MistralConfig(**tiny_models.text_shape(tokenizer, 512), sliding_window=6)
    tiny_models.save(tmp_path, MistralForCausalLM, config, tokenizer)
    far = Request((Quote("weak"), " and then very many other words come"))
    (found,) = load(str(tmp_path), ModelOptions()).score([far], LABELS)
    assert found.attention.tokens[0] == 1
    assert found.attention.shares[..., 0].max() == 0


def test_scores_are_the_same_with_and_without_looking(omni_folder, omni, requests) -> None:
    blind = load(str(omni_folder), ModelOptions(frames=3, attention=False))
    assert not blind.can.attention
    for seen, unseen in zip(omni.score(requests, LABELS), blind.score(requests, LABELS), strict=True):
        assert unseen.attention is None
        np.testing.assert_allclose(seen.log_likelihoods, unseen.log_likelihoods, atol=1e-6)


def test_a_model_with_its_own_kind_of_attention_still_scores(tmp_path) -> None:
    tokenizer = tiny_models.tiny_tokenizer()
    config = Gemma2Config(**tiny_models.text_shape(tokenizer, 512), head_dim=16, query_pre_attn_scalar=16)
    tiny_models.save(tmp_path, Gemma2ForCausalLM, config, tokenizer)
    model = load(str(tmp_path), ModelOptions())
    assert not model.can.attention
    (found,) = model.score([Request(("How?",))], LABELS)
    assert found.attention is None
    assert np.isfinite(found.log_likelihoods).all()


class Recorder:
    """Notes each call and answers as the model would."""

    def __init__(self) -> None:
        self.calls: list[AttentionCall] = []

    def attend(self, call: AttentionCall) -> Tensor:
        self.calls.append(call)
        return call.stock()


def test_plans_reach_the_language_model_alone_and_only_inside_their_block(omni, requests) -> None:
    plan = Recorder()
    (batch,) = omni._preparer.prepare(requests, room=4).batches
    with attention_plan(plan), torch.no_grad():
        omni.weights(**batch.inputs)
    omni.weights(**batch.inputs)
    assert [call.layer for call in plan.calls] == [0, 1, 2]
    assert all(call.prefill for call in plan.calls)
    assert {call.query.shape[1] for call in plan.calls} == {4}
    assert {call.key.shape[1] for call in plan.calls} == {2}


class Silencer:
    """Steers by taking one head's output away."""

    def __init__(self, layer: int, head: int) -> None:
        self._at = layer, head

    def attend(self, call: AttentionCall) -> Tensor:
        output = call.stock().clone()
        if call.layer == self._at[0]:
            output[:, :, self._at[1]] = 0
        return output


def test_a_plan_decides_the_output_of_each_head(omni, requests) -> None:
    """Silencing a head equals taking its columns out of the layer's output projection."""
    (batch,) = omni._preparer.prepare(requests[1:2], room=4).batches
    weights = omni.weights
    with attention_plan(Silencer(1, 2)), torch.no_grad():
        silenced = weights(**batch.inputs).logits
    projection = weights.get_decoder().layers[1].self_attn.o_proj.weight
    kept = projection.detach().clone()
    with torch.no_grad():
        plain = weights(**batch.inputs).logits
        projection[:, 2 * 16 : 3 * 16] = 0
        expected = weights(**batch.inputs).logits
        projection.copy_(kept)
    torch.testing.assert_close(silenced, expected)
    assert (silenced - plain).abs().max() > 1e-3


def test_the_last_row_follows_a_mask_of_numbers_as_one_of_truth_values() -> None:
    generator = torch.Generator().manual_seed(0)
    query, key = torch.randn(2, 4, 5, 8, generator=generator), torch.randn(2, 2, 5, 8, generator=generator)
    allowed = torch.tensor([[False, True, True, True, True], [True] * 5])[:, None, None].expand(2, 1, 5, 5)
    added = torch.zeros(2, 1, 5, 5).masked_fill(~allowed, torch.finfo(torch.float32).min)
    rows = [
        last_row(AttentionCall(torch.nn.Identity(), query, key, key, mask, 0.3, lambda: query))
        for mask in (allowed, added)
    ]
    torch.testing.assert_close(*rows)
    assert rows[0][0, :, 0].max() == 0
    repeated = key.repeat_interleave(2, dim=1)
    logits = (query[:, :, -1:] @ repeated.transpose(-1, -2)).squeeze(2)[1] * 0.3
    torch.testing.assert_close(rows[0][1], torch.softmax(logits, -1))
