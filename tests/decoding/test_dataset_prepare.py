"""Preparing: windows by the live chain, boundaries dropped, stopped work gone on with, bounded memory."""

import threading
import tracemalloc
from contextlib import nullcontext

import numpy as np
import pytest
from official_layout import noise, write_eegmat, write_seed
from pydantic import ValidationError
from scipy.io import savemat

from affectlab.decoding.datasets import jobs
from affectlab.decoding.datasets.jobs import Interrupted, each
from affectlab.decoding.datasets.prepare import prepare
from affectlab.decoding.datasets.settings import PrepareSettings
from affectlab.decoding.datasets.source import ArrayRecording, Stretch, Take
from affectlab.decoding.datasets.store import read_epochs
from affectlab.decoding.datasets.summary import covered_seconds, summary_rows
from affectlab.decoding.datasets.windowing import windows_of
from affectlab.decoding.epochs import EpochInfo
from affectlab.errors import DecodingError, InvalidData, RecordingError, UnknownChannels, UnreadableFile
from affectlab.signals import ChainConfig, Chunk, SignalChain

CHANNELS = ("Fp1", "Cz", "O2")


def info_for(settings: PrepareSettings, channels=CHANNELS) -> EpochInfo:
    return EpochInfo(
        "small", settings.sfreq, channels, settings.length, settings.step, "nobody", "none", ships=False
    )


def take_of(recording, *stretches: Stretch) -> Take:
    return Take("01", "", "recording", recording, stretches, 50.0)


def windows(recording, *stretches: Stretch, settings=None, channels=CHANNELS):
    chosen = settings or PrepareSettings()
    return list(windows_of(take_of(recording, *stretches), chosen, info_for(chosen, channels)))


def spans(parts):
    """Return (start, stop) of every window, rounded to milliseconds."""
    return [
        (round(float(start), 3), round(float(stop), 3))
        for part in parts
        for start, stop in zip(part.table.start, part.table.stop, strict=True)
    ]


def test_windows_are_those_of_the_live_chain() -> None:
    data = noise(3, 125 * 100)
    parts = windows(ArrayRecording(data, 125, CHANNELS), Stretch(0, 100))
    chain = SignalChain(125.0, CHANNELS, ChainConfig(step=2.0))
    live = chain.push(Chunk(np.ascontiguousarray(data.T), np.arange(125 * 100) / 125))
    found = np.concatenate([part.data for part in parts])
    np.testing.assert_array_equal(found, np.stack([window.data for window in live]).astype(np.float32))
    assert len(parts) > 1
    assert spans(parts) == [(2 * n, 2 * n + 4) for n in range(49)]


def test_windows_over_a_boundary_are_dropped() -> None:
    recording = ArrayRecording(noise(3, 125 * 30), 125, CHANNELS)
    parts = windows(
        recording, Stretch(0, 9, state="a"), Stretch(9, 20.5, state="b"), Stretch(26, 30, state="c")
    )
    states = [state for part in parts for state in part.table.state]
    assert list(zip(spans(parts), states, strict=True)) == [
        ((0, 4), "a"), ((2, 6), "a"), ((4, 8), "a"),
        ((10, 14), "b"), ((12, 16), "b"), ((14, 18), "b"), ((16, 20), "b"),
        ((26, 30), "c"),
    ]  # fmt: skip


@pytest.mark.parametrize("sfreq", [125, 128, 200, 250, 500, 512])
def test_every_rate_comes_to_the_common_one(sfreq) -> None:
    recording = ArrayRecording(noise(3, sfreq * 20), sfreq, CHANNELS)
    parts = windows(recording, Stretch(0, 20))
    assert parts[0].data.shape == (9, 3, 500)
    assert spans(parts)[-1] == (16, 20)


def test_channels_come_in_the_order_of_all() -> None:
    recording = ArrayRecording(noise(3, 125 * 10), 125, CHANNELS)
    straight = windows(recording, Stretch(0, 10))[0]
    turned = windows(recording, Stretch(0, 10), channels=("O2", "Fp1"))[0]
    np.testing.assert_array_equal(turned.data, straight.data[:, [2, 0]])
    with pytest.raises(InvalidData, match="recording has no channel Pz"):
        windows(recording, Stretch(0, 10), channels=("Pz",))


def test_missing_samples_cost_quality_not_the_recording() -> None:
    data = noise(3, 125 * 12)
    (whole,) = windows(ArrayRecording(data, 125, CHANNELS), Stretch(0, 12))
    data[1, 500:700] = np.nan
    (part,) = windows(ArrayRecording(data, 125, CHANNELS), Stretch(0, 12))
    assert np.isfinite(part.data).all()
    assert (part.quality[1:3, 1] < whole.quality[1:3, 1] / 2).all()
    np.testing.assert_array_equal(part.quality[:, [0, 2]], whole.quality[:, [0, 2]])


class Drawn:
    """A recording that makes its samples when they are read."""

    sfreq, channels = 250.0, tuple(f"F{n}" for n in range(1, 9))

    def __init__(self, seconds: int) -> None:
        self.n_samples = 250 * seconds

    def read(self, start: int, stop: int) -> np.ndarray:
        return noise(stop - start, 8, at=start)


def test_a_long_recording_needs_the_memory_of_a_short_one() -> None:
    def peak_of(seconds: int) -> int:
        take = take_of(Drawn(seconds), Stretch(0, seconds))
        tracemalloc.start()
        try:
            count = sum(len(part) for part in windows_of(take, settings, info_for(settings, Drawn.channels)))
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert count == seconds / 2 - 1
        return peak

    settings = PrepareSettings()
    peak_of(10)
    assert peak_of(480) < 1.1 * peak_of(60)


@pytest.fixture
def eegmat(tmp_path):
    return write_eegmat(tmp_path / "eegmat", 3)


def leftovers(folder):
    return [path.name for path in folder.iterdir() if path.name.startswith(".")]


def test_stopped_work_is_gone_on_with(eegmat, tmp_path) -> None:
    stop, seen = threading.Event(), []

    def progress(done: int, total: int) -> None:
        seen.append((done, total))
        if done == 2:
            stop.set()

    with pytest.raises(Interrupted):
        prepare("eegmat", eegmat, tmp_path / "out", stop=stop, progress=progress)
    assert not (tmp_path / "out").exists()
    assert seen == [(0, 6), (1, 6), (2, 6)]
    again = []
    resumed = prepare("eegmat", eegmat, tmp_path / "out", progress=lambda *told: again.append(told))
    assert again[0] == (2, 6)
    assert again[-1] == (6, 6)
    assert leftovers(tmp_path) == []
    straight = prepare("eegmat", eegmat, tmp_path / "straight")
    np.testing.assert_array_equal(resumed.data, straight.data)
    assert resumed.info == straight.info


def test_other_settings_and_changed_files_are_not_gone_on_with(eegmat, tmp_path) -> None:
    stop = threading.Event()

    def progress(done: int, _total: int) -> None:
        if done == 2:
            stop.set()

    with pytest.raises(Interrupted):
        prepare("eegmat", eegmat, tmp_path / "out", stop=stop, progress=progress)
    write_eegmat(eegmat, 1, rest=24)
    begun = []
    prepare("eegmat", eegmat, tmp_path / "out", progress=lambda *told: begun.append(told))
    assert begun[0] == (0, 6)
    write_eegmat(eegmat, 1, rest=24)
    other = []
    prepare(
        "eegmat", eegmat, tmp_path / "b", PrepareSettings(step=4), progress=lambda *told: other.append(told)
    )
    assert other[0] == (0, 6)


def test_a_damaged_file_stops_all_and_writes_nothing(eegmat, tmp_path) -> None:
    stats = prepare("eegmat", eegmat, tmp_path / "fine").info.sha256
    file = eegmat / "Subject02_2.edf"
    file.write_bytes(file.read_bytes()[:-1000])
    with pytest.raises(InvalidData, match=r"Subject02_2\.edf is truncated"):
        prepare("eegmat", eegmat, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    assert len(stats) == 64


def test_the_hash_is_that_of_the_files_read(eegmat, tmp_path) -> None:
    first = prepare("eegmat", eegmat, tmp_path / "a").info.sha256
    assert prepare("eegmat", eegmat, tmp_path / "b").info.sha256 == first
    write_eegmat(eegmat, 1, task=12)
    assert prepare("eegmat", eegmat, tmp_path / "c").info.sha256 != first


def test_epochs_that_are_there_are_not_written_over(eegmat, tmp_path) -> None:
    before = prepare("eegmat", eegmat, tmp_path / "out")
    with pytest.raises(RecordingError, match="holds epochs already"):
        prepare("eegmat", eegmat, tmp_path / "out", PrepareSettings(step=1))
    assert read_epochs(tmp_path / "out").info == before.info


def test_windows_longer_than_all_recordings_are_refused(eegmat, tmp_path) -> None:
    with pytest.raises(InvalidData, match=r"no window of 30 s fits a labelled part of .*shorten --length"):
        prepare("eegmat", eegmat, tmp_path / "out", PrepareSettings(length=30))
    assert not (tmp_path / "out").exists()


def test_unknown_channels_are_named_before_anything_is_done(eegmat, tmp_path) -> None:
    with pytest.raises(UnknownChannels, match="'FT9' is not there"):
        prepare("eegmat", eegmat, tmp_path / "out", PrepareSettings(channels=("FT9",)))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["eegmat"]


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        ({"step": 5.0}, "step 5 s is longer than the window of 4 s"),
        ({"sfreq": 64}, "greater than or equal to 100"),
        ({"rating_range": "5,1"}, "rating range 5 to 1 is empty"),
        ({"labels": {"rest": {"arousal": 2}}}, "less than or equal to 1"),
        ({"lenght": 4}, "Extra inputs"),
    ],
)
def test_settings_out_of_range_are_refused(values, complaint) -> None:
    with pytest.raises(ValidationError, match=complaint):
        PrepareSettings(**values)


def test_the_summary_counts_what_is_there(eegmat, tmp_path) -> None:
    epochs = prepare("eegmat", eegmat, tmp_path / "out")
    rows = {
        (row.get("state") or row.get("target"), row["metric"]): row["value"] for row in summary_rows(epochs)
    }
    assert rows[None, "subjects"] == 3
    assert rows[None, "recordings"] == 6
    assert rows[None, "windows"] == 39 == rows["rest", "windows"] + rows["task", "windows"]
    # 20 s of rest and 10 s of task, all of it in some window.
    assert rows[None, "hours"] == pytest.approx(3 * 30 / 3600)
    assert covered_seconds(epochs.table.take(np.array([0, 12]))) == pytest.approx(8.0)
    assert rows["valence", "labelled"] == 0
    assert ("valence", "high") not in rows
    assert rows["arousal", "high"] == pytest.approx(12 / 39)


def test_no_cluster_is_one_line() -> None:
    pytest.importorskip("ray")
    with pytest.raises(DecodingError, match=r"no Ray cluster at '127\.0\.0\.1:9'.*ray start --head"):
        list(each([1], print, ray="127.0.0.1:9", stop=threading.Event()))


@pytest.fixture(scope="module")
def cluster():
    """A Ray cluster of this machine, kept for all tests: starting one takes seconds."""
    pytest.importorskip("ray")
    with jobs._connected("local") as ray:
        yield ray


@pytest.mark.ray
def test_a_cluster_makes_the_same_epochs(cluster, monkeypatch, eegmat, tmp_path) -> None:
    monkeypatch.setattr(jobs, "_connected", lambda _address: nullcontext(cluster))
    told = []
    spread = prepare(
        "eegmat", eegmat, tmp_path / "a", PrepareSettings(ray="local"), progress=lambda *now: told.append(now)
    )
    alone = prepare("eegmat", eegmat, tmp_path / "b")
    assert told == [(done, 6) for done in range(7)]
    np.testing.assert_array_equal(spread.data, alone.data)
    assert spread.info == alone.info


@pytest.mark.ray
def test_what_a_worker_finds_wrong_is_told_as_here(cluster, monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(jobs, "_connected", lambda _address: nullcontext(cluster))
    root = write_seed(tmp_path / "seed", samples=1000)
    savemat(root / "Preprocessed_EEG" / "1_20131113.mat", {"djc_eeg1": noise(62, 1000)})
    with pytest.raises(UnreadableFile, match=r"1_20131113\.mat has no variable …_eeg2"):
        prepare("seed", root, tmp_path / "out", PrepareSettings(ray="local", channels=("Cz",)))
    assert not (tmp_path / "out").exists()


@pytest.mark.ray
def test_a_cluster_is_stopped_between_pieces(cluster, monkeypatch, eegmat, tmp_path) -> None:
    monkeypatch.setattr(jobs, "_connected", lambda _address: nullcontext(cluster))
    stop = threading.Event()
    stop.set()
    with pytest.raises(Interrupted):
        prepare("eegmat", eegmat, tmp_path / "out", PrepareSettings(ray="local"), stop=stop)
    assert not (tmp_path / "out").exists()
