"""CLAP embeddings of sound and the Fréchet distance of their distributions, where a model is at hand.

CLAP: Wu, Chen, Zhang, Hui, Berg-Kirkpatrick & Dubnov (2023), Large-scale contrastive language-audio
pretraining, ICASSP. No model comes with affectlab: a folder is named that `ClapModel.save_pretrained` and
`ClapFeatureExtractor.save_pretrained` wrote.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from affectlab.errors import MissingExtra, UnreadableFile
from affectlab.models.hf.quiet import quieten
from affectlab.music.evaluation.emopia import Clip
from affectlab.music.evaluation.sound import SFREQ_PIANO, piano

ABSENT: Final = "no FAD: no CLAP model was given; name its folder with --clap"
_SECONDS: Final = 10

Matrix = NDArray[np.float64]


class ClapEar:
    """Hears sound as CLAP does.

    Parameters
    ----------
    folder
        With the model in safetensors and its feature extractor.

    Raises
    ------
    MissingExtra
        If transformers or torch is not installed.
    UnreadableFile
        If the folder holds no CLAP model.
    """

    def __init__(self, folder: Path) -> None:
        try:
            import torch
            from transformers import ClapFeatureExtractor, ClapModel
        except ImportError as error:
            raise MissingExtra("transformers", "bench") from error
        quieten()
        if not (folder / "config.json").is_file():
            raise UnreadableFile(f"{folder} holds no CLAP model: no config.json; give the folder of one")
        try:
            self._extractor: Any = ClapFeatureExtractor.from_pretrained(folder, local_files_only=True)
            self._model: Any = ClapModel.from_pretrained(folder, local_files_only=True, use_safetensors=True)
        except (OSError, ValueError) as error:
            raise UnreadableFile(f"{folder} holds no whole CLAP model: {error}") from error
        self._model.eval()
        self._torch: Any = torch

    def embed(self, sounds: Iterable[NDArray[np.float32]]) -> Matrix:
        """Return an embedding of length 1 for each ten seconds of each sound.

        Parameters
        ----------
        sounds
            Mono at `SFREQ_PIANO`; what is left after the last ten seconds is not heard, unless it is all.

        Returns
        -------
        NDArray
            Shape (stretches, d).
        """
        return np.concatenate([self._embedded(part) for sound in sounds for part in _stretches(sound)])

    def _embedded(self, sound: NDArray[np.float32]) -> Matrix:
        from scipy.signal import resample_poly

        sfreq = self._extractor.sampling_rate
        heard = resample_poly(sound, sfreq, SFREQ_PIANO).astype(np.float32)
        inputs = self._extractor(heard, sampling_rate=sfreq, return_tensors="pt")
        with self._torch.inference_mode():
            output = self._model.get_audio_features(**inputs)
        features = output if isinstance(output, self._torch.Tensor) else output.pooler_output
        rows = features.double().numpy()
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True))


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """CLAP, and what it hears in music by people.

    Parameters
    ----------
    ear
        The model.
    embeddings
        Of music by people, shape (n, d).
    """

    ear: ClapEar
    embeddings: Matrix

    @classmethod
    def of(cls, ear: ClapEar, clips: Sequence[Clip], most: int = 200) -> Self:
        """Hear up to `most` clips, spread evenly, on the same piano as the takes."""
        step = max(len(clips) // most, 1)
        return cls(ear, ear.embed(piano(clip.notes, clip.seconds) for clip in clips[::step][:most]))


def _stretches(sound: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    length = _SECONDS * SFREQ_PIANO
    whole = max(len(sound) // length, 1)
    return [sound[number * length : (number + 1) * length] for number in range(whole)]
