import json

import mne_bids
import numpy as np
import pytest
from recorded_session import CHANNELS, eeg_chunks, write_session

from affectlab.errors import InvalidConfig, InvalidData, RecordingError, UnreadableFile
from affectlab.session import bids
from affectlab.session.bids import export_bids
from affectlab.session.recorder import SessionRecorder


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A session of forty seconds."""
    return write_session(tmp_path_factory.mktemp("bids") / "first", seconds=40, sound=False).folder


@pytest.fixture(scope="module")
def exported(folder, tmp_path_factory):
    """Its export."""
    return export_bids(folder, tmp_path_factory.mktemp("root") / "data", subject="01", session="a")


def read(path):
    return mne_bids.read_raw_bids(mne_bids.get_bids_path_from_fname(path), verbose="ERROR")


def test_the_eeg_reads_back_in_volts_with_montage_and_mains_frequency(exported) -> None:
    raw = read(exported)
    sent = np.concatenate([part.data for part in eeg_chunks(40, 0)]).T
    np.testing.assert_allclose(raw.get_data(), np.nan_to_num(sent) * 1e-6, rtol=1e-6, atol=1e-13)
    assert tuple(raw.ch_names) == CHANNELS
    assert (raw.info["sfreq"], raw.info["line_freq"]) == (250, 50)
    assert set(raw.get_montage().ch_names) == set(CHANNELS)


def test_what_happened_is_annotated_when_it_happened(exported) -> None:
    marks = [(round(a["onset"], 2), a["description"]) for a in read(exported).annotations]
    assert (0.0, "phase/rest") in marks
    assert (8.0, "phase/music") in marks
    assert (8.0, "plan/rules") in marks
    assert (18.0, "decision/lead") in marks
    assert (40.0, "notice/quality") in marks
    assert (10.0, "page/rating") in marks
    assert (20.0, "BAD_missing") in marks


def test_phases_last_until_the_next(exported) -> None:
    lasting = {a["description"]: a["duration"] for a in read(exported).annotations if a["duration"] > 0.01}
    assert lasting["phase/rest"] == pytest.approx(8.0)
    assert lasting["phase/music"] == pytest.approx(32.0, abs=0.01)


def test_details_are_kept_beside_the_eeg(exported) -> None:
    (table,) = exported.parents[1].glob("beh/*_beh.tsv")
    assert table.name == "sub-01_ses-a_task-musicloop_beh.tsv"
    head, *rows = [line.split("\t") for line in table.read_text().splitlines()]
    assert head == ["onset", "event", "details"]
    assert len(rows) == 13
    onsets = [float(row[0]) for row in rows]
    assert onsets == sorted(onsets)
    ratings = [json.loads(row[2])["data"] for row in rows if row[1] == "page/rating"]
    assert ratings == [{"valence": -0.15, "arousal": -0.2}, {"valence": 0.55, "arousal": -0.2}]
    assert set(json.loads(table.with_suffix(".json").read_text())) >= set(head)


def test_the_sidecar_says_what_the_data_are(exported) -> None:
    sidecar = json.loads(exported.with_suffix(".json").read_text())
    assert "research software, not a medical device" in sidecar["Note"]
    assert (sidecar["Manufacturer"], sidecar["PowerLineFrequency"]) == ("n/a", 50)
    assert (sidecar["SessionId"], sidecar["Interrupted"]) == ("first", False)
    description = json.loads((exported.parents[3] / "dataset_description.json").read_text())
    assert description["Name"] == "affectlab listening sessions"


def test_sessions_join_a_data_set_that_exists(folder, tmp_path) -> None:
    one = export_bids(folder, tmp_path, subject="01")
    (tmp_path / "README").write_text("about our study")
    (tmp_path / "own").mkdir()
    two = export_bids(folder, tmp_path, subject="01", task="again")
    three = export_bids(folder, tmp_path, subject="02")
    assert [len(read(path).times) for path in (one, two, three)] == [10_000] * 3
    participants = (tmp_path / "participants.tsv").read_text()
    assert participants.count("sub-01") == participants.count("sub-02") == 1
    assert len((tmp_path / "sub-01" / "sub-01_scans.tsv").read_text().splitlines()) == 3
    assert (tmp_path / "README").read_text().startswith("about our study")
    assert {path.name for path in tmp_path.iterdir() if path.is_dir()} == {"own", "sub-01", "sub-02"}


def test_interrupted_sessions_are_exported_and_say_so(tmp_path) -> None:
    folder = write_session(tmp_path / "s", seconds=10, sound=False, end=False).folder
    path = export_bids(folder, tmp_path / "data", subject="01")
    assert json.loads(path.with_suffix(".json").read_text())["Interrupted"] is True


def test_what_a_model_was_told_stays_in_the_sessions_folder(tmp_path) -> None:
    folder = write_session(tmp_path / "s", seconds=20, sound=False, model=True).folder
    path = export_bids(folder, tmp_path / "data", subject="01")
    (table,) = path.parents[1].glob("beh/*_beh.tsv")
    rows = [line.split("\t") for line in table.read_text().splitlines()]
    (asked,) = [json.loads(row[2]) for row in rows if row[1].startswith("exchange")]
    assert (asked["model"], asked["outcome"], asked["seconds"]) == ("openai:m", "invalid", 1.5)
    shared = "".join(one.read_text() for one in (tmp_path / "data").rglob("*.tsv"))
    assert "Plan a calm half hour." in (folder / "exchanges.jsonl").read_text()
    assert "Plan a calm half hour." not in shared
    assert "I would rather not." not in shared


def test_nothing_is_written_over(folder, exported) -> None:
    before = exported.stat().st_mtime_ns
    with pytest.raises(InvalidConfig, match="exists already; choose another subject, task or session"):
        export_bids(folder, exported.parents[3], subject="01", session="a")
    assert exported.stat().st_mtime_ns == before


@pytest.mark.parametrize(
    ("labels", "named"),
    [
        ({"subject": "a_b"}, "subject label 'a_b'"),
        ({"subject": ""}, "subject label ''"),
        ({"subject": "1", "task": "my task"}, "task label 'my task'"),
        ({"subject": "1", "session": "ü"}, "session label 'ü'"),
    ],
)
def test_labels_are_checked(folder, tmp_path, labels, named) -> None:
    with pytest.raises(InvalidConfig, match=f"{named} is not allowed in BIDS; use letters and digits"):
        export_bids(folder, tmp_path / "data", **labels)
    assert not (tmp_path / "data").exists()


def test_a_session_without_eeg_is_refused(tmp_path) -> None:
    session = SessionRecorder(tmp_path / "s")
    session.begin({"command": "session run"})
    session.abandon()
    with pytest.raises(InvalidData, match="holds no EEG; there is nothing to export"):
        export_bids(tmp_path / "s", tmp_path / "data", subject="01")


def test_what_is_no_session_is_refused(tmp_path) -> None:
    with pytest.raises(UnreadableFile, match="expected a session's manifest"):
        export_bids(tmp_path, tmp_path / "data", subject="01")


def test_an_export_that_does_not_read_back_leaves_nothing(folder, tmp_path, monkeypatch) -> None:
    written = bids._raw

    def altered(*arguments):
        raw = written(*arguments)
        raw._data[0, 5] += 1e-6
        return raw

    monkeypatch.setattr(bids, "_raw", altered)
    with pytest.raises(RecordingError, match="does not read back as recorded; nothing was exported"):
        export_bids(folder, tmp_path / "data", subject="01")
    assert list((tmp_path / "data").iterdir()) == []
