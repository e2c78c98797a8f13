"""Random models small enough to run everywhere, each in a folder as a hub checkpoint would be laid out.

Nothing here has learnt anything: they exist to check arithmetic (caches, padding, positions, attention), and
random weights show a mistake there as well as trained ones do.
"""

from __future__ import annotations

import json
import wave
from pathlib import Path
from typing import Any

import av
import numpy as np
import torch
from PIL import Image
from tokenizers import pre_tokenizers
from transformers import (
    GenerationConfig,
    LlavaOnevisionConfig,
    LlavaOnevisionForConditionalGeneration,
    LlavaOnevisionImageProcessorPil,
    PreTrainedConfig,
    PreTrainedModel,
    PreTrainedTokenizerBase,
    Qwen2_5_VLConfig,
    Qwen2_5_VLForConditionalGeneration,
    Qwen2_5OmniThinkerConfig,
    Qwen2_5OmniThinkerForConditionalGeneration,
    Qwen2Config,
    Qwen2ForCausalLM,
    Qwen2Tokenizer,
    Qwen2VLImageProcessorPil,
    WhisperFeatureExtractor,
)

from affectlab.models import Media
from affectlab.models.media import media_of

# Models this small gain nothing from threads, and lose a lot when other work wants the cores.
torch.set_num_threads(1)

SPECIAL = (
    "<|endoftext|>",
    "<|im_start|>",
    "<|im_end|>",
    "<|AUDIO|>",
    "<|audio_bos|>",
    "<|audio_eos|>",
    "<|IMAGE|>",
    "<|VIDEO|>",
    "<|vision_bos|>",
    "<|vision_eos|>",
)
MEDIA_NAMES = {
    "image_token": "<|IMAGE|>",
    "video_token": "<|VIDEO|>",
    "audio_token": "<|AUDIO|>",
    "vision_bos_token": "<|vision_bos|>",
    "vision_eos_token": "<|vision_eos|>",
    "audio_bos_token": "<|audio_bos|>",
    "audio_eos_token": "<|audio_eos|>",
}
WORDS = (
    "negative",
    "neutral",
    "positive",
    "weak",
    "ly",
    " the",
    " person",
    "今天",
    "高兴",
    " feel",
)
"""Words that are one token; all others are spelt in bytes."""

TEXT_TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
MEDIA_TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n"
    "{% for part in message['content'] %}"
    "{% if part['type'] == 'text' %}{{ part['text'] }}"
    "{% elif part['type'] == 'image' %}<|vision_bos|><|IMAGE|><|vision_eos|>"
    "{% elif part['type'] == 'video' %}<|vision_bos|><|VIDEO|><|vision_eos|>"
    "{% else %}<|audio_bos|><|AUDIO|><|audio_eos|>{% endif %}"
    "{% endfor %}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def tiny_tokenizer(template: str | None = TEXT_TEMPLATE) -> PreTrainedTokenizerBase:
    """Byte-level BPE with 256 bytes, a few words and the special tokens."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {symbol: index for index, symbol in enumerate(alphabet)}
    merges: list[tuple[str, str]] = []
    for word in WORDS:
        ((symbols, _),) = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False).pre_tokenize_str(
            word
        )
        for end in range(1, len(symbols)):
            merges.append((symbols[:end], symbols[end]))
            vocabulary.setdefault(symbols[: end + 1], len(vocabulary))
    tokenizer = Qwen2Tokenizer(
        vocab=vocabulary,
        merges=list(dict.fromkeys(merges)),
        eos_token="<|im_end|>",
        pad_token="<|endoftext|>",
        extra_special_tokens=MEDIA_NAMES,
    )
    special = {"additional_special_tokens": list(SPECIAL)}
    tokenizer.add_special_tokens(special, replace_extra_special_tokens=False)
    tokenizer.chat_template = template
    tokenizer.padding_side = "left"
    return tokenizer


def tiny_text(
    folder: Path, *, template: str | None = TEXT_TEMPLATE, context: int = 512, **changes: Any
) -> Path:
    """A Qwen2 of three layers, four heads and two key-value heads."""
    tokenizer = tiny_tokenizer(template)
    config = Qwen2Config(**text_shape(tokenizer, context), **changes)
    return save(folder, Qwen2ForCausalLM, config, tokenizer)


def tiny_omni(folder: Path) -> Path:
    """A Qwen2.5-Omni Thinker with its own tokenizer, Whisper features and image processor."""
    tokenizer = tiny_tokenizer(MEDIA_TEMPLATE)
    config = omni_config(tokenizer)
    save(folder, Qwen2_5OmniThinkerForConditionalGeneration, config, tokenizer)
    sound = WhisperFeatureExtractor(feature_size=16, chunk_length=4, n_fft=400, hop_length=160)
    # One file for both, as the published checkpoints have it.
    _write(folder / "preprocessor_config.json", sound.to_dict() | _pictures().to_dict())
    return _processor(folder, "Qwen2_5OmniProcessor")


def omni_config(tokenizer: PreTrainedTokenizerBase) -> Qwen2_5OmniThinkerConfig:
    text = text_shape(tokenizer, 4096)
    return Qwen2_5OmniThinkerConfig(
        text_config=text | {"rope_parameters": _mrope()},
        vision_config=_vision(text["hidden_size"]),
        audio_config={
            "num_mel_bins": 16,
            "encoder_layers": 2,
            "encoder_attention_heads": 2,
            "encoder_ffn_dim": 48,
            "d_model": 32,
            "max_source_positions": 200,
            "n_window": 20,
            "output_dim": text["hidden_size"],
        },
        audio_token_index=tokenizer.convert_tokens_to_ids("<|AUDIO|>"),
        image_token_index=tokenizer.convert_tokens_to_ids("<|IMAGE|>"),
        video_token_index=tokenizer.convert_tokens_to_ids("<|VIDEO|>"),
        audio_start_token_id=tokenizer.convert_tokens_to_ids("<|audio_bos|>"),
        audio_end_token_id=tokenizer.convert_tokens_to_ids("<|audio_eos|>"),
        vision_start_token_id=tokenizer.convert_tokens_to_ids("<|vision_bos|>"),
        vision_end_token_id=tokenizer.convert_tokens_to_ids("<|vision_eos|>"),
    )


def tiny_qwen_vl(folder: Path) -> Path:
    """A Qwen2.5-VL: images and M-RoPE, no audio."""
    tokenizer = tiny_tokenizer(MEDIA_TEMPLATE)
    thinker = omni_config(tokenizer)
    config = Qwen2_5_VLConfig(
        text_config=text_shape(tokenizer, 4096) | {"rope_parameters": _mrope()},
        vision_config={**_vision(64), "in_chans": 3},
        image_token_id=thinker.image_token_id,
        video_token_id=thinker.video_token_id,
        vision_start_token_id=tokenizer.convert_tokens_to_ids("<|vision_bos|>"),
        vision_end_token_id=tokenizer.convert_tokens_to_ids("<|vision_eos|>"),
    )
    save(folder, Qwen2_5_VLForConditionalGeneration, config, tokenizer)
    _pictures().save_pretrained(folder)
    return _processor(folder, "Qwen2_5_VLProcessor")


def tiny_llava(folder: Path) -> Path:
    """A LLaVA-OneVision: pictures in tiles, plain rotary positions."""
    tokenizer = tiny_tokenizer(MEDIA_TEMPLATE)
    config = LlavaOnevisionConfig(
        text_config={"model_type": "qwen2", **text_shape(tokenizer, 4096)},
        vision_config={
            "model_type": "siglip_vision_model",
            "hidden_size": 32,
            "intermediate_size": 48,
            "num_hidden_layers": 2,
            "num_attention_heads": 2,
            "image_size": 28,
            "patch_size": 14,
            "vision_use_head": False,
        },
        image_token_index=tokenizer.convert_tokens_to_ids("<|IMAGE|>"),
        video_token_index=tokenizer.convert_tokens_to_ids("<|VIDEO|>"),
        image_grid_pinpoints=[[28, 28], [28, 56], [56, 28]],
        vision_feature_layer=-1,
    )
    save(folder, LlavaOnevisionForConditionalGeneration, config, tokenizer)
    LlavaOnevisionImageProcessorPil(
        size={"height": 28, "width": 28}, image_grid_pinpoints=[[28, 28], [28, 56], [56, 28]]
    ).save_pretrained(folder)
    return _processor(
        folder, "LlavaOnevisionProcessor", num_image_tokens=4, vision_feature_select_strategy="full"
    )


def write_picture(path: Path, seed: int = 0, size: tuple[int, int] = (56, 84)) -> Media:
    """A PNG of coloured noise."""
    noise = np.random.default_rng(seed).integers(0, 255, (*size, 3), dtype=np.uint8)
    Image.fromarray(noise).save(path)
    return media_of(path, "image")


def write_sound(path: Path, seed: int = 0, seconds: float = 1.0) -> Media:
    """A WAV of noise, 16 kHz, one channel."""
    noise = np.random.default_rng(seed).normal(0, 0.2, int(16000 * seconds)).clip(-1, 1)
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 16000, 0, "NONE", ""))
        file.writeframes((noise * 32767).astype("<i2").tobytes())
    return media_of(path, "audio")


def write_video(path: Path, seed: int = 0, seconds: float = 2.0) -> Media:
    """An MPEG-4 of coloured noise, 5 pictures a second, no sound."""
    generator = np.random.default_rng(seed)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=5)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for _ in range(int(5 * seconds)):
            noise = generator.integers(0, 255, (48, 64, 3), dtype=np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(noise, format="rgb24")))
        container.mux(stream.encode())
    return media_of(path, "video")


def text_shape(tokenizer: PreTrainedTokenizerBase, context: int) -> dict[str, Any]:
    return {
        "vocab_size": len(tokenizer),
        "hidden_size": 64,
        "intermediate_size": 96,
        "num_hidden_layers": 3,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": context,
        "initializer_range": 0.2,
        "tie_word_embeddings": False,
    }


def _mrope() -> dict[str, Any]:
    return {"rope_type": "default", "rope_theta": 10_000.0, "mrope_section": [2, 3, 3]}


def _vision(width: int) -> dict[str, Any]:
    return {
        "depth": 2,
        "hidden_size": 32,
        "intermediate_size": 48,
        "num_heads": 2,
        "patch_size": 14,
        "out_hidden_size": width,
        "fullatt_block_indexes": [1],
        "window_size": 56,
    }


def _pictures() -> Qwen2VLImageProcessorPil:
    return Qwen2VLImageProcessorPil(size={"shortest_edge": 28 * 28, "longest_edge": 84 * 84})


def save(
    folder: Path, kind: type[PreTrainedModel], config: PreTrainedConfig, tokenizer: PreTrainedTokenizerBase
) -> Path:
    torch.manual_seed(0)
    model = kind(config).eval()
    model.generation_config = GenerationConfig(
        eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id
    )
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def _processor(folder: Path, kind: str, **settings: Any) -> Path:
    _write(folder / "processor_config.json", {"processor_class": kind, **settings})
    return folder


def _write(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content))
