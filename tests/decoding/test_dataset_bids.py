"""BIDS with ratings: events or behavioural tables, inherited sidecars, and mistakes in tables."""

import json

import numpy as np
import pytest
from official_layout import BIDS_EVENTS, tsv, write_bids

from affectlab.decoding.datasets.prepare import prepare
from affectlab.decoding.datasets.registry import make_loader
from affectlab.decoding.datasets.settings import PrepareSettings
from affectlab.errors import InvalidConfig, InvalidData, UnreadableFile

RATED = PrepareSettings(valence_column="valence", arousal_column="arousal")


def prepared(root, settings=RATED):
    return prepare("bids", root, root.parent / "epochs", settings)


def test_rated_events_and_rest_are_windowed_and_nothing_else(tmp_path) -> None:
    epochs = prepared(write_bids(tmp_path / "bids", 1))
    assert list(zip(epochs.table.start, epochs.table.stimulus, strict=True)) == [
        *((start, "") for start in (0, 2, 4, 6, 8)),
        *((start, "calm.wav") for start in (12, 14, 16, 18)),
        *((start, "wild.wav") for start in (24, 26, 28, 30)),
    ]
    assert epochs.table.baseline.tolist() == [True] * 5 + [False] * 8
    np.testing.assert_array_equal(epochs.table.valence[5:], [1.0] * 4 + [0.0] * 4)
    np.testing.assert_array_equal(epochs.table.arousal[5:], [-1.0] * 4 + [np.nan] * 4)
    assert set(epochs.table.subject) == {"01"}
    assert set(epochs.table.session) == {"a"}
    assert set(epochs.table.state) == {"rest", "music"}


def test_the_channels_that_everybody_has_are_kept(tmp_path) -> None:
    epochs = prepared(write_bids(tmp_path / "bids", 2))
    assert epochs.info.channels == ("Fp1", "Cz", "O1", "O2")
    assert set(epochs.table.subject) == {"01", "02"}


def test_a_wanted_channel_that_somebody_lacks_is_named(tmp_path) -> None:
    settings = RATED.model_copy(update={"channels": ("Fp1", "Pz")})
    with pytest.raises(InvalidData, match="channel 'Pz' is not there"):
        prepared(write_bids(tmp_path / "bids", 2), settings)


@pytest.mark.parametrize(("line", "expected"), [(60, 60.0), ("n/a", None), (None, 50.0)])
def test_the_mains_frequency_is_that_of_the_sidecar(tmp_path, line, expected) -> None:
    root = write_bids(tmp_path / "bids", 1, line=line)
    loader = make_loader("bids")
    (take,) = loader.takes(loader.units(root, RATED)[0], RATED)
    assert take.line == expected


def test_a_nearer_sidecar_wins(tmp_path) -> None:
    root = write_bids(tmp_path / "bids", 1, line=60)
    near = root / "sub-01" / "ses-a" / "eeg" / "sub-01_ses-a_task-music_eeg.json"
    near.write_text(json.dumps({"PowerLineFrequency": 50}))
    loader = make_loader("bids")
    (take,) = loader.takes(loader.units(root, RATED)[0], RATED)
    assert take.line == 50.0


UNRATED = tuple(row[:4] for row in BIDS_EVENTS)
BEHAVIOUR = (("stim_file", "valence", "arousal"), ("wild.wav", "3", "9"), ("calm.wav", "9", "1"))


def test_ratings_of_the_behavioural_table_are_joined_by_stimulus(tmp_path) -> None:
    epochs = prepared(write_bids(tmp_path / "bids", 1, events=UNRATED, beh=BEHAVIOUR))
    assert set(epochs.table.arousal[epochs.table.stimulus == "wild.wav"]) == {1.0}
    assert set(epochs.table.valence[epochs.table.stimulus == "wild.wav"]) == {-0.5}
    assert set(epochs.table.valence[epochs.table.stimulus == "calm.wav"]) == {1.0}


def changed(line, column, value):
    rows = [list(row) for row in BIDS_EVENTS]
    rows[line][column] = value
    return tuple(tuple(row) for row in rows)


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"events": changed(2, 4, "11")}, r"line 3: valence is 11; expected a rating from 1 to 9"),
        ({"events": changed(2, 4, "high")}, r"line 3: valence is 'high'; expected a number"),
        ({"events": changed(2, 1, "n/a")}, r"line 3: duration is 'n/a'; expected a number"),
        ({"events": changed(0, 0, "start")}, r"has no column 'onset'; it has start, duration"),
        ({"events": (*BIDS_EVENTS, ("30",))}, r"line 6 has 1 fields; expected 6"),
        ({"events": BIDS_EVENTS[:1]}, "has no rows"),
        ({"events": ()}, r"has no column 'onset'; it has none"),
        ({"events": UNRATED}, r"has no column 'valence' \(it has onset, .* and there is no beh\.tsv"),
        ({"events": UNRATED, "beh": BEHAVIOUR + BEHAVIOUR[1:2]}, r"rates 'wild\.wav' twice"),
        ({"events": UNRATED, "beh": (("stimulus", "valence"), ("a", "1"))}, r"has no column 'stim_file'"),
        (
            {"events": tuple(row[:3] for row in BIDS_EVENTS), "beh": BEHAVIOUR},
            r"has no column 'stim_file' to join",
        ),
    ],
)
def test_a_mistake_in_a_table_is_one_line(tmp_path, options, complaint) -> None:
    with pytest.raises(InvalidData, match=complaint):
        prepared(write_bids(tmp_path / "bids", 1, **options))
    assert not (tmp_path / "epochs").exists()


def test_tables_that_are_missing_or_no_text_are_named(tmp_path) -> None:
    root = write_bids(tmp_path / "bids", 1)
    events = next(root.rglob("*_events.tsv"))
    events.write_bytes(tsv(BIDS_EVENTS).encode("utf-16"))
    with pytest.raises(UnreadableFile, match=r"events\.tsv is no readable table"):
        prepared(root)
    events.unlink()
    with pytest.raises(UnreadableFile, match=r"events\.tsv is missing; expected the events of sub-01"):
        prepared(root)


def test_a_sidecar_that_is_no_json_is_named(tmp_path) -> None:
    root = write_bids(tmp_path / "bids", 1)
    (root / "task-music_eeg.json").write_text("{")
    with pytest.raises(UnreadableFile, match=r"task-music_eeg\.json is no JSON"):
        prepared(root)


def test_where_ratings_are_must_be_told(tmp_path) -> None:
    with pytest.raises(InvalidConfig, match="bids needs to know where ratings are; give --valence-column"):
        prepared(write_bids(tmp_path / "bids", 1), PrepareSettings())
