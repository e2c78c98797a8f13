import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affectlab.music.score import Note
from affectlab.music.synth import POLYPHONY, BuiltinSynth

PROGRAMS = {"piano": 0, "electric piano": 4, "bell": 11, "guitar": 24, "bass": 32, "strings": 48}
PROGRAMS |= {"harp": 46, "flute": 73, "clarinet": 71, "pad": 89}


def note(pitch=60, *, duration=0.5, velocity=80, part="melody", program=0):
    return Note(0.0, duration, pitch, velocity, part, program)


def played(*notes, frames=48_000, seed=0):
    synth = BuiltinSynth(seed)
    for each in notes:
        synth.schedule(each, 0)
    return synth.render(frames)


def rms(samples):
    return float(np.sqrt((samples**2).mean()))


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
@pytest.mark.parametrize("pitch", [43, 69, 96])
def test_every_family_plays_in_tune(program, pitch) -> None:
    samples = played(note(pitch, duration=2, program=program))[2400:, 0]
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples)), 4 * len(samples)))
    expected = 440 * 2 ** ((pitch - 69) / 12)
    near = slice(
        round(expected * 0.94 * len(spectrum) / 24_000), round(expected * 1.06 * len(spectrum) / 24_000)
    )
    peak = (np.argmax(spectrum[near]) + near.start) * 24_000 / len(spectrum)
    assert 1200 * abs(np.log2(peak / expected)) < 12


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
@pytest.mark.parametrize("duration", [0.004, 0.3, 6.0])
def test_no_family_clicks_or_folds_or_leans(program, duration) -> None:
    samples = played(note(84, duration=duration, velocity=127, program=program), frames=7 * 48_000)
    assert np.abs(samples[0]).max() < 1e-3
    steps = np.abs(np.diff(samples, axis=0)).max()
    # A sine of the highest strong partial (5 kHz) cannot move faster than this from frame to frame.
    assert steps <= np.abs(samples).max() * 2 * np.pi * 5000 / 48_000
    assert abs(samples.mean()) < 1e-4
    power = np.abs(np.fft.rfft(samples[:, 0] * np.hanning(len(samples)))) ** 2
    frequencies = np.fft.rfftfreq(len(samples), 1 / 48_000)
    assert power[frequencies > 16_100].sum() < 1e-8 * power.sum()


@pytest.mark.parametrize(("program", "fade"), [(0, 0.18), (48, 0.30), (73, 0.12)])
def test_a_note_fades_out_after_its_end(program, fade) -> None:
    samples = played(note(duration=0.5, program=program), frames=5 * 48_000)
    end = 24_000
    assert rms(samples[end : end + 960]) > 0.5 * rms(samples[end - 960 : end])
    after = end + round(fade * 48_000)
    assert rms(samples[after + 4800 : after + 9600]) < 0.12 * rms(samples[end - 4800 : end])
    assert rms(samples[-9600:]) < 1e-5


def test_the_loop_of_a_sustained_sound_has_no_seam() -> None:
    samples = played(note(57, duration=9, program=48), frames=8 * 48_000)
    jerk = np.abs(np.diff(samples[:, 0], n=3))
    assert jerk[90_000:102_000].max() < 1.5 * jerk[40_000:80_000].max()


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(1, 3000), min_size=1, max_size=8), st.integers(0, 100))
def test_the_cut_into_blocks_does_not_matter(cuts, seed) -> None:
    generator = np.random.default_rng(seed)
    whole, cut = BuiltinSynth(seed), BuiltinSynth(seed)
    for step in range(6):
        each = note(int(generator.integers(40, 90)), program=int(generator.integers(128)), duration=0.1)
        for synth in (whole, cut):
            synth.schedule(each, 400 * step)
    total = sum(cuts)
    np.testing.assert_allclose(
        np.vstack([cut.render(frames) for frames in cuts]), whole.render(total), atol=2e-6
    )


def test_same_seed_same_sound_and_another_seed_another() -> None:
    each = note(program=48)
    np.testing.assert_array_equal(played(each, seed=3), played(each, seed=3))
    assert not np.allclose(played(each, seed=3), played(each, seed=4))


def test_strong_notes_are_louder_and_brighter() -> None:
    soft, strong = played(note(velocity=30)), played(note(velocity=120))
    assert rms(strong) > 3 * rms(soft)

    def centroid(samples):
        power = np.abs(np.fft.rfft(samples[:, 0])) ** 2
        return (power * np.arange(len(power))).sum() / power.sum()

    assert centroid(strong) > 1.1 * centroid(soft)


def test_parts_have_places_in_the_room() -> None:
    left, right = (rms(side) for side in played(note(part="harmony", program=48)).T)
    assert left > 1.2 * right
    left, right = (rms(side) for side in played(note(part="bass", program=32)).T)
    assert left == pytest.approx(right, rel=0.05)


def test_release_all_forgets_and_fades() -> None:
    synth = BuiltinSynth()
    synth.schedule(note(duration=60, program=48), 0)
    synth.schedule(note(72, duration=60, program=48), 48_000)
    synth.render(9600)
    synth.release_all()
    synth.render(96_000)
    assert rms(synth.render(9600)) < 1e-5


def test_of_a_thousand_notes_at_once_the_latest_sound() -> None:
    crowd, few = BuiltinSynth(), BuiltinSynth()
    for index in range(1000):
        one = note(36 + index % 60, duration=30, velocity=20, program=48)
        crowd.schedule(one, index)
        if index >= 1000 - POLYPHONY:
            few.schedule(one, index)
    for _ in range(200):
        crowd.render(960)
        few.render(960)
    np.testing.assert_allclose(crowd.render(960), few.render(960), atol=1e-6)
