"""Which synthesiser plays: by name, or the best this machine has."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Final

from affectlab.errors import AudioError, InvalidConfig, MissingExtra
from affectlab.music.score import Synthesiser
from affectlab.music.soundfont import SOUNDFONT_VARIABLE, SoundFontSynth, find_soundfont

SYNTHESISERS: Final = ("auto", "soundfont", "builtin")

_logger = logging.getLogger(__name__)


def make_synthesiser(name: str = "auto", *, soundfont: Path | None = None, seed: int = 0) -> Synthesiser:
    """Make a synthesiser.

    Parameters
    ----------
    name
        "soundfont" plays a SoundFont through FluidSynth, "builtin" needs neither, and "auto" takes the
        first when it can and the second otherwise.
    soundfont
        The file to play; None looks in the usual places. A file named here or in `AFFECTLAB_SOUNDFONT` is
        played or refused, never replaced.
    seed
        Of the built-in synthesiser.

    Raises
    ------
    InvalidConfig
        If there is no such synthesiser.
    AudioError
        If "soundfont" is asked for and there is no SoundFont, or it cannot be played.
    MissingExtra
        If "soundfont" is asked for and pyfluidsynth is not installed.
    """
    if name not in SYNTHESISERS:
        raise InvalidConfig(f"no synthesiser is called {name!r}; expected one of {', '.join(SYNTHESISERS)}")
    if name == "builtin":
        return _builtin(seed)
    if name == "soundfont" or soundfont is not None or os.environ.get(SOUNDFONT_VARIABLE):
        return _sampled(soundfont)
    try:
        return _sampled(None)
    except (AudioError, MissingExtra) as error:
        _logger.info("playing with the built-in synthesiser: %s", error)
        return _builtin(seed)


def _builtin(seed: int) -> Synthesiser:
    from affectlab.music.synth import BuiltinSynth

    return BuiltinSynth(seed)


def _sampled(soundfont: Path | None) -> Synthesiser:
    path = soundfont or find_soundfont()
    if path is None:
        raise AudioError(
            "no SoundFont found; install one (Debian: fluid-soundfont-gm) "
            f"or give its path in {SOUNDFONT_VARIABLE}"
        )
    return SoundFontSynth(path)
