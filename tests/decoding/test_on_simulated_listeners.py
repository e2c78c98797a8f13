import numpy as np
import pytest

from affectlab.decoding import BandPowerDecoder, ChanceDecoder, assess
from affectlab.signals import ChainConfig, Chunk, SignalChain, SimulatedListener

REST, END, TURN = 60.0, 200.0, 35.0


def music_for(seed):
    """Silence at rest, then another point of the plane every `TURN` seconds."""
    points = np.random.default_rng(1000 + seed).uniform(-0.8, 0.8, (8, 2))
    return lambda time: None if time < REST else tuple(points[int((time - REST) / TURN)])


def listen(seed):
    """Decode one listener by two decoders; return their beliefs under music and the truth."""
    listener = SimulatedListener(music_for(seed), seed=seed)
    chain = SignalChain(listener.sfreq, listener.channels, ChainConfig(step=1.0))
    decoders = BandPowerDecoder(), ChanceDecoder(seed, BandPowerDecoder())
    beliefs, truths = ([], []), []
    for start in np.arange(0, END, 1.0):
        times = start + np.arange(1, listener.sfreq + 1) / listener.sfreq
        for window in chain.push(Chunk(listener.take(times.size), times)):
            if window.time <= REST:
                for decoder in decoders:
                    decoder.observe_rest(window)
            elif window.time > REST + 4:
                truths.append(listener.truth(window.time))
                for decoder, told in zip(decoders, beliefs, strict=True):
                    told.append(decoder.decode(window))
    return beliefs, truths


def pooled(heard, which):
    """Assess one of the two decoders over all listeners at once."""
    beliefs = [belief for both, _ in heard for belief in both[which]]
    return assess(beliefs, [truth for _, truths in heard for truth in truths])


@pytest.fixture(scope="module")
def heard():
    return [listen(seed) for seed in range(5)]


def test_affect_is_decoded_above_chance_and_below_certainty(heard) -> None:
    within = [assess(real, truths).correlation for (real, _), truths in heard]
    assert 0.35 < np.median(within) < 0.8
    by_chance = [assess(chance, truths).correlation for (_, chance), truths in heard]
    assert abs(np.mean(by_chance)) < 0.2


def test_ellipses_hold_the_truth_about_as_often_as_they_say(heard) -> None:
    result = pooled(heard, 0)
    assert 0.6 < result.coverage68 < 0.85
    assert 0.9 < result.coverage95 < 0.995


def test_chance_is_overconfident(heard) -> None:
    real, chance = pooled(heard, 0), pooled(heard, 1)
    assert chance.coverage68 < real.coverage68 - 0.05
    assert min(chance.rmse) > max(real.rmse)
