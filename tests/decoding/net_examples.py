"""Made-up people whose alpha couples and grows at the back of the head in one of two states."""

import numpy as np

from affectlab.decoding.epochs import EpochInfo, Epochs, EpochTable
from affectlab.decoding.evaluation.method import Examples, Rest

CHANNELS = ("Fp1", "Fp2", "F3", "F4", "T7", "C3", "C4", "T8", "O1", "O2")
SFREQ = 125.0


def made_up_windows(rng, n, *, high, channels=CHANNELS, sfreq=SFREQ, seconds=4.0):
    times = np.arange(round(seconds * sfreq)) / sfreq
    data = 4 * rng.standard_normal((n, len(channels), len(times)))
    phase = rng.uniform(0, 2 * np.pi, (n, 1, 1))
    back = np.array([name.startswith(("O", "C")) for name in channels])[None, :, None]
    wave = np.sin(2 * np.pi * 10 * times + phase)
    return (data + (6.0 if not high else 2.0) * back * wave).astype(np.float32)


def made_up_examples(people=6, per_state=10, channels=CHANNELS, seed=0, labelled="arousal"):
    rng = np.random.default_rng(seed)
    data, rest, subject, label = [], {}, [], []
    for person in range(people):
        gain = np.float32(rng.uniform(0.5, 2))
        calm = gain * made_up_windows(rng, 2 * per_state, high=False, channels=channels)
        rest[f"s{person}"] = Rest(calm[:per_state], np.ones((per_state, len(channels)), np.float32))
        data += [calm[per_state:], gain * made_up_windows(rng, per_state, high=True, channels=channels)]
        subject += [f"s{person}"] * 2 * per_state
        label += [-0.4] * per_state + [0.4] * per_state
    return _examples(np.concatenate(data), rest, subject, np.array(label), channels, labelled)


def _examples(data, rest, subject, label, channels, labelled):
    n = len(label)
    words = {name: np.array([""] * n, dtype=object) for name in ("session", "stimulus", "state")}
    state = np.where(label > 0, "task", "rest")
    nothing = np.full(n, np.nan)
    table = EpochTable(
        subject=np.array(subject, dtype=object),
        session=words["session"],
        recording=np.array([f"{s}-{k}" for s, k in zip(subject, state, strict=True)], dtype=object),
        stimulus=words["stimulus"],
        state=np.array(state, dtype=object),
        start=2.0 * np.arange(n),
        stop=2.0 * np.arange(n) + 4,
        valence=label if labelled == "valence" else nothing,
        arousal=label if labelled == "arousal" else nothing,
        baseline=np.zeros(n, dtype=bool),
    )
    info = EpochInfo("made-up", SFREQ, tuple(channels), 4.0, 2.0, "made up", "CC0", True)
    return Examples(Epochs(info, table, data, np.ones(data.shape[:2], np.float32)), rest)
