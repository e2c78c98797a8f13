"""Takes as sound."""

import wave

import numpy as np
import pytest
from played_music import beat, note, played, take_of

from affectlab.music.evaluation.sound import SFREQ_PIANO, piano, play, write_wav
from affectlab.music.pcm import SFREQ_AUDIO
from affectlab.music.synth import BuiltinSynth


def test_a_take_sounds_from_its_first_note_and_fades_out() -> None:
    take = take_of([beat(note(60, velocity=90), duration=0.5)] * 4)
    sound = play(take, BuiltinSynth())
    assert sound.shape == (5 * SFREQ_AUDIO, 2)
    assert sound.dtype == np.float32
    assert np.abs(sound[:4800]).max() > 0.02
    assert 0 < np.abs(sound).max() <= 1
    assert np.abs(sound[-SFREQ_AUDIO // 4 :]).max() < 0.02 * np.abs(sound).max()


def test_a_wav_holds_the_samples(tmp_path) -> None:
    samples = np.stack([np.linspace(-1, 1, 1000), np.zeros(1000)], axis=1).astype(np.float32)
    write_wav(samples, tmp_path / "take.wav")
    with wave.open(str(tmp_path / "take.wav")) as file:
        assert (file.getnchannels(), file.getframerate(), file.getnframes()) == (2, SFREQ_AUDIO, 1000)
        read = np.frombuffer(file.readframes(1000), "<i2").reshape(-1, 2)
    np.testing.assert_allclose(read / 32767, samples, atol=1 / 32767)


@pytest.mark.parametrize("pitch", [33, 57, 69])
def test_the_piano_plays_the_pitch(pitch) -> None:
    sound = piano(played([(0.0, 2.0, pitch, 80)]), 2.0)
    power = np.abs(np.fft.rfft(sound * np.hanning(len(sound)))) ** 2
    hertz = np.fft.rfftfreq(len(sound), 1 / SFREQ_PIANO)
    fundamental = 440 * 2 ** ((pitch - 69) / 12)
    near = np.abs(hertz - fundamental) < 0.03 * fundamental
    away = (hertz > 0.7 * fundamental) & (hertz < 1.5 * fundamental) & ~near
    assert power[near].max() > 100 * power[away].max()


def test_the_piano_is_silent_before_a_note_and_soon_after_its_key_is_up() -> None:
    sound = piano(played([(0.5, 0.5, 60, 100)]), 2.0)
    level = [np.abs(part).max() for part in np.split(sound, 8)]
    assert level[0] == level[1] == 0
    assert min(level[2], level[3]) > 0.01
    assert level[5:] == [0, 0, 0]


def test_a_stronger_velocity_is_louder_and_notes_past_the_end_are_cut() -> None:
    soft, loud = (piano(played([(0.0, 1.0, 60, v), (5.0, 1.0, 60, v)]), 1.0) for v in (40, 100))
    assert np.square(loud).sum() > 3 * np.square(soft).sum() > 0
    assert len(soft) == SFREQ_PIANO
