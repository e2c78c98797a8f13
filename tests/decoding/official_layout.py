"""Small data sets in exactly the layouts their publishers ship, filled with noise."""

import json
import pickle
from pathlib import Path

import numpy as np
from scipy.io import savemat

from affectlab.decoding.datasets import deap, dreamer, faced, seed

# fmt: off
EEGMAT_CHANNELS = (
    "EEG Fp1", "EEG Fp2", "EEG F3", "EEG F4", "EEG F7", "EEG F8", "EEG T3", "EEG T4", "EEG C3", "EEG C4",
    "EEG T5", "EEG T6", "EEG P3", "EEG P4", "EEG O1", "EEG O2", "EEG Fz", "EEG Cz", "EEG Pz",
    "EEG A2-A1", "ECG ECG",
)
# fmt: on


def noise(*shape: int, microvolts: float = 10.0, at: int = 0) -> np.ndarray:
    """Return white noise, float32, the same for the same `at`."""
    return np.random.default_rng(at).standard_normal(shape, dtype=np.float32) * np.float32(microvolts)


def edf(data: np.ndarray, sfreq: int, labels: tuple[str, ...]) -> bytes:
    """Return microvolts, shape (n_channels, n_samples), as an EDF file of one-second records."""
    count, seconds = len(labels), data.shape[1] // sfreq
    head = f"{'0':<8}{'X':<80}{'X':<80}{'01.01.20'}{'00.00.00'}{256 * (count + 1):<8}{'':<44}"
    head += f"{seconds:<8}{1:<8}{count:<4}" + "".join(f"{label:<16}" for label in labels)
    for text, width in (("", 80), ("uV", 8), (-3276.8, 8), (3276.7, 8), (-32768, 8), (32767, 8), ("", 80)):
        head += f"{text!s:<{width}}" * count
    head += f"{sfreq:<8}" * count + " " * 32 * count
    samples = np.round(data[:, : seconds * sfreq] * 10).astype("<i2")
    records = samples.reshape(count, seconds, sfreq).transpose(1, 0, 2)
    return head.encode("ascii") + records.tobytes()


def write_eegmat(root: Path, subjects: int = 2, *, rest: int = 20, task: int = 10, sfreq: int = 125) -> Path:
    """Write rest and arithmetic of some people."""
    root.mkdir(parents=True, exist_ok=True)
    for subject in range(subjects):
        for part, seconds in ((1, rest), (2, task)):
            data = noise(len(EEGMAT_CHANNELS), seconds * sfreq, at=10 * subject + part)
            (root / f"Subject{subject:02}_{part}.edf").write_bytes(edf(data, sfreq, EEGMAT_CHANNELS))
    return root


def write_deap(root: Path, *, protocol: int = 2, **changes: object) -> Path:
    """Write one person; `changes` replace entries of the pickle."""
    folder = root / "data_preprocessed_python"
    folder.mkdir(parents=True)
    labels = np.tile([[9.0, 1.0, 5.0, 5.0]], (deap.TRIALS, 1))
    labels[1] = [1.0, 5.0, 5.0, 5.0]
    data = noise(deap.TRIALS, deap.ALL_CHANNELS, deap.SAMPLES)
    content = {"labels": labels, "data": data} | changes
    (folder / "s01.dat").write_bytes(pickle.dumps(content, protocol=protocol))
    return root


def write_seed(root: Path, *, samples: int = 2400, clips: int = 15) -> Path:
    """Write one person on two days, the later file first."""
    folder = root / "Preprocessed_EEG"
    folder.mkdir(parents=True)
    labels = [1, 0, -1, -1, 0, 1, -1, 0, 1, 1, 0, -1, 0, 1, -1]
    savemat(folder / "label.mat", {"label": np.array([labels], dtype=np.int16)})
    for at, date in enumerate(("20131113", "20131027")):
        eeg = {f"djc_eeg{clip}": noise(len(seed.CHANNELS), samples, at=at) for clip in range(1, clips + 1)}
        savemat(folder / f"1_{date}.mat", eeg)
    return root


def write_seed_iv(root: Path, *, samples: int = 1200) -> Path:
    """Write one person on the first and the third day."""
    for day in ("1", "3"):
        folder = root / "eeg_raw_data" / day
        folder.mkdir(parents=True)
        eeg = {f"cz_eeg{clip}": noise(len(seed.CHANNELS), samples, at=clip) for clip in range(1, 25)}
        savemat(folder / f"2_2015091{day}.mat", eeg)
    return root


def write_dreamer(root: Path, people: int = 2, **changes: object) -> Path:
    """Write some people with short clips; `changes` replace fields of the structure."""
    root.mkdir(parents=True, exist_ok=True)
    structure = {
        "Data": _cells([_dreamer_person(number) for number in range(people)]),
        "EEG_SamplingRate": 128.0,
        "ECG_SamplingRate": 256.0,
        "EEG_Electrodes": _cells(list(dreamer.CHANNELS)),
        "noOfSubjects": float(people),
        "noOfVideoSequences": float(dreamer.CLIPS),
    } | changes
    savemat(root / "DREAMER.mat", {"DREAMER": structure})
    return root


def _dreamer_person(number: int) -> dict[str, object]:
    # The headset adds an offset of about 4200 microvolts.
    clips = [noise(1280, len(dreamer.CHANNELS), at=number) + 4200 for _ in range(dreamer.CLIPS)]
    rests = [noise(1024, len(dreamer.CHANNELS), at=number) + 4200 for _ in range(dreamer.CLIPS)]
    scores = np.tile([[1.0], [3.0], [5.0]], (6, 1))
    return {
        "Age": "22",
        "EEG": {"baseline": _cells(rests)[:, None], "stimuli": _cells(clips)[:, None]},
        "ScoreValence": scores,
        "ScoreArousal": scores[::-1],
    }


def _cells(values: list[object]) -> np.ndarray:
    cells = np.empty(len(values), dtype=object)
    for index, value in enumerate(values):
        cells[index] = value
    return cells


def write_faced(root: Path, *, ratings: bool = True, protocol: int = 4) -> Path:
    """Write one person; clip k was rated k / 4 in valence, shown in reverse."""
    folder = root / "Processed_data"
    folder.mkdir(parents=True)
    data = noise(faced.CLIPS, len(faced.CHANNELS), faced.SAMPLES)
    (folder / "sub000.pkl").write_bytes(pickle.dumps(data, protocol=protocol))
    if ratings:
        remarks = np.empty((faced.CLIPS, 1), dtype=[("score", object), ("trial", object), ("vid", object)])
        for trial, clip in enumerate(range(faced.CLIPS, 0, -1)):
            score = np.zeros((1, 12))
            score[0, 8:10] = 7.0, clip / 4
            remarks[trial, 0] = (score, trial + 1, clip)
        (root / "Data" / "sub000").mkdir(parents=True)
        savemat(root / "Data" / "sub000" / "After_remarks.mat", {"After_remark": remarks})
    return root


BIDS_EVENTS = (
    ("onset", "duration", "trial_type", "stim_file", "valence", "arousal"),
    ("0", "12", "rest", "n/a", "n/a", "n/a"),
    ("12", "10", "music", "calm.wav", "9", "1"),
    ("22", "2", "question", "n/a", "n/a", "n/a"),
    ("24", "10", "music", "wild.wav", "5", "n/a"),
)


def write_bids(
    root: Path, subjects: int = 2, *, events: tuple = BIDS_EVENTS, beh: tuple | None = None, line: object = 60
) -> Path:
    """Write people with one recording each, the second on a larger montage."""
    root.mkdir(parents=True)
    (root / "dataset_description.json").write_text(json.dumps({"Name": "small", "BIDSVersion": "1.9.0"}))
    (root / "task-music_eeg.json").write_text(json.dumps({"PowerLineFrequency": line}))
    for number in range(1, subjects + 1):
        labels = ("Fp1", "Cz", "O1", "O2") + (("Pz",) if number == 2 else ())
        folder = root / f"sub-{number:02}" / "ses-a" / "eeg"
        folder.mkdir(parents=True)
        name = f"sub-{number:02}_ses-a_task-music"
        data = noise(len(labels), 40 * 250, at=number)
        (folder / f"{name}_eeg.edf").write_bytes(edf(data, 250, labels))
        (folder / f"{name}_events.tsv").write_text(tsv(events))
        if beh is not None:
            (folder.parent / "beh").mkdir()
            (folder.parent / "beh" / f"{name}_beh.tsv").write_text(tsv(beh))
    return root


def tsv(rows: tuple) -> str:
    """Return rows as a tab-separated table."""
    return "".join("\t".join(row) + "\n" for row in rows)
