"""What a network might say of one person: outputs whose relation to the truth is known."""

import numpy as np

from affectlab.decoding.personal import AxisOutput
from affectlab.decoding.personal_gain import Labelled

STEPS = (("calm", -0.4), ("busy", 0.4), ("slow", -0.4), ("quick", 0.4))
SECONDS = 30.0


def person(seed, *, bias=0.0, informative=0.0, noise=0.25, sd=0.3, embedding=6, quick=0.5):
    """Windows of 4 s: mean = label / 2 + bias + noise, and an embedding that tells the label, or not."""
    generator = np.random.default_rng(seed)
    stop, labels, steps = [], [], []
    for number, (step, label) in enumerate(STEPS):
        ends = number * (SECONDS + 5) + np.arange(4.0, SECONDS + 1e-9, quick)
        stop.extend(ends)
        labels.extend([label] * len(ends))
        steps.extend([step] * len(ends))
    labels, stop = np.array(labels), np.array(stop)
    means = np.clip(labels / 2 + bias + generator.normal(0, noise, len(labels)), -1, 1)
    embedded = generator.normal(size=(len(labels), embedding))
    embedded[:, 0] += informative * np.sign(labels)
    spread = np.full(len(labels), sd)
    high = 1 / (1 + np.exp(-4 * means))
    return Labelled(AxisOutput(means, spread, high, embedded), labels, steps, stop - 4.0, stop)
