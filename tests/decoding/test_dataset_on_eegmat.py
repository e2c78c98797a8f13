"""The real EEGMAT, as published and at a quarter of the rate."""

import numpy as np
import pytest

from affectlab.decoding.datasets.prepare import prepare
from affectlab.decoding.datasets.settings import PrepareSettings

pytestmark = pytest.mark.data

STEP = PrepareSettings(step=4.0)
PEOPLE = ("Subject00", "Subject01", "Subject02")


@pytest.fixture(scope="module")
def prepared(data_root, tmp_path_factory):
    """Three people as published and at 125 Hz."""
    found = []
    for name in ("as_published", "125hz"):
        files = [
            file for who in PEOPLE for file in sorted((data_root / "eegmat" / name).glob(f"{who}_*.edf"))
        ]
        if len(files) != 6:
            pytest.skip(f"EEGMAT is not in {data_root / 'eegmat' / name}")
        root = tmp_path_factory.mktemp(name)
        for file in files:
            (root / file.name).symlink_to(file)
        found.append(prepare("eegmat", root, root / "epochs", STEP))
    return found


def test_three_minutes_of_rest_and_one_of_task_each(prepared) -> None:
    published, _ = prepared
    assert published.data.shape == (3 * (45 + 15), 19, 500)
    assert published.info.parameters["subjects"] == "3 of the 36 published"
    assert (published.quality >= 0.5).mean() > 0.95
    # Conditioned EEG of clean channels: tens of microvolts.
    assert 3 < np.median(published.data.std(axis=-1)) < 30


def test_both_rates_give_nearly_the_same_windows(prepared) -> None:
    published, quarter = prepared
    for name in ("subject", "recording", "state", "arousal"):
        np.testing.assert_array_equal(getattr(published.table, name), getattr(quarter.table, name))
    np.testing.assert_allclose(published.table.stop, quarter.table.stop, atol=1e-6)
    ours, theirs = (np.fft.rfft(epochs.data) for epochs in prepared)
    hertz = np.fft.rfftfreq(500, 1 / 125)
    # The causal low-pass delays 3.5 ms more at 500 Hz, where its design bends the frequency axis less.
    moved = ours * np.exp(2j * np.pi * hertz * 3.5e-3)
    assert np.linalg.norm(moved - theirs) < 0.1 * np.linalg.norm(theirs)
    for low, high in ((4, 8), (8, 13), (13, 30)):
        band = (hertz >= low) & (hertz < high)
        powers = [np.log((np.abs(one[..., band]) ** 2).sum(axis=-1)).ravel() for one in (ours, theirs)]
        assert np.corrcoef(*powers)[0, 1] > 0.98
        assert abs(np.mean(powers[0] - powers[1])) < 0.01
