"""Prompts that begin alike, read together, against plain forward passes one by one."""

from __future__ import annotations

from functools import wraps
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny_models
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import (
    FalconH1Config,
    FalconH1ForCausalLM,
    GPTNeoXConfig,
    GPTNeoXForCausalLM,
    MistralConfig,
    MistralForCausalLM,
    Qwen2ForCausalLM,
)

from affectlab.models import ModelOptions, Quote, Request, Scores
from affectlab.models.hf import forward, load
from affectlab.models.hf.sharing import _cheapest

LABELS = ("joy", "negative", "weakly negative", "neutral", "weakly positive")
EVENTS = ("My father forgot my birthday and laughed when I told him.", "I found ten euros.")
READERS = ("", "The reader is calm.", "The reader is calm and likes order.", "A reader who worries.")
ABOUT = [
    Request(("An event: ", Quote(event), f"\n{reader} How does the reader feel?"), "Predict feelings.")
    for event in EVENTS
    for reader in READERS
]


def gpt_neox(folder: Path) -> Path:
    tokenizer = tiny_models.tiny_tokenizer()
    shape = {"hidden_size": 64, "intermediate_size": 96, "num_hidden_layers": 2, "num_attention_heads": 4}
    config = GPTNeoXConfig(vocab_size=len(tokenizer), max_position_embeddings=512, **shape)
    return tiny_models.save(folder, GPTNeoXForCausalLM, config, tokenizer)


def mistral(folder: Path) -> Path:
    tokenizer = tiny_models.tiny_tokenizer()
    config = MistralConfig(**tiny_models.text_shape(tokenizer, 512), sliding_window=40)
    return tiny_models.save(folder, MistralForCausalLM, config, tokenizer)


def falcon(folder: Path) -> Path:
    tokenizer = tiny_models.tiny_tokenizer()
    recurrent = {"mamba_d_ssm": 64, "mamba_n_heads": 4, "mamba_d_head": 16, "mamba_d_state": 8}
    config = FalconH1Config(**tiny_models.text_shape(tokenizer, 512), **recurrent)
    return tiny_models.save(folder, FalconH1ForCausalLM, config, tokenizer)


def expected(weights: Any, request: Request) -> np.ndarray:
    """One forward pass over prompt and label, nothing kept and nothing padded."""
    tokenizer = tiny_models.tiny_tokenizer()
    turns = [{"role": "system", "content": request.system}, {"role": "user", "content": request.text}]
    prompt = tokenizer.apply_chat_template(turns, add_generation_prompt=True, return_dict=True)["input_ids"]
    found = []
    for label in LABELS:
        tokens = tokenizer(label)["input_ids"]
        with torch.no_grad():
            logits = weights(torch.tensor([prompt + tokens])).logits[0, -len(tokens) - 1 : -1]
        found.append(float(torch.log_softmax(logits, -1)[range(len(tokens)), tokens].sum()))
    return np.array(found)


def tokens_read(monkeypatch: pytest.MonkeyPatch, model: Any, requests: list[Request]) -> int:
    counts: list[int] = []
    stock = type(model.weights).forward

    @wraps(stock)
    def counting(self: Any, *args: Any, **named: Any) -> Any:
        counts.append(named["input_ids"].numel())
        return stock(self, *args, **named)

    with monkeypatch.context() as patched:
        patched.setattr(type(model.weights), "forward", counting)
        model.score(requests, ["weak"])
    return sum(counts)


@pytest.mark.parametrize(
    ("make", "architecture", "shared"),
    [
        (tiny_models.tiny_text, Qwen2ForCausalLM, True),
        (gpt_neox, GPTNeoXForCausalLM, True),
        (mistral, MistralForCausalLM, False),
        (falcon, FalconH1ForCausalLM, False),
    ],
)
def test_prompts_that_share_their_beginning_score_as_each_would_alone(
    make, architecture, shared, tmp_path, monkeypatch
) -> None:
    weights = architecture.from_pretrained(make(tmp_path)).eval()
    model = load(str(tmp_path), ModelOptions(attention=False))
    found = model.score(ABOUT, LABELS)
    for request, one in zip(ABOUT, found, strict=True):
        np.testing.assert_allclose(one.log_likelihoods, expected(weights, request), atol=1e-5)
    one_event = ABOUT[: len(READERS)]
    alone = sum(tokens_read(monkeypatch, model, [request]) for request in one_event)
    assert (tokens_read(monkeypatch, model, one_event) < 0.7 * alone) == shared


def test_attention_shares_are_those_of_each_prompt_alone(tmp_path) -> None:
    model = load(str(tiny_models.tiny_text(tmp_path)), ModelOptions())
    for request, together in zip(ABOUT, model.score(ABOUT, LABELS), strict=True):
        (alone,) = model.score([request], LABELS)
        assert isinstance(together, Scores)
        np.testing.assert_allclose(together.attention.shares, alone.attention.shares, atol=1e-5)
        np.testing.assert_array_equal(together.attention.tokens, alone.attention.tokens)
        assert together.attention.tokens[0] > 0


def test_media_are_read_as_before(tmp_path, monkeypatch) -> None:
    model = load(str(tiny_models.tiny_qwen_vl(tmp_path / "model")), ModelOptions(frames=2))
    clip = tiny_models.write_video(tmp_path / "clip.mp4", seed=0, seconds=1.0)
    requests = [Request((clip, request.text)) for request in ABOUT[:3]]
    monkeypatch.setattr(forward, "read_shared", None)
    for request, together in zip(requests, model.score(requests, LABELS), strict=True):
        (alone,) = model.score([request], LABELS)
        np.testing.assert_allclose(together.log_likelihoods, alone.log_likelihoods, atol=1e-4)


prompts = st.lists(st.lists(st.integers(0, 2), min_size=2, max_size=9).map(tuple), min_size=2, max_size=7)


@given(prompts)
def test_beginnings_leave_as_few_tokens_as_any_length_would(rows) -> None:
    width, most = max(map(len, rows)), min(map(len, rows)) - 1
    costs = {
        length: len({row[:length] for row in rows}) * length + len(rows) * (width - length)
        for length in range(most + 1)
    }
    length, cost = _cheapest(rows)
    assert cost == costs[length] == min(costs.values())
