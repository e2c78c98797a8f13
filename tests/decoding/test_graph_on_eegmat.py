"""A check of the chain on real EEG, no evidence: the shipped weights were trained on these very people."""

import numpy as np
import pytest

from affectlab.decoding import make_decoder
from affectlab.signals import ChainConfig, Chunk, SignalChain
from affectlab.signals.recordings import open_recording

pytestmark = pytest.mark.data


def windows_of(file):
    recording = open_recording(file)
    data = recording.read(0, recording.n_samples)
    times = np.arange(1, len(data) + 1) / recording.sfreq
    return SignalChain(recording.sfreq, recording.channels, ChainConfig(step=2.0)).push(Chunk(data, times))


@pytest.mark.parametrize("folder", ["125hz", "as_published"])
def test_arithmetic_is_decoded_as_more_arousing_than_later_rest(data_root, folder) -> None:
    files = sorted((data_root / "eegmat" / folder).glob("*_1.edf"))[:6]
    if not files:
        pytest.skip(f"EEGMAT is not in {data_root / 'eegmat' / folder}")
    rises = []
    for file in files:
        decoder = make_decoder("graph")
        rest = windows_of(file)
        for window in rest:
            if window.time <= 60:
                decoder.observe_rest(window)
        later = [decoder.decode(window).arousal for window in rest if window.time >= 64]
        task = [
            decoder.decode(window).arousal
            for window in windows_of(file.with_name(file.name.replace("_1", "_2")))
        ]
        rises.append(np.mean(task) - np.mean(later))
    assert np.mean(np.array(rises) > 0) > 0.8
    assert np.mean(rises) > 0.1
