"""A decoder's weights whose answers are known: arousal from beta over alpha, both in units of rest."""

import numpy as np

from affectlab.decoding.spectra import FINE_BANDS
from affectlab.decoding.weights import Output

ALPHA = [index for index, (low, high) in enumerate(FINE_BANDS) if low >= 8 and high <= 13]
BETA = [index for index, (low, high) in enumerate(FINE_BANDS) if low >= 13 and high <= 30]


class StandInWeights:
    """Answers like a network would; `distance` and `sd` are as told."""

    def __init__(self, *, axes=("arousal",), sd=0.3, distance=0.5, gain=0.5, bias=0.0, sha256="a" * 64):
        self.axes, self.sha256, self.sfreq = axes, sha256, 125.0
        self.sd, self.distance, self.gain, self.bias = sd, distance, gain, bias
        self.seen = []

    def run(self, inputs):
        self.seen.append(inputs)
        power = inputs.patches.mean(axis=2)  # (n, channels, features)
        each = power[..., BETA].mean(axis=-1) - power[..., ALPHA].mean(axis=-1)
        score = (each * inputs.weight).sum(axis=1) / inputs.weight.sum(axis=1)
        arousal = np.clip(np.tanh(self.gain * score) + self.bias, -1, 1)
        n = len(score)
        mean = np.column_stack([np.zeros(n), arousal])
        covariance = np.tile(np.eye(2) * self.sd**2, (n, 1, 1))
        embedding = np.column_stack([score, score**2, power.mean(axis=(1, 2))])
        high = 1 / (1 + np.exp(-6 * mean))
        return Output(
            mean.astype(np.float32),
            covariance.astype(np.float32),
            np.repeat(mean[:, None], 4, axis=1).astype(np.float32),
            high.astype(np.float32),
            embedding.astype(np.float32),
            np.full(n, self.distance, dtype=np.float32),
        )
