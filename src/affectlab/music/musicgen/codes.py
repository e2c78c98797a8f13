"""MusicGen's delay pattern: each codebook one place later than the one before, all foreseen at once.

Stereo models have a left and a right codebook of every level, which share their delay.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


def delays(model: Any) -> list[int]:
    """Return the delay of each codebook, places."""
    config = model.config.decoder
    return [number // int(config.audio_channels) for number in range(config.num_codebooks)]


def delayed(codes: Tensor, late: list[int], pad: int) -> Tensor:
    """Lay codes out as the decoder reads them.

    Parameters
    ----------
    codes
        Shape (batch, codebooks, frames).
    late
        Delay of each codebook.
    pad
        Fills the places before and after.

    Returns
    -------
    Tensor
        Shape (batch, codebooks, frames + max(late) + 1): frame f of a codebook at place f + 1 + its delay.
    """
    batch, count, frames = codes.shape
    laid = codes.new_full((batch, count, frames + max(late) + 1), pad)
    for number, places in enumerate(late):
        laid[:, number, 1 + places : 1 + places + frames] = codes[:, number]
    return laid


def undelayed(laid: Tensor, late: list[int], frames: int) -> Tensor:
    """Take the codes out of the decoder's layout again, shape (batch, codebooks, frames)."""
    return torch.stack(
        [laid[:, number, 1 + places : 1 + places + frames] for number, places in enumerate(late)], dim=1
    )


def at_frames(foreseen: Tensor, late: list[int], frames: int) -> Tensor:
    """Take what each place foresees of the next one to the frame it is about.

    Parameters
    ----------
    foreseen
        Shape (batch, codebooks, places, ...), as the decoder returns it.
    late, frames
        As for `delayed`.

    Returns
    -------
    Tensor
        Shape (batch, codebooks, frames, ...).
    """
    return torch.stack(
        [foreseen[:, number, places : places + frames] for number, places in enumerate(late)], dim=1
    )
