"""Random models of many architectures with prompts that show pictures and sound, built without files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
import transformers
from torch import Tensor
from transformers import PreTrainedModel

torch.set_num_threads(1)

PAD, BOS, EOS, IMAGE, VIDEO, SOUND, OPEN, OPEN_SOUND, CLOSE = 0, 1, 2, 50, 51, 52, 53, 54, 55
FIRST_WORD = 3
VOCABULARY = 64
LAYERS, HEADS = 3, 4
MEDIA = {IMAGE: "V", VIDEO: "V", SOUND: "A"}


@dataclass(frozen=True, slots=True)
class Tiny:
    """A model and two prompts of different length, padded on the left."""

    model: PreTrainedModel
    inputs: dict[str, Tensor]

    def row(self, row: int) -> dict[str, Tensor]:
        """Return one of the prompts without padding; each holds half of the media."""
        mask = self.inputs["attention_mask"]
        kept = mask[row].bool()
        return {
            name: value[row : row + 1, kept]
            if value.shape == mask.shape
            else value[row * len(value) // 2 : (row + 1) * len(value) // 2]
            for name, value in self.inputs.items()
        }


def text(**changes: Any) -> dict[str, Any]:
    """Shape of a language model with two key-value heads for four heads."""
    return {
        "vocab_size": VOCABULARY,
        "hidden_size": 64,
        "intermediate_size": 96,
        "num_hidden_layers": LAYERS,
        "num_attention_heads": HEADS,
        "num_key_value_heads": 2,
        "max_position_embeddings": 512,
        "initializer_range": 0.12,
        "pad_token_id": PAD,
        "bos_token_id": BOS,
        "eos_token_id": EOS,
        "tie_word_embeddings": False,
    } | changes


def build(kind: str, config: Any, **how: Any) -> PreTrainedModel:
    """Make a random model that writes words alone and never ends."""
    torch.manual_seed(0)
    model = getattr(transformers, kind)._from_config(config, **how).eval()
    unwritten = [PAD, BOS, EOS, *range(IMAGE, VOCABULARY)]
    model.generation_config = transformers.GenerationConfig(pad_token_id=PAD, suppress_tokens=unwritten)
    return model


def prompts(*media: Sequence[int]) -> dict[str, Tensor]:
    """Two prompts with `media` between their words, the second with more words."""
    words = torch.arange(FIRST_WORD, IMAGE).repeat(2).tolist()
    shown = [token for one in media for token in (OPEN_SOUND if SOUND in one else OPEN, *one, CLOSE)]
    rows = [[BOS, *words[:4], *shown, *words[10:15]], [BOS, *words[20:29], *shown, *words[30:37]]]
    longest = max(len(row) for row in rows)
    padded = [[PAD] * (longest - len(row)) + row for row in rows]
    ids = torch.tensor(padded)
    return {"input_ids": ids, "attention_mask": (torch.arange(longest) >= longest - _lengths(rows)).long()}


def noise(*shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(1))


def qwen25_omni(**how: Any) -> Tiny:
    """Two prompts of one picture and one sound each."""
    config = transformers.Qwen2_5OmniThinkerConfig(
        text_config=text(rope_parameters=_mrope()),
        vision_config=_qwen_vision(),
        audio_config=_whisper(n_window=20, output_dim=64),
        audio_token_index=SOUND,
        image_token_index=IMAGE,
        video_token_index=VIDEO,
        vision_start_token_id=OPEN,
        audio_start_token_id=OPEN_SOUND,
    )
    inputs = prompts([IMAGE] * 4, [SOUND] * 10) | _patches(14) | _sound(40)
    return Tiny(build("Qwen2_5OmniThinkerForConditionalGeneration", config, **how), inputs)


def qwen3_omni(**how: Any) -> Tiny:
    """A mixture of experts; pictures reach its first layers too."""
    config = transformers.Qwen3OmniMoeThinkerConfig(
        text_config=text(
            rope_parameters=_mrope() | {"mrope_interleaved": True},
            head_dim=16,
            num_experts=4,
            num_experts_per_tok=2,
            moe_intermediate_size=32,
        ),
        vision_config=_qwen_vision() | {"num_position_embeddings": 16, "deepstack_visual_indexes": [0]},
        audio_config=_whisper(n_window=50, n_window_infer=100, downsample_hidden_size=8, output_dim=64),
        audio_token_id=SOUND,
        image_token_id=IMAGE,
        video_token_id=VIDEO,
        vision_start_token_id=OPEN,
        audio_start_token_id=OPEN_SOUND,
    )
    inputs = prompts([IMAGE] * 4, [SOUND] * 13) | _patches(14) | _sound(100)
    return Tiny(build("Qwen3OmniMoeThinkerForConditionalGeneration", config, **how), inputs)


def phi4(**how: Any) -> Tiny:
    """Joint projections; the configurations of its encoders name the media tokens."""
    config = transformers.Phi4MultimodalConfig(
        **text(original_max_position_embeddings=512),
        rope_parameters={"rope_type": "default", "rope_theta": 1e4, "partial_rotary_factor": 1.0},
        vision_config=_siglip() | {"image_token_id": IMAGE, "crop_size": 56, "image_size": 56},
        audio_config={
            "hidden_size": 32,
            "intermediate_size": 48,
            "num_blocks": 2,
            "num_attention_heads": 2,
            "input_size": 16,
            "nemo_conv_channels": 8,
            "ext_pw_out_channel": 32,
            "depthwise_separable_out_channel": 32,
            "audio_token_id": SOUND,
        },
    )
    inputs = prompts([IMAGE] * 13, [SOUND] * 5)
    inputs |= {
        "image_pixel_values": noise(2, 2, 3, 56, 56),
        "image_sizes": torch.tensor([[56, 56]] * 2),
        "image_attention_mask": torch.ones(2, 2, 4, 4, dtype=torch.long),
        "audio_input_features": noise(2, 40, 16),
        "audio_embed_sizes": torch.tensor([5, 5]),
    }
    return Tiny(build("Phi4MultimodalForCausalLM", config, **how), inputs)


def qwen25_vl(**how: Any) -> Tiny:
    """Rotary positions on three axes."""
    config = transformers.Qwen2_5_VLConfig(
        text_config=text(rope_parameters=_mrope()),
        vision_config=_qwen_vision() | {"in_chans": 3},
        image_token_id=IMAGE,
        video_token_id=VIDEO,
        vision_start_token_id=OPEN,
        vision_end_token_id=CLOSE,
    )
    inputs = prompts([IMAGE] * 4) | _patches(14)
    inputs["mm_token_type_ids"] = (inputs["input_ids"] == IMAGE).int()
    return Tiny(build("Qwen2_5_VLForConditionalGeneration", config, **how), inputs)


def llava_onevision(**how: Any) -> Tiny:
    """Pictures whole and in tiles."""
    config = transformers.LlavaOnevisionConfig(
        text_config={"model_type": "qwen2", **text()},
        vision_config={"model_type": "siglip_vision_model", **_siglip(), "vision_use_head": False},
        image_token_index=IMAGE,
        video_token_index=VIDEO,
        image_grid_pinpoints=[[28, 28]],
        vision_feature_layer=-1,
    )
    inputs = prompts([IMAGE] * 10)
    inputs |= {"pixel_values": noise(2, 2, 3, 28, 28), "image_sizes": torch.tensor([[28, 28]] * 2)}
    return Tiny(build("LlavaOnevisionForConditionalGeneration", config, **how), inputs)


def gemma3(**how: Any) -> Tiny:
    """Windows of eight tokens in two layers of three; tokens of a picture see each other both ways."""
    config = transformers.Gemma3Config(
        text_config=text(
            head_dim=16,
            query_pre_attn_scalar=16,
            sliding_window=8,
            layer_types=["sliding_attention", "full_attention", "sliding_attention"],
        ),
        vision_config={**_siglip(), "image_size": 56, "vision_use_head": False},
        mm_tokens_per_image=4,
        image_token_index=IMAGE,
        boi_token_index=OPEN,
        eoi_token_index=CLOSE,
    )
    inputs = prompts([IMAGE] * 4) | {"pixel_values": noise(2, 3, 56, 56)}
    inputs["token_type_ids"] = (inputs["input_ids"] == IMAGE).long()
    return Tiny(build("Gemma3ForConditionalGeneration", config, **how), inputs)


def internvl(**how: Any) -> Tiny:
    """Patches joined by four."""
    config = transformers.InternVLConfig(
        text_config={"model_type": "qwen2", **text()},
        vision_config=_siglip() | {"image_size": 56},
        image_token_id=IMAGE,
        image_seq_length=4,
    )
    inputs = prompts([IMAGE] * 4) | {"pixel_values": noise(2, 3, 56, 56)}
    return Tiny(build("InternVLForConditionalGeneration", config, **how), inputs)


def smolvlm(**how: Any) -> Tiny:
    """Two pictures a prompt."""
    config = transformers.SmolVLMConfig(
        text_config={"model_type": "llama", **text()},
        vision_config=_siglip() | {"image_size": 56},
        image_token_id=IMAGE,
        scale_factor=2,
    )
    inputs = prompts([IMAGE] * 4, [IMAGE] * 4) | {"pixel_values": noise(2, 2, 3, 56, 56)}
    return Tiny(build("SmolVLMForConditionalGeneration", config, **how), inputs)


def language(**how: Any) -> Tiny:
    """A language model that knows no media."""
    config = transformers.Qwen2Config(**text())
    return Tiny(build("Qwen2ForCausalLM", config, **how), prompts([IMAGE] * 4, [SOUND] * 5))


ARCHITECTURES: dict[str, Callable[..., Tiny]] = {
    make.__name__: make
    for make in (qwen25_omni, qwen3_omni, phi4, qwen25_vl, llava_onevision, gemma3, internvl, smolvlm)
}


def _lengths(rows: Sequence[Sequence[int]]) -> Tensor:
    return torch.tensor([[len(row)] for row in rows])


def _mrope() -> dict[str, Any]:
    return {"rope_type": "default", "rope_theta": 10_000.0, "mrope_section": [2, 3, 3]}


def _qwen_vision() -> dict[str, Any]:
    return {
        "depth": 2,
        "hidden_size": 32,
        "intermediate_size": 48,
        "num_heads": 2,
        "patch_size": 14,
        "out_hidden_size": 64,
        "fullatt_block_indexes": [1],
        "window_size": 56,
    }


def _siglip() -> dict[str, Any]:
    return {
        "hidden_size": 32,
        "intermediate_size": 48,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "image_size": 28,
        "patch_size": 14,
    }


def _whisper(**changes: Any) -> dict[str, Any]:
    return {
        "num_mel_bins": 16,
        "encoder_layers": 2,
        "encoder_attention_heads": 2,
        "encoder_ffn_dim": 48,
        "d_model": 32,
        "max_source_positions": 200,
    } | changes


def _patches(side: int) -> dict[str, Tensor]:
    """Two pictures of four by four patches."""
    return {"pixel_values": noise(2 * 16, 3 * 2 * side**2), "image_grid_thw": torch.tensor([[1, 4, 4]] * 2)}


def _sound(frames: int) -> dict[str, Tensor]:
    return {
        "input_features": noise(2, 16, frames),
        "feature_attention_mask": torch.ones(2, frames, dtype=torch.long),
    }
