"""What a block that steers a model refuses, in one line each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import tiny_architectures as tiny
import torch
import transformers
from organism_cases import organism
from tiny_steering import SPANS, STEERING, plan_of, state
from transformers import PreTrainedModel

from affectlab.errors import SteeringError
from affectlab.steering.context import chase, steered
from affectlab.steering.plan import LayerPlan


@pytest.fixture(scope="module")
def made() -> tiny.Tiny:
    return tiny.qwen25_vl()


def refusal(act: Callable[[], Any]) -> str:
    with pytest.raises(SteeringError) as caught:
        act()
    assert "\n" not in str(caught.value)
    return str(caught.value)


def entering(model: Any, **how: Any) -> Callable[[], None]:
    def act() -> None:
        with steered(model, STEERING, **{"spans": SPANS} | how):
            raise AssertionError("the block was entered")

    return act


def inside(made: tiny.Tiny, act: Callable[[PreTrainedModel], Any], **how: Any) -> Callable[[], None]:
    def run() -> None:
        with torch.no_grad(), steered(made.model, STEERING, **how):
            act(made.model)

    return run


UNREACHABLE = {
    "eager": (
        lambda: tiny.language(attn_implementation="eager").model,
        "Qwen2ForCausalLM attends through 'eager', where steering cannot reach; load it with "
        'attn_implementation="sdpa" or "flex_attention"',
    ),
    "only one": (
        lambda: tiny.qwen25_vl(attn_implementation="eager").model,
        'load it with attn_implementation="sdpa"',
    ),
    "caps": (
        lambda: tiny.build(
            "Gemma2ForCausalLM",
            transformers.Gemma2Config(**tiny.text(head_dim=16)),
            attn_implementation="flex_attention",
        ),
        "soft caps (attn_logit_softcapping=50.0)",
    ),
    "sinks": (
        lambda: tiny.build(
            "GptOssForCausalLM",
            transformers.GptOssConfig(**tiny.text(num_local_experts=2, rope_parameters={"rope_theta": 1e4})),
        ),
        "attention sinks",
    ),
    "state space": (
        lambda: tiny.build("MambaForCausalLM", transformers.MambaConfig(vocab_size=64, hidden_size=32)),
        "computes attention in its own way",
    ),
    "two stacks": (
        lambda: tiny.build(
            "T5ForConditionalGeneration", transformers.T5Config(vocab_size=64, d_model=32, num_layers=1)
        ),
        "is an encoder and a decoder",
    ),
    "compiled": (lambda: compiled(tiny.language().model), "is compiled"),
    "wrapped": (lambda: torch.nn.Sequential(tiny.language().model), "Sequential cannot be steered"),
}


def compiled(model: PreTrainedModel) -> PreTrainedModel:
    model.compile(backend="eager")
    return model


@pytest.mark.parametrize("case", UNREACHABLE)
def test_a_model_whose_attention_is_out_of_reach_is_refused_with_what_to_do(case) -> None:
    make, told = UNREACHABLE[case]
    assert told in refusal(entering(make()))


def test_a_model_around_a_model_is_refused_with_the_part_to_steer() -> None:
    thinker = tiny.qwen25_omni().model
    whole = transformers.Qwen2_5OmniConfig(enable_audio_output=False)
    whole.thinker_config = thinker.config
    model = transformers.Qwen2_5OmniForConditionalGeneration._from_config(whole)
    assert refusal(entering(model)).endswith("steer model.thinker")


def test_a_model_that_names_no_media_needs_spans() -> None:
    assert "qwen2 names no tokens" in refusal(entering(tiny.language().model, spans=None))


def test_a_plan_of_another_model_is_refused(made) -> None:
    def act() -> None:
        with chase(made.model, plan_of(tiny.internvl().model)):
            raise AssertionError("the block was entered")

    assert "the plan was fitted on tiny" in refusal(act)


@pytest.mark.parametrize(
    ("layers", "told"),
    [
        ({3: (0,)}, "steers layer 3; Qwen2_5_VLForConditionalGeneration has layers 0 to 2"),
        ({1: (4,)}, "steers head 4; Qwen2_5_VLForConditionalGeneration has heads 0 to 3"),
    ],
)
def test_layers_and_heads_that_the_model_lacks_are_refused(made, layers, told) -> None:
    of_layers = {layer: LayerPlan(heads=heads) for layer, heads in layers.items()}
    plan = plan_of(made.model).model_copy(update={"layers": of_layers})

    def act() -> None:
        with chase(made.model, plan):
            raise AssertionError("the block was entered")

    assert told in refusal(act)


def test_a_layer_without_attention_is_refused() -> None:
    config = transformers.Lfm2Config(**tiny.text(layer_types=["full_attention", "conv", "conv"]))
    model = tiny.build("Lfm2ForCausalLM", config)

    def act() -> None:
        with chase(model, plan_of(model), spans=SPANS):
            raise AssertionError("the block was entered")

    assert "steers layer 2; in Lfm2ForCausalLM it is conv, no attention to steer" in refusal(act)


def test_a_steering_that_asks_first_needs_requests(made) -> None:
    asking = replace(STEERING, name="wary", strengths=lambda _model, asked: np.zeros(len(asked)))

    def act() -> None:
        with steered(made.model, asking):
            raise AssertionError("the block was entered")

    assert refusal(act).startswith("wary looks at answers or rewrites requests")


def test_a_model_is_steered_in_one_way_at_a_time(made) -> None:
    twice = inside(made, lambda model: entering(model)())
    assert refusal(twice) == "the model is steered already; leave that block first"
    model = organism()

    def act() -> None:
        with steered(model, STEERING), steered(model, STEERING):
            raise AssertionError("the block was entered")

    assert refusal(act) == "the model is steered already; leave that block first"
    assert "generate" not in vars(model)


def test_spans_are_not_for_a_model_that_is_asked_requests() -> None:
    assert "requests say what is quoted" in refusal(entering(organism()))


def longer(made: tiny.Tiny, **changes: Any) -> dict[str, Any]:
    return dict(made.inputs) | {"max_new_tokens": 3} | changes


PROMPTS: dict[str, tuple[Callable[[tiny.Tiny, PreTrainedModel], Any], str]] = {
    "static cache": (
        lambda made, model: model.generate(**longer(made, cache_implementation="static")),
        "a static or paged cache cannot be steered; leave cache_implementation out",
    ),
    "no cache": (
        lambda made, model: model.generate(**longer(made, use_cache=False)),
        "leave use_cache on, or give spans",
    ),
    "assistant": (
        lambda made, model: model.generate(**made.row(1), max_new_tokens=9, prompt_lookup_num_tokens=3),
        "prompts must be read whole and answers written token by token",
    ),
    "chunks": (
        lambda made, model: model.generate(
            made.inputs["input_ids"][:, -5:], max_new_tokens=2, prefill_chunk_size=3
        ),
        "prompts must be read whole",
    ),
    "guidance": (
        lambda made, model: model.generate(**made.row(1), max_new_tokens=3, guidance_scale=2.0),
        "guidance_scale",
    ),
    "right": (
        lambda made, model: model(
            input_ids=made.inputs["input_ids"].flip(1), attention_mask=made.inputs["attention_mask"].flip(1)
        ),
        "prompts are padded on the right; pad them on the left",
    ),
    "mask": (
        lambda made, model: model(
            input_ids=made.inputs["input_ids"], attention_mask=torch.ones(2, 1, 23, 23, dtype=torch.bool)
        ),
        "attention_mask is 2x1x23x23; steering expects 2x23, 0 for padding",
    ),
    "embeddings": (
        lambda made, model: model(inputs_embeds=torch.zeros(1, 4, 64)),
        "inputs_embeds do not show",
    ),
}


def switched(made: tiny.Tiny, model: PreTrainedModel) -> None:
    model.set_attn_implementation({"text_config": "sdpa"})
    model(**made.inputs)


PROMPTS["switched"] = (switched, "attn_implementation was changed inside the block")


@pytest.mark.parametrize("case", PROMPTS)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_what_cannot_be_read_is_refused_with_what_to_do(made, case) -> None:
    act, told = PROMPTS[case]
    before = state(made.model)
    assert told in refusal(inside(made, lambda model: act(made, model)))
    assert state(made.model) == before


def test_a_cache_that_was_filled_before_the_block_is_refused(made) -> None:
    with torch.no_grad():
        cache = made.model(**made.inputs, use_cache=True).past_key_values
    mask = torch.cat([made.inputs["attention_mask"], torch.ones(2, 1, dtype=torch.long)], dim=1)
    token = torch.tensor([[7], [8]])
    told = refusal(
        inside(made, lambda model: model(input_ids=token, attention_mask=mask, past_key_values=cache))
    )
    assert told.startswith("1 tokens come after 23 in the cache, where 0 were read")


def test_a_span_behind_the_prompt_is_refused_when_it_is_read(made) -> None:
    act = inside(made, lambda model: model(**made.inputs), spans=[("V", 2, 40)])
    assert "ends behind prompt 0" in refusal(act)


def test_layers_that_attend_to_others_than_the_prompt_are_refused() -> None:
    config = transformers.MllamaConfig(
        text_config=tiny.text(cross_attention_layers=[1], rope_parameters={"rope_theta": 1e4}),
        vision_config={
            "hidden_size": 32,
            "intermediate_size": 48,
            "num_hidden_layers": 1,
            "num_global_layers": 1,
            "attention_heads": 2,
            "image_size": 28,
            "patch_size": 14,
            "max_num_tiles": 1,
            "vision_output_dim": 64,
            "intermediate_layers_indices": [0],
            "supported_aspect_ratios": [[1, 1]],
        },
        image_token_index=tiny.IMAGE,
    )
    model = tiny.build("MllamaForConditionalGeneration", config)
    inputs = {
        "input_ids": torch.tensor([[tiny.BOS, tiny.IMAGE, 5, 6, 7, 8, 9]]),
        "pixel_values": tiny.noise(1, 1, 1, 3, 28, 28),
        "aspect_ratio_ids": torch.tensor([[1]]),
        "aspect_ratio_mask": torch.tensor([[[1]]]),
        "cross_attention_mask": torch.ones(1, 7, 1, 1, dtype=torch.long),
    }
    told = refusal(inside(tiny.Tiny(model, inputs), lambda one: one(**inputs)))
    assert told.startswith("layer 1 lets 1x7 tokens look at 5 where 1x7 were given to look at 7")


def test_layers_that_the_plan_needs_and_does_not_reach_are_named(made, monkeypatch) -> None:
    """Attention that brings a bias of its own is not handed over."""
    attention = made.model.get_decoder().layers[2].self_attn
    forward = attention.forward
    bias = torch.zeros(1, 1, 1, 1)
    monkeypatch.setattr(
        attention, "forward", lambda *args, **kwargs: forward(*args, position_bias=bias, **kwargs)
    )

    def act() -> None:
        with torch.no_grad(), chase(made.model, plan_of(made.model)):
            made.model(**made.inputs)

    assert "computes the attention of layers 2 in its own way" in refusal(act)
