"""Excerpts of rated recordings, drawn at random, with the guides they should have been written by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from affectlab.music.musicgen.corpus import Recording
from affectlab.music.musicgen.guide import LOCAL
from affectlab.music.musicgen.losses import Batch
from affectlab.music.musicgen.sampling import Words
from affectlab.music.musicgen.settings import STEP
from affectlab.music.musicgen.streaming import Reader


class Excerpts:
    """Draws batches from recordings.

    Parameters
    ----------
    recordings
        At least `seconds` long each.
    model
        Whose device the batches go to.
    read
        Turns a description into words; each is read once.
    seconds
        Of an excerpt, a multiple of the step.
    """

    def __init__(self, recordings: Sequence[Recording], model: Any, read: Reader, seconds: float) -> None:
        self._recordings, self._model, self._read = recordings, model, read
        self._steps = round(seconds / STEP)
        self._frames_per_step = STEP * int(model.config.audio_encoder.frame_rate)
        self._known: dict[str, Words] = {}

    def draw(self, random: np.random.Generator, count: int, undescribed: float) -> Batch:
        """Draw excerpts.

        Parameters
        ----------
        random
            Decides everything about the batch.
        count
            Excerpts.
        undescribed
            Share whose description is left out.
        """
        chosen = [self._recordings[number] for number in random.integers(len(self._recordings), size=count)]
        firsts = [int(random.integers(len(one.dynamics) - self._steps + 1)) for one in chosen]
        said = [one.rating.description if random.random() >= undescribed else "" for one in chosen]
        device = self._model.device
        return Batch(
            torch.stack([self._codes(*one) for one in zip(chosen, firsts, strict=True)]).to(device),
            _padded([self._words(text) for text in said]),
            tuple(said),
            torch.tensor([_globally(one) for one in chosen], dtype=torch.float32, device=device),
            torch.stack([self._course(*one) for one in zip(chosen, firsts, strict=True)]).to(device),
        )

    def _codes(self, recording: Recording, first: int) -> Tensor:
        begin = round(first * self._frames_per_step)
        frames = round(self._steps * self._frames_per_step)
        return torch.from_numpy(recording.codes[:, begin : begin + frames])

    def _course(self, recording: Recording, first: int) -> Tensor:
        rows = torch.zeros(self._steps, len(LOCAL))
        rows[:, :2] = torch.tensor(recording.rating.affect)
        rows[:, 2] = torch.from_numpy(recording.dynamics[first : first + self._steps])
        if recording.rating.felt is not None:
            rows[:, 3:] = torch.tensor([*recording.rating.felt, 1.0])
        return rows

    def _words(self, text: str) -> Words:
        if text not in self._known:
            self._known[text] = self._read(text)
        return self._known[text]


def _globally(recording: Recording) -> list[float]:
    """Return the global part; density is in the middle where it was not rated."""
    density = recording.rating.density
    return [*recording.rating.affect, 0.0 if density is None else 2 * density - 1]


def _padded(rows: list[Words]) -> Words:
    """Put descriptions of different length into one batch."""
    longest = max(row.mask.shape[1] for row in rows)
    pad = [longest - row.mask.shape[1] for row in rows]
    hidden = [torch.nn.functional.pad(row.hidden, (0, 0, 0, n)) for row, n in zip(rows, pad, strict=True)]
    mask = [torch.nn.functional.pad(row.mask, (0, n)) for row, n in zip(rows, pad, strict=True)]
    return Words(torch.cat(hidden), torch.cat(mask))
