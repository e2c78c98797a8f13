"""Clips into what the encoders take, once, through the same files and processors as at test time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from architecture import FRAMES, make_feature_extractor, make_image_processor
from numpy.typing import NDArray

from affectlab.bench.emomm.clip import Clip
from affectlab.bench.emomm.synth.voice import RATE
from affectlab.models.media import read_audio, read_video


@dataclass(frozen=True, slots=True)
class Features:
    """Inputs of the encoders for `n` clips.

    Parameters
    ----------
    mel
        Shape (n, bins, mel frames), float16.
    patches
        Shape (n, FRAMES, patches, pixels), float16.
    """

    mel: NDArray[np.float16]
    patches: NDArray[np.float16]


def extract(clips: Sequence[Clip], done: Callable[[int], None], workers: int = 2) -> Features:
    """Decode and process every clip; `done` is called with the number finished."""
    mels, patches = [], []
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        for mel, patch in pool.map(_of_clip, clips, chunksize=32):
            mels.append(mel)
            patches.append(patch)
            done(len(mels))
    return Features(np.stack(mels), np.stack(patches))


def cached(path: Path, make: Callable[[], Features]) -> Features:
    """Return the features kept in `path`, or make and keep them."""
    if not path.exists():
        features = make()
        np.savez(path.with_suffix(".part.npz"), mel=features.mel, patches=features.patches)
        path.with_suffix(".part.npz").replace(path)
    with np.load(path) as content:
        return Features(content["mel"], content["patches"])


def _of_clip(clip: Clip) -> tuple[NDArray[np.float16], NDArray[np.float16]]:
    return _mel(clip), _patches(clip)


def _mel(clip: Clip) -> NDArray[np.float16]:
    sound = read_audio(clip.audio, RATE)
    # Asked for in the call: asked for at construction, the mask counts samples instead of mel frames.
    given = make_feature_extractor()(
        sound, sampling_rate=RATE, return_tensors="np", return_attention_mask=True
    )
    kept = int(given["attention_mask"][0].sum())
    return given["input_features"][0, :, :kept].astype(np.float16)


def _patches(clip: Clip) -> NDArray[np.float16]:
    pictures = list(read_video(clip.video, FRAMES).pictures)
    given = make_image_processor()(pictures, return_tensors="np")["pixel_values"]
    return given.reshape(FRAMES, -1, given.shape[-1]).astype(np.float16)
