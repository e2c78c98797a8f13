"""Data sets by name, each loader imported only when it is asked for."""

from __future__ import annotations

from importlib import import_module

from affectlab.decoding.datasets.source import Loader
from affectlab.errors import InvalidConfig

_HERE = "affectlab.decoding.datasets"

_LOADERS = {
    "eegmat": (f"{_HERE}.eegmat", "Eegmat"),
    "deap": (f"{_HERE}.deap", "Deap"),
    "seed": (f"{_HERE}.seed", "Seed"),
    "seed-iv": (f"{_HERE}.seed", "SeedIV"),
    "dreamer": (f"{_HERE}.dreamer", "Dreamer"),
    "faced": (f"{_HERE}.faced", "Faced"),
    "bids": (f"{_HERE}.bids", "Bids"),
}
"""Name to module and class; every class is made without arguments."""

DATASETS = tuple(_LOADERS)


def make_loader(name: str) -> Loader:
    """Make the loader of the data set called `name`.

    Raises
    ------
    InvalidConfig
        If no data set has that name.
    """
    if name not in _LOADERS:
        raise InvalidConfig(f"data set '{name}' is not known; expected one of: {', '.join(DATASETS)}")
    module, maker = _LOADERS[name]
    made: Loader = getattr(import_module(module), maker)()
    return made
