"""Decoders by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from affectlab.decoding.bandpower import BandPowerDecoder
from affectlab.decoding.chance import ChanceDecoder
from affectlab.decoding.decoder import Decoder
from affectlab.errors import InvalidConfig

if TYPE_CHECKING:
    from affectlab.decoding.personal_file import PersonFile


def _graph(_seed: int, person: PersonFile | None) -> Decoder:
    from affectlab.decoding.graph import GraphDecoder

    return GraphDecoder(person=person)


_DECODERS: dict[str, Callable[[int, PersonFile | None], Decoder]] = {
    "bandpower": lambda _seed, _person: BandPowerDecoder(),
    "chance": lambda seed, _person: ChanceDecoder(seed, BandPowerDecoder()),
    "graph": _graph,
}

DECODERS = tuple(sorted(_DECODERS))
PERSONAL = frozenset({"graph"})
"""Decoders that a person's calibration is for."""


def make_decoder(name: str, seed: int = 0, person: PersonFile | None = None) -> Decoder:
    """Build the decoder called `name`.

    Parameters
    ----------
    name
        One of `DECODERS`.
    seed
        Seed for decoders that draw random numbers.
    person
        A person's calibration, for decoders in `PERSONAL`.

    Raises
    ------
    InvalidConfig
        If no decoder has that name, or it knows no calibration and one is given.
    DecodingError, MissingExtra
        If its weights cannot be used, or ONNX Runtime is not installed.
    """
    if name not in _DECODERS:
        raise InvalidConfig(f"decoder '{name}' is not known; expected one of: {', '.join(DECODERS)}")
    if person is not None and name not in PERSONAL:
        raise InvalidConfig(
            f"decoder '{name}' knows no personal calibration; leave person away or use: "
            f"{', '.join(sorted(PERSONAL))}"
        )
    return _DECODERS[name](seed, person)
