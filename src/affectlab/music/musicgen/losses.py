"""The loss of MindMelody (arXiv 2605.01235).

L_gen + λ1 L_EEG + λ2 L_text-audio + λ3 L_emotion-align + λ4 L_ctrl. The paper names the terms and gives no
weights; how each is computed is ours. Only L_gen needs nothing but the base model. The others need judges
that the user supplies: frozen, differentiable networks that look at the expected latents of the codec, which
are the codebook vectors weighed by what the decoder foresees.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from affectlab.errors import InvalidConfig
from affectlab.music.musicgen.codes import at_frames, delayed, delays
from affectlab.music.musicgen.guide import LOCAL
from affectlab.music.musicgen.sampling import Words


@dataclass(frozen=True, slots=True)
class LossWeights:
    """λ1 to λ4; a term of weight 0 is not computed."""

    eeg: float = 0.0
    text_audio: float = 0.0
    emotion: float = 0.0
    control: float = 0.0

    def __post_init__(self) -> None:
        for field in fields(self):
            if getattr(self, field.name) < 0:
                raise InvalidConfig(
                    f"weight of the {field.name} loss is {getattr(self, field.name)}; expected 0 or more"
                )


@dataclass(frozen=True, slots=True)
class Judges:
    """What listens to the expected latents of a batch, shape (batch, frames, latent width).

    Parameters
    ----------
    affect
        Returns valence and arousal in [-1, 1], shape (batch, 2); for L_EEG and L_emotion-align.
    likeness
        Is given the descriptions too and returns their likeness to the music in [-1, 1], shape (batch,); for
        L_text-audio.
    loudness
        Returns loudness in [0, 1], shape (batch, frames); for L_ctrl.
    """

    affect: Callable[[Tensor], Tensor] | None = None
    likeness: Callable[[Tensor, Sequence[str]], Tensor] | None = None
    loudness: Callable[[Tensor], Tensor] | None = None

    def check(self, weights: LossWeights) -> None:
        """Raise `InvalidConfig` if a weighed term has nobody to judge it."""
        needed = {"eeg": "affect", "text_audio": "likeness", "emotion": "affect", "control": "loudness"}
        for term, judge in needed.items():
            if getattr(weights, term) and getattr(self, judge) is None:
                raise InvalidConfig(
                    f"the {term} loss has weight {getattr(weights, term)} and no judge of {judge}; give one "
                    "by 'judges' or set the weight to 0"
                )


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Music to learn from.

    Parameters
    ----------
    codes
        Shape (batch, codebooks, frames).
    words
        One row for each piece.
    descriptions
        The same as text.
    globally, locally
        Guides of the pieces, shapes (batch, 3) and (batch, L, 6).
    """

    codes: Tensor
    words: Words
    descriptions: tuple[str, ...]
    globally: Tensor
    locally: Tensor


def foresee(model: Any, batch: Batch) -> Tensor:
    """Return the logits of each frame's codes, shape (batch, codebooks, frames, codes)."""
    late, pad = delays(model), int(model.config.decoder.pad_token_id)
    read = delayed(batch.codes, late, pad)[..., :-1]
    output = model(
        encoder_outputs=(batch.words.hidden,),
        attention_mask=batch.words.mask,
        decoder_input_ids=read.flatten(0, 1),
        use_cache=False,
    )
    logits = output.logits.unflatten(0, (len(batch.codes), -1))
    return at_frames(logits, late, batch.codes.shape[-1])


def total_loss(
    model: Any, batch: Batch, logits: Tensor, weights: LossWeights, judges: Judges
) -> tuple[Tensor, dict[str, float]]:
    """Return the weighed sum and each computed term by its name.

    Parameters
    ----------
    model, batch
        What foresaw what.
    logits
        From `foresee`, made while the batch's guides were in force.
    weights, judges
        Of the terms beside L_gen.
    """
    terms = {"gen": functional.cross_entropy(logits.float().flatten(0, 2), batch.codes.flatten())}
    if any(getattr(weights, field.name) for field in fields(weights)):
        latents = expected_latents(model, logits)
        terms |= _judged(batch, latents, weights, judges)
    total = terms["gen"] + sum(
        (getattr(weights, name) * term for name, term in terms.items() if name != "gen"), torch.zeros(())
    ).to(terms["gen"])
    return total, {name: float(term.detach()) for name, term in terms.items()}


def expected_latents(model: Any, logits: Tensor) -> Tensor:
    """Return the codec's latents as foreseen, shape (batch, frames, width); the mean of both sides."""
    channels = int(model.config.decoder.audio_channels)
    books = [layer.codebook.embed for layer in model.audio_encoder.quantizer.layers]
    shares = torch.softmax(logits.float(), dim=-1)
    levels = [shares[:, number] @ books[number // channels].float() for number in range(logits.shape[1])]
    return torch.stack(levels).sum(dim=0) / channels


def _judged(batch: Batch, latents: Tensor, weights: LossWeights, judges: Judges) -> dict[str, Tensor]:
    terms: dict[str, Tensor] = {}
    if weights.eeg or weights.emotion:
        affect = _given(judges.affect)(latents)
        if weights.emotion:
            terms["emotion"] = functional.mse_loss(affect, batch.globally[:, :2])
        if weights.eeg:
            terms["eeg"] = _towards_felt(affect, batch.locally)
    if weights.text_audio:
        terms["text_audio"] = (1 - _given(judges.likeness)(latents, batch.descriptions)).mean()
    if weights.control:
        planned = batch.locally[..., LOCAL.index("dynamics")]
        course = functional.interpolate(planned[:, None], latents.shape[1], mode="linear")[:, 0]
        terms["control"] = functional.mse_loss(_given(judges.loudness)(latents), course)
    return terms


def _towards_felt(affect: Tensor, locally: Tensor) -> Tensor:
    """Return the distance from what listeners felt, over the pieces where that is known."""
    felt = locally[..., 3:5].mean(dim=1)
    known = locally[..., 5].amin(dim=1)
    distance = (affect - felt).square().mean(dim=1)
    return (distance * known).sum() / known.sum().clamp(min=1)


def _given(judge: Callable[..., Tensor] | None) -> Callable[..., Tensor]:
    if judge is None:
        raise AssertionError("Judges.check has been called")
    return judge
