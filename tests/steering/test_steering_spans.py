"""Modalities of tokens that come without requests: from their ids, or as spans say."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import tiny_architectures as tiny
import torch
import transformers
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import AddedToken

from affectlab.errors import SteeringError
from affectlab.models import MODALITIES
from affectlab.models.hf.processing import Processing
from affectlab.steering.spans import GivenSpans, TokenReader

CODES = {"T": 0, "A": 1, "V": 2}


def everything(rows: int, tokens: int) -> np.ndarray:
    return np.ones((rows, tokens), dtype=bool)


@st.composite
def prompts(draw: st.DrawFn) -> tuple[list[tuple[str, int, int]], int, int]:
    """Spans that do not overlap, in any order, of a prompt of some length with some padding."""
    edges = sorted(draw(st.sets(st.integers(0, 40), min_size=2, max_size=9)))
    found = [(draw(st.sampled_from(MODALITIES)), a, b) for a, b in zip(edges[::2], edges[1::2], strict=False)]
    return draw(st.permutations(found)), edges[-1] + draw(st.integers(0, 5)), draw(st.integers(0, 5))


@given(prompts())
def test_each_span_lies_where_it_says_behind_the_padding(prompt) -> None:
    spans, length, padding = prompt
    mask = np.arange(padding + length)[None] >= padding
    (codes,) = GivenSpans(spans).codes(None, mask)
    expected = [-1] * padding + [3] * length
    for modality, start, end in spans:
        for place in range(start, end):
            expected[padding + place] = CODES[modality]
    assert codes.tolist() == expected


def test_one_list_of_spans_is_for_every_prompt_and_several_are_for_one_each() -> None:
    for_all = GivenSpans([("T", 0, 1)]).codes(None, everything(2, 3))
    assert for_all.tolist() == [[0, 3, 3], [0, 3, 3]]
    for_each = GivenSpans([[("T", 0, 1)], [], [("V", 1, 3)]]).codes(None, everything(3, 3))
    assert for_each.tolist() == [[0, 3, 3], [3, 3, 3], [3, 2, 2]]


def test_copies_of_prompts_have_the_spans_of_their_prompt() -> None:
    """As beams and several answers are read."""
    ids = np.array([[5, 6], [5, 6], [7, 8], [7, 8]])
    codes = GivenSpans([[("T", 0, 1)], [("V", 1, 2)]]).codes(ids, everything(4, 2))
    assert codes.tolist() == [[0, 3], [0, 3], [3, 2], [3, 2]]


@pytest.mark.parametrize(
    "ids", [[[5, 6], [5, 6], [5, 6]], [[5, 6], [7, 8], [5, 6], [7, 8]], [[5, 6]]], ids=["3", "mixed", "1"]
)
def test_spans_of_other_prompts_are_refused(ids) -> None:
    reader = GivenSpans([[("T", 0, 1)], [("V", 1, 2)]])
    with pytest.raises(SteeringError, match=f"spans of 2 prompts were given for {len(ids)}"):
        reader.codes(np.array(ids), everything(len(ids), 2))


@pytest.mark.parametrize(
    ("spans", "told"),
    [
        ([("T", 0, 4), ("V", 3, 6)], r"\('T', 0, 4\) and \('V', 3, 6\) overlap"),
        ([[("V", 3, 6), ("T", 0, 4)], []], "overlap"),
        ([("X", 0, 4)], "no modality 'X'; expected one of T, A, V"),
        ([("T", 4, 4)], r"\('T', 4, 4\) is empty"),
        ([("T", -1, 4)], "begins before the prompt"),
        ([("T", 0.5, 4)], "is not understood"),
        ([("T", 1)], r"span \('T', 1\) is not understood; expected \(modality, first token"),
        ([7], "span 7 is not understood"),
        ("TAV", "span 'T' is not understood"),
    ],
)
def test_what_is_no_span_is_named(spans, told) -> None:
    with pytest.raises(SteeringError, match=told) as caught:
        GivenSpans(spans)
    assert "\n" not in str(caught.value)


def test_a_span_behind_its_prompt_is_named_with_the_length_without_padding() -> None:
    mask = np.array([[True] * 6, [False] * 2 + [True] * 4])
    with pytest.raises(SteeringError, match=r"\('V', 2, 5\) ends behind prompt 1, which has 4 tokens"):
        GivenSpans([("V", 2, 5)]).codes(None, mask)


IDS = np.array([[tiny.PAD, tiny.BOS, 9, tiny.OPEN, tiny.IMAGE, tiny.VIDEO, tiny.CLOSE, tiny.SOUND, 30]])


def read(model: Any, processor: Any = None) -> list[int]:
    reader = TokenReader(model.config, model.generation_config, processor)
    return reader.codes(IDS, IDS != tiny.PAD)[0].tolist()


def test_media_are_told_by_their_placeholders_and_marks_that_the_configuration_names_are_the_rest() -> None:
    assert read(tiny.qwen25_vl().model) == [-1, 3, 0, 3, 2, 2, 3, 0, 0]
    assert read(tiny.qwen25_omni().model) == [-1, 3, 0, 3, 2, 2, 0, 1, 0]


def test_special_tokens_of_a_processor_are_no_words() -> None:
    specials = {tiny.OPEN: AddedToken("<a>", special=True), tiny.CLOSE: AddedToken("</a>", special=True)}
    tokenizer = SimpleNamespace(added_tokens_decoder={**specials, 30: AddedToken("word", special=False)})
    model = tiny.internvl().model
    assert read(model) == [-1, 3, 0, 0, 2, 0, 0, 0, 0]
    expected = [-1, 3, 0, 3, 2, 0, 3, 0, 0]
    assert read(model, tokenizer) == read(model, SimpleNamespace(tokenizer=tokenizer)) == expected


def test_a_processor_names_media_that_the_configuration_does_not() -> None:
    tokenizer = SimpleNamespace(added_tokens_decoder={})
    processor = SimpleNamespace(tokenizer=tokenizer, audio_token_id=tiny.SOUND)
    assert read(tiny.internvl().model, processor)[7] == CODES["A"]


def test_a_model_that_names_no_media_is_asked_for_spans() -> None:
    model = tiny.language().model
    with pytest.raises(SteeringError, match=r"qwen2 names no tokens .* say where they lie: spans=\["):
        TokenReader(model.config, model.generation_config, None)


def test_embeddings_are_asked_for_spans() -> None:
    model = tiny.qwen25_vl().model
    with pytest.raises(SteeringError, match=r"inputs_embeds do not show .* spans=\["):
        TokenReader(model.config, model.generation_config, None).codes(None, everything(1, 3))


NAMED = {
    "Qwen2_5OmniConfig": {"A", "V"},
    "Qwen3OmniMoeConfig": {"A", "V"},
    "Phi4MultimodalConfig": {"A", "V"},
    "Gemma3nConfig": {"A", "V"},
    "Gemma4Config": {"A", "V"},
    "Qwen2AudioConfig": {"A"},
    "Qwen3VLConfig": {"V"},
    "Llama4Config": {"V"},
    "Mistral3Config": {"V"},
    "Idefics3Config": {"V"},
    "LlavaNextVideoConfig": {"V"},
    "PI0Config": {"V"},
    "Qwen2Config": set(),
}


@pytest.mark.parametrize("name", NAMED)
def test_media_tokens_are_found_wherever_a_configuration_names_them(name) -> None:
    found = Processing(None, None, None).media_tokens(getattr(transformers, name)())
    assert set(found.values()) == NAMED[name]
    assert all(isinstance(token, int) for token in found)


def test_the_prompts_of_tiny_models_hold_what_spans_are_tried_on() -> None:
    made = tiny.qwen25_omni()
    ids = made.inputs["input_ids"]
    reader = TokenReader(made.model.config, made.model.generation_config, None)
    codes = reader.codes(ids.numpy(), made.inputs["attention_mask"].bool().numpy())
    np.testing.assert_array_equal(codes == CODES["V"], ids == tiny.IMAGE)
    np.testing.assert_array_equal(codes == CODES["A"], ids == tiny.SOUND)
    np.testing.assert_array_equal(codes == -1, torch.as_tensor(ids == tiny.PAD))
