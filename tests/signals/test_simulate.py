from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affectlab.errors import InvalidData, UnknownChannels
from affectlab.signals import TEN_TWENTY, EffectSizes, ListenerTraits, SimulatedListener, SimulatedSource
from affectlab.signals.simulate import due_samples

FS = 250.0


def silence(_: float) -> None:
    return None


def calm_person(**changes) -> ListenerTraits:
    """A person at neutral affect, without artefacts or spontaneous change."""
    values = {
        "set_point": (0.0, 0.0),
        "gain": (1.0, 1.0),
        "time_constant": 8.0,
        "wander": 0.0,
        "alpha_hz": 10.0,
        "alpha_microvolts": 9.0,
        "beta_microvolts": 4.0,
        "background_microvolts": 8.0,
        "line_microvolts": 0.0,
        "alpha_left_right": 0.0,
        "blinks_per_minute": 0.0,
        "bursts_per_minute": 0.0,
        "dropouts_per_minute": 0.0,
    }
    return ListenerTraits(**(values | changes))


def band_amplitude(samples: np.ndarray, low: float, high: float) -> np.ndarray:
    power = np.abs(np.fft.rfft(samples, axis=0)) ** 2
    frequencies = np.fft.rfftfreq(len(samples), 1 / FS)
    return np.sqrt(power[(frequencies >= low) & (frequencies < high)].mean(axis=0))


def minutes_under(music, minutes: float = 2.0, seed: int = 5, **changes) -> dict[str, np.ndarray]:
    listener = SimulatedListener(lambda _: music, seed=seed, traits=calm_person(**changes))
    listener.take(round(40 * FS))
    samples = listener.take(round(minutes * 60 * FS)).astype(float)
    return {
        name: band_amplitude(samples, *band)
        for name, band in {"alpha": (8, 12), "beta": (14, 26), "line": (49.9, 50.1)}.items()
    }


def at(values: np.ndarray, *names: str) -> np.ndarray:
    return values[[TEN_TWENTY.index(name) for name in names]]


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(1, 200), min_size=1, max_size=10), st.integers(0, 1000))
def test_the_samples_do_not_depend_on_how_they_are_taken(sizes, seed) -> None:
    def heard(time: float) -> tuple[float, float] | None:
        return (np.sin(time), 0.5) if time > 1 else None

    pieces, whole = (
        SimulatedListener(heard, seed=seed, channels=("Fp1", "T7", "O2", "F4")) for _ in range(2)
    )
    joined = np.concatenate([pieces.take(size) for size in sizes])
    np.testing.assert_array_equal(joined, whole.take(sum(sizes)))


def test_another_seed_is_another_person() -> None:
    one, other = SimulatedListener(silence, seed=1), SimulatedListener(silence, seed=2)
    assert one.traits != other.traits
    assert not np.array_equal(one.take(100), other.take(100))


def test_arousing_music_lowers_alpha_and_raises_beta() -> None:
    calm, excited = minutes_under((0.0, -0.8)), minutes_under((0.0, 0.8))
    assert at(excited["alpha"], "O1", "O2").mean() < 0.75 * at(calm["alpha"], "O1", "O2").mean()
    assert at(excited["beta"], "C3", "C4", "Fz").mean() > 1.15 * at(calm["beta"], "C3", "C4", "Fz").mean()


def test_pleasant_music_moves_frontal_alpha_to_the_right() -> None:
    def asymmetry(music) -> np.ndarray:
        alpha = np.log(minutes_under(music)["alpha"])
        return at(alpha, "F4", "F8", "Fp2") - at(alpha, "F3", "F7", "Fp1")

    assert (asymmetry((0.8, 0.0)) - asymmetry((-0.8, 0.0))).min() > 0.2


def test_without_effects_music_leaves_no_trace() -> None:
    def alpha(music) -> np.ndarray:
        listener = SimulatedListener(
            lambda _: music, traits=calm_person(), effects=EffectSizes(0.0, 0.0, 0.0)
        )
        return band_amplitude(listener.take(15000).astype(float), 8, 12)

    np.testing.assert_allclose(alpha((0.9, 0.9)), alpha(None), rtol=1e-6)


def test_alpha_is_strongest_at_the_back_and_at_the_persons_frequency() -> None:
    listener = SimulatedListener(silence, traits=calm_person(alpha_hz=11.3))
    samples = listener.take(60_000).astype(float)
    alpha = band_amplitude(samples, 10.5, 12)
    assert at(alpha, "O1", "O2").min() > at(alpha, "C3", "Cz", "T7").max()
    segments = samples[:, TEN_TWENTY.index("O1")].reshape(-1, 1000)
    power = (np.abs(np.fft.rfft(segments - segments.mean(axis=1, keepdims=True), axis=1)) ** 2).mean(axis=0)
    peak = 28 + np.argmax(power[28:60])
    assert peak / 4 == pytest.approx(11.3, abs=0.6)


def test_background_falls_with_frequency_and_neighbours_share_it() -> None:
    listener = SimulatedListener(silence, traits=calm_person(alpha_microvolts=1e-6, beta_microvolts=1e-6))
    samples = listener.take(60_000).astype(float)
    slow, fast = band_amplitude(samples, 1, 3).mean(), band_amplitude(samples, 30, 90).mean()
    assert np.log(slow / fast) / np.log(60 / 2) == pytest.approx(0.5, abs=0.1)  # amplitude of 1/f power
    correlation = np.corrcoef(samples.T)
    index = TEN_TWENTY.index
    assert correlation[index("F3"), index("Fz")] > correlation[index("F3"), index("O2")] + 0.2


def test_artefacts_are_where_they_belong() -> None:
    blinker = SimulatedListener(silence, traits=calm_person(blinks_per_minute=20.0)).take(15_000)
    swing = np.ptp(blinker, axis=0)
    assert at(swing, "Fp1", "Fp2").min() > 1.3 * at(swing, "O1", "O2", "Pz").max()
    chewer = SimulatedListener(silence, traits=calm_person(bursts_per_minute=20.0)).take(15_000)
    fast = band_amplitude(chewer.astype(float), 60, 120)
    assert at(fast, "T7", "T8").min() > 2 * at(fast, "Pz", "Cz").max()
    loose = SimulatedListener(silence, traits=calm_person(dropouts_per_minute=10.0)).take(15_000)
    assert 0.001 < np.isnan(loose).mean() < 0.05
    assert not np.isnan(blinker).any()


def test_mains_noise_is_a_line() -> None:
    assert (minutes_under(None, 1, line_microvolts=2.0)["line"] > 3 * minutes_under(None, 1)["line"]).all()


def test_truth_follows_the_music_and_remembers() -> None:
    listener = SimulatedListener(lambda t: (0.8, -0.6) if t >= 30 else None, traits=calm_person())
    listener.take(round(90 * FS))
    assert listener.truth(0.0) == pytest.approx((0, 0))
    assert listener.truth(29.9) == pytest.approx((0, 0))
    assert listener.truth(38.0) == pytest.approx((0.8 * 0.632, -0.6 * 0.632), abs=0.02)
    assert listener.truth(90.0) == pytest.approx((0.8, -0.6), abs=0.01)
    assert listener.truth(1e6) == listener.truth(90.0)


def test_music_is_asked_about_only_once_it_has_sounded() -> None:
    asked: list[float] = []
    listener = SimulatedListener(asked.append)
    listener.take(round(5 * FS))
    np.testing.assert_allclose(asked, np.arange(50) / 10)


@pytest.mark.parametrize("channels", [("TP9", "AF7", "AF8", "TP10"), ("Cz",), TEN_TWENTY])
def test_any_montage_at_plausible_amplitude(channels) -> None:
    listener = SimulatedListener(silence, channels=channels, sfreq=256.0)
    deviation = np.nanstd(listener.take(256 * 30), axis=0)
    assert deviation.shape == (len(channels),)
    assert (deviation > 4).all()
    assert (deviation < 40).all()


def test_wrong_arguments_are_named() -> None:
    with pytest.raises(UnknownChannels, match="'Fp9' is not there"):
        SimulatedListener(silence, channels=["Fp9"])
    with pytest.raises(InvalidData, match="sampling rate is 64 Hz; expected at least 100 Hz"):
        SimulatedListener(silence, sfreq=64.0)


@given(st.integers(1, 100_000), st.sampled_from([125.0, 250.0, 256.0, 500.0]))
def test_a_sample_is_due_when_it_has_ended(n, sfreq) -> None:
    assert due_samples(n / sfreq, sfreq) == n
    assert due_samples(n / sfreq - 1e-4, sfreq) == n - 1


def test_before_open_and_after_close_nothing_is_published() -> None:
    source = SimulatedSource(SimulatedListener(silence))
    assert source.advance(5.0) == 0
    source.open()
    assert source.advance(1.0) == 250
    assert source.advance(1.0) == 0
    source.close()
    source.close()
    assert source.advance(2.0) == 0
    assert not source.ended
