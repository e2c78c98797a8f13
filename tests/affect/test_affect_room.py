import subprocess
import sys

import pytest

import affectlab.affect


def run(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout


def test_importing_the_room_pulls_in_nothing_heavy():
    loaded = run("import sys, affectlab.affect; print(*sorted({name.split('.')[0] for name in sys.modules}))")
    heavy = {
        "scipy",
        "sklearn",
        "mne",
        "mne_lsl",
        "torch",
        "pandas",
        "matplotlib",
        "krippendorff",
        "pydantic",
    }
    assert heavy.isdisjoint(loaded.split())
    assert "numpy" in loaded.split()


def test_public_names_are_sorted_and_there():
    names = affectlab.affect.__all__
    assert names == sorted(names)
    assert all(hasattr(affectlab.affect, name) for name in names)


@pytest.mark.parametrize("name", affectlab.affect.__all__)
def test_every_public_name_says_what_it_is(name):
    assert getattr(affectlab.affect, name).__doc__
