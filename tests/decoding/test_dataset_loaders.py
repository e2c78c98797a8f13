"""Loaders read the official layouts, and say in one line what is wrong with a file."""

import pickle
import zipfile
from itertools import pairwise

import numpy as np
import pytest
from official_layout import (
    noise,
    write_deap,
    write_dreamer,
    write_eegmat,
    write_faced,
    write_seed,
    write_seed_iv,
)
from scipy.io import loadmat, savemat

from affectlab.decoding.datasets import faced, seed
from affectlab.decoding.datasets.arrays import checked_eeg
from affectlab.decoding.datasets.prepare import prepare
from affectlab.decoding.datasets.registry import DATASETS, make_loader
from affectlab.decoding.datasets.settings import PrepareSettings
from affectlab.errors import InvalidConfig, InvalidData, UnreadableFile

FEW = PrepareSettings(channels=("F3", "O1", "O2"), step=4.0)


def prepared(dataset, root, settings=FEW):
    return prepare(dataset, root, root.parent / "epochs", settings)


def rows_of(epochs, **wanted):
    """Return the places of the windows whose columns have these values."""
    return np.flatnonzero(
        np.logical_and.reduce([getattr(epochs.table, name) == value for name, value in wanted.items()])
    )


def label(epochs, target, **wanted):
    """Return the one label these windows share."""
    found = set(epochs.table.label(target)[rows_of(epochs, **wanted)])
    assert len(found) == 1
    return found.pop()


def test_eegmat_is_rest_and_task_on_nineteen_electrodes(tmp_path) -> None:
    epochs = prepared("eegmat", write_eegmat(tmp_path / "eegmat"), PrepareSettings())
    assert epochs.data.shape == (2 * (9 + 4), 19, 500)
    assert epochs.info.channels[6:8] == ("T7", "T8")
    assert set(epochs.table.subject) == {"Subject00", "Subject01"}
    assert label(epochs, "arousal", state="rest") == -0.4
    assert label(epochs, "arousal", state="task") == 0.4
    assert np.isnan(epochs.table.valence).all()
    np.testing.assert_array_equal(epochs.table.baseline, epochs.table.state == "rest")
    assert epochs.info.ships


def test_what_eegmats_states_mean_can_be_set(tmp_path) -> None:
    settings = PrepareSettings(labels={"task": {"arousal": 0.7, "valence": -0.1}})
    epochs = prepared("eegmat", write_eegmat(tmp_path / "eegmat", 1), settings)
    assert label(epochs, "arousal", state="task") == 0.7
    assert label(epochs, "valence", state="task") == -0.1
    assert epochs.info.parameters["labels"]["task"] == {"valence": -0.1, "arousal": 0.7}


def test_a_rest_without_its_task_is_named(tmp_path) -> None:
    root = write_eegmat(tmp_path / "eegmat")
    (root / "Subject01_2.edf").unlink()
    with pytest.raises(UnreadableFile, match=r"Subject01_1\.edf has no Subject01_2\.edf beside it"):
        prepared("eegmat", root)


@pytest.fixture(scope="module")
def deap_root(tmp_path_factory):
    return write_deap(tmp_path_factory.mktemp("deap") / "deap")


def test_deap_has_ratings_of_forty_videos(tmp_path, deap_root) -> None:
    epochs = prepare("deap", deap_root, tmp_path / "epochs", FEW)
    assert len(set(epochs.table.recording)) == 40
    # Windows of 4 s every 4 s begin at 0, 4, …; the first lies partly before the video.
    assert len(epochs) == 40 * 14
    assert epochs.table.start.min() == 4.0
    assert not epochs.table.baseline.any()
    assert "so there is none" in epochs.info.parameters["baseline"]
    assert label(epochs, "valence", stimulus="video-01") == 1.0
    assert label(epochs, "arousal", stimulus="video-01") == -1.0
    assert label(epochs, "valence", stimulus="video-02") == -1.0
    assert label(epochs, "arousal", stimulus="video-02") == 0.0
    assert not epochs.info.ships


def test_deaps_baseline_is_there_when_a_window_fits(tmp_path, deap_root) -> None:
    short = prepare(
        "deap", deap_root, tmp_path / "short", FEW.model_copy(update={"length": 3.0, "step": 3.0})
    )
    assert short.table.baseline.sum() == 40
    assert short.table.stop[short.table.baseline].max() == 3.0
    assert np.isnan(short.table.valence[short.table.baseline]).all()


def test_deap_is_read_from_the_folder_of_the_files_too(deap_root) -> None:
    loader = make_loader("deap")
    assert loader.units(deap_root / "data_preprocessed_python", FEW) == loader.units(deap_root, FEW)


def test_channels_come_in_the_order_asked_for(tmp_path) -> None:
    root = write_eegmat(tmp_path / "eegmat", 1)
    one = prepare("eegmat", root, tmp_path / "a", PrepareSettings(channels=("O2", "T3")))
    other = prepare("eegmat", root, tmp_path / "b", PrepareSettings(channels=("T7", "O2")))
    assert one.info.channels == ("O2", "T7")
    np.testing.assert_array_equal(one.data[:, 0], other.data[:, 1])


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"data": noise(40, 40, 100)}, r"s01\.dat: data has shape 40 × 40 × 100; expected 40 × 40 × 8064"),
        ({"data": [1, 2]}, r"s01\.dat: data is list; expected an array of numbers"),
        ({"labels": np.full((40, 4), 9.5)}, r"video 1: valence is 9\.5; expected a rating from 1 to 9"),
        (
            {"labels": np.full((40, 4), np.nan), "data": noise(1)},
            r"labels holds 160 values that are not finite",
        ),
        ({"labels": np.zeros((32, 4)), "data": noise(1)}, r"labels has shape 32 × 4; expected 40 × 4"),
    ],
)
def test_a_wrong_deap_file_is_one_line(tmp_path, changes, complaint) -> None:
    with pytest.raises(InvalidData, match=complaint):
        prepared("deap", write_deap(tmp_path / "deap", **changes))
    assert not (tmp_path / "epochs").exists()


def test_eeg_in_volts_is_noticed() -> None:
    assert checked_eeg(noise(2, 500), (2, None), "x", "channels × samples").shape == (2, 500)
    with pytest.raises(
        UnreadableFile, match=r"x has a typical standard .* expected microvolts: is it in volts"
    ):
        checked_eeg(noise(2, 500) * 1e-6, (2, None), "x", "channels × samples")
    # A flat channel is a matter of quality, not of units.
    assert not checked_eeg(np.zeros((2, 500)), (2, None), "x", "channels × samples").any()


def test_a_pickle_that_is_no_deap_file_is_named(tmp_path) -> None:
    root = write_deap(tmp_path / "deap")
    file = root / "data_preprocessed_python" / "s01.dat"
    file.write_bytes(pickle.dumps([1, 2]))
    with pytest.raises(UnreadableFile, match=r"s01\.dat holds no 'data' and 'labels'"):
        prepared("deap", root)
    file.write_bytes(pickle.dumps({"data": np.zeros(9)})[:-20])
    with pytest.raises(UnreadableFile, match=r"s01\.dat is no whole pickle"):
        prepared("deap", root)


def test_seed_has_classes_of_fifteen_clips_on_each_day(tmp_path) -> None:
    epochs = prepared("seed", write_seed(tmp_path / "seed"))
    assert len(epochs) == 2 * 15 * 3
    assert set(epochs.table.session) == {"1", "2"}
    assert set(epochs.table.subject) == {"01"}
    assert label(epochs, "valence", stimulus="clip-01") == 0.6
    assert label(epochs, "valence", stimulus="clip-02") == 0.0
    assert label(epochs, "valence", stimulus="clip-03") == -0.6
    assert np.isnan(epochs.table.arousal).all()
    assert epochs.table.stimulus[rows_of(epochs, state="positive")][0] == "clip-01"


def test_seeds_days_are_in_the_order_of_dates(tmp_path) -> None:
    loader, root = make_loader("seed"), write_seed(tmp_path / "seed")
    units = loader.units(root, FEW)
    assert [(unit.session, unit.files[0].name) for unit in units] == [
        ("1", "1_20131027.mat"),
        ("2", "1_20131113.mat"),
    ]


def test_seed_keeps_the_sixty_electrodes_of_the_montage(tmp_path) -> None:
    units = make_loader("seed").units(write_seed(tmp_path / "seed"), PrepareSettings())
    assert len(units[0].channels) == 60
    assert not {"CB1", "CB2"} & set(units[0].channels)


def test_seed_iv_has_its_readmes_classes(tmp_path) -> None:
    epochs = prepared("seed-iv", write_seed_iv(tmp_path / "seed-iv"))
    assert label(epochs, "valence", stimulus="day-1-clip-01") < 0 > label(epochs, "arousal", state="sad")
    assert epochs.table.state[rows_of(epochs, stimulus="day-3-clip-02")[0]] == "fear"
    assert label(epochs, "arousal", state="fear") > 0 > label(epochs, "valence", state="fear")
    assert set(epochs.table.session) == {"1", "3"}
    for classes in seed.SEED_IV_CLASSES.values():
        assert len(classes) == 24
        assert {classes.count(name) for name in "0123"} == {6}


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"clips": 14}, r"1_20131027\.mat has no variable …_eeg15; expected 15 clips"),
        ({"samples": 90_000, "clips": 15}, r"would be 450 s long at 200 Hz; expected at most 400 s"),
    ],
)
def test_a_wrong_seed_file_is_one_line(tmp_path, options, complaint, monkeypatch) -> None:
    monkeypatch.setattr(seed, "CHANNELS", ("F3", "O1", "O2"))
    with pytest.raises(UnreadableFile, match=complaint):
        prepared("seed", write_seed(tmp_path / "seed", **options))


def test_seed_without_its_labels_is_named(tmp_path) -> None:
    root = write_seed(tmp_path / "seed", samples=10)
    (root / "Preprocessed_EEG" / "label.mat").unlink()
    with pytest.raises(UnreadableFile, match=r"label\.mat is missing"):
        prepared("seed", root)


def test_a_class_seed_does_not_know_is_refused(tmp_path) -> None:
    root = write_seed(tmp_path / "seed", samples=1000)
    savemat(root / "Preprocessed_EEG" / "label.mat", {"label": np.full((1, 15), 4)})
    with pytest.raises(UnreadableFile, match=r"label holds 4; expected 1, 0 or -1"):
        prepared("seed", root)


def test_dreamer_has_ratings_and_a_neutral_clip_before_each(tmp_path) -> None:
    epochs = prepared("dreamer", write_dreamer(tmp_path / "dreamer"), PrepareSettings(step=4.0))
    assert epochs.data.shape[1:] == (14, 500)
    assert epochs.table.baseline.sum() == 2 * 18 * 2
    assert label(epochs, "valence", stimulus="clip-01") == -1.0
    assert label(epochs, "valence", stimulus="clip-02") == 0.0
    assert label(epochs, "arousal", stimulus="clip-01") == 1.0
    # The headset's offset is gone.
    assert np.abs(epochs.data).max() < 200


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"EEG_SamplingRate": 256.0}, r"EEG_SamplingRate is 256.*expected 128 Hz"),
        ({"EEG_Electrodes": "Cz"}, r"has electrodes Cz; expected AF3"),
    ],
)
def test_a_wrong_dreamer_file_is_one_line(tmp_path, changes, complaint) -> None:
    with pytest.raises(UnreadableFile, match=complaint):
        prepared("dreamer", write_dreamer(tmp_path / "dreamer", 1, **changes))


def test_faced_has_the_persons_own_ratings_by_clip(tmp_path) -> None:
    epochs = prepared("faced", write_faced(tmp_path / "faced"))
    assert len(epochs) == 28 * 7
    assert label(epochs, "valence", stimulus="clip-28") == pytest.approx(1.0)
    assert label(epochs, "valence", stimulus="clip-14") == pytest.approx(0.0)
    assert label(epochs, "arousal", stimulus="clip-14") == pytest.approx(1.0)
    assert epochs.table.state[rows_of(epochs, stimulus="clip-16")[0]] == "neutral"


def test_faced_without_ratings_has_what_clips_were_meant_to_evoke(tmp_path) -> None:
    epochs = prepared("faced", write_faced(tmp_path / "faced", ratings=False))
    assert label(epochs, "valence", state="anger") < 0 < label(epochs, "arousal", state="anger")
    assert label(epochs, "valence", state="joy") > 0
    assert len(faced.CLASSES) == 28
    assert sum(one != other for one, other in pairwise(faced.CLASSES)) == 8


def test_a_person_of_faced_whose_ratings_are_missing_is_named(tmp_path) -> None:
    root = write_faced(tmp_path / "faced")
    remarks = root / "Data" / "sub000" / "After_remarks.mat"
    content = loadmat(remarks)["After_remark"]
    savemat(remarks, {"After_remark": content[1:]})
    with pytest.raises(UnreadableFile, match="has ratings of 27 clips; expected clips 1 to 28"):
        prepared("faced", root)
    remarks.unlink()
    with pytest.raises(
        UnreadableFile, match=r"After_remarks\.mat is missing; expected the ratings of sub000"
    ):
        prepared("faced", root)


@pytest.mark.parametrize("dataset", DATASETS)
def test_an_empty_folder_and_a_missing_one_name_the_layout(tmp_path, dataset) -> None:
    settings = PrepareSettings(valence_column="valence")
    layout = make_loader(dataset).about.layout
    with pytest.raises(UnreadableFile) as missing:
        prepare(dataset, tmp_path / "nowhere", tmp_path / "out", settings)
    (tmp_path / "empty").mkdir()
    with pytest.raises(UnreadableFile) as empty:
        prepare(dataset, tmp_path / "empty", tmp_path / "out", settings)
    assert f"does not exist; expected {layout}" in str(missing.value)
    assert f"holds nothing of {dataset}; expected {layout}" in str(empty.value)


@pytest.mark.parametrize("dataset", ["deap", "dreamer", "bids"])
def test_places_for_classes_of_a_set_with_ratings_are_refused(tmp_path, dataset) -> None:
    with pytest.raises(InvalidConfig, match="label 'happy' is no class of this data set; it has ratings"):
        make_loader(dataset).units(tmp_path, PrepareSettings(labels={"happy": {"valence": 1.0}}))


def test_an_unknown_data_set_is_named() -> None:
    with pytest.raises(InvalidConfig, match="data set 'sead' is not known; expected one of: eegmat, deap"):
        make_loader("sead")


def a_zip(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("inside", "nothing")


@pytest.mark.parametrize(
    ("fake", "complaint"),
    [
        (a_zip, "cannot be read as a MATLAB file"),
        (lambda path: path.write_bytes(b""), r"is empty \(0 bytes\)"),
        (lambda path: path.write_bytes(b"MATLAB 7.3 MAT-file" + bytes(600)), r"version 7\.3 \(HDF5\)"),
        (lambda path: path.write_bytes(path.read_bytes()[:5000]), "cannot be read as a MATLAB file"),
    ],
)
def test_what_is_no_whole_mat_file_is_one_line(tmp_path, fake, complaint) -> None:
    root = write_dreamer(tmp_path / "dreamer", 1)
    fake(root / "DREAMER.mat")
    with pytest.raises(UnreadableFile, match=complaint) as caught:
        prepared("dreamer", root)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("fake", "complaint"),
    [
        (lambda path: path.write_bytes(pickle.dumps(np.zeros(4000))), "is no EDF file"),
        (lambda path: path.write_bytes(path.read_bytes()[:-40_000]), "is truncated"),
        (lambda path: path.write_bytes(b""), r"is empty \(0 bytes\)"),
    ],
)
def test_what_is_no_whole_edf_file_is_one_line(tmp_path, fake, complaint) -> None:
    root = write_eegmat(tmp_path / "eegmat")
    fake(root / "Subject01_2.edf")
    with pytest.raises(UnreadableFile, match=complaint):
        prepared("eegmat", root)
    assert not (tmp_path / "epochs").exists()


def test_eeg_at_too_low_a_rate_is_refused(tmp_path) -> None:
    with pytest.raises(InvalidData, match=r"has 64 Hz; expected at least 100 Hz"):
        prepared("eegmat", write_eegmat(tmp_path / "eegmat", sfreq=64))
