"""How loud the music is, and a slow hand on the gain that keeps it from getting too loud."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from affectlab.errors import InvalidConfig
from affectlab.music.pcm import FLOOR_DBFS, SFREQ_AUDIO, Stereo
from affectlab.music.weighting import WeightingFilter, k_sections

HOP: Final = SFREQ_AUDIO // 10
"""Frames between two readings: 100 ms, the 75 % overlap of BS.1770's gating blocks."""

_MOMENTARY_HOPS: Final = 4
_SHORT_TERM_HOPS: Final = 30
_ABSOLUTE_GATE: Final = -70.0
_RELATIVE_GATE: Final = -10.0
_FALL_DB_PER_HOP: Final = 6.0
# How far one 100 ms may stand out before the 400 ms reading knows of it.
_ONSET_ALLOWANCE: Final = 3.0
_RISE_DB_PER_HOP: Final = 0.1


def lufs(mean_square: float) -> float:
    """Convert a K-weighted mean square, summed over channels, to loudness; silence reads `FLOOR_DBFS`."""
    return max(-0.691 + 10.0 * float(np.log10(max(mean_square, 1e-30))), FLOOR_DBFS)


class _Hops:
    """K-weighted mean square of each 100 ms, summed over both channels."""

    def __init__(self) -> None:
        self._filter = WeightingFilter(k_sections())
        self._energy = 0.0
        self.frames = 0
        self.mean_squares: list[float] = []

    def push(self, samples: Stereo) -> None:
        """Take frames that do not reach past the end of the current hop."""
        self._energy += float(self._filter.energy(samples).sum())
        self.frames += len(samples)
        if self.frames == HOP:
            self.mean_squares.append(self._energy / HOP)
            self._energy, self.frames = 0.0, 0

    def split(self, samples: Stereo) -> list[Stereo]:
        """Cut frames where hops end."""
        first = HOP - self.frames
        return [part for part in np.split(samples, range(first, len(samples), HOP)) if len(part)]

    def loudness(self, hops: int) -> float:
        """Loudness of the last `hops` hops; time before the stream counts as silence."""
        return lufs(sum(self.mean_squares[-hops:]) / hops)


class LoudnessMeter:
    """Momentary, short-term and integrated loudness of a stereo stream, in LUFS.

    Readings are renewed every 100 ms and do not depend on how the stream is cut into blocks.

    References
    ----------
    ITU-R BS.1770-4 (2015), Annex 1; EBU Tech 3341 (2016) for the time scales.
    """

    def __init__(self) -> None:
        self._hops = _Hops()

    def push(self, samples: Stereo) -> None:
        """Take the next frames, shape (frames, 2), at `SFREQ_AUDIO`."""
        for part in self._hops.split(samples):
            self._hops.push(part)

    @property
    def momentary(self) -> float:
        """Loudness of the last 400 ms."""
        return self._hops.loudness(_MOMENTARY_HOPS)

    @property
    def short_term(self) -> float:
        """Loudness of the last 3 s."""
        return self._hops.loudness(_SHORT_TERM_HOPS)

    @property
    def integrated(self) -> float:
        """Gated loudness since the start; `FLOOR_DBFS` while nothing has passed the gate."""
        blocks = _block_means(np.array(self._hops.mean_squares))
        audible = blocks[_loudness(blocks) > _ABSOLUTE_GATE]
        if not audible.size:
            return FLOOR_DBFS
        gate = lufs(float(audible.mean())) + _RELATIVE_GATE
        return lufs(float(audible[_loudness(audible) > gate].mean()))


def _block_means(hops: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean squares of the overlapping 400 ms gating blocks."""
    if len(hops) < _MOMENTARY_HOPS:
        return np.empty(0)
    return np.asarray(np.lib.stride_tricks.sliding_window_view(hops, _MOMENTARY_HOPS).mean(axis=1))


def _loudness(blocks: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(-0.691 + 10.0 * np.log10(np.maximum(blocks, 1e-30)))


class LoudnessCeiling:
    """Turn loud passages down slowly, so that short-term loudness settles at or below a ceiling.

    The gain follows the momentary loudness of the input: it falls by at most 60 dB/s and rises by at most
    1 dB/s, linearly in dB within each 100 ms, so that single notes are not pumped. A sudden rise passes for
    100 to 300 ms, which lifts short-term loudness over the ceiling for up to 3 s: by less than 2 LU when the
    rise is 6 LU, by less than 5 LU when it is 15 LU. Below the ceiling the output is the input, bit for bit.

    Parameters
    ----------
    ceiling_lufs
        In [-60, 0].

    Raises
    ------
    InvalidConfig
        If the ceiling is out of range.
    """

    def __init__(self, ceiling_lufs: float = -18.0) -> None:
        if not -60.0 <= ceiling_lufs <= 0.0:
            raise InvalidConfig(f"loudness ceiling must be in [-60, 0] LUFS, got {ceiling_lufs}")
        self._ceiling = ceiling_lufs
        self._hops = _Hops()
        self._from_db = 0.0
        self._to_db = 0.0

    @property
    def gain_db(self) -> float:
        """Gain at the end of the current 100 ms, at most 0."""
        return self._to_db

    def process(self, samples: Stereo) -> Stereo:
        """Return the next frames, shape (frames, 2), with the gain applied."""
        return np.concatenate([self._process(part) for part in self._hops.split(samples)])

    def _process(self, part: Stereo) -> Stereo:
        begin = self._hops.frames
        louder = self._apply(part, begin)
        self._hops.push(part)
        if self._hops.frames == 0:
            self._aim()
        return louder

    def _apply(self, part: Stereo, begin: int) -> Stereo:
        if self._from_db == self._to_db == 0.0:
            return part
        share = np.arange(begin + 1, begin + len(part) + 1) / HOP
        gain_db = self._from_db + (self._to_db - self._from_db) * share
        return part * (10.0 ** (gain_db / 20.0)).astype(np.float32)[:, None]

    def _aim(self) -> None:
        level = max(self._hops.loudness(_MOMENTARY_HOPS), self._hops.loudness(1) - _ONSET_ALLOWANCE)
        wanted = min(0.0, self._ceiling - level)
        self._from_db = self._to_db
        lowest, highest = self._from_db - _FALL_DB_PER_HOP, self._from_db + _RISE_DB_PER_HOP
        self._to_db = min(max(wanted, lowest), highest, 0.0)
        del self._hops.mean_squares[:-_MOMENTARY_HOPS]
