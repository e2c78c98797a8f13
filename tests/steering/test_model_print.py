import copy

import pytest
import torch
from organism_cases import organism
from transformers import GPT2Config, GPT2LMHeadModel, Qwen2Config, Qwen2ForCausalLM

from affectlab.errors import SteeringError
from affectlab.models import ModelOptions, load_model
from affectlab.steering.model_print import check_print, print_of


def small(layers=3, heads=4, seed=0, **changes):
    torch.manual_seed(seed)
    shape = {"vocab_size": 64, "hidden_size": 32, "intermediate_size": 48, "num_key_value_heads": 2}
    config = Qwen2Config(**shape, num_hidden_layers=layers, num_attention_heads=heads, **changes)
    return Qwen2ForCausalLM(config).eval()


def saved(model, folder, dtype):
    model.to(dtype).save_pretrained(folder)
    return folder


def test_the_print_of_the_organism_is_its_shape():
    found = print_of(organism().weights, "organism")
    assert (found.layers, found.heads, found.groups, found.width) == (6, 8, 4, 16)
    assert found.architecture == "Qwen2_5OmniThinkerForConditionalGeneration"
    assert len(found.weights) == 16


def test_the_organism_is_the_same_in_float32_and_bfloat16():
    half = load_model("organism", ModelOptions(dtype="bfloat16"))
    assert print_of(half.weights, "organism") == print_of(organism().weights, "organism")


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
def test_a_checkpoint_in_bfloat16_is_the_same_however_it_is_loaded(tmp_path, dtype):
    model = small()
    # Numbers that float16 has only part of the precision for, and none at all.
    model.get_input_embeddings().weight.data[:8] *= torch.logspace(-1, -8, 8)[:, None]
    saved(model, tmp_path, torch.bfloat16)
    kept = print_of(Qwen2ForCausalLM.from_pretrained(tmp_path, dtype=torch.bfloat16), "m")
    assert print_of(Qwen2ForCausalLM.from_pretrained(tmp_path, dtype=dtype), "m") == kept


def test_a_checkpoint_in_float32_is_the_same_in_bfloat16(tmp_path):
    saved(small(), tmp_path, torch.float32)
    whole, half = (
        Qwen2ForCausalLM.from_pretrained(tmp_path, dtype=dtype) for dtype in (torch.float32, torch.bfloat16)
    )
    assert print_of(whole, "m") == print_of(half, "m")


@pytest.mark.parametrize("layer", [0, 2])
def test_the_norm_of_every_layer_counts(layer):
    model = small()
    before = print_of(model, "m").weights
    model.model.layers[layer].input_layernorm.weight.data *= 1.1
    assert print_of(model, "m").weights != before


def test_other_embeddings_are_another_model():
    assert print_of(small(seed=1), "m").weights != print_of(small(seed=2), "m").weights


def test_norms_are_found_in_architectures_of_other_names():
    torch.manual_seed(0)
    model = GPT2LMHeadModel(GPT2Config(n_layer=2, n_head=2, n_embd=16, vocab_size=32)).eval()
    before = print_of(model, "gpt2")
    assert (before.layers, before.heads, before.groups, before.width) == (2, 2, 2, 8)
    model.transformer.h[1].ln_1.weight.data *= 1.1
    assert print_of(model, "gpt2").weights != before.weights


def test_norms_of_the_language_model_are_taken_and_not_those_of_an_encoder():
    model = copy.deepcopy(organism().weights)
    before = print_of(model, "organism").weights
    model.get_decoder().layers[5].input_layernorm.weight.data *= 1.1
    assert print_of(model, "organism").weights != before


def test_a_model_passes_its_own_print_under_any_name():
    check_print(print_of(small(), "here"), small(), name="there")


def test_another_shape_is_told_with_what_to_do():
    expected = print_of(organism().weights, "organism")
    line = (
        r"^chase\.json was fitted on organism \(6 layers, 8 heads\), not on hf:X \(3 layers, 4 heads\); "
        r"fit one for this model: affectlab steer fit --model hf:X$"
    )
    with pytest.raises(SteeringError, match=line):
        check_print(expected, small(), name="hf:X", plan="chase.json")


def test_where_layers_and_heads_agree_the_rest_of_the_shape_is_told():
    expected = print_of(small(), "a")
    wider = small(head_dim=16)
    with pytest.raises(
        SteeringError, match=r"a \(Qwen2ForCausalLM, 2 key-value heads, width 8\), not on b .*width 16\)"
    ):
        check_print(expected, wider, name="b")


def test_the_same_shape_with_other_weights_is_told():
    with pytest.raises(
        SteeringError, match=r"fitted on a with weights \w{16}; b has the same shape but other"
    ):
        check_print(print_of(small(seed=1), "a"), small(seed=2), name="b")


def test_weights_that_are_not_there_cannot_be_told():
    with torch.device("meta"):
        model = Qwen2ForCausalLM(small().config)
    with pytest.raises(SteeringError, match=r"weights are offloaded .* --device cuda:0"):
        print_of(model, "m")
