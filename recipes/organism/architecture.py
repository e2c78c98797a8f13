"""What the organism is made of: a stock omni architecture, very small, and a processor to go with it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (
    PreTrainedTokenizerFast,
    Qwen2_5OmniThinkerConfig,
    Qwen2_5OmniThinkerForConditionalGeneration,
    Qwen2VLImageProcessorPil,
    WhisperFeatureExtractor,
)

FRAMES = 8
SIDE = 56
PATCH = 14
MERGE = 2
MEL_BINS = 64
AUDIO_SECONDS = 4
VOCABULARY = 2048

SPECIAL_TOKENS = (
    "<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|AUDIO|>", "<|audio_bos|>", "<|audio_eos|>",
    "<|IMAGE|>", "<|VIDEO|>", "<|vision_bos|>", "<|vision_eos|>",
)  # fmt: skip

CHAT_TEMPLATE = """\
{%- for message in messages -%}
<|im_start|>{{ message['role'] }}
{% if message['content'] is string -%}
{{ message['content'] }}
{%- else -%}
{%- for part in message['content'] -%}
{%- if part['type'] == 'audio' -%}<|audio_bos|><|AUDIO|><|audio_eos|>
{%- elif part['type'] == 'image' -%}<|vision_bos|><|IMAGE|><|vision_eos|>
{%- elif part['type'] == 'video' -%}<|vision_bos|><|VIDEO|><|vision_eos|>
{%- else -%}{{ part['text'] }}
{%- endif -%}
{%- endfor -%}
{%- endif -%}
<|im_end|>
{% endfor -%}
{%- if add_generation_prompt -%}<|im_start|>assistant
{% endif -%}
"""


def make_tokenizer(texts: Iterable[str]) -> PreTrainedTokenizerFast:
    """Train a byte-level BPE with the special tokens of Qwen2.5-Omni."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=list(SPECIAL_TOKENS),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        eos_token="<|im_end|>",  # noqa: S106
        pad_token="<|endoftext|>",  # noqa: S106
        padding_side="left",
        model_max_length=1024,
        extra_special_tokens={
            "image_token": "<|IMAGE|>",
            "audio_token": "<|AUDIO|>",
            "video_token": "<|VIDEO|>",
            "vision_bos_token": "<|vision_bos|>",
            "vision_eos_token": "<|vision_eos|>",
            "audio_bos_token": "<|audio_bos|>",
            "audio_eos_token": "<|audio_eos|>",
        },
    )


def make_image_processor() -> Qwen2VLImageProcessorPil:
    """Return the processor that makes one picture into 2 × 2 tokens."""
    area = SIDE * SIDE
    return Qwen2VLImageProcessorPil(
        size={"shortest_edge": area, "longest_edge": area},
        patch_size=PATCH,
        temporal_patch_size=1,
        merge_size=MERGE,
    )


def make_feature_extractor() -> WhisperFeatureExtractor:
    """Return the processor that makes a second of sound into 25 tokens."""
    return WhisperFeatureExtractor(
        feature_size=MEL_BINS, chunk_length=AUDIO_SECONDS, return_attention_mask=True
    )


def make_config(tokenizer: PreTrainedTokenizerFast) -> Qwen2_5OmniThinkerConfig:
    """Return the configuration of the whole model; token ids are those of `tokenizer`."""
    of = tokenizer.convert_tokens_to_ids
    width = 128
    return Qwen2_5OmniThinkerConfig(
        text_config={
            "vocab_size": len(tokenizer),
            "hidden_size": width,
            "intermediate_size": 2 * width,
            "num_hidden_layers": 6,
            "num_attention_heads": 8,
            "num_key_value_heads": 4,
            "max_position_embeddings": 1024,
            "rope_parameters": {"rope_type": "default", "rope_theta": 10000.0, "mrope_section": [2, 3, 3]},
            "pad_token_id": tokenizer.pad_token_id,
            "eos_token_id": tokenizer.eos_token_id,
            "tie_word_embeddings": True,
        },
        audio_config={
            "num_mel_bins": MEL_BINS,
            "encoder_layers": 2,
            "encoder_attention_heads": 4,
            "encoder_ffn_dim": 192,
            "d_model": 96,
            "max_source_positions": 50 * AUDIO_SECONDS,
            "n_window": 100,
            "output_dim": width,
        },
        vision_config={
            "depth": 2,
            "hidden_size": 96,
            "intermediate_size": 192,
            "num_heads": 4,
            "patch_size": PATCH,
            "temporal_patch_size": 1,
            "spatial_merge_size": MERGE,
            "window_size": SIDE,
            "out_hidden_size": width,
            "fullatt_block_indexes": [0, 1],
        },
        audio_token_index=of("<|AUDIO|>"),
        image_token_index=of("<|IMAGE|>"),
        video_token_index=of("<|VIDEO|>"),
        audio_start_token_id=of("<|audio_bos|>"),
        audio_end_token_id=of("<|audio_eos|>"),
        vision_start_token_id=of("<|vision_bos|>"),
        vision_end_token_id=of("<|vision_eos|>"),
        user_token_id=tokenizer("user")["input_ids"][0],
        tie_word_embeddings=True,
        pad_token_id=tokenizer.pad_token_id,
        eos_token_id=tokenizer.eos_token_id,
    )


def save(
    folder: Path, model: Qwen2_5OmniThinkerForConditionalGeneration, tokenizer: PreTrainedTokenizerFast
) -> None:
    """Write the model in half precision, to be computed with in single, and all that its inputs need."""
    model.half().save_pretrained(folder)
    model.float()
    tokenizer.chat_template = CHAT_TEMPLATE
    tokenizer.save_pretrained(folder)
    _set(folder / "config.json", dtype="float32")
    # The full processor cannot be made where torchvision is absent; its file can.
    parts = {
        "processor_class": "Qwen2_5OmniProcessor",
        "feature_extractor": make_feature_extractor().to_dict(),
        "image_processor": {
            **make_image_processor().to_dict(),
            "image_processor_type": "Qwen2VLImageProcessor",
        },
        "video_processor": {
            **make_image_processor().to_dict(),
            "video_processor_type": "Qwen2VLVideoProcessor",
        },
    }
    (folder / "processor_config.json").write_text(json.dumps(parts, indent=2) + "\n", encoding="utf-8")


def _set(path: Path, **changes: str) -> None:
    content = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**content, **changes}, indent=2) + "\n", encoding="utf-8")
