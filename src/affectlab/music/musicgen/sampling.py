"""Writing codes on from a prompt of codes.

Our own loop: ``generate`` returns sound in the place of codes and draws from the global generator.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from affectlab.music.musicgen.codes import delayed, delays, undelayed
from affectlab.music.musicgen.settings import StreamSettings


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """A description as the text encoder reads it.

    Parameters
    ----------
    hidden
        Shape (1, words, text width).
    mask
        Shape (1, words), 1 for words and 0 for padding.
    """

    hidden: Tensor
    mask: Tensor

    def with_nothing(self) -> Words:
        """Return these words and, as a second row, none: the unconditional half of guidance."""
        return Words(
            torch.cat([self.hidden, torch.zeros_like(self.hidden)]),
            torch.cat([self.mask, torch.zeros_like(self.mask)]),
        )


@torch.no_grad()  # type: ignore[untyped-decorator]
def write_on(
    model: Any,
    words: Words,
    prompt: Tensor,
    frames: int,
    settings: StreamSettings,
    generator: torch.Generator,
) -> Tensor:
    """Continue a prompt.

    Parameters
    ----------
    model
        A ``MusicgenForConditionalGeneration``.
    words
        What the music is described as.
    prompt
        Codes to go on from, shape (codebooks, n); n may be 0.
    frames
        Frames to write.
    settings
        Guidance, temperature and top_k.
    generator
        Of the draws.

    Returns
    -------
    Tensor
        Codes of prompt and continuation, shape (codebooks, n + frames).
    """
    late, pad = delays(model), int(model.config.decoder.pad_token_id)
    given, total = prompt.shape[1], prompt.shape[1] + frames
    whole = torch.cat([prompt, prompt.new_full((len(prompt), frames), -1)], dim=1)
    laid = delayed(whole[None], late, pad)[0]
    guided = settings.guidance > 1
    words = words.with_nothing() if guided else words
    cache, read = None, 0
    for place in range(1 + given, laid.shape[1]):
        step = laid[:, read:place].repeat(1 + guided, 1)
        output = model(
            encoder_outputs=(words.hidden,),
            attention_mask=words.mask,
            decoder_input_ids=step,
            past_key_values=cache,
            use_cache=True,
        )
        cache, read = output.past_key_values, place
        logits = output.logits[:, -1].float().unflatten(0, (1 + guided, -1))
        drawn = _draw(_guided(logits, settings.guidance), settings, generator)
        laid[:, place] = torch.where(laid[:, place] == -1, drawn, laid[:, place])
    return undelayed(laid[None], late, total)[0]


def _guided(logits: Tensor, scale: float) -> Tensor:
    """Move logits, shape (1 or 2, codebooks, codes), away from the unconditional (Ho and Salimans 2022)."""
    if len(logits) == 1:
        return logits[0]
    return logits[1] + scale * (logits[0] - logits[1])


def _draw(logits: Tensor, settings: StreamSettings, generator: torch.Generator) -> Tensor:
    """Draw a code for each codebook, shape (codebooks,)."""
    kept = logits.topk(min(settings.top_k, logits.shape[-1]), dim=-1)
    shares = torch.softmax(kept.values / settings.temperature, dim=-1)
    place = torch.multinomial(shares, 1, generator=generator)
    return kept.indices.gather(-1, place)[:, 0]
