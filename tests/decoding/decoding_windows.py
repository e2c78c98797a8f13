"""Synthetic windows for the tests of the decoders."""

import numpy as np

from affectlab.signals.montage import positions
from affectlab.signals.window import ChannelQuality, Window

HEADBAND = ("TP9", "AF7", "AF8", "TP10")
TEN_TWENTY = (
    *("Fp1", "Fp2", "F7", "F3", "Fz", "F4", "F8", "T7", "C3", "Cz"),
    *("C4", "T8", "P7", "P3", "Pz", "P4", "P8", "O1", "O2"),
)
RIGHT = {"Fp2", "F4", "F8", "AF8", "AF4"}
LEFT = {"Fp1", "F3", "F7", "AF7", "AF3"}


def make_window(data, channels, *, scores=None, time=4.0, sfreq=250.0) -> Window:
    scores = (1.0,) * len(channels) if scores is None else scores
    quality = tuple(ChannelQuality(name, score) for name, score in zip(channels, scores, strict=True))
    return Window(np.asarray(data, dtype=float), sfreq, tuple(channels), time, quality)


def oscillation(frequency, amplitude=10.0, seconds=4.0, sfreq=250.0):
    return amplitude * np.sin(2 * np.pi * frequency * np.arange(round(seconds * sfreq)) / sfreq)


class Person:
    """Band-limited noise whose alpha and beta answer to affect, plus white noise.

    `arousal_effect` is the change of ln(beta/alpha), `valence_effect` of ln(right/left alpha), per unit;
    `spread` how far a source is seen over the head, in head radii, 0 for electrodes on their own.
    """

    def __init__(
        self, seed, channels=TEN_TWENTY, sfreq=250.0, arousal_effect=0.5, valence_effect=0.5, spread=0.0
    ):
        self.generator = np.random.default_rng(seed)
        self.channels, self.sfreq = channels, sfreq
        self.arousal_effect, self.valence_effect = arousal_effect, valence_effect
        self.alpha_gain = self.generator.lognormal(0, 0.5, len(channels))
        self.mixing = np.eye(len(channels)) if not spread else mixing(channels, spread)

    def window(self, time, valence=0.0, arousal=0.0, *, seconds=4.0, scores=None):
        samples = round(seconds * self.sfreq)
        side = np.array([(name in RIGHT) - (name in LEFT) for name in self.channels])
        alpha = self.alpha_gain * np.exp(
            (-arousal * self.arousal_effect + side * valence * self.valence_effect) / 4
        )
        beta = np.exp(arousal * self.arousal_effect / 4) * np.ones(len(self.channels))
        data = 20 * alpha[:, None] * self._band(samples, 8, 13) + 12 * beta[:, None] * self._band(
            samples, 13, 30
        )
        data = self.mixing @ data + self.generator.normal(0, 1, data.shape)
        return make_window(data, self.channels, scores=scores, time=time, sfreq=self.sfreq)

    def _band(self, samples, low, high):
        frequencies = np.fft.rfftfreq(samples, 1 / self.sfreq)
        spectrum = np.fft.rfft(self.generator.normal(size=(len(self.channels), samples)))
        return np.fft.irfft(spectrum * ((frequencies >= low) & (frequencies < high)), samples)


def mixing(channels, spread):
    """How sources under the electrodes are seen by all of them, shape (channels, channels)."""
    places = positions(channels)
    near = np.exp(-((places[:, None] - places[None]) ** 2).sum(axis=-1) / (2 * spread**2))
    return near / np.linalg.norm(near, axis=1, keepdims=True)


def rest(decoder, person, seconds=60.0, *, step=0.5, **kwargs):
    """Let the decoder see windows that end every `step` seconds up to `seconds`."""
    for time in np.arange(4.0, seconds + 1e-9, step):
        decoder.observe_rest(person.window(time, **kwargs))
