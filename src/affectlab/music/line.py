"""The plan of a phrase's melody: a motif laid out over four bars, with one climax and its breaths."""

from __future__ import annotations

from dataclasses import dataclass, replace

from affectlab.music.form import BARS_PER_PHRASE, Phrase
from affectlab.music.motif import rhythm_of
from affectlab.music.rhythm import Metre, sounds

STRONG = 0.75
CLIMAX_SALIENCE = 0.65
RISING = (0, 1, 2, 0)
FALLING = (1, 2, 0, -1)


@dataclass(frozen=True, slots=True)
class Planned:
    """A note of the plan.

    Parameters
    ----------
    onset
        Beats since the phrase began.
    salience
        1 always sounds; 0 only at the highest density.
    step
        Diatonic steps above the phrase's base.
    strong
        Whether it falls on a strong beat.
    role
        ``"motif"``, ``"climax"``, ``"cadence"`` or ``"suspension"``.
    """

    onset: float
    salience: float
    step: int
    strong: bool
    role: str = "motif"


@dataclass(frozen=True, slots=True)
class Line:
    """The plan of a phrase: notes by onset, and the onsets of its breaths."""

    notes: tuple[Planned, ...]
    breaths: tuple[float, ...]

    def in_beat(self, beat: int, density: float) -> tuple[Planned, ...]:
        """Return the notes that begin in a beat of the phrase at this density."""
        return tuple(n for n in self.notes if beat <= n.onset < beat + 1 and sounds(n.salience, density))

    def length(self, note: Planned, density: float) -> float:
        """Return the beats from `note` to the next note or breath."""
        later = [n.onset for n in self.notes if n.onset > note.onset and sounds(n.salience, density)]
        return min(t for t in (*later, *self.breaths) if t > note.onset) - note.onset

    def breathes_after(self, note: Planned, density: float) -> bool:
        """Whether a breath, not a note, ends `note`."""
        return note.onset + self.length(note, density) in self.breaths

    @property
    def climax(self) -> Planned:
        """The note that the phrase leads to."""
        return next(n for n in self.notes if n.role == "climax")

    @property
    def end(self) -> float:
        """Beats from the beginning of the phrase to its last breath."""
        return max(self.breaths)

    @property
    def summit(self) -> int:
        """Highest planned step of the notes other than the climax."""
        return max(n.step for n in self.notes if n.role != "climax")


def plan_line(phrase: Phrase, metre: Metre, valence: float, suspension_share: float) -> Line:
    """Lay the motif out over four bars: statement, its head in sequence, cadence.

    Parameters
    ----------
    phrase
        Motif and draws.
    metre
        Metre of the section.
    valence
        In [-1, 1]; above 0 the contour rises to a late climax, below it peaks early and falls.
    suspension_share
        Share of downbeats, in [0, 1], that may hold a dissonance.
    """
    bars = RISING if valence > 0 else FALLING
    rhythm, contour = rhythm_of(phrase.motif.rhythm, metre), phrase.motif.contour
    notes = []
    for index, (onset, salience) in enumerate(rhythm):
        step = contour[index % len(contour)]
        notes.append(_planned(onset, salience, step + bars[int(onset // metre.beats)], metre))
        if onset < metre.beats:
            notes.append(_planned(onset + 2 * metre.beats, salience, step + bars[2], metre))
    end = 3 * metre.beats
    notes.append(Planned(end, 1.0, bars[3], strong=True, role="cadence"))
    notes = _with_climax(sorted(notes, key=lambda n: n.onset), bars.index(2), metre)
    notes = [_suspended(n, phrase, metre, suspension_share) for n in notes]
    breaths = (2 * metre.beats - 1.0, BARS_PER_PHRASE * metre.beats - (1.0 if metre.slots == 4 else 0.5))
    return Line(tuple(notes), breaths)


def _planned(onset: float, salience: float, step: int, metre: Metre) -> Planned:
    beat, fraction = divmod(onset, 1.0)
    strength = metre.salience(int(beat), round(fraction * metre.slots))
    return Planned(onset, salience, step, strong=strength > STRONG)


def _with_climax(notes: list[Planned], bar: int, metre: Metre) -> list[Planned]:
    """Mark the highest salient note of a bar as the climax, leaving a note after it to come down."""
    first = bar * metre.beats
    inside = [i for i, n in enumerate(notes) if first <= n.onset < first + metre.beats]
    salient = [i for i in inside if notes[i].salience > CLIMAX_SALIENCE] or inside
    chosen = max(salient[:-1] or salient, key=lambda i: (notes[i].step, notes[i].salience))
    return [replace(n, salience=1.0, role="climax") if i == chosen else n for i, n in enumerate(notes)]


def _suspended(note: Planned, phrase: Phrase, metre: Metre, share: float) -> Planned:
    bar, beat = divmod(note.onset, metre.beats)
    if beat or bar == 0 or note.role != "motif" or phrase.suspensions[int(bar)] >= share:
        return note
    return replace(note, role="suspension")
