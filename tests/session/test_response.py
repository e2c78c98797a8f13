import numpy as np
import pytest

from affectlab.affect import AffectState
from affectlab.session.response import EVIDENCE_SECONDS, MIN_ROWS, ResponseModel, effective_rows


def listen(gain: float, offset: float, noise: float, *, seconds=600, seed=0, moving=True):
    """Simulate a person whose affect follows the music as the model assumes, decoded with white noise."""
    generator = np.random.default_rng(seed)
    model = ResponseModel()
    followed = np.zeros(2)
    for time in np.arange(0, seconds, 0.5):
        music = (0.6 * np.sin(time / 60), 0.6 * np.cos(time / 80)) if moving else (0.3, 0.3)
        model.hear(music, float(time))
        followed = np.array(music) if time == 0 else followed + (1 - np.exp(-0.5 / 11)) * (music - followed)
        decoded = np.clip(offset + gain * followed + generator.normal(0, noise, 2), -1, 1)
        model.observe(AffectState(decoded, np.eye(2) * 0.1, float(time)))
    return model.estimate()


def test_gain_and_offset_of_a_known_response_are_recovered() -> None:
    for axis in listen(gain=0.6, offset=0.1, noise=0.05):
        assert axis.gain == pytest.approx(0.6, abs=0.05)
        assert axis.offset == pytest.approx(0.1, abs=0.05)
        assert axis.trust == 1


def test_a_decoder_that_says_nothing_is_rarely_trusted() -> None:
    trusts = [axis.trust for seed in range(100) for axis in listen(0.0, 0.0, 0.3, seconds=300, seed=seed)]
    assert np.mean(trusts) < 0.06


def test_music_that_never_moves_teaches_nothing() -> None:
    assert all(axis.trust == 0 for axis in listen(0.8, 0.0, 0.05, moving=False))


def test_an_inverted_decoder_is_not_trusted() -> None:
    assert all(axis.trust == 0 for axis in listen(-0.8, 0.0, 0.05))


def test_too_little_evidence_is_no_evidence() -> None:
    assert all(axis.trust == 0 for axis in listen(0.8, 0.0, 0.05, seconds=(MIN_ROWS - 1) * EVIDENCE_SECONDS))


def test_silence_is_no_evidence() -> None:
    model = ResponseModel()
    for time in range(300):
        model.hear(None, float(time))
        model.observe(AffectState.at(0.5, 0.5, sd=0.3, time=float(time)))
    assert model.estimate()[0].trust == 0


def test_effective_rows_of_white_noise_and_of_a_random_walk() -> None:
    white = np.random.default_rng(0).normal(size=2000)
    assert effective_rows(white) == pytest.approx(2000, rel=0.1)
    assert effective_rows(np.cumsum(white) - np.cumsum(white).mean()) < 100
