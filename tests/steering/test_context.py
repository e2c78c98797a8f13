"""Blocks inside which a transformers model is steered."""

from __future__ import annotations

import logging
from threading import Thread
from typing import Any

import numpy as np
import pytest
import tiny_architectures as tiny
import torch
from organism_cases import organism, small_data
from tiny_steering import SPANS, STEERING, logits, plan_of, state
from torch import Tensor

from affectlab.models import Sampling
from affectlab.models.hf.attention import AttentionCall
from affectlab.steering.context import chase, steered
from affectlab.steering.from_plan import steer_model
from affectlab.steering.model import Codes, Steering, Strengths
from affectlab.steering.plan import LayerPlan, write_plan


@pytest.fixture(scope="module")
def made() -> tiny.Tiny:
    return tiny.qwen25_vl()


def test_a_plan_and_its_file_steer_as_its_heads_and_settings_say(made, tmp_path) -> None:
    write_plan(plan_of(made.model), tmp_path / "chase.json")
    with steered(made.model, STEERING):
        expected = logits(made.model, made.inputs)
    for plan in (plan_of(made.model), tmp_path / "chase.json", str(tmp_path / "chase.json")):
        with chase(made.model, plan):
            assert torch.equal(logits(made.model, made.inputs), expected)
    assert (expected - logits(made.model, made.inputs)).abs().max() > 1e-3


@pytest.mark.parametrize("fails", [False, True])
def test_a_model_is_as_it_was_after_the_block(made, fails) -> None:
    before, answer = state(made.model), logits(made.model, made.inputs)
    try:
        with chase(made.model, plan_of(made.model)):
            assert state(made.model) != before
            made.model.generate(**made.inputs, max_new_tokens=2)
            if fails:
                raise KeyboardInterrupt
    except KeyboardInterrupt:
        pass
    assert state(made.model) == before
    assert torch.equal(logits(made.model, made.inputs), answer)


def test_a_forward_pass_that_fails_inside_leaves_the_next_one_whole(made) -> None:
    with chase(made.model, plan_of(made.model)):
        expected = logits(made.model, made.inputs)
        with pytest.raises(IndexError):
            made.model(input_ids=torch.tensor([[tiny.VOCABULARY]]))
        assert torch.equal(logits(made.model, made.inputs), expected)
    assert (expected - logits(made.model, made.inputs)).abs().max() > 1e-3


def test_a_plan_without_strength_gives_the_very_same_answers(made) -> None:
    expected = logits(made.model, made.inputs)
    with chase(made.model, plan_of(made.model, eta=0)):
        assert torch.equal(logits(made.model, made.inputs), expected)


def test_prompts_of_one_modality_are_answered_as_without_steering_and_told_once(made, caplog) -> None:
    words = {name: made.inputs[name][:, -5:] for name in ("input_ids", "attention_mask")}
    expected = logits(made.model, words)
    with caplog.at_level(logging.INFO, "affectlab"), chase(made.model, plan_of(made.model)):
        for _ in range(2):
            assert torch.equal(logits(made.model, words), expected)
    told = [record for record in caplog.records if "fewer than two modalities" in record.message]
    assert [record.levelname for record in told] == ["INFO"]


def test_beside_a_prompt_of_one_modality_another_is_steered_as_alone(made) -> None:
    ids = made.inputs["input_ids"]
    mixed = made.row(1)
    mixed["input_ids"] = torch.cat([mixed["input_ids"], torch.full_like(ids[:1], 20)])
    mixed["attention_mask"] = torch.ones_like(mixed["input_ids"])
    mixed["mm_token_type_ids"] = (mixed["input_ids"] == tiny.IMAGE).int()
    plain = logits(made.model, mixed)
    with chase(made.model, plan_of(made.model)):
        found, alone = logits(made.model, mixed), logits(made.model, made.row(1))
    torch.testing.assert_close(found[0], alone[0], atol=1e-5, rtol=0)
    assert torch.equal(found[1], plain[1])


@pytest.mark.parametrize("how", [{"num_beams": 3}, {"num_beams": 3, "num_return_sequences": 2}])
def test_beams_are_steered_with_the_spans_of_their_prompt(made, how) -> None:
    settings = {"max_new_tokens": 4, "return_dict_in_generate": True, "output_scores": True, **how}
    spans = [[("T", 1, 5), ("V", 6, 10)], [("T", 10, 11), ("V", 11, 15), ("T", 16, 20)]]
    with steered(made.model, STEERING, spans=spans):
        together = made.model.generate(**made.inputs, **settings).sequences_scores
    alone = []
    for row in range(2):
        with steered(made.model, STEERING, spans=spans[row]):
            alone.append(made.model.generate(**made.row(row), **settings).sequences_scores)
    torch.testing.assert_close(together, torch.cat(alone), atol=1e-5, rtol=0)
    plain = made.model.generate(**made.inputs, **settings).sequences_scores
    assert (together - plain).abs().max() > 1e-3


def test_embeddings_with_spans_are_steered_as_the_tokens_they_are_of() -> None:
    made = tiny.language()
    tokens, rest = made.inputs["input_ids"], {"attention_mask": made.inputs["attention_mask"]}
    embeddings = made.model.get_input_embeddings()(tokens).detach()
    with steered(made.model, STEERING, spans=SPANS):
        expected = made.model.generate(tokens, **rest, max_new_tokens=4)
        written = made.model.generate(inputs_embeds=embeddings, **rest, max_new_tokens=4)
    assert torch.equal(written, expected[:, tokens.shape[1] :])
    assert not torch.equal(expected, made.model.generate(tokens, **rest, max_new_tokens=4))


def test_a_thread_that_generates_is_steered(made) -> None:
    outcomes: list[Tensor] = []
    with chase(made.model, plan_of(made.model)):
        expected = logits(made.model, made.inputs)
        thread = Thread(target=lambda: outcomes.append(logits(made.model, made.inputs)))
        thread.start()
        thread.join()
    assert torch.equal(outcomes[0], expected)


def test_tokens_given_one_by_one_with_a_cache_are_steered_as_those_that_generate_writes() -> None:
    made = tiny.internvl()
    inputs = made.row(1)
    with torch.no_grad(), chase(made.model, plan_of(made.model)):
        written = made.model.generate(
            **inputs, max_new_tokens=2, return_dict_in_generate=True, output_logits=True
        )
        cache = made.model(**inputs, use_cache=True).past_key_values
        found = made.model(input_ids=written.sequences[:, -2:-1], past_key_values=cache).logits[:, -1]
    torch.testing.assert_close(found, written.logits[1], atol=1e-5, rtol=0)


def test_requests_are_asked_of_a_model_inside_the_block_with_quoted_words_as_text() -> None:
    model = organism()
    plan = plan_of(model.weights).model_copy(update={"layers": {3: LayerPlan(heads=(0, 1, 2))}})
    cases, labels, _ = small_data()
    requests = [case.request for case in cases[:4]]
    expected = steer_model(model, plan).score(requests, labels)
    before = model.score(requests, labels)
    with chase(model, plan):
        inside = model.score(requests, labels)
        written = model.generate(requests, Sampling(max_tokens=2))
    after = model.score(requests, labels)

    def values(scores: list[Any]) -> np.ndarray:
        return np.stack([one.log_likelihoods for one in scores])

    np.testing.assert_array_equal(values(inside), values(expected))
    np.testing.assert_array_equal(values(after), values(before))
    assert written == steer_model(model, plan).generate(requests, Sampling(max_tokens=2))
    assert np.abs(values(inside) - values(before)).max() > 1e-3


@pytest.mark.parametrize(("rows", "phase"), [("question", "prefill"), ("last", "both"), ("all", "decode")])
def test_scores_are_the_same_where_prompts_are_read_again_for_each_label(monkeypatch, rows, phase) -> None:
    """As for models that keep states which cannot be copied."""
    model = organism()
    layers = {layer: LayerPlan(heads=tuple(range(8))) for layer in range(6)}
    plan = plan_of(model.weights, rows=rows, phase=phase).model_copy(update={"layers": layers})
    cases, _, _ = small_data()
    labels = ("very negative indeed", "very positive")
    requests = [case.request for case in cases[:3]]
    cached = steer_model(model, plan).score(requests, labels)
    monkeypatch.setattr("affectlab.models.hf.forward._copies_by_row", lambda _cache: False)
    anew = steer_model(model, plan).score(requests, labels)
    for one, other, plain in zip(cached, anew, model.score(requests, labels), strict=True):
        np.testing.assert_allclose(one.log_likelihoods, other.log_likelihoods, atol=1e-4)
        assert np.abs(one.log_likelihoods - plain.log_likelihoods).max() > 1e-3


def test_the_plan_is_asked_once_a_prompt_and_sees_what_follows(made) -> None:
    asked: list[Codes] = []
    queries: list[int] = []

    class Watching:
        def attend(self, call: AttentionCall) -> Tensor:
            queries.append(call.query.shape[2])
            return call.stock()

    def plan(codes: Codes, _strengths: Strengths) -> Watching:
        asked.append(codes)
        return Watching()

    with steered(made.model, Steering("watching", {}, plan)):
        made.model.generate(**made.inputs, max_new_tokens=3)
    assert queries == [23] * tiny.LAYERS + [1] * 2 * tiny.LAYERS
    (codes,) = asked
    ids = made.inputs["input_ids"]
    words = (ids >= tiny.FIRST_WORD) & (ids < tiny.IMAGE)
    expected = np.select([ids == tiny.PAD, ids == tiny.IMAGE, words], [-1, 2, 0], default=3)
    np.testing.assert_array_equal(codes, expected)
