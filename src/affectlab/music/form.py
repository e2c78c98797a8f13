"""Form: an endless chain of sections A A′ B A″ in related keys, with motives that evolve."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from affectlab.music.motif import Motif, evolve, invent
from affectlab.music.rhythm import FOUR, SIX_EIGHT, THREE, Metre

BARS_PER_PHRASE = 4
FIGURE_NAMES = ("broken", "wave", "rise", "pulse", "chords")
# A bar holds one step of harmony, or two when the music is lively. T, S and D are functions; the others are
# fixed: I tonic, V dominant, VI anything of tonic function but the tonic, P pivot into and N dominant of the
# next key.
Harmony = tuple[tuple[str, ...], ...]
CADENCES: dict[str, tuple[Harmony, ...]] = {
    "half": (
        (("I",), ("T",), ("S",), ("V",)),
        (("I",), ("S",), ("T",), ("V",)),
        (("I",), ("D",), ("T", "S"), ("V",)),
    ),
    "authentic": (
        (("I",), ("S",), ("V",), ("I",)),
        (("T",), ("S",), ("S", "V"), ("I",)),
        (("I",), ("T",), ("S", "V"), ("I",)),
    ),
    "plagal": ((("I",), ("T",), ("S",), ("I",)), (("T",), ("D",), ("S",), ("I",))),
    "deceptive": ((("I",), ("S",), ("V",), ("VI",)), (("I",), ("T",), ("S", "V"), ("VI",))),
    "modulating": ((("I",), ("T",), ("P",), ("N",)), (("T",), ("S",), ("P",), ("N",))),
}


@dataclass(frozen=True, slots=True)
class Bar:
    """The harmony of a bar before mode and valence decide its chords.

    Parameters
    ----------
    functions
        One or two letters of `CADENCES`.
    draws
        Per function three uniform numbers in [0, 1): which chord, whether coloured, with what.
    """

    functions: tuple[str, ...]
    draws: tuple[tuple[float, float, float], ...]


@dataclass(frozen=True, slots=True)
class Phrase:
    """Four bars that end in a cadence.

    Parameters
    ----------
    motif
        What the melody says.
    bars
        Harmony of the four bars.
    cadence
        Key of `CADENCES`.
    suspensions
        Per bar a uniform number in [0, 1): whether a dissonance is held over its downbeat.
    """

    motif: Motif
    bars: tuple[Bar, ...]
    cadence: str
    suspensions: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """An eight-bar period.

    Parameters
    ----------
    name
        ``"A"``, ``"A′"``, ``"B"`` or ``"A″"``, numbered by cycle.
    tonic, next_tonic
        Pitch classes of this section's key and the next one's.
    metre, texture
        Metre, and the figure of the accompaniment.
    doubled
        Whether a second instrument joins the melody.
    lift
        Diatonic steps by which the melody lies higher than its register.
    palette_draw
        Uniform in [0, 1): choice of instruments where the control leaves it open.
    phrases
        Antecedent and consequent.
    """

    name: str
    tonic: int
    next_tonic: int
    metre: Metre
    texture: str
    doubled: bool
    lift: int
    palette_draw: float
    phrases: tuple[Phrase, Phrase]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a bar stands in the form.

    Parameters
    ----------
    section
        The section it belongs to.
    phrase_index, bar_index
        Phrase in the section, 0 or 1, and bar in the phrase, 0 to 3.
    """

    section: Section
    phrase_index: int
    bar_index: int

    @property
    def phrase(self) -> Phrase:
        """The phrase it belongs to."""
        return self.section.phrases[self.phrase_index]

    @property
    def bar(self) -> Bar:
        """Its planned harmony."""
        return self.phrase.bars[self.bar_index]

    @property
    def opens_section(self) -> bool:
        """Whether a section begins with it."""
        return self.phrase_index == self.bar_index == 0


def places(generator: np.random.Generator) -> Iterator[Place]:
    """Yield the bars of `sections` one by one, without end."""
    for section in sections(generator):
        for phrase_index in range(len(section.phrases)):
            for bar_index in range(BARS_PER_PHRASE):
                yield Place(section, phrase_index, bar_index)


def sections(generator: np.random.Generator) -> Iterator[Section]:
    """Yield sections without end; everything is drawn from `generator`, nothing from the control.

    B stands in the key of the dominant or subdominant; each cycle of four may itself move to a neighbour
    key, and its motives descend from those of the cycle before.
    """
    tonic, theme, cycle = int(generator.integers(12)), invent(generator), 1
    while True:
        contrast = (tonic + int(generator.choice([5, 7]))) % 12
        following = (tonic + int(generator.choice([0, 2, 5, 7, 10]))) % 12
        yield from _cycle(generator, (tonic, contrast, following), theme, cycle)
        tonic, theme, cycle = following, evolve(theme, generator), cycle + 1


def _cycle(
    generator: np.random.Generator, keys: tuple[int, int, int], theme: Motif, cycle: int
) -> Iterator[Section]:
    home, contrast, following = keys
    other = invent(generator)
    textures = generator.permutation(FIGURE_NAMES)
    metres = _metres(generator, cycle)
    opening = str(generator.choice(["half", "half", "plagal"]))
    bars = _harmony(generator, opening)
    rhythm = int(generator.integers(2**31))
    sound, other_sound = generator.random(2).tolist()
    sounds = (sound, sound, other_sound, sound)
    plans: tuple[tuple[str, int, int, tuple[Motif, Motif], tuple[str, str]], ...] = (
        ("A", home, home, (theme, theme), (opening, "authentic")),
        ("A′", home, contrast, (theme.ornamented(cycle), theme.sequenced(1)), (opening, "modulating")),
        ("B", contrast, home, (other, other.inverted()), ("plagal", "modulating")),
        ("A″", home, following, (theme, theme.rerhythmed(rhythm)), ("deceptive", _ending(home, following))),
    )
    for index, (name, tonic, after, motifs, cadences) in enumerate(plans):
        first = bars if name in {"A", "A′"} else _harmony(generator, cadences[0])
        second = _harmony(generator, cadences[1])
        yield Section(
            name=f"{name}{cycle}",
            tonic=tonic,
            next_tonic=after,
            metre=metres[index],
            texture=str(textures[index]),
            doubled=name in {"B", "A″"},
            lift=(0, 0, 1, 1)[index],
            palette_draw=sounds[index],
            phrases=(
                _phrase(generator, motifs[0], first, cadences[0]),
                _phrase(generator, motifs[1], second, cadences[1]),
            ),
        )


def _ending(home: int, following: int) -> str:
    return "authentic" if home == following else "modulating"


def _metres(generator: np.random.Generator, cycle: int) -> tuple[Metre, ...]:
    """Four in a bar, but now and then B, or from the second cycle on a whole cycle, in triple or compound."""
    rare = SIX_EIGHT if generator.random() < 0.5 else THREE
    draw = generator.random()
    if draw < 0.12 and cycle > 1:
        return (rare,) * 4
    return (FOUR, FOUR, rare, FOUR) if draw < 0.35 else (FOUR,) * 4


def _harmony(generator: np.random.Generator, cadence: str) -> tuple[Bar, ...]:
    templates = CADENCES[cadence]
    template = templates[int(generator.integers(len(templates)))]
    return tuple(Bar(functions, tuple(_draws(generator) for _ in functions)) for functions in template)


def _draws(generator: np.random.Generator) -> tuple[float, float, float]:
    first, second, third = generator.random(3).tolist()
    return first, second, third


def _phrase(generator: np.random.Generator, motif: Motif, bars: tuple[Bar, ...], cadence: str) -> Phrase:
    return Phrase(motif, bars, cadence, tuple(generator.random(BARS_PER_PHRASE).tolist()))
