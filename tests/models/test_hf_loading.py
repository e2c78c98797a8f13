"""From a name to a loaded model, its identity, and one clear line for everything that can go wrong."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tiny_models
import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file, save_file
from transformers import Qwen2_5OmniConfig, Qwen2_5OmniThinkerForConditionalGeneration, Qwen2ForCausalLM

from affectlab.errors import InvalidConfig, ModelError, UnknownModel
from affectlab.models import ModelOptions, Quote, Request, load_model
from affectlab.models.hf import load, processing
from affectlab.models.hf.source import Source, find_source, fingerprint
from affectlab.models.organism import organism_folder

LABELS = ("negative", "weakly positive")
ASK = [Request((Quote("weak"), "How?"))]


@pytest.fixture(scope="module")
def text_folder(tmp_path_factory) -> Path:
    return tiny_models.tiny_text(tmp_path_factory.mktemp("text"))


@pytest.fixture(scope="module")
def omni_folder(tmp_path_factory) -> Path:
    return tiny_models.tiny_omni(tmp_path_factory.mktemp("omni"))


def test_names_of_the_hub_may_carry_a_revision() -> None:
    assert find_source("Qwen/Qwen2.5-Omni-7B") == Source("Qwen/Qwen2.5-Omni-7B")
    assert find_source("Qwen/Qwen2.5-Omni-7B@refs/pr/3") == Source("Qwen/Qwen2.5-Omni-7B", "refs/pr/3")
    assert find_source("gpt2@abc123") == Source("gpt2", "abc123")


def test_a_gguf_file_is_named_with_its_folder(tmp_path, monkeypatch) -> None:
    (tmp_path / "small.gguf").write_bytes(b"GGUF")
    source = find_source(str(tmp_path / "small.gguf"))
    assert source == Source(str(tmp_path), gguf="small.gguf")
    monkeypatch.setenv("AFFECTLAB_MODELS", str(tmp_path))
    assert find_source("small.gguf") == source
    assert source.folder == tmp_path


@pytest.mark.parametrize("name", ["/no/such/folder", "./nowhere", "a/b/c"])
def test_paths_that_lead_nowhere_are_named(name) -> None:
    with pytest.raises(UnknownModel, match=rf"--model hf:{name}: no such folder"):
        find_source(name)


def test_a_gguf_file_that_is_not_there_is_named() -> None:
    with pytest.raises(UnknownModel, match=r"no file '/no/such/file\.gguf'; expected the path of a \.gguf"):
        find_source("/no/such/file.gguf")


def test_a_folder_without_a_model_is_named(tmp_path) -> None:
    with pytest.raises(UnknownModel, match=r"no config.json in this folder"):
        load(str(tmp_path), ModelOptions())


def test_loading_is_silent_and_a_model_that_cannot_be_reached_is_one_line(text_folder, tmp_path) -> None:
    """Without the network, in a process of its own: the hub's client reads its settings once."""
    code = f"""
from affectlab.errors import ModelUnavailable
from affectlab.models import load_model
load_model('hf:{text_folder}')
try:
    load_model('hf:nobody/nothing')
except ModelUnavailable as error:
    print(error)
"""
    environment = {"HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path), "PATH": "/usr/bin"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True, timeout=100
    )
    (line,) = done.stdout.splitlines()
    assert line.startswith("--model hf:nobody/nothing: the hub did not answer and the model is not here")
    assert done.stderr == ""


def test_an_architecture_without_words_is_named(tmp_path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "resnet"}))
    tiny_models.tiny_tokenizer().save_pretrained(tmp_path)
    with pytest.raises(UnknownModel, match=r"model type 'resnet' is no language model"):
        load(str(tmp_path), ModelOptions())


def test_broken_weights_are_one_line(text_folder, tmp_path) -> None:
    folder = shutil.copytree(text_folder, tmp_path / "broken")
    (folder / "model.safetensors").write_bytes(b"\x00" * 64)
    with pytest.raises(ModelError) as caught:
        load(str(folder), ModelOptions())
    assert str(caught.value).startswith(f"--model hf:{folder} cannot be loaded: ")
    assert "\n" not in str(caught.value)


def test_weights_that_are_missing_are_not_made_up(text_folder, tmp_path) -> None:
    folder = shutil.copytree(text_folder, tmp_path / "partial")
    tensors = load_file(folder / "model.safetensors")
    del tensors["lm_head.weight"]
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ModelError, match=r"weights are missing and would be random: lm_head.weight"):
        load(str(folder), ModelOptions())


def test_pickled_weights_are_not_read(text_folder, tmp_path) -> None:
    folder = shutil.copytree(text_folder, tmp_path / "pickled")
    torch.save(load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    with pytest.raises(ModelError, match=r"safetensors"):
        load(str(folder), ModelOptions())


def test_identity_names_everything_that_decides_an_answer(omni_folder) -> None:
    identity = load(str(omni_folder), ModelOptions(frames=5, longest_side=64, dtype="bfloat16")).identity
    assert identity.name == f"hf:{omni_folder}"
    assert identity.revision == fingerprint(omni_folder)
    template = identity.settings["template"]
    assert len(template) == 64
    assert identity.settings == {
        "class": "Qwen2_5OmniThinkerForConditionalGeneration",
        "dtype": "bfloat16",
        "quantisation": "none",
        "lora": None,
        "template": template,
        "frames": 5,
        "longest_side": 64,
        "video_as": "frames",
    }
    json.dumps(identity.settings)


def test_a_fingerprint_follows_content_and_not_place_or_time(text_folder, tmp_path) -> None:
    copied = shutil.copytree(text_folder, tmp_path / "copy")
    (copied / "README.md").write_text("words about the model")
    assert fingerprint(copied) == fingerprint(text_folder)
    weights = Qwen2ForCausalLM.from_pretrained(copied)
    with torch.no_grad():
        weights.lm_head.weight[0, 0] += 1
    weights.save_pretrained(copied)
    assert fingerprint(copied) != fingerprint(text_folder)


def test_a_large_file_is_known_by_samples_from_start_to_end(tmp_path, monkeypatch) -> None:
    from affectlab.models.hf import source

    monkeypatch.setattr(source, "_WHOLE", 100)
    monkeypatch.setattr(source, "_SAMPLE", 10)
    file = tmp_path / "large.safetensors"
    content = bytearray(np.random.default_rng(0).bytes(2000))
    found = set()
    for changed in (None, 0, 1999):
        altered = bytearray(content)
        if changed is not None:
            altered[changed] ^= 1
        file.write_bytes(altered)
        found.add(fingerprint(file))
    file.write_bytes(content + b"x")
    assert len(found | {fingerprint(file)}) == 4


def test_a_thinker_is_taken_out_of_a_checkpoint_that_also_speaks(omni_folder, tmp_path) -> None:
    """Weights under ``thinker.`` beside those of a talker, the configuration nested as on the hub."""
    thinker = Qwen2_5OmniThinkerForConditionalGeneration.from_pretrained(omni_folder)
    folder = shutil.copytree(omni_folder, tmp_path / "whole")
    config = Qwen2_5OmniConfig(thinker_config=thinker.config.to_dict())
    config.architectures = ["Qwen2_5OmniModel"]
    config.save_pretrained(folder)
    flat = load_file(folder / "model.safetensors")
    whole = {f"thinker.{name}": tensor for name, tensor in flat.items()} | {
        "talker.codec_head.weight": torch.zeros(2, 2)
    }
    save_file(whole, folder / "model.safetensors", metadata={"format": "pt"})
    (part,), (alone,) = (load(str(path), ModelOptions()).score(ASK, LABELS) for path in (folder, omni_folder))
    np.testing.assert_allclose(part.log_likelihoods, alone.log_likelihoods, atol=1e-6)


@pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing:FutureWarning")  # peft, making the adapter
def test_an_adapter_changes_answers_and_identity(text_folder, tmp_path) -> None:
    torch.manual_seed(1)
    base = Qwen2ForCausalLM.from_pretrained(text_folder)
    adapted = get_peft_model(
        base, LoraConfig(target_modules=["q_proj", "v_proj"], init_lora_weights=False)
    ).eval()
    adapted.save_pretrained(tmp_path)
    plain, tuned = load(str(text_folder), ModelOptions()), load(str(text_folder), ModelOptions(lora=tmp_path))
    assert tuned.identity.settings["lora"] == fingerprint(tmp_path)
    (before,), (after,) = plain.score(ASK, LABELS), tuned.score(ASK, LABELS)
    assert np.abs(before.log_likelihoods - after.log_likelihoods).max() > 0.01
    (batch,) = tuned._preparer.prepare(ASK, room=1).batches
    with torch.no_grad():
        expected = torch.log_softmax(adapted(**batch.inputs).logits[0, -1], -1)
    token = tiny_models.tiny_tokenizer().convert_tokens_to_ids("negative")
    assert after.log_likelihoods[0] == pytest.approx(float(expected[token]), abs=1e-4)


def test_a_folder_that_holds_no_adapter_is_named(text_folder, tmp_path) -> None:
    with pytest.raises(InvalidConfig, match=r"--lora .*: no adapter_config.json there"):
        load(str(text_folder), ModelOptions(lora=tmp_path))


def test_quantisation_without_its_package_is_one_line(text_folder, monkeypatch) -> None:
    from affectlab.models.hf import weights

    monkeypatch.setattr(weights, "find_spec", lambda name: None)
    with pytest.raises(ModelError, match=r"--quantisation int4 needs bitsandbytes, which is not installed"):
        load(str(text_folder), ModelOptions(quantisation="int4"))


def test_a_device_that_is_not_there_is_named(text_folder) -> None:
    with pytest.raises(InvalidConfig, match=r"--device 'gramophone' cannot be used: .*expected auto, cpu"):
        load(str(text_folder), ModelOptions(device="gramophone"))


def test_a_named_device_and_number_format_are_used(text_folder) -> None:
    model = load(str(text_folder), ModelOptions(device="cpu", dtype="bfloat16"))
    assert {(one.device.type, one.dtype) for one in model.weights.parameters()} == {("cpu", torch.bfloat16)}
    (found,) = model.score(ASK, LABELS)
    (exact,) = load(str(text_folder), ModelOptions()).score(ASK, LABELS)
    np.testing.assert_allclose(found.log_likelihoods, exact.log_likelihoods, rtol=0.05)


@pytest.mark.parametrize("state", ["not installed", "not usable beside this torch"])
def test_video_by_the_models_own_path_needs_torchvision_and_says_so(omni_folder, monkeypatch, state) -> None:
    monkeypatch.setattr(processing, "torchvision_state", lambda: state)
    with pytest.raises(
        ModelError, match=rf"needs torchvision, which is {state}; install .*or give --video-as frames"
    ):
        load(str(omni_folder), ModelOptions(video_as="video"))
    assert load(str(omni_folder), ModelOptions()).identity.settings["video_as"] == "frames"


def test_a_model_of_words_has_no_video_path(text_folder) -> None:
    with pytest.raises(ModelError, match=r"no video path of its own"):
        load(str(text_folder), ModelOptions(video_as="video"))


def test_processors_saved_whole_are_read_whole(omni_folder, tmp_path) -> None:
    """As `save_pretrained` of a processor lays it out: media processors inside processor_config.json."""
    folder = shutil.copytree(omni_folder, tmp_path / "nested")
    both = json.loads((folder / "preprocessor_config.json").read_text())
    (folder / "preprocessor_config.json").unlink()
    nested = {"processor_class": "Qwen2_5OmniProcessor", "image_processor": both, "feature_extractor": both}
    (folder / "processor_config.json").write_text(json.dumps(nested))
    picture = tiny_models.write_picture(tmp_path / "picture.png")
    sound = tiny_models.write_sound(tmp_path / "sound.wav")
    request = [Request((picture, sound, "How?"))]
    (one,), (other,) = (
        load(str(path), ModelOptions()).score(request, LABELS) for path in (folder, omni_folder)
    )
    np.testing.assert_allclose(one.log_likelihoods, other.log_likelihoods, atol=1e-6)


def test_a_torchvision_that_does_not_fit_torch_is_one_line(tmp_path) -> None:
    """A stand-in that fails as the real one does beside another build of torch."""
    package = tmp_path / "torchvision"
    package.mkdir()
    (package / "__init__.py").write_text("raise RuntimeError('operator torchvision::nms does not exist')")
    information = tmp_path / "torchvision-0.28.0.dist-info"
    information.mkdir()
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: torchvision\nVersion: 0.28.0\n")
    code = """
from affectlab.errors import ModelError
from affectlab.models import load_model
try:
    load_model('hf:nobody/nothing')
except ModelError as error:
    print(error)
"""
    environment = {"PYTHONPATH": str(tmp_path), "HF_HUB_OFFLINE": "1", "PATH": "/usr/bin"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True, timeout=100
    )
    (line,) = done.stdout.splitlines()
    assert line.startswith(
        "transformers cannot be imported: operator torchvision::nms does not exist; a torchvision"
    )


def test_the_package_itself_imports_no_torch() -> None:
    code = "import sys, affectlab.models.hf, affectlab.models.spans; print('torch' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=100
    )
    assert done.stdout == "False\n"


def test_the_organism_loads_or_says_that_its_weights_are_missing(tmp_path, text_folder, monkeypatch) -> None:
    from affectlab.models import organism

    monkeypatch.setattr(organism, "_FOLDER", tmp_path)
    with pytest.raises(UnknownModel, match=r"--model organism: no weights in"):
        load_model("organism")
    monkeypatch.setattr(organism, "_FOLDER", text_folder)
    assert organism_folder() == text_folder
    assert load_model("organism").identity.name == "organism"


def write_gguf(folder: Path, target: Path) -> None:
    """The tiny Qwen2 of `folder` as llama.cpp names its parts."""
    import gguf

    tokenizer = tiny_models.tiny_tokenizer()
    shape = Qwen2ForCausalLM.from_pretrained(folder).config
    writer = gguf.GGUFWriter(str(target), "qwen2")
    writer.add_block_count(shape.num_hidden_layers)
    writer.add_context_length(shape.max_position_embeddings)
    writer.add_embedding_length(shape.hidden_size)
    writer.add_feed_forward_length(shape.intermediate_size)
    writer.add_head_count(shape.num_attention_heads)
    writer.add_head_count_kv(shape.num_key_value_heads)
    writer.add_rope_freq_base(10_000.0)
    writer.add_layer_norm_rms_eps(shape.rms_norm_eps)
    writer.add_tokenizer_model("gpt2")
    writer.add_token_list(sorted(tokenizer.get_vocab(), key=tokenizer.get_vocab().get))
    special = tokenizer.added_tokens_decoder
    writer.add_token_types([3 if token in special else 1 for token in range(len(tokenizer))])
    merges = json.loads((folder / "tokenizer.json").read_text())["model"]["merges"]
    writer.add_token_merges([" ".join(pair) for pair in merges])
    writer.add_eos_token_id(tokenizer.eos_token_id)
    writer.add_pad_token_id(tokenizer.pad_token_id)
    writer.add_chat_template(tiny_models.TEXT_TEMPLATE)
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.QWEN2, shape.num_hidden_layers)
    for name, tensor in load_file(folder / "model.safetensors").items():
        stem, _, ending = name.rpartition(".")
        writer.add_tensor(f"{names.get_name(stem)}.{ending}", tensor.numpy())
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def test_a_gguf_file_answers_as_the_folder_it_was_made_from(text_folder, tmp_path) -> None:
    write_gguf(text_folder, tmp_path / "small.gguf")
    model = load(str(tmp_path / "small.gguf"), ModelOptions())
    (found,), (expected,) = (
        model.score(ASK, LABELS),
        load(str(text_folder), ModelOptions()).score(ASK, LABELS),
    )
    np.testing.assert_allclose(found.log_likelihoods, expected.log_likelihoods, atol=1e-4)
    assert model.identity.revision == fingerprint(tmp_path / "small.gguf")


def test_a_broken_gguf_file_is_one_line(tmp_path) -> None:
    (tmp_path / "broken.gguf").write_bytes(b"GGUF")
    with pytest.raises(ModelError, match=r"broken.gguf cannot be loaded: "):
        load(str(tmp_path / "broken.gguf"), ModelOptions())
