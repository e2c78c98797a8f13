import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import pyxdf
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from affectlab.errors import RecordingError, UnreadableFile
from affectlab.session.xdf import StreamHeader, XdfWriter, channel_labels, read_xdf, whole_length

EEG = StreamHeader("amp & <co>", "EEG", ("Fz", "Cz", "Pz"), 250.0, "float32", "microvolts", "amp-7")
MARKERS = StreamHeader("events", "Markers", ("event",), 0.0, "string")


def write(path: Path, *, chunks: int = 40, flush_every: int = 10) -> tuple[np.ndarray, np.ndarray]:
    """Write chunks of 20 ms with a marker in every fifth; return what went in."""
    generator = np.random.default_rng(3)
    data = generator.normal(0, 20, (chunks * 5, 3)).astype(np.float32)
    times = 100 + np.arange(len(data)) / 250
    writer = XdfWriter(path)
    eeg, markers = writer.add_stream(EEG), writer.add_stream(MARKERS)
    for index in range(chunks):
        part = slice(index * 5, index * 5 + 5)
        writer.samples(eeg, data[part], times[part])
        if index % 5 == 0:
            writer.marker(markers, f"marker {index} ü", float(times[part][0]))
            for stream in (eeg, markers):
                writer.clock_offset(stream, float(times[part][0]), 0.0)
        if index % flush_every == flush_every - 1:
            writer.flush()
    writer.close()
    return data, times


def test_pyxdf_reads_back_what_was_written(tmp_path) -> None:
    data, times = write(tmp_path / "a.xdf")
    (eeg, markers), header = pyxdf.load_xdf(tmp_path / "a.xdf", dejitter_timestamps=False)
    assert header["info"]["version"] == ["1.0"]
    np.testing.assert_array_equal(eeg["time_series"], data)
    np.testing.assert_array_equal(eeg["time_stamps"], times)
    info = eeg["info"]
    assert (info["name"], info["type"], info["source_id"]) == (["amp & <co>"], ["EEG"], ["amp-7"])
    assert float(info["nominal_srate"][0]) == 250
    assert channel_labels(eeg) == ("Fz", "Cz", "Pz")
    assert info["desc"][0]["channels"][0]["channel"][0]["unit"] == ["microvolts"]
    assert markers["time_series"][1] == ["marker 5 ü"]
    assert markers["time_stamps"][1] == times[25]
    assert eeg["clock_values"] == [0.0] * 8


def test_footers_tell_count_and_span(tmp_path) -> None:
    _, times = write(tmp_path / "a.xdf")
    footer = read_xdf(tmp_path / "a.xdf")[0]["footer"]["info"]
    assert int(footer["sample_count"][0]) == len(times)
    assert float(footer["first_timestamp"][0]) == times[0]
    assert float(footer["last_timestamp"][0]) == times[-1]


def test_pyxdf_finds_nothing_to_complain_about(tmp_path, caplog) -> None:
    write(tmp_path / "a.xdf")
    with caplog.at_level("WARNING"):
        pyxdf.load_xdf(tmp_path / "a.xdf")
    assert caplog.records == []


def test_missing_samples_stay_missing(tmp_path) -> None:
    writer = XdfWriter(tmp_path / "a.xdf")
    eeg = writer.add_stream(EEG)
    writer.samples(eeg, np.full((2, 3), np.nan, np.float32), np.array([0.0, 0.004]))
    writer.samples(eeg, np.empty((0, 3), np.float32), np.empty(0))
    writer.close()
    assert np.isnan(read_xdf(tmp_path / "a.xdf")[0]["time_series"]).all()


def test_streams_without_samples_are_read_as_empty(tmp_path) -> None:
    writer = XdfWriter(tmp_path / "a.xdf")
    writer.add_stream(EEG)
    writer.close()
    (eeg,) = read_xdf(tmp_path / "a.xdf")
    assert eeg["time_series"].shape == (0, 3)


def test_samples_of_another_shape_are_named(tmp_path) -> None:
    writer = XdfWriter(tmp_path / "a.xdf")
    eeg = writer.add_stream(EEG)
    with pytest.raises(RecordingError, match=r"'amp & <co>' are \(5, 4\), not \(5, 3\)"):
        writer.samples(eeg, np.zeros((5, 4), np.float32), np.arange(5.0))
    writer.close()


def test_control_characters_in_names_do_not_break_the_header(tmp_path) -> None:
    writer = XdfWriter(tmp_path / "a.xdf")
    writer.add_stream(StreamHeader("a\x00b", "EEG", ("Fz\x1b",), 250.0, "float32"))
    writer.close()
    assert read_xdf(tmp_path / "a.xdf")[0]["info"]["name"] == ["a?b"]


def test_a_flush_makes_samples_count(tmp_path) -> None:
    writer = XdfWriter(tmp_path / "a.xdf")
    eeg = writer.add_stream(EEG)
    writer.samples(eeg, np.zeros((5, 3), np.float32), np.arange(5.0))
    assert writer.count(eeg) == 0
    writer.flush()
    assert writer.count(eeg) == 5
    assert len(read_xdf(tmp_path / "a.xdf")[0]["time_stamps"]) == 5
    writer.close()


def test_much_data_is_flushed_by_itself(tmp_path) -> None:
    writer = XdfWriter(tmp_path / "a.xdf")
    eeg = writer.add_stream(EEG)
    writer.samples(eeg, np.zeros((10_000, 3), np.float32), np.arange(10_000.0))
    assert writer.count(eeg) == 10_000
    writer.close()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(share=st.floats(0, 1))
def test_a_file_cut_anywhere_reads_up_to_the_last_whole_chunk(tmp_path, share) -> None:
    data, times, content = _whole_file(tmp_path)
    cut = tmp_path / "cut.xdf"
    cut.write_bytes(content[: 4 + int(share * (len(content) - 4))])
    read = {stream["info"]["type"][0]: stream for stream in read_xdf(cut)}
    if "EEG" in read:
        n = len(read["EEG"]["time_stamps"])
        assert n % 5 == 0
        np.testing.assert_array_equal(read["EEG"]["time_series"], data[:n])
        np.testing.assert_array_equal(read["EEG"]["time_stamps"], times[:n])
        # One chunk of 5 samples with stamps, plus what else lies between two of them.
        assert n * 21 >= cut.stat().st_size - 4_500


def test_every_cut_inside_the_last_chunks_loses_only_the_chunk_it_is_in(tmp_path) -> None:
    data, _, content = _whole_file(tmp_path)
    start = content.rindex(b"</info>", 0, len(content) // 2)
    for end in range(start + 2_000, start + 2_250):
        cut = tmp_path / "cut.xdf"
        cut.write_bytes(content[:end])
        series = read_xdf(cut)[0]["time_series"]
        assert end - whole_length(cut) < 130
        np.testing.assert_array_equal(series, data[: len(series)])


_CACHE: dict[str, tuple[np.ndarray, np.ndarray, bytes]] = {}


def _whole_file(tmp_path: Path) -> tuple[np.ndarray, np.ndarray, bytes]:
    if "file" not in _CACHE:
        data, times = write(tmp_path / "whole.xdf")
        _CACHE["file"] = (data, times, (tmp_path / "whole.xdf").read_bytes())
    return _CACHE["file"]


KILLED = """
import sys, time
from pathlib import Path
import numpy as np
from affectlab.session.xdf import StreamHeader, XdfWriter
writer = XdfWriter(Path(sys.argv[1]))
eeg = writer.add_stream(StreamHeader("amp", "EEG", ("Fz",), 250.0, "float32"))
due = time.monotonic() + 0.1
for n in range(10**6):
    times = (n * 5 + np.arange(5)) / 250
    writer.samples(eeg, times[:, None].astype(np.float32), times)
    if time.monotonic() > due:
        writer.flush()
        print(writer.count(eeg), flush=True)
        due = time.monotonic() + 0.1
    time.sleep(0.001)
"""


def test_plain_pyxdf_reads_the_file_of_a_killed_process(tmp_path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path / "a.xdf")], stdout=subprocess.PIPE, text=True
    ) as process:
        for _ in range(4):
            count = int(process.stdout.readline())
        process.send_signal(signal.SIGKILL)
    (eeg,), _ = pyxdf.load_xdf(tmp_path / "a.xdf", dejitter_timestamps=False)
    assert len(eeg["time_stamps"]) >= count
    np.testing.assert_array_equal(eeg["time_series"][:, 0], eeg["time_stamps"].astype(np.float32))


@pytest.mark.parametrize("content", [b"", b"RIFF1234", b"XDF"])
def test_files_of_another_kind_are_named(tmp_path, content) -> None:
    (tmp_path / "a.xdf").write_bytes(content)
    with pytest.raises(UnreadableFile, match=r"a\.xdf is not an XDF file"):
        read_xdf(tmp_path / "a.xdf")


def test_a_missing_file_is_named(tmp_path) -> None:
    with pytest.raises(UnreadableFile, match="No such file or directory; expected an XDF file"):
        read_xdf(tmp_path / "none.xdf")


def test_damage_inside_a_header_is_reported(tmp_path) -> None:
    write(tmp_path / "a.xdf")
    content = (tmp_path / "a.xdf").read_bytes().replace(b"<name>amp", b"<nome>amp")
    (tmp_path / "a.xdf").write_bytes(content)
    with pytest.raises(UnreadableFile, match="damaged and cannot be read as XDF"):
        read_xdf(tmp_path / "a.xdf")
