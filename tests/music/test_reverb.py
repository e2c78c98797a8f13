import numpy as np

from affectlab.music.reverb import Reverb


def impulse_response(seconds=3.0):
    impulse = np.zeros((round(seconds * 48_000), 2), np.float32)
    impulse[0] = 1.0
    return Reverb().process(impulse)


def energy(samples):
    return float((samples.astype(float) ** 2).sum())


def test_the_room_answers_after_the_direct_sound_and_dies_in_about_a_second() -> None:
    response = impulse_response()
    assert not response[:1000].any()
    decay = 10 * np.log10(energy(response[48_000:]) / energy(response))
    assert -70 < decay < -35
    assert energy(response[-4800:]) < 1e-9 * energy(response)


def test_left_and_right_hear_different_echoes() -> None:
    left, right = impulse_response().T
    assert abs(np.corrcoef(left, right)[0, 1]) < 0.2


def test_high_notes_die_before_low_ones() -> None:
    late = np.abs(np.fft.rfft(impulse_response()[24_000:, 0])) ** 2
    early = np.abs(np.fft.rfft(impulse_response()[:24_000, 0])) ** 2
    share = [spectrum[len(spectrum) // 4 :].sum() / spectrum.sum() for spectrum in (early, late)]
    assert share[1] < 0.2 * share[0]
