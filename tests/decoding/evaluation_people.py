"""Small synthetic data sets for the tests of evaluation."""

import numpy as np

from affectlab.decoding.epochs import EpochInfo, Epochs, EpochTable

CHANNELS = ("Fp1", "Fp2", "F3", "F4", "F7", "F8", "C3", "C4", "T7", "T8", "O1", "O2")


def words(values):
    return np.array(list(values), dtype=object)


def table(rows) -> EpochTable:
    """Rows are dicts of columns; what is not given is empty, unknown or False."""
    n = len(rows)

    def column(name, default):
        return [row.get(name, default) for row in rows]

    names = {
        name: words(column(name, "")) for name in ("subject", "session", "recording", "stimulus", "state")
    }
    numbers = {
        name: np.array(column(name, np.nan), float) for name in ("start", "stop", "valence", "arousal")
    }
    assert n == len(numbers["start"])
    return EpochTable(**names, **numbers, baseline=np.array(column("baseline", False), bool))


def recording(subject, name, seconds, arousal, *, length=4.0, step=2.0, **more):
    """Return the windows of one recording."""
    starts = np.arange(0, seconds - length + 1e-9, step)
    fixed = {"subject": subject, "recording": f"{subject}-{name}", "arousal": arousal, **more}
    return [{**fixed, "start": start, "stop": start + length} for start in starts]


def rest_and_task(people=6, *, rest=60.0, task=30.0) -> EpochTable:
    """As in EEGMAT: one recording of rest, one of a task, each person."""
    rows = []
    for number in range(people):
        rows += recording(f"p{number}", "rest", rest, -0.4, state="rest", baseline=True)
        rows += recording(f"p{number}", "task", task, 0.4, state="task", stimulus="sums")
    return table(rows)


def trials(people=4, stimuli=6, *, seconds=12.0, seed=0) -> EpochTable:
    """As in DEAP: each stimulus a recording of its own, rated by each person."""
    generator = np.random.default_rng(seed)
    rows = []
    for number in range(people):
        for stimulus in range(stimuli):
            rating = float(generator.choice([-0.5, 0.5]) if stimulus > 1 else (-0.5, 0.5)[stimulus])
            rows += recording(f"p{number}", f"s{stimulus}", seconds, rating, stimulus=f"clip{stimulus}")
    return table(rows)


def epochs_of(about: EpochTable, *, effect=0.0, seed=0, sfreq=125.0, channels=CHANNELS, gains=0.3) -> Epochs:
    """White noise with alpha that falls by a factor exp(effect) where arousal is high, people of any gain."""
    generator = np.random.default_rng(seed)
    n, samples = len(about), round(4 * sfreq)
    gain = {name: np.exp(generator.normal(0, gains)) for name in dict.fromkeys(about.subject.tolist())}
    time = np.arange(samples) / sfreq
    phase = generator.uniform(0, 2 * np.pi, (n, len(channels), 1))
    amplitude = 6 * np.exp(-effect * (about.arousal > 0) + generator.normal(0, 0.1, n))[:, None, None]
    data = generator.normal(0, 5, (n, len(channels), samples)) + amplitude * np.sin(
        2 * np.pi * 10 * time + phase
    )
    data *= np.array([gain[name] for name in about.subject.tolist()])[:, None, None]
    info = EpochInfo(
        "made-up", sfreq, channels, 4.0, 2.0, "synthetic", "none", ships=False, sha256=f"{seed}-{effect}"
    )
    return Epochs(info, about, data.astype(np.float32), np.ones((n, len(channels)), np.float32))
