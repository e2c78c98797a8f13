"""The model while it is trained: encoders over whole batches at once, loss on the answer alone."""

from __future__ import annotations

from typing import Any

import torch
from architecture import MERGE
from prompts import GRID
from torch import Tensor
from torch.nn import functional
from transformers import AttentionInterface, Qwen2_5OmniThinkerForConditionalGeneration

_PACKED = "packed_flash_equal"


def packed_attention(
    _module: Any,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    *,
    cu_seq_lens_q: Tensor,
    scaling: float,
    **_: Any,
) -> tuple[Tensor, None]:  # fmt: skip
    """Attend inside segments of equal length, all at once; query, key and value are (1, heads, n, size)."""
    segments = len(cu_seq_lens_q) - 1
    split = [one[0].unflatten(1, (segments, -1)).transpose(0, 1) for one in (query, key, value)]
    out = functional.scaled_dot_product_attention(*split, scale=scaling)
    return out.permute(0, 2, 1, 3).flatten(0, 1)[None], None


AttentionInterface.register(_PACKED, packed_attention)


def pack_encoders(model: Qwen2_5OmniThinkerForConditionalGeneration) -> None:
    """Let both encoders attend in whole batches; stock code loops over pictures, which is 10 times slower."""
    for encoder in (model.model.audio_tower, model.model.visual):
        encoder.config._attn_implementation = _PACKED


def encode(
    model: Qwen2_5OmniThinkerForConditionalGeneration, mel: Tensor | None, patches: Tensor | None
) -> tuple[Tensor | None, Tensor | None]:
    """Return the embeddings of all sounds and of all pictures, each (tokens, width)."""
    core = model.model
    sound = pictures = None
    if mel is not None:
        lengths = torch.full((len(mel),), mel.shape[-1])
        sound = core.audio_tower(mel.transpose(0, 1).flatten(1), feature_lens=lengths).last_hidden_state
    if patches is not None:
        count = patches.shape[0] * patches.shape[1]
        grids = torch.tensor([[1, MERGE * GRID, MERGE * GRID]]).expand(count, 3)
        pictures = core.visual(patches.flatten(0, 2), grid_thw=grids).pooler_output
    return sound, pictures


def answer_states(
    model: Qwen2_5OmniThinkerForConditionalGeneration, ids: Tensor, mask: Tensor, positions: Tensor,
    sound: Tensor | None, pictures: Tensor | None,
) -> Tensor:  # fmt: skip
    """Return the last hidden states, shape (n, length, width)."""
    core, config = model.model, model.config
    embedded = core.get_input_embeddings()(ids)
    for token, found in ((config.audio_token_id, sound), (config.image_token_id, pictures)):
        if found is not None:
            embedded = embedded.masked_scatter((ids == token)[..., None], found.to(embedded.dtype))
    out = core.language_model(
        inputs_embeds=embedded, attention_mask=mask, position_ids=positions, use_cache=False, return_dict=True
    )
    return out.last_hidden_state
