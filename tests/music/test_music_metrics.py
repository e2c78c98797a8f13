"""Metrics of which the value is known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from played_music import beat, note, take_of

from affectlab.music.evaluation.metrics import (
    dyn_corr,
    emo_mse,
    frechet,
    halves,
    note_level,
    r2,
    sound_level,
    step_beats,
    step_change,
    windowed,
)
from affectlab.music.evaluation.sound import SFREQ_PIANO


@given(st.floats(0.01, 10), st.floats(-5, 5), st.integers(0, 1000))
def test_r2_asks_for_no_particular_scale_and_is_the_share_explained(scale, shift, seed) -> None:
    rng = np.random.default_rng(seed)
    requested, noise = rng.normal(size=30), rng.normal(size=30)
    measured = scale * (requested + noise) + shift
    slope, intercept = np.polyfit(requested, measured, 1)
    left = np.square(measured - slope * requested - intercept).sum()
    share = 1 - left / np.square(measured - measured.mean()).sum()
    assert r2(requested, measured) == pytest.approx(np.sign(slope) * share)
    assert r2(requested, scale * requested + shift) == pytest.approx(1)
    assert r2(requested, -scale * requested + shift) == pytest.approx(-1)


def test_r2_of_music_that_never_changes_is_undefined() -> None:
    assert np.isnan(r2(np.arange(4.0), np.ones(4)))


def test_emo_mse_averages_both_axes() -> None:
    assert emo_mse(np.array([[0.5, -0.5], [0.0, 1.0]]), np.array([[0.0, -0.5], [0.0, 0.0]])) == 1.25 / 4


def test_the_request_is_averaged_over_the_window_that_is_read() -> None:
    centres = np.arange(20.0)
    step = (centres >= 10).astype(float)
    seen = windowed(step, centres)
    assert seen[5] == 0
    assert seen[9] == pytest.approx(4 / 9)
    assert seen[14] == 1
    assert windowed(np.stack([step, -step], axis=1), centres)[9] == pytest.approx([4 / 9, -4 / 9])


def test_halves_are_averaged_apart() -> None:
    assert halves(np.array([[1.0, 0.0], [3.0, 0.0], [5.0, 1.0], [5.0, 2.0]])).tolist() == [[2, 0], [5, 1.5]]


def test_levels_in_decibels_hold_through_rests() -> None:
    full, soft = note(velocity=127), note(62, velocity=40)
    level = note_level(take_of([beat(), beat(full), beat(full, note(64, velocity=127)), beat(), beat(soft)]))
    assert level == pytest.approx([0, 0, 10 * np.log10(2), 10 * np.log10(2), 20 * np.log10(40 / 127)])
    sound = np.concatenate([np.full(SFREQ_PIANO, 0.1), np.zeros(SFREQ_PIANO), np.full(SFREQ_PIANO, 1.0)])
    heard = sound_level(sound.astype(np.float32), np.array([0.0, 1.0, 2.0, 3.0]))
    assert heard == pytest.approx([-20, -20, 0], abs=1e-4)


def test_dyn_corr_follows_swells_and_not_their_mirror() -> None:
    plan = 0.5 + 0.3 * np.sin(np.arange(96) / 8)
    assert dyn_corr(plan, 40 * plan - 30) == pytest.approx(1)
    assert dyn_corr(plan, -plan) == pytest.approx(-1)
    # An accent on every first beat is no dynamics.
    accents = np.resize([3.0, 0, 0, 0], 96)
    assert dyn_corr(plan, 10 * plan + accents) == pytest.approx(1)
    assert np.isnan(dyn_corr(plan, np.zeros(96)))


def test_a_step_is_timed_from_the_jump_to_half_of_its_change() -> None:
    trace = np.zeros(96)
    trace[48:58] = np.linspace(0.1, 1.0, 10)
    trace[58:] = 1.0
    assert step_change(trace, 48) == pytest.approx(1)
    assert step_beats(trace, 48) == 4
    assert step_beats(np.where(np.arange(96) < 48, -0.3, 0.4), 48) == 0
    # A centred window begins to rise before the jump and is half way there.
    window = np.convolve(np.r_[np.zeros(50), np.ones(60)], np.ones(9) / 9, "valid")
    assert window[45] > 0
    assert step_beats(window[:96], 46) == 0


def test_a_step_that_never_comes_or_goes_the_wrong_way_is_censored() -> None:
    trace = np.where(np.arange(96) < 48, 0.0, 0.05)
    assert np.isnan(step_beats(trace, 48))
    assert np.isnan(step_beats(-20 * trace, 48))


def test_frechet_distance_of_normal_distributions() -> None:
    rng = np.random.default_rng(0)
    first = rng.normal(size=(4000, 3))
    assert frechet(first, first) == pytest.approx(0, abs=1e-6)
    assert frechet(first, first + np.array([3.0, 0, 4.0])) == pytest.approx(25)
    # Diagonal covariances: the sum of squared differences of the standard deviations.
    assert frechet(first, 2 * first - first.mean(axis=0)) == pytest.approx(3, rel=0.1)
    turned = rng.normal(size=(500, 3)) @ rng.normal(size=(3, 3))
    assert frechet(first, turned) == pytest.approx(frechet(turned, first))
