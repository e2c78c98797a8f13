"""The manifest of a session."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from affectlab.manifest import make_manifest
from affectlab.session.brief import Brief
from affectlab.session.cases import whose
from affectlab.session.config import SessionConfig


def session_manifest(
    config: SessionConfig, command: str, session: str, music: str, brief: Brief
) -> dict[str, Any]:
    """Describe a session so that it can be run again.

    Parameters
    ----------
    config, command
        The configuration as resolved and the affectlab command.
    session
        The blinded id.
    music
        Composer and synthesiser as they were chosen.
    brief
        Whose profile and which past sessions planners are told of.
    """
    manifest = make_manifest(
        command,
        config.to_json(),
        seeds={"session": config.seed},
        data=_files(config),
        models={"decoder": config.decoder_used, "planner": config.planner, "music": music},
    )
    return {
        **manifest,
        "session": session,
        "minutes": config.minutes,
        "profile": whose(brief.profile.name),
        "cases": [case.session for case in brief.cases],
    }


def _files(config: SessionConfig) -> tuple[Path, ...]:
    kind, _, name = config.source.partition(":")
    replayed = (Path(name),) if kind == "replay" else ()
    named = (config.person, config.profile)
    return (*replayed, *(file for file in named if file is not None))
