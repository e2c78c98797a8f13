"""Judging how far each channel of a window can be trusted, and saying why not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from affectlab.signals.conditioning import Conditioned
from affectlab.signals.window import ChannelQuality

Values = NDArray[np.float64]

_FRONTAL = ("Fp", "AF", "F7", "F8", "F9", "F10")


@dataclass(frozen=True, slots=True)
class Limits:
    """Where a fault begins to count and where its penalty is full: (begin, full, largest penalty).

    All limits are ours, set so that clean recordings of EEGMAT (PhysioNet, 10.13026/C2JQ1P) pass, except
    `blink`, whose begin is the usual peak-to-peak rejection limit of 100–150 µV (Luck 2014, chapter 6).

    Parameters
    ----------
    missing
        Share of the window without samples.
    flat
        Longest constant run, seconds.
    railed
        Share of the window stuck at the channel's extreme value.
    swing
        Peak to peak of the filtered signal, microvolts.
    blink
        Peak to peak of the filtered signal at frontal electrodes, microvolts.
    muscle
        Power of 25–45 Hz over that of 4–45 Hz.
    line
        Mains amplitude over that of 1–45 Hz; small penalty, since the notch takes it out.
    constant_microvolts
        Change from sample to sample below which a signal is constant; amplifiers' own noise is larger.
    rail_microvolts
        Peak to peak of the raw signal above which a repeated extreme value is the amplifier's limit.
    """

    missing: tuple[float, float, float] = (0.0, 0.25, 1.0)
    flat: tuple[float, float, float] = (0.2, 1.0, 1.0)
    railed: tuple[float, float, float] = (0.01, 0.1, 1.0)
    swing: tuple[float, float, float] = (200.0, 600.0, 1.0)
    blink: tuple[float, float, float] = (120.0, 300.0, 0.6)
    muscle: tuple[float, float, float] = (0.3, 0.55, 0.8)
    line: tuple[float, float, float] = (1.0, 6.0, 0.5)
    constant_microvolts: float = 0.05
    rail_microvolts: float = 150.0


@dataclass(frozen=True, slots=True, eq=False)
class _Evidence:
    samples: Conditioned
    sfreq: float
    line: float | None
    frontal: NDArray[np.bool_]
    limits: Limits

    def power(self) -> tuple[Values, Values]:
        """Frequencies in hertz and the raw window's power, shape (n_channels, n_freqs), Hann-tapered."""
        from scipy.fft import rfft

        raw = self.samples.raw
        # Single precision is ample for ratios of power, and twice as fast.
        centred = np.ascontiguousarray((raw - raw.mean(axis=0)).T, dtype=np.float32)
        spectrum = rfft(centred * np.hanning(len(raw)).astype(np.float32))
        frequencies = np.arange(spectrum.shape[-1], dtype=np.float64) * (self.sfreq / len(raw))
        return np.asarray(frequencies), np.asarray(spectrum.real**2 + spectrum.imag**2, dtype=np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class _Fault:
    """One kind of fault in all channels: penalty in [0, 1] and amount, each (n_channels,), and the words."""

    penalty: Values
    amount: Values
    words: Callable[[float], str]


class QualityJudge:
    """Scores the channels of windows.

    Parameters
    ----------
    channels
        10–20 names.
    sfreq
        Samples per second.
    line
        Mains frequency in hertz, or None when it is not to be judged.
    limits
        When a fault counts.
    """

    def __init__(
        self,
        channels: tuple[str, ...],
        sfreq: float,
        *,
        line: float | None = 50.0,
        limits: Limits | None = None,
    ) -> None:
        self._channels, self._sfreq = channels, sfreq
        self._line = line if line is not None and line + 1 < sfreq / 2 else None
        self._limits = limits or Limits()
        self._frontal = np.array([name.startswith(_FRONTAL) for name in channels])

    def assess(self, samples: Conditioned) -> tuple[ChannelQuality, ...]:
        """Judge one window, arrays of shape (n_samples, n_channels); one entry per channel."""
        evidence = _Evidence(samples, self._sfreq, self._line, self._frontal, self._limits)
        faults = _faults(evidence)
        penalties = np.array([fault.penalty for fault in faults])
        scores = np.prod(1 - penalties, axis=0)
        return tuple(
            ChannelQuality(name, score, _reasons(name, i, faults, penalties[:, i]) if score < 1 else ())
            for i, (name, score) in enumerate(zip(self._channels, scores.tolist(), strict=True))
        )


def _reasons(name: str, index: int, faults: list[_Fault], penalties: Values) -> tuple[str, ...]:
    worst_first = np.argsort(-penalties, kind="stable")
    return tuple(
        f"{name}: {faults[k].words(float(faults[k].amount[index]))}" for k in worst_first if penalties[k] > 0
    )


def _faults(evidence: _Evidence) -> list[_Fault]:
    missing = _missing(evidence)
    flat = _flat(evidence)
    railed = _railed(evidence)
    return [missing, flat, railed, *_swings(evidence), *_spectral(evidence)]


def _ramp(amount: Values, limit: tuple[float, float, float]) -> Values:
    begin, full, largest = limit
    return largest * np.clip((amount - begin) / (full - begin), 0, 1)


def _missing(evidence: _Evidence) -> _Fault:
    share = evidence.samples.missing.mean(axis=0)
    return _Fault(
        _ramp(share, evidence.limits.missing),
        share,
        lambda amount: f"no signal for {amount:.0%} of the window: check the connection",
    )


def _flat(evidence: _Evidence) -> _Fault:
    samples, limits = evidence.samples, evidence.limits
    same = np.abs(samples.raw[1:] - samples.raw[:-1]) < limits.constant_microvolts
    # A held value is flat by our own doing, which `_missing` reports.
    same &= ~samples.missing[1:]
    seconds = np.zeros(same.shape[1])
    long_enough = same.sum(axis=0) > limits.flat[0] * evidence.sfreq
    seconds[long_enough] = _longest_run(same[:, long_enough]) / evidence.sfreq
    return _Fault(
        _ramp(seconds, limits.flat), seconds, lambda amount: f"flat for {amount:.1f} s: check the electrode"
    )


def _longest_run(flags: NDArray[np.bool_]) -> Values:
    """Return the longest run of True down each column, shape (n_channels,)."""
    rows = np.arange(1, len(flags) + 1)[:, None]
    last_break = np.maximum.accumulate(np.where(flags, 0, rows), axis=0)
    return np.asarray((rows - last_break).max(axis=0), dtype=np.float64)


def _railed(evidence: _Evidence) -> _Fault:
    raw, limits = evidence.samples.raw, evidence.limits
    highest, lowest = raw.max(axis=0), raw.min(axis=0)
    share = np.zeros(len(highest))
    wide = highest - lowest > limits.rail_microvolts
    for extreme in (highest, lowest):
        share[wide] = np.maximum(share[wide], _stuck_at(raw[:, wide], extreme[wide]))
    return _Fault(
        _ramp(share, limits.railed),
        share,
        lambda amount: f"at the amplifier's limit for {amount:.0%} of the window: press the electrode on",
    )


def _stuck_at(raw: Values, extreme: Values) -> Values:
    """Return the share of samples that repeat the extreme value, shape (n_channels,)."""
    at_extreme = raw == extreme
    return np.asarray((at_extreme[1:] & at_extreme[:-1]).mean(axis=0))


def _swings(evidence: _Evidence) -> tuple[_Fault, _Fault]:
    swing = np.ptp(evidence.samples.filtered, axis=0)
    gross = _Fault(
        _ramp(swing, evidence.limits.swing),
        swing,
        lambda amount: f"swings of {amount:.0f} µV: movement or a loose electrode",
    )
    blink = _Fault(
        np.where(evidence.frontal, _ramp(swing, evidence.limits.blink), 0.0),
        swing,
        lambda amount: f"blink or eye movement of {amount:.0f} µV: keep the eyes still",
    )
    return gross, blink


def _spectral(evidence: _Evidence) -> tuple[_Fault, ...]:
    frequencies, power = evidence.power()
    fast, most = _band(frequencies, power, 25, 45), _band(frequencies, power, 4, 45)
    ratio = fast / np.maximum(most, np.finfo(float).tiny)
    muscle = _Fault(
        _ramp(ratio, evidence.limits.muscle),
        ratio,
        lambda amount: f"muscle activity ({amount:.0%} of the power above 25 Hz): relax jaw and forehead",
    )
    return (muscle,) if evidence.line is None else (muscle, _mains(evidence, frequencies, power))


def _mains(evidence: _Evidence, frequencies: Values, power: Values) -> _Fault:
    line = evidence.line or 0.0
    mains = _band(frequencies, power, line - 1, line + 1)
    brain = _band(frequencies, power, 1, 45)
    ratio = np.sqrt(mains / np.maximum(brain, np.finfo(float).tiny))
    return _Fault(
        _ramp(ratio, evidence.limits.line),
        ratio,
        lambda amount: f"{line:.0f} Hz mains noise {amount:.1f} times the EEG: improve the contact",
    )


def _band(frequencies: Values, power: Values, low: float, high: float) -> Values:
    return np.asarray(power[:, (frequencies >= low) & (frequencies <= high)].sum(axis=1))
