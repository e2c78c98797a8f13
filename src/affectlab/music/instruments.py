"""General MIDI sounds by name, and who plays which part."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from types import MappingProxyType

from affectlab.errors import InvalidPlan

MELODY, HARMONY, BASS, PAD = "melody", "harmony", "bass", "pad"
PARTS = (MELODY, PAD, HARMONY, BASS)
ENOUGH = 0.5


@dataclass(frozen=True, slots=True)
class Instrument:
    """A General MIDI sound.

    Parameters
    ----------
    program
        0 to 127.
    low, high
        Comfortable range, MIDI numbers.
    melody, harmony, bass, pad
        How well it suits each part, in [0, 1].
    touch
        Factor on velocity that brings its level in line with the others, measured with FluidR3 GM: held
        strings would drown a softly struck piano by 13 dB.
    """

    program: int
    low: int
    high: int
    melody: float
    harmony: float
    bass: float
    pad: float
    touch: float

    def suits(self, part: str) -> float:
        """Suitability for a part, in [0, 1]."""
        return {MELODY: self.melody, HARMONY: self.harmony, BASS: self.bass, PAD: self.pad}[part]


INSTRUMENTS: Mapping[str, Instrument] = MappingProxyType(
    {
        "piano": Instrument(0, 21, 108, 0.9, 0.9, 0.6, 0.1, 1.25),
        "electric piano": Instrument(4, 28, 103, 0.8, 0.8, 0.4, 0.2, 0.9),
        "celesta": Instrument(8, 60, 108, 0.6, 0.4, 0.0, 0.0, 1.0),
        "music box": Instrument(10, 60, 100, 0.6, 0.3, 0.0, 0.0, 1.0),
        "vibraphone": Instrument(11, 53, 89, 0.8, 0.7, 0.0, 0.1, 1.2),
        "marimba": Instrument(12, 45, 96, 0.5, 0.8, 0.2, 0.0, 1.1),
        "guitar": Instrument(24, 40, 84, 0.5, 0.95, 0.3, 0.0, 1.0),
        "steel guitar": Instrument(25, 40, 84, 0.5, 0.9, 0.3, 0.0, 1.0),
        "acoustic bass": Instrument(32, 28, 60, 0.0, 0.0, 1.0, 0.0, 1.15),
        "fretless bass": Instrument(35, 28, 60, 0.0, 0.0, 0.95, 0.0, 1.0),
        "violin": Instrument(40, 55, 100, 0.85, 0.0, 0.0, 0.3, 0.75),
        "viola": Instrument(41, 48, 88, 0.7, 0.1, 0.0, 0.3, 0.8),
        "cello": Instrument(42, 36, 76, 0.6, 0.1, 0.9, 0.3, 0.85),
        "contrabass": Instrument(43, 28, 60, 0.0, 0.0, 0.95, 0.0, 0.9),
        "pizzicato": Instrument(45, 36, 96, 0.2, 0.85, 0.5, 0.0, 1.0),
        "harp": Instrument(46, 28, 100, 0.5, 1.0, 0.4, 0.0, 1.1),
        "strings": Instrument(48, 36, 96, 0.4, 0.2, 0.3, 1.0, 0.7),
        "slow strings": Instrument(49, 36, 96, 0.3, 0.1, 0.3, 1.0, 0.6),
        "choir": Instrument(52, 48, 84, 0.3, 0.0, 0.0, 0.9, 0.65),
        "french horn": Instrument(60, 40, 77, 0.5, 0.1, 0.1, 0.5, 0.75),
        "oboe": Instrument(68, 58, 91, 0.8, 0.0, 0.0, 0.0, 0.75),
        "clarinet": Instrument(71, 50, 91, 0.85, 0.1, 0.0, 0.1, 0.78),
        "flute": Instrument(73, 60, 96, 0.95, 0.0, 0.0, 0.0, 0.85),
        "pan flute": Instrument(75, 60, 96, 0.85, 0.0, 0.0, 0.0, 0.85),
        "pad": Instrument(89, 36, 96, 0.1, 0.1, 0.1, 1.0, 0.75),
    }
)
GM_PROGRAMS: Mapping[str, int] = MappingProxyType({name: i.program for name, i in INSTRUMENTS.items()})
DEFAULTS: Mapping[str, str] = MappingProxyType(
    {MELODY: "piano", HARMONY: "harp", BASS: "acoustic bass", PAD: "slow strings"}
)


@dataclass(frozen=True, slots=True)
class Ensemble:
    """The name of the instrument that plays each part.

    Parameters
    ----------
    parts
        Part to instrument name; the pad is absent when none asked for suits it.
    double
        A second melody instrument, or None.
    """

    parts: Mapping[str, str]
    double: str | None = None

    def instrument(self, part: str) -> Instrument:
        """Return the instrument of a part that is present."""
        return INSTRUMENTS[self.parts[part]]

    @property
    def description(self) -> str:
        """Parts and instruments in words."""
        return ", ".join(f"{part}: {name}" for part, name in self.parts.items())


def known(names: Iterable[str]) -> tuple[str, ...]:
    """Return `names` in lower case, or raise `InvalidPlan` for the first one that is no instrument."""
    lowered = tuple(name.strip().lower() for name in names)
    for name in lowered:
        if name not in INSTRUMENTS:
            raise InvalidPlan(f"unknown instrument {name!r}; choose from: {', '.join(sorted(INSTRUMENTS))}")
    return lowered


def assign(names: Iterable[str]) -> Ensemble:
    """Share the parts among instruments so that each suits its part and as many as possible play.

    A part that no instrument suits is played by its default, but a pad is added only when nothing was
    asked for. An instrument left over that can carry a melody doubles it in some sections.

    Raises
    ------
    InvalidPlan
        If a name is unknown; the message lists the known ones.
    """
    return _assign(tuple(dict.fromkeys(known(names))))


@lru_cache(maxsize=256)
def _assign(asked: tuple[str, ...]) -> Ensemble:
    suitable = {p: tuple(n for n in asked if INSTRUMENTS[n].suits(p) >= ENOUGH) for p in PARTS}
    filled = [part for part in PARTS if suitable[part]]
    casts = product(*(suitable[part] for part in filled))
    best = max(casts, key=lambda cast: _merit(filled, tuple(cast)))
    chosen = dict(zip(filled, best, strict=True))
    parts = {p: chosen.get(p, DEFAULTS[p]) for p in PARTS if p in chosen or p != PAD or not asked}
    left = (name for name in asked if name not in parts.values() and INSTRUMENTS[name].melody >= ENOUGH)
    return Ensemble(MappingProxyType(parts), next(left, None))


def _merit(parts: list[str], cast: tuple[str, ...]) -> float:
    players = dict(zip(parts, cast, strict=True))
    fit = sum(INSTRUMENTS[name].suits(part) for part, name in players.items())
    # A melody stands out when its instrument does not play the bass as well.
    apart = MELODY in players and players[MELODY] != players.get(BASS)
    return fit + 0.5 * len(set(cast)) + 0.3 * apart


# What the composer takes of its own accord, from calm to lively: melody, pad, harmony, bass, double.
PALETTES = tuple(
    Ensemble(MappingProxyType(dict(zip(PARTS, names[:4], strict=True))), names[4])
    for names in (
        ("piano", "slow strings", "harp", "cello", "viola"),
        ("electric piano", "pad", "guitar", "acoustic bass", "flute"),
        ("piano", "slow strings", "harp", "acoustic bass", "clarinet"),
        ("vibraphone", "pad", "guitar", "acoustic bass", "electric piano"),
        ("clarinet", "strings", "harp", "cello", "flute"),
        ("piano", "strings", "pizzicato", "acoustic bass", "flute"),
        ("flute", "strings", "guitar", "acoustic bass", "piano"),
    )
)


def palette(arousal: float, draw: float) -> Ensemble:
    """Choose an ensemble for an arousal in [-1, 1]; `draw`, uniform in [0, 1), picks between neighbours."""
    place = (arousal + 1) / 2 * (len(PALETTES) - 2) + 2 * draw
    return PALETTES[int(min(place, len(PALETTES) - 1))]
