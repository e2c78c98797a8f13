"""The composers that are compared: the learned one's arms, and the rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

from affectlab.errors import InvalidConfig
from affectlab.manifest import sha256
from affectlab.music.composer import RuleComposer
from affectlab.music.evaluation.driver import Arm
from affectlab.music.learned.live import GUIDANCE, learned_composer
from affectlab.music.learned.weights import SHIPPED, SIDECAR, load_composer
from affectlab.music.learned.writing.arms import ARMS
from affectlab.music.learned.writing.arms import Arm as Told
from affectlab.music.learned.writing.beats import WritingSettings
from affectlab.music.learned.writing.composer import ComposerSettings

RULES: Final = "rules"
KNOWN: Final = (*ARMS, RULES)


def notes_alone(arm: Told) -> ComposerSettings:
    """Return settings under which nothing but the network hears of the target.

    Tempo, dynamics, articulation, instruments and density stay in the middle, the network may group and thin
    out notes freely around that density, and every pitch class may be struck: what differs between two arms
    is what was learned.
    """
    told = replace(arm, edge="nothing", curve=False)
    writing = WritingSettings(slack=1.0, gain=0.0)
    return ComposerSettings(arm=told, neutral=True, chromatic=True, writing=writing)


def arms_of(
    names: Sequence[str],
    *,
    weights: Path = SHIPPED,
    guidance: float = GUIDANCE,
    notes_only: bool = False,
) -> dict[str, Arm]:
    """Return arms by name.

    Parameters
    ----------
    names
        Of `KNOWN`.
    weights
        Folder of the learned composer.
    guidance
        See `OnnxNetwork`.
    notes_only
        See `notes_alone`.

    Raises
    ------
    InvalidConfig
        If a name is not known.
    UnreadableFile
        If the weights are damaged.
    """
    unknown = [name for name in names if name not in KNOWN]
    if unknown:
        raise InvalidConfig(f"arm '{unknown[0]}' is not known; expected some of: {', '.join(KNOWN)}")
    found: dict[str, Arm] = {}
    for name in names:
        if name == RULES:
            found[name] = Arm(RuleComposer, RULES)
            continue
        load_composer(weights)
        settings = notes_alone(ARMS[name]) if notes_only else ComposerSettings(arm=ARMS[name])
        identity = f"{sha256(weights / SIDECAR)} {guidance} {settings}"
        found[name] = Arm(
            partial(learned_composer, live=False, folder=weights, settings=settings, guidance=guidance),
            identity,
        )
    return found
