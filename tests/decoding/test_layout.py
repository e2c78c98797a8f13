"""Whether electrodes lie where they are said to."""

import numpy as np
import pytest
from decoding_windows import TEN_TWENTY, Person

from affectlab.decoding.layout import disordered, layout_agreement
from affectlab.decoding.resting import RestingCollector


def reference(channels, order=None, spread=0.4, seed=0):
    person, collector = Person(seed, channels, spread=spread), RestingCollector(channels)
    order = np.arange(len(channels)) if order is None else order
    for time in range(8):
        collector.add(person.window(float(time)).data[order], np.ones(len(channels)), 250.0)
    return collector.reference()


@pytest.mark.parametrize("seed", range(3))
def test_a_head_is_told_from_cables_in_another_order(seed) -> None:
    order = np.random.default_rng(seed).permutation(len(TEN_TWENTY))
    assert not disordered(reference(TEN_TWENTY, seed=seed))
    assert disordered(reference(TEN_TWENTY, order, seed=seed))


def test_naming_electrodes_in_their_new_order_mends_it() -> None:
    order = np.random.default_rng(1).permutation(len(TEN_TWENTY))
    names = tuple(TEN_TWENTY[place] for place in order)
    assert layout_agreement(reference(TEN_TWENTY).subset(names)) == pytest.approx(
        layout_agreement(reference(TEN_TWENTY))
    )


def test_a_headband_is_too_small_to_tell() -> None:
    found = reference(("Fp1", "Fp2", "T7", "T8"), spread=0.0)
    assert layout_agreement(found) is None
    assert not disordered(found)
