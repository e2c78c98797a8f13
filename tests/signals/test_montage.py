import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectlab.errors import UnknownChannels
from affectlab.signals import TEN_TWENTY, canonical, positions, scalp_names, select

EEGMAT_LABELS = [
    *("EEG Fp1", "EEG Fp2", "EEG F3", "EEG F4", "EEG F7", "EEG F8", "EEG T3", "EEG T4", "EEG C3", "EEG C4"),
    *("EEG T5", "EEG T6", "EEG P3", "EEG P4", "EEG O1", "EEG O2", "EEG Fz", "EEG Cz", "EEG Pz"),
    *("EEG A2-A1", "ECG ECG"),
]


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("FP1", "Fp1"),
        ("EEG Fp1-A2", "Fp1"),
        ("EEG FPZ-Ref", "Fpz"),
        ("Fc5.", "FC5"),
        ("T3", "T7"),
        ("EEG T6-LE", "P8"),
        ("cz", "Cz"),
        (" TP10 ", "TP10"),
    ],
)
def test_labels_as_files_and_devices_write_them(label, name) -> None:
    assert canonical(label) == name


@pytest.mark.parametrize("label", ["EEG A2-A1", "ECG ECG", "Fp1-F3", "M1", "EOG left", "", "accel x", "Fp12"])
def test_what_is_no_scalp_electrode(label) -> None:
    assert canonical(label) is None


@given(st.sampled_from(TEN_TWENTY))
def test_canonical_names_stay_as_they_are(name) -> None:
    assert canonical(name) == name == canonical(f"EEG {name.upper()}-REF")


def test_all_scalp_channels_are_picked_in_the_files_order() -> None:
    picks = select((), EEGMAT_LABELS)
    assert picks.indices == tuple(range(19))
    assert set(picks.names) == set(TEN_TWENTY)


def test_requested_channels_keep_their_order_and_may_use_old_names() -> None:
    picks = select(["O2", "T3", "fp1"], EEGMAT_LABELS)
    assert picks.names == ("O2", "T7", "Fp1")
    assert [EEGMAT_LABELS[i] for i in picks.indices] == ["EEG O2", "EEG T3", "EEG Fp1"]


def test_headband() -> None:
    assert select((), ["TP9", "AF7", "AF8", "TP10", "Right AUX"]).names == ("TP9", "AF7", "AF8", "TP10")


def test_an_absent_channel_is_named_with_its_neighbours() -> None:
    with pytest.raises(UnknownChannels, match=r"'AF7' is not there; available: Fp1, .*did you mean"):
        select(["AF7"], ["Fp1", "AF8", "F7"])


def test_a_stream_without_electrodes_lists_what_it_has() -> None:
    with pytest.raises(UnknownChannels, match="among the channels ch1, ch2; expected 10–20 names"):
        select((), ["ch1", "ch2"])


def test_positions_are_on_the_unit_sphere_and_the_right_way_round() -> None:
    everywhere = dict(zip(TEN_TWENTY, positions(TEN_TWENTY), strict=True))
    np.testing.assert_allclose(np.linalg.norm(list(everywhere.values()), axis=1), 1)
    assert everywhere["T8"][0] > 0.9 > -0.9 > everywhere["T7"][0]
    assert everywhere["Fp1"][1] > 0 > everywhere["O1"][1]
    assert everywhere["Cz"][2] > 0.9


def test_scalp_names_refuses_an_empty_list_and_strangers() -> None:
    with pytest.raises(UnknownChannels, match="no channels given"):
        scalp_names([])
    with pytest.raises(UnknownChannels, match="'Fp9' is not there"):
        scalp_names(["Fp1", "Fp9"])
