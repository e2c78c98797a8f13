"""The learned composer: a network's notes, one beat ahead, performed as the control asks now."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from affectlab.errors import InvalidConfig
from affectlab.music.instruments import Ensemble, known
from affectlab.music.learned.network import Network
from affectlab.music.learned.ngrams import NgramSet
from affectlab.music.learned.steer import Steer
from affectlab.music.learned.writing.arms import ARMS, Arm, Steering, checked_ahead
from affectlab.music.learned.writing.beats import NO_NGRAMS, BeatWriter, GridBeat, WritingSettings
from affectlab.music.learned.writing.budget import DensityScale
from affectlab.music.learned.writing.cast import Cast
from affectlab.music.learned.writing.fallback import Fallback
from affectlab.music.learned.writing.frame import Frame, ranges_of
from affectlab.music.learned.writing.key import Key, KeyPlan
from affectlab.music.learned.writing.performing import Performance
from affectlab.music.learned.writing.readback import Readback
from affectlab.music.learned.writing.relief import Relief
from affectlab.music.learned.writing.worker import Worker
from affectlab.music.mapping import GENTLE, PROMPT, Expression, Limits, expressed_arousal, register_of
from affectlab.music.score import Beat, MusicControl

# The engine asks for a beat at most one block before it sounds, in the thread that renders, and a player
# holds 0.3 s of sound back: that much waiting is not heard, and leaves room for the rest of the round.
PATIENCE = 0.05
# The first beat alone is written while it is waited for; the engine is fading in from silence then.
OPENING_PATIENCE = 1.0

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ComposerSettings:
    """How the learned composer works.

    Parameters
    ----------
    arm
        What reaches the music of the affect that is aimed at.
    metre
        Beats of a bar.
    writing
        How words are drawn and limited.
    limits
        How far tempo, dynamics and articulation may move per beat.
    chromatic
        Whether all pitch classes may be struck, instead of those of a key that follows valence.
    neutral
        Whether tempo, dynamics and articulation stay in the middle, so that only the notes answer.
    patience
        Seconds that a beat may be waited for before the rule composer writes it; None waits for ever, for
        work that is not live.
    opening_patience
        The same for the first beat.
    threaded
        Whether beats are written ahead in a thread; the music is the same without.
    """

    arm: Arm = ARMS["full"]
    metre: int = 4
    writing: WritingSettings = field(default_factory=WritingSettings)
    limits: Limits = PROMPT
    chromatic: bool = False
    neutral: bool = False
    patience: float | None = PATIENCE
    opening_patience: float | None = OPENING_PATIENCE
    threaded: bool = True

    def __post_init__(self) -> None:
        for name in ("patience", "opening_patience"):
            seconds = getattr(self, name)
            if seconds is not None and not seconds >= 0:
                raise InvalidConfig(f"{name} must be at least 0 s, got {seconds}")


@dataclass(frozen=True, slots=True)
class _Written:
    """A beat of notes with what it was written for."""

    grid: GridBeat
    key: Key
    ensemble: Ensemble


class LearnedComposer:
    """Writes what a learned network thinks of, in a frame of key, range, density and silence.

    The notes of each beat are written ahead under the control of the call before, and performed under the
    control of their own call: a new control is heard in tempo, loudness and articulation at once, and in the
    notes one beat later. A beat that is not ready in time, or that the network fails to write, is written by
    the rule composer in the same key and tempo; `Beat.facts` says why, under "relieved". The network takes up
    again on a bar line; the more often it fails soon after that, the longer it is left to recover.

    Parameters
    ----------
    network
        A network that has read nothing; it belongs to this composer from now on.
    scale
        Onsets per beat of a density.
    seed
        Same seed, controls and network give the same music, unless a beat comes too late.
    settings
        How it works.
    known
        Melodic n-grams of the training corpus, none of which will be written.

    Attributes
    ----------
    fallbacks
        Beats that the rule composer wrote.
    """

    name = "learned"

    def __init__(
        self,
        network: Network,
        scale: DensityScale,
        seed: int = 0,
        settings: ComposerSettings | None = None,
        *,
        known: NgramSet = NO_NGRAMS,
    ) -> None:
        self._settings = settings = settings or ComposerSettings()
        tokens, hands, keys, players, self._chance = np.random.default_rng(seed).spawn(5)
        self._writer = BeatWriter(network, scale, settings.writing, tokens, known=known)
        self._performance = Performance(hands, limits=settings.limits, neutral=settings.neutral)
        self._keys = KeyPlan(keys, chromatic=settings.chromatic)
        self._cast = Cast(players)
        self._steering = Steering(settings.arm)
        self._readback = Readback(scale)
        self._worker: Worker[_Written] = Worker(threaded=settings.threaded)
        self._held: _Written | None = None
        self._plan: tuple[Key, Ensemble] | None = None
        self._rules: Fallback | None = None
        self._relief = Relief()
        self._opens = False
        self._reason = ""
        self._bar, self._beat, self._metre = -1, -1, settings.metre
        self.fallbacks = 0

    def next_beat(self, control: MusicControl) -> Beat:
        """Write the next beat under `control`.

        Raises
        ------
        InvalidPlan
            If a value of the control is out of range or an instrument is unknown; nothing is written and
            the composer can go on.
        """
        control = replace(checked_ahead(control), instruments=known(control.instruments))
        self._steering.hear(control)
        opening = self._plan is None
        if opening:
            self._write_ahead(beats_on=0)
        self._collect(self._settings.opening_patience if opening else self._settings.patience)
        if self._rules is None and self._held is None:
            self._call_in_the_rules()
        beat = self._play()
        if not self._worker.busy and self._held is None:
            self._write_ahead(beats_on=1)
        return beat

    def close(self) -> None:
        """End the thread; beats asked for later are written by the rule composer."""
        self._worker.close()

    def _write_ahead(self, beats_on: int) -> None:
        """Have the network's next beat written under the newest control."""
        if self._plan is None or self._writer.opens_bar:
            if self._rules is not None and not self._relief.ends_soon:
                return
            key = self._keys.at_bar_line(self._steering.mode_valence)
            edge = self._steering.edge
            self._plan = (key, self._cast.at_bar_line(edge.arousal, edge.instruments))
        key, ensemble = self._plan
        dominant, leading = key.licence or (None, None)
        valence = self._steering.mode_valence
        density = self._steering.density
        ranges = ranges_of(ensemble, None if valence is None else register_of(valence))
        frame = Frame(
            self._settings.metre, density, key.scale, dominant, leading, ranges, attraction=key.attraction
        )
        steer = self._steering.steer(beats_on)
        self._worker.give(partial(_written, self._writer, steer, frame, key, ensemble))

    def _collect(self, patience: float | None) -> None:
        """Take over what was written ahead; `_reason` tells why there is nothing to take."""
        if self._held is not None:
            return
        try:
            # While the rules play nothing is waited for, unless there is time for everything.
            self._held = self._worker.take(0.0 if self._rules and patience is not None else patience)
            if self._held is None and self._rules is None:
                self._reason = "the beat was not ready in time"
        except Exception as error:  # noqa: BLE001 - whatever a network does, the music goes on
            self._reason = f"{type(error).__name__}: {error}"

    def _call_in_the_rules(self) -> None:
        _logger.warning("the learned composer is relieved by the rules: %s", self._reason)
        coming = self._beat + 1 if self._beat + 1 < self._metre else 0
        self._rules = Fallback(int(self._chance.integers(2**31)), self._keys.tonic, coming)
        self._opens = True
        self._relief.begin()

    def _play(self) -> Beat:
        """Return the next beat of whoever plays."""
        edge = self._steering.edge
        now = self._performance.follow(edge, GENTLE if self._rules else None)
        if self._rules is None:
            return self._performed(now)
        substitute = self._rules.next_beat(edge, now)
        at_bar_line = substitute.beat == 0 and not self._opens
        self._opens = False
        if at_bar_line and self._relief.at_bar_line() and self._opens_bar(self._held):
            self._rules = None
            self._relief.end()
            return self._performed(now)
        if not self._opens_bar(self._held):
            self._held = None
        return self._substituted(substitute, now)

    def _opens_bar(self, held: _Written | None) -> bool:
        return held is not None and held.grid.beat == 0

    def _performed(self, now: Expression) -> Beat:
        """Play the beat that was written ahead."""
        held, self._held = self._held, None
        if held is None:
            raise AssertionError("no beat was written")
        self._relief.played()
        self._readback.hear(held.grid)
        realised = replace(now, density=self._readback.density)
        self._count(held.grid.beat, held.grid.metre)
        return Beat(
            duration=60 / now.tempo_bpm,
            notes=self._performance.play(held.grid, held.ensemble, now),
            bar=self._bar,
            beat=self._beat,
            valence=self._readback.valence(held.key),
            arousal=expressed_arousal(realised),
            tempo_bpm=now.tempo_bpm,
            density=realised.density,
            dynamics=now.dynamics,
            facts=_facts(held),
        )

    def _substituted(self, beat: Beat, now: Expression) -> Beat:
        """Put a beat of the rule composer into the music."""
        self.fallbacks += 1
        self._count(beat.beat, self._metre)
        notes = self._performance.admit(list(beat.notes), now)
        facts = beat.facts | {"composer": "rules", "relieved": self._reason}
        return replace(beat, notes=notes, bar=self._bar, beat=self._beat, facts=facts)

    def _count(self, beat: int, metre: int) -> None:
        self._bar += beat == 0
        self._beat, self._metre = beat, metre


def _written(writer: BeatWriter, steer: Steer, frame: Frame, key: Key, ensemble: Ensemble) -> _Written:
    return _Written(writer.write(steer, frame), key, ensemble)


def _facts(held: _Written) -> dict[str, str]:
    return {
        "composer": "learned",
        "key": held.key.name,
        "mode": held.key.mode.name if held.key.mode else "any",
        "metre": f"{held.grid.metre}/4",
        "instruments": held.ensemble.description,
    }
