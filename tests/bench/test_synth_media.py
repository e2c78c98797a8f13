import wave
from pathlib import Path

import numpy as np
import pytest

from affectlab.bench.emomm.clip import Clip
from affectlab.bench.emomm.synth import ALIGNED, make_clips
from affectlab.bench.emomm.synth.face import FPS, PICTURES, SIZE
from affectlab.bench.emomm.synth.voice import RATE, SECONDS
from affectlab.errors import InvalidData
from affectlab.models.media import read_audio, read_video


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> list[Clip]:
    return make_clips(120, tmp_path_factory.mktemp("synth"), 3, scenario=ALIGNED, workers=2)


def test_same_arguments_same_bytes_whatever_the_number_of_processes(tmp_path: Path) -> None:
    one = make_clips(6, tmp_path / "one", 7, workers=1)
    two = make_clips(6, tmp_path / "two", 7, workers=2)
    assert [(clip.audio.sha256, clip.video.sha256, clip.text) for clip in one] == [
        (clip.audio.sha256, clip.video.sha256, clip.text) for clip in two
    ]


def test_more_clips_continue_the_same_series(tmp_path: Path) -> None:
    few = make_clips(2, tmp_path / "few", 1, workers=1)
    more = make_clips(3, tmp_path / "more", 1, workers=1)
    assert [clip.video.sha256 for clip in few] == [clip.video.sha256 for clip in more[:2]]


@pytest.mark.parametrize("change", [{"seed": 2}, {"stream": "train"}])
def test_another_seed_or_stream_is_another_clip(tmp_path: Path, change: dict[str, object]) -> None:
    base = {"n": 1, "out_dir": tmp_path / "a", "seed": 1, "workers": 1}
    (one,) = make_clips(**base)
    (other,) = make_clips(**{**base, "out_dir": tmp_path / "b", **change})
    assert one.id != other.id
    assert one.audio.sha256 != other.audio.sha256
    assert one.video.sha256 != other.video.sha256


def test_files_are_what_they_are_said_to_be(clips: list[Clip]) -> None:
    frames = read_video(clips[0].video, frames=PICTURES)
    assert frames.pictures.shape == (PICTURES, SIZE, SIZE, 3)
    assert frames.duration == pytest.approx(PICTURES / FPS, abs=0.05)
    with wave.open(str(clips[0].audio.path)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getnframes()) == (RATE, 1, RATE * SECONDS)


def test_every_voice_is_heard_and_none_clips(clips: list[Clip]) -> None:
    peaks = [np.abs(read_audio(clip.audio, RATE)).max() for clip in clips]
    assert min(peaks) > 0.02
    assert max(peaks) < 1


def test_a_clip_says_what_it_shows(clips: list[Clip]) -> None:
    for clip in clips:
        assert set(clip.labels.values()) == {clip.labels["M"]}
        assert clip.details["kind"] == "aligned"
        assert set(clip.details["arousal"]) == {"A", "V"}
    assert len({clip.id for clip in clips}) == len({clip.source for clip in clips}) == len(clips)
    assert len({clip.speaker for clip in clips}) == len(clips) / 4


def test_a_simple_classifier_reads_the_face(clips: list[Clip]) -> None:
    assert held_out_accuracy([mouth_profile(clip) for clip in clips], clips, "V") > 0.6


def test_a_simple_classifier_reads_the_voice(clips: list[Clip]) -> None:
    assert held_out_accuracy([melody(clip) for clip in clips], clips, "A") > 0.6


def test_excited_faces_move_more_and_excited_voices_are_louder(clips: list[Clip]) -> None:
    moved = [
        np.abs(np.diff(read_video(clip.video, PICTURES).pictures.astype(np.int16), axis=0)).mean()
        for clip in clips
    ]
    loud = [np.log(np.std(read_audio(clip.audio, RATE))) for clip in clips]
    assert np.corrcoef(moved, [clip.details["arousal"]["V"] for clip in clips])[0, 1] > 0.4
    assert np.corrcoef(loud, [clip.details["arousal"]["A"] for clip in clips])[0, 1] > 0.6


def test_progress_counts_to_the_end(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    make_clips(3, tmp_path, 0, workers=1, progress=lambda done, of: seen.append((done, of)))
    assert seen == [(1, 3), (2, 3), (3, 3)]


def test_no_clips_or_a_negative_seed_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidData, match="n >= 1 and seed >= 0, got n=0"):
        make_clips(0, tmp_path, 1)
    with pytest.raises(InvalidData, match="seed=-1"):
        make_clips(1, tmp_path, -1)


def held_out_accuracy(features: list[np.ndarray], clips: list[Clip], modality: str) -> float:
    """Accuracy of logistic regression over speakers it never saw."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GroupKFold, cross_val_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    reader = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=2000))
    labels = [clip.labels[modality] for clip in clips]
    speakers = [clip.speaker for clip in clips]
    return float(
        cross_val_score(reader, np.stack(features), labels, groups=speakers, cv=GroupKFold(5)).mean()
    )


def mouth_profile(clip: Clip) -> np.ndarray:
    """Height of the dark line across the lower face, column by column about the nose's, over pictures."""
    grey = read_video(clip.video, 4).pictures.astype(float).mean(-1)
    middle = _columns_of_head(grey)
    profiles = []
    for picture, column in zip(grey, middle, strict=True):
        lower = picture[58:92, column - 13 : column + 14]
        dark = np.exp(-(lower - lower.mean(0)) / 6)
        heights = (dark * np.arange(len(lower))[:, None]).sum(0) / dark.sum(0)
        profiles.append(heights - heights[11:16].mean())
    return np.median(profiles, axis=0)


def _columns_of_head(grey: np.ndarray) -> np.ndarray:
    """Middle of the head in each picture: the axis about which it is most alike."""
    columns = np.arange(44, 69)
    upper = grey[:, 25:95]
    unlike = [np.abs(upper[:, :, c - 40 : c] - upper[:, :, c + 40 : c : -1]).mean((1, 2)) for c in columns]
    return columns[np.argmin(unlike, axis=0)]


def melody(clip: Clip) -> np.ndarray:
    """Slopes of the pitch within syllables and over the utterance, by autocorrelation."""
    sound = read_audio(clip.audio, RATE)
    starts = np.arange(0, len(sound) - 800, 240)
    pitch, level = np.array([_pitch(sound[start : start + 800]) for start in starts]).T
    voiced = level > 0.3 * level.max()
    steps = np.diff(pitch)[voiced[1:] & voiced[:-1]]
    steps = steps[np.abs(steps) < 1]
    slope = np.polyfit(starts[voiced], pitch[voiced], 1)[0]
    return np.array([np.median(steps), steps.mean(), slope * RATE])


def _pitch(frame: np.ndarray) -> tuple[float, float]:
    """Return semitones and level of 50 ms of sound."""
    spectrum = np.abs(np.fft.rfft(frame * np.hanning(len(frame)), 2048)) ** 2
    correlation = np.fft.irfft(spectrum)
    lags = np.arange(RATE // 400, RATE // 70)
    best = lags[np.argmax(correlation[lags])]
    return float(12 * np.log2(RATE / best)), float(np.sqrt(np.mean(frame**2)))
