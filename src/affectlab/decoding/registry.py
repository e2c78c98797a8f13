"""Decoders by name."""

from __future__ import annotations

from collections.abc import Callable

from affectlab.decoding.bandpower import BandPowerDecoder
from affectlab.decoding.chance import ChanceDecoder
from affectlab.decoding.decoder import Decoder
from affectlab.errors import InvalidConfig

_DECODERS: dict[str, Callable[[int], Decoder]] = {
    "bandpower": lambda _seed: BandPowerDecoder(),
    "chance": lambda seed: ChanceDecoder(seed, BandPowerDecoder()),
}

DECODERS = tuple(sorted(_DECODERS))


def make_decoder(name: str, seed: int = 0) -> Decoder:
    """Build the decoder called `name`.

    Parameters
    ----------
    name
        One of `DECODERS`.
    seed
        Seed for decoders that draw random numbers.

    Raises
    ------
    InvalidConfig
        If no decoder has that name.
    """
    if name not in _DECODERS:
        raise InvalidConfig(f"decoder '{name}' is not known; expected one of: {', '.join(DECODERS)}")
    return _DECODERS[name](seed)
