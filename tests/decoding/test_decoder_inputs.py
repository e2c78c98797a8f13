"""Windows as the learned decoder reads them."""

import numpy as np
import pytest
from net_examples import CHANNELS, SFREQ, made_up_windows

from affectlab.decoding.inputs import (
    FEATURES,
    PATCHES,
    RELATIONS,
    RestingCollector,
    RestingReference,
    make_inputs,
)
from affectlab.decoding.spectra import patch_spectra
from affectlab.errors import InvalidData, UnknownChannels, UnreadableFile


@pytest.fixture
def resting(rng):
    return made_up_windows(rng, 24, high=False)


@pytest.fixture
def rng():
    return np.random.default_rng(1)


def reference_of(data, quality=None, channels=CHANNELS, sfreq=SFREQ):
    collector = RestingCollector(channels)
    for row, window in enumerate(data):
        collector.add(window, np.ones(len(channels)) if quality is None else quality[row], sfreq)
    return collector.reference()


def inputs_of(data, reference, quality=None, channels=CHANNELS, sfreq=SFREQ):
    given = np.ones(data.shape[:2]) if quality is None else quality
    return make_inputs(data, given, sfreq=sfreq, channels=channels, reference=reference)


def test_a_sine_lies_in_its_bin_with_its_amplitude() -> None:
    times = np.arange(500) / 125
    spectra = patch_spectra(7 * np.sin(2 * np.pi * 10 * times)[None, None], 125)
    assert np.abs(spectra[0, 0, :, 9]) == pytest.approx(7, rel=1e-3)
    assert np.abs(spectra[0, 0, :, 20]).max() < 1e-3


@pytest.mark.parametrize("sfreq", [100.0, 128.0, 250.0, 500.0])
def test_the_sampling_rate_makes_no_difference_to_a_sine(sfreq) -> None:
    times = np.arange(round(4 * sfreq)) / sfreq
    spectra = patch_spectra(np.sin(2 * np.pi * 10 * times)[None, None], sfreq)
    assert np.abs(spectra[0, 0, :, 9]) == pytest.approx(1, rel=1e-2)


def test_shapes_and_types(resting) -> None:
    made = inputs_of(resting[:3], reference_of(resting))
    assert made.patches.shape == (3, len(CHANNELS), PATCHES, FEATURES)
    assert made.relations.shape == (3, RELATIONS, len(CHANNELS), len(CHANNELS))
    assert made.positions.shape == (len(CHANNELS), 3)
    assert {one.dtype for one in (made.patches, made.relations, made.positions, made.weight)} == {
        np.dtype(np.float32)
    }


def test_rest_itself_lies_around_zero_at_unit_size(resting) -> None:
    made = inputs_of(resting, reference_of(resting))
    assert np.abs(made.relations.mean(axis=0)).max() < 0.5
    assert made.relations.std() == pytest.approx(1, abs=0.15)
    assert made.patches[..., :8].mean() == pytest.approx(0, abs=0.05)


def test_an_amplifiers_gain_makes_no_difference(resting, rng) -> None:
    later = made_up_windows(rng, 4, high=True)
    one = inputs_of(later, reference_of(resting))
    other = inputs_of(10 * later, reference_of(10 * resting))
    np.testing.assert_allclose(one.relations, other.relations, atol=2e-3)
    np.testing.assert_allclose(one.patches, other.patches, atol=2e-3)


def test_the_order_of_channels_makes_no_difference(resting) -> None:
    turned = tuple(reversed(CHANNELS))
    one = inputs_of(resting[:2], reference_of(resting))
    other = inputs_of(resting[:2, ::-1], reference_of(resting[:, ::-1], channels=turned), channels=turned)
    np.testing.assert_allclose(one.relations, other.relations[:, :, ::-1, ::-1], atol=2e-3)
    np.testing.assert_allclose(one.positions, other.positions[::-1])


def test_a_poor_channel_disturbs_no_other(resting, rng) -> None:
    reference = reference_of(resting)
    broken = resting[:2].copy()
    broken[:, 3] = 5000 * rng.standard_normal(broken[:, 3].shape)
    quality = np.ones(broken.shape[:2])
    quality[:, 3] = 0
    one, other = inputs_of(resting[:2], reference, quality), inputs_of(broken, reference, quality)
    np.testing.assert_array_equal(one.relations, other.relations)
    np.testing.assert_array_equal(one.patches, other.patches)
    assert (other.relations[:, :, 3] == 0).all()
    assert (other.weight[:, 3] == 0).all()


def test_a_poor_channel_is_like_one_that_is_not_recorded(resting) -> None:
    left = [place for place in range(len(CHANNELS)) if place != 3]
    names = tuple(CHANNELS[place] for place in left)
    reference = reference_of(resting)
    quality = np.ones((2, len(CHANNELS)))
    quality[:, 3] = 0
    masked = inputs_of(resting[:2], reference, quality)
    absent = inputs_of(resting[:2, left], reference.subset(names), channels=names)
    np.testing.assert_allclose(masked.relations[:, :, left][:, :, :, left], absent.relations, atol=2e-3)


def test_a_channel_that_was_poor_at_rest_is_not_read(resting) -> None:
    quality = np.ones(resting.shape[:2])
    quality[:, 5] = 0.1
    reference = reference_of(resting, quality)
    assert reference.known.tolist() == [place != 5 for place in range(len(CHANNELS))]
    assert (inputs_of(resting[:1], reference).weight[:, 5] == 0).all()


def test_without_rest_the_inputs_say_so(resting) -> None:
    assert (inputs_of(resting[:1], None).patches[..., -1] == 0).all()
    assert (inputs_of(resting[:1], reference_of(resting)).patches[..., -1] == 1).all()


@pytest.mark.parametrize("kind", ["zeros", "constant", "huge"])
def test_dead_and_mad_signals_stay_finite(kind, resting) -> None:
    data = {"zeros": 0 * resting[:1], "constant": 0 * resting[:1] + 9, "huge": 1e6 * resting[:1]}[kind]
    for reference in (None, reference_of(resting)):
        made = inputs_of(data, reference)
        assert np.isfinite(made.relations).all()
        assert np.isfinite(made.patches).all()


def test_an_average_reference_is_no_direction_of_its_own(resting, rng) -> None:
    centred = resting - resting.mean(axis=1, keepdims=True)
    later = made_up_windows(rng, 4, high=False)
    later -= later.mean(axis=1, keepdims=True)
    assert np.abs(inputs_of(later, reference_of(centred)).relations).max() < 5


def test_how_far_cleaning_emptied_a_direction_is_not_read(resting, rng) -> None:
    way = np.full(len(CHANNELS), len(CHANNELS) ** -0.5)

    def cleaned(windows, left):
        return windows - (1 - left) * np.einsum("i,j,njt->nit", way, way, windows)

    later = made_up_windows(rng, 12, high=False)
    reference = reference_of(cleaned(resting, 0.05))
    one, other = (inputs_of(cleaned(later, left), reference).relations for left in (0.05, 0.001))
    assert np.abs(one - other).max() < 1  # log power in that direction differs by 7.8


def test_few_windows_give_no_reference(resting) -> None:
    assert reference_of(resting[:2]) is None
    assert reference_of(resting[:3]).windows == 3


def test_a_reference_survives_the_disk(resting, tmp_path) -> None:
    made = reference_of(resting)
    made.save(tmp_path / "rest.npz")
    found = RestingReference.load(tmp_path / "rest.npz")
    assert found.channels == made.channels
    np.testing.assert_array_equal(
        inputs_of(resting[:2], found).relations, inputs_of(resting[:2], made).relations
    )


@pytest.mark.parametrize("content", [b"", b"no zip at all", b"PK\x03\x04 cut off"])
def test_a_damaged_reference_is_one_line(content, tmp_path) -> None:
    (tmp_path / "rest.npz").write_bytes(content)
    with pytest.raises(UnreadableFile, match="is not a resting reference"):
        RestingReference.load(tmp_path / "rest.npz")


def test_mistakes_are_named(resting) -> None:
    with pytest.raises(InvalidData, match="sampling rate is 64 Hz"):
        inputs_of(resting[:1], None, sfreq=64.0)
    with pytest.raises(InvalidData, match="not finite"):
        inputs_of(np.full_like(resting[:1], np.nan), None)
    with pytest.raises(InvalidData, match="expected \\(n, 10\\)"):
        inputs_of(resting[:1, :4], None)
    with pytest.raises(UnknownChannels, match="take its subset"):
        inputs_of(resting[:1, ::-1], reference_of(resting), channels=tuple(reversed(CHANNELS)))
    with pytest.raises(UnknownChannels, match="'Oz' is not part"):
        reference_of(resting).subset(("Oz",))
