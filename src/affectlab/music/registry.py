"""Composers by name, and whatever else `--music` may say."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from affectlab.errors import InvalidConfig
from affectlab.music.composer import RuleComposer
from affectlab.music.score import Composer, Synthesiser
from affectlab.music.synthesis import make_synthesiser

COMPOSERS: Final = ("learned", "rules")
# Seconds that a generator of sound may take for a chunk where nobody listens.
_UNHURRIED: Final = 600.0


def make_composer(name: str, seed: int = 0, *, live: bool = True) -> Composer:
    """Make the composer called `name`, one of `COMPOSERS`.

    Parameters
    ----------
    name
        The learned composer or the rules.
    seed
        Same seed and controls, same music.
    live
        Whether somebody listens while it is written: then a beat that is not ready in time is written by the
        rules. Else it is waited for.

    Raises
    ------
    InvalidConfig
        If no composer has that name.
    UnreadableFile, MissingExtra
        If the learned composer's weights or what runs them cannot be used.
    """
    if name == "rules":
        return RuleComposer(seed)
    if name == "learned":
        from affectlab.music.learned.live import learned_composer

        return learned_composer(seed, live=live)
    raise InvalidConfig(f"composer '{name}' is not known; expected one of: {', '.join(COMPOSERS)}")


def make_music(
    spec: str, synth: str, seed: int = 0, *, controller: Path | None = None, live: bool = True
) -> tuple[Composer, Synthesiser]:
    """Make what writes and what plays.

    Parameters
    ----------
    spec
        One of `known_music`.
    synth
        One of `SYNTHESISERS`; plays the rules while a generator of sound is late.
    seed, live
        As in `make_composer`.
    controller
        File of a trained controller, for MusicGen only.

    Raises
    ------
    AffectlabError
        In one line, if `spec` is not known or cannot be used on this machine.
    """
    check_music(spec, controller)
    notes = make_synthesiser(synth)
    from affectlab.music.sounding.making import is_sounding, make

    if is_sounding(spec):
        return make(spec, controller, seed, notes=notes, patience=0.0 if live else _UNHURRIED)
    return make_composer(spec, seed, live=live), notes


def check_music(spec: str, controller: Path | None = None) -> None:
    """Raise `InvalidConfig` unless `spec` is one of `known_music` and may have this controller."""
    from affectlab.music.sounding.making import is_sounding

    if spec not in COMPOSERS and not is_sounding(spec):
        raise InvalidConfig(f"music '{spec}' is not known; expected one of: {', '.join(known_music())}")
    if controller is not None and not spec.startswith("musicgen:"):
        raise InvalidConfig(f"music '{spec}' takes no controller; --controller goes with musicgen:MODEL")


def known_music() -> tuple[str, ...]:
    """Return what `--music` may be."""
    from affectlab.music.sounding.making import KINDS

    return (*COMPOSERS, *KINDS)
