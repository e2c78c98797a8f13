"""A sanity check on real EEG, no benchmark: mental arithmetic against the same person's rest."""

import numpy as np
import pytest

from affectlab.decoding import BandPowerDecoder
from affectlab.decoding.bandpower import AROUSAL, LEAST_QUALITY, VALENCE
from affectlab.decoding.features import affect_features
from affectlab.signals import TEN_TWENTY, ChainConfig, Chunk, SignalChain, canonical

pytestmark = pytest.mark.data


def windows_of(file):
    import mne

    raw = mne.io.read_raw_edf(file, preload=True, verbose="error")
    names = {canonical(name): name for name in raw.ch_names if canonical(name) in TEN_TWENTY}
    data = raw.get_data(picks=list(names.values())).T * 1e6
    times = np.arange(1, len(data) + 1) / raw.info["sfreq"]
    chain = SignalChain(raw.info["sfreq"], tuple(names), ChainConfig(step=1.0))
    return chain.push(Chunk(data.astype(np.float32), times))


@pytest.fixture(scope="module")
def recordings(data_root):
    folder = data_root / "eegmat" / "125hz"
    if not folder.is_dir():
        pytest.skip(f"EEGMAT at 125 Hz is not in {folder}")
    return [
        (windows_of(rest), windows_of(rest.with_name(rest.name.replace("_1", "_2"))))
        for rest in sorted(folder.glob("*_1.edf"))
    ]


def test_arithmetic_is_decoded_as_more_arousing_than_held_out_rest(recordings) -> None:
    rises = []
    for rest, task in recordings:
        decoder = BandPowerDecoder()
        for window in rest:
            if 34 <= window.time <= 94:
                decoder.observe_rest(window)
        later = [decoder.decode(window).arousal for window in rest if window.time > 100]
        rises.append(np.mean([decoder.decode(window).arousal for window in task]) - np.mean(later))
    assert len(rises) == 24
    assert sum(rise > 0 for rise in rises) >= 16
    assert np.mean(rises) / np.std(rises, ddof=1) > 0.4


def test_typical_spreads_are_those_of_these_people_at_rest(recordings) -> None:
    spreads = []
    for rest, _ in recordings:
        features = [affect_features(window, LEAST_QUALITY) for window in rest]
        spreads.append(
            (
                _spread([(f.ratio, f.ratio_weight) for f in features]),
                _spread([(f.asymmetry, f.asymmetry_weight) for f in features]),
            )
        )
    arousal, valence = np.median(spreads, axis=0)
    assert arousal == pytest.approx(AROUSAL.typical_sd, rel=0.1)
    assert valence == pytest.approx(VALENCE.typical_sd, rel=0.1)


def _spread(pairs):
    """Robust standard deviation over windows of the average weighted by quality."""
    averages = np.array([values @ weights / weights.sum() for values, weights in pairs if weights.any()])
    return 1.4826 * np.median(np.abs(averages - np.median(averages)))
