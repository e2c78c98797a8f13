from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from affectlab.errors import InvalidData, UnknownChannels, UnreadableFile
from affectlab.signals.recordings import open_recording


def edf(
    path: Path, labels: list[str], *, sfreq: int = 250, seconds: int = 4, unit: str = "uV"
) -> tuple[Path, np.ndarray]:
    """Write an EDF file by its specification; return the path and the microvolts, (n_samples, n_channels)."""
    n = len(labels)
    data = np.random.default_rng(0).integers(-2000, 2000, (seconds, n, sfreq)).astype("<i2")

    def row(values: list[str], width: int) -> str:
        return "".join(value.ljust(width) for value in values)

    scale = "200" if unit == "uV" else "0.2"
    header = "0".ljust(8) + "X X X X".ljust(80) + "Startdate X X X X".ljust(80)
    header += "01.01.2401.00.00" + str(256 * (n + 1)).ljust(8) + "".ljust(44)
    header += str(seconds).ljust(8) + "1".ljust(8) + str(n).ljust(4)
    header += row(labels, 16) + row([""] * n, 80) + row([unit] * n, 8)
    header += row([f"-{scale}"] * n, 8) + row([scale] * n, 8) + row(["-2000"] * n, 8) + row(["2000"] * n, 8)
    header += row([""] * n, 80) + row([str(sfreq)] * n, 8) + row([""] * n, 32)
    path.write_bytes(header.encode("ascii") + data.tobytes())
    return path, data.transpose(0, 2, 1).reshape(-1, n) / 10


def test_microvolts_come_back_as_written(tmp_path) -> None:
    path, microvolts = edf(tmp_path / "a.edf", ["EEG Fp1", "ECG ECG", "EEG O2-A1"])
    recording = open_recording(path)
    assert (recording.channels, recording.sfreq, recording.n_samples) == (("Fp1", "O2"), 250.0, 1000)
    np.testing.assert_allclose(recording.read(0, 1000), microvolts[:, [0, 2]], atol=0.06)
    np.testing.assert_array_equal(recording.read(300, 310), recording.read(0, 1000)[300:310])


def test_millivolts_are_converted(tmp_path) -> None:
    path, microvolts = edf(tmp_path / "a.edf", ["Cz"], unit="mV")
    np.testing.assert_allclose(open_recording(path).read(0, 1000), microvolts, atol=0.06)


def test_requested_channels(tmp_path) -> None:
    path, microvolts = edf(tmp_path / "a.edf", ["Fp1", "T3", "O2"])
    recording = open_recording(path, ["O2", "T7"])
    assert recording.channels == ("O2", "T7")
    np.testing.assert_allclose(recording.read(0, 5), microvolts[:5, [2, 1]], atol=0.06)


def xdf(path: Path, labels: list[str], unit: str, data: np.ndarray, kind: str = "EEG") -> Path:
    """Write an XDF file of one stream by its specification."""

    def chunk(tag: int, content: bytes) -> bytes:
        body = struct.pack("<H", tag) + content
        return b"\4" + struct.pack("<I", len(body)) + body

    channels = "".join(f"<channel><label>{name}</label><unit>{unit}</unit></channel>" for name in labels)
    header = (
        f"<info><name>amp</name><type>{kind}</type><channel_count>{len(labels)}</channel_count>"
        "<nominal_srate>250</nominal_srate><channel_format>float32</channel_format>"
        f"<desc><channels>{channels}</channels></desc></info>"
    )
    rows = b"".join(
        b"\x08" + struct.pack("<d", 10 + index / 250) + row.astype("<f4").tobytes()
        for index, row in enumerate(data)
    )
    stream = struct.pack("<I", 1)
    path.write_bytes(
        b"XDF:"
        + chunk(1, b"<info><version>1.0</version></info>")
        + chunk(2, stream + header.encode())
        + chunk(3, stream + b"\4" + struct.pack("<I", len(data)) + rows)
    )
    return path


def test_xdf_in_any_unit(tmp_path) -> None:
    data = np.random.default_rng(1).normal(0, 1e-5, (500, 3))
    recording = open_recording(xdf(tmp_path / "a.xdf", ["Fp1", "AUX", "T4"], "volts", data))
    assert (recording.channels, recording.sfreq, recording.n_samples) == (("Fp1", "T8"), 250.0, 500)
    np.testing.assert_allclose(recording.read(0, 500), data[:, [0, 2]] * 1e6, rtol=1e-5)


def test_xdf_without_eeg(tmp_path) -> None:
    path = xdf(tmp_path / "gaze.xdf", ["x"], "pixels", np.zeros((10, 1)), kind="Gaze")
    with pytest.raises(UnreadableFile, match=r"holds no stream of type EEG \(streams: amp\)"):
        open_recording(path)


def damaged(folder: Path, how: str) -> Path:
    whole, _ = edf(folder / "whole.edf", ["Fp1", "O2"])
    contents = {
        "zero.edf": b"",
        "cut.edf": whole.read_bytes()[: 768 + 1500],
        "timeless.edf": whole.read_bytes()[:244] + b"0       " + whole.read_bytes()[252:],
        "header.edf": whole.read_bytes()[:500],
        "text.edf": b"time,Fp1\n0,1\n",
        "noise.fif": np.random.default_rng(0).bytes(5000),
        "noise.xdf": np.random.default_rng(0).bytes(5000),
        "broken.xdf": b"XDF:" + np.random.default_rng(0).bytes(5000),
        "noise.vhdr": np.random.default_rng(0).bytes(5000),
        "whole.txt": whole.read_bytes(),
    }
    path = folder / how
    if how in contents:
        path.write_bytes(contents[how])
    return path


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ("absent.edf", "does not exist"),
        ("zero.edf", r"is empty \(0 bytes\)"),
        ("cut.edf", r"is truncated: its header promises 4 s of EEG and 1\.5 s are there"),
        ("timeless.edf", "tells no rate: its header has 4 records of 0 s"),
        ("header.edf", "is no EDF file"),
        ("text.edf", "is no EDF file"),
        ("noise.fif", "cannot be read as .fif"),
        ("noise.xdf", "is no XDF file"),
        ("broken.xdf", "cannot be read as .xdf|holds no stream"),
        ("noise.vhdr", "cannot be read as .vhdr"),
        ("whole.txt", "cannot be read as .txt"),
    ],
)
def test_a_damaged_file_is_one_line(tmp_path, how, words) -> None:
    with pytest.raises(UnreadableFile, match=words) as raised:
        open_recording(damaged(tmp_path, how))
    assert str(tmp_path / how) in str(raised.value)
    assert str(raised.value).isprintable()


def test_a_folder_is_no_recording(tmp_path) -> None:
    with pytest.raises(UnreadableFile, match="does not exist or is no file"):
        open_recording(tmp_path)


def test_too_low_a_rate(tmp_path) -> None:
    path, _ = edf(tmp_path / "slow.edf", ["Cz"], sfreq=64)
    with pytest.raises(InvalidData, match="has 64 Hz; expected at least 100 Hz"):
        open_recording(path)


def test_no_electrode_known(tmp_path) -> None:
    path, _ = edf(tmp_path / "odd.edf", ["left", "right"])
    with pytest.raises(UnknownChannels, match="among the channels left, right; expected 10–20"):
        open_recording(path)


@pytest.mark.data
def test_eegmat_has_the_ten_twenty_electrodes_and_no_more(eegmat) -> None:
    recording = open_recording(eegmat / "as_published" / "Subject00_1.edf")
    assert (len(recording.channels), recording.sfreq, recording.n_samples) == (19, 500.0, 91_000)
    assert {"T7", "P8"} < set(recording.channels)
    deviation = recording.read(0, 30_000).std(axis=0)
    assert (deviation > 2).all()
    assert (deviation < 60).all()
