"""Rated recordings as codes: a folder of audio and a table, encoded once by the model's own codec."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file
from scipy.signal import resample_poly

from affectlab.errors import InvalidData, MissingExtra, UnreadableFile
from affectlab.files import writing
from affectlab.manifest import sha256
from affectlab.music.musicgen.adapter import base_print
from affectlab.music.musicgen.loudness import dynamics_from, step_loudness
from affectlab.music.musicgen.settings import STEP

Progress = Callable[[int, int, str], None]
TABLE: Final = "ratings.csv"


@dataclass(frozen=True, slots=True)
class Rating:
    """One row of the table.

    Parameters
    ----------
    file
        Name of the recording inside the folder.
    affect
        Valence and arousal in [-1, 1].
    density
        In [0, 1], or None.
    felt
        Valence and arousal that listeners felt, or None.
    description
        In words; may be empty.
    """

    file: str
    affect: tuple[float, float]
    density: float | None
    felt: tuple[float, float] | None
    description: str


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """A rated recording as codes, shape (codebooks, frames), with dynamics in [0, 1] of each step."""

    rating: Rating
    codes: NDArray[np.int64]
    dynamics: NDArray[np.float32]


def read_ratings(folder: Path) -> list[Rating]:
    """Read ``ratings.csv``.

    Its columns are file, valence and arousal, and if wanted density, felt_valence, felt_arousal, description.
    Valence and arousal are on the scale of 1 to 9 if any of the table is above 1, in [-1, 1] otherwise.

    Raises
    ------
    UnreadableFile
        If there is no such table.
    InvalidData
        If a row cannot be used; it is named.
    """
    path = folder / TABLE
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableFile(
            f"{path}: {error}; expected a table with columns file, valence, arousal"
        ) from error
    if not rows or not {"file", "valence", "arousal"} <= set(rows[0]):
        raise InvalidData(f"{path} has no rows or lacks a column; expected file, valence, arousal")
    nine = any(_number(row, name, path) > 1 for row in rows for name in ("valence", "arousal"))
    return [_rating(row, nine, folder) for row in rows]


def encode(model: Any, folder: Path, cache: Path, seconds: float, *, progress: Progress) -> list[Recording]:
    """Encode every rated recording of at least `seconds`, reading what the cache holds already.

    Parameters
    ----------
    model
        Its codec encodes.
    folder
        With recordings and table.
    cache
        Where codes are kept, by hash of recording and model.
    seconds
        Shortest recording that is used.
    progress
        Told the recordings done, all, and the name.

    Raises
    ------
    InvalidData
        If no recording is long enough.
    """
    ratings, found = read_ratings(folder), []
    known = base_print(model)
    for number, rating in enumerate(ratings, 1):
        path = folder / rating.file
        arrays = _cached(cache / f"{sha256(path)[:24]}-{known}.safetensors", model, path)
        progress(number, len(ratings), rating.file)
        if len(arrays["loudness"]) * STEP >= seconds:
            found.append((rating, arrays))
    if not found:
        raise InvalidData(f"{folder} has no recording of {seconds} s or more; give longer ones")
    everywhere = np.concatenate([arrays["loudness"] for _, arrays in found])
    return [
        Recording(rating, arrays["codes"], dynamics_from(arrays["loudness"], everywhere))
        for rating, arrays in found
    ]


def _cached(path: Path, model: Any, recording: Path) -> Mapping[str, NDArray[Any]]:
    if path.is_file():
        try:
            return load_file(path)
        except SafetensorError as error:
            raise UnreadableFile(f"{path} is damaged ({error}); remove it to encode again") from error
    sfreq = int(model.config.audio_encoder.sampling_rate)
    samples = _samples(recording, sfreq, int(model.config.decoder.audio_channels))
    arrays = {"codes": _codes(model, samples), "loudness": step_loudness(samples, sfreq)}
    with writing(path) as temporary:
        save_file(arrays, temporary)
    return arrays


@torch.no_grad()  # type: ignore[untyped-decorator]
def _codes(model: Any, samples: NDArray[np.float32]) -> NDArray[np.int64]:
    """Encode each channel by itself, shape (codebooks, frames), left and right of a level side by side."""
    sides = torch.from_numpy(samples)[:, None].to(device=model.device, dtype=model.audio_encoder.dtype)
    codes = model.audio_encoder.encode(sides).audio_codes[0]
    whole: NDArray[np.int64] = codes.transpose(0, 1).flatten(0, 1).cpu().numpy()
    return np.ascontiguousarray(whole)


def _samples(path: Path, sfreq: int, channels: int) -> NDArray[np.float32]:
    """Read a recording at `sfreq` with `channels` channels, shape (channels, n)."""
    try:
        import soundfile
    except ImportError:
        raise MissingExtra("soundfile", "live") from None
    try:
        samples, found = soundfile.read(path, dtype="float32", always_2d=True)
    except (OSError, soundfile.LibsndfileError) as error:
        raise UnreadableFile(f"{path}: {error}; expected a recording that libsndfile reads") from error
    if channels == 1:
        samples = samples.mean(axis=1, keepdims=True)
    elif samples.shape[1] != channels:
        samples = np.repeat(samples.mean(axis=1, keepdims=True), channels, axis=1)
    if found != sfreq:
        samples = resample_poly(samples, sfreq, found, axis=0)
    return np.ascontiguousarray(samples.T, dtype=np.float32)


def _rating(row: Mapping[str, str], nine: bool, folder: Path) -> Rating:
    path = folder / TABLE
    if not (folder / row["file"]).is_file():
        raise InvalidData(f"{path} names {row['file']!r}, which is not in its folder; add it or take it out")
    density = _number(row, "density", path) if row.get("density") else None
    felt = None
    if row.get("felt_valence") and row.get("felt_arousal"):
        felt = _axis(row, "felt_valence", nine, path), _axis(row, "felt_arousal", nine, path)
    affect = _axis(row, "valence", nine, path), _axis(row, "arousal", nine, path)
    return Rating(row["file"], affect, density, felt, row.get("description") or "")


def _axis(row: Mapping[str, str], name: str, nine: bool, path: Path) -> float:
    given = _number(row, name, path)
    value = (given - 5) / 4 if nine else given
    if not -1 <= value <= 1:
        raise InvalidData(
            f"{path}: {name} of {row['file']} is {given}; expected {'1 to 9' if nine else '-1 to 1'}"
        )
    return value


def _number(row: Mapping[str, str], name: str, path: Path) -> float:
    try:
        return float(row[name])
    except ValueError:
        raise InvalidData(
            f"{path}: {name} of {row.get('file')} is {row[name]!r}; expected a number"
        ) from None
