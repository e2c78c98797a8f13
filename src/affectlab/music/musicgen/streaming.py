"""An endless stream from MusicGen: overlapping windows of codes, decoded, joined and resampled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from affectlab.music.musicgen.attach import Attachment
from affectlab.music.musicgen.guide import Guide, globally, locally
from affectlab.music.musicgen.joining import Joiner, Resampler
from affectlab.music.musicgen.sampling import Words, write_on
from affectlab.music.musicgen.settings import STEP, StreamSettings
from affectlab.music.pcm import Stereo
from affectlab.music.score import MusicControl
from affectlab.music.sounding.describing import describe

Reader = Callable[[str], Words]


class MusicgenSource:
    """A `SoundSource` that writes one window after another.

    Each window begins with the codes that ended the one before, so nothing is encoded again. The global
    prefix follows the control from window to window; the local branch lets the target move inside a window,
    and remembers the course that the overlap was written under.

    Parameters
    ----------
    model
        A ``MusicgenForConditionalGeneration``.
    read
        Turns a description into words; kept for as long as the description stays.
    attachment
        Of the controller; None plays the model as it is, steered by its description alone.
    settings
        Windows and sampling.
    seed
        The same seed and controls give the same sound on one machine.
    name
        Of the model.
    """

    def __init__(
        self,
        model: Any,
        read: Reader,
        attachment: Attachment | None,
        *,
        settings: StreamSettings | None = None,
        seed: int = 0,
        name: str = "musicgen",
    ) -> None:
        self.name = name
        self._model, self._read, self._attachment = model, read, attachment
        self._settings = settings = settings or StreamSettings()
        codec = model.config.audio_encoder
        self._rate, self._sfreq = int(codec.frame_rate), int(codec.sampling_rate)
        self._channels = int(model.config.decoder.audio_channels)
        self._generator = torch.Generator(model.device).manual_seed(seed)
        self._joiner = Joiner(round(settings.fade * self._sfreq), round(settings.guard * self._sfreq))
        self._resampler = Resampler(self._sfreq, self._channels)
        empty = (model.config.decoder.num_codebooks, 0)
        self._codes = torch.zeros(empty, dtype=torch.long, device=model.device)
        self._course: NDArray[np.float32] | None = None
        self._said: tuple[str, Words] | None = None

    def next_chunk(self, control: MusicControl) -> Stereo:
        """Write the next window under `control` and return what it adds, shape (frames, 2), at 48 kHz."""
        overlap = self._settings.overlap if self._codes.shape[1] else 0.0
        seconds = self._settings.window - overlap
        prompt = self._codes[:, self._codes.shape[1] - round(overlap * self._rate) :]
        guide = self._guide(control, seconds, overlap)
        self._codes = self._write(control, guide, prompt, round(seconds * self._rate))
        window = self._decode(self._codes)
        joined = self._joiner.push(window, round(overlap * self._sfreq))
        frames = self._resampler.push(joined).T
        return np.ascontiguousarray(np.broadcast_to(frames, (len(frames), 2)))

    def close(self) -> None:
        """Take the controller off the model."""
        if self._attachment is not None:
            self._attachment.detach()

    def _guide(self, control: MusicControl, seconds: float, overlap: float) -> Guide:
        """Return the guide of a window: the course it begins with, then what `control` plans."""
        course = locally(control, seconds)
        if self._course is not None:
            course = np.concatenate([self._course[len(self._course) - round(overlap / STEP) :], course])
        self._course = course
        return Guide(globally(control), course)

    def _write(self, control: MusicControl, guide: Guide, prompt: Tensor, frames: int) -> Tensor:
        words = self._words(describe(control))
        settings, generator = self._settings, self._generator
        if self._attachment is None:
            return write_on(self._model, words, prompt, frames, settings, generator)
        with torch.no_grad(), self._attachment.guided_by(guide, guided=settings.guidance > 1):
            return write_on(self._model, words, prompt, frames, settings, generator)

    def _words(self, description: str) -> Words:
        if self._said is None or self._said[0] != description:
            self._said = (description, self._read(description))
        return self._said[1]

    @torch.no_grad()  # type: ignore[untyped-decorator]
    def _decode(self, codes: Tensor) -> NDArray[np.float32]:
        """Return the sound of codes of shape (codebooks, frames), shape (channels, samples)."""
        sides = [codes[side :: self._channels] for side in range(self._channels)]
        heard = [
            self._model.audio_encoder.decode(side[None, None], [None]).audio_values[0, 0] for side in sides
        ]
        samples = round(codes.shape[1] * self._sfreq / self._rate)
        whole: NDArray[np.float32] = torch.stack(heard)[:, :samples].float().cpu().numpy()
        return whole
