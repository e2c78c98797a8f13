"""Log-likelihoods from the cache against plain forward passes, one for each label."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny_models
import torch
from PIL import Image
from transformers import (
    FalconH1Config,
    FalconH1ForCausalLM,
    LlavaOnevisionForConditionalGeneration,
    MistralConfig,
    MistralForCausalLM,
    Qwen2_5_VLForConditionalGeneration,
    Qwen2_5OmniThinkerForConditionalGeneration,
    Qwen2ForCausalLM,
)

from affectlab.errors import OutOfMemory
from affectlab.models import ModelOptions, Quote, Request, Scores
from affectlab.models.hf import forward, load, scoring
from affectlab.models.hf.model import HfModel
from affectlab.models.hf.processing import torchvision_state
from affectlab.models.media import media_of

LABELS = ("negative", "weakly negative", "neutral", "weakly positive", "positive")
SAID = Quote("今天我真的很高兴")


def scores(model: Any, requests: list[Request], labels: tuple[str, ...] = LABELS) -> list[Scores]:
    found = model.score(requests, labels)
    assert all(isinstance(one, Scores) for one in found), found
    return found


def plain_forward(weights: Any, inputs: dict[str, Any], labels: list[list[int]]) -> np.ndarray:
    """Log-likelihood of each label by one forward pass over prompt and label, no cache, no padding."""
    found = []
    for tokens in labels:
        ids = torch.cat([inputs["input_ids"], torch.tensor([tokens])], dim=1)
        longer = {**inputs, "input_ids": ids, "attention_mask": torch.ones_like(ids)}
        if "mm_token_type_ids" in longer:
            added = torch.zeros(1, len(tokens), dtype=longer["mm_token_type_ids"].dtype)
            longer["mm_token_type_ids"] = torch.cat([longer["mm_token_type_ids"], added], dim=1)
        with torch.no_grad():
            logits = weights(**longer).logits[0, -len(tokens) - 1 : -1]
        found.append(float(torch.log_softmax(logits, -1)[range(len(tokens)), tokens].sum()))
    return np.array(found)


@pytest.fixture(scope="module")
def text_folder(tmp_path_factory) -> Path:
    return tiny_models.tiny_text(tmp_path_factory.mktemp("text"))


@pytest.fixture(scope="module")
def text(text_folder) -> HfModel:
    return load(str(text_folder), ModelOptions())


@pytest.fixture(scope="module")
def omni_folder(tmp_path_factory) -> Path:
    return tiny_models.tiny_omni(tmp_path_factory.mktemp("omni"))


@pytest.fixture(scope="module")
def omni(omni_folder) -> HfModel:
    return load(str(omni_folder), ModelOptions(frames=3))


@pytest.fixture(scope="module")
def media(tmp_path_factory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("media")
    return {
        "picture": tiny_models.write_picture(folder / "picture.png"),
        "sound": tiny_models.write_sound(folder / "sound.wav"),
        "long sound": tiny_models.write_sound(folder / "long.wav", seed=1, seconds=2.3),
        "video": tiny_models.write_video(folder / "video.mp4"),
    }


@pytest.fixture(scope="module")
def sets(media) -> list[Request]:
    """One request for each of several modality sets, of very different lengths."""
    return [
        Request(("Words: ", SAID, "\nVoice: ", media["sound"], "\nFace: ", media["video"], "\nHow?")),
        Request(("Words: ", SAID, "\nVoice: ", media["long sound"], "\nHow does the person feel?")),
        Request((SAID, " How?"), system="Be brief."),
        Request((media["long sound"], media["picture"], "How?")),
        Request((media["video"], "How does the person feel?")),
    ]


WORDS = [
    Request(("How does the person feel who says: ", SAID)),
    Request((Quote("weak"), "?")),
    Request(("Words: ", Quote("I am happy and the person is not."), " How?"), system="Be brief, and fair."),
]


def test_a_label_has_the_likelihood_a_plain_forward_pass_gives_it(text, text_folder) -> None:
    weights = Qwen2ForCausalLM.from_pretrained(text_folder).eval()
    tokenizer = tiny_models.tiny_tokenizer()
    for request, found in zip(WORDS, scores(text, WORDS), strict=True):
        turns = [{"role": "user", "content": request.text}]
        turns = [{"role": "system", "content": request.system}, *turns] if request.system else turns
        inputs = tokenizer.apply_chat_template(
            turns, add_generation_prompt=True, return_tensors="pt", return_dict=True
        )
        expected = plain_forward(weights, dict(inputs), [tokenizer(label)["input_ids"] for label in LABELS])
        np.testing.assert_allclose(found.log_likelihoods, expected, atol=1e-4)


def test_audio_and_pictures_are_read_once_and_still_count_in_every_label(omni, omni_folder, media) -> None:
    weights = Qwen2_5OmniThinkerForConditionalGeneration.from_pretrained(omni_folder).eval()
    processor = omni._processing.processor
    picture, sound = media["picture"], media["long sound"]
    (found,) = scores(omni, [Request(("Face: ", picture, " Voice: ", sound, "How?"))])

    content = [
        {"type": "text", "text": "Face: "},
        {"type": "image"},
        {"type": "text", "text": " Voice: "},
        {"type": "audio"},
        {"type": "text", "text": "How?"},
    ]
    prompt = processor.apply_chat_template([{"role": "user", "content": content}], add_generation_prompt=True)
    inputs = processor(
        text=prompt,
        images=[Image.open(picture.path)],
        audio=[omni._preparer._reader.audio(sound)],
        return_tensors="pt",
    )
    labels = [processor.tokenizer(label)["input_ids"] for label in LABELS]
    np.testing.assert_allclose(found.log_likelihoods, plain_forward(weights, dict(inputs), labels), atol=1e-4)


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (tiny_models.tiny_qwen_vl, Qwen2_5_VLForConditionalGeneration),
        (tiny_models.tiny_llava, LlavaOnevisionForConditionalGeneration),
    ],
)
def test_image_text_families_agree_with_a_plain_forward_pass(make, kind, tmp_path, media) -> None:
    folder = make(tmp_path)
    model = load(str(folder), ModelOptions())
    (found,) = scores(model, [Request((media["picture"], "How?"))])

    processor = model._processing.processor
    content = [{"type": "image"}, {"type": "text", "text": "How?"}]
    prompt = processor.apply_chat_template([{"role": "user", "content": content}], add_generation_prompt=True)
    inputs = dict(processor(text=[prompt], images=[[Image.open(media["picture"].path)]], return_tensors="pt"))
    labels = [processor.tokenizer(label)["input_ids"] for label in LABELS]
    expected = plain_forward(kind.from_pretrained(folder).eval(), inputs, labels)
    np.testing.assert_allclose(found.log_likelihoods, expected, atol=1e-4)


def test_a_batch_of_mixed_modality_sets_gives_what_each_request_gives_alone(omni, sets) -> None:
    for request, together in zip(sets, scores(omni, sets), strict=True):
        (alone,) = scores(omni, [request])
        np.testing.assert_allclose(together.log_likelihoods, alone.log_likelihoods, atol=1e-4)
        np.testing.assert_allclose(together.attention.shares, alone.attention.shares, atol=1e-5)
        np.testing.assert_array_equal(together.attention.tokens, alone.attention.tokens)


def test_a_model_that_cannot_mix_gets_requests_by_kind_and_answers_in_order(tmp_path, sets) -> None:
    model = load(str(tiny_models.tiny_llava(tmp_path)), ModelOptions(frames=3))
    requests = [sets[4], sets[2], sets[4], sets[2]]
    first, second, third, fourth = (one.log_likelihoods for one in scores(model, requests))
    np.testing.assert_allclose(first, third, atol=1e-5)
    np.testing.assert_allclose(second, fourth, atol=1e-5)
    assert np.abs(first - second).max() > 0.01


def test_the_order_and_number_of_labels_change_nothing(omni, sets) -> None:
    all_labels = [one.log_likelihoods for one in scores(omni, sets)]
    for chosen in ([4, 3, 2, 1, 0], [1], [2, 1], [0, 0]):
        some = scores(omni, sets, tuple(LABELS[place] for place in chosen))
        for whole, part in zip(all_labels, some, strict=True):
            np.testing.assert_allclose(part.log_likelihoods, whole[chosen], atol=1e-5)


def test_each_label_says_how_many_tokens_it_has(text) -> None:
    (found,) = scores(text, WORDS[:1])
    np.testing.assert_array_equal(found.tokens, [1, 4, 1, 4, 1])


LIKE = [
    Request((Quote(words), " What is felt?"))
    for words in (
        "I am sad, for nobody came to see me at home on my own birthday.",
        "Hurrah! We won the very last match of the year, and by two goals!",
        "No one answers the letter that was sent there so many weeks ago.",
    )
]
"""Of like length, so that they are read together; alike in too little to share a beginning."""


def forward_passes(
    model: HfModel, monkeypatch: pytest.MonkeyPatch, requests: list[Request], labels: tuple[str, ...]
) -> list[tuple]:
    shapes: list[tuple] = []
    stock = type(model.weights).forward

    @functools.wraps(stock)
    def counting(self: Any, *args: Any, **kwargs: Any) -> Any:
        shapes.append(tuple(kwargs["input_ids"].shape))
        return stock(self, *args, **kwargs)

    monkeypatch.setattr(type(model.weights), "forward", counting)
    scores(model, requests, labels)
    return shapes


def test_a_long_prompt_is_read_apart_from_short_ones(text, monkeypatch) -> None:
    labels = ("negative", "neutral", "positive")
    long = Request(("Who says: ", Quote("I am sad, so sad. " * 10)))
    shapes = forward_passes(text, monkeypatch, [*LIKE, long], labels)
    widest = max(width for _, width in shapes)
    assert [rows for rows, width in shapes if width == widest] == [1]


def test_prompts_of_any_lengths_get_the_scores_they_get_alone(text) -> None:
    long = Request(("Who says: ", Quote("I am sad, so sad. " * 10)))
    for together, request in zip(scores(text, [*LIKE, long]), [*LIKE, long], strict=True):
        [alone] = scores(text, [request])
        np.testing.assert_allclose(together.log_likelihoods, alone.log_likelihoods, atol=1e-5)


def test_labels_of_one_token_need_no_second_pass(text, monkeypatch) -> None:
    assert len(forward_passes(text, monkeypatch, LIKE, ("negative", "neutral", "positive"))) == 1


def test_labels_that_begin_alike_share_one_reading_of_their_beginning(text, monkeypatch) -> None:
    # "weakly negative" and "weakly positive" differ in their last token alone, which is never read.
    _, continuation = forward_passes(text, monkeypatch, LIKE, LABELS)
    assert continuation == (len(LIKE), 3)


def test_continuations_are_cut_into_smaller_batches_when_memory_is_short(text, monkeypatch) -> None:
    expected = [one.log_likelihoods for one in scores(text, LIKE)]
    sizes: list[int] = []

    def scarce(model: Any, prefix: Any, rows: Any, tokens: Any) -> Any:
        sizes.append(len(rows))
        if len(rows) > 1:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
        return forward.continue_from(model, prefix, rows, tokens)

    monkeypatch.setattr(scoring, "continue_from", scarce)
    for found, whole in zip(scores(text, LIKE), expected, strict=True):
        np.testing.assert_allclose(found.log_likelihoods, whole, atol=1e-5)
    assert sizes == [3, 1, 1, 1]


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory."),
        MemoryError(),
        RuntimeError(
            "[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"
        ),
    ],
)
def test_running_out_of_memory_has_one_name(text, monkeypatch, error) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr(type(text.weights), "forward", fail)
    with pytest.raises(OutOfMemory, match="does not fit into memory"):
        text.score(WORDS, LABELS)


def test_other_errors_of_the_model_are_not_taken_for_a_lack_of_memory(text, monkeypatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")

    monkeypatch.setattr(type(text.weights), "forward", fail)
    with pytest.raises(RuntimeError, match="mat1 and mat2"):
        text.score(WORDS, LABELS)


def test_states_that_cannot_be_copied_are_read_again_for_every_label(omni, sets, monkeypatch, caplog) -> None:
    expected = [one.log_likelihoods for one in scores(omni, sets[:2])]
    monkeypatch.setattr(forward, "_copies_by_row", lambda _: False)
    with caplog.at_level("INFO", logger="affectlab"):
        found = scores(omni, sets[:2])
    for one, whole in zip(found, expected, strict=True):
        np.testing.assert_allclose(one.log_likelihoods, whole, atol=1e-4)
    assert "read once per label" in caplog.text


def test_sliding_windows_shorter_than_the_prompt_are_continued_rightly(tmp_path) -> None:
    tokenizer = tiny_models.tiny_tokenizer()
    config = MistralConfig(**tiny_models.text_shape(tokenizer, 512), sliding_window=6)
    tiny_models.save(tmp_path, MistralForCausalLM, config, tokenizer)
    weights = MistralForCausalLM.from_pretrained(tmp_path).eval()
    for request, found in zip(WORDS[:2], scores(load(str(tmp_path), ModelOptions()), WORDS[:2]), strict=True):
        inputs = tokenizer.apply_chat_template(
            [{"role": "user", "content": request.text}],
            add_generation_prompt=True,
            return_tensors="pt",
            return_dict=True,
        )
        expected = plain_forward(weights, dict(inputs), [tokenizer(label)["input_ids"] for label in LABELS])
        np.testing.assert_allclose(found.log_likelihoods, expected, atol=1e-4)


def test_a_model_with_recurrent_states_agrees_with_a_plain_forward_pass(tmp_path) -> None:
    tokenizer = tiny_models.tiny_tokenizer()
    recurrent = {"mamba_d_ssm": 64, "mamba_n_heads": 4, "mamba_d_head": 16, "mamba_d_state": 8}
    config = FalconH1Config(**tiny_models.text_shape(tokenizer, 512), **recurrent)
    tiny_models.save(tmp_path, FalconH1ForCausalLM, config, tokenizer)
    weights = FalconH1ForCausalLM.from_pretrained(tmp_path).eval()
    for request, found in zip(WORDS[:2], scores(load(str(tmp_path), ModelOptions()), WORDS[:2]), strict=True):
        inputs = tokenizer.apply_chat_template(
            [{"role": "user", "content": request.text}],
            add_generation_prompt=True,
            return_tensors="pt",
            return_dict=True,
        )
        expected = plain_forward(weights, dict(inputs), [tokenizer(label)["input_ids"] for label in LABELS])
        np.testing.assert_allclose(found.log_likelihoods, expected, atol=1e-4)


def test_sound_is_padded_to_the_longest_of_the_batch_with_the_same_features(omni, media) -> None:
    """Against the processor's own padding to its maximum, frame for frame."""
    requests = [Request((media["sound"], "How?")), Request((media["long sound"], "How?"))]
    (batch,) = omni._preparer.prepare(requests, room=1).batches
    extractor = omni._processing.processor.feature_extractor
    sounds = [omni._preparer._reader.audio(one.parts[0]) for one in requests]
    whole = extractor(sounds, sampling_rate=16000, padding="max_length", return_attention_mask=True)
    assert batch.inputs["input_features"].shape[-1] == 234
    assert np.shape(whole["input_features"])[-1] == 400
    for row, frames in enumerate((100, 230)):
        assert batch.inputs["feature_attention_mask"][row].sum() == frames
        np.testing.assert_array_equal(
            batch.inputs["input_features"][row, :, :frames],
            np.asarray(whole["input_features"])[row, :, :frames],
        )


@pytest.mark.skipif(torchvision_state() != "usable", reason=f"torchvision is {torchvision_state()}")
@pytest.mark.parametrize("make", [tiny_models.tiny_omni, tiny_models.tiny_qwen_vl, tiny_models.tiny_llava])
def test_video_by_the_models_own_path_batches_as_it_goes_alone(make, tmp_path) -> None:
    model = load(str(make(tmp_path)), ModelOptions(frames=4, video_as="video"))
    clips = [tiny_models.write_video(tmp_path / f"{n}.mp4", seed=n, seconds=n + 1.5) for n in range(2)]
    requests = [Request((clip, Quote("weak"), "How?")) for clip in clips]
    for request, together in zip(requests, scores(model, requests), strict=True):
        (alone,) = scores(model, [request])
        np.testing.assert_allclose(together.log_likelihoods, alone.log_likelihoods, atol=1e-4)
        assert together.attention.tokens[2] > 0


@pytest.mark.data
def test_real_clips_are_scored_by_sound_picture_and_both(omni, data_root) -> None:
    folder = data_root / "crema_d" / "media"
    films, voices = sorted(folder.rglob("*.flv"))[:2], sorted(folder.rglob("*.mp3"))[:2]
    if not films or not voices:
        pytest.skip(f"no clips in {folder}")
    requests = [Request((media_of(film, "video"), "How?")) for film in films]
    requests += [Request((media_of(voice, "audio"), "How?")) for voice in voices]
    requests += [Request((media_of(films[0], "audio"), media_of(films[0], "video"), "How?"))]
    found = scores(omni, requests)
    assert [tuple(one.attention.tokens[1:3] > 0) for one in found] == [
        *[(False, True)] * len(films),
        *[(True, False)] * len(voices),
        (True, True),
    ]
    assert all(np.isfinite(one.log_likelihoods).all() for one in found)
