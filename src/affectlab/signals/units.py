"""Units that streams and files declare for their channels."""

from __future__ import annotations

_MICROVOLTS = {
    **dict.fromkeys(("v", "volt", "volts", "0"), 1e6),
    **dict.fromkeys(("mv", "millivolt", "millivolts", "-3"), 1e3),
    **dict.fromkeys(("uv", "µv", "μv", "microvolt", "microvolts", "-6"), 1.0),
    **dict.fromkeys(("nv", "nanovolt", "nanovolts", "-9"), 1e-3),
}


def microvolts_in(unit: str | None) -> float | None:
    """Return how many microvolts one `unit` is, or None when it is not declared or no voltage.

    Besides names and symbols, powers of ten of a volt are understood ("-6"), as MNE-LSL writes them.
    """
    return _MICROVOLTS.get((unit or "").strip().lower())
