"""From the text of ``--music`` to a composer and a synthesiser that play a generator of sound."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Final

from affectlab.errors import InvalidConfig, MissingExtra
from affectlab.music.composer import RuleComposer
from affectlab.music.score import Synthesiser
from affectlab.music.sounding.playing import StreamComposer, StreamSynthesiser
from affectlab.music.sounding.stream import SoundSource
from affectlab.music.sounding.worked import WorkedStream

KINDS: Final = ("musicgen:MODEL", "magenta:SIZE", "lyria")


def is_sounding(spec: str) -> bool:
    """Tell whether the text of ``--music`` names a generator of sound."""
    return spec.partition(":")[0] in {kind.partition(":")[0] for kind in KINDS}


def make(
    spec: str,
    controller: Path | None,
    seed: int,
    *,
    notes: Synthesiser,
    patience: float = 0.0,
) -> tuple[StreamComposer, StreamSynthesiser]:
    """Make what plays a generator of sound.

    Parameters
    ----------
    spec
        One of `KINDS`.
    controller
        File of a trained controller, for MusicGen only; None leaves the model to its descriptions.
    seed
        Of generator and rules.
    notes
        Plays the rules while the generator is late.
    patience
        Seconds to wait for sound that is not there yet; 0 where a listener waits.

    Returns
    -------
    composer, synthesiser
        For `MusicEngine`; close the synthesiser when the session ends.

    Raises
    ------
    InvalidConfig
        If the text names no generator, or the generator takes no controller.
    MissingExtra
        If its packages are not installed.
    ModelError, UnreadableFile, InvalidData
        If a model is not on this machine, or the controller is damaged or another model's.
    AudioError
        If another generator's package or key is missing.
    """
    stream = WorkedStream(_source(spec, controller, seed), patience=patience)
    player = StreamSynthesiser(stream, notes)
    return StreamComposer(stream, RuleComposer(seed), player), player


def _source(spec: str, controller: Path | None, seed: int) -> SoundSource:
    kind, _, name = spec.partition(":")
    if kind == "musicgen" and name:
        return _musicgen(name, controller, seed)
    if controller is not None:
        raise InvalidConfig(f"music '{spec}' takes no controller; --controller goes with musicgen:MODEL")
    if kind == "magenta":
        from affectlab.music.sounding.magenta import open_magenta

        return open_magenta(name)
    if spec == "lyria":
        from affectlab.music.sounding.lyria import open_lyria

        return open_lyria()
    raise InvalidConfig(f"music '{spec}' is not known; expected one of: {', '.join(KINDS)}")


def _musicgen(name: str, controller: Path | None, seed: int) -> SoundSource:
    for package in ("torch", "transformers"):
        if find_spec(package) is None:
            raise MissingExtra(package, "bench")
    from affectlab.music.musicgen.adapter import load_adapter
    from affectlab.music.musicgen.attach import Attachment
    from affectlab.music.musicgen.loading import load_musicgen
    from affectlab.music.musicgen.streaming import MusicgenSource

    model, read = load_musicgen(name)
    attachment = None
    if controller is not None:
        attachment = Attachment(model, load_adapter(controller, model, name))
    return MusicgenSource(model, read, attachment, seed=seed, name=f"musicgen:{name}")
