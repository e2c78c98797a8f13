import numpy as np
import pytest

from affectlab.affect import AffectState
from affectlab.session.evidence import EVIDENCE_SECONDS, MIN_ROWS, DecoderTrust, effective_rows, slope_t


def trust_after(
    gain: float, noise: float, *, seconds: float = 600, seed: int = 0, moving: bool = True
) -> float:
    """Trust in a decoder that reports affect, which follows the music by `gain`, with white noise."""
    generator, trust, felt = np.random.default_rng(seed), DecoderTrust(), np.zeros(2)
    for time in np.arange(0, seconds, 0.5):
        music = (0.6 * np.sin(time / 60), 0.6 * np.cos(time / 80)) if moving else (0.0, 0.0)
        trust.hear(music, float(time))
        felt = felt + (1 - np.exp(-0.5 / 11)) * (gain * np.array(music) - felt)
        decoded = np.clip(felt + generator.normal(0, noise, 2), -1, 1)
        trust.observe(AffectState(decoded, np.eye(2) * 0.1, float(time)))
    return trust.trust


def test_a_decoder_that_follows_the_music_is_trusted() -> None:
    assert trust_after(0.6, 0.1) == 1


def test_a_decoder_that_says_nothing_is_hardly_trusted() -> None:
    assert np.mean([trust_after(0.0, 0.3, seconds=300, seed=seed) for seed in range(60)]) < 0.1


def test_a_decoder_that_drifts_on_its_own_is_hardly_trusted() -> None:
    def drifting(seed: int) -> float:
        generator, trust, drift = np.random.default_rng(seed), DecoderTrust(), np.zeros(2)
        for time in np.arange(0, 600, 0.5):
            trust.hear((0.4 * min(time / 300, 1), -0.5 * min(time / 300, 1)), float(time))
            drift = np.exp(-0.5 / 60) * drift + generator.normal(0, 0.04, 2)
            trust.observe(AffectState(np.clip(drift, -1, 1), np.eye(2) * 0.1, float(time)))
        return trust.trust

    assert np.mean([drifting(seed) for seed in range(60)]) < 0.25


@pytest.mark.parametrize("moving", [True, False])
def test_an_inverted_decoder_and_unmoved_music_give_no_trust(moving) -> None:
    assert trust_after(-0.8, 0.05, moving=moving) == 0


def test_too_little_evidence_is_no_evidence() -> None:
    assert trust_after(0.8, 0.02, seconds=(MIN_ROWS - 1) * EVIDENCE_SECONDS) == 0


def test_slope_t_is_the_textbook_statistic_for_independent_residuals() -> None:
    from scipy.stats import linregress

    generator = np.random.default_rng(3)
    music = generator.normal(size=400)
    affect = 0.2 * music + generator.normal(size=400)
    fit = linregress(music, affect)
    assert slope_t(music, affect, np.ones(400)) == pytest.approx(fit.slope / fit.stderr, rel=0.05)


def test_effective_rows_of_white_noise_and_of_a_random_walk() -> None:
    white = np.random.default_rng(0).normal(size=2000)
    assert effective_rows(white) == pytest.approx(2000, rel=0.1)
    walk = np.cumsum(white)
    assert effective_rows(walk - walk.mean()) < 100
