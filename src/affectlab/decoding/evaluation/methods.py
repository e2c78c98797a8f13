"""Methods of decoding by name, each imported only when it is asked for."""

from __future__ import annotations

from importlib import import_module

from affectlab.decoding.evaluation.method import Method
from affectlab.errors import InvalidConfig

_BASELINES = "affectlab.decoding.evaluation.baselines"
_LEARNED = "affectlab.decoding.net.methods"

_METHODS = {
    "majority": (_BASELINES, "Majority"),
    "stimulus-mean": (_BASELINES, "StimulusMean"),
    "bandpower-lda": ("affectlab.decoding.evaluation.bandpower", "BandPowerLda"),
    "bandpower-ridge": ("affectlab.decoding.evaluation.bandpower", "BandPowerRidge"),
    "tangent-ridge": ("affectlab.decoding.evaluation.tangent", "TangentRidge"),
    "eegnet": (_LEARNED, "EegNetMethod"),
    "conformer": (_LEARNED, "ConformerMethod"),
    "graph": (_LEARNED, "GraphMethod"),
}
"""Name to module and class; every class is made without arguments."""

DEFAULT = "graph"
"""The method whose weights are shipped; its rows are called "default"."""

METHODS = tuple(_METHODS)


def make_method(name: str) -> Method:
    """Make the method called `name`.

    Raises
    ------
    InvalidConfig
        If no method has that name.
    """
    if name not in _METHODS:
        raise InvalidConfig(f"method '{name}' is not known; expected one of: {', '.join(METHODS)}")
    module, maker = _METHODS[name]
    made: Method = getattr(import_module(module), maker)()
    return made
