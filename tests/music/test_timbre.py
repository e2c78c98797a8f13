import numpy as np
import pytest

from affectlab.music.timbre import LAYERS, layer_of, timbre_of


@pytest.mark.parametrize("program", range(128))
def test_every_program_has_a_gentle_timbre(program) -> None:
    timbre = timbre_of(program)
    assert timbre.attack >= 0.005
    assert timbre.release >= 0.06
    for fundamental in (27.5, 440.0, 4186.0):
        partials = timbre.spectrum(fundamental, 1.0)
        assert partials.ratios.shape == partials.amplitudes.shape == partials.decays.shape
        assert np.isinf(partials.decays).all() == (timbre.seconds is None)
        assert (partials.amplitudes >= 0).all()


@pytest.mark.parametrize(
    ("program", "family"),
    [
        *[(0, "piano"), (4, "electric piano"), (11, "bell"), (24, "pluck"), (46, "pluck"), (33, "bass")],
        *[(48, "strings"), (42, "strings"), (73, "flute"), (71, "reed"), (89, "pad")],
    ],
)
def test_general_midi_programs_find_their_family(program, family) -> None:
    assert timbre_of(program).name == family


def test_layers_cover_all_velocities_evenly() -> None:
    counts = np.bincount([layer_of(velocity) for velocity in range(128)])
    np.testing.assert_array_equal(counts, [32] * LAYERS)
