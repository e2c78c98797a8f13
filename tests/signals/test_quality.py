import numpy as np
import pytest

from affectlab.signals import Conditioner, QualityJudge

SFREQ = 250.0
NAMES = ("Fp1", "Cz", "O2")


def eeg(seconds: float = 8.0, seed: int = 0) -> np.ndarray:
    """Noise with falling spectrum, 10 µV, and alpha."""
    generator = np.random.default_rng(seed)
    n = round(seconds * SFREQ)
    spectrum = np.fft.rfft(generator.normal(size=(n, len(NAMES))), axis=0)
    frequencies = np.maximum(np.fft.rfftfreq(n, 1 / SFREQ), 0.5)[:, None]
    noise = np.fft.irfft(spectrum / frequencies, n, axis=0)
    return 10 * noise / noise.std() + 5 * np.sin(2 * np.pi * 10 * np.arange(n) / SFREQ)[:, None]


def judge(signal: np.ndarray, **options):
    conditioned = Conditioner(SFREQ, len(NAMES)).process(signal)
    last = type(conditioned)(*(getattr(conditioned, f)[-1000:] for f in ("raw", "missing", "filtered")))
    return QualityJudge(NAMES, SFREQ, **options).assess(last)


def test_clean_eeg_is_clean() -> None:
    for quality in judge(eeg()):
        assert quality.score > 0.9
    assert [quality.channel for quality in judge(eeg())] == list(NAMES)


def fault(change) -> tuple[float, tuple[str, ...], float]:
    """Score and reasons of Cz after `change`, and the worst score of the others."""
    signal = eeg()
    change(signal)
    fp1, cz, o2 = judge(signal)
    return cz.score, cz.reasons, min(fp1.score, o2.score)


def flat(signal) -> None:
    signal[-300:, 1] = signal[-300, 1]


def railed(signal) -> None:
    signal[:, 1] = np.clip(signal[:, 1] * 20, -150, 150)


def lost(signal) -> None:
    signal[-500:, 1] = np.nan


def hum(signal) -> None:
    signal[:, 1] += 60 * np.sin(2 * np.pi * 50 * np.arange(len(signal)) / SFREQ)


def jaw(signal) -> None:
    signal[:, 1] += np.random.default_rng(1).normal(0, 30, len(signal))


def jerk(signal) -> None:
    signal[-500:-300, 1] += 700 * np.hanning(200)


@pytest.mark.parametrize(
    ("change", "words", "most"),
    [
        (flat, "Cz: flat for 1.2 s: check the electrode", 0.0),
        (railed, "Cz: at the amplifier's limit", 0.1),
        (lost, "Cz: no signal for 50% of the window: check the connection", 0.0),
        (hum, "Cz: 50 Hz mains noise", 0.8),
        (jaw, "Cz: muscle activity", 0.8),
        (jerk, "Cz: swings of", 0.3),
    ],
)
def test_each_fault_is_found_named_and_kept_to_its_channel(change, words, most) -> None:
    score, reasons, others = fault(change)
    assert score <= most
    assert reasons[0].startswith(words)
    assert others > 0.9


def test_blinks_count_only_in_front() -> None:
    signal = eeg()
    signal[-500:-420] += 150 * np.hanning(80)[:, None]
    fp1, cz, _ = judge(signal)
    assert fp1.score < cz.score
    assert fp1.reasons[0].startswith("Fp1: blink or eye movement of 1")
    assert not cz.reasons


def test_more_of_a_fault_never_scores_better() -> None:
    scores = []
    for samples in (0, 60, 120, 200, 300, 600):
        signal = eeg()
        signal[len(signal) - samples :, 1] = np.nan
        scores.append(judge(signal)[1].score)
    assert scores == sorted(scores, reverse=True)
    assert scores[0] > 0.9
    assert scores[-1] == 0


def test_held_samples_are_not_called_flat() -> None:
    _, reasons, _ = fault(lost)
    assert not any("flat" in reason for reason in reasons)


def test_worst_reason_comes_first() -> None:
    signal = eeg()
    hum(signal)
    flat(signal)
    reasons = judge(signal)[1].reasons
    assert "flat" in reasons[0]
    assert "mains" in reasons[1]


def test_mains_beyond_nyquist_is_not_judged() -> None:
    conditioned = Conditioner(100.0, 3).process(eeg())
    assert all("mains" not in " ".join(q.reasons) for q in QualityJudge(NAMES, 100.0).assess(conditioned))
