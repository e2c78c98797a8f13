"""From affect to musical cues and back: what a control asks of the music, and what the music says.

Cue directions and their rank follow listening experiments in which cues acted linearly and additively
(Eerola, Friberg & Bresin 2013, Front. Psychol. 4:487: mode first, then tempo, register, dynamics,
articulation, timbre), the reviews of Gabrielsson & Lindström (2010, in Juslin & Sloboda, Handbook of Music
and Emotion, ch. 14) and Gomez & Danuser (2007, Emotion 7(2):377-387), and two rule systems validated with
listeners (Livingstone, Muhlberger, Brown & Thompson 2010, Computer Music Journal 34(1):41-64; Agres, Dash &
Chua 2023, arXiv 2304.04915). Arousal moves tempo, density, loudness and detachment; valence moves mode,
consonance and register. The numbers are chosen for a calm ensemble, and every map is monotone, so that each
can be read backwards: `expressed_arousal` and `expressed_valence` are those readings.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from affectlab.errors import InvalidPlan
from affectlab.music.modes import MODES, Mode
from affectlab.music.score import MusicControl

TEMPO_RANGE = (50.0, 130.0)
TEMPO_LIMITS = (40.0, 160.0)
DENSITY_RANGE = (0.12, 0.8)
DYNAMICS_RANGE = (0.22, 0.8)
REGISTER_RANGE = (69.0, 79.0)
MODE_EDGES = (-0.85, -0.35, 0.0, 0.25, 0.8)
MODE_HYSTERESIS = 0.04
# A bar has at most four beats: four such steps stay within the 2 % per bar that go unnoticed.
LOG_TEMPO_PER_BEAT = math.log(1.0199) / 4
CUE_PER_BEAT = 0.05
COLOUR_PER_BEAT = 0.1
AROUSAL_WEIGHTS = {"tempo": 0.45, "dynamics": 0.3, "density": 0.25}
VALENCE_WEIGHTS = {"mode": 0.5, "harmony": 0.3, "register": 0.2}


@dataclass(frozen=True, slots=True)
class Limits:
    """How far a cue may move from one beat to the next.

    Parameters
    ----------
    log_tempo
        Natural logarithm of the ratio of two tempi.
    cue
        Density, dynamics and detachment, each in [0, 1].
    colour
        Valence of the harmony, in [-1, 1].
    """

    log_tempo: float
    cue: float
    colour: float


GENTLE = Limits(LOG_TEMPO_PER_BEAT, CUE_PER_BEAT, COLOUR_PER_BEAT)
# For music that is to answer within a bar: half of the whole range of dynamics in three beats, and a tempo
# that is heard to move, by 3 % a beat, but does not jump (ours).
PROMPT = Limits(math.log(1.03), 0.17, 0.34)


@dataclass(frozen=True, slots=True)
class Expression:
    """The continuous cues in force at one beat.

    Parameters
    ----------
    colour
        Valence of the harmony, in [-1, 1]: shares of major and of dissonant chords.
    tempo_bpm
        Beats per minute, within `TEMPO_LIMITS`.
    density, dynamics
        In [0, 1].
    detachment
        0 (legato) to 1 (staccato).
    """

    colour: float
    tempo_bpm: float
    density: float
    dynamics: float
    detachment: float


def checked(control: MusicControl) -> MusicControl:
    """Return `control`, or raise `InvalidPlan` naming the first value out of its range."""
    ranges = {
        "valence": (control.valence, -1.0, 1.0),
        "arousal": (control.arousal, -1.0, 1.0),
        "tempo_bpm": (control.tempo_bpm, *TEMPO_LIMITS),
        "density": (control.density, 0.0, 1.0),
        "dynamics": (control.dynamics, 0.0, 1.0),
    }
    for name, (value, low, high) in ranges.items():
        if value is not None and not low <= value <= high:
            raise InvalidPlan(
                f"{name} of the music must be in [{low:g}, {high:g}], got {value}; clip it first"
            )
    return control


def requested(control: MusicControl) -> Expression:
    """Return the cues `control` asks for; an explicit tempo, density or loudness overrides arousal."""
    return Expression(
        colour=control.valence,
        tempo_bpm=tempo_of(control.arousal) if control.tempo_bpm is None else control.tempo_bpm,
        density=density_of(control.arousal) if control.density is None else control.density,
        dynamics=dynamics_of(control.arousal) if control.dynamics is None else control.dynamics,
        detachment=detachment_of(control.valence, control.arousal),
    )


def slewed(now: Expression | None, target: Expression, limits: Limits = GENTLE) -> Expression:
    """Return the cues of the next beat: `target`, or as near to it as the limits per beat allow."""
    if now is None:
        return target
    log_tempo = _towards(math.log(now.tempo_bpm), math.log(target.tempo_bpm), limits.log_tempo)
    return Expression(
        colour=_towards(now.colour, target.colour, limits.colour),
        tempo_bpm=math.exp(log_tempo),
        density=_towards(now.density, target.density, limits.cue),
        dynamics=_towards(now.dynamics, target.dynamics, limits.cue),
        detachment=_towards(now.detachment, target.detachment, limits.cue),
    )


def tempo_of(arousal: float) -> float:
    """Beats per minute, equal ratios for equal steps of arousal: 50 at -1, 81 at 0, 130 at 1."""
    slow, fast = TEMPO_RANGE
    return slow * math.pow(fast / slow, _share(arousal))


def density_of(arousal: float) -> float:
    """Texture density in [0, 1]."""
    return _between(DENSITY_RANGE, _share(arousal))


def dynamics_of(arousal: float) -> float:
    """Loudness in [0, 1]; kept off both ends so that calm stays audible and joy stays gentle."""
    return _between(DYNAMICS_RANGE, _share(arousal))


def detachment_of(valence: float, arousal: float) -> float:
    """Share of staccato in [0, 1]: mostly arousal, and a little lighter when valence is high."""
    return 0.02 + 0.6 * _share(arousal) + 0.13 * _share(valence)


def register_of(valence: float) -> float:
    """Centre of the melody as a MIDI number: higher is happier."""
    return _between(REGISTER_RANGE, _share(valence))


def tension_of(valence: float) -> float:
    """Share of dissonance in [0, 1] among added notes: 0 at valence 1, 1 at valence -1."""
    return 1 - _share(valence)


def mode_of(valence: float, current: Mode | None = None, *, extremes: bool = True) -> Mode:
    """Choose the mode for `valence`, never darker for a higher value.

    Parameters
    ----------
    valence
        In [-1, 1].
    current
        The mode in force; it is kept while valence is within `MODE_HYSTERESIS` of its band.
    extremes
        Whether the outermost colours, phrygian and lydian, may be used.
    """
    low, high = (0, len(MODES) - 1) if extremes else (1, len(MODES) - 2)
    if current is not None and low <= (index := MODES.index(current)) <= high:
        below = -math.inf if index == low else MODE_EDGES[index - 1] - MODE_HYSTERESIS
        above = math.inf if index == high else MODE_EDGES[index] + MODE_HYSTERESIS
        if below <= valence <= above:
            return current
    return MODES[min(max(sum(valence >= edge for edge in MODE_EDGES), low), high)]


def expressed_arousal(expression: Expression) -> float:
    """Arousal in [-1, 1] that the realised tempo, loudness and density express together."""
    slow, fast = TEMPO_RANGE
    cues = {
        "tempo": math.log(expression.tempo_bpm / slow) / math.log(fast / slow),
        "dynamics": _position(DYNAMICS_RANGE, expression.dynamics),
        "density": _position(DENSITY_RANGE, expression.density),
    }
    return sum(weight * _axis(cues[name]) for name, weight in AROUSAL_WEIGHTS.items())


def expressed_valence(mode: Mode, colour: float, register: float) -> float:
    """Valence in [-1, 1] that the realised mode, chord colours and melodic register express together."""
    cues = {
        "mode": mode.valence,
        "harmony": colour,
        "register": _axis(_position(REGISTER_RANGE, register)),
    }
    return sum(weight * cues[name] for name, weight in VALENCE_WEIGHTS.items())


def _towards(value: float, target: float, limit: float) -> float:
    return value + min(max(target - value, -limit), limit)


def _share(axis: float) -> float:
    return (axis + 1) / 2


def _axis(share: float) -> float:
    return min(max(2 * share - 1, -1.0), 1.0)


def _between(limits: tuple[float, float], share: float) -> float:
    return limits[0] + share * (limits[1] - limits[0])


def _position(limits: tuple[float, float], value: float) -> float:
    return (value - limits[0]) / (limits[1] - limits[0])
