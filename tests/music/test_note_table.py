import numpy as np
import pytest

from affectlab.music.note_table import NoteTable
from affectlab.music.timbre import LAYERS, timbre_of

PIANO, STRINGS = timbre_of(0), timbre_of(48)


@pytest.mark.parametrize("pitch", [21, 43, 60, 96, 108])
def test_a_loop_meets_its_beginning(pitch) -> None:
    table = NoteTable(STRINGS, pitch, 3, 0)
    once = table.read(0, table.frames).copy()
    seam = table.read(table.frames - 500, 1000)
    np.testing.assert_array_equal(seam, np.concatenate([once[-500:], once[:500]]))
    assert np.abs(np.diff(seam)).max() <= 1.001 * np.abs(np.diff(once)).max()


def test_a_decaying_note_ends_in_silence() -> None:
    table = NoteTable(PIANO, 40, 3, 0)
    sound = table.read(0, table.frames)
    loudness = [np.sqrt((part**2).mean()) for part in np.array_split(sound, 5)]
    assert loudness == sorted(loudness, reverse=True)
    assert abs(sound[-1]) < 1e-6
    assert len(table.read(table.frames - 10, 960)) == 10


def test_reading_out_of_order_gives_the_same_sound() -> None:
    whole, jumped = NoteTable(PIANO, 60, 1, 5), NoteTable(PIANO, 60, 1, 5)
    late = jumped.read(30_000, 960).copy()
    np.testing.assert_array_equal(whole.read(0, 48_000)[30_000:30_960], late)


def test_partials_decay_as_the_spectrum_says() -> None:
    partials = PIANO.spectrum(261.63, 0.0)
    assert partials.decays.max() > 3
    sound = NoteTable(PIANO, 60, 0, 0).read(0, 96_000)
    early, late = (np.sqrt((part**2).mean()) for part in (sound[:4800], sound[-4800:]))
    assert -45 < 20 * np.log10(late / early) < -10


def test_brightness_grows_with_the_layer() -> None:
    def centroid(layer):
        power = np.abs(np.fft.rfft(NoteTable(PIANO, 60, layer, 0).read(0, 24_000))) ** 2
        return (power * np.arange(len(power))).sum() / power.sum()

    centroids = [centroid(layer) for layer in range(LAYERS)]
    assert centroids == sorted(centroids)
